"""Keys can be rotated: a scenario names one, and client and provider can be set to it."""

from __future__ import annotations

from subject import Subject, World

from emulator.core.exchange import Request
from emulator.provider import CURRENT, Changes, Example, WatchedChanges


def check_verifying_keys(subject: Subject) -> None:
    """With a key of any name a client passes where that key is asked for, and only there."""
    names = subject.verifying_keys
    assert CURRENT in names, "no current key"
    assert len(names) > 1, "a key that cannot be rotated"
    for name in names:
        if name == CURRENT:
            continue
        told_apart = False
        for example in subject.signed_examples:
            if example.after:
                continue
            world, changes = subject.world(), Changes(verify_with=name)
            right = world.build(example)
            other = _signed_with(world, name, example)
            passed = world.verdict(other, changes)
            assert not passed, f"{example.name} with the key {name}: {passed}"
            told_apart |= bool(world.verdict(other)) and bool(world.verdict(right, changes))
        assert told_apart, f"the key {name} is as good as the current one, or none"


def _signed_with(world: World, name: str, example: Example) -> Request:
    """Return the request of a client that was set to its key of another name."""
    credentials = world.credentials
    (key, record), *others = credentials
    world.only((key, world.rekeyed(record, name)), *others)
    request = world.build(example)
    world.only(*credentials)
    return request


def check_signing_keys(subject: Subject) -> None:
    """Each key that a scenario can name signs something, and nothing that another one signs."""
    if not subject.signing_keys:
        return
    assert CURRENT in subject.signing_keys
    for name in subject.signing_keys:
        looked_at: set[str] = set()
        for example in subject.signed_examples:
            world = subject.world()
            world.send(
                world.build(example), changes=WatchedChanges(Changes(sign_with=name), looked_at)
            )
        world = subject.world()
        for webhook in world.webhooks():
            world.sealed(webhook, WatchedChanges(Changes(sign_with=name), looked_at))
        assert "sign_with" in looked_at, f"nothing is signed with the key {name}"
