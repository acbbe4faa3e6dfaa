"""The providers. Each is a package with a `PROVIDER`; none knows another.

`discover` finds them by looking, so a new one is a new folder and nothing else.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

from emulator.provider import Provider


def discover() -> dict[str, Provider[Any]]:
    """Return all providers by name."""
    found = (
        import_module(f"{__name__}.{module.name}").PROVIDER
        for module in pkgutil.iter_modules(__path__)
        if module.ispkg
    )
    return {provider.name: provider for provider in found}
