"""How the text of a ciphertext may have been changed, and what may have been sent instead.

`forms` undoes the changes of a Base64 text, in all combinations up to `DEEPEST`. `envelope` names
the format that a framework puts around a ciphertext. The provider does not know these formats.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from emulator.core.json_text import any_value
from emulator.core.messages import Message
from emulator.schemes.encoding import from_base64
from emulator.schemes.mistakes.bytes_as_text import readings
from emulator.schemes.mistakes.notations import read_base64
from emulator.schemes.mistakes.search import Budget, SpentError

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Form:
    """Bytes that a text may mean.

    Attributes:
        data: The bytes.
        told: What was done to the text, the outermost first.
        iv: An IV that was sent along.
    """

    data: bytes
    told: tuple[str, ...] = ()
    iv: bytes | None = None


def forms(text: str, budget: Budget) -> Iterator[Form]:
    """Yield what `text` may mean, with the fewest changes first, each once."""
    seen_texts, seen = {text}, set[bytes]()
    level: list[tuple[tuple[str, ...], str]] = [((), text)]
    try:
        for _ in range(DEEPEST + 1):
            for told, each in level:
                for form in _readings(told, each):
                    if form.data and form.data not in seen:
                        seen.add(form.data)
                        yield form
            level = [
                ((*told, hint), repaired)
                for told, each in level
                for hint, repaired in _repaired(each, budget)
                if repaired not in seen_texts and not seen_texts.add(repaired)
            ]
    except SpentError:
        return


def _repaired(text: str, budget: Budget) -> Iterator[tuple[str, str]]:
    for hint, repair in REPAIRS:
        budget.spend()
        try:
            repaired = repair(text)
        except (ValueError, RecursionError):
            continue
        if repaired and repaired != text:
            yield hint, repaired


def _readings(told: tuple[str, ...], text: str) -> Iterator[Form]:
    try:
        yield Form(from_base64(text), told)
    except ValueError:
        pass
    else:
        # Most Base64 has no other reading; hexadecimal digits and Base64 of text have one.
        yield from _texts_in_base64(told, text)
        return
    yield from _with_iv(told, text)
    for notation, data in readings(text.encode("utf-8", "replace")):
        if notation.name != "Base64 text" and "percent-encoded" not in notation.name:
            yield Form(data, (*told, _sent_as(notation.name)))


def _sent_as(name: str) -> str:
    return Message("The ciphertext was sent as {name}; send the Base64 of its raw bytes").with_(
        name=name
    )


def _texts_in_base64(told: tuple[str, ...], text: str) -> Iterator[Form]:
    data = from_base64(text)
    for notation, raw in readings(text.encode("ascii")):
        if raw != data and ("hexadecimal" in notation.name or "Base64" in notation.name):
            yield Form(raw, (*told, _sent_as(notation.name)))
    left, _, right = data.rpartition(b"::")
    if len(right) == 16:  # base64_encode($ciphertext . '::' . $iv)
        with suppress(ValueError):
            yield Form(read_base64(left), (*told, BESIDE), right)


def _matched(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.DOTALL | re.IGNORECASE)

    def repair(text: str) -> str:
        match = compiled.fullmatch(text)
        if match is None:
            raise ValueError("it has no such form")
        return match[1]

    return repair


def _unescaped(text: str) -> str:
    if not re.search(r"\\u00[23]", text):
        raise ValueError("nothing is escaped")
    return re.sub(r"\\u00([23][0-9a-fA-F])", lambda match: chr(int(match[1], 16)), text)


def _only_member(text: str) -> str:
    value: object = any_value(text)
    if not isinstance(value, dict) or len(cast("dict[str, Any]", value)) != 1:
        raise ValueError("not an object of one member")
    (only,) = cast("dict[str, Any]", value).values()
    if not isinstance(only, str):
        raise ValueError("not a text")
    return only


def _standard(text: str) -> str:
    return text.translate(str.maketrans("-_", "+/"))


def _filled(text: str) -> str:
    bare = text.rstrip("=")
    return bare + "=" * (-len(bare) % 4) if re.fullmatch(r"[\w+/-]+", bare, re.ASCII) else text


REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (Message("White space around the Base64 text; strip it"), str.strip),
    (
        Message("A + became a space in the form; percent-encode it as %2B"),
        lambda text: text.replace(" ", "+") if text == text.strip() else text,
    ),
    (Message("Percent-encoded twice; encode once, or leave it to the HTTP client"), unquote),
    (Message("URL-safe Base64 (- and _); use the standard alphabet (+ and /)"), _standard),
    (
        Message("The Base64 padding is missing or too long; keep the = as the encoder made them"),
        _filled,
    ),
    (
        Message("The Base64 text is broken into lines; send it on one line"),
        lambda text: re.sub(r"\s+|(\\r)?\\n", "", text),
    ),
    (Message("The Base64 text is in quotes; send it without"), _matched(r"[\"'`](.*)[\"'`]")),
    (
        Message("Python's str() of bytes was sent (b'...'); decode it: .decode('ascii')"),
        _matched(r"b(['\"].*['\"])"),
    ),
    (
        Message(r"The Base64 text went through a JSON encoder (\/); send it as it is"),
        lambda text: text.replace(r"\/", "/"),
    ),
    (
        Message(r"The text has JSON's escapes (\u002b); parse the JSON, and send the text"),
        _unescaped,
    ),
    (Message("The text was escaped for HTML (&#43;); send it as it is"), html.unescape),
    (
        Message("The text begins with a byte order mark or an invisible character; leave it out"),
        lambda text: text.strip("﻿​‎\0\xa0"),
    ),
    (
        Message("The field's name stands in its value; send the value alone"),
        _matched(r"(?:signed|data|payload|encrypted)\s*[=:]\s*(.+)"),
    ),
    (
        Message("A data URL was sent; send the Base64 alone"),
        _matched(r"data:[\w/.;=+-]*base64,(.+)"),
    ),
    (Message("The Base64 text stands in a JSON object; send the text alone"), _only_member),
    (
        Message("Brackets or angle brackets stand around the text; leave them out"),
        _matched(r"[<\[({](.+)[>\])}]"),
    ),
    (
        Message("A comma, semicolon or full stop stands after the text; leave it out"),
        lambda t: t.rstrip(",;."),
    ),
)
"""Changes of a text, the most common first: the hint, and how to undo it."""


def _with_iv(told: tuple[str, ...], text: str) -> Iterator[Form]:
    for first, second in _pairs(text):
        try:
            iv, data = any_bytes(first), any_bytes(second)
        except ValueError:
            continue
        if len(iv) in (12, 16) and data:
            yield Form(data, (*told, BESIDE), iv)


BESIDE = Message("IV and ciphertext were sent together; send the Base64 of the ciphertext alone")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    parts = re.split(r"::|[:.,|;$]|--", text.strip())
    if len(parts) == 2:
        yield parts[0], parts[1]
        yield parts[1], parts[0]
    if not text.lstrip().startswith("{"):
        return
    try:
        members: object = any_value(text)
    except (ValueError, RecursionError):
        return
    if isinstance(members, dict):
        texts = {
            name.lower(): value
            for name, value in cast("dict[str, Any]", members).items()
            if isinstance(value, str)
        }
        iv = next((texts.pop(name) for name in ("iv", "nonce", "vector") if name in texts), None)
        if iv is not None and texts:
            yield iv, max(texts.values(), key=len)


def any_bytes(text: str) -> bytes:
    """Read hexadecimal text or Base64."""
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
        return bytes.fromhex(text)
    return read_base64(text.encode("ascii"))
