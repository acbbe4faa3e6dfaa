"""What must have happened: `expect` items, checked against the journal, with the near misses.

The items of this version are `requests`, `fired`, `order` and `unique`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from emulator.exchange import Exchange
from emulator.faults.values import Identifier, Strict, wrong
from emulator.scenario.matching import Match, Test, at_pointer, pointer, tests_by_part

Report = dict[str, Any]
"""`that`, `passed`, `expected`, `found` and `near_misses`, a list of lines."""

_NEAR_MISSES = 10
_ABSENT = object()


class Requests(Strict):
    """How many exchanges were like this.

    Attributes:
        match: As in a rule, but of any verdict unless it names one.
        exactly: So many.
        min: At least so many.
        max: At most so many.
    """

    match: Match
    exactly: Annotated[int, Field(ge=0)] | None = None
    min: Annotated[int, Field(ge=0)] | None = None
    max: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if self.exactly is None and self.min is None and self.max is None:
            raise wrong("give one of 'exactly', 'min', 'max'")
        return self


class Fired(Strict):
    """How often a rule of the loaded scenario fired."""

    rule: Identifier
    exactly: Annotated[int, Field(ge=0)] | None = None
    min: Annotated[int, Field(ge=0)] | None = None


class Unique(Strict):
    """A part of the verified message that never comes twice."""

    match: Match
    pointer: Annotated[str, AfterValidator(pointer)]


def _step(text: str) -> str:
    name, _, outcome = text.rpartition(" ")
    if "." not in name or not outcome.isdecimal():
        raise wrong(f"{text!r} is not a step; write for example 'goat.oauth.token 200'")
    return text


class Expectation(Strict):
    """One thing that must have happened; `that` says it for people."""

    that: str
    requests: Requests | None = None
    fired: Fired | None = None
    order: Annotated[list[Annotated[str, AfterValidator(_step)]], Field(min_length=1)] | None = None
    unique: Unique | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (
            sum(each is not None for each in (self.requests, self.fired, self.order, self.unique))
            != 1
        ):
            raise wrong("give one of 'requests', 'fired', 'order', 'unique'")
        return self


def verify_all(
    expectations: Iterable[Expectation],
    exchanges: Sequence[Exchange],
    fired: Callable[[str], int | None],
) -> list[Report]:
    """Check the expectations.

    Args:
        expectations: What must have happened.
        exchanges: The journal, oldest first.
        fired: How often a rule fired; None if there is no such rule.
    """
    return [
        {"that": expectation.that, **_verify(expectation, exchanges, fired)}
        for expectation in expectations
    ]


def _verify(
    expectation: Expectation, exchanges: Sequence[Exchange], fired: Callable[[str], int | None]
) -> Report:
    if expectation.requests is not None:
        return _requests(expectation.requests, exchanges)
    if expectation.fired is not None:
        return _fired(expectation.fired, fired)
    if expectation.order is not None:
        return _order(expectation.order, exchanges)
    assert expectation.unique is not None
    return _unique(expectation.unique, exchanges)


def _report(*, passed: bool, expected: str, found: str, near_misses: Iterable[str] = ()) -> Report:
    return {
        "passed": passed,
        "expected": expected,
        "found": found,
        "near_misses": [] if passed else list(near_misses)[:_NEAR_MISSES],
    }


def _requests(wanted: Requests, exchanges: Sequence[Exchange]) -> Report:
    parts = _parts(wanted.match)
    missed = [[name for name, test in parts if not test(each)] for each in exchanges]
    count = missed.count([])
    bounds = (
        ("exactly", wanted.exactly, count == wanted.exactly),
        ("at least", wanted.min, count >= (wanted.min or 0)),
        ("at most", wanted.max, wanted.max is None or count <= wanted.max),
    )
    given = [(word, bound, holds) for word, bound, holds in bounds if bound is not None]
    near = (
        f"{_line(each)}: all but {names[0]}" if names else f"{_line(each)}: matches"
        for each, names in zip(exchanges, missed, strict=True)
        if len(names) <= 1
    )
    return _report(
        passed=all(holds for _, _, holds in given),
        expected=" and ".join(f"{word} {bound}" for word, bound, _ in given),
        found=f"{count} matching of {len(exchanges)}",
        near_misses=near,
    )


def _fired(wanted: Fired, fired: Callable[[str], int | None]) -> Report:
    count = fired(wanted.rule)
    least = wanted.min if wanted.min is not None else int(wanted.exactly is None)
    passed = count is not None and (
        count == wanted.exactly if wanted.exactly is not None else count >= least
    )
    expected = f"exactly {wanted.exactly}" if wanted.exactly is not None else f"at least {least}"
    found = f"no rule {wanted.rule!r} is loaded" if count is None else f"fired {count} times"
    return _report(passed=passed, expected=expected, found=found)


def _order(wanted: Sequence[str], exchanges: Sequence[Exchange]) -> Report:
    reached = 0
    for exchange in exchanges:
        if reached < len(wanted) and _outcome(exchange) == wanted[reached]:
            reached += 1
    return _report(
        passed=reached == len(wanted),
        expected=", then ".join(wanted),
        found=f"{reached} of {len(wanted)} steps",
        near_misses=(
            [f"missing: {wanted[reached]}", *map(_line, exchanges[-_NEAR_MISSES:])]
            if reached < len(wanted)
            else []
        ),
    )


def _unique(wanted: Unique, exchanges: Sequence[Exchange]) -> Report:
    tests = [test for _, test in _parts(wanted.match)]
    seen: list[tuple[str, Exchange]] = []
    for exchange in exchanges:
        if all(test(exchange) for test in tests):
            value = at_pointer(wanted.pointer, exchange.payload, _ABSENT)
            if value is not _ABSENT:
                seen.append((repr(value), exchange))
    counts = Counter(value for value, _ in seen)
    repeated = [(value, exchange) for value, exchange in seen if counts[value] > 1]
    return _report(
        passed=not repeated,
        expected=f"no value of {wanted.pointer} twice",
        found=f"{len(counts)} values in {len(seen)} requests",
        near_misses=(f"{_line(exchange)}: {value}" for value, exchange in repeated),
    )


def _parts(match: Match) -> list[tuple[str, Test]]:
    """The tests of a match by name; any verdict counts unless one is named."""
    if "verdict" not in match.model_fields_set:
        match = match.model_copy(update={"verdict": "any"})
    return tests_by_part(match)


def _outcome(exchange: Exchange) -> str:
    status = exchange.reply.status if exchange.reply else 0
    return f"{exchange.provider}.{exchange.endpoint} {status}"


def _line(exchange: Exchange) -> str:
    code = f" {exchange.diagnosis.code}" if exchange.diagnosis else ""
    return f"#{exchange.number} {_outcome(exchange)} {exchange.verdict}{code}"
