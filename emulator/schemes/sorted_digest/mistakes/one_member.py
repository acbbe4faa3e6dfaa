"""One member that was signed otherwise than it was sent, or two that were left out."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import combinations

from emulator.core.messages import Message
from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL, Step
from emulator.schemes.sorted_digest.make import Value
from emulator.schemes.sorted_digest.mistakes.dialects import (
    FORMATS,
    LIKELY_FORMATS,
    NUMERIC,
)
from emulator.schemes.sorted_digest.mistakes.moments import other_times
from emulator.schemes.sorted_digest.mistakes.names import NAMES, renamed
from emulator.schemes.sorted_digest.mistakes.pairs import Pairs, with_difference, without
from emulator.schemes.sorted_digest.mistakes.values import (
    SAME,
    Change,
    escaped,
    plain_letters,
    quoted,
    url,
    url_plus,
)

MOST_LEFT_OUT = 16
"""Members up to which two at once are left out."""


def alone(right: Pairs, params: Mapping[str, Value]) -> Iterator[Step[Pairs, Pairs]]:
    """Change, rename or leave out one member; leave out two."""

    def step(done: str, change: Callable[[Pairs], Pairs], cost: int) -> Step[Pairs, Pairs]:
        return Step(partial(with_difference, done, right, params, change), change, cost)

    few = len(right) <= MOST_LEFT_OUT
    for name, text in right:
        left_out = (
            Message("The timestamp was left out; it is a parameter and is signed")
            if name == "timestamp"
            else Message(
                "A signature without one member matches; sign every member that has a value"
            )
        )
        yield step(left_out, partial(without, frozenset((name,))), LIKELY if few else UNUSUAL)
        for done, other, cost in _other_texts(text):
            if other != text:
                yield step(done, partial(_replaced, name, other), cost)
        for spelled, respell, cost in NAMES:
            if respell(name) != name:
                yield step(
                    Message("One name was signed {spelled}; sign the name that the JSON has").with_(
                        spelled=spelled
                    ),
                    partial(renamed, respell, name),
                    max(cost, UNUSUAL),
                )
    if few:
        for names in combinations([name for name, _ in right], 2):
            yield step(
                Message(
                    "A signature without two members matches; sign every member that has a value"
                ),
                partial(without, frozenset(names)),
                RARE,
            )


def _replaced(name: str, text: str, pairs: Pairs) -> Pairs:
    return tuple((n, text if n == name else t) for n, t in pairs)


def _other_texts(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield what one value can have been when it was signed."""
    trimmed = Message("A signature with one value trimmed matches; {same}").with_(same=SAME)
    yield trimmed, text.strip(), LIKELY
    yield trimmed, " ".join(text.split()), UNUSUAL
    case = Message("A signature with one value in another letter case matches; {same}").with_(
        same=SAME
    )
    for change in (str.lower, str.upper, str.title):
        yield case, change(text), UNUSUAL
    if NUMERIC.fullmatch(text):
        number = Message("A signature with one number in another form matches; {same}").with_(
            same=SAME
        )
        for write in FORMATS:
            yield number, write(text), LIKELY if write in LIKELY_FORMATS else UNUSUAL
        yield from other_times(text)
    other = Message("A signature with one value written otherwise matches; {same}").with_(same=SAME)
    for change in _RESPELLINGS:
        yield other, change(text), UNUSUAL
    for sign in "\"'":
        yield (
            Message("A signature with one value in quotes matches; {same}").with_(same=SAME),
            quoted(sign, text),
            UNUSUAL,
        )


_RESPELLINGS: tuple[Change, ...] = (
    plain_letters,
    url(safe=""),
    url_plus(),
    html.escape,
    partial(escaped, ascii_only=True),
    partial(escaped, slashes=True),
    lambda t: re.sub(r"\D", "", t),
    lambda t: re.sub(r"[\s.\-/()]", "", t),
    lambda t: t.lstrip("0"),
    lambda t: t.lstrip("+"),
    lambda t: t.rstrip("/"),
    lambda t: t + "/",
    lambda t: t.replace("http://", "https://"),
    lambda t: t.replace("https://", "http://"),
)
