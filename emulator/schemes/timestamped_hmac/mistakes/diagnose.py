"""Recognisers: each makes the signature that one mistake gives, and compares.

A client takes a key, joins a text, makes a digest and writes it down. In each of these steps it
can do something else; two of them at once are found too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from itertools import product

from emulator.core import json_text
from emulator.core.messages import Message
from emulator.schemes.encoding import from_base64, to_base64, to_base64url
from emulator.schemes.mistakes import times

_LONGEST_BODY = 20_000
"""Bytes; a longer body is compared with the right formula only."""

Key = Callable[[str], bytes]
Text = Callable[[bytes, bytes], bytes]
Output = Callable[[bytes, bytes], str]


def _again(body: bytes, separators: tuple[str, str] = (", ", ": ")) -> bytes:
    """Return a body that was read and written again; raises ValueError where it is no JSON."""
    return json.dumps(json_text.loads(body), separators=separators).encode()


KEYS: tuple[tuple[Message, Key], ...] = (
    (Message(""), str.encode),
    (Message("The secret is text. Do not decode it from hex"), bytes.fromhex),
    (Message("The secret is text. Do not decode it from Base64"), from_base64),
    (Message("The secret has a line break or a blank at its end"), lambda key: f"{key}\n".encode()),
)
"""What is done to the secret."""

TEXTS: tuple[tuple[Message, Text], ...] = (
    (Message(""), lambda stamp, body: stamp + b"." + body),
    (
        Message("The body was signed alone. Sign timestamp, a dot and the body"),
        lambda _stamp, body: body,
    ),
    (
        Message("The dot between timestamp and body is missing"),
        lambda stamp, body: stamp + body,
    ),
    (
        Message("The timestamp comes first, then a dot, then the body"),
        lambda stamp, body: body + b"." + stamp,
    ),
    (
        Message("Put a dot between timestamp and body, not a line break"),
        lambda stamp, body: stamp + b"\n" + body,
    ),
    (
        Message("Put a dot between timestamp and body, not a colon"),
        lambda stamp, body: stamp + b":" + body,
    ),
    (
        Message("The timestamp was signed alone. Sign timestamp, a dot and the body"),
        lambda stamp, _body: stamp,
    ),
    (
        Message("The body that was signed has no blanks. Sign the bytes that you send"),
        lambda stamp, body: stamp + b"." + _again(body, (",", ":")),
    ),
    (
        Message("The body that was signed has a blank after each comma and colon. Sign the bytes"
                " that you send"),
        lambda stamp, body: stamp + b"." + _again(body),
    ),
    (
        Message("The body that was signed ends in a line break. Sign the bytes that you send"),
        lambda stamp, body: stamp + b"." + body + b"\n",
    ),
    (
        Message("An empty body was signed. Sign the bytes that you send"),
        lambda stamp, _body: stamp + b".",
    ),
)  # fmt: skip
"""What is signed."""

OUTPUTS: tuple[tuple[Message, Output], ...] = (
    (Message(""), lambda key, text: hmac.digest(key, text, "sha256").hex()),
    (
        Message("The digits are right. Write them in lower case"),
        lambda key, text: hmac.digest(key, text, "sha256").hex().upper(),
    ),
    (
        Message("Write the digest in hexadecimal, not in Base64"),
        lambda key, text: to_base64(hmac.digest(key, text, "sha256")),
    ),
    (
        Message("Write the digest in hexadecimal, not in URL-safe Base64"),
        lambda key, text: to_base64url(hmac.digest(key, text, "sha256")),
    ),
    (
        Message("Base64 was made of the hexadecimal digits. Send the digits"),
        lambda key, text: to_base64(hmac.digest(key, text, "sha256").hex().encode()),
    ),
    (
        Message("Send the digits alone, without sha256= before them"),
        lambda key, text: "sha256=" + hmac.digest(key, text, "sha256").hex(),
    ),
    (
        Message("The hash function is SHA-256, not SHA-1"),
        lambda key, text: hmac.digest(key, text, "sha1").hex(),
    ),
    (
        Message("The hash function is SHA-256, not SHA-512"),
        lambda key, text: hmac.digest(key, text, "sha512").hex(),
    ),
    (
        Message("A plain SHA-256 of secret and text. Use HMAC-SHA256 with the secret as its key"),
        lambda key, text: hashlib.sha256(key + text).hexdigest(),
    ),
    (
        Message("A plain SHA-256 of text and secret. Use HMAC-SHA256 with the secret as its key"),
        lambda key, text: hashlib.sha256(text + key).hexdigest(),
    ),
    (
        Message("A SHA-256 without the secret. Use HMAC-SHA256 with the secret as its key"),
        lambda _key, text: hashlib.sha256(text).hexdigest(),
    ),
    (
        Message("Key and text were exchanged: the secret is the key of the HMAC"),
        lambda key, text: hmac.digest(text, key, "sha256").hex(),
    ),
)
"""How the digest is made and written."""

_UNKNOWN = Message("Check the secret, and sign the bytes of the body that you send")
_SECONDS = Message("Send whole seconds since 1970, in UTC")
_STALE = Message("Sign each request when you send it, and set the clock of this machine by NTP")


def signature_hint(received: str, secret: str, timestamp: str, body: bytes) -> str:
    """Return what was probably done wrong, with at most two mistakes."""
    if len(body) > _LONGEST_BODY:
        return _UNKNOWN
    every = sorted(product(KEYS, TEXTS, OUTPUTS), key=lambda ways: len(_hints(ways)))
    for ways in every:
        (_, key), (_, text), (_, output) = ways
        hints = _hints(ways)
        if not 0 < len(hints) <= 2:
            continue
        try:
            made = output(key(secret), text(timestamp.encode(), body))
        except ValueError:  # this mistake cannot be made here
            continue
        if hmac.compare_digest(made.encode(), received.encode()):
            return ". ".join(hints)
    return _UNKNOWN


def _hints(ways: tuple[tuple[Message, object], ...]) -> list[Message]:
    return [hint for hint, _ in ways if hint]


def timestamp_hint(received: str, now: float) -> str:
    """Return what to send in place of a timestamp that is no whole seconds."""
    if received.isascii() and received.isdecimal():
        return times.counted(float(received[:30]), now) or _SECONDS
    return _SECONDS


def stale_hint(received: str, now: float) -> str:
    """Return what to do about a timestamp that is too old or too new."""
    return times.counted(float(received), now) or _STALE
