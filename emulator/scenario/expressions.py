"""Regular expressions of scenario files, matched in time that grows with the text alone.

Python's `re` tries one way after the other, so `^(a+)+$` needs years for thirty letters. These
are matched by the engine of pydantic, Rust's `regex`: it has no backtracking, and therefore no
look-around and no backreferences.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic_core import SchemaError, SchemaValidator, core_schema

LONGEST_PATTERN = 1_000
"""Characters of a pattern."""

LONGEST_TEXT = 64 * 1024
"""Characters of a text that are searched; what follows them is not looked at."""

_ADVICE = (
    ("look-around", "write what must be there, and use 'ne' or its own rule for the rest"),
    ("backreferences", "write the text once more, or compare with 'eq'"),
    ("size limit", "use smaller counts in {…}"),
)
_SPELLINGS = (
    (r"\Z", r"the end of the text is \z or $"),
    ("(?P=", "a group cannot be referred to; write the text once more"),
    ("{,", "write a count with its least number: {0,3}"),
)
_REASON = re.compile(r"^error: (.+)$", re.MULTILINE)
_CARETS = re.compile(r"^ {4}( *)\^+ *$", re.MULTILINE)


class ExpressionError(ValueError):
    """A text is no regular expression; says why, and what to write."""


def search(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a pattern is found in a text.

    Raises:
        ExpressionError: The pattern is none, or asks for what takes more than linear time.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ExpressionError(f"has {len(pattern)} characters; at most {LONGEST_PATTERN} are taken")
    try:
        validator = SchemaValidator(core_schema.str_schema(pattern=pattern, strict=True))
    except SchemaError as error:
        raise ExpressionError(_explained(pattern, str(error))) from error
    return lambda text: validator.isinstance_python(text[:LONGEST_TEXT])


def _explained(pattern: str, message: str) -> str:
    """Say what the engine says, at which character, and what to write instead."""
    found = _REASON.search(message)
    reason = found[1] if found else message.rpartition(": ")[2].rstrip(".")
    carets = _CARETS.search(message) if found else None
    place = f" at character {len(carets[1]) + 1}" if carets else ""
    advice = next((advice for word, advice in _ADVICE if word in message), "") or next(
        (advice for spelling, advice in _SPELLINGS if spelling in pattern), ""
    )
    told = f"{pattern!r} is not a regular expression: {reason}{place}"
    return f"{told}; {advice}" if advice else told
