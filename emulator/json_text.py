"""Reading JSON that a stranger wrote: one error for everything that is wrong with it."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = 4300  # Python's own limit for the conversion of a decimal integer


def loads(body: bytes | str) -> Any:
    """Parse JSON text (RFC 8259) in UTF-8.

    Raises:
        ValueError: If it is not JSON, has NaN or Infinity, a lone surrogate, an integer of
            more than 4,300 digits, a float beyond a double's range, or is nested too deeply.
    """
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        surrogate = "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if surrogate or _SURROGATE.search(text):
        raise ValueError("lone surrogate in a string")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(lexeme: str) -> float:
    value = float(lexeme)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{lexeme[:40]} is beyond the range of a double")
    return value
