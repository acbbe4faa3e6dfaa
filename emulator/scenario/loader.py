"""From the text of a scenario file to a scenario, or to everything that is wrong with it.

Four passes, whose findings are shown together: the text is YAML (`yaml12`), it has the model's form
(`validation`), what it names exists (`references`), and all of it can come about (`unreachable`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from emulator.core.configuration import EncodingError, shipped, utf_8
from emulator.core.errors import ConfigurationError
from emulator.core.reading import MOST_SCENARIO_BYTES, ReadError, read_bytes
from emulator.core.terminal import json_text, plain
from emulator.scenario import yaml12
from emulator.scenario.expectations import Expectation, Expectations
from emulator.scenario.known_names import Credentials, Known, Providers
from emulator.scenario.mistakes import Hint, Mistake, did_you_mean, mapping, no_hint
from emulator.scenario.model import Scenario
from emulator.scenario.references import expected, references
from emulator.scenario.unreachable import hidden, unreachable
from emulator.scenario.validation import explain
from emulator.scenario.yaml12 import Document, shown

Format = Literal["text", "json", "github"]

MAX_FINDINGS = 100
SUFFIXES = (".yaml", ".yml", ".json")
_NUMBER = re.compile(r"(\d+)-")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong with a scenario file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return plain(f"{self.file}:{self.line}:{self.column}: {self.message}")


class ScenarioError(ConfigurationError):
    """A scenario file that cannot be used; its text is a line for each finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


def load(
    text: str, name: str, providers: Providers, credentials: Credentials | None = None
) -> Scenario:
    """Read a scenario from YAML or JSON.

    Args:
        text: The document.
        name: What the findings call it.
        providers: By name, for what the scenario refers to.
        credentials: What `match.credential` may name, see `known_names.credential_names`; None to
            let it name any.

    Raises:
        ScenarioError: With all findings; nothing else, whatever the text.
    """
    document = yaml12.read(text)
    scenario: Scenario | None = None
    mistakes: list[Mistake] = []
    if () not in document.unread:
        try:
            scenario = Scenario.model_validate(document.data)
        except ValidationError as error:
            mistakes += explain(document, error)
        mistakes += references(document.data, providers, credentials)
        mistakes += hidden(document.data, providers)
        mistakes += unreachable(document.data)
    found = _findings(name, document, mistakes)
    if found or scenario is None:
        raise ScenarioError(found)
    return scenario


def _findings(name: str, document: Document, mistakes: Iterable[Mistake]) -> list[Finding]:
    """Put what is wrong in the order of the text; make hints for no more than is shown."""
    mistakes = list(mistakes)
    better = {each.path for each in mistakes if not each.of_form and not each.at_key}
    found: dict[tuple[yaml12.Position, str], Hint] = dict.fromkeys(document.faults, no_hint)
    for each in mistakes:
        if each.of_form and each.path in better:
            continue
        position = document.position(each.path)
        if each.at_key:
            position = document.keys.get(each.path, position)
        place = "" if each.at_key and "unknown key" in each.message else _place(each.path)
        found.setdefault((position, place + each.message), each.hint)
    ordered = sorted(found)
    findings = [
        Finding(name, *position, text + found[position, text]())
        for position, text in ordered[:MAX_FINDINGS]
    ]
    if rest := ordered[MAX_FINDINGS:]:
        findings.append(Finding(name, *rest[0][0], f"and {len(rest)} findings more"))
    return findings


def _place(path: yaml12.Path) -> str:
    return f"{shown('.'.join(map(str, path)))[1:-1]}: " if path else ""


def read(path: Path, providers: Providers, credentials: Credentials | None = None) -> Scenario:
    """Read a scenario from a file; see `load`.

    Raises:
        ScenarioError: With all findings.
    """
    try:
        content = read_bytes(path, MOST_SCENARIO_BYTES)
    except ReadError as error:
        message = f"cannot be read: {error.reason}"
        raise ScenarioError([Finding(str(path), 1, 1, message)]) from error
    text = decoded(content, str(path))
    return load(text, str(path), providers, credentials)


def decoded(content: bytes, name: str) -> str:
    """Return the text of a scenario that came as bytes.

    Raises:
        ScenarioError: If it is not UTF-8.
    """
    try:
        return utf_8(content, name)
    except EncodingError as error:
        raise ScenarioError([Finding(name, error.line, error.column, error.message)]) from error


_EXPECTATIONS = TypeAdapter(list[Expectation])


def expectations(
    text: str,
    providers: Providers,
    credentials: Credentials | None = None,
    scenario: Scenario | None = None,
) -> list[Expectation]:
    """Read a list of `expect` items from YAML or JSON; `{expect: [...]}` is one, too.

    Args:
        text: The document.
        providers: By name.
        credentials: As for `load`.
        scenario: Whose rules and states are meant; None to let them be any.

    Raises:
        ScenarioError: With all findings.
    """
    document = yaml12.read(text)
    items: list[Expectation] = []
    mistakes: list[Mistake] = []
    named = isinstance(document.data, dict)
    if () not in document.unread:
        try:
            if named:
                items = Expectations.model_validate(document.data).expect
            else:
                items = _EXPECTATIONS.validate_python(document.data)
        except ValidationError as error:
            mistakes += explain(document, error, () if named else ("expect",))
        data = mapping(document.data).get("expect") if named else document.data
        known = _known(providers, credentials, scenario)
        mistakes += expected(data, ("expect",) if named else (), known)
    if found := _findings("expect", document, mistakes):
        raise ScenarioError(found)
    return items


def _known(
    providers: Providers, credentials: Credentials | None, scenario: Scenario | None
) -> Known:
    if scenario is None:
        return Known(providers, credentials)
    rules = {each.id: "" for each in (*(scenario.rules or ()), *(scenario.webhooks or ()))}
    states = scenario.states.names if scenario.states else None
    return Known(providers, credentials, rules, states, stateless=states is None)


def resolve(name: str) -> Path:
    """Find the file a user means: a path, or a shipped scenario.

    Args:
        name: Of a file; or of a shipped one its stem, the stem without its number, the number,
            or the scenario's own name.

    Raises:
        ConfigurationError: Names the nearest.
    """
    # os.path.isfile, unlike Path.is_file, says no to what cannot be a path
    return Path(name) if os.path.isfile(name) else shipped_file(name)


def shipped_file(name: str) -> Path:
    """Find a shipped scenario; a path is none.

    Args:
        name: Its stem, the stem without its number, the number, or the scenario's own name.

    Raises:
        ConfigurationError: Names the nearest.
    """
    known: dict[str, Path] = {}
    for file in sorted(shipped("scenarios").glob("*")):
        if file.suffix not in SUFFIXES or file.stem.endswith(".schema"):
            continue
        if name in (file.stem, file.name):  # no need to read them all
            return file
        number = _NUMBER.match(file.stem)
        document = yaml12.read(file.read_text("utf-8", "replace"))
        names = [file.name, file.stem, mapping(document.data).get("scenario")]
        names += [file.stem[number.end() :], number[1]] if number else []
        for each in names:
            if isinstance(each, str):
                known.setdefault(each, file)
    if name not in known:
        message = f"{shown(name)} is neither a file nor a shipped scenario"
        listed = "; `emulator scenario list` shows those"
        raise ConfigurationError(message + (did_you_mean(name, known)() or listed))
    return known[name]


def format_findings(findings: Sequence[Finding], form: Format = "text") -> str:
    """Return the findings for people, for programs, or as annotations of a GitHub workflow."""
    if form == "json":
        return json_text([asdict(finding) for finding in findings], indent=2)
    if form == "github":
        return "\n".join(
            f"::error file={_escape(f.file, ',:')},line={f.line},col={f.column}"
            f"::{_escape(f.message)}"
            for f in findings
        )
    return "\n".join(map(str, findings))


def _escape(text: str, also: str = "") -> str:
    for character in "%\r\n" + also:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
