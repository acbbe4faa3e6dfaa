"""What can go wrong on purpose. One file per fault; the folder is the list.

A scenario's action, `do: {latency: 200ms, error: goat.401}`, names faults by their file; where
the name is a word of Python the file's ends in an underscore, as `pass_.py` does. Faults on
requests and faults on webhooks stand side by side; `sign_with` and `corrupt` are both.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TypeVar

from emulator.faults.fault import Fault, WebhookFault

F = TypeVar("F")


@cache
def known() -> dict[str, type[Fault]]:
    """Return the faults on requests by name."""
    return _found(Fault)  # pyright: ignore[reportAbstractUsage] - no instance is made


@cache
def known_of_webhooks() -> dict[str, type[WebhookFault]]:
    """Return the faults on webhooks by name."""
    return _found(WebhookFault)  # pyright: ignore[reportAbstractUsage] - no instance is made


def _found(kind: type[F]) -> dict[str, type[F]]:
    """Return what each module's `FAULT` is, where it is of a kind."""
    modules = (
        (module.name, import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
    )
    return {
        name.rstrip("_"): module.FAULT
        for name, module in modules
        if hasattr(module, "FAULT") and issubclass(module.FAULT, kind)
    }
