"""The clock of a namespace."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict

from emulator.client.control.server import ControlResource, ServerT
from emulator.client.core.errors import ConfigurationError
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps

Duration = float | str | timedelta
"""Seconds, a timedelta, or text such as `24h`, `+4m50s`, `-90s`, `250ms`."""


class ClockState(TypedDict):
    """Both readings of the clock, and its settings."""

    now: str
    """The time the provider believes, in ISO 8601."""
    time: str
    """The namespace's own time, which a correct client uses."""
    timestamp: float
    """The same in seconds since 1970."""
    frozen: bool
    offset_seconds: NotRequired[float]
    drift_per_second: NotRequired[float]
    advanced_seconds: NotRequired[float]


class Clock(ControlResource[ServerT]):
    """The clock of a namespace. Tests move it, and need not wait."""

    @operation(safe=True)
    def show(self) -> Steps[ClockState]:
        """Return both readings of the clock, and its settings."""
        return (yield from self._server.ask("GET", "/clock", ClockState))

    @operation(safe=True)
    def time(self) -> Steps[float]:
        """Return the namespace's time in seconds since 1970.

        Give it to a client as `clock` (blocking Control only).
        """
        state = yield from self._server.ask("GET", "/clock", ClockState)
        return float(state["timestamp"])

    @operation
    def freeze(self, at: datetime | str = "now") -> Steps[ClockState]:
        """Stop the clock.

        Args:
            at: The instant at which it stops, with a zone.
        """
        return (yield from self._change(freeze=_instant("at", at)))

    @operation
    def unfreeze(self) -> Steps[ClockState]:
        """Make a frozen clock run again."""
        return (yield from self._change(freeze=False))

    @operation
    def start(self, at: datetime | str) -> Steps[ClockState]:
        """Jump to an instant, and run on from there.

        Args:
            at: The instant, with a zone.
        """
        return (yield from self._change(start=_instant("at", at)))

    @operation
    def advance(self, duration: Duration) -> Steps[ClockState]:
        """Jump ahead.

        Give it to a client as `sleep`, and the client does not wait (blocking Control only).

        Args:
            duration: How far.
        """
        return (yield from self._change(advance=duration_text("duration", duration)))

    @operation
    def offset(self, duration: Duration) -> Steps[ClockState]:
        """Set how far the provider's clock is ahead; negative if it is behind.

        Args:
            duration: How far.
        """
        return (yield from self._change(offset=duration_text("duration", duration)))

    @operation
    def drift(self, rate: str) -> Steps[ClockState]:
        """Set how fast the provider's clock gains time.

        Args:
            rate: Such as `+2s/m`.
        """
        return (yield from self._change(drift=rate))

    @operation
    def reset(self) -> Steps[ClockState]:
        """Go back to real time."""
        return (yield from self._change(reset=True))

    def _change(self, **members: Any) -> Steps[ClockState]:
        return (yield from self._server.ask("PATCH", "/clock", ClockState, content=members))


def duration_text(argument: str, duration: Duration) -> str:
    """Return a duration as the control API reads it.

    Raises:
        ConfigurationError: It is no duration.
    """
    if isinstance(duration, str):
        return duration
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    try:
        return f"{round(seconds * 1000)}ms"
    except (TypeError, ValueError, OverflowError):
        wrong = "give seconds, a timedelta, or text such as 4m50s"
        raise ConfigurationError(wrong, argument=argument) from None


def _instant(argument: str, at: datetime | str) -> str:
    if isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise ConfigurationError("give a time with a zone", argument=argument)
    return at.isoformat()
