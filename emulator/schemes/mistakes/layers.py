"""What may stand around a text: a byte order mark, quotes, compression, another notation."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote_to_bytes

from emulator.core.json_text import any_value
from emulator.core.messages import Message
from emulator.schemes.mistakes.notations import NOTATIONS

LONGEST = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class Layer:
    """Something around the right thing.

    Attributes:
        name: A noun phrase: "Base64 text".
        remedy: What to do instead, as a main clause without a subject.
        open: Returns what is inside; raises ValueError where there is no such layer.
        certain: Whether hardly anything else looks so. What is inside of other layers is only
            believed if it is the right thing.
    """

    name: str
    remedy: str
    open: Callable[[bytes], bytes]
    certain: bool = True


def _without_mark(encoding: str, mark: bytes) -> Callable[[bytes], bytes]:
    def open_(data: bytes) -> bytes:
        if not data.startswith(mark):
            raise ValueError("no byte order mark")
        return data.removeprefix(mark).decode(encoding).encode()

    return open_


def _utf16(encoding: str, zero: int) -> Callable[[bytes], bytes]:
    def open_(data: bytes) -> bytes:
        if len(data) < 4 or data[zero] or data[zero + 2]:
            raise ValueError("not UTF-16 without a mark")
        return data.decode(encoding).encode()

    return open_


def _from_latin1(data: bytes) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if not all(character.isprintable() or character in "\r\n\t" for character in text):
            raise ValueError("not a text") from None
        return text.encode()
    raise ValueError("it is UTF-8")


def _without_zeros(data: bytes) -> bytes:
    return data.strip(b"\0")


def _without_padding(data: bytes) -> bytes:
    count = data[-1] if data else 0
    if not 1 <= count <= 32 or not data.endswith(bytes([count]) * count):
        raise ValueError("not padded")
    return data[:-count]


def _inflated(window: int, data: bytes) -> bytes:
    opener = zlib.decompressobj(window)
    inside = opener.decompress(data, LONGEST)
    if not opener.eof or opener.unconsumed_tail:
        raise ValueError("not whole")
    return inside


def _json_text(data: bytes) -> bytes:
    value: object = any_value(data.decode())
    if not isinstance(value, str):
        raise ValueError("not a JSON text")
    return value.encode()


def _single_quoted(data: bytes) -> bytes:
    match = re.fullmatch(rb"\s*(['`])(\{.*\})\1;?\s*", data, re.DOTALL)
    if match is None:
        raise ValueError("not in quotes")
    return match[2]


def _escaped(data: bytes) -> bytes:
    """Read JSON whose quotes have backslashes before them, but no quotes around."""
    if b'\\"' not in data or data[:1] == b'"':
        raise ValueError("nothing is escaped")
    return _json_text(b'"' + data.strip() + b'"')


def _html(data: bytes) -> bytes:
    if not re.search(rb"&(quot|#34|#39|amp|#x22);", data):
        raise ValueError("nothing is escaped")
    import html

    return html.unescape(data.decode()).encode()


def _percent(data: bytes) -> bytes:
    if not re.match(rb"(%[0-9A-Fa-f]{2}|[\w.~*+-])+\Z", data) or b"%" not in data:
        raise ValueError("nothing is percent-encoded")
    return unquote_to_bytes(data.replace(b"+", b" "))


def _php_string(data: bytes) -> bytes:
    match = re.fullmatch(rb's:(\d{1,6}):"(.*)";', data, re.DOTALL)
    if match is None:
        raise ValueError("not a serialized text")
    return match[2]


def _assigned(data: bytes) -> bytes:
    match = re.match(
        rb"\s*(?:(?:data|json|signed|payload|body|message|text)\s*[=:]|var \w+ ?=)\s*",
        data,
        re.IGNORECASE,
    )
    value = data[match.end() :].rstrip().removesuffix(b";") if match else b""
    if not value:
        raise ValueError("no name before it")
    return value if value[:1] != b"%" else unquote_to_bytes(value)


def _only_item(data: bytes) -> bytes:
    value: object = any_value(data.decode())
    if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)):  # pyright: ignore[reportUnknownArgumentType]
        raise ValueError("not a list of one object")
    return json.dumps(value[0]).encode()


_PLAIN = "use the JSON as it is"

LAYERS: tuple[Layer, ...] = (
    Layer(
        "text that begins with a UTF-8 byte order mark",
        "leave the mark out: encode as UTF-8 without it",
        _without_mark("utf-8", b"\xef\xbb\xbf"),
    ),
    Layer("UTF-16", "encode the JSON as UTF-8", _without_mark("utf-16-le", b"\xff\xfe")),
    Layer("UTF-16", "encode the JSON as UTF-8", _without_mark("utf-16-be", b"\xfe\xff")),
    Layer("UTF-16", "encode the JSON as UTF-8", _utf16("utf-16-le", 1)),
    Layer("UTF-16", "encode the JSON as UTF-8", _utf16("utf-16-be", 0)),
    Layer("ISO 8859-1 text", "encode the JSON as UTF-8", _from_latin1),
    Layer("text with zero bytes around", "leave the zero bytes out", _without_zeros),
    Layer(
        "text that was padded by hand before the library padded it",
        "leave the padding to the library",
        _without_padding,
    ),
    Layer("a JSON text in quotes", "encode the object as JSON once, not twice", _json_text),
    Layer(Message("JSON in quotes"), "leave the quotes around the object out", _single_quoted),
    Layer(
        Message("JSON with backslashes before its quotes"),
        "encode it as JSON once, not twice",
        _escaped,
    ),
    Layer("text with HTML entities such as &quot;", "do not escape the JSON for HTML", _html),
    Layer("percent-encoded text", f"do not percent-encode it; {_PLAIN}", _percent),
    Layer(
        "a name and a value, as in a form",
        "take the value alone, without name and equals sign",
        _assigned,
    ),
    Layer("a list", "take the object alone, not in a list", _only_item),
    Layer(Message("PHP's serialize() of a text"), f"{_PLAIN}, not serialized", _php_string),
    Layer(
        "gzip",
        f"do not compress; {_PLAIN}",
        partial(_inflated, 31),
    ),
    Layer("zlib data", f"do not compress; {_PLAIN}", partial(_inflated, 15)),
    Layer("deflated data", f"do not compress; {_PLAIN}", partial(_inflated, -15)),
    *(
        Layer(
            notation.name,
            _PLAIN,
            notation.read,
            notation.name.startswith(("Base64", "hexadecimal", "Python")),
        )
        for notation in NOTATIONS
        if notation.read is not None and "percent-encoded" not in notation.name
    ),
)
"""What may stand around the JSON, the commonest first."""
