"""How often each rule was hit and has fired, in all and for each owner of the scope.

What is counted for owners stands in its own table: thousands of orders must not push out
what a rule has done in all.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.store import MemoryEngine, Space, Table
from emulator.scenario.scope import KEPT_COUNTERS

_RUN = "run"
_MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of one scenario.

    Attributes:
        totals: By rule; the run and its members too.
        owned: By rule and owner.
    """

    totals: Table
    owned: Table

    @classmethod
    def in_space(cls, space: Space, name: str) -> Counters:
        """Return the counters of a scenario in a space."""
        return cls(space.table(name), space.table(f"{name}.owners", KEPT_COUNTERS))

    @classmethod
    def apart(cls) -> Counters:
        """Return counters of nothing that runs, to try a rule with."""
        return cls.in_space(Space(MemoryEngine(), "", ""), "hits")

    @property
    def run(self) -> int:
        """Number of the run: how often the scenario was started."""
        return self.totals.increment(_RUN, 0)

    def begin(self) -> None:
        """Begin a run, whose counters are all at zero."""
        self.totals.increment(_RUN)

    def join(self, by: int = 1) -> int:
        """Count a namespace that plays the scenario, or one that leaves; return how many do."""
        return self.totals.increment(_MEMBERS, by)

    def clear(self) -> None:
        """Forget everything."""
        self.totals.clear()
        self.owned.clear()

    def hit(self, rule: str, owner: str) -> int:
        """Count a hit; return its number among the owner's."""
        number = self.totals.increment(f"{self.run}/{rule}/hits")
        return self.owned.increment(f"{self.run}/{rule}/hits/{owner}") if owner else number

    def firing(self, rule: str, owner: str) -> int:
        """Count what may be a firing; return its number among the owner's."""
        return self.owned.increment(f"{self.run}/{rule}/firings/{owner}")

    def fired(self, rule: str) -> None:
        """Count a firing in all."""
        self.totals.increment(f"{self.run}/{rule}/fired")

    def of(self, rule: str) -> dict[str, int]:
        """Return how often a rule was hit, and how often it has fired."""
        key = f"{self.run}/{rule}"
        return {name: self.totals.increment(f"{key}/{name}", 0) for name in ("hits", "fired")}
