"""What a kind of expectation is: how it is written, and how it is checked against a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from emulator.core.exchange import Exchange
from emulator.faults.values import Strict, wrong

Report = dict[str, Any]
"""`passed`, `expected`, `found` and `near_misses`, a list of lines."""

Many = Annotated[int, Field(ge=0)] | None

_NEAR_MISSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the run.

    Attributes:
        exchanges: The journal, oldest first: in the order in which answers were made.
        forgotten: How many exchanges have left the journal that would belong to these.
        fired: How often a rule fired; None if there is no such rule.
        states: The state of each owner met, `""` for all; empty if the scenario has no states,
            or there is none.
        webhooks: As `GET /_emulator/webhooks` shows them.
        forgotten_webhooks: How many of these are not known any more.
    """

    exchanges: Sequence[Exchange]
    forgotten: int = 0
    fired: Callable[[str], int | None] = lambda rule: None  # noqa: ARG005
    states: Mapping[str, str] | None = None
    webhooks: Sequence[Mapping[str, Any]] = ()
    forgotten_webhooks: int = 0


class Kind(ABC):
    """One kind of expectation. A file of this folder holds one, as `KIND`, under the key it has."""

    @abstractmethod
    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds, and what came near if it does not."""


class Counted(Strict):
    """How many there must be."""

    exactly: Many = None
    min: Many = None
    max: Many = None

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.exactly is not None and (self.min is not None or self.max is not None):
            raise wrong("'exactly' leaves nothing to 'min' and 'max'")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise wrong("never holds: 'min' is more than 'max'")
        return self

    @property
    def bounds(self) -> tuple[int, int | None]:
        """The least and the most; None for no limit."""
        if self.exactly is not None:
            return self.exactly, self.exactly
        return self.min or 0, self.max

    @property
    def in_words(self) -> str:
        """Say how many; empty if no number is given."""
        given = (("exactly", self.exactly), ("at least", self.min), ("at most", self.max))
        return " and ".join(f"{word} {bound}" for word, bound in given if bound is not None)


def report(
    *,
    passed: bool,
    expected: str,
    found: str,
    near_misses: Iterable[str] = (),
    forgotten: int = 0,
    what: str = "exchange",
    cut: int = 0,
    needs_all: bool = False,
) -> Report:
    """Make the report.

    Args:
        passed: Whether it holds of what is known.
        expected: In words.
        found: In words.
        near_misses: What explains it, if it does not hold.
        forgotten: How many exchanges or webhooks are not known any more.
        what: Which of the two.
        cut: How many exchanges are known in part only, so that it is not clear what they mean.
        needs_all: Whether those could have broken it.
    """
    if forgotten and (needs_all or not passed):
        gone = f"{many(forgotten, what)} of this run {'is' if forgotten == 1 else 'are'}"
        kept = "in the journal (`serve --journal` keeps more)" if what == "exchange" else "kept"
        found += f", but {gone} no longer {kept}"
        passed = False
    if cut and (needs_all or not passed):
        are = "is" if cut == 1 else "are"
        found += f", but {many(cut, 'exchange')} {are} too long for the journal to keep whole"
        passed = False
    return {
        "passed": passed,
        "expected": expected,
        "found": found,
        "near_misses": [] if passed else list(near_misses)[:_NEAR_MISSES],
    }


def many(count: int, what: str) -> str:
    """Return a count with its noun."""
    if count != 1:
        what = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{count} {what}"
