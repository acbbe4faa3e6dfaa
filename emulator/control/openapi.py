"""This API in OpenAPI 3.1, made from its operations."""

from __future__ import annotations

import re
from typing import Any

from emulator.control.call import ControlCall, ControlRoute
from emulator.core.members import object_schema
from emulator.core.version import __version__

_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "Needed where the server was started with --admin-token; not for health, ready",
}


def document(call: ControlCall) -> dict[str, Any]:
    """Return the OpenAPI document."""
    from emulator.control import operations

    paths: dict[str, dict[str, Any]] = {}
    for operation in operations():
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", operation.path)
        ] + [
            {
                "name": name,
                "in": "query",
                "description": member.summary,
                "schema": member.schema(),
            }
            for name, member in operation.parameters(call.emulator).items()
        ]
        described: dict[str, Any] = {
            "summary": operation.summary,
            "parameters": parameters,
            "responses": {
                "200": {"description": "Done", "content": {"application/json": {}}},
                "4XX": {"description": "`{error}` says what is wrong with the call"},
            },
        }
        if operation.members is not None:
            schema = object_schema(operation.members)
            described["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        elif operation.body:
            content = (
                {} if operation.schema is None else {"schema": operation.schema(call.emulator)}
            )
            described["requestBody"] = {
                "description": operation.body,
                "content": dict.fromkeys(operation.takes, content),
            }
        paths.setdefault(f"/_emulator{operation.path}", {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of the payment provider emulator",
            "version": __version__,
            "description": "Also below `/_ns/{namespace}/_emulator`, for that namespace.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"adminToken": _TOKEN}},
        "security": [{}, {"adminToken": []}],
    }


ROUTES = (ControlRoute("GET", "/openapi.json", document, "This API in OpenAPI 3.1"),)
