"""A scenario file as a whole; its sections have their own modules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from emulator.core.instants import parse_drift
from emulator.faults.clock import ClockFault
from emulator.faults.values import Identifier, Length, Strict, exactly, seconds, wrong
from emulator.scenario.expectations import Expectation
from emulator.scenario.rules import Rule
from emulator.scenario.scope import Scope
from emulator.scenario.states import States
from emulator.scenario.webhook_rules import WebhookRule


def _moves(clock: ClockFault, name: str) -> bool:
    value = getattr(clock, name)
    if name == "drift":
        return parse_drift(value) != 0
    return name not in ("offset", "advance", "advance_per_request") or seconds(value) != 0


class Scenario(Strict):
    """A scenario: rules that change an emulator which is otherwise right.

    Attributes:
        scenario: Its name.
        version: Of the format.
        description: For people.
        tags: For choosing among many.
        seed: Of its chance; drawn at the start if left out.
        ttl: Real time after which it unloads itself.
        scope: Who owns counters and states: each namespace, credential or client, all namespaces
            together (`global`), or each value such as `{payload: /requestId}`.
        clock: Applied at the start.
        states: What it goes through.
        rules: In order of precedence.
        webhooks: What goes wrong with webhooks; the first that fires says how one is delivered.
        expect: What must have happened in the end; see `emulator scenario verify`.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {
            "anyOf": [{"required": [name]} for name in ("rules", "webhooks", "clock")]
        }
    }

    scenario: Identifier
    version: Annotated[Literal[1], exactly(1)]
    description: str = ""
    tags: list[Identifier] = Field(default_factory=list)
    seed: Annotated[int, Field(ge=0)] | None = None
    ttl: Length | None = None
    scope: Scope = "namespace"
    clock: ClockFault | None = None
    states: States | None = None
    rules: Annotated[list[Rule], Field(min_length=1)] | None = None
    webhooks: Annotated[list[WebhookRule], Field(min_length=1)] | None = None
    expect: Annotated[list[Expectation], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.rules and not self.clock and not self.webhooks:
            raise wrong("changes nothing: give 'rules', 'webhooks' or 'clock'")
        return self

    @model_validator(mode="after")
    def _clock_moves(self) -> Self:
        clock = self.clock
        if clock is None:
            return self
        shifted = any(each.offset or each.drift for each in (clock, *self._clock_changes))
        if clock.affects and not shifted:
            raise wrong("'clock' has 'affects', which limits 'offset' and 'drift': give one")
        given = clock.model_fields_set - {"affects"}
        if given and not any(_moves(clock, name) for name in given):
            raise wrong(f"'clock' moves nothing: {', '.join(sorted(given))} of zero")
        return self

    @property
    def _clock_changes(self) -> Iterator[ClockFault]:
        """What changes the clock after the start."""
        for transition in self.states.transitions if self.states else ():
            if transition.do and transition.do.clock:
                yield transition.do.clock
        for rule in self.rules or ():
            for action in rule.actions:
                yield from (fault for fault in action.faults if isinstance(fault, ClockFault))

    @property
    def moves_clock(self) -> bool:
        """Whether it touches the namespace's clock."""
        return self.clock is not None or any(True for _ in self._clock_changes)
