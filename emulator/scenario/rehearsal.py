"""What would happen: each rule of a scenario in words, and what it does on its first hits.

Nothing is guessed. A hit is decided by the same conditions, steps and draws as in the engine, on
its own counters. So a seed can be read before it is run.

Each rule is described alone, for hits that count: its `match`, `state`, `from` and `until` are
taken to hold. Where several rules fire on one request, the first that ends it wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.faults.fault import describe
from emulator.scenario.comparison import Comparison
from emulator.scenario.counters import Counters
from emulator.scenario.matching import ANY, Match
from emulator.scenario.model import Scenario
from emulator.scenario.ready_rule import Firing, ReadyRule
from emulator.scenario.rules import Rule
from emulator.scenario.sequence import RuleForm
from emulator.scenario.states import On, Transition
from emulator.scenario.webhook_plans import ReadyWebhookRule
from emulator.scenario.webhook_rules import WebhookMatch, WebhookRule, WebhookWhen
from emulator.scenario.when import When

TRUE_ANSWER = ""
"""What a rule does on a hit on which it does not fire."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule does on one of its hits, in words; `TRUE_ANSWER` if nothing."""

    number: int
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedRule:
    """A rule, and its first hits.

    Attributes:
        id: As written.
        note: As written.
        matches: What its hits are, in words.
        when: Which of them it fires on, in words; empty for all.
        hits: From the first.
    """

    id: str
    note: str
    matches: str
    when: str
    hits: list[Hit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A scenario, told before it is run.

    Attributes:
        seed: What chance goes by.
        clock: What is done to the clock at the start, in words.
        initial: The first state; empty without states.
        transitions: Each in words: from, to, on what, and what is done then.
        rules: About requests.
        webhooks: About webhooks.
        expect: What must have happened in the end.
    """

    seed: int
    clock: str
    initial: str
    transitions: list[dict[str, str]]
    rules: list[RehearsedRule]
    webhooks: list[RehearsedRule]
    expect: list[str]


def rehearse(scenario: Scenario, seed: int, hits: int) -> Rehearsal:
    """Say what each rule would do on its first hits, if nothing else were there.

    Args:
        scenario: From the loader.
        seed: What chance goes by.
        hits: How many.
    """
    states = scenario.states
    return Rehearsal(
        seed=seed,
        clock=_value(describe(scenario.clock)) if scenario.clock else "",
        initial=states.initial if states else "",
        transitions=[_transition(each) for each in states.transitions] if states else [],
        rules=[
            RehearsedRule(
                id=rule.id,
                note=rule.note,
                matches=match_in_words(rule.match),
                when=", ".join([*_when(rule.when), *_steps(rule)]),
                hits=list(_hits(rule, scenario, seed, hits)),
            )
            for rule in scenario.rules or ()
        ],
        webhooks=[
            RehearsedRule(
                id=rule.id,
                note=rule.note,
                matches=_webhooks_in_words(rule.match),
                when=", ".join([*_when(rule.when), *_deliveries(rule.when), *_steps(rule)]),
                hits=list(_webhooks(rule, scenario, seed, hits)),
            )
            for rule in scenario.webhooks or ()
        ],
        expect=[each.that for each in scenario.expect or ()],
    )


def _hits(written: Rule, scenario: Scenario, seed: int, hits: int) -> Iterator[Hit]:
    rule, counters = ReadyRule(written, scenario), Counters.apart()
    for _ in range(hits):
        faults, number = rule.next_faults(counters, "", seed, over=False)
        draw = Firing(rule, number, seed).draw
        yield Hit(number, ", ".join(fault.shown(draw) for fault in faults))


def _webhooks(written: WebhookRule, scenario: Scenario, seed: int, hits: int) -> Iterator[Hit]:
    rule, counters = ReadyWebhookRule(written, scenario.scenario), Counters.apart()
    for _ in range(hits):
        plan, number = rule.next_plan(counters, "", seed)
        yield Hit(number, plan.in_words() if plan else TRUE_ANSWER)


# In words


def match_in_words(match: Match) -> str:
    """Say which requests are meant."""
    verdict = match.verdict if match.wants_verdict else "refused"
    kind = {"accepted": "accepted requests", "any": "requests, accepted or refused,"}.get(
        verdict, "refused requests"
    )
    told = f"{kind} to {_provider(match.provider)}"
    if match.endpoints:
        told += f" {_or(match.endpoints)}"
    parts: list[str] = []
    if match.diagnosis:
        parts.append(f"for {match.diagnosis}")
    if match.method:
        parts.append(f"by {match.method}")
    if match.credential:
        parts.append(f"from {match.credential}")
    for kind, tests in (
        ("header ", match.header),
        ("parameter ", match.query),
        ("", match.payload),
    ):
        parts += [f"with {kind}{name} {_comparison(test)}" for name, test in (tests or {}).items()]
    return " ".join([told, ", ".join(parts)]) if parts else told


def _webhooks_in_words(match: WebhookMatch) -> str:
    told = f"webhooks {_or(match.events)} of {_provider(match.provider)}"
    parts = [f"for {match.credential}"] if match.credential else []
    parts += [f"with {name} {_comparison(test)}" for name, test in (match.payload or {}).items()]
    return " ".join([told, ", ".join(parts)]) if parts else told


def _deliveries(when: WebhookWhen | None) -> Iterator[str]:
    if when is not None and when.attempts:
        yield f"for attempt {_or(map(str, when.attempts))}"
    if when is not None and when.copy_numbers:
        yield f"for copy {_or(map(str, when.copy_numbers))}"


def _provider(name: str) -> str:
    return "any provider" if name == ANY else name


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


_COMPARED = {
    "eq": "=",
    "ne": "other than",
    "glob": "like",
    "regex": "matching",
    "gt": ">",
    "lt": "<",
    "among": "in",
}


def _comparison(test: Any) -> str:
    if not isinstance(test, Comparison):
        return f"= {_plain(test)}"
    if test.present is not None and len(test.model_fields_set) == 1:
        return "present" if test.present else "absent"
    return " and ".join(
        f"{word} {_plain(getattr(test, name))}"
        for name, word in _COMPARED.items()
        if name in test.model_fields_set
    )


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _when(when: When | None) -> Iterator[str]:
    if when is None:
        return
    if when.state is not None:
        yield f"in state {_or([when.state] if isinstance(when.state, str) else when.state)}"
    if when.since is not None and when.until is not None:
        yield f"from {when.since} to {when.until} after the start"
    elif when.since is not None:
        yield f"from {when.since} after the start"
    elif when.until is not None:
        yield f"in the first {when.until}"
    if when.after:
        yield f"after the first {when.after} hits" if when.after > 1 else "after the first hit"
    if when.every > 1:
        yield f"on every {_ordinal(when.every)} {'from there' if when.after else 'hit'}"
    if when.hits is not None:
        yield f"on hit{'s' if len(when.hits) > 1 else ''} {', '.join(map(str, sorted(when.hits)))}"
    if when.probability < 1:
        of = "these" if when.after or when.every > 1 or when.hits else "hits"
        yield f"on {when.probability * 100:g} % of {of}, as the seed decides"
    if when.times is not None:
        yield "once" if when.times == 1 else f"at most {when.times} times"


def _steps(rule: RuleForm) -> Iterator[str]:
    if rule.steps is None:
        return
    count = len(rule.steps)
    after = {
        "stop": "",
        "last": ", then the last for ever",
        "loop": ", over and over",
    }[rule.repeat]
    yield f"{count} step{'s' if count > 1 else ''}{after}"


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 10 <= number % 100 < 20 else endings.get(number % 10, 'th')}"


def _transition(transition: Transition) -> dict[str, str]:
    do = transition.do
    acts = [describe(each) for each in (do.clock, do.token) if each] if do else []
    return {
        "from": transition.start,
        "to": transition.to,
        "on": _on(transition.on),
        "do": ", ".join(acts),
    }


def _on(on: On) -> str:
    if on.elapsed is not None:
        return f"after {on.elapsed}"
    if on.fired is not None:
        times = f"{on.fired.times} times" if on.fired.times > 1 else "once"
        return f"when rule {on.fired.rule} has fired {times}"
    return f"at signal {on.signal}"


def _value(described: str) -> str:
    return described.partition(": ")[2].strip("{}")
