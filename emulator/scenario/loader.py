"""From the text of a scenario file to a scenario, or to everything that is wrong with it.

Four passes, whose findings are shown together: the text is YAML, it has the model's form, what it
names exists in the providers, and every rule can fire.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from emulator.configuration import nearest, shipped
from emulator.errors import ConfigurationError
from emulator.provider import Provider
from emulator.scenario import yaml12
from emulator.scenario.expectations import Expectation
from emulator.scenario.matching import ANY
from emulator.scenario.model import Rule, Scenario, json_schema
from emulator.scenario.yaml12 import Document, shown

Providers = Mapping[str, Provider[Any]]
Format = Literal["text", "json", "github"]

MAX_FINDINGS = 100
SUFFIXES = (".yaml", ".yml", ".json")
_NUMBER = re.compile(r"(\d+)-")
_WORD = 80  # longer ones are not looked up for the nearest


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong with a scenario file; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ScenarioError(ConfigurationError):
    """A scenario file that cannot be used; its text is a line for each finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = tuple(findings)


def load(text: str, name: str, providers: Providers) -> Scenario:
    """Read a scenario from YAML or JSON.

    Args:
        text: The document.
        name: What the findings call it.
        providers: By name, for what the scenario refers to.

    Raises:
        ScenarioError: With all findings; nothing else, whatever the text.
    """
    document = yaml12.read(text)
    found = set(document.faults)
    scenario: Scenario | None = None
    if () not in document.unread:
        try:
            scenario = Scenario.model_validate(document.data)
        except ValidationError as error:
            found.update(explain(document, error))
        for path, message in _references(document.data, providers):
            found.add((document.position(path), message))
        for path, message in _hidden(document.data):
            found.add((document.position(path), message))
    if found or scenario is None:
        findings = [Finding(name, *position, message) for position, message in sorted(found)]
        if len(findings) > MAX_FINDINGS:
            rest = len(findings) - MAX_FINDINGS
            last = findings[MAX_FINDINGS]
            findings[MAX_FINDINGS:] = [
                Finding(name, last.line, last.column, f"and {rest} findings more")
            ]
        raise ScenarioError(findings)
    return scenario


def read(path: Path, providers: Providers) -> Scenario:
    """Read a scenario from a file.

    Raises:
        ScenarioError: With all findings.
    """
    try:
        with path.open("rb") as file:  # one byte more than is allowed shows that it is too long
            text = file.read(4 * yaml12.MAX_LENGTH + 1).decode("utf-8-sig")
    except OSError as error:
        raise ScenarioError([Finding(str(path), 1, 1, f"cannot be read: {error}")]) from error
    except UnicodeDecodeError as error:
        finding = Finding(str(path), 1, 1, f"is not UTF-8 text, at byte {error.start}")
        raise ScenarioError([finding]) from error
    return load(text, str(path), providers)


_EXPECTATIONS = TypeAdapter(list[Expectation])


def expectations(text: str, providers: Providers) -> list[Expectation]:
    """Read a list of `expect` items from YAML or JSON.

    Raises:
        ScenarioError: With all findings.
    """
    document = yaml12.read(text)
    found = set(document.faults)
    items: list[Expectation] = []
    if () not in document.unread:
        try:
            items = _EXPECTATIONS.validate_python(document.data)
        except ValidationError as error:
            found.update(explain(document, error))
    for item in items:
        part = item.requests or item.unique
        if part is not None and part.match.provider not in (*providers, ANY):
            found.add(((1, 1), f"unknown provider {part.match.provider!r}"))
    if found:
        raise ScenarioError([Finding("expect", *where, text) for where, text in sorted(found)])
    return items


def resolve(name: str) -> Path:
    """Find the file a user means: a path, or a shipped scenario.

    Args:
        name: Of a file; or of a shipped one its stem, the stem without its number, the number,
            or the scenario's own name.

    Raises:
        ConfigurationError: Names the nearest.
    """
    if os.path.isfile(name):  # unlike Path.is_file, says no to what cannot be a path
        return Path(name)
    known: dict[str, Path] = {}
    for file in sorted(shipped("scenarios").glob("*")):
        if file.suffix not in SUFFIXES or file.stem.endswith(".schema"):
            continue
        if name in (file.stem, file.name):  # no need to read them all
            return file
        number = _NUMBER.match(file.stem)
        document = yaml12.read(file.read_text("utf-8", "replace"))
        names = [file.name, file.stem, _mapping(document.data).get("scenario")]
        names += [file.stem[number.end() :], number[1]] if number else []
        for each in names:
            if isinstance(each, str):
                known.setdefault(each, file)
    if name not in known:
        message = f"{shown(name)} is neither a file nor a shipped scenario"
        raise ConfigurationError(message + _nearest(name, list(known)))
    return known[name]


def format_findings(findings: Sequence[Finding], form: Format = "text") -> str:
    """Return the findings for people, for programs, or as annotations of a GitHub workflow."""
    if form == "json":
        return json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False)
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


# The form


def explain(document: Document, error: ValidationError) -> Iterator[tuple[yaml12.Position, str]]:
    """Say in our words what pydantic found."""
    for details in error.errors(include_url=False):
        path: yaml12.Path = ()
        for part in details["loc"]:
            # Parts such as '<mapping>' and '[key]' are pydantic's, not the document's.
            if (*path, part) in document.values:
                path = (*path, part)
        if any(path[: len(unread)] == unread for unread in document.unread):
            continue
        place = ".".join(map(str, path))
        kind = details["type"]
        if kind == "missing":
            message = f"key {details['loc'][-1]!r} is missing"
        elif kind == "extra_forbidden":
            yield document.keys.get(path, document.position(path)), _unknown_key(path)
            continue
        else:
            message = _complaint(details)
        position = document.position(path)
        if details["loc"] and details["loc"][-1] == "[key]":
            position = document.keys.get(path, position)
        yield position, f"{shown(place)[1:-1]}: {message}" if place else message


def _unknown_key(path: yaml12.Path) -> str:
    key = str(path[-1])
    return f"unknown key {shown(key)}{_nearest(key, _keys_at(path[:-1]))}"


_WANTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping",
}


def _complaint(details: ErrorDetails) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "wrong":
        message = str(context["message"])
        return message if len(message) <= 300 else f"{message[:300]} …"
    if kind == "string_type":
        quoted = isinstance(value, int | float) and not isinstance(value, bool)
        hint = f"; write it in quotes: {json.dumps(str(value))}" if quoted else ""
        return f"{shown(value)} is not text{hint}"
    if kind in _WANTED:
        return f"{shown(value)} is not {_WANTED[kind]}"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        close = _nearest(value, choices) if isinstance(value, str) else ""
        return f"{shown(value)} is not one of {choices}{close}"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} does not match {context['pattern']!r}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        return f"{shown(value)} is {'less' if 'ge' in context else 'more'} than {bound:g}"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters"
    if kind == "string_too_short" or (kind == "too_short" and context["actual_length"] == 0):
        return "is empty"
    if kind in ("too_short", "too_long"):
        bound = context.get("max_length", context["min_length"])
        return f"has {context['actual_length']} entries, not {bound}"
    return details["msg"]


@cache
def _schema() -> dict[str, Any]:
    return json_schema()


def _keys_at(path: yaml12.Path) -> list[str]:
    """Return the keys a mapping at `path` may have, as the schema says."""
    schema = _schema()

    def expand(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if "$ref" in node:
            yield from expand(schema["$defs"][node["$ref"].rpartition("/")[2]])
        for choice in node.get("oneOf", ()):
            yield from expand(choice)
        yield node

    nodes = list(expand(schema))
    for part in path:
        below = (
            node.get("items")
            if isinstance(part, int)
            else node.get("properties", {}).get(part) or node.get("additionalProperties")
            for node in nodes
        )
        nodes = [each for node in below for each in expand(_mapping(node))]
    return sorted({key for node in nodes for key in node.get("properties", ())})


def _nearest(word: str, known: Sequence[str]) -> str:
    return nearest(word, list(known)) if len(word) <= _WORD else ""


# What it refers to. These look at the data rather than at the model, so that a mistake of form in
# one place does not hide a wrong name in another.

Message = tuple[yaml12.Path, str]


def _mapping(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _entries(value: object) -> list[Any]:
    return cast(list[Any], value) if isinstance(value, list) else []


def _references(data: object, providers: Providers) -> Iterator[Message]:
    ids: dict[str, int] = {}
    for number, entry in enumerate(_entries(_mapping(data).get("rules"))):
        rule = _mapping(entry)
        path: yaml12.Path = ("rules", number)
        name = rule.get("id")
        if isinstance(name, str):
            if name in ids:
                yield (*path, "id"), f"rules.{number}.id: {shown(name)} is also rule {ids[name]}"
            ids.setdefault(name, number)
        match = _mapping(rule.get("match"))
        provider = match.get("provider")
        if not isinstance(provider, str):
            continue
        if provider != ANY and provider not in providers:
            close = _nearest(provider, [*providers, ANY])
            message = f"rules.{number}.match.provider: unknown provider {shown(provider)}{close}"
            yield (*path, "match", "provider"), message
            continue
        matched = list(providers.values()) if provider == ANY else [providers[provider]]
        yield from _endpoints(match.get("endpoint"), (*path, "match", "endpoint"), matched)
        yield from _errors(rule.get("do"), (*path, "do"), provider, providers)
        for index, step in enumerate(_entries(rule.get("steps"))):
            where = (*path, "steps", index, "do")
            yield from _errors(_mapping(step).get("do"), where, provider, providers)


def _endpoints(
    value: object, path: yaml12.Path, matched: Sequence[Provider[Any]]
) -> Iterator[Message]:
    """A name must be an endpoint's, a glob must match one; a path is of none: any will do."""
    known = [endpoint.name for provider in matched for endpoint in provider.endpoints]
    named = [(path, value)]
    if entries := _entries(value):
        named = [((*path, index), each) for index, each in enumerate(entries)]
    for where, name in named:
        if not isinstance(name, str) or name.startswith("/"):
            continue
        if not any(fnmatchcase(each, name) for each in known):
            whose = matched[0].name if len(matched) == 1 else "any provider"
            place = ".".join(map(str, where))
            yield (
                where,
                f"{place}: {shown(name)} is no endpoint of {whose}{_nearest(name, known)}",
            )


def _errors(
    action: object, path: yaml12.Path, matched: str, providers: Providers
) -> Iterator[Message]:
    name = _mapping(action).get("error")
    if not isinstance(name, str) or "." not in name:
        return
    where = (*path, "error")
    place = ".".join(map(str, where))
    owner, _, entry = name.partition(".")
    if owner not in providers:
        close = _nearest(owner, list(providers))
        yield where, f"{place}: unknown provider {shown(owner)}{close}"
    elif owner != matched:
        yield where, f"{place}: {shown(name)} is {owner}'s, but the rule matches {matched}"
    elif providers[owner].error(entry) is None:
        known = [
            f"{owner}.{each}" for each in (*providers[owner].errors, *providers[owner].aliases)
        ]
        yield where, f"{place}: unknown error {shown(name)}{_nearest(name, known)}"


def _hidden(data: object) -> Iterator[Message]:
    """Find rules that can never fire because one before them ends all they match."""
    ends: list[tuple[str, Rule]] = []
    for number, entry in enumerate(_entries(_mapping(data).get("rules"))):
        try:
            rule = Rule.model_validate(entry)
        except ValidationError:
            continue
        if rule.only_ends:
            by = next((name for name, earlier in ends if earlier.hides(rule)), None)
            if by is not None:
                yield (
                    ("rules", number),
                    f"rules.{number}: can never fire: rule {by!r} ends all that it matches",
                )
        if rule.when is None:
            ends.append((rule.id, rule))
