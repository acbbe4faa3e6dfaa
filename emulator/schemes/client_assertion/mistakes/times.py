"""Mistakes in `iat`, `exp` and `nbf`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
from emulator.schemes.client_assertion.failures import (
    CLAIM_TYPE,
    EXPIRED,
    IAT_IN_FUTURE,
    LIFETIME,
    NOT_YET_VALID,
)
from emulator.schemes.client_assertion.mistakes.recogniser import Recogniser

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def _exceeds(power: int) -> Recogniser:
    return lambda a: isinstance(a.time, int | float) and a.time > 10**power


def _hours_off(assertion: Assertion, later: int) -> bool:
    """Tell whether `iat` (or `nbf`) is off the clock by whole hours, as time zones are."""
    time = assertion.claims.get("iat") if assertion.time is None else assertion.time
    # The bound keeps an absurd number from overflowing the subtraction.
    if not isinstance(time, int | float) or abs(time) > 10**12:
        return False
    ahead = (time - assertion.now) * later
    hours = round(ahead / 3600) if 0 < ahead < 15 * 3600 else 0
    return hours > 0 and abs(ahead - hours * 3600) <= max(assertion.skew, 60)


def _years_off(assertion: Assertion, years: int) -> bool:
    """Tell whether a time is off the clock by that many years, as other calendars are."""
    time = assertion.claims.get("exp") if assertion.time is None else assertion.time
    if not isinstance(time, int | float) or abs(time) > 10**12:
        return False
    return abs(time - assertion.now - years * 365.2425 * 86400) < 2 * 86400


def _is_numeric_text(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]+(\.[0-9]+)?\s*", value) is not None


_UNITS: tuple[tuple[str, Recogniser], ...] = (
    (Message("The time is in nanoseconds; use seconds"), _exceeds(17)),
    (Message("The time is in microseconds; use seconds"), _exceeds(14)),
    (Message("The time is in milliseconds; use seconds"), _exceeds(11)),
)

_AHEAD: tuple[tuple[str, Recogniser], ...] = (
    *_UNITS,
    (
        Message(
            "The time is whole hours ahead: UTC was read as local time (west of Greenwich), or "
            "local "
            "time taken for UTC (east of it). Take the seconds since 1970 from the clock itself"
        ),
        lambda a: _hours_off(a, +1),
    ),
    (
        Message(
            "The year is of the Buddhist calendar, 543 years ahead; use the Gregorian calendar"
        ),
        lambda a: _years_off(a, +543),
    ),
    (
        Message("The client's clock is ahead; set it by NTP, or take the time of the clock in UTC"),
        lambda a: isinstance(a.time, int | float),
    ),
)

OF_TIMES: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    CLAIM_TYPE: (
        (Message("exp is missing; add it: iat + 3600"), lambda a: "exp" not in a.claims),
        (
            Message("iat is missing; add it: the present time in seconds since 1970"),
            lambda a: "iat" not in a.claims,
        ),
        (
            Message("The time is a number in quotation marks; send it without them"),
            lambda a: _is_numeric_text(a.time),
        ),
        (
            Message("The time is a date as text; use seconds since 1970"),
            lambda a: isinstance(a.time, str),
        ),
        (
            Message(
                "The time is null, a truth value, an array or an object; use seconds since 1970"
            ),
            lambda a: not isinstance(a.time, str),
        ),
    ),
    EXPIRED: (
        (
            Message(
                "The year is of the Persian calendar, 621 years behind; use the Gregorian calendar"
            ),
            lambda a: _years_off(a, -621) or _years_off(a, -622),
        ),
        (
            Message(
                "iat is 0, which is 1970: the clock was not asked. iat is the time now in seconds "
                "since 1970, and exp is iat + 3600"
            ),
            lambda a: a.claims["iat"] == 0,
        ),
        (
            Message("exp is a duration; it must be a time: iat + 3600"),
            lambda a: a.claims["exp"] < 10**8,
        ),
        (Message("exp equals iat; add the lifetime"), lambda a: a.claims["exp"] == a.claims["iat"]),
        (
            Message("exp is before iat; it must be iat + 3600"),
            lambda a: a.claims["exp"] < a.claims["iat"],
        ),
        (
            Message(
                "iat is whole hours behind: local time was taken for UTC (west of Greenwich), or "
                "UTC read as local time (east of it); or an old assertion was sent again. Take the "
                "seconds since 1970 from the clock itself, for each assertion"
            ),
            lambda a: _hours_off(a, -1),
        ),
        (
            Message(
                "An old assertion was sent again, or the client's clock is behind; make a new one"
            ),
            lambda a: a.claims["exp"] > a.claims["iat"],
        ),
    ),
    IAT_IN_FUTURE: _AHEAD,
    LIFETIME: (
        *_UNITS,
        (
            Message("exp is not after iat; set it to iat + 3600"),
            lambda a: a.claims["exp"] <= a.claims["iat"],
        ),
        (
            Message("The assertion lives too long: exp is iat + 3600 at most"),
            lambda a: a.claims["exp"] > a.claims["iat"],
        ),
    ),
    NOT_YET_VALID: _AHEAD,
}
