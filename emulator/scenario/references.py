"""What a scenario names must exist: endpoints, errors, keys, credentials, rules, states.

These look at the data rather than at the model, so that a mistake of form in one place does not
hide a wrong name in another. Only what is certainly wrong is a mistake: a rule for `any` provider
may name a key that one of them has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from typing import Any, get_args

from emulator import schemes
from emulator.core import http_problems
from emulator.core.declared import declared, modules
from emulator.core.errors import FailureMode
from emulator.faults.corrupt import How, hows, targets
from emulator.faults.fault import INJECTED
from emulator.provider import CREDENTIALS, TOKEN_OPTIONS, Context, Provider, body
from emulator.scenario.matching import ANY
from emulator.scenario.mistakes import Hint, Mistake, did_you_mean, entries, mapping, one_of, texts
from emulator.scenario.yaml12 import Path, shown

Providers = Mapping[str, Provider[Any]]
Credentials = Mapping[str, Collection[str]]
"""By provider, the names that `match.credential` can take."""

_PATH_PART = re.compile(r"\{(\w+)\}")

_TRANSPORT = frozenset({"request.not-found", "request.method"})
"""Diagnoses of the pipeline, which stands above."""


def credential_names(
    providers: Providers, contexts: Mapping[str, Context[Any]]
) -> dict[str, set[str]]:
    """Return the names under which exchanges carry the credentials that are registered.

    Args:
        providers: By name.
        contexts: Of one namespace, by the provider's name.
    """
    return {
        name: {
            str(record.get(provider.credentials.carried_as, key))
            for key, record in contexts[name].store.table(CREDENTIALS).items()
        }
        for name, provider in providers.items()
    }


@lru_cache(maxsize=16)
def _codes(packages: tuple[str, ...]) -> tuple[str, ...]:
    places = [schemes, body, http_problems, *map(import_module, packages)]
    found = declared(FailureMode, [each for place in places for each in modules(place)])
    return tuple(sorted({mode.code for mode in (*found, INJECTED)} | _TRANSPORT))


@dataclass(frozen=True)
class Known:
    """What can be named.

    Attributes:
        providers: By name.
        credentials: See `credential_names`; None if unknown.
        rules: Where each rule and webhook rule stands, by id; None if unknown.
        states: The names declared; None if unknown.
        stateless: Whether there is no section `states`.
    """

    providers: Providers
    credentials: Credentials | None = None
    rules: Mapping[str, str] | None = None
    states: Collection[str] | None = None
    stateless: bool = False
    errors: list[str] = field(init=False)
    endpoints: list[str] = field(init=False)

    def __post_init__(self) -> None:
        named = self.providers.items()
        errors = [f"{name}.{each}" for name, p in named for each in (*p.errors, *p.errors.aliases)]
        endpoints = [f"{name}.{each.name}" for name, p in named for each in p.endpoints]
        object.__setattr__(self, "errors", errors)
        object.__setattr__(self, "endpoints", endpoints)

    def codes(self, matched: Iterable[Provider[Any]]) -> list[str]:
        """Return the codes of the reasons for which the providers refuse."""
        return list(_codes(tuple(provider.package for provider in matched)))

    def matched(self, name: object) -> list[Provider[Any]] | None:
        """Return the providers that a rule's `provider` names; None if it names none."""
        if name == ANY:
            return list(self.providers.values())
        provider = self.providers.get(name) if isinstance(name, str) else None
        return [provider] if provider is not None else None


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
    yield from _doubled(top.get("tags"), ("tags",))
    yield from _scope(mapping(top.get("scope")).get("path"), known)
    yield from _doubled(mapping(top.get("clock")).get("affects"), ("clock", "affects"))
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
        yield from _rule_id(rule, (*place, "fired", "rule"), known)
        yield from _state(item.get("state"), (*place, "state"), known)
        yield from _webhooks(mapping(item.get("webhooks")), (*place, "webhooks"), known)


def _rule(rule: dict[str, Any], path: Path, known: Known) -> Iterator[Mistake]:
    match = mapping(rule.get("match"))
    yield from _match(match, (*path, "match"), known)
    yield from _when(rule.get("when"), (*path, "when"), known)
    provider = match.get("provider")
    yield from _action(mapping(rule.get("do")), (*path, "do"), provider, known)
    for index, step in enumerate(entries(rule.get("steps"))):
        action = mapping(mapping(step).get("do"))
        yield from _action(action, (*path, "steps", index, "do"), provider, known)


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
        yield from _no_provider(name, (*path, "provider"), known)
        return
    whose = _whose(matched)
    yield from _doubled(match.get("endpoint"), (*path, "endpoint"))
    endpoints = [endpoint.name for provider in matched for endpoint in provider.endpoints]
    for where, endpoint in texts(match.get("endpoint"), (*path, "endpoint")):
        # A path is of no endpoint: any will do.
        if not endpoint.startswith("/") and not _any_like(endpoint, endpoints):
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
        message = f"{shown(credential)} is no credential of {_whose(matched)}"
        yield Mistake(path, message, _registered(credential, registered))


def _registered(credential: str, known: Sequence[str]) -> Hint:
    """Return a hint at the nearest credential; at what to do if none is near."""

    def hint() -> str:
        near = did_you_mean(credential, known)()
        unknown = "; register it before the scenario that names it"
        return near or one_of(credential, known)() + unknown

    return hint


def _no_provider(name: object, path: Path, known: Known) -> Iterator[Mistake]:
    if isinstance(name, str):
        hint = one_of(name, [*known.providers, ANY])
        yield Mistake(path, f"unknown provider {shown(name)}", hint)


def _when(when: object, path: Path, known: Known) -> Iterator[Mistake]:
    given = mapping(when)
    yield from _state(given.get("state"), (*path, "state"), known)
    yield from _doubled(given.get("state"), (*path, "state"))
    yield from _doubled(given.get("hits"), (*path, "hits"))


def _doubled(value: object, path: Path) -> Iterator[Mistake]:
    """Find what a list has twice."""
    seen: set[tuple[type, object]] = set()
    for index, each in enumerate(entries(value)):
        if isinstance(each, str | int):
            if (type(each), each) in seen:
                yield Mistake((*path, index), f"{shown(each)} is given twice")
            seen.add((type(each), each))


def _action(
    action: dict[str, Any], path: Path, provider: object, known: Known
) -> Iterator[Mistake]:
    yield from _error(action.get("error"), (*path, "error"), provider, known)
    yield from _state(action.get("goto"), (*path, "goto"), known)
    clock = mapping(action.get("clock"))
    yield from _doubled(clock.get("affects"), (*path, "clock", "affects"))
    matched = known.matched(provider)
    if matched is None:
        return
    signing = _union(each.signing_keys for each in matched)
    verifying = _union(each.credentials.key_names for each in matched)
    yield from _key(action.get("sign_with"), (*path, "sign_with"), "sign", signing, matched)
    yield from _key(action.get("verify_with"), (*path, "verify_with"), "verify", verifying, matched)
    yield from _token(action.get("token"), (*path, "token"), matched)
    yield from _corrupt(action.get("corrupt"), (*path, "corrupt"), matched, webhook=False)


def _error(value: object, path: Path, provider: object, known: Known) -> Iterator[Mistake]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # `error: 403`
    if not isinstance(value, str):
        return
    owner, dot, entry = value.partition(".")
    if not dot or owner not in known.providers:
        matched = [p for p in known.matched(provider) or () if p.errors.find(value) is not None]
        if matched and provider != ANY:
            full = f"{matched[0].name}.{value}"
            yield Mistake(path, f"{shown(value)} has no provider; write {full}")
        elif dot:
            hint = one_of(owner, known.providers)
            yield Mistake(path, f"unknown provider {shown(owner)}", hint)
        elif value in known.providers:
            yield Mistake(path, f"{shown(value)} names no error; write for example {value}.401")
        else:
            hint = did_you_mean(f"{provider}.{value}", known.errors)
            yield Mistake(path, f"{shown(value)} names no error", hint)
    elif known.matched(provider) is not None and owner != provider:
        yield Mistake(path, f"{shown(value)} is {owner}'s, but the rule matches {provider}")
    elif known.providers[owner].errors.find(entry) is None:
        own = [each for each in known.errors if each.startswith(f"{owner}.")]
        yield Mistake(path, f"unknown error {shown(value)}", did_you_mean(value, own))


def _key(
    name: object, path: Path, use: str, keys: Sequence[str], matched: Sequence[Provider[Any]]
) -> Iterator[Mistake]:
    """Check the name of a key, where the providers matched have `keys` for that use."""
    if not isinstance(name, str) or name in keys:
        return
    whose = _whose(matched)
    if keys:
        yield Mistake(path, f"{shown(name)} is no {use}ing key of {whose}", one_of(name, keys))
    else:
        yield Mistake(path, f"{whose} has no other key to {use} with")


def _token(value: object, path: Path, matched: Sequence[Provider[Any]]) -> Iterator[Mistake]:
    token, whose = mapping(value), _whose(matched)
    heeded = _union(sorted(_heeded(each)) for each in matched)
    for name, option in token.items():
        where = (*path, name)
        if name not in TOKEN_OPTIONS:
            continue  # an unknown key, which the form tells
        if name == "revoke" and option == "all":
            if not any(each.tokens.revoke for each in matched):
                yield Mistake(where, f"{whose} has no access tokens to revoke", at_key=True)
        elif not heeded:
            yield Mistake(where, f"{whose} issues no token that could be bent", at_key=True)
        elif name not in heeded:
            message = f"{whose} does not heed {name!r}; of 'token' it knows: {', '.join(heeded)}"
            yield Mistake(where, message, at_key=True)
    if "sign_with" in heeded:
        keys = _union(each.signing_keys for each in matched if "sign_with" in _heeded(each))
        yield from _key(token.get("sign_with"), (*path, "sign_with"), "sign", keys, matched)


def _heeded(provider: Provider[Any]) -> frozenset[str]:
    """Return the options of `token` that mean something to a provider."""
    if provider.tokens.options and provider.signing_keys:
        return provider.tokens.options | {"sign_with"}
    return provider.tokens.options


def _corrupt(
    value: object, path: Path, matched: Sequence[Provider[Any]], *, webhook: bool
) -> Iterator[Mistake]:
    corrupt = mapping(value)
    target, how = corrupt.get("target"), corrupt.get("how")
    if not isinstance(target, str):
        return
    where = (*path, "target")
    message, dot, _ = target.partition(".")
    having = [each for each in matched if target in targets(each)]
    known = [
        name
        for name in _union(targets(each) for each in matched)
        if (name.partition(".")[0] == "webhook") == webhook
    ]
    if dot and message in ("request", "response", "webhook") and (message == "webhook") != webhook:
        wanted = "give one below 'webhook.'" if webhook else "damage webhooks under 'webhooks'"
        whose = f"a {message}" if webhook else "a webhook"
        yield Mistake(where, f"{shown(target)} is part of {whose}; {wanted}")
    elif not having:
        message = f"{shown(target)} is no part of a message of {_whose(matched)}"
        yield Mistake(where, message, one_of(target, known))
    elif isinstance(how, str):
        possible = _union(hows(each, target) for each in having)
        if how not in possible and how in get_args(How):
            ways = ", ".join(sorted(possible))
            message = f"{shown(how)} cannot be done to {target}; there are: {ways}"
            yield Mistake((*path, "how"), message)


def _webhook_rule(rule: dict[str, Any], path: Path, known: Known) -> Iterator[Mistake]:
    when = mapping(rule.get("when"))
    yield from _when(when, (*path, "when"), known)
    for name in ("attempt", "copy"):
        yield from _doubled(when.get(name), (*path, "when", name))
    match = mapping(rule.get("match"))
    yield from _webhooks(match, (*path, "match"), known, wanted=True)
    matched = known.matched(match.get("provider")) or ()
    yield from _credential(match.get("credential"), (*path, "match", "credential"), matched, known)
    senders = [each for each in matched if each.events]
    if not senders:
        return
    yield from _webhook_action(rule.get("do"), (*path, "do"), senders)
    for index, step in enumerate(entries(rule.get("steps"))):
        place = (*path, "steps", index, "do")
        yield from _webhook_action(mapping(step).get("do"), place, senders)


def _webhook_action(
    value: object, path: Path, senders: Sequence[Provider[Any]]
) -> Iterator[Mistake]:
    action = mapping(value)
    keys = _union(each.signing_keys for each in senders)
    yield from _key(action.get("sign_with"), (*path, "sign_with"), "sign", keys, senders)
    yield from _corrupt(action.get("corrupt"), (*path, "corrupt"), senders, webhook=True)


def _webhooks(
    webhooks: dict[str, Any], path: Path, known: Known, *, wanted: bool = False
) -> Iterator[Mistake]:
    """Check the provider, or all if none is given and none is wanted, and the events."""
    name = webhooks.get("provider", None if wanted else ANY)
    matched = known.matched(name)
    if matched is None:
        yield from _no_provider(name, (*path, "provider"), known)
        return
    events = _union(each.events for each in matched)
    yield from _doubled(webhooks.get("event"), (*path, "event"))
    if not events and "provider" in webhooks:
        senders = [each.name for each in known.providers.values() if each.events]
        by = f"; webhooks are sent by {', '.join(senders)}" if senders else ""
        yield Mistake((*path, "provider"), f"{_whose(matched)} sends no webhooks{by}")
        return
    for where, event in texts(webhooks.get("event"), (*path, "event")):
        if not _any_like(event, events):
            message = f"{shown(event)} is no webhook of {_whose(matched)}"
            yield Mistake(where, message, one_of(event, events))


def _scope(name: object, known: Known) -> Iterator[Mistake]:
    """Check that some path template has the part by whose value owners are told apart."""
    paths = [path for p in known.providers.values() for each in p.endpoints for path in each.paths]
    parts = _union(_PATH_PART.findall(path) for path in paths)
    if isinstance(name, str) and name not in parts:
        message = f"{shown(name)} is no part of any endpoint's path"
        yield Mistake(("scope", "path"), message, one_of(name, parts))


def _states(value: object, known: Known) -> Iterator[Mistake]:
    states = mapping(value)
    yield from _doubled(states.get("names"), ("states", "names"))
    yield from _state(states.get("initial"), ("states", "initial"), known)
    for number, entry in enumerate(entries(states.get("transitions"))):
        transition, path = mapping(entry), ("states", "transitions", number)
        clock = mapping(mapping(transition.get("do")).get("clock"))
        yield from _doubled(clock.get("affects"), (*path, "do", "clock", "affects"))
        for key in ("from", "to"):
            yield from _state(transition.get(key), (*path, key), known)
        rule = mapping(mapping(transition.get("on")).get("fired")).get("rule")
        yield from _rule_id(rule, (*path, "on", "fired", "rule"), known)
        every = list(known.providers.values())
        token = mapping(transition.get("do")).get("token")
        if mapping(token).get("revoke") == "all":
            yield from _token(token, (*path, "do", "token"), every)


def _state(value: object, path: Path, known: Known) -> Iterator[Mistake]:
    for where, name in texts(value, path):
        if known.stateless:
            yield Mistake(where, f"{shown(name)}: the scenario has no 'states'")
        elif known.states is not None and name not in known.states:
            hint = one_of(name, sorted(known.states))
            message = f"state {shown(name)} is not declared under states.names"
            yield Mistake(where, message, hint)


def _rule_id(value: object, path: Path, known: Known) -> Iterator[Mistake]:
    if known.rules is not None and isinstance(value, str) and value not in known.rules:
        yield Mistake(path, f"there is no rule {shown(value)}", one_of(value, known.rules))


def _any_like(pattern: str, names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


def _whose(matched: Sequence[Provider[Any]]) -> str:
    return matched[0].name if len(matched) == 1 else "any provider"


def _union(several: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(each for names in several for each in names))
