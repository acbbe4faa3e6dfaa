"""What modules declare as constants: failure modes, behaviours. No list of them is kept by hand."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar, cast

T = TypeVar("T")


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """Go through the modules of a package, itself first."""
    yield package
    for found in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{package.__name__}."):
        module = import_module(found.name)
        if found.ispkg:
            yield from modules(module)
        else:
            yield module


def declared(kind: type[T], places: Iterable[ModuleType]) -> list[T]:
    """Return the module-level constants of a kind, each once, in order."""
    found: dict[int, T] = {}
    for module in places:
        for value in vars(module).values():
            many = cast(tuple[Any, ...], value if isinstance(value, tuple) else (value,))
            for each in many:
                if isinstance(each, kind):
                    found[id(each)] = each
    return list(found.values())
