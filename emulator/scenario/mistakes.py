"""How a mistake in a scenario file is described: where, what is wrong, and the nearest right word.

The nearest word is looked for last, and only for what is shown: to compare thousands of wrong
words with all right ones would keep the server from its work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from emulator.core import suggest
from emulator.scenario.yaml12 import Path

Hint = Callable[[], str]
"""Makes the end of a message, such as "; did you mean 'token'?"."""

_WORD = 80  # longer ones are not looked up for the nearest
_LISTED = 16  # so many right words can be read at once


def no_hint() -> str:
    """Return nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong.

    Attributes:
        path: Of the value it is about, in the document.
        message: What is wrong with the value.
        hint: What would be right.
        at_key: Whether it is the key that is wrong, not the value.
        of_form: Whether it says no more than that the value has not the form of any right one;
            a mistake that names the right ones is better.
    """

    path: Path
    message: str
    hint: Hint = no_hint
    at_key: bool = False
    of_form: bool = False


def did_you_mean(word: object, known: Iterable[str]) -> Hint:
    """Return a hint at the nearest known word; letters in another case count as near."""

    def hint() -> str:
        if not isinstance(word, str) or len(word) > _WORD:
            return ""
        close = suggest.nearest(word, known)
        return f"; did you mean {close!r}?" if close else ""

    return hint


def one_of(word: object, known: Iterable[str]) -> Hint:
    """Return a hint at the nearest known word; at all of them if none is near."""

    def hint() -> str:
        words = list(dict.fromkeys(known))
        if close := did_you_mean(word, words)():
            return close
        # Some come from the file itself, and may be anything.
        listed = 0 < len(words) <= _LISTED and all(
            each.isprintable() and len(each) <= _WORD for each in words
        )
        return f"; known: {', '.join(words)}" if listed else ""

    return hint


# What was read may be anything; these look at it as if it had the form it should have.


def mapping(value: object) -> dict[str, Any]:
    """Return the value if it is a mapping, else an empty one."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def entries(value: object) -> list[Any]:
    """Return the value if it is a list, else an empty one."""
    return cast(list[Any], value) if isinstance(value, list) else []


def texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """Return the texts of a value that is a text or a list of them, and where each stands."""
    if isinstance(value, str):
        yield path, value
    for number, each in enumerate(entries(value)):
        if isinstance(each, str):
            yield (*path, number), each
