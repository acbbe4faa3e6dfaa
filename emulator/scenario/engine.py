"""Plays a scenario: which rules fire on a request, and in which order their faults bend it.

Counting comes first and is over before anything is awaited: every rule whose `match` accepts the
request takes the number of its hit from a counter in the store. So "the first three" are three,
whatever runs at the same time. Chance is not drawn but computed, from the number of the hit::

    chance = sha256(seed / scenario / rule / hit) as a number in [0, 1)

which is the same in any interleaving and any process.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import translate
from functools import partial
from hashlib import sha256
from math import isfinite
from typing import Any, cast

from emulator.clock import Clock, ClockChange
from emulator.exchange import Exchange, Reply
from emulator.faults.fault import Fault, Proceed, Turn
from emulator.faults.values import seconds
from emulator.scenario.model import ANY, Comparison, Match, Rule, Scenario
from emulator.store import Space, Table

_RUN = "run"
_MEMBERS = "members"
_DECIMAL = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_ABSENT: Any = object()

Test = Callable[[Exchange], bool]


class ScenarioEngine:
    """A scenario at work in one namespace.

    Args:
        scenario: From the loader.
        space: Where counters are kept.
        clock: The namespace's.
        seed: Of chance, if the scenario brings none; drawn if None.
        elapsed: Real seconds since any fixed moment. A `ttl` goes by it, so that a scenario that
            froze the clock leaves nevertheless.

    Attributes:
        seed: What chance goes by; the same at every start.
    """

    def __init__(
        self,
        scenario: Scenario,
        space: Space,
        clock: Clock,
        seed: int | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.scenario = scenario
        given = seed if scenario.seed is None else scenario.seed
        self.seed = secrets.randbits(32) if given is None else given
        shared = scenario.scope == "global"
        # No namespace can be called "", so resetting one leaves what all share alone.
        self._counters = Space(space.engine, "" if shared else space.namespace, space.owner).table(
            f"scenario.{scenario.scenario}" if shared else "scenario"
        )
        self._shared = shared
        self._clock = clock
        self._elapsed = elapsed
        self._ttl = seconds(scenario.ttl) if scenario.ttl else None
        self._rules = [_Rule(rule, scenario) for rule in scenario.rules or ()]
        self._by_endpoint: dict[tuple[str, str], tuple[_Rule, ...]] = {}
        self._running = False
        self._started = self._deadline = 0.0

    def start(self) -> None:
        """Set counters to zero and apply the scenario's clock; again, if it is running.

        With scope `global`, whoever comes second joins the count of the first.
        """
        self.stop()
        if not self._shared or self._counters.increment(_MEMBERS) == 1:
            self._counters.increment(_RUN)
        if self.scenario.clock is not None:
            self._clock.change(self.scenario.clock.change)
        self._started = self._clock.time()
        self._deadline = self._elapsed() + (self._ttl or 0.0)
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
        return self._running

    def as_json(self) -> dict[str, Any]:
        """Return name, seed, and how often each rule was hit and fired."""
        run = self._counters.increment(_RUN, 0)
        return {
            "scenario": self.scenario.scenario,
            "description": self.scenario.description.strip(),
            "seed": self.seed,
            "running": self.running,
            "rules": [
                {
                    "id": rule.id,
                    "hits": self._counters.increment(f"{run}/{rule.id}/hits", 0),
                    "fired": self._counters.increment(f"{run}/{rule.id}/fired", 0),
                }
                for rule in self._rules
            ],
        }

    def fired(self, rule: str) -> int | None:
        """Return how often a rule has fired since the start; None if there is no such rule."""
        if all(each.id != rule for each in self._rules):
            return None
        run = self._counters.increment(_RUN, 0)
        return self._counters.increment(f"{run}/{rule}/fired", 0)

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

    def _rules_for(self, turn: Turn) -> Sequence[_Rule]:
        """Return the rules for the provider and endpoint; remembered for endpoints there are."""
        exchange = turn.exchange
        place = (exchange.provider, exchange.endpoint)
        rules = self._by_endpoint.get(place)
        if rules is None:
            rules = tuple(rule for rule in self._rules if rule.is_for(*place))
            if any(endpoint.name == exchange.endpoint for endpoint in turn.provider.endpoints):
                self._by_endpoint[place] = rules
        return rules

    def _fire(self, exchange: Exchange, rules: Sequence[_Rule]) -> list[tuple[_Firing, Fault]]:
        """Count, and return the faults of the rules that fire, the outermost first.

        A rule that only ends does not fire where one before it has ended the exchange: its
        `times` are not used up by what the client never saw.
        """
        run = self._counters.increment(_RUN, 0)
        owner = self._owner(exchange)
        elapsed: float | None = None
        bending: list[tuple[_Firing, Fault]] = []
        ending: tuple[_Firing, Fault] | None = None
        for rule in rules:
            if not all(test(exchange) for test in rule.tests):
                continue
            if rule.window is not None:
                elapsed = self._clock.time() - self._started if elapsed is None else elapsed
                if not rule.window[0] <= elapsed < rule.window[1]:
                    continue
            faults, hit = rule.next_faults(
                self._counters, f"{run}/{rule.id}", owner, self.seed, ended=ending is not None
            )
            if not faults:
                continue
            firing = _Firing(rule, hit, self.seed)
            exchange.rules.append(firing.name)
            for fault in faults:
                if not fault.ending:
                    bending.append((firing, fault))
                elif ending is None:
                    ending = firing, fault
        return bending if ending is None else [*bending, ending]

    def _owner(self, exchange: Exchange) -> str:
        match self.scenario.scope:
            case "credential":
                return f"{exchange.provider}/{exchange.credential}"
            case "client":
                return f"client/{exchange.request.client}"
            case _:
                return ""


class _Rule:
    """A rule made ready: globs compiled, steps counted."""

    __slots__ = (
        "_endpoints",
        "_hits",
        "_provider",
        "_sequence",
        "id",
        "limit",
        "name",
        "only_ends",
        "rule",
        "tests",
        "window",
    )

    def __init__(self, rule: Rule, scenario: Scenario) -> None:
        match, when = rule.match, rule.when
        self.rule = rule
        self.id = rule.id
        self.name = f"{scenario.scenario}/{rule.id}"
        self.only_ends = rule.only_ends
        self.tests = tuple(
            test
            for part, test in tests_by_part(match)
            if part not in ("provider", "endpoint")  # `is_for` has looked at these
        )
        self.window: tuple[float, float] | None = None
        if when is not None and (when.since or when.until):
            until = seconds(when.until) if when.until else float("inf")
            self.window = seconds(when.since or "0s"), until
        self._provider = None if match.provider == ANY else match.provider
        self._endpoints = re.compile("|".join(map(translate, match.endpoints)) or ".*", re.DOTALL)
        self._hits = frozenset(when.hits) if when and when.hits else None
        self._sequence = _Sequence(rule)
        limits = (when.times if when else None, self._sequence.length)
        self.limit = min((limit for limit in limits if limit is not None), default=None)

    def is_for(self, provider: str, endpoint: str) -> bool:
        return self._provider in (None, provider) and bool(self._endpoints.fullmatch(endpoint))

    def next_faults(
        self, counters: Table, key: str, owner: str, seed: int, *, ended: bool
    ) -> tuple[tuple[Fault, ...], int]:
        """Count a hit and return what happens on it, and its number."""
        hit = counters.increment(f"{key}/hits")
        if owner:
            hit = counters.increment(f"{key}/hits/{owner}")
        when = self.rule.when
        if when is not None:
            if hit <= when.after or (hit - when.after) % when.every:
                return (), hit
            if self._hits is not None and hit not in self._hits:
                return (), hit
            if chance(seed, self.name, hit) >= when.probability:
                return (), hit
        if ended and self.only_ends:
            return (), hit
        turn = 1
        if self.limit is not None or self._sequence.counts:
            turn = counters.increment(f"{key}/turns/{owner}")
            if self.limit is not None and turn > self.limit:
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


def chance(seed: int, rule: str, hit: int, label: str = "") -> float:
    """Return a number in [0, 1), always the same for the same arguments.

    Args:
        seed: Of the run.
        rule: As `scenario/rule`. The namespace is left out, so that a test sees the same
            sequence under a random name.
        hit: From 1.
        label: Tells several draws for the same hit apart; empty for the rule's own.
    """
    digest = sha256(f"{seed}/{rule}/{hit}/{label}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


# Matching


def tests_by_part(match: Match) -> list[tuple[str, Test]]:
    """Make a named test of each part of `match`, the cheap ones first."""
    parts: list[tuple[str, Test]] = []
    if match.provider != ANY:
        parts.append(("provider", lambda exchange: exchange.provider == match.provider))
    if match.endpoints:
        endpoints = re.compile("|".join(map(translate, match.endpoints)), re.DOTALL)
        parts.append(("endpoint", lambda exchange: bool(endpoints.fullmatch(exchange.endpoint))))
    if match.verdict == "accepted":
        parts.append(("verdict", lambda exchange: exchange.verdict == "accepted"))
    elif match.verdict != "any":
        parts.append(("verdict", lambda exchange: exchange.verdict == "refused"))
    if match.method is not None:
        parts.append(("method", lambda exchange: exchange.request.method == match.method))
    if match.credential is not None:
        parts.append(("credential", lambda exchange: exchange.credential == match.credential))
    for name, matcher in (match.header or {}).items():
        parts.append((f"header {name}", partial(_any_header, name.lower(), _comparing(matcher))))
    for name, matcher in (match.query or {}).items():
        parts.append((f"query {name}", partial(_any_parameter, name, _comparing(matcher))))
    for pointer, matcher in (match.payload or {}).items():
        fits = _comparing(matcher)
        parts.append(
            (
                f"payload {pointer}",
                lambda exchange, pointer=pointer, fits=fits: fits(
                    at_pointer(pointer, exchange.payload, _ABSENT)
                ),
            )
        )
    return parts


def _any_header(name: str, fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    values = [value for key, value in exchange.request.headers if key == name]
    return any(map(fits, values or [_ABSENT]))


def _any_parameter(name: str, fits: Callable[[Any], bool], exchange: Exchange) -> bool:
    values = [value for key, value in exchange.request.query_pairs() if key == name]
    return any(map(fits, values or [_ABSENT]))


def at_pointer(pointer: str, value: Any, absent: Any) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to, or `absent`."""
    for escaped in pointer.split("/")[1:]:
        part = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = cast(dict[str, Any], value).get(part, absent)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 10:
            items = cast(list[Any], value)
            value = items[int(part)] if int(part) < len(items) else absent
        else:
            return absent
    return value


def _comparing(matcher: Any) -> Callable[[Any], bool]:
    """Return a function that tells whether a value is what the matcher wants."""
    if not isinstance(matcher, Comparison):
        return lambda value: value is not _ABSENT and _same(value, matcher)
    given = matcher.model_fields_set
    tests: list[Callable[[Any], bool]] = []
    if "eq" in given:
        tests.append(lambda value: _same(value, matcher.eq))
    if "ne" in given:
        tests.append(lambda value: not _same(value, matcher.ne))
    if matcher.glob is not None:
        tests.append(partial(_like, re.compile(translate(matcher.glob)).match))
    if matcher.regex is not None:
        tests.append(partial(_like, re.compile(matcher.regex).search))
    if matcher.gt is not None:
        least = Decimal(repr(matcher.gt))
        tests.append(lambda value: (number := _number(value)) is not None and number > least)
    if matcher.lt is not None:
        most = Decimal(repr(matcher.lt))
        tests.append(lambda value: (number := _number(value)) is not None and number < most)
    if matcher.among is not None:
        choices = matcher.among
        tests.append(lambda value: any(_same(value, choice) for choice in choices))
    if matcher.present is False:
        return lambda value: value is _ABSENT
    return lambda value: value is not _ABSENT and all(test(value) for test in tests)


def _same(value: Any, wanted: Any) -> bool:
    """Compare plain data; a wanted number is also the same as its decimal text."""
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None:
        return value is wanted
    if isinstance(wanted, int | float):
        number = _number(value)
        return number is not None and number == Decimal(repr(wanted))
    return bool(value == wanted)


def _number(value: Any) -> Decimal | None:
    """Return the number that a value is or spells, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def _like(find: Callable[[str], object], value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return isinstance(value, str) and find(value) is not None
