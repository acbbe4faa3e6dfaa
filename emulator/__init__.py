"""A local emulator of five Latin American payment providers, right about authentication."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.runtime.serve import Emulator

__version__ = "0.1.0"
__all__ = ["Emulator", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the emulator when it is first named: importing the package is cheap."""
    if name == "Emulator":
        return import_module("emulator.runtime.serve").Emulator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
