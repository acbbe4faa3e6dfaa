"""A reset brings the first credentials back, unless a registered one excludes them."""

from __future__ import annotations

import asyncio

from subject import Subject, World, code

from emulator.core.exchange import Request
from emulator.provider import CURRENT, Example


def check_brings_back_what_was_removed(subject: Subject) -> None:
    """A first credential that was removed is there again after a reset."""
    world = subject.world()
    before = dict(world.credentials)
    world.namespace.remove_credential(subject.name, next(iter(before)))
    asyncio.run(world.namespace.reset())
    assert dict(world.credentials) == before


def check_the_registered_is_recognised(subject: Subject) -> None:
    """A credential takes the place of a removed one; a reset does not change whose requests are.

    It has the names of the removed one, and other keys. So what only one merchant can own excludes
    the removed one: if that came back too, requests would count as its own.
    """
    for example in subject.signed_examples:
        if example.after:
            continue
        world = subject.world()
        key = _replace_first(world)
        asyncio.run(world.namespace.reset())
        (exchange,) = world.judged(_signed_by(world, key, example))
        assert not code(exchange), f"{example.name}, signed by {key} after a reset: {exchange}"
        carried = dict(world.credentials)[key].get(subject.provider.credentials.carried_as, key)
        whose = exchange.credential or carried  # not every endpoint asks who calls
        assert whose == carried, f"{example.name}, signed by {carried}, counts as one of {whose}"


def _replace_first(world: World) -> str:
    """Have one credential: the first one with other keys, and named as the last one is."""
    name, declared = world.subject.name, world.provider.credentials
    (_, first), *_, (last, _) = world.credentials
    other_keys = world.rekeyed(first, [CURRENT, *world.subject.verifying_keys][-1])
    world.only()
    world.namespace.register(name, {**other_keys, declared.key: last})
    return last


def _signed_by(world: World, key: str, example: Example) -> Request:
    """Return the request of an example, signed with the credential of this key."""
    credentials = world.credentials
    world.only(*sorted(credentials, key=lambda each: each[0] != key))
    request = world.build(example)
    world.only(*credentials)
    return request
