"""`latency: 200ms`: the answer is late. The work is not: it is done when the request arrives.

So what was booked does not depend on who waits how long, and a client that gives up finds that
its request was served all the same, as in production.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import exp, log
from statistics import NormalDist
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Proceed, Turn
from emulator.faults.values import Length, Plain, Strict, seconds, wrong

_LONG_SECONDS = 10.0
"""From here on, people think in seconds."""
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


class Latency(
    Plain[
        Annotated[
            Annotated[Length, Tag("<text>")] | Annotated[Spread, Tag("<mapping>")],
            Discriminator(_form),
        ]
    ],
    Fault,
):
    """Hold the answer back: for a fixed time, or for one drawn again for each hit."""

    @model_validator(mode="after")
    def _waits(self) -> Self:
        if not self.at(_GREATEST):
            raise wrong("holds nothing back; leave it out")
        return self

    def at(self, draw: float) -> float:
        """Return seconds for a draw in [0, 1)."""
        return seconds(self.root) if isinstance(self.root, str) else self.root.at(draw)

    def shown(self, draw: Callable[[str], float]) -> str:
        """Say how long this one is."""
        wait = self.at(draw("latency"))
        return f"latency {wait * 1000:.0f} ms" if wait < _LONG_SECONDS else f"latency {wait:.1f} s"

    async def around(self, turn: Turn, proceed: Proceed) -> Reply:
        """Go on, then wait."""
        wait = self.at(turn.draw("latency"))
        reply = await proceed()
        with suppress(asyncio.CancelledError):  # the server stops: answer now
            await turn.sleep(wait)
        return reply


FAULT = Latency
