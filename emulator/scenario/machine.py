"""The states of a run of a scenario: how one passes into the next.

Each owner of the scope (the namespace, a credential, a client) has its own state. A
transition is taken when its time has passed, when a rule has fired often enough since the state
was entered, or at a signal. Nothing waits for the time: a reader gets the state that the
scope's clock has reached, through as many transitions as lie between. A state begins when
its transition has done its work: an hour that it advances the clock is no time in the state.

Clock and tokens are the namespace's, whichever transition touches them. States of all namespaces
together (`scope: global`) go by the clock of the one that asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.core.clock import Clock
from emulator.core.store import Record, Table
from emulator.faults.values import seconds
from emulator.scenario.scope import EVERYBODY
from emulator.scenario.states import States, Transition, TransitionAction

_MOST_AT_ONCE = 1_000
"""Transitions that do something which one look takes by time. A loop of milliseconds would take
more in a year; what lies further back is dropped."""

_SLACK = 1e-4
"""Seconds by which a sum of times since the epoch may be off."""

Way = tuple[Record, Transition | None]
"""The new record of an owner, and the transition that led there if one did."""


class Machine:
    """The states of one run of a scenario. The caller holds the scope's lock.

    Args:
        states: As written.
        table: Where the owners' states are kept.
        clock: The scope's.
        act: Does what a transition does.
        apart: Whether each owner begins with the initial state when it is met, as an order does;
            else with the state that those have who were not met yet, which `EVERYBODY` owns.

    Attributes:
        signals: The signals that mean something in some state.
    """

    def __init__(
        self,
        states: States,
        table: Table,
        clock: Clock,
        act: Callable[[TransitionAction], None],
        *,
        apart: bool = False,
    ) -> None:
        self._initial = states.initial
        self._table = table
        self._clock = clock
        self._act = act
        self._apart = apart
        self._from = {
            name: [each for each in states.transitions if each.start == name]
            for name in states.names
        }
        ways = states.transitions
        self._watched = frozenset(each.on.fired.rule for each in ways if each.on.fired)
        self._acts_by_time = any(each.do and each.on.elapsed for each in ways)
        self.signals = list(dict.fromkeys(each.on.signal for each in ways if each.on.signal))

    def start(self) -> None:
        """Begin with the initial state, for all."""
        for owner in self._owners():
            self._table.delete(owner)
        if not self._apart:
            self._table.put(EVERYBODY, self._entered(self._initial))

    def forget(self) -> None:
        """Forget everybody's state."""
        self._table.clear()

    def follow(self) -> None:
        """Do what is due by now: it must not wait for a request of its owner."""
        if self._acts_by_time:
            for owner in self._owners():
                self._pass_time(owner)

    def current(self, owner: str = EVERYBODY) -> str:
        """Return the owner's state at this time."""
        self._meet(owner)
        self._pass_time(owner)
        return str((self._table.get(owner) or {"state": self._initial})["state"])

    def fired(self, owner: str, rules: Sequence[str]) -> None:
        """Count what fired on one request, and pass on once if that was waited for."""
        rules = [rule for rule in rules if rule in self._watched]
        if rules:
            self._meet(owner)
            self._move(owner, lambda record: self._counted(record, rules))

    def goto(self, owner: str, state: str) -> None:
        """Enter a state, whatever leads there."""
        self._table.put(owner, self._entered(state))

    def signal(self, name: str) -> list[str]:
        """Pass on where the signal is waited for; return the owners whose state changed."""
        owners = self._owners()
        for owner in owners:
            self._pass_time(owner)
        return [
            owner
            for owner in owners
            if self._move(owner, lambda record: self._signalled(record, name))
        ]

    def all(self) -> dict[str, str]:
        """Return the last known state of each owner met; of `EVERYBODY`, if none was.

        Requests without the value that tells owners apart have a state, which is not told.
        """
        known = {owner: str(record["state"]) for owner, record in self._table.items()}
        met = {
            owner: state
            for owner, state in known.items()
            if owner != EVERYBODY and not (self._apart and "/" not in owner)  # without a value
        }
        return met or known or {EVERYBODY: self._initial}

    def _owners(self) -> list[str]:
        return [owner for owner, _ in self._table.items()]

    def _meet(self, owner: str) -> None:
        if self._table.get(owner) is not None:
            return
        if self._apart:
            self._table.insert(owner, self._entered(self._initial))
        else:
            self._pass_time(EVERYBODY)
            template = self._table.get(EVERYBODY)  # among thousands of owners it may be gone
            self._table.insert(owner, template or self._entered(self._initial))

    def _pass_time(self, owner: str) -> None:
        for _ in range(_MOST_AT_ONCE):
            if not self._move(owner, self._passed):
                return
        self._table.update(owner, lambda record: {**record, "since": self._clock.passed()})

    def _move(self, owner: str, find: Callable[[Record], Way | None]) -> bool:
        """Go the way that is found, and do what is to be done on it; tell if there was one."""
        ways: list[Way | None] = []  # another's change may come between: the last one counts

        def change(record: Record) -> Record | None:
            ways.append(find(record))
            return ways[-1][0] if ways[-1] else None

        self._table.update(owner, change)
        way = ways[-1] if ways else None
        if way is None or way[1] is None:
            return False
        if way[1].do is not None and not self._stands_for_none(owner, way[1]):
            before = self._clock.passed()
            self._act(way[1].do)
            if way[1].do.clock is not None:
                jump = self._clock.passed() - before
                self._table.update(owner, lambda now: {**now, "since": now["since"] + jump})
        return True

    def _stands_for_none(self, owner: str, transition: Transition) -> bool:
        """Tell whether only the state of those who were not met passes on.

        What those who were met wait for alike, time and signals, is done on their way.
        """
        if owner != EVERYBODY or transition.on.fired is not None:
            return False
        return self._owners() != [EVERYBODY]

    def _entered(self, state: str, at: float | None = None) -> Record:
        return {"state": state, "since": self._clock.passed() if at is None else at, "fired": {}}

    def _passed(self, record: Record) -> Way | None:
        """Go on to where time has led, but no further than to what must be done there."""
        now = self._clock.passed() + _SLACK
        last: Transition | None = None
        walked, entered = 0.0, dict[str, float]()
        for _ in range(3 * len(self._from)):  # once into a loop, once around it, once out of it
            due = [
                (record["since"] + seconds(each.on.elapsed), number)
                for number, each in enumerate(self._from[record["state"]])
                if each.on.elapsed is not None
            ]
            if not due or min(due)[0] > now:
                break
            at, number = min(due)
            last = self._from[record["state"]][number]
            record = self._entered(last.to, at)
            if last.do is not None:
                break
            walked += seconds(last.on.elapsed or "0s")
            around = walked - entered.setdefault(last.to, walked)
            if around > 0:
                record["since"] += (now - at) // around * around
                entered.clear()
        return (record, last) if last is not None else None

    def _counted(self, record: Record, rules: Sequence[str]) -> Way:
        counts = record["fired"]
        for rule in rules:
            counts[rule] = counts.get(rule, 0) + 1
        for each in self._from[record["state"]]:
            fired = each.on.fired
            if fired is not None and fired.rule in rules and counts[fired.rule] >= fired.times:
                return self._entered(each.to), each
        return record, None

    def _signalled(self, record: Record, name: str) -> Way | None:
        for each in self._from[record["state"]]:
            if each.on.signal == name:
                return self._entered(each.to), each
        return None
