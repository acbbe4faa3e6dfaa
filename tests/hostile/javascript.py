"""Writes a Python regular expression in JavaScript, for a checker that reads no Python.

Possessive repeats and atomic groups become ordinary ones: a checker then finds too much, never
too little.
"""

from __future__ import annotations

import re
from re import _constants as codes  # what `re.compile` itself goes by
from re import _parser as parser
from typing import Any

_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}
_POSITIONS = {
    codes.AT_BEGINNING: "^",
    codes.AT_BEGINNING_STRING: "^",
    codes.AT_END: "$",
    codes.AT_END_STRING: "$",
    codes.AT_BOUNDARY: r"\b",
    codes.AT_NON_BOUNDARY: r"\B",
}
_REPEATS = {codes.MAX_REPEAT: "", codes.MIN_REPEAT: "?", codes.POSSESSIVE_REPEAT: ""}


def javascript(source: str, flags: int, applied: str) -> tuple[str, str]:
    """Return the pattern in JavaScript and its flags.

    Args:
        source: The pattern.
        flags: Of the module `re`.
        applied: `fullmatch`, `match` or `search`.
    """
    tree = parser.parse(source, flags)
    flags = tree.state.flags
    written = "".join(_node(*each) for each in tree)
    if applied != "search":
        written = f"^(?:{written})" + ("$" if applied == "fullmatch" else "")
    letters = [
        letter
        for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL))
        if flags & flag
    ]
    return written, "".join(letters)


def _sequence(nodes: Any) -> str:
    return "".join(_node(*each) for each in nodes)


def _node(code: Any, argument: Any) -> str:
    if code is codes.LITERAL:
        return _character(argument)
    if code is codes.NOT_LITERAL:
        return f"[^{_character(argument)}]"
    if code is codes.ANY:
        return "."
    if code is codes.IN:
        return _class(argument)
    if code in _REPEATS:
        least, most, inner = argument
        top = "" if most is codes.MAXREPEAT else str(most)
        return f"(?:{_sequence(inner)}){{{least},{top}}}{_REPEATS[code]}"
    if code is codes.SUBPATTERN:
        group, _, _, inner = argument
        return f"({_sequence(inner)})" if group else f"(?:{_sequence(inner)})"
    if code is codes.ATOMIC_GROUP:
        return f"(?:{_sequence(argument)})"
    if code is codes.BRANCH:
        return "(?:" + "|".join(_sequence(branch) for branch in argument[1]) + ")"
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        direction, inner = argument
        sign = "=" if code is codes.ASSERT else "!"
        return f"(?{'<' if direction < 0 else ''}{sign}{_sequence(inner)})"
    if code is codes.AT:
        return _POSITIONS[argument]
    if code is codes.GROUPREF_EXISTS:
        _, there, absent = argument
        return f"(?:{_sequence(there)}|{_sequence(absent or [])})"
    if code is codes.GROUPREF:
        return f"(?:\\{argument})"
    raise ValueError(f"no JavaScript for {code}")


def _class(items: Any) -> str:
    negated = ""
    written = []
    for code, argument in items:
        if code is codes.NEGATE:
            negated = "^"
        elif code is codes.LITERAL:
            written.append(_character(argument))
        elif code is codes.RANGE:
            written.append(f"{_character(argument[0])}-{_character(argument[1])}")
        else:
            written.append(_CATEGORIES[argument])
    return f"[{negated}{''.join(written)}]"


def _character(number: int) -> str:
    character = chr(number)
    if character.isascii() and character.isalnum():
        return character
    return f"\\u{min(number, 0xFFFF):04x}"
