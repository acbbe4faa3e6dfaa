"""`retry: {attempts: 3, backoff: [1s, 5s]}`: when a webhook is sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emulator.faults.fault import WebhookFault
from emulator.faults.values import Length, Strict, seconds, wrong
from emulator.outbox.plan import Plan


class Retry(Strict, WebhookFault):
    """How often a webhook is sent again, in place of the provider's own table.

    Attributes:
        attempts: At most so often, after the first; 0 for never. As many as there are pauses if
            left out.
        backoff: Pauses between one attempt and the next, on the scope's clock; the last is
            repeated.
        until: What ends it: `acked`, an acknowledgement by the provider's own rule, or `2xx`, any
            answer with such a status.
    """

    attempts: Annotated[int, Field(ge=0, le=20)] | None = None
    backoff: Annotated[list[Length], Field(min_length=1, max_length=20)] | None = None
    until: Literal["acked", "2xx"] = "acked"

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("says nothing")
        if self.attempts and self.backoff is None:
            raise wrong("attempts needs 'backoff', the pauses between them")
        if self.attempts is not None and len(self.backoff or ()) > self.attempts:
            raise wrong(
                f"'backoff' has more pauses, {len(self.backoff or ())}, "
                f"than 'attempts' waits for, {self.attempts}"
            )
        return self

    @property
    def delays(self) -> list[float] | None:
        """Seconds after the first attempt; None for the provider's own."""
        if self.attempts is None and self.backoff is None:
            return None
        pauses = [seconds(pause) for pause in self.backoff or ()]
        count = len(pauses) if self.attempts is None else self.attempts
        pauses = [*pauses, *(pauses[-1:] * count)][:count]
        return [sum(pauses[: index + 1]) for index in range(count)]

    @property
    def of_all(self) -> bool:
        """It says which attempts there are."""
        return True

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say when, and what ends it."""
        del draw
        return replace(plan, retries=self.delays, until=self.until)


FAULT = Retry
