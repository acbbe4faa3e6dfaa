"""What is measured: figures, their aims, and the functions that find them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import bench.hostile


@dataclass(frozen=True)
class Figure:
    """One measured number and what it should be.

    Attributes:
        what: What was measured, in a few words.
        value: The number.
        unit: Its unit.
        at_most: The aim, where less is better; None if the figure is only told.
        at_least: The aim, where more is better.
    """

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure meets its aim."""
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def aim(self) -> str:
        """The aim in words; empty if there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most:g} {self.unit}"
        return f"at least {self.at_least:g} {self.unit}" if self.at_least is not None else ""


Measurement = Callable[[bool], Iterator[Figure]]
"""Yields figures; the argument is true where a short run is asked for."""

_MEASUREMENTS: dict[str, Measurement] = {}


def measure(name: str) -> Callable[[Measurement], Measurement]:
    """Register a measurement under the name that `--only` takes."""

    def register(measurement: Measurement) -> Measurement:
        if name in _MEASUREMENTS:
            raise ValueError(f"two measurements are called {name}")
        _MEASUREMENTS[name] = measurement
        return measurement

    return register


def measurements() -> dict[str, Measurement]:
    """Return every measurement of every module of this package, by name."""
    for module in pkgutil.iter_modules(bench.hostile.__path__):
        if module.name != "__main__":
            importlib.import_module(f"bench.hostile.{module.name}")
    return dict(sorted(_MEASUREMENTS.items()))
