"""What a scenario names must exist: endpoints, errors, keys, credentials, rules, states.

These look at the data rather than at the model, so that a mistake of form in one place does not
hide a wrong name in another. Only what is certainly wrong is a mistake: a rule for `any` provider
may name a key that one of them has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from emulator.provider import Provider
from emulator.scenario.action_names import request_action, token_options, webhook_action
from emulator.scenario.known_names import (
    Credentials,
    Known,
    Providers,
    any_like,
    doubled,
    no_provider,
    rule_id,
    state,
    union,
    whose_of,
)
from emulator.scenario.matching import ANY
from emulator.scenario.mistakes import Hint, Mistake, did_you_mean, entries, mapping, one_of, texts
from emulator.scenario.yaml12 import Path, shown

_PATH_PART = re.compile(r"\{(\w+)\}")


def references(
    data: object, providers: Providers, credentials: Credentials | None = None
) -> Iterator[Mistake]:
    """Find what a scenario names and nothing is called."""
    top = mapping(data)
    ids: dict[str, str] = {}
    for section in ("rules", "webhooks"):
        for number, entry in enumerate(entries(top.get(section))):
            name = mapping(entry).get("id")
            if not isinstance(name, str):
                continue
            if name in ids:
                path = (section, number, "id")
                yield Mistake(path, f"{shown(name)} is also the id of {ids[name]}")
            ids.setdefault(name, f"{section}.{number}")
    names = mapping(top.get("states")).get("names")
    declared = {each for each in entries(names) if isinstance(each, str)}
    known = Known(
        providers,
        credentials,
        ids,
        declared if isinstance(names, list) else None,
        "states" not in top,
    )
    yield from doubled(top.get("tags"), ("tags",))
    yield from _scope(mapping(top.get("scope")).get("path"), known)
    yield from doubled(mapping(top.get("clock")).get("affects"), ("clock", "affects"))
    yield from _states(top.get("states"), known)
    for number, entry in enumerate(entries(top.get("rules"))):
        yield from _rule(mapping(entry), ("rules", number), known)
    for number, entry in enumerate(entries(top.get("webhooks"))):
        yield from _webhook_rule(mapping(entry), ("webhooks", number), known)
    yield from expected(top.get("expect"), ("expect",), known)


def expected(items: object, path: Path, known: Known) -> Iterator[Mistake]:
    """Find what `expect` items name and nothing is called."""
    for number, entry in enumerate(entries(items)):
        item, place = mapping(entry), (*path, number)
        for part in ("requests", "unique"):
            match = mapping(item.get(part)).get("match")
            yield from _match(mapping(match), (*place, part, "match"), known)
        for where, step in texts(item.get("order"), (*place, "order")):
            name = step.rpartition(" ")[0]
            if "." in name and name not in known.endpoints:
                hint = one_of(name, known.endpoints)
                yield Mistake(where, f"unknown endpoint {shown(name)}", hint)
        rule = mapping(item.get("fired")).get("rule")
        yield from rule_id(rule, (*place, "fired", "rule"), known)
        yield from state(item.get("state"), (*place, "state"), known)
        yield from _webhooks(mapping(item.get("webhooks")), (*place, "webhooks"), known)


def _rule(rule: dict[str, Any], path: Path, known: Known) -> Iterator[Mistake]:
    match = mapping(rule.get("match"))
    yield from _match(match, (*path, "match"), known)
    yield from _when(rule.get("when"), (*path, "when"), known)
    provider = match.get("provider")
    yield from request_action(mapping(rule.get("do")), (*path, "do"), provider, known)
    for index, step in enumerate(entries(rule.get("steps"))):
        action = mapping(mapping(step).get("do"))
        yield from request_action(action, (*path, "steps", index, "do"), provider, known)


def first_mistake(match: dict[str, Any], providers: Providers) -> str:
    """Return what is wrong with the names in a `match`, with the nearest right word; or nothing.

    Args:
        match: `provider`, `endpoint` and `diagnosis`, as in a rule.
        providers: By name.
    """
    for mistake in _match({"provider": ANY, **match}, (), Known(providers)):
        return f"{'.'.join(map(str, mistake.path))}: {mistake.message}{mistake.hint()}"
    return ""


def _match(match: dict[str, Any], path: Path, known: Known) -> Iterator[Mistake]:
    name = match.get("provider")
    matched = known.matched(name)
    if matched is None:
        yield from no_provider(name, (*path, "provider"), known)
        return
    whose = whose_of(matched)
    yield from doubled(match.get("endpoint"), (*path, "endpoint"))
    endpoints = [endpoint.name for provider in matched for endpoint in provider.endpoints]
    for where, endpoint in texts(match.get("endpoint"), (*path, "endpoint")):
        # A path is of no endpoint: any will do.
        if not endpoint.startswith("/") and not any_like(endpoint, endpoints):
            message = f"{shown(endpoint)} is no endpoint of {whose}"
            yield Mistake(where, message, one_of(endpoint, endpoints))
    code = match.get("diagnosis")
    if isinstance(code, str):
        codes = known.codes(matched)
        if not any(fnmatchcase(each, code) for each in codes):
            message = f"{shown(code)} is no diagnosis of {whose}"
            yield Mistake((*path, "diagnosis"), message, one_of(code, codes))
    yield from _credential(match.get("credential"), (*path, "credential"), matched, known)


def _credential(
    credential: object, path: Path, matched: Sequence[Provider[Any]], known: Known
) -> Iterator[Mistake]:
    if known.credentials is None or not isinstance(credential, str) or not matched:
        return
    registered = [each for p in matched for each in sorted(known.credentials.get(p.name, ()))]
    if credential not in registered:
        message = f"{shown(credential)} is no credential of {whose_of(matched)}"
        yield Mistake(path, message, _registered(credential, registered))


def _registered(credential: str, known: Sequence[str]) -> Hint:
    """Return a hint at the nearest credential; at what to do if none is near."""

    def hint() -> str:
        near = did_you_mean(credential, known)()
        unknown = "; register it before the scenario that names it"
        return near or one_of(credential, known)() + unknown

    return hint


def _when(when: object, path: Path, known: Known) -> Iterator[Mistake]:
    given = mapping(when)
    yield from state(given.get("state"), (*path, "state"), known)
    yield from doubled(given.get("state"), (*path, "state"))
    yield from doubled(given.get("hits"), (*path, "hits"))


def _webhook_rule(rule: dict[str, Any], path: Path, known: Known) -> Iterator[Mistake]:
    when = mapping(rule.get("when"))
    yield from _when(when, (*path, "when"), known)
    for name in ("attempt", "copy"):
        yield from doubled(when.get(name), (*path, "when", name))
    match = mapping(rule.get("match"))
    yield from _webhooks(match, (*path, "match"), known, wanted=True)
    matched = known.matched(match.get("provider")) or ()
    yield from _credential(match.get("credential"), (*path, "match", "credential"), matched, known)
    senders = [each for each in matched if each.events]
    if not senders:
        return
    yield from webhook_action(rule.get("do"), (*path, "do"), senders)
    for index, step in enumerate(entries(rule.get("steps"))):
        place = (*path, "steps", index, "do")
        yield from webhook_action(mapping(step).get("do"), place, senders)


def _webhooks(
    webhooks: dict[str, Any], path: Path, known: Known, *, wanted: bool = False
) -> Iterator[Mistake]:
    """Check the provider, or all if none is given and none is wanted, and the events."""
    name = webhooks.get("provider", None if wanted else ANY)
    matched = known.matched(name)
    if matched is None:
        yield from no_provider(name, (*path, "provider"), known)
        return
    events = union(each.events for each in matched)
    yield from doubled(webhooks.get("event"), (*path, "event"))
    if not events and "provider" in webhooks:
        senders = [each.name for each in known.providers.values() if each.events]
        by = f"; webhooks are sent by {', '.join(senders)}" if senders else ""
        yield Mistake((*path, "provider"), f"{whose_of(matched)} sends no webhooks{by}")
        return
    for where, event in texts(webhooks.get("event"), (*path, "event")):
        if not any_like(event, events):
            message = f"{shown(event)} is no webhook of {whose_of(matched)}"
            yield Mistake(where, message, one_of(event, events))


def _scope(name: object, known: Known) -> Iterator[Mistake]:
    """Check that some path template has the part whose value separates the owners."""
    paths = [path for p in known.providers.values() for each in p.endpoints for path in each.paths]
    parts = union(_PATH_PART.findall(path) for path in paths)
    if isinstance(name, str) and name not in parts:
        message = f"{shown(name)} is no part of any endpoint's path"
        yield Mistake(("scope", "path"), message, one_of(name, parts))


def _states(value: object, known: Known) -> Iterator[Mistake]:
    states = mapping(value)
    yield from doubled(states.get("names"), ("states", "names"))
    yield from state(states.get("initial"), ("states", "initial"), known)
    for number, entry in enumerate(entries(states.get("transitions"))):
        transition, path = mapping(entry), ("states", "transitions", number)
        clock = mapping(mapping(transition.get("do")).get("clock"))
        yield from doubled(clock.get("affects"), (*path, "do", "clock", "affects"))
        for key in ("from", "to"):
            yield from state(transition.get(key), (*path, key), known)
        rule = mapping(mapping(transition.get("on")).get("fired")).get("rule")
        yield from rule_id(rule, (*path, "on", "fired", "rule"), known)
        every = list(known.providers.values())
        token = mapping(transition.get("do")).get("token")
        if mapping(token).get("revoke") == "all":
            yield from token_options(token, (*path, "do", "token"), every)
