"""Base64 that is broken into lines, as some languages write it."""

from __future__ import annotations

import re

from emulator.core.errors import Diagnosis, FailureMode
from emulator.core.messages import Message
from emulator.providers.gestopago.behaviours import SIGNED_LINES

SIGNED_IN_LINES = FailureMode(
    "gestopago.signed-in-lines",
    "The Base64 text of `signed` is broken into lines",
    SIGNED_LINES.source,
)
_LINE_LENGTHS = (60, 64, 76)  # Ruby; openssl; MIME: Java, PHP's chunk_split, Python
_LINE_END = re.compile(r"\r\n|\n")


def on_one_line(signed: str) -> str:
    """Return Base64 on one line, if it has the line breaks of a known language; else unchanged."""
    *lines, last = _LINE_END.split(signed)
    if not last and lines:
        last = lines.pop()
    widths = {len(line) for line in lines}
    whole = not widths or (len(widths) == 1 and widths <= {*_LINE_LENGTHS})
    longest = max(widths, default=max(_LINE_LENGTHS))
    return "".join((*lines, last)) if whole and 0 < len(last) <= longest else signed


def in_lines(signed: str, place: str) -> Diagnosis:
    """Warn of line breaks in `signed`."""
    return SIGNED_IN_LINES.diagnose(
        place,
        expected="Base64 on one line",
        received=f"{len(_LINE_END.findall(signed))} line ends",
        hint=Message(
            "Leave out the line ends: Base64.getEncoder() in Java, strict_encode64 "
            "in Ruby, no chunk_split in PHP, openssl base64 -A, b64encode in Python"
        ),
    )
