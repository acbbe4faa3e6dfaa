"""Webhooks that go wrong: `webhooks`, as it is written, and the plan it makes for a webhook.

A rule counts the webhooks of its event; the first that fires says how this one is delivered. What
it says becomes a `Plan`, plain data that goes into the outbox with the webhook, so that a webhook
under way keeps to it after the scenario is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from emulator.faults.corrupt import Corrupt
from emulator.faults.latency import Latency
from emulator.faults.values import Duration, Identifier, Length, Strict, seconds, wrong
from emulator.outbox import Plan
from emulator.scenario.when import When

Deliver = Literal["normal", "drop", "duplicate", "reorder", "before-response"]

_SAYS_WHICH = frozenset({"id", "note", "provider", "event", "when"})
_ONLY_WITH = {"copies": "duplicate", "gap": "duplicate", "window": "reorder"}
_NOT_LATE = ("reorder", "before-response")


class Retry(Strict):
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


class WebhookRule(Strict):
    """A rule about webhooks.

    Attributes:
        id: Unique in the file, among the rules too.
        note: For people.
        provider: Who sends, or `any`.
        event: Name of the webhook, or a glob.
        when: Which webhooks it fires on; all if left out.
        deliver: `drop` loses the first attempt, `duplicate` sends copies that overlap, `reorder`
            holds several and sends them in another order, `before-response` has the webhook
            arrive before the answer to the request that caused it. `normal` if left out.
        copies: How many a duplicate makes, the first counted; two if left out.
        gap: Real time between the copies; they do not wait for each other's answers.
        window: How many are held and reordered. They are held for a minute at most, on the
            scope's clock.
        delay: How late it leaves, on the scope's clock.
        sign_with: The key that signs it, such as `next` or `rogue`.
        corrupt: What is damaged in it, a target below `webhook`.
        timestamp_offset: How far the times in it are off; minus is the past.
        retry: When it is sent again, in place of the provider's own retries.
    """

    id: Identifier
    note: str = ""
    provider: Annotated[str, Field(min_length=1, max_length=200)]
    event: Annotated[str, Field(min_length=1, max_length=200)]
    when: When | None = None
    deliver: Deliver = "normal"
    copies: Annotated[int, Field(ge=2, le=50)] | None = None
    gap: Length | None = None
    window: Annotated[int, Field(ge=2, le=50)] | None = None
    delay: Latency | None = None
    sign_with: Identifier | None = None
    corrupt: Corrupt | None = None
    timestamp_offset: Duration | None = None
    retry: Retry | None = None

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        given = self.model_fields_set
        for name, deliver in _ONLY_WITH.items():
            if name in given and self.deliver != deliver:
                raise wrong(f"'{name}' needs 'deliver: {deliver}'")
        if self.deliver == "reorder" and self.window is None:
            raise wrong("'deliver: reorder' needs 'window', how many are held")
        if self.delay is not None and self.deliver in _NOT_LATE:
            raise wrong(f"'delay' cannot go with 'deliver: {self.deliver}', which says when it is")
        if self.timestamp_offset is not None and not seconds(self.timestamp_offset):
            raise wrong("'timestamp_offset' of nothing changes nothing; leave it out")
        if self.deliver == "normal" and given <= _SAYS_WHICH | {"deliver"}:
            raise wrong("changes nothing about the webhook")
        return self

    def plan(self, rule: str, draw: Callable[[str], float]) -> Plan:
        """Return what is to be done with one webhook.

        Args:
            rule: As `scenario/rule#hit`.
            draw: Gives a number in [0, 1) for a label.
        """
        copies = (self.copies or 2) if self.deliver == "duplicate" else 1
        return Plan(
            rule=rule,
            deliver=self.deliver,
            copies=copies,
            gap_seconds=seconds(self.gap) if self.gap else 0.0,
            window=self.window or 0,
            place=draw("reorder"),
            delay_seconds=self.delay.at(draw("delay")) if self.delay else 0.0,
            sign_with=self.sign_with or "",
            corrupt=self.corrupt.as_json(draw("corrupt")) if self.corrupt else None,
            webhook_seconds=seconds(self.timestamp_offset) if self.timestamp_offset else 0.0,
            retries=self.retry.delays if self.retry else None,
            until=self.retry.until if self.retry else "acked",
        )
