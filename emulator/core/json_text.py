"""The one strict reader of JSON text from outside (RFC 8259), and a writer for any value.

The reader takes UTF-8 without a byte order mark, each member once, no NaN, nothing that cannot be
written again. `emulator.core.json_faults` explains what it refuses, and is imported only then.

The writer is for display. A value that JSON cannot express becomes a text.
"""

# ruff: noqa: N818 - an exception is named after what the text is, not that it is an error
from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from json import JSONDecoder, JSONEncoder
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from collections.abc import Callable

_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME = re.compile(r"\w{1,32}", re.ASCII)
_DEEPEST = 100
"""Levels that are written; most readers of JSON accept no more."""
_LARGEST = 10_000
"""Bits of an integer that is written as a number; Python writes none of more than 14,000."""


class RepeatedMember(ValueError):
    """An object has a member twice: two readers can use different ones."""


class LoneSurrogate(ValueError):
    """A string has half of a surrogate pair, which UTF-8 cannot express."""


class Constant(ValueError):
    """`NaN`, `Infinity` or `-Infinity` is in the place of a value."""


class TooDeep(ValueError):
    """Arrays and objects are nested deeper than the parser goes."""


class NotAnObject(ValueError):
    """It is JSON, but not an object.

    Attributes:
        value: What it is.
    """

    def __init__(self, value: object) -> None:
        super().__init__(f"{kind(value)}, not an object")
        self.value = value


def loads(body: bytes | str, number: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON text in UTF-8.

    Args:
        body: The text.
        number: Makes the value of a number from its text; an int or a float if None.

    Raises:
        RepeatedMember: If an object has a member more than once.
        ValueError: If it is not JSON, has NaN or Infinity, a lone surrogate, an integer of
            more than 4,300 digits, a float beyond a double's range, or is nested too deeply.
    """
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    try:
        value = _decoder(number).decode(text)
        surrogate = "\\u" in text and _SURROGATE.search(_ENCODER.encode(value))
    except RecursionError:
        raise TooDeep("nested too deeply") from None
    if surrogate or (isinstance(body, str) and _SURROGATE.search(body)):
        raise LoneSurrogate("lone surrogate in a string")
    return value


def any_value(text: bytes | str) -> object:
    """Parse JSON as Python does, repeated members and NaN included: for hints, never for verdicts.

    Raises:
        ValueError: If it is not JSON, or nested too deeply.
    """
    try:
        value: object = json.loads(text)
    except RecursionError:
        raise TooDeep("nested too deeply") from None
    return value


def read_object(body: bytes | str, number: Callable[[str], Any] | None = None) -> dict[str, Any]:
    """Parse JSON text that is an object; the arguments are those of `loads`.

    Raises:
        NotAnObject: If it is something else.
        ValueError: As `loads`.
    """
    value = loads(body, number)
    if not isinstance(value, dict):
        raise NotAnObject(value)
    return cast("dict[str, Any]", value)


def shown(value: Any) -> bytes:
    """Return any value as JSON text; a value that JSON cannot express becomes a text.

    NaN is written `"NaN"`, half a surrogate pair as its escape, and a part that is nested too
    deeply `"…"`.
    """
    try:
        return _SHOWING.encode(value).encode()
    except (ValueError, TypeError, RecursionError):
        return _SHOWING.encode(_writable(value)).encode()


def _writable(value: object, depth: int = 0) -> object:
    match value:
        case None | bool():
            return value
        case int() if value.bit_length() > _LARGEST:
            return hex(value)
        case float() if not math.isfinite(value):
            return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(value), "NaN")
        case int() | float():
            return value
        case dict() | list() | tuple() if depth == _DEEPEST:
            return "…"
        case dict():
            members = cast("dict[object, object]", value).items()
            return {_text(name): _writable(member, depth + 1) for name, member in members}
        case list() | tuple():
            return [_writable(item, depth + 1) for item in cast("list[object]", value)]
        case _:
            return _text(value)


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def kind(value: object) -> str:
    """Return the kind of a parsed value, in the words of JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "an object"
        case list():
            return "an array"
        case str() if type(value) is str:
            return "a string"
        case _:  # also a lexeme, which may be a kind of str
            return "a number"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        # A name can contain a secret by mistake.
        shown = f"the member {twice!r}" if _NAME.fullmatch(twice) else "a member"
        raise RepeatedMember(f"{shown} is there more than once")
    return members


def _refuse(constant: str) -> NoReturn:
    raise Constant(f"{constant} is not JSON")


def _finite(lexeme: str) -> float:
    value = float(lexeme)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{lexeme[:40]} is beyond the range of a double")
    return value


@lru_cache(maxsize=8)
def _decoder(number: Callable[[str], Any] | None) -> JSONDecoder:
    return JSONDecoder(
        object_pairs_hook=_unique,
        parse_constant=_refuse,
        parse_float=number or _finite,
        parse_int=number,
    )


_ENCODER = JSONEncoder(ensure_ascii=False)
_SHOWING = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
