"""What has happened stays happened, however far the clock goes back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from subject import Subject, World, code

from emulator.core.errors import ConfigurationError
from emulator.provider import Example


def check_clock_that_goes_back(subject: Subject) -> None:
    """A status that was told once is told ever after."""
    for example in subject.signed_examples:
        if not example.after:
            continue
        for world, what in _stories(subject, example):
            seen = _words(world, example)
            if seen is None or seen != _words(world, example):
                continue  # it does not only look
            world.move(advance="-25h")
            again = _words(world, example)
            assert again in (None, seen), f"{example.name} after {what}: {seen} became {again}"


def _stories(subject: Subject, example: Example) -> Iterator[tuple[World, str]]:
    """Go through worlds in which something has come to its end."""
    for event in ("", *subject.events):
        world = subject.world("now")
        world.build(example)
        if event:
            try:
                world.trigger(event)
            except ConfigurationError:
                continue
        world.move(advance="2h")
        yield world, event or "two hours"


def _words(world: World, example: Example) -> list[str] | None:
    """Return the words of an answer, which tell of a status; None if it is refused."""
    exchange = world.send(world.build(example, after=False))
    if code(exchange) or exchange.reply is None:
        return None
    return re.findall(r"\b[A-Za-z_]{4,}\b", exchange.reply.body.decode("utf-8", "replace"))
