"""Which mistake made a time wrong, for every field that holds one; asked only after a refusal.

`written` names a text that is no ISO 8601 time, `counted` a number that is not the seconds since
1970, `off` a time that can be read and is far from the present. A hint says what the time is, so
it never blames the clock for what no clock does.

One thing: what a wrong time says of the clock, the zone or the format it comes from.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from emulator.core.messages import Message

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_NEAR_YEARS = 2 * 366 * 86_400

# --- text that is no ISO 8601 ----------------------------------------------------------------

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|fev|mai|set|out|dez|avr|"
    "juin|jui|aoû|déc|mrz|okt"
)

WRITTEN: tuple[tuple[str, str], ...] = (
    (Message("There is whitespace around the time"), r"\A\s|\s\Z"),
    (
        Message(
            "The digits are those of another script (Arabic, Persian, Devanagari). Write it with "
            "the digits 0 to 9: set the locale of the formatting to none (ROOT, InvariantCulture)"
        ),
        r"[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19\u0e50-\u0e59]",
    ),
    (Message("Unix seconds; send ISO 8601 text"), r"\A\d{9,10}(\.\d+)?\Z"),
    (Message("Unix milliseconds; send ISO 8601 text"), r"\A\d{12,13}(\.\d+)?\Z"),
    (Message("These are .NET ticks; send ISO 8601 text"), r"\A6\d{17}\Z"),
    (Message("This is a Windows FILETIME; send ISO 8601 text"), r"\A1[34]\d{16}\Z"),
    (Message("Unix microseconds or nanoseconds; send ISO 8601 text"), r"\A\d{16,19}\Z"),
    (Message("The digits of the time run together; send ISO 8601 with - : and T"), r"\A20\d{12}\Z"),
    (
        Message("This is a serial number of days, as Excel counts them; send ISO 8601 text"),
        r"\A[45]\d{4}([.,]\d+)?\Z",
    ),
    (
        Message("This is the date form of old .NET JSON, /Date(…)/; send ISO 8601 text"),
        r"\A\\?/Date\(",
    ),
    (
        Message("The time is not valid or not set where it was made; take the present time"),
        r"\A(?i:invalid date|nan|null|none|undefined|nil|0|\[object \w+\]|0000-.*)\Z",
    ),
    (
        Message(
            "A pattern was sent in place of a time: it was not applied. Format the present time "
            "with it"
        ),
        r"(?i:yyyy|y{4}|%Y|DD?/MM?|hh:mm|HH:mm)|\AY-m-d",
    ),
    (
        Message("This is the source of a call, not its value; send the time that it gives"),
        r"\A(?:new )?[\w.]+\(.*\)?\Z",
    ),
    (
        Message("The hour is one of a 12-hour clock (a.m., p.m.); write 00 to 23"),
        r"\d ?[aApP]\.?\s?[mM]\b|\d [ap]\. ",
    ),
    (
        Message("The day comes first; send ISO 8601, year first"),
        r"\A(?:1[3-9]|2\d|3[01])[/.-]\d{1,2}[/.-]\d{2,4}\b",
    ),
    (
        Message("The month comes first, as in the United States; send ISO 8601, year first"),
        r"\A\d{1,2}[/.-](?:1[3-9]|2\d|3[01])[/.-]\d{2,4}\b",
    ),
    (
        Message("Day and month come before the year; send ISO 8601, year first"),
        r"\A\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b",
    ),
    (Message("The year has two digits; write all four"), r"\A'?\d\d-\d\d-\d\d(?!\d)"),
    (Message("Slashes in the date; ISO 8601 has hyphens"), r"\A\d{4}/\d"),
    (Message("Dots in the date; ISO 8601 has hyphens"), r"\A\d{4}\.\d"),
    (
        "RFC 2822 date; send ISO 8601",
        r"\A[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}",
    ),
    (
        Message("Date as a language prints it by default; send ISO 8601"),
        r"\A[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d",
    ),
    (
        Message("The month is written as a word; send ISO 8601, in digits"),
        rf"(?i:(?<![a-z])(?:{_MONTHS})[a-zçéû]*\b)",
    ),
    (Message("This is a date by weeks; send ISO 8601 with month and day"), r"\A\d{4}-?W\d\d"),
    (Message("This is a date by the day of the year; send month and day"), r"\A\d{4}-\d{3}(?!\d)"),
    (
        Message("Go's own text of a time (String()); send it with Format(time.RFC3339)"),
        r" m=[+-]\d|\d [+-]\d{4} [A-Z]{3,4}\Z",
    ),
    (Message("The + of the offset became a space on the way"), r"T[\d:.]+ \d\d:?\d\d\Z"),
    (
        Message("There are two zones at its end; send Z or an offset"),
        r"[+-]\d\d:?\d\d ?Z\Z|ZZ|Z[+-]\d",
    ),
    (Message("Dots in the time of day; ISO 8601 has colons"), r"\A\d{4}-\d\d-\d\d[T ]\d\d\.\d\d"),
    (Message("A space stands between date and time; put a T there"), r"\A\d{4}-\d\d-\d\d +\d"),
    (Message("Only a date; add the time and the zone"), r"\A\d{4}-?\d\d-?\d\d\Z"),
    (Message("Only a time of day; add the date and the zone"), r"\A\d\d:\d\d"),
    (Message("Date without hyphens; send them"), r"\A\d{8}T?\d"),
    (
        Message("The name of a zone; send only its offset"),
        r"[A-Za-z]+/[A-Z][A-Za-z_]+|(?:UTC|GMT) ?[+-]\d|[A-Z]{3,4}\Z",
    ),
    (Message("Lower-case t or z; send T and Z"), r"\A\d{4}-\d\d-\d\d(t|T[\d:.]+z\Z)"),
    (Message("Comma before the fraction of a second; send a point"), r":\d\d,\d"),
    (Message("The hour 24 is the hour 00 of the next day"), r"T24:"),
    (
        Message("There is no such month: day and month are swapped"),
        r"\A\d{4}-(?:1[3-9]|2\d|3[01])-(?:0\d|1[0-2])",
    ),
    (
        Message("The numbers need two digits each, as in 2026-01-05"),
        r"\A\d{4}-(?:\d-|\d\d-\d(?!\d))|T\d:",
    ),
    (
        Message("No such time: a number is out of range"),
        r"\A\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?\Z",
    ),
)
"""Hints, each with the pattern of a text that is no ISO 8601 time; the first that fits counts."""


def written(text: str) -> str:
    """Say what keeps `text` from being an ISO 8601 time; never empty."""
    return next(
        (hint for hint, form in WRITTEN if re.search(form, text[:200], re.ASCII)),
        Message("It is no ISO 8601 time; send one such as 2026-01-31T09:56:06-05:00"),
    )


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def named(text: str) -> str:
    """Say what another notation `text` is, where the field has its own form; or nothing."""
    hint = next((hint for hint, form in WRITTEN if re.search(form, text[:200], re.ASCII)), "")
    if hint == WRITTEN[-1][0] and _is_time(text):
        return ""
    return re.split(r"[;:.] ", hint, maxsplit=1)[0]


# --- numbers that are not the seconds since 1970 -----------------------------------------------

_COUNTS: tuple[tuple[str, float, float], ...] = (
    ("milliseconds", 1e3, 0),
    ("microseconds", 1e6, 0),
    ("nanoseconds", 1e9, 0),
    (".NET ticks, which count from the year 1", 1e7, 62_135_596_800),
    ("a Windows FILETIME, which counts from 1601", 1e7, 11_644_473_600),
    ("milliseconds from the year 1", 1e3, 62_135_596_800),
    ("seconds since 2001, as Apple counts", 1, -978_307_200),
    ("seconds since 1900, as NTP counts", 1, 2_208_988_800),
    ("seconds since 1904", 1, 2_082_844_800),
    ("minutes", 1 / 60, 0),
    ("hours", 1 / 3600, 0),
    ("days", 1 / 86_400, 0),
    ("days as Excel counts them", 1 / 86_400, 25_569 * 86_400),
    ("days as astronomers count them (Julian)", 1 / 86_400, 2_440_587.5 * 86_400),
)
"""What a number may count, how many of that are a second, and the seconds before 1970."""


def counted(value: float, now: float) -> str:
    """Say what `value` counts if it is not the seconds since 1970; empty if it may be those.

    Args:
        value: As received.
        now: The seconds since 1970.
    """
    if abs(value - now) <= _NEAR_YEARS:
        return ""
    for unit, per_second, before in _COUNTS:
        seconds = value / per_second - before
        if abs(seconds - now) <= _NEAR_YEARS:
            return Message("These are {unit}; send whole seconds: {int}").with_(
                unit=unit, int=int(seconds)
            )
    if re.fullmatch(r"20\d{6}(\d{6})?", f"{value:.0f}"):
        return Message(
            "These are the digits of a date; send the seconds since 1970, now {now}"
        ).with_(now=f"{now:.0f}")
    if value == 0:
        return Message(
            "It is 0: the time was never set. Send the seconds since 1970, now {now}"
        ).with_(now=f"{now:.0f}")
    if value < 0:
        return Message("It is negative. Send the seconds since 1970, now {now}").with_(
            now=f"{now:.0f}"
        )
    if value < _NEAR_YEARS:
        return Message(
            "It is a duration, or counts from the start of the machine; send the "
            "seconds since 1970, now {now}"
        ).with_(now=f"{now:.0f}")
    return Message("It is no time of these years. Send the seconds since 1970, now {now}").with_(
        now=f"{now:.0f}"
    )


# --- times that can be read, and are far from now ----------------------------------------------

_UNSET = {
    1: "the year 1 (.NET's DateTime.MinValue, Go's zero time)",
    1899: "1899 (an empty OLE date)",
    1900: "1900 (an empty date of Excel or SQL Server)",
    1601: "1601 (an empty Windows FILETIME)",
    1969: "the end of 1969 (a time of -1 or 0 in a zone west of Greenwich)",
    1970: "1970 (a time of 0)",
    1980: "1980 (an empty FAT or GPS time)",
    9999: "9999 (DateTime.MaxValue)",
}


_SEND_A_ZONE = Message("Send UTC with Z, or local time with its own offset")
_SEND_SECONDS = Message("Take the seconds since 1970 from the clock itself; they have no zone")


def off(moment: datetime, now: datetime, *, seconds: bool = False) -> str:
    """Say why a time is far from now.

    Args:
        moment: The time that came, aware.
        now: The present, aware.
        seconds: Whether it came as seconds since 1970.
    """
    ahead = moment - now
    with suppress(OverflowError):  # in the first and last hours of the calendar
        moment, now = moment.astimezone(UTC), now.astimezone(UTC)
    return (
        calendar(moment, now)
        or _zone(ahead, _SEND_SECONDS if seconds else _SEND_A_ZONE)
        or _mixed_up(moment, now)
        or _plain(ahead)
    )


def calendar(moment: datetime, now: datetime) -> str:
    """Name the calendar of a year that is not of these, or what an unset time is; or nothing."""
    if moment.year in _UNSET and abs(moment.year - now.year) > 2:
        return Message("The time is in {unset}: it was never set. Take the present time").with_(
            unset=_UNSET[moment.year]
        )
    years = moment.year - now.year
    calendars = (
        (Message("Buddhist (Thailand)"), 543),
        ("Persian", -621),
        ("Persian", -622),
        ("Islamic", round((now.year - 622) * 33 / 32) - now.year),
        ("Hebrew", 3760),
        ("Hebrew", 3761),
        ("Japanese", -2018),
        (Message("Minguo (Taiwan)"), -1911),
    )
    for name, difference in calendars:
        if abs(difference) > 100 and abs(years - difference) <= (name == "Islamic"):
            return Message(
                "The year is one of the {name} calendar. Format the time by the "
                "Gregorian calendar: with the locale ROOT, InvariantCulture or "
                "en_US_POSIX"
            ).with_(name=name)
    if moment.year < 100:
        return Message("The year has two digits. Write all four: {year}").with_(year=now.year)
    return ""


def _zone(ahead: timedelta, remedy: str) -> str:
    """Say which zone was lost, east or west of Greenwich."""
    quarters = round(ahead / (_HOUR / 4))
    if abs(ahead - quarters * _HOUR / 4) > 3 * _MINUTE or not 4 <= abs(quarters) <= 56:
        return ""
    # Zones have whole or half hours; 5:45 and the like are in Asia and Oceania only.
    if quarters % 2 and abs(quarters) not in (19, 23, 35, 51):
        return ""
    if abs(quarters) == 48:
        return Message(
            "Half a day off: a 12-hour clock (hh for HH), or the zone is missing or wrong"
        )
    hours = f"{abs(quarters) / 4:g}"
    if quarters < 0:
        return Message(
            "{hours} h behind: local time was sent without its offset, as if it were "
            "UTC (zone UTC-{hours}), or UTC with the offset +{hours}. {remedy}"
        ).with_(hours=hours, remedy=remedy)
    return Message(
        "{hours} h ahead: UTC was sent with the offset of your zone (-{hours}), "
        "or local time without its offset (zone UTC+{hours}). {remedy}"
    ).with_(hours=hours, remedy=remedy)


def _mixed_up(moment: datetime, now: datetime) -> str:
    """Name a part of the time that was taken for another."""
    if moment.day <= 12 and moment.day != moment.month:
        swapped = moment.replace(month=moment.day, day=moment.month)
        if abs(swapped - now) <= _DAY:
            return Message("Day and month are swapped. Send year-month-day")
    if abs(moment - now) <= _HOUR and moment.minute == now.month and now.minute != now.month:
        return Message(
            "The month stands in place of the minutes: in the pattern, minutes are mm, months MM"
        )
    if moment.month == now.minute and moment.month != now.month and moment.year == now.year:
        return Message(
            "The minutes stand in place of the month: in the pattern, months are MM, minutes mm"
        )
    months = (moment.year - now.year) * 12 + moment.month - now.month
    same_day = moment.day == now.day and abs(_time_of_day(moment) - _time_of_day(now)) <= _HOUR
    if same_day and months == -1:
        return Message("One month behind: JavaScript's getMonth() counts from 0. Add 1")
    if same_day and months == 1:
        return Message(
            "One month ahead: JavaScript's Date counts months from 0. Do not add 1 there"
        )
    if same_day and months % 12 == 0 and months:
        if abs(months) == 12 and (now.month, now.day) >= (12, 25):
            return Message("The year is one of weeks (YYYY). In the pattern, write yyyy")
        return Message(
            "The year is {year}, not {right}: it is fixed somewhere, or the clock is"
        ).with_(year=moment.year, right=now.year)
    return ""


def _time_of_day(moment: datetime) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)


def _plain(ahead: timedelta) -> str:
    amount = abs(ahead)
    if timedelta() < -ahead <= _HOUR:
        return Message(
            "{age} minutes old: used again? Make it new for every request; or the "
            "clock is behind, then set it by NTP"
        ).with_(age=f"{amount / _MINUTE:.0f}")
    way = "ahead" if ahead > timedelta() else "behind"
    if amount < _DAY:
        return Message("{age} minutes {way}: set the clock by NTP").with_(
            age=f"{amount / _MINUTE:.0f}", way=way
        )
    far = f"{amount.days} days" if amount < 730 * _DAY else f"{amount.days / 365.25:.0f} years"
    if ahead < timedelta():
        return Message(
            "The time is {far} old. Take the present time for every request, no stored one"
        ).with_(far=far)
    return Message(
        "The time is {far} in the future. Take the present time for every request"
    ).with_(far=far)
