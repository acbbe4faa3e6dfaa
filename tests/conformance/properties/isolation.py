"""Two merchants: neither is shown what the other has made."""

from __future__ import annotations

import re

from subject import Subject, World, code

from emulator.core.exchange import Request
from emulator.core.store import Record
from emulator.provider import Example


def check_no_record_of_another(subject: Subject) -> None:
    """Another merchant asks for a record, signs well, and is told nothing of it."""
    other = _other_merchant(subject)
    for example in subject.good:
        if subject.endpoint_of(example).for_browsers:
            continue
        world = subject.world()
        first = example.after or [each.name for each in subject.shown if not each.after]
        for name in first:
            world.play(subject.examples[name])
        made = {key for rows in world.state().values() for key, _ in rows if len(str(key)) > 3}
        exchange = world.send(_signed_by(world, other, example))
        if code(exchange):
            continue
        assert exchange.reply is not None
        told = set(re.findall(r"[\w.-]+", exchange.reply.body.decode("utf-8", "replace")))
        assert not made & told, f"{example.name} shows {made & told} to another merchant"


def _other_merchant(subject: Subject) -> tuple[str, Record]:
    """Return a second credential of the key files that is in force."""
    world = subject.world()
    for credential in world.credentials[1:]:
        for example in subject.signed_examples:
            if example.after:
                continue
            if not world.verdict(_signed_by(world, credential, example)):
                return credential
    raise AssertionError("the key files have no second merchant whose requests are accepted")


def _signed_by(world: World, credential: tuple[str, Record], example: Example) -> Request:
    """Return the request of an example, signed by another merchant, about what is there."""
    credentials = world.credentials
    world.only(credential, *(each for each in credentials if each[0] != credential[0]))
    request = world.build(example, after=False)
    world.only(*credentials)
    return request
