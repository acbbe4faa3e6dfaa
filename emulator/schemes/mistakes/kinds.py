"""What may be there in place of a JSON object."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from emulator.core.json_text import any_value
from emulator.core.messages import Message
from emulator.schemes.mistakes.object_names import name_of_object


def describe(data: bytes) -> tuple[str, str] | None:
    """Return what `data` is, as a noun phrase, and what to do; None if it is nothing we know."""
    for kind in _KINDS:
        if kind.fits(data):
            return kind.name, kind.remedy
    return None


@dataclass(frozen=True, slots=True)
class Kind:
    """Something else than JSON.

    Attributes:
        name: A noun phrase.
        remedy: What to do instead, as a main clause without a subject.
        fits: Tells whether bytes are of this kind.
    """

    name: str
    remedy: str
    fits: Callable[[bytes], bool]


def _like(pattern: bytes, flags: int = 0) -> Callable[[bytes], bool]:
    compiled = re.compile(pattern, flags | re.DOTALL)
    return lambda data: compiled.match(data) is not None


def _names_object(data: bytes) -> bool:
    return len(data) < 200 and bool(name_of_object(data.decode("utf-8", "replace")))


def _json(kind: Callable[[object], bool]) -> Callable[[bytes], bool]:
    def fits(data: bytes) -> bool:
        try:
            return kind(any_value(data.decode()))
        except ValueError:
            return False

    return fits


def _is_envelope(value: object) -> bool:
    return isinstance(value, dict) and {"iv", "value", "mac"} <= set(map(str, value))  # pyright: ignore[reportUnknownArgumentType]


OBJECT = "make a JSON object of the fields (json_encode, JSON.stringify, json.dumps)"

_KINDS: tuple[Kind, ...] = (
    Kind("the private key or certificate itself", "keep it to yourself", _like(rb"\s*-----BEGIN ")),
    Kind(
        "a JWT",
        "take the JSON object itself, not a token that carries it",
        _like(rb"\s*\"?eyJ[\w-]+\.[\w-]*\.[\w-]*\"?\s*\Z"),
    ),
    Kind(
        "what a language prints for an object, not its contents",
        OBJECT,
        _names_object,
    ),
    Kind(
        "a variable that was never set",
        "look where its value should come from",
        _like(rb"(undefined|None|nil|NaN|NULL)\Z"),
    ),
    Kind("PHP's serialize()", OBJECT, _like(rb'(?:a:\d+:\{|O:\d+:"|[sidb]:\d+[:;])')),
    Kind(
        Message("PHP's print_r() or var_dump()"),
        OBJECT,
        _like(rb"\s*(?:Array\s*\(|array\(\d+\)\s*\{)"),
    ),
    Kind("PHP's var_export()", OBJECT, _like(rb"\s*(?:array \(|\[)\s*'\w+' ?=>")),
    Kind("Java's serialization", OBJECT, _like(rb"\xac\xed\0\x05")),
    Kind("Python's pickle", OBJECT, _like(rb"\x80[\x02-\x05].*\.\Z")),
    Kind(".NET's binary serialization", OBJECT, _like(rb"\0\x01\0\0\0\xff\xff\xff\xff")),
    Kind("HTML", OBJECT, _like(rb"\s*<(?:!doctype html|html|body|head|div|p)\b", re.IGNORECASE)),
    Kind("XML", OBJECT, _like(rb"\s*<(?:\?xml|[A-Za-z_][\w.:-]*[\s/>])")),
    Kind("multipart form data", OBJECT, _like(rb"\s*--[\w'()+,./:=?-]{1,70}\r?\nContent-")),
    Kind(
        "form text (a=b&c=d)",
        OBJECT,
        _like(rb"[\w.\[\]%*-]+=(?!=*\Z)[^{}&\s]*(?:&[\w.\[\]%*-]+=[^{}&\s]*)*\Z"),
    ),
    Kind(
        Message("Ruby's inspect of a Hash"), "use to_json", _like(rb"\s*\{\s*(?:\"\w+\"|:\w+) ?=>")
    ),
    Kind(Message("Ruby's inspect of a Hash"), "use to_json", _like(rb"\s*\{\w+: \"[^{}]*\}\Z")),
    Kind(
        Message("Python's str() of a dict, or JSON in single quotes"),
        "use json.dumps: JSON has double quotes",
        _like(rb"\s*(?:OrderedDict\(|defaultdict\(|\{\s*u?'\w+'\s*:.*(?:'|None|True|False|\d))"),
    ),
    Kind(
        Message("Go's print of a map"),
        "use json.Marshal",
        _like(rb"\s*(?:map\[|&?\{(?=[^=\"'{},]*\}\s*\Z)[^=\"'{},]*[^\s:,] \w)"),
    ),
    Kind(
        Message("Java's toString() of a Map or an object"),
        "use a JSON library (Jackson, Gson)",
        _like(rb"\s*[\w.$]*[{(\[]\s*\w+ ?=[^{}\"]*[\])}]\s*\Z"),
    ),
    Kind(
        Message("C#'s or Kotlin's print of a record"), OBJECT, _like(rb"\s*[A-Z]\w* ?[{(] ?\w+ = ")
    ),
    Kind(
        "another encryption's envelope",
        "encrypt once, with the plain library call",
        _json(_is_envelope),
    ),
    Kind("a bcrypt or Argon2 hash", OBJECT, _like(rb"\$(?:2[aby]|argon2\w*|5|6)\$")),
    Kind(
        "a hash or other bytes in hexadecimal",
        "take the JSON itself; a hash cannot be read back",
        _like(rb"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})\Z", re.I),
    ),
    Kind("a UUID", OBJECT, _like(rb"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?\Z", re.I)),
    Kind("YAML", OBJECT, _like(rb"(?:---\s)?\w+: \S.*\n\w+: \S")),
    Kind("an image, a PDF or a ZIP file", OBJECT, _like(rb"\x89PNG|%PDF|PK\x03\x04|\xff\xd8\xff")),
    Kind(
        "MessagePack",
        OBJECT,
        _like(rb"[\x81-\x8f][\xa1-\xbf][A-Za-z_]\w"),
    ),
    Kind("BSON", OBJECT, lambda data: _is_bson(data)),
)


def _is_bson(data: bytes) -> bool:
    return len(data) > 8 and int.from_bytes(data[:4], "little") == len(data) and data[-1] == 0
