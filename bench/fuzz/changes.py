"""Changes to a text by chance, as a list that can be made shorter."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SIGNS = (
    "\x00\t\n\r \"%&'+,-./0123456789:=?ABCDEFZ[\\]_abcdefz{}~\x7f\x80\xa0\xe9\u0301\u2028\ufeff"
)


@dataclass(frozen=True)
class Change:
    """One change of a text.

    Attributes:
        place: Which text of several.
        kind: `cut`, `put`, `write`, `double`, `swap` or `case`.
        at: Where, as a part of the length.
        sign: What is put or written.
    """

    place: int
    kind: str
    at: float
    sign: str

    def applied(self, text: str) -> str:
        at = int(self.at * len(text))
        match self.kind:
            case "cut":
                return text[:at] + text[at + 1 :]
            case "put":
                return text[:at] + self.sign + text[at:]
            case "write":
                return text[:at] + self.sign + text[at + 1 :]
            case "double":
                return text[: at + 8] + text[at:]
            case "swap":
                return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
            case _:
                return text[:at] + text[at : at + 1].swapcase() + text[at + 1 :]


def draw(chance: random.Random, places: int) -> list[Change]:
    """Return one to four changes."""
    return [
        Change(
            chance.randrange(places),
            chance.choice(("cut", "put", "write", "double", "swap", "case")),
            chance.random(),
            chance.choice(_SIGNS),
        )
        for _ in range(chance.choice((1, 1, 1, 2, 3, 4)))
    ]


def applied(changes: list[Change], texts: list[str]) -> list[str]:
    """Return the texts with the changes made."""
    changed = list(texts)
    for change in changes:
        changed[change.place] = change.applied(changed[change.place])
    return changed


def shrunk(changes: list[Change], fails: Callable[[list[Change]], bool]) -> list[Change]:
    """Return the fewest of the changes that still fail."""
    for fewer in _without_one(changes):
        if fails(fewer):
            return shrunk(fewer, fails)
    return changes


def _without_one(changes: list[Change]) -> Iterator[list[Change]]:
    if len(changes) > 1:
        yield from (changes[:at] + changes[at + 1 :] for at in range(len(changes)))
