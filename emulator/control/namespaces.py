"""The namespaces in use: list them, delete one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from emulator.control.call import ControlCall, ControlError, ControlRoute
from emulator.core.errors import shorten
from emulator.runtime.namespace import DEFAULT_NAMESPACE

if TYPE_CHECKING:
    from emulator.runtime.namespace import Namespace


async def show(call: ControlCall) -> dict[str, Any]:
    """List the namespaces in use, the one that was used last first."""
    found = call.emulator.all_namespaces

    def answer() -> list[dict[str, Any]]:
        return [
            {**_view(each), "idle_seconds": round(found.idle_seconds(each), 1)}
            for each in reversed(found.all)
        ]

    return {"namespaces": await asyncio.to_thread(answer)}


async def remove(call: ControlCall) -> dict[str, Any]:
    """Delete a namespace with all its content; the next use of its name makes a new one."""
    name = call.request.path_params["name"]
    if name == DEFAULT_NAMESPACE:
        raise ControlError(
            409, f"the namespace {name} is always there; POST /_emulator/reset empties it"
        )
    namespace = call.emulator.all_namespaces.find(name)
    if namespace is None:
        raise ControlError(
            404,
            f"there is no namespace {shorten(name, 80)!r}; GET /_emulator/namespaces lists them",
        )
    view = _view(namespace)
    call.emulator.all_namespaces.remove(namespace)
    await namespace.close()
    return {"removed": view}


def _view(namespace: Namespace) -> dict[str, Any]:
    return {
        "name": namespace.name,
        "requests": len(namespace.journal),
        "in_use": namespace.in_use,
        "holds": list(namespace.held),
    }


ROUTES = (
    ControlRoute("GET", "/namespaces", show, "The namespaces in use, the last used first"),
    ControlRoute("DELETE", "/namespaces/{name}", remove, "Forget a namespace and all in it"),
)
