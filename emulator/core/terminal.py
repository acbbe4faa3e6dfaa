r"""Text for a terminal, with control characters escaped.

Text from a client, a merchant or a file can have any character. With some, a terminal clears the
screen, sets its title, goes to another line, or changes the direction of the text. Such characters
are shown as Python and JSON write them: `\x1b`, `\u202e`.
"""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Callable
from typing import Any

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_INVISIBLE = (
    "\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f"
)
"""Marks of direction, line separators, characters without width, and surrogates."""

_IN_A_LINE = re.compile(f"[\t\n{_CONTROLS}{_INVISIBLE}]")
_IN_LINES = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
_STYLE = re.compile(r"(\x1b\[(?:0|1|2|3[1-7])m)")
"""Our own colours."""


def plain(text: str) -> str:
    """Return text for one line; a line break in it is escaped."""
    return _IN_A_LINE.sub(_spelt, text)


def printable(text: str, *, styled: bool = False) -> str:
    """Return text of several lines, such as a message.

    Args:
        text: The text.
        styled: Whether our colours are in it and stay; the rest must have gone through `plain`.
    """
    if not styled:
        return _IN_LINES.sub(_spelt, text)
    parts = enumerate(_STYLE.split(text))  # text, style, text, style, text
    return "".join(part if at % 2 else _IN_LINES.sub(_spelt, part) for at, part in parts)


def json_text(value: Any, indent: int | None = None) -> str:
    """Return JSON with the same characters escaped; it has the same value."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _IN_LINES.sub(_escaped, text)


def report_bug(error: BaseException, mask: Callable[[str], str]) -> str:
    """Print the traceback of an exception of ours on stderr.

    Args:
        error: The exception.
        mask: Hides the secrets in a text: a traceback can quote a client's data.

    Returns:
        The traceback as it is, with the secrets.
    """
    told = "".join(traceback.format_exception(error))
    print(printable(mask(told)), file=sys.stderr)  # noqa: T201
    return told


def _spelt(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
