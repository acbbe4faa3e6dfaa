"""Moments as merchants write them: the seed of an auth, the expiration of a session.

Production was seen to take `2026-01-31T14:56-0500`, without seconds and with a basic offset, so
its parser is PHP's. That one also takes a blank for the T and RFC 2822, where nothing is
ambiguous, and so does this one, with a warning. A time without a zone it reads in the server's own
zone, which is right by chance: that one is refused here.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from emulator.core.errors import FailureMode, Source, Standing
from emulator.schemes.username_token import read_time

if TYPE_CHECKING:
    from datetime import datetime

_DOCS = Source("Placetopay docs, Checkout", "Autenticación; Session")

NOT_ISO = FailureMode(
    "placetopay.time-not-iso",
    "A time is not in ISO 8601, and is read all the same",
    _DOCS.but(Standing.INFERRED),
)


_LONGEST = 35  # of a seed
_BLANK = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d[\d:.]*) ?(Z|[+-]\d\d(?::?\d\d)?)", re.ASCII)
_RFC_2822 = re.compile(
    r"([A-Z][a-z]{2}), \d{1,2} [A-Z][a-z]{2} [1-9]\d{3} \d\d:\d\d:\d\d "
    r"(?:GMT|UTC|(?!-0000)[+-]\d{4})",
    re.ASCII,
)


def read_moment(text: str) -> datetime | None:
    """Return the time that a text names, naive where ISO 8601 comes without a zone, or None."""
    return read_time(text) or _other_form(text)


def is_iso(text: str) -> bool:
    """Tell whether a text is a time in ISO 8601."""
    return read_time(text) is not None


def _other_form(text: str) -> datetime | None:
    if len(text) > _LONGEST:
        return None
    blank = _BLANK.fullmatch(text)
    if blank is not None:
        return read_time(f"{blank[1]}T{blank[2]}{blank[3]}")
    named = _RFC_2822.fullmatch(text)
    if named is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if f"{moment:%a}" == named[1] and moment.tzinfo is not None else None
