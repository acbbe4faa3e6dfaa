"""Health checks: whether the server answers, and whether it is ready."""

from __future__ import annotations

from typing import Any

from emulator.control.call import ControlCall, ControlRoute
from emulator.core.version import __version__


def health(call: ControlCall) -> dict[str, Any]:
    """Say that the process answers. It answers only after keys and scenario are loaded."""
    return {"status": "ok", "version": __version__, "providers": list(call.emulator.providers)}


def index(call: ControlCall) -> dict[str, Any]:
    """List the addresses of everything."""
    root = call.providers_url
    return {
        "version": __version__,
        "namespace": call.namespace.name,
        "providers": {name: f"{root}/{name}" for name in call.emulator.providers},
        "control": f"{call.control_url}/_emulator",
        "api": f"{call.control_url}/_emulator/openapi.json",
    }


ROUTES = (
    ControlRoute("GET", "/", index, "Where everything is"),
    ControlRoute("GET", "/health", health, "Whether the process answers"),
    ControlRoute("GET", "/ready", health, "Whether keys and scenario are loaded"),
)
