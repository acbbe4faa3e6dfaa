"""What must have happened: `expect` items, checked against the journal, with the near misses.

The verdict is never better than what is known. A journal is a ring; where exchanges have left it,
whatever they could have broken is reported as not met, and says why. So is what an exchange could
have broken of which the journal keeps only a part.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from emulator.core.configuration import nearest
from emulator.core.errors import shorten
from emulator.core.exchange import Cut, Exchange
from emulator.core.json_text import loads
from emulator.faults.values import Identifier, Strict, wrong
from emulator.scenario.matching import ANY, Match, Test, at_pointer, pointer, tests_by_part

Report = dict[str, Any]
"""`that`, `passed`, `expected`, `found` and `near_misses`, a list of lines."""

CUTS: tuple[str, ...] = get_args(Cut)
"""Outcomes that are not a status: how an answer can be lost."""

_STATUS = re.compile("[1-5][0-9]{2}")
_NEAR_MISSES = 10
_VALUE = 80
_WORD = 80
_ABSENT = object()

Many = Annotated[int, Field(ge=0)] | None


class _Counted(Strict):
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
        given = (("exactly", self.exactly), ("at least", self.min), ("at most", self.max))
        return " and ".join(f"{word} {bound}" for word, bound in given if bound is not None)


class Requests(_Counted):
    """How many exchanges were like this.

    Attributes:
        match: As in a rule, but of any verdict unless it names one.
        exactly: So many.
        min: At least so many.
        max: At most so many.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"anyOf": [{"required": [name]} for name in ("exactly", "min", "max")]}
    }

    match: Match

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if not self.in_words:
            raise wrong("give one of 'exactly', 'min', 'max'")
        return self


class Firings(_Counted):
    """How often a rule of the loaded scenario fired; at least once if no number is given.

    Attributes:
        rule: Its id, also of a rule below `webhooks`.
        exactly: So often.
        min: At least so often.
        max: At most so often.
    """

    rule: Identifier


class Unique(Strict):
    """A part of the message that never comes twice.

    Attributes:
        match: Which requests are compared; of any verdict unless it names one.
        pointer: JSON pointer into the decrypted and verified message or, for what that lacks
            (such as Placetopay's `/auth/nonce`), into the JSON body as it arrived. A request
            without it is left out, but one of them must have it.
    """

    match: Match
    pointer: Annotated[str, AfterValidator(pointer)]


class Webhooks(Strict):
    """What became of the webhooks.

    Attributes:
        provider: Only its webhooks; those of all if left out.
        event: Only webhooks of this name, or like this glob.
        acked: Exactly so many deliveries were acknowledged; each copy is one.
        max_unacked: At most so many webhooks were never acknowledged, also those still to be sent.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"anyOf": [{"required": ["acked"]}, {"required": ["max_unacked"]}]}
    }

    provider: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    event: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    acked: Many = None
    max_unacked: Many = None

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if self.acked is None and self.max_unacked is None:
            raise wrong("give one of 'acked', 'max_unacked'")
        return self


def _step(text: str) -> str:
    name, _, outcome = text.rpartition(" ")
    provider, _, endpoint = name.partition(".")
    if not provider or not endpoint:
        raise wrong(
            f"{shorten(text, _VALUE)!r} is not a step; write for example 'goat.oauth.token 200'"
        )
    if not _STATUS.fullmatch(outcome) and outcome not in CUTS:
        close = nearest(outcome, list(CUTS)) if len(outcome) <= _WORD else ""
        raise wrong(
            f"{shorten(outcome, _VALUE)!r} is no outcome: give a status, "
            f"or one of {', '.join(CUTS)}{close}"
        )
    return text


Step = Annotated[str, AfterValidator(_step)]

_KINDS = ("requests", "fired", "order", "unique", "state", "webhooks")


class Expectation(Strict):
    """One thing that must have happened.

    Attributes:
        that: Says it for people.
        requests: So many requests came.
        fired: A rule fired so often.
        order: Steps such as `goat.oauth.token 200` or `gestopago.sendTx reset`, that came in this
            order, with anything between. After each answer that was lost (a step such as
            `reset`), the next step must come before that endpoint is called again.
        unique: Something never came twice.
        state: The state in which all are that were met.
        webhooks: Webhooks were acknowledged.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"oneOf": [{"required": [name]} for name in _KINDS]}
    }

    that: str
    requests: Requests | None = None
    fired: Firings | None = None
    order: Annotated[list[Step], Field(min_length=1)] | None = None
    unique: Unique | None = None
    state: Identifier | None = None
    webhooks: Webhooks | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in _KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            wanted = ", ".join(map(repr, given or _KINDS))
            raise wrong(f"give one of {wanted}; another thing is another item")
        return self


class Expectations(Strict):
    """A list of expectations under its name, as a scenario file has it.

    Attributes:
        expect: What must have happened.
    """

    expect: list[Expectation]


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


def verify_all(expectations: Iterable[Expectation], evidence: Evidence) -> list[Report]:
    """Check the expectations, each for itself."""
    return [{"that": each.that, **_verify(each, evidence)} for each in expectations]


def _verify(expectation: Expectation, evidence: Evidence) -> Report:
    match expectation:
        case Expectation(requests=Requests() as wanted):
            return _requests(wanted, evidence)
        case Expectation(fired=Firings() as wanted):
            return _fired(wanted, evidence)
        case Expectation(order=list() as steps):
            return _order(steps, evidence)
        case Expectation(unique=Unique() as wanted):
            return _unique(wanted, evidence)
        case Expectation(webhooks=Webhooks() as wanted):
            return _webhooks(wanted, evidence)
        case _:
            return _state(expectation.state or "", evidence)


def _report(
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
        gone = f"{_many(forgotten, what)} of this run {'is' if forgotten == 1 else 'are'}"
        kept = "in the journal (`serve --journal` keeps more)" if what == "exchange" else "kept"
        found += f", but {gone} no longer {kept}"
        passed = False
    if cut and (needs_all or not passed):
        are = "is" if cut == 1 else "are"
        found += f", but {_many(cut, 'exchange')} {are} too long for the journal to keep whole"
        passed = False
    return {
        "passed": passed,
        "expected": expected,
        "found": found,
        "near_misses": [] if passed else list(near_misses)[:_NEAR_MISSES],
    }


def _requests(wanted: Requests, evidence: Evidence) -> Report:
    exchanges = evidence.exchanges
    parts = _parts(wanted.match)
    unclear = sum(_is_unclear(parts, each) for each in exchanges)
    missed = [[name for name, test in parts if not test(each)] for each in exchanges]
    count = missed.count([])
    least, most = wanted.bounds
    too_many = most is not None and count > most
    near = (
        f"{_line(each)}: {f'all but {names[0]}' if names else 'matches'}"
        for each, names in zip(exchanges, missed, strict=True)
        # Too many: show those. Too few: show what nearly was one.
        if len(names) == (0 if too_many else 1)
    )
    return _report(
        passed=count >= least and not too_many,
        expected=f"{wanted.in_words} matching",
        found=f"{count} of {_many(len(exchanges), 'exchange')}",
        near_misses=near,
        forgotten=evidence.forgotten,
        cut=unclear,
        needs_all=most is not None,
    )


def _fired(wanted: Firings, evidence: Evidence) -> Report:
    count = evidence.fired(wanted.rule)
    least, most = wanted.bounds
    if not wanted.in_words:
        least = 1
    passed = count is not None and count >= least and (most is None or count <= most)
    return _report(
        passed=passed,
        expected=f"rule {wanted.rule} fires {wanted.in_words or 'at least 1'} times",
        found=f"no rule {wanted.rule!r} is loaded" if count is None else f"{count} times",
    )


def _order(steps: Sequence[str], evidence: Evidence) -> Report:
    exchanges = evidence.exchanges
    reached: list[Exchange] = []
    for exchange in exchanges:
        if len(reached) < len(steps) and _outcome(exchange) == steps[len(reached)]:
            reached.append(exchange)
    followed = _followed(steps)
    broken = _broken(followed, exchanges)
    if broken:
        lost, other = broken[0]
        wanted = " or ".join(followed[_outcome(lost)])
        after = "no" if other is None else f"#{other.number} came before"
        found = f"the answer to #{lost.number} was lost, and {after} {wanted}" + (
            " came after it" if other is None else ""
        )
    else:
        found = f"{len(reached)} of {_many(len(steps), 'step')}"
        if len(reached) < len(steps):
            since = f" after #{reached[-1].number}" if reached else ""
            found += f": no {steps[len(reached)]}{since}"
    return _report(
        passed=len(reached) == len(steps) and not broken,
        expected=", then ".join(steps),
        found=found,
        near_misses=_misordered(steps, exchanges, reached, broken),
        forgotten=evidence.forgotten,
        needs_all=bool(followed),
    )


def _followed(steps: Sequence[str]) -> dict[str, list[str]]:
    """Return what may come after each lost answer; one that ends the list leaves all open."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for step, following in pairwise(steps):
        if step != steps[-1] and step.rpartition(" ")[2] in CUTS:
            found[step].append(following)
    return dict(found)


def _broken(
    followed: Mapping[str, Sequence[str]], exchanges: Sequence[Exchange]
) -> list[tuple[Exchange, Exchange | None]]:
    """Find the lost answers after which the wrong thing came, or nothing, and what it was."""
    broken: list[tuple[Exchange, Exchange | None]] = []
    for lost, followings in followed.items():
        waiting: Exchange | None = None
        for exchange in exchanges:
            outcome = _outcome(exchange)
            if waiting is not None:
                if outcome in followings:
                    waiting = None
                elif _name(exchange) == _name(waiting):
                    broken.append((waiting, exchange))
                    waiting = None
            if outcome == lost:
                waiting = exchange
        if waiting is not None:
            broken.append((waiting, None))
    return sorted(broken, key=lambda pair: pair[0].number)


def _misordered(
    steps: Sequence[str],
    exchanges: Sequence[Exchange],
    reached: Sequence[Exchange],
    broken: Sequence[tuple[Exchange, Exchange | None]],
) -> Iterable[str]:
    for lost, other in broken:
        yield f"{_line(lost)}: the answer that was lost"
        if other is not None:
            yield f"{_line(other)}: came too early"
    if broken:
        return
    names = {step.rpartition(" ")[0] for step in steps}
    if reached:
        yield f"{_line(reached[-1])}: step {len(reached)}"
    for exchange in exchanges:
        if _name(exchange) in names and (not reached or exchange.number > reached[-1].number):
            yield _line(exchange)


def _unique(wanted: Unique, evidence: Evidence) -> Report:
    parts = _parts(wanted.match)
    matching = [each for each in evidence.exchanges if all(test(each) for _, test in parts)]
    unclear = sum(
        _is_unclear(parts, each) or (each in matching and _is_part_cut(each))
        for each in evidence.exchanges
        if each.cut
    )
    found = ((_part(wanted.pointer, each), each) for each in matching)
    seen = [(repr(value), exchange) for value, exchange in found if value is not _ABSENT]
    counts = Counter(value for value, _ in seen)
    repeated = [(value, exchange) for value, exchange in seen if counts[value] > 1]
    missing = bool(matching) and not seen  # a wrong pointer would find nothing twice, ever
    return _report(
        passed=not repeated and not missing,
        expected=f"no value of {wanted.pointer or 'the message'} twice",
        found=f"none in {_many(len(matching), 'request')}"
        if missing
        else f"{_many(len(counts), 'value')} in {_many(len(seen), 'request')}",
        near_misses=map(_line, matching)
        if missing
        else (f"{_line(exchange)}: {shorten(value, _VALUE)}" for value, exchange in repeated),
        forgotten=evidence.forgotten,
        cut=unclear,
        needs_all=True,
    )


_CUT = {
    "endpoint": "endpoint",
    "credential": "credential",
    "header": "request.headers",
    "query": "request.query",
    "payload": "payload",
}
"""What a part of a match looks at, by the first word of its name, as `Exchange.cut` calls it."""


def _is_unclear(parts: Sequence[tuple[str, Test]], exchange: Exchange) -> bool:
    """Tell whether an exchange may match or not, for all that the journal keeps of it."""
    if not exchange.cut:
        return False
    unknown = {name for name, _ in parts if _CUT.get(name.partition(" ")[0]) in exchange.cut}
    return bool(unknown) and all(test(exchange) for name, test in parts if name not in unknown)


def _is_part_cut(exchange: Exchange) -> bool:
    """Tell whether what a pointer leads to may not be kept."""
    body = "request.body" if exchange.arrived is None else "arrived.body"
    return "payload" in exchange.cut or (body in exchange.cut)


def _part(pointer: str, exchange: Exchange) -> Any:
    """Return what the pointer leads to; what authenticates a request is only in its body."""
    value = at_pointer(pointer, exchange.payload, _ABSENT)
    if value is not _ABSENT and exchange.payload is not None:
        return value
    try:
        body: Any = loads((exchange.arrived or exchange.request).body)
    except ValueError:
        return _ABSENT
    return at_pointer(pointer, body, _ABSENT)


def _state(wanted: str, evidence: Evidence) -> Report:
    states = evidence.states or {}
    others = {owner: state for owner, state in states.items() if state != wanted}
    if not states:
        found = "no scenario with states is loaded"
    else:
        found = "state " + " and ".join(dict.fromkeys(states.values()))
    return _report(
        passed=bool(states) and not others,
        expected=f"state {wanted}",
        found=found,
        near_misses=(f"{owner}: {state}" for owner, state in others.items() if owner),
    )


def _webhooks(wanted: Webhooks, evidence: Evidence) -> Report:
    webhooks = [
        each
        for each in evidence.webhooks
        if wanted.provider in (None, ANY, each["provider"])
        and (wanted.event is None or fnmatchcase(each["event"], wanted.event))
    ]
    acked = sum(_acked(each) for each in webhooks)
    unacked = [each for each in webhooks if not _acked(each)]
    expected: list[str] = []
    if wanted.acked is not None:
        expected.append(f"exactly {_many(wanted.acked, 'acknowledged delivery')}")
    if wanted.max_unacked is not None:
        expected.append(f"at most {_many(wanted.max_unacked, 'webhook')} unacknowledged")
    return _report(
        passed=wanted.acked in (None, acked)
        and (wanted.max_unacked is None or len(unacked) <= wanted.max_unacked),
        expected=" and ".join(expected),
        found=f"{_many(acked, 'acknowledged delivery')}, {_many(len(unacked), 'webhook')} "
        f"of {len(webhooks)} unacknowledged",
        near_misses=map(_webhook_line, unacked or webhooks),
        forgotten=evidence.forgotten_webhooks,
        what="webhook",
        needs_all=True,
    )


def _acked(webhook: Mapping[str, Any]) -> int:
    return sum(attempt["diagnosis"] is None for attempt in webhook["attempts"])


def _webhook_line(webhook: Mapping[str, Any]) -> str:
    attempts = webhook["attempts"]
    diagnosis = attempts[-1]["diagnosis"] if attempts else None
    last = f", the last {diagnosis['code'] if diagnosis else 'acknowledged'}" if attempts else ""
    return (
        f"webhook {webhook['number']} {webhook['provider']}.{webhook['event']}: "
        f"{_many(len(attempts), 'attempt')}{last}"
    )


def _parts(match: Match) -> list[tuple[str, Test]]:
    """The tests of a match by name; any verdict counts unless one is named."""
    if "verdict" not in match.model_fields_set:
        match = match.model_copy(update={"verdict": "any"})
    return tests_by_part(match)


def _name(exchange: Exchange) -> str:
    return f"{exchange.provider}.{exchange.endpoint}"


def _outcome(exchange: Exchange) -> str:
    return f"{_name(exchange)} {exchange.outcome}"


def _line(exchange: Exchange) -> str:
    code = f" {exchange.diagnosis.code}" if exchange.diagnosis else ""
    return f"#{exchange.number} {_outcome(exchange)} {exchange.verdict}{code}"


def _many(count: int, what: str) -> str:
    if count != 1:
        what = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{count} {what}"
