"""Named states of a scenario: how they are written, and how one passes into the next.

Each owner of the scope (the namespace, a credential, a client) has a state of its own. A
transition is taken when its time has passed, when a rule has fired often enough since the state
was entered, or at a signal. Time is not waited for: whoever asks for the state is told the one
that the scope's clock has reached, through as many transitions as lie between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from emulator.clock import Clock as NamespaceClock
from emulator.faults.clock import Clock
from emulator.faults.token import Token
from emulator.faults.values import Identifier, Length, Strict, seconds, wrong
from emulator.store import Record, Table

EVERYBODY = ""
"""Owner of the state that those have who were not met yet."""

_MOST_AT_ONCE = 10_000
"""Transitions by time that one look takes; a loop of milliseconds would take more in a year."""


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

    clock: Clock | None = None
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


class Machine:
    """The states of one run of a scenario.

    Args:
        states: As written.
        table: Where the owners' states are kept.
        clock: The scope's.
        act: Does what a transition does.
    """

    def __init__(
        self,
        states: States,
        table: Table,
        clock: NamespaceClock,
        act: Callable[[TransitionAction], None],
    ) -> None:
        self.states = states
        self._table = table
        self._clock = clock
        self._act = act
        self._from = {
            name: [each for each in states.transitions if each.start == name]
            for name in states.names
        }
        self.watched = frozenset(
            each.on.fired.rule for each in states.transitions if each.on.fired is not None
        )

    def start(self) -> None:
        """Begin with the initial state, for all."""
        for owner in [owner for owner, _ in self._table.items()]:
            self._table.delete(owner)
        self._table.put(EVERYBODY, self._entered(self.states.initial, self._clock.time()))

    def current(self, owner: str = EVERYBODY) -> str:
        """Return the owner's state at this time."""
        self._ensure(owner)
        for _ in range(_MOST_AT_ONCE):
            if not self._move(owner, self._passed):
                break
        return str((self._table.get(owner) or {"state": self.states.initial})["state"])

    def fired(self, owner: str, rules: Iterable[str]) -> None:
        """Count firings, and pass on where that was waited for."""
        for rule in rules:
            if rule in self.watched:
                self._move(owner, lambda record, rule=rule: self._counted(record, rule))

    def goto(self, owner: str, state: str) -> None:
        """Enter a state, whatever leads there."""
        self._ensure(owner)
        self._table.put(owner, self._entered(state, self._clock.time()))

    def signal(self, name: str) -> list[str]:
        """Pass on where the signal is waited for; return the owners whose state changed."""
        owners = [owner for owner, _ in self._table.items()]
        for owner in owners:
            self.current(owner)
        return [
            owner
            for owner in owners
            if self._move(owner, lambda record: self._signalled(record, name))
        ]

    @property
    def signals(self) -> list[str]:
        """The signals that mean something somewhere."""
        found = (each.on.signal for each in self.states.transitions)
        return list(dict.fromkeys(name for name in found if name is not None))

    def all(self) -> dict[str, str]:
        """Return the state of each owner met so far; of `EVERYBODY`, if none was."""
        met = [owner for owner, _ in self._table.items() if owner != EVERYBODY]
        return {owner: self.current(owner) for owner in met or [EVERYBODY]}

    def _ensure(self, owner: str) -> None:
        if owner != EVERYBODY and self._table.get(owner) is None:
            self.current(EVERYBODY)
            template = self._table.get(EVERYBODY)
            if template is not None:
                self._table.insert(owner, template)

    def _move(self, owner: str, find: Callable[[Record], Transition | Record | None]) -> bool:
        """Take the transition that `find` finds, or keep the record it returns; tell if taken."""
        self._ensure(owner)
        taken: list[Transition] = []

        def change(record: Record) -> Record | None:
            taken.clear()
            found = find(record)
            if not isinstance(found, Transition):
                return found
            taken.append(found)
            return self._entered(found.to, self._due(record, found))

        self._table.update(owner, change)
        for transition in taken:
            if transition.do is not None:
                self._act(transition.do)
        return bool(taken)

    def _entered(self, state: str, at: float) -> Record:
        return {"state": state, "since": at, "fired": {}}

    def _due(self, record: Record, transition: Transition) -> float:
        now = self._clock.time()
        if transition.on.elapsed is None:
            return now
        # A clock that was set back leaves `since` in the future: count from now then.
        return min(record["since"], now) + seconds(transition.on.elapsed)

    def _passed(self, record: Record) -> Transition | None:
        due = [
            (self._due(record, each), number)
            for number, each in enumerate(self._from[record["state"]])
            if each.on.elapsed is not None
        ]
        if not due or min(due)[0] > self._clock.time():
            return None
        return self._from[record["state"]][min(due)[1]]

    def _counted(self, record: Record, rule: str) -> Transition | Record:
        record["fired"][rule] = count = record["fired"].get(rule, 0) + 1
        for each in self._from[record["state"]]:
            fired = each.on.fired
            if fired is not None and fired.rule == rule and count >= fired.times:
                return each
        return record

    def _signalled(self, record: Record, name: str) -> Transition | None:
        return next((each for each in self._from[record["state"]] if each.on.signal == name), None)
