"""The shipped files as files: named, described, listed, and valid by the schema beside them."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from emulator.cli.scenario import scenario as command
from emulator.core.configuration import shipped
from emulator.emulator import Emulator
from emulator.providers import discover
from emulator.scenario import yaml12
from emulator.scenario.known_names import credential_names
from emulator.scenario.listing import listed
from emulator.scenario.loader import read, resolve
from emulator.scenario.matching import ANY
from emulator.scenario.model import Scenario
from emulator.scenario.schema import json_schema

FOLDER = shipped("scenarios")
FILES = sorted(FOLDER.glob("*.yaml"))
SCHEMA = FOLDER / "scenario.schema.json"
PROVIDERS = discover()
CREDENTIALS = credential_names(PROVIDERS, Emulator().namespace("default").contexts)
by_name = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def test_there_are_enough():
    assert len(FILES) >= 8
    assert {PROVIDERS[name].name for name in PROVIDERS} <= {f.stem.split("-")[0] for f in FILES}


@by_name
class TestFile:
    @pytest.mark.slow
    def test_is_in_order_and_named_after_its_scenario(self, file: Path):
        assert read(file, PROVIDERS, CREDENTIALS).scenario == file.stem
        assert resolve(file.stem) == file

    def test_says_what_a_correct_and_a_careless_client_do(self, file: Path):
        description = " ".join(read(file, PROVIDERS).description.split())
        assert "correct client" in description
        assert "careless client" in description
        assert len(description) < 800

    def test_is_about_the_provider_it_is_named_after(self, file: Path):
        scenario = read(file, PROVIDERS)
        subject = file.stem.split("-")[0]
        assert subject in scenario.tags
        assert {rule.match.provider for rule in scenario.rules or ()} <= {subject}

    def test_is_valid_by_the_schema(self, file: Path):
        """Editors go by the schema; the loader and they must agree."""
        Draft202012Validator(json.loads(SCHEMA.read_text())).validate(
            yaml12.read(file.read_text("utf-8")).data
        )

    def test_points_editors_to_the_schema(self, file: Path):
        first = file.read_text("utf-8").split("\n", 1)[0]
        assert first == f"# yaml-language-server: $schema=./{SCHEMA.name}"


class TestCredentials:
    """What `match.credential` may name is what the provider's check writes into the exchange."""

    @pytest.mark.parametrize(
        ("provider", "credential"),
        [
            ("gestopago", "GPS1-TPV-01"),  # codigoDispositivo
            ("goat", "client-a"),  # clientId, although the table goes by keyId
            ("pagsmile", "2FA0B028034758A5F471DA8C1C68B1CE"),  # app_id
            ("placetopay", "emulator-co"),  # login
            ("tesabiz", "B89"),  # code
        ],
    )
    def test_is_known_as_users_write_it(self, provider: str, credential: str):
        assert credential in CREDENTIALS[provider]

    @pytest.mark.parametrize("name", sorted(PROVIDERS))
    def test_is_what_exchanges_carry(self, name: str):
        emulator = Emulator()
        namespace = emulator.namespace("default")
        carried: set[str] = set()
        for example in emulator.providers[name].examples:
            if not example.code and not example.after:
                request = example.build(namespace.contexts[name])
                exchange = asyncio.run(emulator.serve(namespace, emulator.providers[name], request))
                carried.add(exchange.credential)
        carried.discard("")
        assert carried
        assert carried <= CREDENTIALS[name]


def _statuses(scenario: Scenario) -> set[tuple[str, int]]:
    """The statuses that errors of the catalogues give, by provider."""
    found: set[tuple[str, int]] = set()
    for rule in scenario.rules or ():
        for action in rule.actions:
            error: Any = getattr(action, "error", None)
            if error is not None:
                owner, _, entry = error.root.partition(".")
                known = PROVIDERS[owner].errors.find(entry)
                assert known is not None
                found.add((owner, known.status))
    return found


@pytest.mark.parametrize("status", [401, 403])
def test_every_provider_has_its_401_and_its_403(status: int):
    having = {
        owner
        for file in FILES
        for owner, each in _statuses(read(file, PROVIDERS))
        if each == status
    }
    assert having == set(PROVIDERS)


@pytest.mark.parametrize("provider", ["gestopago", "goat"])
def test_tokens_expire_in_flight(provider: str):
    [file] = [f for f in FILES if f.stem.startswith(f"{provider}-token-expires")]
    [rule] = read(file, PROVIDERS).rules or ()
    assert rule.when is not None
    assert rule.when.after


@pytest.mark.parametrize("provider", ["placetopay", "goat"])
def test_clocks_are_off(provider: str):
    scenario = read(resolve(f"{provider}-clock-skew"), PROVIDERS)
    assert scenario.clock is not None
    assert scenario.rules is None  # the provider's own check refuses


class TestSchema:
    def test_is_up_to_date(self):
        """If this fails: `emulator scenario schema > scenarios/scenario.schema.json`."""
        written = SCHEMA.read_text("utf-8")
        assert json.loads(written) == json_schema()
        result = CliRunner().invoke(command, ["schema"])
        assert result.exit_code == 0
        assert written == result.output

    def test_is_one(self):
        Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))

    def test_refuses_what_the_loader_refuses(self):
        schema = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
        good: dict[str, Any] = {
            "scenario": "x",
            "version": 1,
            "rules": [{"id": "r", "match": {"provider": ANY}, "do": {"respond": {"status": 503}}}],
        }
        assert schema.is_valid(good)
        for bad in (
            {**good, "version": 2},
            {**good, "states": {}},
            {**good, "rules": []},
            {**good, "rules": [{**good["rules"][0], "steps": [{"do": {"pass": True}}]}]},
            {**good, "rules": [{**good["rules"][0], "do": {}}]},
            {"scenario": "x", "version": 1},
        ):
            assert not schema.is_valid(bad), bad


class TestCommands:
    def test_check_finds_nothing(self):
        result = CliRunner().invoke(command, ["check", str(FOLDER)])
        assert (result.exit_code, result.output) == (0, f"{len(FILES)} scenario files in order\n")

    def test_list_names_each(self):
        result = CliRunner().invoke(command, ["list"])
        assert result.exit_code == 0
        for file in FILES:
            assert file.stem in result.output


def test_a_new_file_gets_a_line(tmp_path: Path):
    """`make regenerate` writes it, in its place; the lines that are there stay as they are."""
    for name in ("acme-new", "zeta-old"):
        text = f"scenario: {name}\ndescription: First | sentence of it. Second one.\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    page = "# Head\n| [`gone`](gone.yaml) | text |\n| [`zeta-old`](zeta-old.yaml) | kept |\nEnd\n"
    assert listed(page, tmp_path) == (
        "# Head\n| [`acme-new`](acme-new.yaml) | First \\| sentence of it |\n"
        "| [`zeta-old`](zeta-old.yaml) | kept |\nEnd\n"
    )


def test_readme_has_a_line_for_each():
    readme = (FOLDER / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[`([\w-]+)`\]\(([\w.-]+)\) \|", readme, re.MULTILINE)
    assert [name for name, _ in listed] == [file.stem for file in FILES]
    assert [link for _, link in listed] == [file.name for file in FILES]
