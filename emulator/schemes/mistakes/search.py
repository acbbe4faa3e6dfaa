"""Search for what a client did otherwise: a product of steps, the fewest deviations first.

A request is made in steps, such as "sort the members", "join them", "append the key". For each
step a client can do something else. A `Step` is one such deviation, with what it costs. `Ways`
are all the values that a chain of steps can give, in levels: level 0 is the right value, level
`n` has the values whose deviations cost `n` together. Equal values are merged, so most products
are small. `search` goes through the product of several `Ways`, level by level, and stops after
the first level on which something fits: more deviations explain nothing better.

Everything is lazy, and bounded by a `Budget` of tries, so that a refusal stays cheap. No hint is
built before something fits.

One thing: the search itself, which every scheme uses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

from emulator.core.messages import Message

LIKELY, UNUSUAL, RARE = 2, 3, 4
"""What a deviation costs: two likely ones are looked for before one of a kind seldom seen and
another."""

MOST_TRIES = 13_000
"""Hashes of a few hundred bytes, or decryptions; about 20 ms."""

MOST_SECONDS = 3.0
"""Of the processor, not of the clock: never reached but on a machine that is very slow."""

MOST_COST = 8
"""Four likely deviations; explanations beyond that are not believable."""

MOST_READINGS = 3
"""Explanations told where several fit equally well."""

In = TypeVar("In")
Out = TypeVar("Out")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Step(Generic[In, Out]):
    """One thing that a client did otherwise.

    Attributes:
        hint: What was done, and what to do instead; or what makes that text, where it is not
            the same for every request.
        change: Makes what such a client makes. Raises ValueError where it does not apply.
        cost: `LIKELY`, `UNUSUAL` or `RARE`.
    """

    hint: str | Callable[[], str]
    change: Callable[[In], Out]
    cost: int = LIKELY

    def __str__(self) -> str:
        return self.hint if isinstance(self.hint, str) else self.hint()


Steps: TypeAlias = Mapping[int, Sequence[Step[In, Out]]]
"""Deviations by their cost."""

Reading: TypeAlias = tuple[Step[Any, Any], ...]
"""One explanation: the steps that were done otherwise, in the order in which they are done."""


def by_cost(steps: Iterable[Step[In, Out]]) -> Steps[In, Out]:
    """Group deviations by their cost."""
    grouped: dict[int, list[Step[In, Out]]] = {}
    for step in steps:
        grouped.setdefault(step.cost, []).append(step)
    return grouped


class SpentError(Exception):
    """The budget of a search is used up."""


class Budget:
    """How much a search may still do, and no longer than `MOST_SECONDS`.

    Args:
        tries: Units of work, each about as long as a hash; left out, `MOST_TRIES`.
    """

    def __init__(self, tries: int | None = None) -> None:
        self._left = MOST_TRIES if tries is None else tries
        self._next_look = self._left - 256
        self._end = time.thread_time() + MOST_SECONDS

    def spend(self, units: int = 1) -> None:
        """Use up units of work.

        Raises:
            SpentError: None is left.
        """
        self._left -= units
        if self._left < self._next_look:
            self._next_look = self._left - 256
            if self._left < 0 or time.thread_time() > self._end:
                self._left = -1
                raise SpentError


@dataclass(slots=True, eq=False)
class Way(Generic[T]):
    """A value, and the deviations that give it.

    Attributes:
        value: What comes out.
        steps: The deviations.
        rivals: Other deviations that cost the same and give the same value.
    """

    value: T
    steps: Reading = ()
    rivals: list[Reading] = field(default_factory=list[Reading])

    def readings(self) -> list[Reading]:
        """Return every explanation of the value."""
        return [self.steps, *self.rivals]


class Ways(Generic[T]):
    """Values in levels of cost; a value stands on its cheapest level only.

    Values must be hashable: equal ones are merged.
    """

    def __init__(self, make: Callable[[int], Iterator[Way[T]]]) -> None:
        self._make = make
        self._levels: dict[int, tuple[list[Way[T]], Iterator[Way[T]]]] = {}
        self._seen: dict[T, tuple[int, Way[T]]] = {}

    def at(self, cost: int) -> Iterator[Way[T]]:
        """Yield the ways of one level. Lower levels must have been asked for before."""
        if cost not in self._levels:
            self._levels[cost] = ([], self._make(cost))
        made, source = self._levels[cost]
        position = 0
        while True:
            while position < len(made):
                yield made[position]
                position += 1
            way = next(source, None)
            if way is None:
                return
            known = self._seen.get(way.value)
            if known is None:
                self._seen[way.value] = (cost, way)
                made.append(way)
            elif known[0] == cost:
                known[1].rivals.append(way.steps)

    def then(
        self,
        right: Callable[[T], Out],
        steps: Callable[[T], Steps[T, Out]],
        budget: Budget,
        price: int = 1,
    ) -> Ways[Out]:
        """Return what comes out after one more step.

        Args:
            right: The step as it should be.
            steps: What can be done in its place, for a value.
            budget: Pays for each deviation.
            price: What one costs.
        """

        def make(cost: int) -> Iterator[Way[Out]]:
            for way in self.at(cost):
                yield Way(right(way.value), way.steps)
            for own in range(cost - LIKELY, -1, -1):
                for way in self.at(own):
                    for step in steps(way.value).get(cost - own, ()):
                        budget.spend(price)
                        try:
                            value = step.change(way.value)
                        except (ValueError, OverflowError):
                            continue
                        yield Way(value, (*way.steps, step))

        return Ways(make)

    def or_else(
        self, others: Callable[[], Steps[None, T]], budget: Budget, price: int = 1
    ) -> Ways[T]:
        """Return the same ways, and others that are made of something else altogether."""

        def make(cost: int) -> Iterator[Way[T]]:
            if cost >= LIKELY:
                for step in others().get(cost, ()):
                    budget.spend(price)
                    try:
                        yield Way(step.change(None), (step,))
                    except (ValueError, OverflowError):
                        continue
            yield from self.at(cost)

        return Ways(make)


def only(value: T) -> Ways[T]:
    """Return the right value alone, where a chain of steps begins."""

    def make(cost: int) -> Iterator[Way[T]]:
        if not cost:
            yield Way(value)

    return Ways(make)


def table(*steps: Step[In, Out]) -> Callable[[In], Steps[In, Out]]:
    """Return what `Ways.then` takes, for deviations that are the same for every value."""
    grouped = by_cost(steps)
    return lambda _: grouped


def axis(right: T, steps: Iterable[Step[T, T]], budget: Budget) -> Ways[T]:
    """Return a right value and what one deviation makes of it."""

    @cache
    def grouped() -> Steps[T, T]:
        return by_cost(steps)

    return only(right).then(same, lambda _: grouped(), budget)


def same(value: T) -> T:
    """Return the value: the right step, where nothing is to be done."""
    return value


Found: TypeAlias = tuple[tuple[Way[Any], ...], Reading]
"""The ways that fit together, and the further deviations that the test has seen."""


def search(
    axes: Sequence[Ways[Any]],
    fits: Callable[..., Reading | None],
    *,
    most: int = MOST_COST,
) -> list[Found]:
    """Return what fits, on the lowest level of cost on which anything does.

    Args:
        axes: What can differ, independent of each other, in the order in which to mend it.
        fits: Takes one value of each axis, pays for its work, and returns None where they do
            not fit; else the deviations that it sees itself, often none.
        most: The last level to look at.

    Returns:
        Empty where nothing fits, or the budget was used up before.
    """
    found: list[Found] = []
    try:
        for cost in range(most + 1):
            for costs in _shared_out(cost, len(axes)):
                for ways in _combined(axes, costs):
                    told = fits(*map(_value, ways))
                    if told is not None:
                        found.append((ways, told))
            if found:
                break
    except SpentError:
        pass
    return found


@cache
def _shared_out(cost: int, axes: int) -> tuple[tuple[int, ...], ...]:
    """Return how a cost can fall on the axes: on several of them first, then on one alone."""
    return tuple(
        sorted(
            (
                costs
                for costs in product((0, *range(LIKELY, cost + 1)), repeat=axes)
                if sum(costs) == cost
            ),
            key=lambda costs: (costs.count(0), [-each for each in costs]),
        )
    )


def _combined(axes: Sequence[Ways[Any]], costs: Sequence[int]) -> Iterator[tuple[Way[Any], ...]]:
    """Yield one way of each axis, of the costs given."""
    rest = [
        list(axis.at(cost)) if cost else [_right(axis)]
        for axis, cost in zip(axes[1:], costs[1:], strict=True)
    ]
    if not all(rest):
        return
    for first in axes[0].at(costs[0]):
        yield from product((first,), *rest)


_value = attrgetter("value")


def _right(axis: Ways[T]) -> Way[T]:
    return next(axis.at(0))


def readings(found: Iterable[Found], most: int = MOST_READINGS) -> list[Reading]:
    """Return explanations of what was found, each once, the shortest first."""
    every = (
        tuple(step for steps in choice for step in steps) + told
        for ways, told in found
        for choice in product(*[way.readings() for way in ways])
    )
    distinct = {tuple(map(id, reading)): reading for reading in islice(every, 64)}
    return sorted(distinct.values(), key=len)[:most]


def said(*hints: str) -> Reading:
    """Return what is known without a search as an explanation: each hint once, as a step."""
    return tuple(Step(hint, same) for hint in dict.fromkeys(hints))


def tell(explanations: Sequence[Reading]) -> str:
    """Return the hint: each step that was wrong, the first to mend first.

    Args:
        explanations: As `readings` gives them; several are told as alternatives.
    """
    told = [hint for reading in explanations if (hint := _told(reading))]
    return ". Or: ".join(dict.fromkeys(told))


def _told(reading: Reading) -> str:
    hints = list(dict.fromkeys(hint for step in reading if (hint := str(step))))
    if len(hints) < 2:
        return "".join(hints)
    numbered = "; ".join(f"({number}) {hint}" for number, hint in enumerate(hints, 1))
    return Message("{count} things differ: {numbered}").with_(count=len(hints), numbered=numbered)
