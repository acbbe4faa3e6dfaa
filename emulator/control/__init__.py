"""The control API, below `/_emulator` and `/_ns/<name>/_emulator`.

There is one file for each resource, with its `ROUTES`; the folder is searched for them. `caller.py`
says who can call the API, `call.py` what a call is.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.routing import Route

from emulator.control.call import ControlRoute, guarded

if TYPE_CHECKING:
    from emulator.runtime.runtime import Runtime


def operations() -> list[ControlRoute]:
    """Return all operations of the API, those with fixed paths before those with parameters."""
    found: list[ControlRoute] = []
    for module in pkgutil.iter_modules(__path__):
        found += getattr(import_module(f"{__name__}.{module.name}"), "ROUTES", ())
    return sorted(found, key=lambda operation: ("{" in operation.path, operation.path))


def control_routes(emulator: Runtime) -> list[Route]:
    """Return the routes of the API for an emulator."""
    by_path: dict[str, list[ControlRoute]] = {}
    for operation in operations():
        by_path.setdefault(operation.path, []).append(operation)
    return [
        Route(
            path,
            guarded(emulator, {each.method: each for each in at_path}),
            methods=[each.method for each in at_path],
        )
        for path, at_path in by_path.items()
    ]
