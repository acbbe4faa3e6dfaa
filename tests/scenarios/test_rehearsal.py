"""What is told of a scenario before it runs is what happens when it runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from small_bank import PROVIDERS, START

from emulator.cli.scenario import scenario as command
from emulator.core.clock import Clock
from emulator.core.configuration import shipped
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.store import MemoryEngine, Space
from emulator.faults.corrupt import Corrupt
from emulator.faults.fault import Fault, Handling
from emulator.faults.values import seconds
from emulator.provider import Context, KeyFiles, Webhook
from emulator.providers import discover
from emulator.scenario.engine import ScenarioEngine
from emulator.scenario.loader import load, read
from emulator.scenario.matching import ANY, Match
from emulator.scenario.model import Scenario
from emulator.scenario.rehearsal import Hit, match_in_words, rehearse
from emulator.scenario.rules import Rule
from emulator.scenario.states import States

REAL = discover()
FILES = sorted(shipped("scenarios").glob("*.yaml"))
HITS = 30


@dataclass
class Stage:
    """An engine that plays one rule of a scenario, while the rule counts its hits."""

    scenario: Scenario
    seed: int
    providers: Any
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryEngine()
        self.wall = START
        self.space = Space(self.store, "default", "emulator")
        self.clock = Clock(self.space, lambda: self.wall)
        self.engine = ScenarioEngine(
            self.scenario, self.space, self.clock, self.seed, elapsed=lambda: 0.0
        )
        self.engine.start()

    async def sleep(self, wait: float) -> None:
        self.slept.append(wait)

    def hit(self, match: Match) -> Exchange:
        """Send a request that the rule matches; return what became of it."""
        name = next(iter(self.providers)) if match.provider == ANY else match.provider
        provider = self.providers[name]
        known = [endpoint.name for endpoint in provider.endpoints]
        wanted = match.endpoints or ("*",)
        endpoint = next(
            (each for each in known if any(fnmatchcase(each, glob) for glob in wanted)), wanted[0]
        )
        exchange = Exchange(
            number=1,
            namespace="default",
            provider=name,
            endpoint=endpoint,
            request=Request(method=match.method or "POST", path="/"),
            received_at=self.clock.time(),
            credential=match.credential or "somebody",
            verdict="accepted" if match.verdict in ("accepted", "any") else "refused",
        )
        context = Context(
            self.clock,
            Space(self.store, "default", name),
            KeyFiles(Path()),
            provider.settings,
            lambda webhook: None,
        )
        handling = Handling(provider, exchange, context, self.sleep)

        async def proceed() -> Reply:
            return Reply(200)

        self.slept.clear()
        exchange.reply = asyncio.run(self.engine.play(handling, proceed))
        return exchange


def alone(scenario: Scenario, **only: Any) -> Scenario:
    """Return the scenario with one rule and nothing that could end its hits."""
    [rule] = (only.get("rules") or []) + (only.get("webhooks") or [])
    states = scenario.states
    if states is not None:
        wanted = rule.when.state if rule.when else None
        initial = ([wanted] if isinstance(wanted, str) else wanted or [states.initial])[0]
        states = States(initial=initial, names=states.names)
    parts = {"rules": None, "webhooks": None, "clock": None, "expect": None, **only}
    return scenario.model_copy(update={**parts, "states": states})


def check_rule(scenario: Scenario, rule: Rule, seed: int, told: list[Hit], providers: Any) -> None:
    """Play the rule's hits, and compare each with what was told of it."""
    stage = Stage(alone(scenario, rules=[rule]), seed, providers)
    if rule.when and rule.when.since:
        stage.wall += seconds(rule.when.since)
    names = [f"{scenario.scenario}/{rule.id}#{number}" for number in range(1, len(told) + 1)]
    for hit, name in zip(told, names, strict=True):
        before = stage.clock.time()
        exchange = stage.hit(rule.match)
        assert exchange.rules == ([name] if hit.does else []), hit
        compare(hit.does, exchange, stage.slept)
        if "clock: " not in hit.does:
            assert stage.clock.time() == before


def compare(does: str, exchange: Exchange, slept: list[float]) -> None:
    """Compare what was told with the answer, its diagnosis and the waits."""
    words = does.split(", ")
    waits = [word for word in words if word.startswith("latency ")]
    assert waits == [
        f"latency {wait * 1000:.0f} ms" if wait < 10 else f"latency {wait:.1f} s" for wait in slept
    ]
    said = exchange.diagnosis.received if exchange.diagnosis else ""
    kind, _, what = said.partition(" ")
    if kind == "respond":
        assert f"respond: {{status: {what}" in does
        assert exchange.reply is not None
        assert str(exchange.reply.status) == what
    elif kind in ("error", "connection"):
        assert f"{kind}: {what}" in words
    else:
        assert not any(each in does for each in ("respond: ", "error: ", "connection: "))


def rules_of(files: list[Path]) -> Iterator[Any]:
    for file in files:
        scenario = read(file, REAL)
        for rule in scenario.rules or ():
            yield pytest.param(scenario, rule, id=f"{file.stem}/{rule.id}")


@pytest.mark.parametrize(("scenario", "rule"), list(rules_of(FILES)))
def test_shipped_rules_do_what_was_told(
    scenario: Scenario, rule: Rule, monkeypatch: pytest.MonkeyPatch
):
    """Also the draws: each latency told is the one that is waited."""

    async def go_on(fault: Fault, handling: Handling, proceed: Any) -> Reply:
        return await proceed()

    monkeypatch.setattr(Corrupt, "around", go_on)  # there is no message to be damaged
    if rule.match.header or rule.match.query or rule.match.payload:
        rule = rule.model_copy(
            update={
                "match": rule.match.model_copy(
                    update={"header": None, "query": None, "payload": None}
                )
            }
        )
    seed = scenario.seed if scenario.seed is not None else 7
    told = rehearse(scenario, seed, HITS)
    hits = next(each.hits for each in told.rules if each.id == rule.id)
    check_rule(scenario, rule, seed, hits, REAL)


DOES = st.sampled_from(
    [
        "{pass: true}",
        "{error: acme.403}",
        "{respond: {status: 503, text: down}}",
        "{connection: reset, after_commit: true}",
        "{latency: 200ms}",
        "{latency: {uniform: [10ms, 20s]}}",
        "{latency: {lognormal: {median: 120ms, p99: 2s}}, error: acme.401}",
        "{clock: {advance: 1s}}",
    ]
)
WHEN = st.fixed_dictionaries(
    {},
    optional={
        "after": st.integers(0, 5),
        "every": st.integers(1, 4),
        "probability": st.integers(1, 1000).map(lambda share: share / 1000),
        "times": st.integers(1, 6),
    },
)
STEPS = st.lists(st.tuples(st.integers(1, 3), DOES), min_size=1, max_size=4)


@pytest.mark.slow
@given(
    when=WHEN,
    do=st.one_of(DOES, STEPS),
    repeat=st.sampled_from(["stop", "last", "loop"]),
    seed=st.integers(0, 2**32),
)
def test_any_rule_does_what_was_told(when: dict[str, Any], do: Any, repeat: str, seed: int):
    """Whatever conditions, steps and seed."""
    body = (
        f"do: {do}"
        if isinstance(do, str)
        else f"repeat: {repeat}, steps: ["
        + ", ".join(f"{{times: {times}, do: {action}}}" for times, action in do)
        + "]"
    )
    condition = f"when: {json.dumps(when)}, " if when else ""
    text = (
        f"scenario: s\nversion: 1\nseed: {seed}\nrules:\n"
        f"  - {{id: r, match: {{provider: acme, endpoint: token}}, {condition}{body}}}\n"
    )
    scenario = load(text, "s.yaml", PROVIDERS)
    assert scenario.rules is not None
    [told] = rehearse(scenario, seed, HITS).rules
    check_rule(scenario, scenario.rules[0], seed, told.hits, PROVIDERS)


WEBHOOKS = """
scenario: n
version: 1
seed: 3
webhooks:
  - {id: lost, match: {provider: acme, event: paid}, when: {hits: [1]}, do: {deliver: drop}}
  - {id: late, match: {provider: acme, event: paid}, when: {every: 2, times: 3},
     do: {delay: {uniform: [1s, 9s]}}}
  - {id: mixed, match: {provider: acme, event: paid}, when: {probability: 0.4},
     do: {deliver: reorder, window: 3}}
  - {id: twice, match: {provider: acme, event: paid}, do: {deliver: duplicate, gap: 40ms}}
"""


@pytest.mark.parametrize("number", range(4))
def test_webhooks_are_delivered_as_was_told(number: int):
    """The plan of each webhook is the one that was told."""
    written = WEBHOOKS.lstrip().replace("acme", "tesabiz").replace("paid", "qrPagado")
    scenario = load(written, "n.yaml", REAL)
    assert scenario.webhooks is not None
    rule = scenario.webhooks[number]
    told = rehearse(scenario, 3, HITS).webhooks[number]
    stage = Stage(alone(scenario, webhooks=[rule]), 3, REAL)
    for hit in told.hits:
        plan = stage.engine.plan("tesabiz", Webhook("qrPagado", "http://localhost", {}, ""))
        assert (plan.in_words() if plan else "") == hit.does
        assert plan is None or plan.rule == f"n/{rule.id}#{hit.number}"


class TestWords:
    @pytest.mark.parametrize(
        ("match", "words"),
        [
            ({"provider": "goat"}, "accepted requests to goat"),
            ({"provider": "any", "verdict": "any"},
             "requests, accepted or refused, to any provider"),
            ({"provider": "goat", "verdict": "rejected"}, "refused requests to goat"),
            ({"provider": "goat", "endpoint": ["a", "b", "c.*"], "method": "GET"},
             "accepted requests to goat a, b or c.* by GET"),
            ({"provider": "goat", "credential": "c", "payload": {"/amount": {"gt": 1000}}},
             "accepted requests to goat from c, with /amount > 1000"),
            ({"provider": "goat", "header": {"X-A": {"present": False}}, "query": {"p": 2}},
             "accepted requests to goat with header X-A absent, with parameter p = 2"),
            ({"provider": "goat", "payload": {"/a": None, "/b": {"in": [1, "x"], "ne": True}}},
             "accepted requests to goat with /a = null, with /b other than true and in [1, 'x']"),
        ],
    )  # fmt: skip
    def test_of_a_match(self, match: dict[str, Any], words: str):
        assert match_in_words(Match.model_validate(match)) == words

    @pytest.mark.parametrize(
        ("when", "words"),
        [
            ("{after: 3, times: 1}", "after the first 3 hits, once"),
            ("{every: 10}", "on every 10th hit"),
            ("{after: 1, every: 2}", "after the first hit, on every 2nd from there"),
            ("{hits: [5, 1]}", "on hits 1, 5"),
            ("{probability: 0.2}", "on 20 % of hits, as the seed decides"),
            ("{every: 21, probability: 0.5, times: 3}",
             "on every 21st hit, on 50 % of these, as the seed decides, at most 3 times"),
            ("{from: 1m, until: 2m}", "from 1m to 2m after the start"),
            ("{until: 2m}", "in the first 2m"),
            ("{state: [a, b]}", "in state a or b"),
        ],
    )  # fmt: skip
    def test_of_conditions(self, when: str, words: str):
        text = (
            "scenario: s\nversion: 1\nstates: {initial: a, names: [a, b], transitions: "
            "[{from: a, to: b, on: {elapsed: 15m}, do: {clock: {reset: true}}}]}\nrules:\n"
            f"  - {{id: r, match: {{provider: acme}}, when: {when}, do: {{error: acme.401}}}}\n"
        )
        told = rehearse(load(text, "s.yaml", PROVIDERS), 1, 1)
        assert told.rules[0].when == words
        assert told.transitions == [
            {"from": "a", "to": "b", "on": "after 15m", "do": "clock: {reset: true}"}
        ]


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["explain", *arguments])


class TestCommand:
    TEXT = (
        "scenario: s\nversion: 1\nrules:\n"
        "  - id: r\n    note: no more\n    match: {provider: goat}\n"
        "    when: {hits: [3, 4]}\n    do: {error: goat.403}\n"
        "expect:\n  - {that: it fired, fired: {rule: r}}\n"
    )

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "s.yaml"
        path.write_text(self.TEXT)
        return path

    def test_equal_neighbours_are_one_line(self, file: Path):
        lines = explain(str(file), "--requests", "6", "--seed", "1").output.splitlines()
        assert [line.strip() for line in lines if line.strip().startswith("hit")] == [
            "hits 1 and 2  the true answer",
            "hits 3 and 4  error: goat.403",
            "hits 5 and 6  the true answer",
        ]
        assert "  # no more" in lines
        assert "  - it fired" in lines

    def test_the_seed_is_named_and_where_it_is_from(self, file: Path):
        assert "drawn now" in explain(str(file)).output
        assert "`emulator serve --seed 5` plays this" in explain(str(file), "--seed", "5").output
        file.write_text(self.TEXT + "seed: 7\n")
        assert "seed     7\n" in explain(str(file)).output
        other = explain(str(file), "--seed", "5").output
        assert "5, in place of 7, the file's own" in other
        assert "`emulator serve` keeps the file's own: change it there" in other

    def test_a_drawn_seed_gives_the_same_again(self):
        drawn = json.loads(explain("goat-clock-skew", "--format", "json").output)
        assert drawn["seed_from"] == "drawn"
        again = explain("goat-clock-skew", "--format", "json", "--seed", str(drawn["seed"]))
        assert {**json.loads(again.output), "seed_from": "drawn"} == drawn

    @pytest.mark.slow
    @pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
    def test_shipped_ones_are_told_by_name(self, file: Path):
        result = explain(file.stem, "--requests", "3")
        assert result.exit_code == 0, result.output
        assert result.output.startswith(f"{file.stem}\n")
        for rule in read(file, REAL).rules or ():
            assert f"rule {rule.id}\n" in result.output

    def test_says_all_that_is_wrong_with_a_file(self, file: Path):
        file.write_text(self.TEXT.replace("goat.403", "goat.nope").replace("note", "nota"))
        result = explain(str(file))
        assert result.exit_code == 2
        assert f"{file}:5:5: unknown key 'nota'" in result.output
        assert f"{file}:8:17: rules.0.do.error: unknown error" in result.output

    def test_an_unknown_name_names_the_nearest(self):
        result = explain("goat-clock-skw")
        assert result.exit_code == 2
        assert "goat-clock-skew" in result.output
