"""A local emulator of five Latin American payment providers, right about authentication."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from emulator.core.version import __version__

if TYPE_CHECKING:
    from emulator.emulator import Emulator

__all__ = ["Emulator", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the emulator when it is first named: importing the package is cheap."""
    if name == "Emulator":
        return import_module("emulator.emulator").Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
