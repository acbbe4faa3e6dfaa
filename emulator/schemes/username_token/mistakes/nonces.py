"""The nonce, hashed in another form than was sent.

What counts are its raw bytes, and what is sent is their Base64. Languages turn bytes into text
by themselves, so that a text is hashed; or a text is sent for other bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from uuid import UUID

from emulator.core.messages import Message
from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.mistakes import bytes_as_text
from emulator.schemes.mistakes.hashes import MD5, SHA1, SHA256, Hash
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Budget,
    Step,
    Ways,
    axis,
)
from emulator.schemes.username_token.make import UsernameToken

_LIKELY_NOTATIONS = 9
"""How many of the notations, which come by how common they are, are likely."""


def ways(token: UsernameToken, budget: Budget) -> Ways[bytes]:
    """Return the bytes that a client may have hashed for the nonce that it sent."""
    steps = chain(_hashed_as_text(token), _sent_otherwise(token), _altered())
    return axis(token.nonce, steps, budget)


def _fixed(value: bytes, _: bytes) -> bytes:
    return value


def _hashed_as_text(token: UsernameToken) -> Iterator[Step[bytes, bytes]]:
    text = utf8(token.nonce_text)
    if text:
        yield Step(
            Message("The nonce was hashed as the Base64 text that was sent; hash its raw bytes"),
            partial(_fixed, text),
        )
    for position, (notation, wrote) in enumerate(bytes_as_text.written(token.nonce)):
        if wrote == text:
            continue
        yield Step(
            Message("The nonce was hashed as {name}; hash its raw bytes").with_(name=notation.name),
            partial(_fixed, wrote),
            LIKELY if position < _LIKELY_NOTATIONS else UNUSUAL,
        )


def _sent_otherwise(token: UsernameToken) -> Iterator[Step[bytes, bytes]]:
    seen: set[bytes] = set()
    for sent, around in ((token.nonce, "the Base64 of "), (utf8(token.nonce_text), "")):
        for position, (notation, raw) in enumerate(bytes_as_text.readings(sent)):
            if raw in seen or (not around and raw == token.nonce):
                continue
            seen.add(raw)
            yield Step(
                Message(
                    "The nonce was sent as {around}{name}; send the Base64 of the bytes that "
                    "were hashed"
                ).with_(around=around, name=notation.name),
                partial(_fixed, raw),
                LIKELY if position < 2 else UNUSUAL,
            )


def _altered() -> Iterator[Step[bytes, bytes]]:
    for done, change, cost in _ALTERATIONS:
        yield Step(
            Message("The nonce was hashed {done}; hash the very bytes that are sent").with_(
                done=done
            ),
            change,
            cost,
        )


def _hexed(function: Hash, raw: bytes) -> bytes:
    return function.digest(raw).hex().encode()


_ALTERATIONS: tuple[tuple[str, Callable[[bytes], bytes], int], ...] = (
    ("with a line feed after it", lambda raw: raw + b"\n", LIKELY),
    ("with a line end (CR LF) after it", lambda raw: raw + b"\r\n", UNUSUAL),
    ("without white space around it", lambda raw: raw.strip(), UNUSUAL),
    ("with its Base64 text and a line feed", lambda raw: utf8(to_base64(raw)) + b"\n", UNUSUAL),
    ("in quotes", lambda raw: b'"' + raw + b'"', UNUSUAL),
    ("with its Base64 text in quotes", lambda raw: utf8(f'"{to_base64(raw)}"'), UNUSUAL),
    ("in lower case", lambda raw: raw.lower(), UNUSUAL),
    ("in upper case", lambda raw: raw.upper(), UNUSUAL),
    ("with its Base64 text in lower case", lambda raw: utf8(to_base64(raw).lower()), RARE),
    ("with only its first half", lambda raw: raw[: len(raw) // 2], UNUSUAL),
    ("with only its first 16 bytes", lambda raw: raw[:16], UNUSUAL),
    ("twice, one after the other", lambda raw: raw + raw, RARE),
    ("without the dashes of a UUID", lambda raw: raw.replace(b"-", b""), LIKELY),
    ("as the 16 bytes of a UUID", lambda raw: UUID(raw.decode("ascii")).bytes, UNUSUAL),
    ("with the dashes of a UUID", lambda raw: utf8(str(UUID(raw.decode("ascii")))), UNUSUAL),
    ("with the dashes of a UUID", lambda raw: utf8(str(UUID(bytes=raw))), UNUSUAL),
    (
        "in the byte order of .NET's Guid",
        lambda raw: UUID(raw.decode("ascii")).bytes_le,
        UNUSUAL,
    ),
    *(
        (f"as {writing} of its {function.title} hash", change, UNUSUAL)
        for function in (SHA256, SHA1, MD5)
        for writing, change in (
            ("the raw bytes", function.digest),
            ("the hexadecimal text", partial(_hexed, function)),
        )
    ),
)
