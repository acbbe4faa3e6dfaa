"""Named states of a scenario, as they are written."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from emulator.faults.clock import ClockFault
from emulator.faults.token import Token
from emulator.faults.values import Identifier, Length, Strict, seconds, wrong


class Fired(Strict):
    """A rule has fired.

    Attributes:
        rule: Its id.
        times: How often, since the state was entered.
    """

    rule: Identifier
    times: Annotated[int, Field(ge=1)] = 1


def _some(length: str) -> str:
    if seconds(length) <= 0:
        raise wrong(f"{length!r} is no time at all")
    return length


class On(Strict):
    """What a transition waits for.

    Attributes:
        elapsed: Time in the state, on the scope's clock.
        fired: A rule's firing.
        signal: Its name; see `emulator scenario signal`.
    """

    elapsed: Annotated[Length, AfterValidator(_some)] | None = None
    fired: Fired | None = None
    signal: Identifier | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise wrong("give one of 'elapsed', 'fired', 'signal'")
        return self


class TransitionAction(Strict):
    """What happens on the way from one state to the next.

    Attributes:
        clock: Change the clock.
        token: `{revoke: all}` ends the access tokens of all providers.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}

    clock: ClockFault | None = None
    token: Token | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.model_fields_set:
            raise wrong("does nothing")
        if self.token is not None and self.token.model_dump(exclude_unset=True) != {
            "revoke": "all"
        }:
            raise wrong("token: no request is on its way, so nothing but {revoke: all} can be done")
        return self


class Transition(Strict):
    """A way from one state to another.

    Attributes:
        start: Written `from`; the state it leads from.
        to: The state it leads to.
        on: What it waits for.
        do: What happens then.
    """

    start: Annotated[Identifier, Field(alias="from")]
    to: Identifier
    on: On
    do: TransitionAction | None = None


class States(Strict):
    """The states a scenario goes through.

    Attributes:
        initial: The first.
        names: All of them.
        transitions: The ways between them; of two that are due, the earlier one is taken.
    """

    initial: Identifier
    names: Annotated[list[Identifier], Field(min_length=1)]
    transitions: list[Transition] = Field(default_factory=list[Transition])
