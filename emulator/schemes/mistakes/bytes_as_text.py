"""How programming languages write bytes as text, and read text as bytes.

A digest, a nonce, a key or a ciphertext is bytes. Between two library calls it often becomes a
text by accident: a decoder puts a question mark for what it does not know, a list is printed
with its brackets, a hexadecimal digit is lost. Each `Notation` is one such way: what it writes,
and, where nothing is lost, how it is read back.

`written` serves to find out what was hashed or encrypted in place of the raw bytes, `readings`
to find out which bytes somebody meant who sent a text. Both look at short data only, and try
each notation once.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.core.messages import Message
from emulator.schemes.mistakes.notations import NOTATIONS, Notation

LONGEST = 1 << 16
"""Bytes; what is longer is neither written nor read."""


def written(raw: bytes) -> Iterator[tuple[Notation, bytes]]:
    """Yield the texts that languages make of `raw`, each text once, the commonest first."""
    if not raw or len(raw) > LONGEST:
        return
    seen = {raw}
    for notation in NOTATIONS:
        try:
            text = notation.write(raw)
        except (ValueError, OverflowError):
            continue
        if text not in seen:
            seen.add(text)
            yield notation, text


def readings(text: bytes) -> Iterator[tuple[Notation, bytes]]:
    """Yield the bytes that `text` may stand for, each once, the commonest notation first.

    Several notations are read alike; named is the one that writes the very same text.
    """
    if not text or len(text) > LONGEST:
        return
    found: dict[bytes, Notation] = {}
    for notation in NOTATIONS:
        if notation.read is None:
            continue
        try:
            raw = notation.read(text)
            exact = raw in found and notation.write(raw) == text != found[raw].write(raw)
        except (ValueError, OverflowError):
            continue
        if raw not in (text, b"") and (exact or raw not in found):
            found[raw] = notation
    for raw, notation in found.items():
        yield notation, raw


def loss(data: bytes) -> str:
    """Say which decoder has lost bytes that should be of any value; "" if none is known.

    Args:
        data: What should be a ciphertext, a signature or a digest.
    """
    if len(data) < _SHORTEST_LOSS:
        return ""
    if data.count("\N{REPLACEMENT CHARACTER}".encode()) * 12 > len(data):
        return Message(
            "The bytes were decoded as UTF-8 and encoded again, which has put U+FFFD in the place "
            "of many and loses them."
        )
    if data.isascii() and data.count(b"?") * 4 > len(data):
        return Message(
            "The bytes were turned into ASCII text and back, which has put ? in the place of many "
            "and loses them."
        )
    return ""


_SHORTEST_LOSS = 16
