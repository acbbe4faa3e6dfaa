"""What holds for every provider: one file per property, found by looking.

A property is a function `check_…` that takes a `Subject` and raises an `AssertionError` which says
what is wrong. `test_sabotages.py` holds each of them to what it is for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module

from subject import Subject

Check = Callable[[Subject], None]


def discover() -> dict[str, Check]:
    """Return all checks, by `<file>.<what>`."""
    found: dict[str, Check] = {}
    for module in pkgutil.iter_modules(__path__):
        for name, value in vars(import_module(f"{__name__}.{module.name}")).items():
            if name.startswith("check_"):
                found[f"{module.name}.{name.removeprefix('check_')}"] = value
    return found
