"""How long something takes: a fixed time, or one drawn from a distribution for each hit."""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from emulator.faults.values import Length, Plain, Strict, seconds, wrong

_UNIT = NormalDist()
_Z99 = _UNIT.inv_cdf(0.99)
_GREATEST = 1 - 2.0**-53  # of the draws
_SMALLEST = 2.0**-54  # half the step of a draw: the normal quantile of 0 is minus infinity


def _quantile(draw: float) -> float:
    return _UNIT.inv_cdf(max(draw, _SMALLEST))


class LogNormal(Strict):
    """Most answers near the median, few very late: what networks do.

    Attributes:
        median: Half of the answers are faster.
        p99: 99 of 100 are faster.
        max: None is later.
    """

    median: Length
    p99: Length
    max: Length | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 < seconds(self.median) <= seconds(self.p99):
            raise wrong("needs 0 < median <= p99")
        if self.max is not None and seconds(self.max) < seconds(self.median):
            raise wrong("max is less than the median")
        return self

    def at(self, draw: float) -> float:
        """Return seconds: exp(ln median + ln(p99 / median) / z(0.99) · z(draw))."""
        median, p99 = seconds(self.median), seconds(self.p99)
        drawn = exp(log(median) + log(p99 / median) / _Z99 * _quantile(draw))
        return drawn if self.max is None else min(drawn, seconds(self.max))


class Normal(Strict):
    """Around a mean, on both sides alike; never less than nothing.

    Attributes:
        mean: The middle.
        deviation: The standard deviation; two of three answers are nearer to the mean.
    """

    mean: Length
    deviation: Length

    def at(self, draw: float) -> float:
        """Return seconds: mean + deviation · z(draw)."""
        return max(0.0, seconds(self.mean) + seconds(self.deviation) * _quantile(draw))


class Spread(Strict):
    """A distribution of latencies.

    Attributes:
        uniform: The least and the most, all between equally likely.
        lognormal: See `LogNormal`.
        normal: See `Normal`.
    """

    uniform: Annotated[list[Length], Field(min_length=2, max_length=2)] | None = None
    lognormal: LogNormal | None = None
    normal: Normal | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise wrong("give one of 'uniform', 'lognormal', 'normal'")
        if self.uniform and seconds(self.uniform[0]) > seconds(self.uniform[1]):
            raise wrong("uniform: the least comes first")
        return self

    def at(self, draw: float) -> float:
        """Return seconds for a draw in [0, 1); a greater draw is a longer wait."""
        if self.uniform:
            least, most = map(seconds, self.uniform)
            return least + (most - least) * draw
        shape = self.lognormal or self.normal
        return shape.at(draw) if shape else 0.0


def _form(value: Any) -> str:
    return "<mapping>" if isinstance(value, dict) else "<text>"


class Wait(
    Plain[
        Annotated[
            Annotated[Length, Tag("<text>")] | Annotated[Spread, Tag("<mapping>")],
            Discriminator(_form),
        ]
    ],
):
    """A fixed time, or one drawn again for each hit."""

    @model_validator(mode="after")
    def _waits(self) -> Self:
        if not self.at(_GREATEST):
            raise wrong("holds nothing back; leave it out")
        return self

    def at(self, draw: float) -> float:
        """Return seconds for a draw in [0, 1)."""
        return seconds(self.root) if isinstance(self.root, str) else self.root.at(draw)
