"""For the commands about scenarios: find one, explain it, report on its expectations."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.core.configuration import read_text, utf_8
from emulator.core.reading import MOST_SCENARIO_BYTES
from emulator.core.terminal import plain

if TYPE_CHECKING:
    from emulator.scenario.model import Scenario
    from emulator.scenario.rehearsal import Hit, RehearsedRule


_WIDTH = 96
_LONGEST = 160  # of what one hit does


# Which one


def is_text(option: str) -> bool:
    """Tell whether the option is the text of a scenario, not its name."""
    return "\n" in option or option.lstrip("\ufeff \t\r").startswith(("{", "scenario:"))


def file_of(option: str) -> Path:
    """Return the file of a scenario, given its path or the name of a shipped one.

    Raises:
        ConfigurationError: If there is none; names the nearest.
    """
    from emulator.scenario.loader import resolve

    path = Path(option)
    return path if os.path.lexists(option) else resolve(option)


def text_of(option: str) -> tuple[str, str]:
    """Return the name of the scenario for messages, and its text.

    Args:
        option: A path, the name of a shipped scenario, or YAML or JSON text. A service container
            can pass the text in its environment, without a file.

    Raises:
        ConfigurationError: If there is no such scenario, or it cannot be read.
    """
    if is_text(option):
        # Python keeps bytes of the environment that are not UTF-8 as surrogates.
        return "scenario", utf_8(option.encode("utf-8", "surrogateescape"), "the scenario")
    path = file_of(option)
    return str(path), read_text(path, MOST_SCENARIO_BYTES)


# Explain


def explained(scenario: Scenario, seed: int, origin: str, hits: int) -> dict[str, Any]:
    """Return what would happen, as plain data.

    Args:
        scenario: From the loader.
        seed: The seed of chance.
        origin: Where the seed is from: `file`, `option` or `drawn`.
        hits: How many of each rule.
    """
    from dataclasses import asdict

    from emulator.scenario.rehearsal import rehearse

    return {
        "scenario": scenario.scenario,
        "description": " ".join(scenario.description.split()),
        "seed_from": origin,
        "scope": _scope(scenario),
        "ttl": scenario.ttl,
        **asdict(rehearse(scenario, seed, hits)),
    }


def explanation(scenario: Scenario, seed: int, origin: str, hits: int) -> str:
    """Return what would happen, for people; see `explained`."""
    from emulator.scenario.rehearsal import rehearse

    told = rehearse(scenario, seed, hits)
    lines = [click.style(plain(scenario.scenario), bold=True)]
    lines += _wrapped(scenario.description, "  ")
    lines += ["", *_facts(scenario, seed, origin, told.clock)]
    if told.initial:
        width = max(
            (len(f"{each['from']} -> {each['to']}") for each in told.transitions), default=0
        )
        lines += ["", f"{_heading('states')}  first {told.initial}"]
        for each in told.transitions:
            way = f"{each['from']} -> {each['to']}"
            then = f", then {each['do']}" if each["do"] else ""
            lines.append(f"  {way:<{width}}  {each['on']}{then}")
    for kind, rules in (("rule", told.rules), ("webhook rule", told.webhooks)):
        for rule in rules:
            lines += ["", *_rule(kind, rule)]
    if told.expect:
        lines += ["", f"{_heading('expected')}  in the end, see `emulator scenario verify`"]
        for that in told.expect:
            lines += _wrapped(that, "  - ", "    ")
    if len(told.rules) > 1:
        lines += [
            "",
            "Each rule is described alone. Where several fire on one request, what changes",
        ]
        lines += ["adds up, and the first in the file that ends it wins."]
    return "\n".join(lines)


def _scope(scenario: Scenario) -> Any:
    scope = scenario.scope
    return scope if isinstance(scope, str) else scope.model_dump(exclude_unset=True)


def _facts(scenario: Scenario, seed: int, origin: str, clock: str) -> list[str]:
    said = {
        "file": str(seed),
        "option": f"{seed}, in place of {scenario.seed}, the file's own.\n"
        f"{'':9}`emulator serve` keeps the file's own: change it there to have this."
        if scenario.seed is not None
        else f"{seed}; the file has none: `emulator serve --seed {seed}` plays this",
        "drawn": f"{seed}, drawn now: the file has none, and another is drawn at each start.\n"
        f"{'':9}Write `seed: {seed}` into it, or `emulator serve --seed {seed}`, to have this.",
    }[origin]
    facts = [("seed", said)]
    if scenario.scope == "global":
        facts.append(("scope", "global: all namespaces count together"))
    elif not isinstance(scenario.scope, str):
        facts.append(("scope", f"{scenario.scope.in_words}: each value counts for itself"))
    elif scenario.scope != "namespace":
        facts.append(("scope", f"{scenario.scope}: each {scenario.scope} counts for itself"))
    if scenario.ttl:
        facts.append(("ttl", f"{scenario.ttl} of real time, then it unloads itself"))
    if clock:
        facts.append(("clock", clock))
    return [f"{_heading(name)}{'':<{7 - len(name)}}  {text}" for name, text in facts]


def _rule(kind: str, rule: RehearsedRule) -> Iterator[str]:
    yield f"{_heading(kind)} {click.style(rule.id, bold=True)}"
    yield from _wrapped(rule.note, "  # ", "  # ")
    yield from _wrapped(", ".join(filter(None, (rule.matches, rule.when))), "  ", "    ")
    nothing = "the true answer" if kind == "rule" else "delivered normally"
    rows = [(_numbers(numbers), does) for numbers, does in _folded(rule.hits)]
    width = max((len(numbers) for numbers, _ in rows), default=0)
    for numbers, does in rows:
        yield f"    {numbers:<{width}}  {_does(does, nothing)}"


def _folded(hits: Sequence[Hit]) -> Iterator[tuple[list[int], str]]:
    for does, same in groupby(hits, key=lambda hit: hit.does):
        yield [hit.number for hit in same], does


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"hit {numbers[0]}"
    return f"hits {numbers[0]} {'to' if len(numbers) > 2 else 'and'} {numbers[-1]}"


def _does(does: str, nothing: str) -> str:
    if not does:
        return nothing
    if does == "pass: true":
        return "pass: the true answer, whatever rules further down say"
    from emulator.core.errors import shorten

    return click.style(plain(shorten(does, _LONGEST)), fg="yellow")


# Report


def verification(answer: dict[str, Any], name: str) -> str:
    """Return for people what `POST /_emulator/requests/verify` answered.

    Args:
        answer: The answer.
        name: The scenario.
    """
    name, items = plain(name), answer["expectations"]
    if not items:
        return f"{name} expects nothing"
    met = sum(item["passed"] for item in items)
    lines = [
        f"{name}: all {len(items)} expectations are met"
        if met == len(items) > 1
        else f"{name}: {met} of {len(items)} expectation{'s are' if len(items) > 1 else ' is'} met"
    ]
    for item in items:
        mark = click.style("ok  ", fg="green") if item["passed"] else click.style("FAIL", fg="red")
        lines.append(f"  {mark}  {plain(item['that'])}")
        if item["passed"]:
            continue
        lines.append(f"        expected  {plain(item['expected'])}")
        lines.append(f"        found     {plain(item['found'])}")
        lines += [f"          {plain(line)}" for line in item["near_misses"]]
    return "\n".join(lines)


def _heading(text: str) -> str:
    return click.style(text, dim=True)


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        plain(" ".join(text.split())),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_on_hyphens=False,
    )
