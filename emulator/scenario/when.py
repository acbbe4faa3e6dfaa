"""When a rule fires: `when`, as it is written and as it is counted.

A hit is a request, or a webhook, that the rule is for. The order of conditions is fixed: `from`,
`until` and `state` say whether it is a hit at all; then `after`, `every`, `hits`, `probability`,
`times`. Chance is not drawn but computed, from the number of the hit::

    chance = sha256(seed / scenario / rule / hit) as a number in [0, 1)

which is the same in any interleaving and any process.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, Tag, model_validator

from emulator.faults.values import Identifier, Length, Strict, seconds, wrong
from emulator.scenario.counters import Counters

States = Annotated[
    Annotated[Identifier, Tag("<text>")]
    | Annotated[list[Identifier], Field(min_length=1), Tag("<list>")],
    Discriminator(lambda value: "<list>" if isinstance(value, list) else "<text>"),
]


class When(Strict):
    """Which hits a rule fires on; a hit is a request that its `match` accepts.

    Attributes:
        since: Written `from`; counts hits from this long after the start, on the scope's clock.
        until: Counts hits up to this long after the start.
        state: Counts hits while the scenario is in this state, or in one of these.
        after: Skip so many hits.
        every: Then fire on each such hit: `10` is the tenth, the twentieth and so on.
        hits: Fire on these hits only, numbered from 1.
        probability: Of those, fire on this share, as the seed decides.
        times: Fire at most so often.
    """

    model_config: ClassVar[Any] = {"json_schema_extra": {"minProperties": 1}}

    since: Annotated[Length | None, Field(alias="from")] = None
    until: Length | None = None
    state: States | None = None
    after: Annotated[int, Field(ge=0)] = 0
    every: Annotated[int, Field(ge=1)] = 1
    hits: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    times: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        if not self.model_fields_set:
            raise wrong("says nothing; leave it out to fire always")
        if not self.probability:
            raise wrong("'probability' of 0 never fires")
        if self.hits and all(
            hit <= self.after or (hit - self.after) % self.every for hit in self.hits
        ):
            raise wrong("never fires: 'after' and 'every' leave none of its 'hits'")
        if self.until and seconds(self.since or "0s") >= seconds(self.until):
            raise wrong("never fires: 'until' is not later than 'from'")
        return self

    @property
    def most(self) -> int | None:
        """How often it fires at most; None for ever."""
        left = {
            hit
            for hit in self.hits or ()
            if hit > self.after and (hit - self.after) % self.every == 0
        }
        limits = (self.times, len(left) if self.hits else None)
        return min((limit for limit in limits if limit is not None), default=None)


class Conditions:
    """A rule's `when`, ready to count.

    Args:
        name: Of the rule, as `scenario/rule`.
        when: As written; None for always.
        length: How often the rule can fire for other reasons; None for ever.

    Attributes:
        states: In which it counts hits; empty for all.
        window: Seconds after the start between which it counts hits; None for always.
        limit: How often it fires at most; None for ever.
    """

    __slots__ = ("_hits", "_when", "limit", "name", "states", "window")

    def __init__(self, name: str, when: When | None, length: int | None = None) -> None:
        self.name = name
        self._when = when
        self._hits = frozenset(when.hits) if when and when.hits else None
        self.states: frozenset[str] = frozenset()
        self.window: tuple[float, float] | None = None
        if when is not None and when.state is not None:
            self.states = frozenset([when.state] if isinstance(when.state, str) else when.state)
        if when is not None and (when.since or when.until):
            until = seconds(when.until) if when.until else float("inf")
            self.window = seconds(when.since or "0s"), until
        limits = (when.times if when else None, length)
        self.limit = min((limit for limit in limits if limit is not None), default=None)

    def count(
        self,
        counters: Counters,
        rule: str,
        owner: str,
        seed: int,
        *,
        over: bool = False,
        numbered: bool = False,
    ) -> tuple[int, int]:
        """Count a hit, and the firing if it fires.

        Args:
            counters: Where.
            rule: Its id.
            owner: Who of the scope it is; empty for all.
            seed: Of chance.
            over: Whether it must not fire, so that its `times` are not used up.
            numbered: Whether its firings are told apart although their number has no limit.

        Returns:
            The number of the hit among the owner's, and that of the firing; 0 if it does not
            fire, 1 if it does not matter which it is.
        """
        hit = counters.hit(rule, owner)
        if not self._wants(hit, seed) or over:
            return hit, 0
        firing = 1
        if self.limit is not None or numbered:
            firing = counters.firing(rule, owner)
            if self.limit is not None and firing > self.limit:
                return hit, 0
        counters.fired(rule)
        return hit, firing

    def _wants(self, hit: int, seed: int) -> bool:
        """Tell whether it fires on this hit, its `times` not used up."""
        when = self._when
        if when is None:
            return True
        if hit <= when.after or (hit - when.after) % when.every:
            return False
        if self._hits is not None and hit not in self._hits:
            return False
        return when.probability >= 1 or chance(seed, self.name, hit) < when.probability


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
