"""What an action names must exist: errors, keys, parts, options of tokens, states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from emulator.faults.corrupt import How, hows, targets
from emulator.provider import TOKEN_OPTIONS, Provider
from emulator.scenario.known_names import Known, doubled, state, union, whose_of
from emulator.scenario.matching import ANY
from emulator.scenario.mistakes import Mistake, did_you_mean, mapping, one_of
from emulator.scenario.yaml12 import Path, shown


def request_action(
    action: dict[str, Any], path: Path, provider: object, known: Known
) -> Iterator[Mistake]:
    """Find what an action on requests names and nothing is called."""
    yield from _error(action.get("error"), (*path, "error"), provider, known)
    yield from state(action.get("goto"), (*path, "goto"), known)
    clock = mapping(action.get("clock"))
    yield from doubled(clock.get("affects"), (*path, "clock", "affects"))
    matched = known.matched(provider)
    if matched is None:
        return
    signing = union(each.signing_keys for each in matched)
    verifying = union(each.credentials.key_names for each in matched)
    yield from _key(action.get("sign_with"), (*path, "sign_with"), "sign", signing, matched)
    yield from _key(action.get("verify_with"), (*path, "verify_with"), "verify", verifying, matched)
    yield from token_options(action.get("token"), (*path, "token"), matched)
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
    whose = whose_of(matched)
    if keys:
        yield Mistake(path, f"{shown(name)} is no {use}ing key of {whose}", one_of(name, keys))
    else:
        yield Mistake(path, f"{whose} has no other key to {use} with")


def token_options(value: object, path: Path, matched: Sequence[Provider[Any]]) -> Iterator[Mistake]:
    """Find options of `token` that mean nothing to the providers."""
    options, whose = mapping(value), whose_of(matched)
    heeded = union(sorted(_heeded(each)) for each in matched)
    for name, option in options.items():
        where = (*path, name)
        if name not in TOKEN_OPTIONS:
            continue  # an unknown key, which the form tells
        if name == "revoke" and option == "all":
            if not any(each.tokens.revoke for each in matched):
                yield Mistake(where, f"{whose} has no access tokens to revoke", at_key=True)
        elif not heeded:
            yield Mistake(where, f"{whose} issues no token that could be changed", at_key=True)
        elif name not in heeded:
            message = f"{whose} does not heed {name!r}; of 'token' it knows: {', '.join(heeded)}"
            yield Mistake(where, message, at_key=True)
    if "sign_with" in heeded:
        keys = union(each.signing_keys for each in matched if "sign_with" in _heeded(each))
        yield from _key(options.get("sign_with"), (*path, "sign_with"), "sign", keys, matched)


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
        for name in union(targets(each) for each in matched)
        if (name.partition(".")[0] == "webhook") == webhook
    ]
    if dot and message in ("request", "response", "webhook") and (message == "webhook") != webhook:
        wanted = "give one below 'webhook.'" if webhook else "damage webhooks under 'webhooks'"
        whose = f"a {message}" if webhook else "a webhook"
        yield Mistake(where, f"{shown(target)} is part of {whose}; {wanted}")
    elif not having:
        message = f"{shown(target)} is no part of a message of {whose_of(matched)}"
        yield Mistake(where, message, one_of(target, known))
    elif isinstance(how, str):
        possible = union(hows(each, target) for each in having)
        if how not in possible and how in get_args(How):
            ways = ", ".join(sorted(possible))
            message = f"{shown(how)} cannot be done to {target}; there are: {ways}"
            yield Mistake((*path, "how"), message)


def webhook_action(
    value: object, path: Path, senders: Sequence[Provider[Any]]
) -> Iterator[Mistake]:
    """Find what an action on webhooks names and nothing is called."""
    action = mapping(value)
    keys = union(each.signing_keys for each in senders)
    yield from _key(action.get("sign_with"), (*path, "sign_with"), "sign", keys, senders)
    yield from _corrupt(action.get("corrupt"), (*path, "corrupt"), senders, webhook=True)
