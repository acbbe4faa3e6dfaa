"""`clock: {advance: 24h1s}`: the namespace's clock changes while the request is on its way.

A change of the time that checks go by makes the verdict be found again: the client gets the
provider's true answer at the new time, not a canned one.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from emulator.clock import ClockChange, Use
from emulator.exchange import Reply
from emulator.faults.fault import Fault, Proceed, Turn
from emulator.faults.values import Drift, Duration, Instant, NowOrInstant, Strict, Yes


class Clock(Strict, Fault):
    """Change the clock for this exchange and all that follow. Plus: the provider is ahead.

    Attributes:
        freeze: Stop it, at an instant or `now`.
        start: Let it go on from an instant.
        offset: How far the provider is ahead.
        drift: How fast it gains, such as `+2s/m`.
        advance: Jump.
        advance_per_request: Jump so far after each request.
        reset: Back to real time, before anything else.
        affects: What offset and drift reach; all if left out.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}

    freeze: NowOrInstant | None = None
    start: Instant | None = None
    offset: Duration | None = None
    drift: Drift | None = None
    advance: Duration | None = None
    advance_per_request: Duration | None = None
    reset: Yes | None = None
    affects: Annotated[list[Use], Field(min_length=1)] | None = None

    @property
    def change(self) -> ClockChange:
        """The same for the clock."""
        return ClockChange(
            self.freeze,
            self.start,
            self.offset,
            self.drift,
            self.advance,
            self.advance_per_request,
            tuple(self.affects) if self.affects else None,
            bool(self.reset),
        )

    @property
    def moves_verdict(self) -> bool:
        """Whether a request may be judged otherwise after it."""
        moved = self.freeze or self.start or self.advance or self.reset
        return bool(moved) or self.affects is None or "verify" in self.affects

    async def around(self, turn: Turn, proceed: Proceed) -> Reply:
        """Change the clock, then go on."""
        turn.context.clock.change(self.change)
        turn.bent |= self.moves_verdict
        return await proceed()


FAULT = Clock
