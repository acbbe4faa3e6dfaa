"""The JSON Schema of a scenario file, for editors; made from the model and its docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from emulator.scenario.matching import ANY
from emulator.scenario.model import Scenario

SCHEMA_ID = "urn:latam-payment-emulator:scenario:1"

_ATTRIBUTES = "\n\nAttributes:\n"
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {6,}.*)*)", re.MULTILINE)


class _Schema(GenerateJsonSchema):
    """Optional keys may be left out, not null; and docstrings explain each key to editors."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default", ...) is None:
            del made["default"]
        return made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        summary = made.get("description", "").partition(_ATTRIBUTES)[0]
        explained = _explained(schema["cls"])
        for name, field in schema["cls"].model_fields.items():
            key = made.get("properties", {}).get(field.alias or name)
            if key is not None and name in explained:
                text = re.sub(r"\s+", " ", explained[name]).strip()
                key["description"] = re.sub(r"^Written `\w+`; (\w)", _capital, text)
        if summary:
            made["description"] = summary
        return made


def _explained(model: type[BaseModel]) -> dict[str, str]:
    """Return what the docstrings of a model, and of those that it extends, say of each field."""
    docs = (cleandoc(each.__doc__ or "") for each in reversed(model.__mro__))
    return {
        name: text
        for doc in docs
        for name, text in _ATTRIBUTE.findall(doc.partition(_ATTRIBUTES)[2])
    }


def _capital(match: re.Match[str]) -> str:
    return match[1].upper()


def json_schema(providers: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scenario file.

    Args:
        providers: Names to offer for `match.provider`; any text if there are none.
    """
    schema = Scenario.model_json_schema(schema_generator=_Schema)
    if names := list(providers):
        for match in ("Match", "WebhookMatch"):
            schema["$defs"][match]["properties"]["provider"]["enum"] = [*names, ANY]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "Emulator scenario, version 1",
    }
