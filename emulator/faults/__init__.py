"""What can go wrong on purpose. One file per fault; the folder is the list.

A scenario's action, `do: {latency: 200ms, error: goat.401}`, names faults by their file; where
the name is a word of Python the file's ends in an underscore, as `pass_.py` does. Bending
faults add up, in the order given; an ending fault replaces the true answer.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from emulator.faults.fault import Fault


@cache
def known() -> dict[str, type[Fault]]:
    """Return the faults by name: what each module's `FAULT` is."""
    modules = (
        (module.name, import_module(f"{__name__}.{module.name}"))
        for module in pkgutil.iter_modules(__path__)
    )
    return {name.rstrip("_"): module.FAULT for name, module in modules if hasattr(module, "FAULT")}
