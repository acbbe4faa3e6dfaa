"""What stands in a text under its encodings: escapes, Base64, hex, blanks between the signs.

Each layer is the text with one encoding taken off, and tells from where in the text a piece of it
comes. So what is found in a layer, or in a layer of a layer, can be hidden in the text itself.
"""

from __future__ import annotations

import html
import re
from base64 import b64decode
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from emulator.masking.secret_index import Span

_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_BACKSLASH = re.compile(
    rb"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
    rb"|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[^ux]",
    re.DOTALL,
)
_ENTITY = re.compile(rb"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos|nbsp);")
_QUOTED_PRINTABLE = re.compile(rb"=([0-9A-Fa-f]{2}|[ \t]*\r?\n)")
_TWICE_UTF8 = re.compile(rb"\xc2([\x80-\xbf])|\xc3([\x80-\xbf])")
_BLANKS = re.compile(
    rb"(?:[ \t\r\n\0]|\xc2[\xa0\xad]|\xe2\x80[\x80-\x8f\xa8-\xaf]"
    rb"|\xe2\x81\xa0|\xe3\x80\x80|\xef\xbb\xbf)+"
)
"""White space, what has no width, and the empty halves of UTF-16."""
_ZEROS = re.compile(rb"\0+")
_UTF_16 = re.compile(rb"(?:[ -~]\0){6}")
_NO_CHANCE = 10
_CONTROL = {ord("n"): b"\n", ord("r"): b"\r", ord("t"): b"\t", ord("b"): b"\b", ord("f"): b"\f"}
_BLANK = ord(" ")
_TEXT = re.compile(rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]+)+")
_TO_TEXT = bytes(sign if 32 <= sign < 127 or sign in b"\r\n" else 0 for sign in range(256))


@dataclass(frozen=True, slots=True)
class Layer:
    """A text with one encoding taken off.

    Attributes:
        text: What is then to be read.
        origin: Where in the text before a piece of it comes from.
    """

    text: bytes
    origin: Callable[[int, int], Span]


def escaped(text: bytes) -> Iterator[Layer]:
    """Yield the text without its escapes, one kind at a time."""
    for sign, pattern, plain in _ESCAPES:
        if sign in text:
            without = pattern.sub(plain, text)
            if without != text:
                yield Layer(without, _rewritten(text, pattern, plain))
    if not text.isascii() and (without := _TWICE_UTF8.sub(_once, text)) != text:
        yield Layer(without, _rewritten(text, _TWICE_UTF8, _once))


def squeezed(text: bytes) -> Iterator[Layer]:
    """Yield the text without blanks, line ends and what does not show, if it has any."""
    ascii_only = text.isascii()
    without = text.translate(None, b" \t\r\n\0") if ascii_only else _BLANKS.sub(b"", text)
    if len(without) != len(text):
        yield Layer(without, _rewritten(text, _BLANKS, _nothing))


def narrowed(text: bytes) -> Iterator[Layer]:
    """Yield what UTF-16 in the bytes says, as .NET and PowerShell encode a text for Base64."""
    if _UTF_16.search(text):
        yield Layer(text.replace(b"\0", b""), _rewritten(text, _ZEROS, _nothing))


def packed(text: bytes, shortest: int) -> Iterator[Layer]:
    """Yield what the Base64 in a text may hold, then its hex: read from each sign on.

    Args:
        text: The text.
        shortest: Fewer bytes than these are of no interest.
    """
    length = shortest * 4 // 3
    words = [each for each in text.translate(_TO_BASE64).split() if len(each) >= length]
    if words:
        pieces = [_padded(word[shift:]) for word in words for shift in range(4)]
        yield Layer(
            b64decode(b"AAAA".join(pieces)),
            _unpacked(text, _TO_BASE64, length, 4, 3),
        )
    length = shortest * 2
    words = [each for each in text.translate(_TO_HEX).split() if len(each) >= length]
    if words:
        pieces = [_even(word[shift:]) for word in words for shift in range(2)]
        yield Layer(
            bytes.fromhex(b"00".join(pieces).decode()),
            _unpacked(text, _TO_HEX, length, 2, 1),
        )


def texts_in(unpacked: bytes) -> Iterator[Span]:
    """Yield where in bytes there is text; a few printable signs together are chance."""
    if max(map(len, unpacked.translate(_TO_TEXT).split(b"\0"))) >= _NO_CHANCE:
        for found in _TEXT.finditer(unpacked):
            if found.end() - found.start() >= _NO_CHANCE:
                yield found.span()


# --- escapes -------------------------------------------------------------------------------


def _from_hex(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode())


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[0]
    if escape[1:2] not in (b"u", b"x"):
        return _CONTROL.get(escape[1], escape[1:])
    if escape[1:2] == b"x":
        return bytes.fromhex(escape[2:].decode())
    units = b"".join(bytes.fromhex(unit.decode()) for unit in (escape[2:6], escape[8:12]))
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


def _named(found: re.Match[bytes]) -> bytes:
    return html.unescape(found[0].decode()).encode("utf-8", "surrogatepass")


def _quoted(found: re.Match[bytes]) -> bytes:
    return b"" if found[1].endswith(b"\n") else bytes.fromhex(found[1].decode())


def _once(found: re.Match[bytes]) -> bytes:
    return found[1] or bytes((found[2][0] + 0x40,))


def _nothing(_found: re.Match[bytes]) -> bytes:
    return b""


Plain = Callable[[re.Match[bytes]], bytes]

_ESCAPES: tuple[tuple[bytes, re.Pattern[bytes], Plain], ...] = (
    (b"%", _PERCENT, _from_hex),
    (b"\\", _BACKSLASH, _unescaped),
    (b"&", _ENTITY, _named),
    (b"=", _QUOTED_PRINTABLE, _quoted),
)
"""A sign that is there if it is used, what an escape looks like, and what it stands for."""


def _rewritten(text: bytes, pattern: re.Pattern[bytes], plain: Plain) -> Callable[[int, int], Span]:
    """Return what tells where a piece of the text without escapes comes from."""

    @cache
    def escapes() -> tuple[list[int], list[int], list[Span]]:
        """Return where escapes begin and end in the layer, and where they stand in the text."""
        begins, ends, sources = [0], [0], [(0, 0)]
        for found in pattern.finditer(text):
            start = ends[-1] + found.start() - sources[-1][1]
            begins.append(start)
            ends.append(start + len(plain(found)))
            sources.append(found.span())
        return begins, ends, sources

    def source(place: int) -> Span:
        begins, ends, sources = escapes()
        index = bisect_right(begins, place) - 1
        if place < ends[index]:
            return sources[index]
        at = sources[index][1] + place - ends[index]
        return at, at + 1

    return lambda begin, end: (source(begin)[0], source(end - 1)[1])


# --- Base64 and hex ------------------------------------------------------------------------


def _table(kept: bytes, become: bytes) -> bytes:
    """Return a table that makes a blank of every other sign."""
    table = bytearray([_BLANK]) * 256
    for sign, other in zip(kept, become, strict=True):
        table[sign] = other
    return bytes(table)


_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_TO_BASE64 = _table(_LETTERS + b"+/-_", _LETTERS + b"+/+/")
_TO_HEX = _table(b"0123456789abcdefABCDEF", b"0123456789abcdefabcdef")


def _padded(word: bytes) -> bytes:
    return word + b"A" * (-len(word) % 4)


def _even(word: bytes) -> bytes:
    return word[: len(word) & ~1]


def _unpacked(
    text: bytes, table: bytes, shortest: int, signs: int, size: int
) -> Callable[[int, int], Span]:
    """Return what tells where unpacked bytes come from: `size` of them from so many signs."""

    @cache
    def pieces() -> tuple[list[int], list[tuple[int, int, int, int]]]:
        """Return where pieces end in the layer; where each begins, its word, its shift."""
        ends: list[int] = []
        each: list[tuple[int, int, int, int]] = []
        start = 0
        for word in re.finditer(rb"[^ ]+", text.translate(table)):
            length = word.end() - word.start()
            if length < shortest:
                continue
            for shift in range(signs):
                held = length - shift
                whole = -(-held // signs) if size > 1 else held // signs
                ends.append(start + whole * size)
                each.append((start, *word.span(), shift))
                start += (whole + 1) * size  # and what stands between two of them
        return ends, each

    def origin(begin: int, end: int) -> Span:
        ends, each = pieces()
        index = bisect_right(ends, begin)
        if index == len(ends):
            return 0, len(text)
        start, word, until, shift = each[index]
        first = word + shift + (begin - start) * signs // size
        last = word + shift + -(-(end - start) * signs // size)
        return max(first, word), min(last, until)

    return origin
