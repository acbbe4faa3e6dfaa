"""Read a time of creation."""

from __future__ import annotations

import re
from datetime import datetime

# The fields are read before they are judged, so their numbers are bounded here: what
# `fromisoformat` makes of 24:00 or +05:99 differs from one Python to the next.
TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d)"
    r"(:[0-5]\d)?(?(2)(\.\d{1,9})?)"
    r"(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?",
    re.ASCII,
)


def read_time(text: str) -> datetime | None:
    """Return the time that `text` names, naive where it has no zone; None if it is not ISO 8601.

    Accepted are calendar dates with a `T`, seconds or none, up to nine digits of fraction,
    and `Z` or an offset with or without its colon. Digits beyond microseconds are dropped.
    """
    if TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
