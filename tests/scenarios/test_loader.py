"""The loader: what it takes, what it refuses, and in which words."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_bank import PROVIDERS, scenario

from emulator import configuration
from emulator.configuration import ConfigurationError
from emulator.faults import known
from emulator.scenario import yaml12
from emulator.scenario.loader import (
    MAX_FINDINGS,
    Finding,
    ScenarioError,
    format_findings,
    load,
    read,
    resolve,
)
from emulator.scenario.model import json_schema

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

WORDS = st.sampled_from(
    sorted(
        {"scenario", "version", "rules", "clock", "seed", "ttl", "scope", "tags", "id", "match"}
        | {
            "when",
            "do",
            "steps",
            "repeat",
            "times",
            "provider",
            "endpoint",
            "payload",
            "header",
        }
        | {"in", "eq", "gt", "regex", "present", "uniform", "lognormal", "status", "json"}
        | {"acme", "any", "rest", "loop", "token", "acme.401", "1s", "now", "/a", "("}
        | set(known())
        | {"states", "webhooks", "expect", "state", "initial", "transitions", "deliver", "copies"}
    )
)
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


def findings(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        load(text, "a.yaml", PROVIDERS)
    return str(error.value).splitlines()


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_file(path: Path):
    """Each bad file gives exactly the lines in the text beside it."""
    with pytest.raises(ScenarioError) as error:
        load(path.read_text("utf-8"), path.name, PROVIDERS)
    assert f"{error.value}\n" == path.with_suffix(".txt").read_text("utf-8")


def test_there_are_enough_bad_files():
    assert len(BAD) >= 15


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
            load(text, "a.yaml", PROVIDERS)
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

    @given(text=st.text(st.sampled_from(list("a1:-?[]{}&*!|>'\"%@`#,~ \n\t")), max_size=60))
    @settings(max_examples=1500)
    def test_punctuation(self, text: str):
        self.check(text)

    @given(document=DOCUMENTS)
    @settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
    def test_json(self, document: object):
        self.check(json.dumps(document))

    @given(rules=RULES)
    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
    def test_almost_scenarios(self, rules: object):
        self.check(json.dumps({"scenario": "a", "version": 1, "rules": rules}))

    @given(position=st.integers(0, 400), junk=st.text(max_size=3), drop=st.integers(0, 5))
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
rules:
  - id: one
    note: for people
    match:
      provider: acme
      endpoint: ["pay.*", /health]
      credential: c
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
    steps: [{ do: { latency: 5ms } }]
    repeat: loop
"""


class TestSchema:
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(json_schema())

    @pytest.mark.parametrize("text", [GOOD, LONG])
    def test_takes_what_the_loader_takes(self, text: str):
        load(text, "a.yaml", PROVIDERS)
        jsonschema.Draft202012Validator(json_schema(PROVIDERS)).validate(yaml12.read(text).data)

    @given(rules=RULES)
    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    def test_refuses_nothing_the_loader_takes(self, rules: object):
        document = {"scenario": "a", "version": 1, "rules": rules}
        try:
            load(json.dumps(document), "a.yaml", PROVIDERS)
        except ScenarioError:
            return
        jsonschema.Draft202012Validator(json_schema()).validate(document)

    @pytest.mark.parametrize("name", ["unknown-keys", "not-yet", "types", "shape", "no-rules"])
    def test_refuses_bad_files(self, name: str):
        path = next(path for path in BAD if path.stem == name)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(json_schema()).validate(
                yaml12.read(path.read_text("utf-8")).data
            )

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

    def test_json(self):
        finding = Finding("a.yaml", 3, 4, "wrong")
        assert json.loads(format_findings([finding], "json")) == [
            {"file": "a.yaml", "line": 3, "column": 4, "message": "wrong"}
        ]

    def test_text(self):
        assert format_findings([Finding("a.yaml", 3, 4, "wrong")] * 2) == (
            "a.yaml:3:4: wrong\na.yaml:3:4: wrong"
        )


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
