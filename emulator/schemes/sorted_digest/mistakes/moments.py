"""Other moments than the one that was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from emulator.core.messages import Message
from emulator.schemes.mistakes.search import LIKELY, UNUSUAL
from emulator.schemes.sorted_digest.mistakes.pairs import Pairs
from emulator.schemes.sorted_digest.mistakes.values import SAME


def other_times(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the same moment in another unit, and moments near it."""
    unit = Message("A time was signed in another unit than it was sent in; {same}").with_(same=SAME)
    if re.fullmatch(r"\d{10}", text):
        yield unit, f"{text}000", LIKELY
    if re.fullmatch(r"\d{13}", text):
        for moved in (0, -1, 1):
            yield unit, str(int(text) // 1000 + moved), UNUSUAL if moved else LIKELY
    if re.fullmatch(r"\d{10}(\d{3})?", text):
        for delta in (1, 2, 3, 4, 5):
            for moved in (-delta, delta):
                yield _TWICE, str(int(text) + moved), LIKELY if delta < 3 else UNUSUAL


_NEAR = range(-1_000, 2_000)
"""Milliseconds around a second, in which a time can have been taken once more."""

_MOST_MILLISECONDS = 250
"""Between taking a time in milliseconds once and once more."""


def time_of(pairs: Pairs) -> str:
    """Return the name of the member that holds the time of the request, in Unix time."""
    texts = dict(pairs)
    return next(
        (name for name in ("timestamp", *texts) if _EPOCH.fullmatch(texts.get(name, ""))), ""
    )


def moments(sent: str) -> Iterator[tuple[Message, int]]:
    """Yield what is said of another moment near the one sent, to the millisecond, and it."""
    if len(sent) == _SECONDS:
        unit = Message(
            "`{name}` was signed with milliseconds ({time}) and sent in seconds; {same}"
        ).with_(same=SAME)
        for millis in _NEAR:
            yield unit, int(sent) * 1000 + millis
    else:
        twice = Message("{twice} (`{name}` was signed as {time})").with_(twice=_TWICE)
        for millis in range(1, _MOST_MILLISECONDS):
            yield twice, int(sent) + millis
            yield twice, int(sent) - millis


_EPOCH = re.compile(r"\d{10}(\d{3})?", re.ASCII)

_SECONDS = 10

_TWICE = Message("The time was taken twice, once to sign and once to send; take it once")
