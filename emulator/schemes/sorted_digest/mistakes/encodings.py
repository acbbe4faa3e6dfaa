"""How the text becomes bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

from emulator.core.messages import Message
from emulator.schemes.encoding import utf8
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Step,
)


class Text(NamedTuple):
    """What is hashed, without the key.

    Attributes:
        data: The bytes.
        codec: How the key is encoded, where that is not UTF-8.
        complete: Whether the key is in it already.
    """

    data: bytes
    codec: str = ""
    complete: bool = False


def _coded(codec: str, errors: str, text: str) -> Text:
    return Text(text.encode(codec, errors))


def _wide(codec: str, text: str) -> Text:
    return Text(text.encode(codec, "surrogatepass"), codec)


def _twice(codec: str, text: str) -> Text:
    return Text(utf8(utf8(text).decode(codec)))


def _normal(form: Literal["NFC", "NFD", "NFKC"], text: str) -> Text:
    return Text(utf8(unicodedata.normalize(form, text)))


_CODED: tuple[tuple[str, Callable[[str], Text], int], ...] = (
    ("in Latin-1", partial(_coded, "latin-1", "replace"), LIKELY),
    ("in Windows-1252", partial(_coded, "cp1252", "replace"), UNUSUAL),
    ("in ASCII, ? for every other character", partial(_coded, "ascii", "replace"), LIKELY),
    ("in ASCII, without every other character", partial(_coded, "ascii", "ignore"), UNUSUAL),
    ("with XML references", partial(_coded, "ascii", "xmlcharrefreplace"), UNUSUAL),
    ("with escapes", partial(_coded, "ascii", "backslashreplace"), UNUSUAL),
    ("in UTF-16 (little-endian)", partial(_wide, "utf-16-le"), LIKELY),
    ("in UTF-16 (big-endian)", partial(_wide, "utf-16-be"), UNUSUAL),
    ("in UTF-32", partial(_wide, "utf-32-le"), RARE),
    ("after a byte order mark", lambda text: Text(b"\xef\xbb\xbf" + utf8(text)), UNUSUAL),
    (
        "in UTF-8 made of its UTF-8",
        partial(_twice, "latin-1"),
        LIKELY,
    ),
    (
        "in UTF-8 made of its UTF-8 by Windows-1252",
        partial(_twice, "cp1252"),
        UNUSUAL,
    ),
    ("in Unicode form NFC", partial(_normal, "NFC"), UNUSUAL),
    ("in Unicode form NFD", partial(_normal, "NFD"), UNUSUAL),
    ("in Unicode form NFKC", partial(_normal, "NFKC"), RARE),
)

ENCODINGS: tuple[Step[str, Text], ...] = tuple(
    Step(Message("The text was hashed {done}; hash its UTF-8").with_(done=done), change, cost)
    for done, change, cost in _CODED
)
