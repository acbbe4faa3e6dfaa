"""`horaLocal`: how to read it, which mistake a wrong one has, and a warning if it is far off.

It is the time of the shop, `yyyyMMddHHmmss` without a zone; Mexico's zones are UTC-8 (Tijuana in
winter) to UTC-5 (Cancún). A time that is far off is not refused, but the conciliation will not
find the sale on its day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from emulator.core.errors import Diagnosis, FailureMode
from emulator.core.messages import Message
from emulator.providers.gestopago.answers import MEXICO_CITY
from emulator.providers.gestopago.behaviours import HORA_LOCAL

MEMBER = "horaLocal"
FORMAT = "%Y%m%d%H%M%S"

FAR_OFF = FailureMode(
    "gestopago.local-time",
    "horaLocal is not the present time in Mexico",
    HORA_LOCAL.source,
    about_time=True,
)

_DIGITS = re.compile("[0-9]{14}")
_LONGEST = 100  # characters of a text whose form is looked for
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_RANGES = ((1, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59))
_ZONES = tuple(timedelta(hours=hours) for hours in range(-8, -4))
_NEAR = timedelta(minutes=30)
_FURTHEST_ZONES = (timedelta(hours=-12), timedelta(hours=14))
_DAY = timedelta(days=1)


def read(text: str) -> datetime | None:
    """Return the time of a `horaLocal`, without a zone; None if it is not one."""
    if not _DIGITS.fullmatch(text):
        return None
    year, month, day, hour, minute, second = map(int, _cut(text))
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - it has no zone
    except ValueError:
        return None


def written(instant: datetime) -> str:
    """Return an instant as `horaLocal` in Mexico City."""
    return f"{instant.astimezone(MEXICO_CITY):{FORMAT}}"


def warning(text: str, local: datetime, now: datetime) -> Diagnosis | None:
    """Return a warning where a time is more than half an hour from all of Mexico's zones.

    Args:
        text: As it was sent.
        local: What `read` made of it.
        now: The present, with a zone.
    """
    ahead = local - now.astimezone(UTC).replace(tzinfo=None)
    if _is_mexican(ahead):
        return None
    what = _mixed_up(local, ahead) or _what_it_is(ahead)
    return FAR_OFF.diagnose(
        f"signed.{MEMBER}",
        expected=f"about {written(now)}, the time in Mexico City",
        received=text,
        hint=Message("{what}; write the shop's local time, {now} in Mexico City").with_(
            what=what, now=written(now)
        ),
    )


def _is_mexican(ahead: timedelta) -> bool:
    return any(abs(ahead - zone) <= _NEAR for zone in _ZONES)


def _mixed_up(local: datetime, ahead: timedelta) -> str:
    """Name the wrong part of a time, if the other parts are the present time."""
    if _is_mexican(ahead + timedelta(hours=12)):
        return Message(
            "The hour is one of a 12-hour clock: in the pattern, HH is the hour of 24, hh of 12"
        )
    for name, years in _CALENDARS:
        try:
            moved = local.replace(year=local.year + years) - local
        except ValueError:
            continue
        if _is_mexican(ahead + moved):
            return Message("The year is one of the {name} calendar").with_(name=name)
    try:
        next_month = local.replace(day=1) + timedelta(days=31)
        moved = local.replace(year=next_month.year, month=next_month.month) - local
    except (ValueError, OverflowError):  # there is no such day, or it is after the year 9999
        return ""
    return (
        Message("The month is counted from 0, as getMonth() does")
        if _is_mexican(ahead + moved)
        else ""
    )


_CALENDARS = (("Buddhist", -543), ("Persian", 621), ("Persian", 622))


def _what_it_is(ahead: timedelta) -> str:
    """Say which zone has a time that is `ahead` of UTC, or how far off it is."""
    if abs(ahead) <= _NEAR:
        return Message("This is the time in UTC")
    west, east = _FURTHEST_ZONES
    hours = round(ahead / timedelta(hours=1))
    if west <= ahead <= east and abs(ahead - timedelta(hours=hours)) <= _NEAR:
        return Message("This is the time in a zone at UTC{hours:+d}").with_(hours=hours)
    far = ahead - MEXICO_CITY.utcoffset(None)
    amount = abs(far)
    told = (
        Message("{days} days").with_(days=amount.days)
        if amount >= _DAY
        else Message("{hours:.0f} hours").with_(hours=amount / timedelta(hours=1))
    )
    return Message("This time is {told} in the {direction}").with_(
        told=told, direction="future" if far > timedelta() else "past"
    )


# Why a text is no horaLocal

_FORMS: tuple[tuple[str, str], ...] = (
    (
        r"(?s).*[^\x00-\x7f].*",
        Message("It has characters that are not the ASCII digits 0 to 9"),
    ),
    (
        r"(?i)invalid date|nan|null|none|undefined|0|\[object \w+\]",
        Message("The time was never set"),
    ),
    (r"(?i).*(?:yyyy|%Y|HH:?mm).*", Message("This is a pattern: format the present time with it")),
    (r"6[0-9]{17}", Message("These are .NET ticks")),
    (r"1[34][0-9]{16}", Message("This is a Windows FILETIME")),
    (r"1[0-9]{15}|1[0-9]{18}", Message("These are microseconds or nanoseconds since 1970")),
    (
        r"20[0-9]{11}",
        Message("A zero is missing: month, day, hour, minute and second have two digits each"),
    ),
    (r"20[0-9]{8}", Message("Minutes and seconds are missing")),
    (r"[0-9]{10}", Message("These are seconds since 1970")),
    (r"[0-9]{13}", Message("These are milliseconds since 1970")),
    (r"[0-9]{17}", Message("It has milliseconds, which do not belong there")),
    (r"[0-9]{12}", Message("The seconds are missing, or two digits of the year")),
    (r"[0-9]{8}", Message("The time of day is missing")),
    (r"[0-9]{6}", Message("The date is missing")),
    (r"(?i).*[0-9] ?[ap]\.? ?m\.?", Message("The hour is one of a 12-hour clock; write 00 to 23")),
    (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*(?:Z|[+-][0-9]{2}:?[0-9]{2})",
        Message("This is ISO 8601 with a zone"),
    ),
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*", Message("This is ISO 8601; leave out the - : and T")),
    (
        r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*",
        Message("Leave out the signs between the digits"),
    ),
    (r"[0-9]{8}[T ]?[0-9:]{6,8}", Message("Leave out the signs between date and time")),
    (r"\s*[0-9]{14}\s*", Message("Leave out the blanks around it")),
    (r".*[A-Za-z]{3}.*", Message("Write the date with digits only")),
)


def hint(text: str, now: datetime) -> str:
    """Say what a wrong `horaLocal` is, and how to write a right one."""
    right = Message("write yyyyMMddHHmmss, for example {now}").with_(now=written(now))
    if _DIGITS.fullmatch(text):
        return Message("{problem}; {right}").with_(problem=_out_of_range(text), right=right)
    for pattern, what in _FORMS if len(text) <= _LONGEST else ():
        if re.fullmatch(pattern, text):
            return Message("{what}; {right}").with_(what=what, right=right)
    return Message("It is not 14 digits; {right}").with_(right=right)


def _out_of_range(text: str) -> str:
    try:
        datetime.strptime(text, "%d%m%Y%H%M%S")  # noqa: DTZ007 - it has no zone
        return Message("The day comes first; begin with the year")
    except ValueError:
        pass
    for name, value, (least, most) in zip(_PARTS, _cut(text), _RANGES, strict=True):
        if not least <= int(value) <= most:
            return Message("The {name} is {amount}").with_(name=name, amount=value)
    return Message("The month has no such day")


def _cut(text: str) -> tuple[str, ...]:
    return (text[:4], *(text[at : at + 2] for at in range(4, 14, 2)))
