"""The loader: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_bank import PROVIDERS as BANKS
from small_bank import scenario

from emulator.core import configuration
from emulator.core.configuration import ConfigurationError
from emulator.faults import known, known_of_webhooks
from emulator.provider import Part, Provider, Tokens
from emulator.provider.credential_members import one_of, text
from emulator.provider.credentials import Credentials
from emulator.scenario import yaml12
from emulator.scenario.loader import (
    MAX_FINDINGS,
    Finding,
    ScenarioError,
    expectations,
    format_findings,
    load,
    read,
    resolve,
)
from emulator.scenario.schema import json_schema

PART = Part(lambda message: b"", lambda message, value: message)
# Acme sends webhooks, signs and issues tokens; umbra does nothing of the sort.
PROVIDERS: Mapping[str, Provider[Any]] = {
    "acme": replace(
        BANKS["acme"],
        webhooks=SimpleNamespace(events=("paid", "refund.done")),
        parts={
            "request.aes.ciphertext": replace(
                PART,
                encoding="base64",
                remake={"bad_padding": lambda message, key, context: message},
            ),
            "response.jws.payload": replace(PART, encoding="base64url", holds_json=True),
            "webhook.jws.signature": replace(PART, encoding="base64url"),
        },
        signing_keys=("current", "next", "rogue"),
        credentials=Credentials(
            key="id",
            members={"id": text("text", ".+", keys=("rolled",)), "status": one_of("active")},
            shown=("id",),
        ),
        tokens=Tokens(
            options=frozenset({"expires_in", "revoke", "alg"}), revoke=lambda context: None
        ),
    ),
    "umbra": replace(
        BANKS["umbra"],
        webhooks=None,
        parts={},
        signing_keys=(),
        tokens=Tokens(),
    ),
}
CREDENTIALS = {"acme": ["shop-1", "shop-2"], "umbra": ["u"]}
BEYOND_THE_SCHEMA = {
    "diagnosis",
    "expect-names",
    "fired-rule",
    "hidden",
    "ids-doubled",
    "json-names",
    "lists-doubled",
    "modifiers",
    "never-fires",
    "slow-regex",
    "states-doubled",
    "states-missing",
    "states-overtaken",
    "states-unreachable",
    "nothing-beside",
    "nothing-clock-affects",
    "nothing-clock-affects-freeze",
    "nothing-clock-zero",
    "nothing-zero",
    "token-options",
    "unknown-names",
    "verify-with",
    "webhooks-hidden",
    "webhooks-nothing",
    "webhooks-retry-more",
    "webhooks-window",
}
BAD = sorted(path for path in (Path(__file__).parent / "bad").iterdir() if path.suffix != ".txt")
GOOD = scenario("{id: a, match: {provider: acme}, do: {latency: 1s}}")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x7f", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4)
    ),
    max_leaves=12,
)

VOCABULARY = """
scenario version rules clock seed ttl scope tags id match when do steps repeat times provider
endpoint payload header credential verdict hits probability state from until in eq gt regex present
uniform lognormal status json target how bytes expires_in revoke sign_with alg claims acme umbra any
rest loop token acme.401 1s now /a ( * states webhooks expect initial names transitions to on
elapsed fired signal up down deliver drop duplicate reorder copies window retry attempts backoff
event paid requests order unique pointer rule acked max_unacked exactly min next rogue all
request.body response.jws.payload webhook.body flip_bit bad_padding shop-1
"""
WORDS = st.sampled_from(sorted({*known(), *known_of_webhooks(), *VOCABULARY.split()}))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)

RULES = st.lists(
    st.fixed_dictionaries(
        {"id": WORDS, "match": st.fixed_dictionaries({"provider": WORDS}) | DOCUMENTS},
        optional={
            "when": DOCUMENTS,
            "do": st.dictionaries(st.sampled_from(sorted(known())), DOCUMENTS, max_size=2),
            "steps": st.lists(st.fixed_dictionaries({"do": DOCUMENTS}), max_size=3),
        },
    ),
    max_size=3,
)

ACTIONS = st.dictionaries(
    st.sampled_from(sorted(known())),
    WORDS
    | st.fixed_dictionaries(
        {},
        optional={
            name: WORDS | st.just("request.aes.ciphertext") | DOCUMENTS
            for name in ("target", "how", "revoke", "alg", "sign_with", "affects", "status")
        },
    ),
    max_size=3,
)
STATES = st.fixed_dictionaries(
    {"initial": WORDS, "names": st.lists(WORDS, max_size=4) | DOCUMENTS},
    optional={
        "transitions": st.lists(
            st.fixed_dictionaries(
                {"from": WORDS, "to": WORDS},
                optional={
                    "on": st.dictionaries(
                        st.sampled_from(["elapsed", "fired", "signal"]),
                        WORDS | st.fixed_dictionaries({"rule": WORDS}),
                        max_size=2,
                    ),
                    "do": ACTIONS | DOCUMENTS,
                },
            ),
            max_size=4,
        )
    },
)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "rules": st.lists(
            st.fixed_dictionaries(
                {"id": WORDS, "match": st.fixed_dictionaries({"provider": WORDS})},
                optional={"do": ACTIONS, "when": st.fixed_dictionaries({"state": WORDS})},
            ),
            max_size=3,
        ),
        "states": STATES | DOCUMENTS,
        "webhooks": st.lists(
            st.fixed_dictionaries(
                {"id": WORDS, "match": st.fixed_dictionaries({"provider": WORDS, "event": WORDS})},
                optional={
                    "when": DOCUMENTS | st.fixed_dictionaries({"attempt": DOCUMENTS}),
                    "do": st.dictionaries(
                        st.sampled_from(sorted(known_of_webhooks())), DOCUMENTS | WORDS, max_size=2
                    ),
                    "steps": st.lists(st.fixed_dictionaries({"do": DOCUMENTS}), max_size=3),
                },
            ),
            max_size=3,
        ),
        "clock": DOCUMENTS,
        "expect": st.lists(
            st.dictionaries(
                st.sampled_from(["that", "requests", "fired", "order", "unique", "state"]),
                WORDS | DOCUMENTS | st.fixed_dictionaries({"rule": WORDS}),
                max_size=3,
            ),
            max_size=3,
        ),
    },
)


def findings(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        load(text, "a.yaml", PROVIDERS, CREDENTIALS)
    return str(error.value).splitlines()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_file(path: Path):
    """Each bad file gives exactly the lines in the text beside it."""
    with pytest.raises(ScenarioError) as error:
        load(path.read_text("utf-8"), path.name, PROVIDERS, CREDENTIALS)
    assert f"{error.value}\n" == path.with_suffix(".txt").read_text("utf-8")


def test_there_are_enough_bad_files():
    assert len(BAD) >= 45


LONG_DOCUMENTS = {
    "keys": "".join(f"kez{n}: 1\n" for n in range(2_000)),
    "states": "states: {names: [up]}\nrules:\n"
    + "".join(f"- do: {{goto: upp{n}}}\n" for n in range(2_000)),
    "endpoints": "rules:\n"
    + "".join(f"- match: {{provider: acme, endpoint: tokn{n}}}\n" for n in range(1_500)),
}


class TestYaml:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("on", "on"),
            ("NO", "NO"),
            ("y", "y"),
            ("12:30:45", "12:30:45"),
            ("0401", "0401"),
            ("-007", "-007"),
            ("0x1F", "0x1F"),
            ("0o17", "0o17"),
            ("1_000", "1_000"),
            ("2026-03-01", "2026-03-01"),
            ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
            (".inf", ".inf"),
            (".nan", ".nan"),
            ("=", "="),
            ("+4m50s", "+4m50s"),
            ("'1'", "1"),
            ('"true"', "true"),
            ("! 1", "1"),
            ("null", None),
            ("~", None),
            ("", None),
            ("True", True),
            ("false", False),
            ("tRUE", "tRUE"),
            ("0", 0),
            ("-12", -12),
            ("+12", 12),
            ("1.5", 1.5),
            ("1e3", 1000.0),
            ("-.5", -0.5),
            ("1.", 1.0),
            ("01.5", "01.5"),
            ("|\n  a\n  b\n", "a\nb\n"),
            (">\n  a\n  b\n", "a b\n"),
        ],
    )
    def test_scalar(self, text: str, value: object):
        document = yaml12.read(f"k: {text}\n")
        assert document.faults == []
        assert document.data == {"k": value}
        assert type(document.data["k"]) is type(value)

    def test_keys_are_text(self):
        assert yaml12.read("on: 1\n404: 2\ntrue: 3\n~: 4\n").data == {
            "on": 1,
            "404": 2,
            "true": 3,
            "~": 4,
        }

    def test_positions(self):
        document = yaml12.read("a:\n  - b: 1\n    c: [x, {d: y}]\n")
        assert document.values[("a", 0, "c", 1, "d")] == (3, 16)
        assert document.keys[("a", 0, "c", 1, "d")] == (3, 13)
        assert document.values[("a", 0)] == (2, 5)
        assert document.position(("a", 0, "no", "where")) == (2, 5)

    def test_byte_order_mark(self):
        assert yaml12.read("\ufeffa: 1\n").data == {"a": 1}

    @pytest.mark.parametrize("text", ["a: \x85b", 'a: "\u2028"', "\x00", "a: \x1b", "a: \ud800"])
    def test_characters_that_are_refused(self, text: str):
        assert yaml12.read(text).faults

    @pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"\\U0001F600"', "😀"])
    def test_astral_characters(self, text: str):
        assert yaml12.read(f"a: {text}").data == {"a": "😀"}

    @pytest.mark.parametrize("text", ['a: "\\ud83d"', 'a: "\\U00110000"'])
    def test_what_is_no_character(self, text: str):
        assert yaml12.read(text).faults

    @pytest.mark.parametrize(
        ("open_", "close"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")]
    )
    def test_deep_nesting(self, open_: str, close: str):
        for depth in (50, 20_000):
            document = yaml12.read(open_ * depth + close * depth)
            assert document.unread == {()}
            assert document.faults

    def test_too_long(self):
        assert "longer than" in findings(" " * (yaml12.MAX_LENGTH + 1))[0]

    def test_what_is_refused_is_left_out(self):
        document = yaml12.read("a: 1\n? {x: y}\n: {z: 2}\na: {deep: [3]}\nb: 4\n")
        assert document.data == {"a": 1, "b": 4}
        assert [message for _, message in document.faults] == [
            "a key must be text",
            "key 'a' is given twice",
        ]

    @given(value=JSON_VALUES, indent=st.sampled_from([None, 1, "\t"]))
    def test_json_is_a_subset(self, value: object, indent: int | str | None):
        """Any JSON document reads as what it is, also when indented with tabs."""
        text = json.dumps(value, indent=indent)
        if "\x7f" in text:
            return
        document = yaml12.read(text)
        assert (document.faults, document.data) == ([], value)


class TestAnyInput:
    """Nothing but ScenarioError leaves `load`, and its findings have a place."""

    def check(self, text: str) -> None:
        try:
            load(text, "a.yaml", PROVIDERS, CREDENTIALS)
        except ScenarioError as error:
            found = error.findings
        else:
            return
        assert found
        for finding in found:
            assert min(finding.line, finding.column) >= 1
            assert "\n" not in str(finding)
            assert "<mapping>" not in str(finding)

    @given(text=st.text())
    @example("%TAG ! tag:x,2000:\n---\n!a b: c\n")
    @example("a: &a [*a]\n")
    @example("--- \n...\n--- a")
    @example("? - a\n  - b\n: c")
    @example("!!binary x: 1")
    @example("%YAML 1.99999999999999999999\n--- a")
    @settings(max_examples=400)
    def test_text(self, text: str):
        self.check(text)

    @pytest.mark.slow
    @given(text=st.text(st.sampled_from(list("a1:-?[]{}&*!|>'\"%@`#,~ \n\t")), max_size=60))
    @settings(max_examples=1500)
    def test_punctuation(self, text: str):
        self.check(text)

    @pytest.mark.slow
    @given(document=DOCUMENTS)
    @settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
    def test_json(self, document: object):
        self.check(json.dumps(document))

    @pytest.mark.slow
    @given(rules=RULES)
    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
    def test_almost_scenarios(self, rules: object):
        self.check(json.dumps({"scenario": "a", "version": 1, "rules": rules}))

    @pytest.mark.slow
    @given(sections=SECTIONS)
    @example({"tags": "a\nb", "states": {"names": ["a\nb"], "initial": "x\ny"}})
    @settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
    def test_all_sections(self, sections: dict[str, object]):
        self.check(json.dumps({"scenario": "a", "version": 1, **sections}))

    @pytest.mark.slow
    @given(items=SECTIONS.map(lambda sections: sections.get("expect")) | DOCUMENTS)
    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    def test_expectations(self, items: object):
        with suppress(ScenarioError):
            expectations(json.dumps(items), PROVIDERS, CREDENTIALS)

    @pytest.mark.slow
    @pytest.mark.parametrize("shape", LONG_DOCUMENTS)
    def test_no_hint_is_made_for_what_is_not_shown(
        self, shape: str, monkeypatch: pytest.MonkeyPatch
    ):
        """To look up thousands of words would take minutes, and the server answers nobody."""
        looked_up: list[str] = []

        def look_up(word: str, *_: object, **__: object) -> list[str]:
            looked_up.append(word)
            return []

        monkeypatch.setattr("emulator.core.suggest.get_close_matches", look_up)
        self.check(LONG_DOCUMENTS[shape])
        assert 0 < len(looked_up) <= 2 * MAX_FINDINGS

    @pytest.mark.slow
    @given(position=st.integers(0, 1500), junk=st.text(max_size=3), drop=st.integers(0, 5))
    @settings(max_examples=600)
    def test_spoiled_scenario(self, position: int, junk: str, drop: int):
        text = LONG
        self.check(text[:position] + junk + text[position + drop :])

    @given(data=st.binary(max_size=200))
    def test_bytes(self, data: bytes, tmp_path_factory: pytest.TempPathFactory):
        path = tmp_path_factory.getbasetemp() / "any.yaml"
        path.write_bytes(data)
        with pytest.raises(ScenarioError):
            read(path, PROVIDERS)


LONG = """\
scenario: long
version: 1
description: everything there is
tags: [a, b-c]
seed: 3
ttl: 30m
scope: credential
clock: { freeze: now, offset: +4m50s, drift: +2s/m, affects: [verify] }
states:
  initial: up
  names: [up, down, mended]
  transitions:
    - { from: up, to: down, on: { fired: { rule: one, times: 2 } }, do: { clock: { advance: 1h } } }
    - { from: down, to: mended, on: { signal: fixed }, do: { token: { revoke: all } } }
    - { from: mended, to: up, on: { elapsed: 15m } }
rules:
  - id: one
    note: for people
    match:
      provider: acme
      endpoint: ["pay.*", /health]
      credential: shop-1
      method: POST
      header: { X-A: { glob: "a*" } }
      query: { page: 2 }
      payload: { /a/b: { gt: 1, in: [1, "2"] }, /c: null }
      verdict: any
    when: { from: 1m, until: 1h, after: 1, every: 2, hits: [3, 5], probability: 0.5, times: 2 }
    do: { latency: { lognormal: { median: 1s, p99: 2s, max: 3s } }, error: acme.401 }
  - id: two
    match: { provider: any }
    steps:
      - { times: 2, do: { respond: { status: 503, headers: { A: b }, json: null } } }
      - { do: { latency: { uniform: [1s, 2s] }, clock: { advance: 1h } } }
      - { do: { latency: { normal: { mean: 1s, deviation: 1s } }, pass: true } }
      - { times: rest, do: { respond: { status: 200, text: "" } } }
  - id: three
    match: { provider: umbra }
    when: { state: [down, mended] }
    steps: [{ do: { latency: 5ms } }]
    repeat: loop
  - id: four
    match: { provider: acme }
    when: { state: up }
    steps:
      - { do: { sign_with: next, corrupt: { target: response.jws.payload, how: flip_bit } } }
      - { do: { verify_with: rolled, token: { expires_in: 5s, sign_with: rogue }, goto: down } }
      - { do: { corrupt: { target: request.aes.ciphertext, how: bad_padding } } }
      - { do: { connection: truncate, after_bytes: 3, drip: { bytes: 16, every: 50ms } } }
      - { do: { connection: hang, hold: 5s, after_commit: true } }
webhooks:
  - { id: five, match: { provider: acme, event: "refund.*" }, when: { hits: [1] },
     do: { deliver: drop } }
  - id: six
    match: { provider: any, event: paid }
    when: { hits: [2] }
    do: { deliver: duplicate, copies: 3, gap: 1s }
  - id: seven
    match: { provider: acme, event: [paid, refund.done], payload: { /amount: { gt: 10 } } }
    when: { times: 3, attempt: [2, 3], copy: 1 }
    steps:
      - { do: { sign_with: rogue, timestamp_offset: -1h } }
      - { times: rest, do: { corrupt: { target: webhook.jws.signature, how: drop } } }
  - id: eight
    match: { provider: acme, credential: shop-1 }
    do: { delay: 5m, retry: { attempts: 2, backoff: [1s, 5s], until: 2xx } }
expect:
  - { that: a, requests: { match: { provider: acme, credential: shop-1 }, min: 1 } }
  - { that: b, fired: { rule: seven, exactly: 1 } }
  - { that: c, order: [acme.pay.create reset, acme.pay.query 200] }
  - { that: d, unique: { match: { provider: acme }, pointer: /auth/nonce } }
  - { that: e, state: down }
  - { that: f, webhooks: { provider: acme, event: paid, max_unacked: 1 } }
"""


class TestSchema:
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(json_schema())

    @pytest.mark.parametrize("text", [GOOD, LONG])
    def test_takes_what_the_loader_takes(self, text: str):
        load(text, "a.yaml", PROVIDERS, CREDENTIALS)
        jsonschema.Draft202012Validator(json_schema(PROVIDERS)).validate(yaml12.read(text).data)

    @pytest.mark.slow
    @given(rules=RULES)
    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    def test_refuses_nothing_the_loader_takes(self, rules: object):
        document = {"scenario": "a", "version": 1, "rules": rules}
        try:
            load(json.dumps(document), "a.yaml", PROVIDERS)
        except ScenarioError:
            return
        jsonschema.Draft202012Validator(json_schema()).validate(document)

    @pytest.mark.slow
    @pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
    def test_refuses_what_is_wrong_in_form(self, path: Path):
        """Editors underline it as it is typed; names and consequences are for the loader."""
        document = yaml12.read(path.read_text("utf-8"))
        if not document.faults:
            valid = jsonschema.Draft202012Validator(json_schema()).is_valid(document.data)
            assert valid == (path.stem in BEYOND_THE_SCHEMA)

    def test_offers_the_providers(self):
        schema = json_schema(PROVIDERS)
        assert schema["$defs"]["Match"]["properties"]["provider"]["enum"] == [*PROVIDERS, "any"]

    def test_every_key_is_explained(self):
        """Editors show what a key means."""
        for name, part in json_schema()["$defs"].items():
            for key, value in part.get("properties", {}).items():
                assert value.get("description") or "$ref" in value, f"{name}.{key}"


class TestFindings:
    def test_yaml_and_form_and_names_are_found_together(self):
        lines = findings(
            "scenario: a\nversion: 1\nversion: 1\nrules:\n  - id: x\n    match: {provider: acne}\n"
            "    do: {latency: soon, error: acme.nope}\n    whne: {}\n"
        )
        assert [line.split(": ")[0] for line in lines] == [
            "a.yaml:3:1",
            "a.yaml:6:23",
            "a.yaml:7:19",
            "a.yaml:7:32",
            "a.yaml:8:5",
        ]

    def test_no_more_than_can_be_read(self):
        lines = findings(GOOD + "".join(f"k{n}: 1\n" for n in range(300)))
        assert len(lines) == MAX_FINDINGS + 1
        assert lines[-1].endswith("and 200 findings more")

    def test_github(self):
        finding = Finding("a,b.yaml", 3, 4, "100% wrong\nreally: yes")
        assert (
            format_findings([finding], "github")
            == "::error file=a%2Cb.yaml,line=3,col=4::100%25 wrong%0Areally: yes"
        )

    @pytest.mark.slow
    def test_json(self):
        finding = Finding("a.yaml", 3, 4, "wrong")
        assert json.loads(format_findings([finding], "json")) == [
            {"file": "a.yaml", "line": 3, "column": 4, "message": "wrong"}
        ]

    def test_text(self):
        assert format_findings([Finding("a.yaml", 3, 4, "wrong")] * 2) == (
            "a.yaml:3:4: wrong\na.yaml:3:4: wrong"
        )


class TestReach:
    """What can never come about is told, and nothing else."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("", ""),
            ("", "endpoint: token"),
            ('endpoint: "*"', "endpoint: /health"),
            ('endpoint: "*"', 'endpoint: "pay.*"'),
            ('endpoint: "pay.*"', "endpoint: [pay.create, pay.query]"),
            ("endpoint: [pay.create, pay.query]", 'endpoint: "pay.*"'),
            ("endpoint: /health", "endpoint: /health"),
            ("endpoint: /health*", "endpoint: /health*"),
            ("verdict: any", "verdict: rejected, endpoint: token"),
            ("", "method: POST, payload: {/a: 1}"),
        ],
    )
    def test_hidden(self, before: str, after: str):
        text = scenario(
            f"{{id: a, match: {{provider: acme, {before}}}, do: {{error: acme.401}}}}",
            f"{{id: b, match: {{provider: acme, {after}}}, do: {{error: acme.403}}}}",
        )
        [line] = findings(text)
        assert line.endswith("rules.1: can never fire: all that it matches is ended by rule 'a'")

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("endpoint: token", ""),
            ('endpoint: "pay.*"', 'endpoint: ["pay.create", token]'),
            ('endpoint: "t*"', 'endpoint: "*n"'),
            ('endpoint: "[pt]*"', ""),
            ('endpoint: "*.create"', 'endpoint: "*.query"'),
            ('endpoint: "*.create"', "endpoint: /health"),
            ("endpoint: [token, pay.create, pay.query]", ""),
            ("endpoint: /health", "endpoint: /healthy"),
            ("", "verdict: any"),
            ("", "verdict: rejected"),
            ("verdict: refused", ""),
            ("method: POST", "method: POST"),
            ("payload: {/a: 1}", "payload: {/a: 1}"),
        ],
    )
    def test_not_hidden(self, before: str, after: str):
        rules = (
            f"{{id: a, match: {{provider: acme, {before}}}, do: {{error: acme.401}}}}",
            f"{{id: b, match: {{provider: acme, {after}}}, do: {{error: acme.403}}}}",
        )
        assert load(scenario(*rules), "a.yaml", PROVIDERS).rules

    @pytest.mark.parametrize(
        "rule",
        [
            "when: {times: 1}, do: {error: acme.401}",
            "do: {latency: 1s}",
            "steps: [{do: {error: acme.401}}]",
            "steps: [{do: {error: acme.401}}, {times: rest, do: {latency: 1s}}]",
        ],
    )
    def test_what_does_not_always_end_hides_nothing(self, rule: str):
        rules = (
            f"{{id: a, match: {{provider: acme}}, {rule}}}",
            "{id: b, match: {provider: acme}, do: {error: acme.403}}",
        )
        assert load(scenario(*rules), "a.yaml", PROVIDERS).rules

    def test_what_bends_is_seen_although_the_answer_is_ended(self):
        rules = (
            "{id: a, match: {provider: acme}, do: {error: acme.401}}",
            "{id: b, match: {provider: acme}, do: {latency: 1s}}",
        )
        assert load(scenario(*rules), "a.yaml", PROVIDERS).rules

    def test_a_state_that_only_goto_leads_to_is_reached(self):
        states = "{initial: up, names: [up, down, idle]}"  # idle is declared, but nobody waits
        rules = (
            "{id: a, match: {provider: acme}, do: {latency: 1s, goto: down}}",
            "{id: b, match: {provider: acme}, when: {state: down}, do: {error: acme.403}}",
        )
        assert load(scenario(*rules, states=states), "a.yaml", PROVIDERS).states

    def test_a_goto_that_waits_for_its_own_state_leads_nowhere(self):
        rule = (
            "{id: a, match: {provider: acme}, when: {state: down}, do: {latency: 1s, goto: down}}"
        )
        [line] = findings(scenario(rule, states="{initial: up, names: [up, down]}"))
        assert line.endswith("rules.0.when.state: nothing leads to state 'down'")


class TestCredentials:
    RULE = scenario("{id: a, match: {provider: acme, credential: shop-9}, do: {latency: 1s}}")

    def test_any_name_will_do_where_nobody_knows(self):
        assert load(self.RULE, "a.yaml", PROVIDERS).rules

    def test_known_ones_are_named(self):
        [line] = findings(self.RULE)
        assert line.startswith("a.yaml:4:49: rules.0.match.credential: 'shop-9' is no credential")

    def test_where_none_is_near_it_says_what_to_do(self):
        [line] = findings(self.RULE.replace("shop-9", "app-old"))
        assert line.endswith(
            "'app-old' is no credential of acme; known: shop-1, shop-2; "
            "register it before the scenario that names it"
        )


class TestWhatDoesNothing:
    """What looks like nothing may still be something; then it is taken."""

    HEAD = "scenario: a\nversion: 1\n"

    @pytest.mark.parametrize(
        "text",
        [
            "clock: {affects: [issue]}\n"
            "rules: [{id: a, match: {provider: acme}, do: {clock: {offset: 1h}}}]",
            "clock: {affects: [issue]}\n"
            "states: {initial: up, names: [up, down], transitions:"
            " [{from: up, to: down, on: {elapsed: 1m}, do: {clock: {drift: 1s/m}}}]}",
            "clock: {offset: 0s, freeze: now}",
            "clock: {advance: 0s, advance_per_request: 1s}",
            "clock: {reset: true}",
            "rules: [{id: a, match: {provider: acme}, do: {clock: {affects: [issue]}}}]",
            "rules: [{id: a, match: {provider: acme}, do: {clock: {offset: 0s}}}]",
            "rules: [{id: a, match: {provider: acme}, do: {latency: {uniform: [0s, 1ms]}}}]",
            "rules: [{id: a, match: {provider: acme},"
            " do: {latency: {normal: {mean: 0s, deviation: 1ms}}}}]",
            "rules: [{id: a, match: {provider: acme},"
            " do: {error: acme.401, after_commit: true, verify_with: rolled}}]",
            "rules: [{id: a, match: {provider: acme},"
            " do: {connection: close, corrupt: {target: request.body, how: drop}}}]",
            "rules: [{id: a, match: {provider: acme},"
            " do: {pass: true, corrupt: {target: request.body, how: drop}}}]",
            "rules: [{id: a, match: {provider: acme},"
            " do: {error: acme.401, corrupt: {target: response.body, how: drop}}}]",
            "webhooks: [{id: a, match: {provider: acme, event: paid}, when: {times: 3},"
            " do: { deliver: reorder, window: 3}}]",
            "scope: credential\n"
            "webhooks: [{id: a, match: {provider: acme, event: paid}, when: {times: 1},"
            " do: { deliver: reorder, window: 3}}]",
            "webhooks: [{id: a, match: {provider: acme, event: paid},"
            " do: { retry: {attempts: 2, backoff: [1s, 2s]}}}]",
            "webhooks: [{id: a, match: {provider: acme, event: paid}, do: {retry: {attempts: 0}}}]",
        ],
    )
    def test_is_not_refused_where_it_does_something(self, text: str):
        assert load(f"{self.HEAD}{text}\n", "a.yaml", PROVIDERS)


class TestExpectations:
    """A list for `POST /requests/verify` is looked at as closely as a file."""

    def refused(self, text: str, scenario: str = "") -> list[str]:
        loaded = load(scenario, "a.yaml", PROVIDERS) if scenario else None
        with pytest.raises(ScenarioError) as error:
            expectations(text, PROVIDERS, CREDENTIALS, loaded)
        return str(error.value).splitlines()

    def test_names_have_a_place(self):
        text = (
            "- that: a\n  requests: {match: {provider: acne}, mni: 1}\n"
            "- that: b\n  order: [acme.token 200, acme.tokn 200]\n"
            "- that: c\n  unique: {match: {provider: acme, credential: shop-3}, pointer: /a}\n"
        )
        assert [line.split(";")[0] for line in self.refused(text)] == [
            "expect:2:32: 0.requests.match.provider: unknown provider 'acne'",
            "expect:2:39: unknown key 'mni'",
            "expect:4:27: 1.order.1: unknown endpoint 'acme.tokn'",
            "expect:6:48: 2.unique.match.credential: 'shop-3' is no credential of acme",
        ]

    def test_under_its_key(self):
        text = "expect:\n- {that: a, fird: {rule: b}}\n"
        assert "expect:2:13: unknown key 'fird'; did you mean 'fired'?" in self.refused(text)

    def test_rules_and_states_of_the_loaded_scenario(self):
        text = "- {that: a, fired: {rule: oen}}\n- {that: b, state: dwon}\n"
        assert self.refused(text, LONG) == [
            "expect:1:27: 0.fired.rule: there is no rule 'oen'; did you mean 'one'?",
            "expect:2:20: 1.state: state 'dwon' is not declared under states.names; "
            "did you mean 'down'?",
        ]
        assert self.refused(text, GOOD)[1] == (
            "expect:2:20: 1.state: 'dwon': the scenario has no 'states'"
        )

    def test_without_a_scenario_they_may_be_any(self):
        text = "- {that: a, fired: {rule: eno}}\n- {that: b, state: dwon}\n"
        assert len(expectations(text, PROVIDERS)) == 2


class TestFiles:
    @pytest.fixture(autouse=True)
    def shipped(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        (tmp_path / "02-lost-answer.yaml").write_text(GOOD.replace("test", "own-name"))
        (tmp_path / "other.json").write_text(json.dumps(yaml12.read(GOOD).data))
        (tmp_path / "README.md").write_text("not a scenario")
        monkeypatch.setattr("emulator.scenario.loader.shipped", lambda name: tmp_path)
        return tmp_path

    @pytest.mark.parametrize(
        "name", ["02-lost-answer.yaml", "02-lost-answer", "lost-answer", "02", "own-name"]
    )
    def test_shipped_by_name(self, name: str):
        path = resolve(name)
        assert path.name == "02-lost-answer.yaml"
        assert read(path, PROVIDERS).scenario == "own-name"

    def test_path(self, tmp_path: Path):
        assert resolve(str(tmp_path / "other.json")) == tmp_path / "other.json"
        assert read(tmp_path / "other.json", PROVIDERS).scenario == "test"

    @pytest.mark.parametrize("name", ["lost-anser", "no/such.yaml", "\0", "x" * 5000])
    def test_neither(self, name: str):
        with pytest.raises(ConfigurationError, match="neither a file nor a shipped scenario"):
            resolve(name)

    def test_nearest(self):
        with pytest.raises(ConfigurationError, match="did you mean 'lost-answer'"):
            resolve("lost-anser")

    def test_unreadable(self, tmp_path: Path):
        with pytest.raises(ScenarioError, match="cannot be read"):
            read(tmp_path / "missing.yaml", PROVIDERS)
        with pytest.raises(ScenarioError, match="cannot be read"):
            read(tmp_path, PROVIDERS)


def test_shipped_exists():
    """The directory that names are looked up in is the product's own."""
    assert configuration.shipped("scenarios").name == "scenarios"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a: b: c", "after an earlier colon a space is missing"),
        ("a:\n  - 1\n b: 2", "it does not line up"),
        ("a:\n\t- 1", "indent with spaces"),
        ("a:\n  b: 1\n\tc: 2", "indent with spaces"),
        ("a: 1\n\tb: 2", "indent with spaces"),
        ("a: @b", "text that begins so needs quotes"),
        ("a: `b`", "text that begins so needs quotes"),
        ("a: %b", "text that begins so needs quotes"),
        ("a: *", "text that begins with '*' or '&' needs quotes"),
        ("a: [,]", "a value is missing"),
        ("a: 1\nb\nc: 2", "is there a colon"),
        ("a: 'b", "the quote is not closed"),
        ("a: [1", "is not closed"),
    ],
)
def test_advice_about_yaml_is_given(text, advice):
    """Each piece of advice fires where it is meant to."""
    (fault,) = yaml12.read(text).faults
    assert advice in fault[1]


def test_every_advice_is_tried():
    """None of the table can be there in vain."""
    tried = test_advice_about_yaml_is_given.pytestmark[0].args[1]
    assert all(any(said in advice for _, said in tried) for _, advice in yaml12._ADVICE)
