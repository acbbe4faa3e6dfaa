"""`clock: {advance: 24h1s}`: the namespace's clock changes while the request is on its way.

The verdict is found again: the client gets the provider's true answer at the new time, not a
canned one.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from emulator.core.clock_change import ClockChange, Use
from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Drift, Duration, Instant, NowOrInstant, Strict, Yes, wrong


class ClockFault(Strict, Fault):
    """Change the clock for this exchange and all that follow. Plus: the provider is ahead.

    Attributes:
        freeze: Stop it, at an instant or `now`.
        start: Let it go on from an instant.
        offset: How far the provider is ahead.
        drift: How fast it gains, such as `+2s/m`.
        advance: Jump.
        advance_per_request: Jump so far after each request.
        reset: Before anything else, back to real time: no offset, no drift, not advanced, not
            frozen. The same as `emulator clock reset`.
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

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("changes nothing")
        return self

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

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Change the clock, then go on."""
        handling.context.clock.change(self.change)
        handling.judge_again = (
            True  # even `affects: [issue]`: what was set before may have reached `verify`
        )
        return await proceed()


FAULT = ClockFault
