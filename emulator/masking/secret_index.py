"""An index of secrets: finds those that stand in a text in one pass, however many there are.

A text is read as numbers of eight bytes, one from every fourth byte on. Of a secret, the index
knows the numbers that its beginning and its end can make. So one look into a table tells whether a
secret may be there, and only then the text is compared. A secret that is too short for that is
looked for from every byte on, by four of them. Letter case does not count: a secret in capital
letters is still the secret.

A part that a cut has left is found too, if it is long: half a secret is not to be shown.
"""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

SHORTEST = 4
"""A shorter secret is masked by place only: by value it would mask half the text."""
PART = 16
"""So much from the beginning or the end of a secret is masked like the whole."""
_MOST = 0.75
"""Of a secret that is not much longer, this share of it is masked like the whole."""
_STEP = 4
_LONG = 8 + _STEP - 1
"""Of a text so long, one of the numbers that are looked at lies within it, wherever it stands."""
_BASE64_KEY = re.compile(r"(?:[A-Za-z0-9+/]{4}){5,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_HEX_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")

Span = tuple[int, int]
"""Where something begins and where it ends."""


class SecretIndex:
    """Secrets, each in all forms in which it is a text: stripped, without padding, as a raw key.

    What encodings make of a text is not its business; see `text_layers`.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._whole: set[bytes] = set()
        self._short_lengths: list[int] = []  # the longest first, as those below
        self._long_lengths: list[int] = []
        self._beginnings: set[int] = set()  # of short ones
        self._ends: dict[int, int] = {}  # a number: where in a secret it stands, as bits
        self._onward: list[bytes] = []
        self._backward: list[bytes] = []  # each from its end, in order of their ends
        new = [form for secret in secrets for form in _forms(secret) if self._enter(form)]
        self._onward = sorted(new)
        self._backward = sorted(form[::-1] for form in new)

    def add(self, secret: str) -> None:
        """Look for one more secret from now on."""
        for form in _forms(secret):
            if self._enter(form):
                insort(self._onward, form)
                insort(self._backward, form[::-1])

    def __contains__(self, secret: str) -> bool:
        """Tell whether a secret is looked for."""
        return all(form in self._whole for form in _forms(secret))

    @property
    def shortest(self) -> int:
        """Bytes of the shortest text that is looked for; 0 if there is none."""
        lengths = self._short_lengths or self._long_lengths
        return lengths[-1] if lengths else 0

    def find(self, text: bytes) -> Iterator[Span]:
        """Yield where secrets stand, in any order; spans may overlap."""
        text = text.lower()
        for at, number in _seen(text, self._ends, "Q", _STEP) if self._ends else ():
            yield from self._from(text, at, self._ends[number])
            yield from self._until(text, at, self._ends[number] >> _STEP)
        for at, _ in _seen(text, self._beginnings, "I", 1) if self._beginnings else ():
            if length := self._longest_whole(text, at, self._short_lengths):
                yield at, at + length

    def _enter(self, form: bytes) -> bool:
        """Make the numbers of a form known; tell whether it is new and can be cut in parts."""
        if form in self._whole:
            return False
        self._whole.add(form)
        length = len(form)
        lengths = self._long_lengths if length >= _LONG else self._short_lengths
        if length not in lengths:
            lengths.append(length)
            lengths.sort(reverse=True)
        if length < _LONG:
            self._beginnings.add(_number(form[:4]))
            return False
        for offset in range(_STEP):
            head, tail = form[offset : offset + 8], form[length - 8 - offset :][:8]
            for number, bit in ((_number(head), offset), (_number(tail), _STEP + offset)):
                self._ends[number] = self._ends.get(number, 0) | 1 << bit
        return True

    def _from(self, text: bytes, at: int, offsets: int) -> Iterator[Span]:
        """Yield the secrets, and parts of them, that begin up to three bytes before `at`."""
        for start in _places(at, -1, offsets):
            if start < 0:
                continue
            whole = self._longest_whole(text, start, self._long_lengths)
            part = self._part(text[start : start + self._long_lengths[0]], self._onward)
            if length := max(whole, part):
                yield start, start + length

    def _until(self, text: bytes, at: int, offsets: int) -> Iterator[Span]:
        """Yield the parts that end up to three bytes after the number at `at`."""
        for end in _places(at + 8, 1, offsets):
            before = text[max(0, end - self._long_lengths[0]) : end]
            if end <= len(text) and (length := self._part(before[::-1], self._backward)):
                yield end - length, end

    def _longest_whole(self, text: bytes, at: int, lengths: list[int]) -> int:
        left = len(text) - at
        return next((n for n in lengths if n <= left and text[at : at + n] in self._whole), 0)

    def _part(self, text: bytes, ordered: list[bytes]) -> int:
        """Return how much of `text` is the beginning of a secret, if that is much of it."""
        at = bisect_left(ordered, text)
        longest = 0
        for secret in ordered[max(0, at - 1) : at + 1]:
            length = _agreeing(secret, text)
            if length >= PART or length >= max(_LONG, _MOST * len(secret)):
                longest = max(longest, length)
        return longest


def _forms(secret: str) -> set[bytes]:
    """Return what is looked for; a text of several lines, such as a PEM key, by its lines too."""
    stripped = secret.strip()
    texts = {secret, stripped, stripped.rstrip("=")}  # Base64 with its padding cut
    texts |= {text.replace(" ", "+") for text in texts}  # as forms write blanks
    if "-----BEGIN" in secret:
        texts |= {line for line in secret.split() if len(line) >= 32 and "-" not in line}
    if not secret.isascii():  # of ASCII letters, the case does not count anyway
        texts |= {other for text in texts for other in (text.lower(), text.upper())}
    forms = {text.encode("utf-8", "surrogatepass") for text in texts}
    if not secret.isascii():
        forms |= {text.encode("latin-1", "ignore") for text in texts}
    if _HEX_KEY.fullmatch(stripped):
        forms.add(bytes.fromhex(stripped))
    elif _BASE64_KEY.fullmatch(stripped) and len(stripped) < 256:
        forms.add(b64decode(stripped))
    return {form.lower() for form in forms if len(form) >= SHORTEST}


def _agreeing(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts have in common before the first that differs."""
    differing = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(differing, min(len(one), len(other)))


def _number(piece: bytes) -> int:
    return int.from_bytes(piece, sys.byteorder)


def _seen(
    text: bytes, wanted: set[int] | dict[int, int], size: Literal["I", "Q"], step: int
) -> Iterator[tuple[int, int]]:
    """Yield where a number that is wanted stands in the text, one from every `step` bytes on."""
    view = memoryview(text)
    width = 8 if size == "Q" else 4
    unmet: Callable[[Iterable[int]], bool] = (
        wanted.keys().isdisjoint if isinstance(wanted, dict) else wanted.isdisjoint
    )
    for phase in range(0, width, step):
        numbers = view[phase : phase + (len(text) - phase) // width * width].cast(size)
        if not unmet(numbers):
            for index, number in enumerate(numbers):
                if number in wanted:
                    yield phase + index * width, number


def _places(at: int, sign: int, offsets: int) -> Iterator[int]:
    for offset in range(_STEP):
        if offsets >> offset & 1:
            yield at + sign * offset
