"""Mistakes in the form of the text."""

from __future__ import annotations

import re
from typing import Any, cast

from emulator.core.messages import Message
from emulator.core.suggest import is_placeholder
from emulator.schemes.encoding import to_base64url
from emulator.schemes.jws.make import is_compact
from emulator.schemes.jws.mistakes.refused import Recogniser
from emulator.schemes.jws.mistakes.signed_texts import from_any_base64
from emulator.schemes.mistakes.object_names import name_of_object


def _holds_compact(value: object) -> bool:
    return isinstance(value, dict) and any(map(is_compact, cast("dict[str, Any]", value).values()))


_MOST_DOTS = 4
"""Of a JWS or JWE; what has more is no text whose end was cut."""


def _decoded(text: str) -> str:
    raw = text.encode("ascii", "replace")
    try:
        inside = bytes.fromhex(text)
    except ValueError:
        inside = from_any_base64(raw)
    return inside.decode("ascii", "replace")


def _ends_in_stray_bits(text: str) -> bool:
    return text.count(".") <= _MOST_DOTS and any(
        len(part) % 4 == 1 or to_base64url(from_any_base64(part.encode("ascii"))) != part
        for part in text.split(".")
        if re.fullmatch(r"[A-Za-z0-9_-]+", part)
    )


SHAPES: tuple[tuple[str, Recogniser], ...] = (
    (Message("The text is empty"), lambda a: not a.text.strip()),
    (
        Message(
            "Python's bytes were turned into text by str() (b'…'); decode them: .decode('ascii')"
        ),
        lambda a: re.match(r"\s*b(['\"]).*\1\s*\Z", a.text, re.DOTALL) is not None,
    ),
    (
        Message("A private key was sent; consider it lost, and make a new pair"),
        lambda a: "PRIVATE KEY-----" in a.text,
    ),
    (
        Message("A certificate or key was sent in place of the signed text"),
        lambda a: "-----BEGIN " in a.text,
    ),
    (
        Message("This is the JSON serialization; send the compact one, header.payload.signature"),
        lambda a: "signatures" in a.json or {"payload", "signature"} <= a.json.keys(),
    ),
    (
        Message("The whole JSON envelope was sent; here belongs the compact text alone"),
        lambda a: _holds_compact(a.json),
    ),
    (
        Message(
            "A placeholder was not filled in; put the text that the signing function returns there"
        ),
        lambda a: is_placeholder(a.text),
    ),
    (Message("This is plain JSON; sign it first"), lambda a: a.text.lstrip().startswith("{")),
    (
        Message(
            "A variable was not set: the text is what a language prints for nothing; sign first"
        ),
        lambda a: a.text.strip().lower() in ("undefined", "null", "none", "nil", "nan", "false"),
    ),
    (
        Message("An object was turned into text; send the text that the signing function returns"),
        lambda a: bool(name_of_object(a.text)),
    ),
    (
        Message("Form text was sent; send the compact text, header.payload.signature"),
        lambda a: re.match(r"\w{1,20}=\w", a.text) is not None,
    ),
    (
        Message("XML was sent; send the compact text of a JWS"),
        lambda a: a.text.lstrip().startswith("<"),
    ),
    (
        Message("The prefix Bearer belongs to an HTTP header only"),
        lambda a: a.text[:7].lower() == "bearer ",
    ),
    (
        Message("The text is in quotation marks: it was encoded as JSON once too often"),
        lambda a: a.text.strip()[:1] in ('"', "'") or a.text.strip()[-1:] in ('"', "'"),
    ),
    (
        Message("There is white space or a line break in or around the text"),
        lambda a: re.search(r"\s", a.text) is not None,
    ),
    (Message("The text is percent-encoded"), lambda a: "%" in a.text),
    (Message("Five parts are a JWE: sign, do not encrypt"), lambda a: a.text.count(".") == 4),
    (Message("The signature is missing: two parts only"), lambda a: a.text.count(".") == 1),
    (Message("Base64 is padded with =; base64url in a JWS is not"), lambda a: "=" in a.text),
    (
        Message("Standard Base64 was used; base64url has - for + and _ for /"),
        lambda a: "+" in a.text or "/" in a.text,
    ),
    (
        Message("A part ends in stray bits: it was cut or its last character altered"),
        lambda a: _ends_in_stray_bits(a.text),
    ),
    (
        Message("The whole compact text was encoded once more; send it as it was signed"),
        lambda a: is_compact(_decoded(a.text)),
    ),
)
