"""What can never come about: rules that others leave nothing to, states that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pydantic import ValidationError

from emulator.faults.values import seconds
from emulator.provider import Provider
from emulator.scenario.matching import ANY
from emulator.scenario.mistakes import Mistake, entries, mapping, texts
from emulator.scenario.rules import Rule
from emulator.scenario.states import States
from emulator.scenario.webhook_rules import WebhookRule
from emulator.scenario.yaml12 import Path, shown

Providers = Mapping[str, Provider[Any]]
Place = tuple[str, ...]

_OF_PATHS = ("/", "*", "?", "[")
"""What patterns begin with that match paths of no endpoint too."""


def hidden(data: object, providers: Providers) -> Iterator[Mistake]:
    """Find rules that can never fire because those before them end all that they match.

    Looks at each rule for itself, whatever is wrong with the others.
    """
    top = mapping(data)
    taken: dict[Place, str] = {}
    for number, entry in enumerate(entries(top.get("rules"))):
        try:
            rule = Rule.model_validate(entry)
        except ValidationError:
            continue
        places = _places(rule, providers)
        if rule.only_ends and (by := _takers(places, taken)):
            yield Mistake(
                ("rules", number), f"can never fire: all that it matches is ended by {by}"
            )
        elif rule.ends_all:
            for place in places:
                taken.setdefault(place, rule.id)
    taken.clear()
    for number, entry in enumerate(entries(top.get("webhooks"))):
        try:
            webhook_rule = WebhookRule.model_validate(entry)
        except ValidationError:
            continue
        yield from _held_for_ever(webhook_rule, number, together=_counts_together(top))
        if webhook_rule.is_partial:
            continue
        match = webhook_rule.match
        places = [
            (provider.name, event)
            for provider in _named(match.provider, providers)
            for event in provider.events
            if any(fnmatchcase(event, pattern) for pattern in match.events)
        ]
        if by := _takers(places, taken):
            message = f"can never fire: all webhooks that it is for go by {by}"
            yield Mistake(("webhooks", number), message)
        elif _takes_all(webhook_rule):
            for place in places:
                taken.setdefault(place, webhook_rule.id)


def _counts_together(top: Mapping[str, Any]) -> bool:
    return top.get("scope", "namespace") in ("namespace", "client", "global")


def _takes_all(rule: WebhookRule) -> bool:
    return (
        rule.when is None
        and rule.do is not None
        and rule.match.model_fields_set <= {"provider", "event"}
    )


def _held_for_ever(rule: WebhookRule, number: int, *, together: bool) -> Iterator[Mistake]:
    """Find a window that is larger than the number of webhooks that the rule can hold."""
    window = getattr(rule.do, "window", None)
    most = rule.when.most if rule.when else None
    if together and window is not None and most is not None and most < window.root:
        message = f"can never be full: 'when' lets the rule fire only {most} times"
        path = ("webhooks", number, "do", "window")
        yield Mistake(path, message.replace(" 1 times", " once"))


def _named(name: str, providers: Providers) -> Iterable[Provider[Any]]:
    if name == ANY:
        return providers.values()
    return [providers[name]] if name in providers else []


def _places(rule: Rule, providers: Providers) -> list[Place]:
    """Return where a rule acts, as provider, endpoint and verdict."""
    match = rule.match
    verdicts = {"any": ("accepted", "refused"), "accepted": ("accepted",)}
    patterns = match.endpoints or ("*",)
    found: list[Place] = []
    for provider in _named(match.provider, providers):
        names = [
            each.name
            for each in provider.endpoints
            if any(fnmatchcase(each.name, pattern) for pattern in patterns)
        ]
        paths = [pattern for pattern in patterns if pattern.startswith(_OF_PATHS)]
        found += [
            (provider.name, name, verdict)
            for name in (*names, *paths)
            for verdict in verdicts.get(match.verdict if match.wants_verdict else "", ("refused",))
        ]
    return found


def _takers(places: Iterable[Place], taken: Mapping[Place, str]) -> str:
    """Name the rules that take all the places; nothing if some are left."""
    ids: dict[str, None] = {}
    for place in places:
        by = taken.get(place)
        if by is None and place[1].startswith(_OF_PATHS):
            by = taken.get((place[0], "*", *place[2:]))
        if by is None:
            return ""
        ids[by] = None
    names = " and ".join(map(repr, ids))
    return f"rule{'s' if len(ids) > 1 else ''} {names}" if ids else ""


def unreachable(data: object) -> Iterator[Mistake]:
    """Find states that something waits for and nothing leads to, and ways that are never taken."""
    top = mapping(data)
    try:
        states = States.model_validate(top.get("states"))
    except ValidationError:
        return
    named = {
        states.initial,
        *(name for each in states.transitions for name in (each.start, each.to)),
    }
    if not named <= set(states.names):
        return  # one of them is misspelt
    reached = _reached(states, top)
    for path, name in _uses(top, states):
        if name in states.names and name not in reached:
            yield Mistake(path, f"nothing leads to state {shown(name)}")
    yield from _overtaken(states)


def _uses(top: Mapping[str, Any], states: States) -> Iterator[tuple[Path, str]]:
    for section in ("rules", "webhooks"):
        for number, entry in enumerate(entries(top.get(section))):
            when = mapping(mapping(entry).get("when"))
            yield from texts(when.get("state"), (section, number, "when", "state"))
    for number, entry in enumerate(entries(top.get("expect"))):
        yield from texts(mapping(entry).get("state"), ("expect", number, "state"))
    for number, each in enumerate(states.transitions):
        yield ("states", "transitions", number, "from"), each.start


def _reached(states: States, top: Mapping[str, Any]) -> set[str]:
    ways = [({each.start}, each.to) for each in states.transitions]
    for entry in entries(top.get("rules")):
        rule = mapping(entry)
        waits = {name for _, name in texts(mapping(rule.get("when")).get("state"), ())}
        actions = [
            rule.get("do"),
            *(mapping(step).get("do") for step in entries(rule.get("steps"))),
        ]
        gotos = (mapping(action).get("goto") for action in actions)
        ways += [(waits or set(states.names), goto) for goto in gotos if isinstance(goto, str)]
    reached = {states.initial}
    while more := {to for start, to in ways if to not in reached and start & reached}:
        reached |= more
    return reached


def _overtaken(states: States) -> Iterator[Mistake]:
    """Find transitions that another one from the same state always comes before."""
    soonest: dict[str, tuple[float, int]] = {}
    for number, each in enumerate(states.transitions):
        if each.on.elapsed is not None:
            due = (seconds(each.on.elapsed), number)
            soonest[each.start] = min(soonest.get(each.start, due), due)
    signals: dict[tuple[str, str], int] = {}
    for number, each in enumerate(states.transitions):
        first = number
        if each.on.elapsed is not None:
            first = soonest[each.start][1]
        elif each.on.signal is not None:
            first = signals.setdefault((each.start, each.on.signal), number)
        if first != number:
            message = f"is never taken: states.transitions.{first} leaves {each.start!r} before"
            yield Mistake(("states", "transitions", number), message)
