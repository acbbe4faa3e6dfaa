"""A rule about requests, made ready to be asked, and its firing on one request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.scenario.counters import Counters
from emulator.scenario.matching import ANY, equalities, tests_by_part
from emulator.scenario.model import Scenario
from emulator.scenario.rules import Rule
from emulator.scenario.sequence import FaultSequence
from emulator.scenario.when import Conditions, chance


class ReadyRule:
    """A rule made ready: globs compiled, steps counted."""

    __slots__ = (
        "_credential",
        "_endpoints",
        "_provider",
        "_sequence",
        "conditions",
        "equalities",
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
        self.equalities = equalities(match)
        self._sequence: FaultSequence[Fault] = FaultSequence(rule)
        self.conditions = Conditions(self.name, rule.when, self._sequence.length)

    def is_for(self, provider: str, endpoint: str, credential: str) -> bool:
        """Tell whether provider, endpoint and credential are those that it matches."""
        return (
            self._provider in (None, provider)
            and self._credential in (None, credential)
            and bool(self._endpoints.fullmatch(endpoint))
        )

    def next_faults(
        self, counters: Counters, owner: str, seed: int, *, over: bool
    ) -> tuple[tuple[Fault, ...], int]:
        """Count a hit and return what happens on it, and its number."""
        hit, firing = self.conditions.count(
            counters, self.id, owner, seed, over=over, numbered=self._sequence.counts
        )
        return (self._sequence.faults(firing) if firing else ()), hit


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule firing on one hit."""

    rule: ReadyRule
    hit: int
    seed: int

    @property
    def name(self) -> str:
        """As `scenario/rule#hit`."""
        return f"{self.rule.name}#{self.hit}"

    def draw(self, label: str) -> float:
        """Return a number in [0, 1), always the same for this rule, hit and label."""
        return chance(self.seed, self.rule.name, self.hit, label)

    async def around(self, fault: Fault, handling: Handling, proceed: Proceed) -> Reply:
        """Let the fault act in the rule's name; what it goes on to acts in its own."""
        outer = handling.rule, handling.draw
        handling.rule, handling.draw = self.name, self.draw
        try:
            return await fault.around(handling, proceed)
        finally:
            handling.rule, handling.draw = outer
