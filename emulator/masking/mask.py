"""Keeping secrets out of what is shown: journal, console, diagnoses.

A client that makes a mistake puts a secret where none belongs, so there are several nets: by
*place* (members that a provider says hold one, headers, the credentials in `Authorization`, PEM
private keys), by *value* (a registered secret wherever it appears), and by *looks* (card numbers).
All of them are cast over the text, and over each layer that its encodings make of it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain
from typing import NamedTuple

from emulator.masking import card_numbers
from emulator.masking.secret_index import SecretIndex, Span
from emulator.masking.text_layers import Layer, escaped, narrowed, packed, squeezed, texts_in

MASK = "***"
_PRIVATE_KEY = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_CREDENTIALS = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")
_HEADERS = ("xapikey", "apikey", "cookie", "setcookie", "xauthtoken", "xaccesstoken")
_ALWAYS = (
    *("password", "passwd", "secret", "client_secret", "private_key", "api_key", "access_token"),
    *("refresh_token", "otp", "cvv", "cvv2", "cvc", "cvc2", "csc", "security_code"),
)
"""Members that hold a secret with whatever provider."""
_SHOWN = 12
_SMALL = 10**3
"""A smaller number is no secret and no card's."""
_LARGEST = 10_000
"""Bits of a number that is written in digits: Python writes none of more than 14,000."""
_DEEPEST = 4
"""Layers below a text that are looked at, such as JSON in Base64 in a form."""
_PACKED = 12
"""Bytes in Base64 or hex that are worth a look, unless there is a shorter secret."""
_BESIDE_NAMES = b"=\"'<"
"""Where a member has a name, one of these stands beside it."""
_REMEMBERED, _REMEMBERED_LENGTH = 1024, 240
"""Texts whose masked form is kept, since most of a diagnosis is the same each time."""


class _Find(NamedTuple):
    """Something to be hidden: where it begins and ends, and what stands there instead."""

    begin: int
    end: int
    shown: str = MASK


class Mask:
    """Hides the secrets it is made for.

    Args:
        members: Names of JSON members, form fields, query parameters, elements and headers that
            hold secrets, in any letter case.
        secrets: Values of secrets.
        cards: Numbers of cards that no brand issues so.
    """

    def __init__(
        self,
        members: Iterable[str],
        secrets: Iterable[str] | SecretIndex,
        cards: Container[str] = (),
    ) -> None:
        index = secrets if isinstance(secrets, SecretIndex) else SecretIndex(secrets)
        self._indexes = [index]
        names = sorted({name.lower() for name in (*members, *_ALWAYS)})
        self._places = {name.encode(): _place(name) for name in names}
        self._names = frozenset(map(_squashed, names))
        self._cards = cards
        self._remembered = lru_cache(_REMEMBERED)(self._masked)

    def extended(self) -> Mask:
        """Return a mask that can learn more secrets; what this one knows is shared."""
        other = Mask((), self._indexes[0], self._cards)
        other._places, other._names = self._places, self._names
        other._indexes.append(SecretIndex())
        return other

    def learn(self, secret: str) -> None:
        """Hide one more secret, from now on."""
        self._indexes[-1].add(secret)
        self._remembered.cache_clear()

    def __contains__(self, secret: str) -> bool:
        """Tell whether a secret is hidden already."""
        return any(secret in index for index in self._indexes)

    def text(self, text: str) -> str:
        """Return `text` with every secret in it replaced by `***`."""
        if len(text) < 3:
            return text
        return self._remembered(text) if len(text) < _REMEMBERED_LENGTH else self._masked(text)

    def number(self, number: float) -> float | str:
        """Return a number, or what is left of it where it is a secret."""
        if abs(number) < _SMALL:
            return number
        # An integer by its own digits: as a double a long one is another number, or none at all.
        if isinstance(number, int):
            written = str(number) if number.bit_length() <= _LARGEST else hex(number)
        else:
            written = f"{number:.0f}"
        text = self.text(written)
        return number if text == written else text

    def member(self, name: str) -> bool:
        """Tell whether a member, field or header of this name holds a secret."""
        return _squashed(name) in self._names

    def header(self, name: str, value: str) -> str:
        """Return the value of a header; of a bearer token only its beginning."""
        if name in ("authorization", "proxy-authorization"):
            match = _CREDENTIALS.fullmatch(value)
            if match is None:  # a bare signature is no secret
                return self.text(value)
            shown = self.text(match[2])[:_SHOWN] if _JWT.fullmatch(match[2]) else ""
            return f"{match[1]} {shown}{MASK}"
        if _squashed(name) in _HEADERS or self.member(name):
            return MASK
        return self.text(value)

    def _masked(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        kept: list[bytes] = []
        end = 0
        for find in _apart(self._finds(raw, {}), raw):
            kept += (raw[end : find.begin], find.shown.encode())
            end = find.end
        return b"".join((*kept, raw[end:])).decode("utf-8", "surrogatepass") if end else text

    def _finds(self, raw: bytes, seen: dict[bytes, int], depth: int = 0) -> Iterator[_Find]:
        """Yield what is to be hidden in a text, and in what its encodings make of it.

        Args:
            raw: The text.
            seen: How deep each text was seen that escapes leave of the same piece: taken off in
                another order, they mostly leave the same.
            depth: How many encodings were taken off.
        """
        if seen.get(raw, _DEEPEST + 1) <= depth:
            return
        seen[raw] = depth
        yield from self._by_value(raw)
        yield from self._by_place(raw)
        yield from self._by_looks(raw)
        if depth < _DEEPEST:
            for layer in chain(escaped(raw), narrowed(raw)):
                yield from _above(layer, self._finds(layer.text, seen, depth + 1))
            for layer in squeezed(raw):
                broken = b"\n" in raw or not raw.isascii()
                yield from _above(layer, self._in_squeezed(layer.text, depth, broken))
            yield from self._in_packed(raw, depth)

    def _in_squeezed(self, raw: bytes, depth: int, broken: bool) -> Iterator[_Find]:
        """Yield the secrets in a text whose blanks were taken out, where nothing else is as it was.

        Where it had several lines, or what does not show, Base64 and escapes may be broken by them.
        """
        yield from self._by_value(raw)
        if broken:
            for layer in escaped(raw):
                yield from _above(layer, self._by_value(layer.text))
            yield from self._in_packed(raw, depth)

    def _in_packed(self, raw: bytes, depth: int) -> Iterator[_Find]:
        """Yield what is hidden in Base64 and hex: read at a wrong sign they give no text."""
        shortest = min(index.shortest or _PACKED for index in self._indexes)
        for layer in packed(raw, min(shortest, _PACKED)):
            yield from _above(layer, self._by_value(layer.text))
            for wide in narrowed(layer.text):
                yield from _above(layer, _above(wide, self._finds(wide.text, {}, depth + 1)))
            for begin, end in texts_in(layer.text):
                inner = Layer(layer.text[begin:end], partial(_from, begin))
                yield from _above(layer, _above(inner, self._finds(inner.text, {}, depth + 1)))

    def _by_value(self, raw: bytes) -> Iterator[_Find]:
        for index in self._indexes:
            for span in index.find(raw):
                yield _Find(*span)

    def _by_place(self, raw: bytes) -> Iterator[_Find]:
        if b"PRIVATE KEY" in raw:
            yield from (_Find(*found.span()) for found in _PRIVATE_KEY.finditer(raw))
        if len(raw.translate(None, _BESIDE_NAMES)) == len(raw):
            return
        lower = raw.lower()
        for name, pattern in self._places.items():
            if name in lower:
                for found in pattern.finditer(lower):
                    yield _Find(*found.span(found.lastindex or 0))

    def _by_looks(self, raw: bytes) -> Iterator[_Find]:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:  # bytes of anything: each is a sign, so that places agree
            text = raw.decode("latin-1")
            yield from (_Find(*found) for found in card_numbers.find(text, self._cards))
            return
        for begin, end, shown in card_numbers.find(text, self._cards):
            if not text.isascii():
                begin, end = len(text[:begin].encode()), len(text[:end].encode())
            yield _Find(begin, end, shown)


def _above(layer: Layer, finds: Iterable[_Find]) -> Iterator[_Find]:
    """Yield what was found in a layer, where it stands in the text above."""
    for find in finds:
        yield _Find(*layer.origin(find.begin, find.end), find.shown)


def _from(start: int, begin: int, end: int) -> Span:
    return start + begin, start + end


def _squashed(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


@lru_cache(256)
def _place(name: str) -> re.Pattern[bytes]:
    """Return what finds the value of a member, whose last group it is, in a text in small letters.

    As JSON and what looks like it, as form or query, in a multipart body, as an XML element or
    attribute.
    """
    one = re.escape(name)
    pattern = (
        rf'"{one}"\s*:\s*(?:"((?:[^"\\]|\\.)+)|\[([^\]]+)|(-?\d[\w.+-]*))'
        rf"|'{one}'\s*:\s*(?:'((?:[^'\\]|\\.)+)|(-?\d[\w.+-]*))"
        rf"|(?<![^?&;\s\[.]){one}\]?=(?![\"'])([^&\s]+)"
        rf"|(?<![\w-]){one}\s*=\s*(?:\"([^\"]+)|'([^']+))"
        rf'|name="?{one}"?(?:;[^\r\n]{{0,200}})?\r?\n(?:[^\r\n]{{1,200}}\r?\n){{0,8}}\r?\n([^\r\n]+)'
        rf"|<(?:\w+:)?{one}(?:\s[^<>]*)?>(?:<!\[cdata\[)?([^<\]]+)"
    )
    return re.compile(pattern.encode(), re.DOTALL)


def _apart(finds: Iterator[_Find], raw: bytes) -> list[_Find]:
    """Return what is to be hidden in order, none touching another's; no sign is cut in two."""
    apart: list[_Find] = []
    for begin, end, shown in sorted(finds):
        while begin > 0 and raw[begin : begin + 1] and raw[begin] & 0xC0 == 0x80:
            begin -= 1
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end += 1
        if apart and begin < apart[-1].end:
            before = apart.pop()
            same = shown == before.shown or end <= before.end
            begin, end = before.begin, max(end, before.end)
            shown = before.shown if same else MASK
        apart.append(_Find(begin, end, shown))
    return apart
