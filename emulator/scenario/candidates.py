"""Which of many rules may match an exchange, without testing each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from emulator.core.exchange import Exchange
from emulator.scenario.matching import Part, keys_at


class Indexed(Protocol):
    """A rule that knows which values it wants."""

    @property
    def equalities(self) -> Mapping[Part, Sequence[Any]]:
        """See `emulator.scenario.matching.equalities`."""
        ...


R = TypeVar("R", bound=Indexed)


class Candidates(Generic[R]):
    """The rules for one endpoint and credential, found by a value that they want.

    A rule stands under the one of its equalities that tells most rules apart, so that a thousand
    rules about a thousand amounts cost what one does.

    Args:
        rules: In the order of the file.
    """

    __slots__ = ("_always", "_by_value")

    def __init__(self, rules: Sequence[R]) -> None:
        distinct = defaultdict[Part, set[Any]](set)
        for rule in rules:
            for part, keys in rule.equalities.items():
                distinct[part].update(keys)
        self._always: dict[int, R] = {}
        self._by_value = defaultdict[Part, defaultdict[Any, dict[int, R]]](
            lambda: defaultdict(dict)
        )
        for number, rule in enumerate(rules):
            if not rule.equalities:
                self._always[number] = rule
                continue
            part = max(rule.equalities, key=lambda part: len(distinct[part]))
            for key in rule.equalities[part]:
                self._by_value[part][key][number] = rule

    def of(self, exchange: Exchange) -> Collection[R]:
        """Return the rules that may match, in the order of the file."""
        found = self._always
        for part, by_key in self._by_value.items():
            for key in keys_at(part, exchange):
                if key in by_key:
                    found = found | by_key[key]
        return found.values() if found is self._always else [found[n] for n in sorted(found)]
