"""Webhooks: each event makes one that is sealed for its merchant."""

from __future__ import annotations

from subject import Subject

from emulator.provider import Changes, WatchedChanges

_STANDING = "now"


def check_sealed_with_the_merchants_key(subject: Subject) -> None:
    """Where a key seals a webhook, its bytes differ with the key."""
    if not subject.sends_webhooks:
        return
    world = subject.world(_STANDING)
    found = list(world.webhooks())
    assert found, "no event makes a webhook after the examples were played"
    for webhook in found:
        assert webhook.credential in dict(world.credentials), f"{webhook.event}: whose is it?"
        looked_at: set[str] = set()
        changes = [
            WatchedChanges(Changes(sign_with=name), looked_at) for name in subject.signing_keys
        ]
        wire = {repr(world.sealed(webhook, each)) for each in changes}
        if "sign_with" in looked_at:
            assert len(wire) == len(changes), f"{webhook.event}: two keys make the same webhook"
