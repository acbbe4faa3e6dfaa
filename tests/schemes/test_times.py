"""Times as people write them wrong: each is told for what it is, and the clock is not blamed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.schemes.mistakes import times

NOW = datetime(2026, 11, 30, 14, 56, 6, tzinfo=UTC)
SECONDS = int(NOW.timestamp())

WRITTEN = {
    "blank": ("2026-11-30T14:56:06Z\n", "whitespace"),
    "Arabic-Indic": ("٢٠٢٦-١١-٣٠T١٤:٥٦:٠٦Z", "another script"),
    "Persian digits": ("۲۰۲۶-۱۱-۳۰T۱۴:۵۶:۰۶Z", "another script"),
    "seconds": (str(SECONDS), "Unix seconds"),
    "milliseconds": (f"{SECONDS}123", "Unix milliseconds"),
    "microseconds": (f"{SECONDS}123456", "microseconds"),
    "nanoseconds": (f"{SECONDS}123456789", "nanoseconds"),
    "ticks": ("639000000000000000", ".NET ticks"),
    "FILETIME": ("134000000000000000", "FILETIME"),
    "Excel": ("46356,62", "Excel"),
    "digits": ("20261130145606", "run together"),
    ".NET JSON": ("/Date(1796050566000)/", "/Date"),
    "Invalid Date": ("Invalid Date", "not valid"),
    "null": ("null", "not set"),
    "pattern": ("yyyy-MM-dd'T'HH:mm:ssZ", "pattern"),
    "strftime": ("%Y-%m-%dT%H:%M:%S", "pattern"),
    "call": ("datetime.datetime(2026, 11, 30)", "source of a call"),
    "am pm": ("2026-11-30 02:56:06 PM", "12-hour"),
    "a. m. in Spanish": ("30/11/2026 02:56:06 p. m.", "12-hour"),
    "day first": ("30/11/2026 14:56:06", "day comes first"),
    "day first, dots": ("30.11.2026 14:56:06", "day comes first"),
    "month first": ("11/30/2026 14:56:06", "United States"),
    "either": ("05/06/2026 14:56:06", "before the year"),
    "two digits of the year": ("26-11-30T14:56:06Z", "two digits"),
    "slashes": ("2026/11/30 14:56:06", "hyphens"),
    "dots": ("2026.11.30 14:56:06", "hyphens"),
    "RFC 2822": ("Mon, 30 Nov 2026 14:56:06 +0000", "RFC 2822"),
    "Date.toString": ("Mon Nov 30 2026 14:56:06 GMT-0500", "by default"),
    "Java": ("Mon Nov 30 14:56:06 COT 2026", "by default"),
    "Spanish": ("30 de noviembre de 2026", "as a word"),
    "Portuguese": ("30 de dezembro de 2026, 14:56", "as a word"),
    "week": ("2026-W49-1", "weeks"),
    "day of the year": ("2026-334", "day of the year"),
    "Go": ("2026-11-30 14:56:06.123 -0500 -05 m=+0.0123", "Go"),
    "plus lost": ("2026-11-30T14:56:06 00:00", "became a space"),
    "two zones": ("2026-11-30T14:56:06+00:00Z", "two zones"),
    "dots for colons": ("2026-11-30T14.56.06Z", "colons"),
    "space": ("2026-11-30 14:56:06+00:00", "put a T"),
    "date": ("2026-11-30", "Only a date"),
    "time of day": ("14:56:06", "Only a time of day"),
    "no hyphens": ("20261130T145606Z", "without hyphens"),
    "zone's name": ("2026-11-30T09:56:06-05:00[America/Bogota]", "name of a zone"),
    "UTC": ("2026-11-30T14:56:06UTC", "name of a zone"),
    "lower case": ("2026-11-30T14:56:06z", "Lower-case"),
    "comma": ("2026-11-30T14:56:06,123Z", "Comma"),
    "hour 24": ("2026-11-30T24:00:00Z", "hour 24"),
    "swapped": ("2026-30-11T14:56:06Z", "swapped"),
    "one digit": ("2026-1-5T14:56:06Z", "two digits"),
    "no such day": ("2026-02-30T14:56:06Z", "out of range"),
    "words": ("tomorrow", "ISO 8601"),
}


@pytest.mark.parametrize(("text", "hint"), WRITTEN.values(), ids=WRITTEN)
def test_written(text, hint):
    """Another notation is named."""
    assert hint in times.written(text)


def test_every_form_is_shown():
    assert {hint for hint, _ in times.WRITTEN} <= {
        times.written(text) for text, _ in WRITTEN.values()
    }


@given(st.text())
def test_written_is_never_empty(text):
    assert times.written(text)


COUNTED = {
    "milliseconds": (SECONDS * 1_000, "milliseconds"),
    "microseconds": (SECONDS * 1_000_000, "microseconds"),
    "nanoseconds": (SECONDS * 10**9, "nanoseconds"),
    "ticks": (10**7 * (SECONDS + 62_135_596_800), ".NET ticks"),
    "FILETIME": (10**7 * (SECONDS + 11_644_473_600), "FILETIME"),
    "2001": (SECONDS - 978_307_200, "2001"),
    "NTP": (SECONDS + 2_208_988_800, "1900"),
    "minutes": (SECONDS // 60, "minutes"),
    "days": (SECONDS // 86_400, "days"),
    "Excel": (25_569 + SECONDS // 86_400, "Excel"),
    "Julian": (2_440_587 + SECONDS // 86_400, "Julian"),
    "digits": (20_261_130_145_606, "digits of a date"),
    "date": (20_261_130, "digits of a date"),
    "zero": (0, "never set"),
    "negative": (-1, "negative"),
    "duration": (3_600, "duration"),
    "far": (10**30, "no time of these years"),
}


@pytest.mark.parametrize(("value", "hint"), COUNTED.values(), ids=COUNTED)
def test_counted(value, hint):
    """Another unit or start is named."""
    assert hint in times.counted(value, SECONDS)


@pytest.mark.parametrize("unit", ["milliseconds", "microseconds", "nanoseconds", "2001", "NTP"])
def test_counted_says_the_right_seconds(unit):
    """What the hint says to send is the present."""
    value, _ = COUNTED[unit]
    assert str(SECONDS) in times.counted(value, SECONDS)


def test_seconds_are_seconds():
    assert times.counted(SECONDS - 86_400 * 300, SECONDS) == ""


OFF = {
    "1970": (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "1970"),
    "year 1": (datetime(1, 1, 1, tzinfo=UTC), "year 1"),
    "1601": (datetime(1601, 1, 1, tzinfo=UTC), "1601"),
    "Thai": (NOW.replace(year=2569), "Buddhist"),
    "Persian": (NOW.replace(year=1405), "Persian"),
    "Islamic": (NOW.replace(year=1448), "Islamic"),
    "Hebrew": (NOW.replace(year=5787), "Hebrew"),
    "Japanese": (NOW.replace(year=8), "Japanese"),
    "two digits": (NOW.replace(year=26), "two digits"),
    "local time in Bogota": (NOW - timedelta(hours=5), "zone UTC-5"),
    "UTC as time in Bogota": (NOW + timedelta(hours=5), "(-5)"),
    "local time in Madrid": (NOW + timedelta(hours=1), "zone UTC+1"),
    "UTC as time in Madrid": (NOW - timedelta(hours=1), "offset +1"),
    "India": (NOW + timedelta(hours=5.5), "5.5"),
    "12-hour clock": (NOW - timedelta(hours=12), "12-hour"),
    "JavaScript's month": (NOW.replace(month=10), "getMonth"),
    "last year": (NOW.replace(year=2025), "not 2026"),
    "minutes old": (NOW - timedelta(minutes=9), "9 minutes old: used again"),
    "minutes ahead": (NOW + timedelta(minutes=9), "NTP"),
    "days old": (NOW - timedelta(days=9, hours=3), "9 days old"),
    "decades ahead": (NOW + timedelta(days=20_000), "years in the future"),
}


@pytest.mark.parametrize(("moment", "hint"), OFF.values(), ids=OFF)
def test_off(moment, hint):
    """What makes a time wrong is told by how far it is off."""
    assert hint in times.off(moment, NOW)


@pytest.mark.parametrize(
    ("now", "moment", "hint"),
    [
        ((2026, 12, 5, 10, 0), (2026, 5, 12, 10, 0), "swapped"),
        ((2026, 12, 5, 10, 40), (2026, 12, 5, 10, 12), "mm"),
        ((2026, 12, 5, 10, 7), (2026, 7, 5, 10, 7), "mm"),
        ((2026, 12, 29, 10, 7), (2027, 12, 29, 10, 7), "YYYY"),
    ],
)
def test_parts_mixed_up(now, moment, hint):
    assert hint in times.off(datetime(*moment, tzinfo=UTC), datetime(*now, tzinfo=UTC))


@given(st.datetimes(timezones=st.just(UTC)))
def test_no_absurd_number_of_days(moment):
    """Never "the clock is 198,325 days off"; never empty."""
    hint = times.off(moment, NOW)
    assert hint
    assert not any(
        word.isdigit() and len(word) > 3 and f"{word} days" in hint for word in hint.split()
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("٢٠٢٦١١٣٠١٤٥٦٠٦", "The digits are those of another script (Arabic, Persian, Devanagari)"),
        ("30 de noviembre de 2026", "The month is written as a word"),
        ("Mon Nov 30 14:56:06 COT 2026", "Date as a language prints it by default"),
        ("tomorrow", ""),
    ],
)
def test_named(text, what):
    """For a field with a form of its own: what the text is, without what to send."""
    assert times.named(text) == what
