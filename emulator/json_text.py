"""Reading JSON that a stranger wrote: one error for everything that is wrong with it."""

from __future__ import annotations

import re
from json import JSONDecoder, JSONEncoder
from typing import Any, NoReturn

_SURROGATE = re.compile("[\ud800-\udfff]")
_NAME = re.compile(r"\w{1,32}", re.ASCII)


class RepeatedMember(ValueError):  # noqa: N818 - what it is, not that it is an error
    """An object has a member twice: two readers may take two different ones."""


def loads(body: bytes | str) -> Any:
    """Parse JSON text (RFC 8259) in UTF-8.

    Raises:
        RepeatedMember: If an object has a member more than once.
        ValueError: If it is not JSON, has NaN or Infinity, a lone surrogate, an integer of
            more than 4,300 digits, a float beyond a double's range, or is nested too deeply.
    """
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    try:
        value = _DECODER.decode(text)
        surrogate = "\\u" in text and _SURROGATE.search(_ENCODER.encode(value))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if surrogate or _SURROGATE.search(text):
        raise ValueError("lone surrogate in a string")
    return value


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its members; raise RepeatedMember if a name is there twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        # A name may be junk that holds a secret.
        shown = f"the member {twice!r}" if _NAME.fullmatch(twice) else "a member"
        raise RepeatedMember(f"{shown} is there more than once")
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(lexeme: str) -> float:
    value = float(lexeme)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{lexeme[:40]} is beyond the range of a double")
    return value


_DECODER = JSONDecoder(
    object_pairs_hook=unique_members, parse_constant=_refuse, parse_float=_finite
)
_ENCODER = JSONEncoder(ensure_ascii=False)
