"""Plays a scenario: which rules fire on a request, and in which order their faults bend it.

Counting comes first and is over before anything is awaited: every rule whose `match` accepts the
request takes the number of its hit from a counter in the store. So "the first three" are three,
whatever runs at the same time. A request sees the state as it was when it came; what its firing
changes, the next one sees.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import partial
from typing import Any

from emulator.clock import Clock, ClockChange
from emulator.exchange import Exchange, Reply
from emulator.faults.fault import Fault, Proceed, Turn
from emulator.faults.goto import Goto
from emulator.faults.values import seconds
from emulator.outbox import Plan
from emulator.provider import Notice
from emulator.scenario.matching import ANY, tests_by_part
from emulator.scenario.model import Rule, Scenario
from emulator.scenario.notice_rules import NoticeRule
from emulator.scenario.states import Machine, TransitionAction
from emulator.scenario.when import Conditions, chance, count_hit
from emulator.store import Space, Table

_RUN = "run"
_MEMBERS = "members"
_MOST_PLACES = 1_000
"""Endpoints and credentials whose rules are remembered; who invents more has them looked up."""


class ScenarioEngine:
    """A scenario at work in one namespace.

    Args:
        scenario: From the loader.
        space: Where counters and states are kept.
        clock: The namespace's.
        seed: Of chance, if the scenario brings none; drawn if None.
        elapsed: Real seconds since any fixed moment. A `ttl` goes by it, so that a scenario that
            froze the clock leaves nevertheless.
        revoke_tokens: Ends all access tokens of the namespace.

    Attributes:
        seed: What chance goes by; the same at every start.
        first_exchange: Number of the first exchange since the start.
    """

    def __init__(
        self,
        scenario: Scenario,
        space: Space,
        clock: Clock,
        seed: int | None = None,
        elapsed: Callable[[], float] = time.monotonic,
        revoke_tokens: Callable[[], None] = lambda: None,
    ) -> None:
        self.scenario = scenario
        given = seed if scenario.seed is None else scenario.seed
        self.seed = secrets.randbits(32) if given is None else given
        self.first_exchange = 1
        shared = scenario.scope == "global"
        # No namespace can be called "", so resetting one leaves what all share alone.
        place = Space(space.engine, "" if shared else space.namespace, space.owner)
        name = f"scenario.{scenario.scenario}" if shared else "scenario"
        self._counters = place.table(name)
        self._shared = shared
        self._clock = clock
        self._elapsed = elapsed
        self._revoke_tokens = revoke_tokens
        self._ttl = seconds(scenario.ttl) if scenario.ttl else None
        self._rules = [_Rule(rule, scenario) for rule in scenario.rules or ()]
        self._notice_rules = [
            (rule, Conditions(f"{scenario.scenario}/{rule.id}", rule.when))
            for rule in scenario.webhooks or ()
        ]
        self._machine = (
            Machine(scenario.states, place.table(f"{name}.states"), clock, self._act)
            if scenario.states
            else None
        )
        self._by_place: dict[tuple[str, str, str], tuple[_Rule, ...]] = {}
        self._running = False
        self._started = self._deadline = 0.0

    def start(self, first_exchange: int = 1) -> None:
        """Set counters to zero and apply the scenario's clock; again, if it is running.

        With scope `global`, whoever comes second joins the count of the first.
        """
        self.stop()
        self.first_exchange = first_exchange
        first = not self._shared or self._counters.increment(_MEMBERS) == 1
        if first:
            self._counters.increment(_RUN)
        if self.scenario.clock is not None:
            self._clock.change(self.scenario.clock.change)
        self._started = self._clock.time()
        self._deadline = self._elapsed() + (self._ttl or 0.0)
        if self._machine is not None and first:
            self._machine.start()
        self._running = True

    def stop(self) -> None:
        """Bend nothing any more; a clock the scenario moves returns to real time."""
        if not self._running:
            return
        self._running = False
        if self._shared:
            self._counters.increment(_MEMBERS, -1)
        if self.scenario.moves_clock:
            self._clock.change(ClockChange(reset=True))

    @property
    def running(self) -> bool:
        """Whether it bends anything: started, not stopped, and its `ttl` not over."""
        if self._running and self._ttl is not None and self._elapsed() >= self._deadline:
            self.stop()
        if self._running and self._machine is not None:
            self._machine.current()  # what a transition does must not wait for a request
        return self._running

    @property
    def states(self) -> dict[str, str]:
        """The state of each owner met so far, `""` standing for all; empty without states."""
        return self._machine.all() if self._machine is not None else {}

    def signal(self, name: str) -> list[str] | None:
        """Give a signal; return the owners whose state it changed, None if it means nothing."""
        if self._machine is None or name not in self._machine.signals:
            return None
        return self._machine.signal(name)

    @property
    def signals(self) -> list[str]:
        """The signals that mean something in some state."""
        return self._machine.signals if self._machine is not None else []

    def as_json(self) -> dict[str, Any]:
        """Return name, seed, states, and how often each rule was hit and fired."""
        running = self.running
        states = self.states
        return {
            "scenario": self.scenario.scenario,
            "description": self.scenario.description.strip(),
            "seed": self.seed,
            "running": running,
            "state": next(iter(states.values()), None) if len(set(states.values())) < 2 else None,
            "states": {owner: state for owner, state in states.items() if owner},
            "rules": [self._counts(rule.id) for rule in self._rules],
            "webhooks": [self._counts(rule.id) for rule, _ in self._notice_rules],
        }

    def fired(self, rule: str) -> int | None:
        """Return how often a rule has fired since the start; None if there is no such rule."""
        known = {each.id for each in self._rules} | {each.id for each, _ in self._notice_rules}
        return self._counts(rule)["fired"] if rule in known else None

    async def play(self, turn: Turn, proceed: Proceed) -> Reply:
        """Make the reply to a request the rules may bend.

        Args:
            turn: The exchange, its true verdict found.
            proceed: Goes on towards the true answer.
        """
        if not self.running:
            return await proceed()
        rules = self._rules_for(turn)
        firings = self._fire(turn.exchange, rules) if rules else []
        for firing, fault in reversed(firings):
            proceed = partial(firing.around, fault, turn, proceed)
        return await proceed()

    def plan(self, provider: str, notice: Notice) -> Plan | None:
        """Count a notice, and return what is to be done with it; None for nothing special."""
        if not self._notice_rules or not self.running:
            return None
        run = self._run
        owner = f"{provider}/{notice.credential}" if self.scenario.scope == "credential" else ""
        seen = _Seen(self._clock, self._started, self._machine, owner)
        plan: Plan | None = None
        for rule, conditions in self._notice_rules:
            if rule.provider not in (ANY, provider) or not fnmatchcase(notice.event, rule.event):
                continue
            if not seen.fits(conditions):
                continue
            key = f"{run}/{rule.id}"
            hit = count_hit(self._counters, key, owner)
            if plan is not None or not conditions.wants(hit, self.seed):
                continue
            if conditions.limit is not None:
                turns = self._counters.increment(f"{key}/turns/{owner}")
                if turns > conditions.limit:
                    continue
            self._counters.increment(f"{key}/fired")
            draw = partial(chance, self.seed, conditions.name, hit)
            plan = rule.plan(f"{conditions.name}#{hit}", draw)
            if self._machine is not None:
                self._machine.fired(owner, [rule.id])
        return plan

    @property
    def _run(self) -> int:
        return self._counters.increment(_RUN, 0)

    def _counts(self, rule: str) -> dict[str, Any]:
        key = f"{self._run}/{rule}"
        hits = self._counters.increment(f"{key}/hits", 0)
        return {"id": rule, "hits": hits, "fired": self._counters.increment(f"{key}/fired", 0)}

    def _act(self, action: TransitionAction) -> None:
        if action.clock is not None:
            self._clock.change(action.clock.change)
        if action.token is not None:
            self._revoke_tokens()

    def _rules_for(self, turn: Turn) -> Sequence[_Rule]:
        """Return the rules for provider, endpoint and credential; remembered where there is one."""
        exchange = turn.exchange
        place = (exchange.provider, exchange.endpoint, exchange.credential)
        rules = self._by_place.get(place)
        if rules is None:
            rules = tuple(rule for rule in self._rules if rule.is_for(*place))
            if any(endpoint.name == exchange.endpoint for endpoint in turn.provider.endpoints):
                if len(self._by_place) >= _MOST_PLACES:
                    self._by_place.clear()
                self._by_place[place] = rules
        return rules

    def _fire(self, exchange: Exchange, rules: Sequence[_Rule]) -> list[tuple[_Firing, Fault]]:
        """Count, and return the faults of the rules that fire, the outermost first.

        A rule that only ends does not fire where one before it has ended the exchange: its
        `times` are not used up by what the client never saw.
        """
        run = self._run
        owner = self._owner(exchange)
        seen = _Seen(self._clock, self._started, self._machine, owner)
        bending: list[tuple[_Firing, Fault]] = []
        ending: list[tuple[_Firing, Fault]] = []
        fired: list[str] = []
        goto = ""
        for rule in rules:
            if not all(test(exchange) for test in rule.tests) or not seen.fits(rule.conditions):
                continue
            faults, hit = rule.next_faults(
                self._counters, f"{run}/{rule.id}", owner, self.seed, ended=bool(ending)
            )
            if not faults:
                continue
            firing = _Firing(rule, hit, self.seed)
            exchange.rules.append(firing.name)
            fired.append(rule.id)
            ends: list[tuple[_Firing, Fault]] = []
            for fault in faults:
                if isinstance(fault, Goto):
                    goto = goto or fault.root
                elif fault.ending or fault.modifies:
                    ends.append((firing, fault))
                else:
                    bending.append((firing, fault))
            if not ending:
                ending = sorted(ends, key=lambda each: each[1].ending)  # what modifies goes first
        if self._machine is not None and fired:
            if self._machine.watched:
                self._machine.fired(owner, fired)
            if goto:
                self._machine.goto(owner, goto)
        return [*bending, *ending]

    def _owner(self, exchange: Exchange) -> str:
        match self.scenario.scope:
            case "credential":
                return f"{exchange.provider}/{exchange.credential}"
            case "client":
                return f"client/{exchange.request.client}"
            case _:
                return ""


class _Seen:
    """Time and state as one request or notice finds them; looked up when first asked for."""

    __slots__ = ("_clock", "_elapsed", "_machine", "_owner", "_started", "_state")

    def __init__(self, clock: Clock, started: float, machine: Machine | None, owner: str) -> None:
        self._clock = clock
        self._started = started
        self._machine = machine
        self._owner = owner
        self._elapsed: float | None = None
        # Before any rule is looked at: a transition by time may change the clock.
        self._state = machine.current(owner) if machine is not None else ""

    def fits(self, conditions: Conditions) -> bool:
        """Tell whether this is the time and the state that the conditions ask for."""
        if conditions.states and self._state not in conditions.states:
            return False
        if conditions.window is None:
            return True
        if self._elapsed is None:
            self._elapsed = self._clock.time() - self._started
        return conditions.window[0] <= self._elapsed < conditions.window[1]


class _Rule:
    """A rule made ready: globs compiled, steps counted."""

    __slots__ = (
        "_credential",
        "_endpoints",
        "_provider",
        "_sequence",
        "conditions",
        "id",
        "name",
        "only_ends",
        "tests",
    )

    def __init__(self, rule: Rule, scenario: Scenario) -> None:
        match = rule.match
        self.id = rule.id
        self.name = f"{scenario.scenario}/{rule.id}"
        self.only_ends = rule.only_ends
        self.tests = tuple(
            test
            for part, test in tests_by_part(match)
            if part not in ("provider", "endpoint", "credential")  # `is_for` has looked at these
        )
        self._provider = None if match.provider == ANY else match.provider
        self._endpoints = re.compile("|".join(map(translate, match.endpoints)) or ".*", re.DOTALL)
        self._credential = match.credential
        self._sequence = _Sequence(rule)
        self.conditions = Conditions(self.name, rule.when, self._sequence.length)

    def is_for(self, provider: str, endpoint: str, credential: str) -> bool:
        return (
            self._provider in (None, provider)
            and self._credential in (None, credential)
            and bool(self._endpoints.fullmatch(endpoint))
        )

    def next_faults(
        self, counters: Table, key: str, owner: str, seed: int, *, ended: bool
    ) -> tuple[tuple[Fault, ...], int]:
        """Count a hit and return what happens on it, and its number."""
        hit = count_hit(counters, key, owner)
        if not self.conditions.wants(hit, seed) or (ended and self.only_ends):
            return (), hit
        turn = 1
        limit = self.conditions.limit
        if limit is not None or self._sequence.counts:
            turn = counters.increment(f"{key}/turns/{owner}")
            if limit is not None and turn > limit:
                return (), hit
        counters.increment(f"{key}/fired")
        return self._sequence.faults(turn), hit


class _Sequence:
    """Which faults come at the n-th firing of a rule."""

    __slots__ = ("_ends", "_faults", "_repeat", "counts", "length")

    def __init__(self, rule: Rule) -> None:
        steps = rule.steps or ()
        self.counts = bool(steps)
        self._faults = [step.do.faults for step in steps] or [rule.do.faults if rule.do else ()]
        self._repeat = rule.repeat
        self._ends: list[int] = []
        for step in steps:
            if isinstance(step.times, int):
                self._ends.append(step.times + (self._ends[-1] if self._ends else 0))
        endless = not steps or len(self._ends) < len(steps) or rule.repeat != "stop"
        self.length = None if endless else self._ends[-1]

    def faults(self, turn: int) -> tuple[Fault, ...]:
        if self._repeat == "loop" and self._ends:
            turn = (turn - 1) % self._ends[-1] + 1
        step = next((index for index, end in enumerate(self._ends) if turn <= end), -1)
        return self._faults[step]


@dataclass(frozen=True, slots=True)
class _Firing:
    """One rule firing on one hit."""

    rule: _Rule
    hit: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.rule.name}#{self.hit}"

    def draw(self, label: str) -> float:
        return chance(self.seed, self.rule.name, self.hit, label)

    async def around(self, fault: Fault, turn: Turn, proceed: Proceed) -> Reply:
        """Let the fault act in the rule's name; what it goes on to acts in its own."""
        outer = turn.rule, turn.draw
        turn.rule, turn.draw = self.name, self.draw
        try:
            return await fault.around(turn, proceed)
        finally:
            turn.rule, turn.draw = outer


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule does on one of its hits, in words; empty if nothing."""

    number: int
    does: str


def rehearse(scenario: Scenario, seed: int, hits: int) -> list[tuple[str, list[Hit]]]:
    """Say what each rule would do on its first hits, if nothing else were there.

    Args:
        scenario: From the loader.
        seed: What chance goes by.
        hits: How many.

    Returns:
        Each rule's id and its hits, requests first.
    """
    from emulator.store import MemoryEngine

    told: list[tuple[str, list[Hit]]] = []
    for written in scenario.rules or ():
        rule, counters = _Rule(written, scenario), Space(MemoryEngine(), "", "").table("hits")
        found: list[Hit] = []
        for _ in range(hits):
            faults, hit = rule.next_faults(counters, rule.id, "", seed, ended=False)
            draw = _Firing(rule, hit, seed).draw
            found.append(Hit(hit, ", ".join(fault.shown(draw) for fault in faults)))
        told.append((rule.id, found))
    told += [
        (written.id, _rehearse_notices(written, scenario, seed, hits))
        for written in scenario.webhooks or ()
    ]
    return told


def _rehearse_notices(rule: NoticeRule, scenario: Scenario, seed: int, hits: int) -> list[Hit]:
    conditions = Conditions(f"{scenario.scenario}/{rule.id}", rule.when)
    fired = 0
    found: list[Hit] = []
    for hit in range(1, hits + 1):
        wanted = conditions.wants(hit, seed)
        fired += wanted
        if not wanted or (conditions.limit is not None and fired > conditions.limit):
            found.append(Hit(hit, ""))
            continue
        plan = rule.plan("", partial(chance, seed, conditions.name, hit))
        found.append(Hit(hit, plan.in_words()))
    return found
