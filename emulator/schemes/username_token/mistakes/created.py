"""The time of creation, hashed in another text than was sent.

A client that makes the time once to hash it and once to send it gets another second, another
zone or another spelling. The digest is made of the text, so each such text is another digest.

One thing: the texts that stand for one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from functools import partial
from itertools import chain
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from emulator.core.messages import Message
from emulator.schemes.encoding import to_base64, utf8
from emulator.schemes.mistakes.search import (
    LIKELY,
    RARE,
    UNUSUAL,
    Budget,
    Step,
    Ways,
    axis,
    only,
)
from emulator.schemes.username_token.created import TIME, read_time

LONGEST = 128
"""Characters; a longer time is taken as it is."""

_Write = Callable[[datetime], str]


def ways(created: str, budget: Budget) -> Ways[bytes]:
    """Return the texts that a client may have hashed for the time that it sent."""
    right = utf8(created)
    if len(created) > LONGEST:
        return only(right)
    # What was cut off says more than the spelling that is left.
    steps = chain(_altered(), _other_spellings(created), _other_moments())
    return axis(created, steps, budget).then(utf8, lambda _: {}, budget)


def _step(hint: str, change: Callable[[str], str], cost: int) -> Step[str, str]:
    return Step(hint, change, cost)


# --- the same moment in another spelling -----------------------------------------------------


def _iso(timespec: str, separator: str = "T") -> _Write:
    return lambda at: at.isoformat(separator, timespec)


def _no_colon(write: _Write) -> _Write:
    def spelled(at: datetime) -> str:
        text = write(at)
        return text[:-3] + text[-2:] if text[-3:-2] == ":" and text[-6:-5] in "+-" else text

    return spelled


def _z(write: _Write) -> _Write:
    return lambda at: write(at.replace(tzinfo=None)) + "Z"


def _naive(write: _Write) -> _Write:
    return lambda at: write(at.replace(tzinfo=None))


def _printed(form: str) -> _Write:
    return lambda at: at.strftime(form)


def _seven_digits(at: datetime) -> str:
    moment = at.replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{moment}0{at.isoformat(timespec='seconds')[19:]}"


def _java(at: datetime) -> str:
    """Write as `OffsetDateTime.toString`: no seconds where they are 0, fractions by threes."""
    text = at.replace(tzinfo=None).isoformat(timespec="microseconds")
    while text.endswith("000"):
        text = text[:-3]
    text = text.removesuffix(".").removesuffix(":00")
    return text + at.isoformat(timespec="seconds")[19:].replace("+00:00", "Z")


SPELLINGS: tuple[tuple[str, _Write, int], ...] = (
    ("", _iso("seconds"), LIKELY),
    ("with milliseconds", _iso("milliseconds"), LIKELY),
    ("with microseconds", _iso("microseconds"), LIKELY),
    ("without a zone", _naive(_iso("seconds")), LIKELY),
    ("with milliseconds and no zone", _naive(_iso("milliseconds")), LIKELY),
    ("with microseconds and no zone", _naive(_iso("microseconds")), UNUSUAL),
    ("with an offset without its colon", _no_colon(_iso("seconds")), LIKELY),
    (
        "with milliseconds, the offset without its colon",
        _no_colon(_iso("milliseconds")),
        UNUSUAL,
    ),
    ("with a space for the T", _iso("seconds", " "), LIKELY),
    ("with a space for the T and no zone", _naive(_iso("seconds", " ")), LIKELY),
    ("as Python's str() writes it", str, UNUSUAL),
    ("as Python's str() writes it, without a zone", _naive(str), UNUSUAL),
    ("without seconds", _iso("minutes"), UNUSUAL),
    ("without seconds, the offset without its colon", _no_colon(_iso("minutes")), UNUSUAL),
    ("without seconds and zone", _naive(_iso("minutes")), UNUSUAL),
    ("as Java's OffsetDateTime writes it", _java, UNUSUAL),
    ("with seven digits of fraction (.NET)", _seven_digits, UNUSUAL),
    ("with nine digits of fraction", lambda at: _naive(_iso("microseconds"))(at) + "000Z", RARE),
    ("as a date alone", _printed("%Y-%m-%d"), UNUSUAL),
    ("in digits alone", _printed("%Y%m%d%H%M%S"), UNUSUAL),
    ("in basic ISO 8601", _printed("%Y%m%dT%H%M%SZ"), UNUSUAL),
    ("day first", _printed("%d/%m/%Y %H:%M:%S"), RARE),
    ("with slashes", _printed("%Y/%m/%d %H:%M:%S"), RARE),
    ("in RFC 2822", format_datetime, UNUSUAL),
    ("as JavaScript prints a date", _printed("%a %b %d %Y %H:%M:%S GMT%z"), RARE),
    ("with a 12-hour clock", _printed("%Y-%m-%dT%I:%M:%S"), UNUSUAL),
)
"""What is said of a spelling, and how to write so."""

_OF_UTC: tuple[tuple[str, _Write, int], ...] = (
    ("with Z", _z(_iso("seconds")), LIKELY),
    ("with milliseconds and Z", _z(_iso("milliseconds")), LIKELY),
    ("with microseconds and Z", _z(_iso("microseconds")), LIKELY),
    ("without seconds, with Z", _z(_iso("minutes")), UNUSUAL),
    ("with a space for the T, and Z", _z(_iso("seconds", " ")), UNUSUAL),
    ("in RFC 2822 with GMT", lambda at: format_datetime(at, usegmt=True), UNUSUAL),
    ("as Unix seconds", lambda at: str(int(at.timestamp())), LIKELY),
    ("as Unix milliseconds", lambda at: str(int(at.timestamp() * 1000)), LIKELY),
    ("as Unix seconds with a fraction", lambda at: str(at.timestamp()), UNUSUAL),
    ("as Unix microseconds", lambda at: str(round(at.timestamp() * 1_000_000)), UNUSUAL),
    ("as Unix nanoseconds", lambda at: f"{round(at.timestamp() * 1_000_000)}000", UNUSUAL),
)

_OFFSETS = (-3, -4, -5, -6, 1, 2)
"""Hours east of Greenwich, in Latin America and Spain."""


_ABROAD = ("", "with milliseconds", "without a zone")
"""Spellings in another zone than the client's own that are not rare."""


def _other_spellings(created: str) -> Iterator[Step[str, str]]:
    sent = read_time(created)
    if sent is None:
        return
    own = sent if sent.tzinfo is not None else sent.replace(tzinfo=UTC)
    zones = [("", own, 0), ("in UTC ", _moved_to(own, UTC), 0)]
    zones += [
        (f"in the zone {hours:+03}:00 ", _moved_to(own, timezone(timedelta(hours=hours))), 1)
        for hours in _OFFSETS
        if own.utcoffset() != timedelta(hours=hours)
    ]
    for zone, at, more in zones:
        table = (*SPELLINGS, *_OF_UTC) if at.tzinfo is UTC else SPELLINGS
        for name, write, cost in table:
            spelled = f"{zone}{name}".strip() or "in whole seconds"
            yield Step(
                Message(
                    "The time was hashed {spelled} and sent otherwise; hash the very text "
                    "that is sent"
                ).with_(spelled=spelled),
                partial(_written, write, at),
                min(cost + more, RARE) if name in _ABROAD or not more else RARE,
            )


def _moved_to(at: datetime, zone: timezone) -> datetime:
    try:
        return at.astimezone(zone)
    except OverflowError:  # in the first and last hours of the calendar
        return at


def _written(write: _Write, at: datetime, _: str) -> str:
    return write(at)


# --- another moment in the same spelling -----------------------------------------------------

_TWICE = Message(
    "The time was taken twice, once to hash and once to send; take it once and use the same text"
)


def _other_moments() -> Iterator[Step[str, str]]:
    for seconds in (1, 2, 3, 4, 5):
        for sign in (-1, 1):
            yield Step(
                _TWICE,
                partial(_moved, timedelta(seconds=sign * seconds)),
                LIKELY if seconds < 3 else UNUSUAL,
            )
    for hours in (-6, -5, -4, -3, 1, 2, 3, 4, 5, 6):
        yield Step(
            Message(
                "The time was hashed {hours} h {way} than sent, with the same zone; take "
                "it once and use the same text"
            ).with_(hours=abs(hours), way="later" if hours > 0 else "earlier"),
            partial(_moved, timedelta(hours=hours)),
            UNUSUAL,
        )
    for millis in range(1, 16):
        for sign in (-1, 1):
            yield Step(
                _TWICE,
                partial(_moved, timedelta(milliseconds=sign * millis)),
                LIKELY if millis < 4 else UNUSUAL,
            )


def _moved(delta: timedelta, text: str) -> str:
    """Return a time `delta` later, in the same spelling."""
    created, match = read_time(text), TIME.fullmatch(text)
    if created is None or match is None or match[2] is None:
        raise ValueError("not a time with seconds")
    moved = (created + delta).replace(tzinfo=None).isoformat(timespec="microseconds")
    seconds, micros = moved.split(".")
    digits = len(match[3] or ".") - 1
    return seconds + (f".{micros[:digits]:0<{digits}}" if digits else "") + (match[4] or "")


_WITH_MILLISECONDS: tuple[tuple[str, _Write], ...] = (
    ("Z", _z(_iso("milliseconds"))),
    ("an offset", _iso("milliseconds")),
    ("no zone", _naive(_iso("milliseconds"))),
    ("an offset without its colon", _no_colon(_iso("milliseconds"))),
)


def lost_milliseconds(created: str) -> Iterator[tuple[str, bytes]]:
    """Yield what is said of a time with a fraction that was not sent, and the time.

    There are thousands, so this is looked at alone and last.
    """
    sent = read_time(created) if len(created) <= LONGEST else None
    if sent is None or sent.microsecond:
        return
    own = sent if sent.tzinfo is not None else sent.replace(tzinfo=UTC)
    spelled = {
        write(at): (name, write, at)
        for at in (own, _moved_to(own, UTC))
        for name, write in _WITH_MILLISECONDS
    }
    unix = int((own - _EPOCH).total_seconds())
    for name, write, at in spelled.values():
        before, _, after = write(at).partition(".000")
        told = Message(
            "The time was hashed with milliseconds and {zone}, as {text}, and sent without; "
            "{remedy}"
        ).with_(zone=name, remedy=_TEXT)
        for millis in range(1, 1000):
            text = f"{before}.{millis:03}{after}"
            yield told.with_(text=text), utf8(text)
    for millis in range(1, 1000):
        text = str(unix * 1000 + millis)
        yield (
            Message(
                "The time was hashed as Unix milliseconds, {text}, and sent otherwise; {remedy}"
            ).with_(text=text, remedy=_TEXT),
            utf8(text),
        )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = "hash the very text that is sent"


# --- the same text, altered ------------------------------------------------------------------


def _altered() -> Iterator[Step[str, str]]:
    for what, change, cost in ALTERATIONS:
        yield _step(
            Message("The time was hashed {what}; hash the very text that is sent").with_(what=what),
            change,
            cost,
        )


ALTERATIONS: tuple[tuple[str, Callable[[str], str], int], ...] = (
    ("with its JSON quotes", lambda text: f'"{text}"', LIKELY),
    ("in single quotes", lambda text: f"'{text}'", UNUSUAL),
    ("with a line feed after it", lambda text: text + "\n", LIKELY),
    ("with a line end (CR LF) after it", lambda text: text + "\r\n", UNUSUAL),
    ("with a blank after it", lambda text: text + " ", UNUSUAL),
    ("without white space around it", str.strip, UNUSUAL),
    ("URL-encoded", partial(quote, safe=""), LIKELY),
    (Message("URL-encoded, a space being +"), quote_plus, UNUSUAL),
    ("URL-decoded", unquote, UNUSUAL),
    (Message("URL-decoded, its + being a space"), unquote_plus, UNUSUAL),
    ("with a + where a space was sent", lambda text: text.replace(" ", "+"), UNUSUAL),
    ("with +00:00 where Z was sent", lambda text: text.replace("Z", "+00:00"), LIKELY),
    ("with -00:00 for the zone", lambda text: text.replace("+00:00", "-00:00"), RARE),
    ("with Z where +00:00 was sent", lambda text: text.replace("+00:00", "Z"), LIKELY),
    ("in lower case", str.lower, UNUSUAL),
    ("without its T", lambda text: text.replace("T", ""), UNUSUAL),
    ("without its Z", lambda text: text.removesuffix("Z"), LIKELY),
    ("with a Z at its end", lambda text: text + "Z", UNUSUAL),
    ("without its fraction of a second", lambda text: _cut_fraction(text), LIKELY),
    ("without its colons", lambda text: text.replace(":", ""), UNUSUAL),
    ("in digits alone", lambda text: "".join(filter(str.isdigit, text)), UNUSUAL),
    ("without its hyphens", lambda text: text.replace("-", ""), UNUSUAL),
    ("with only its first 19 characters", lambda text: text[:19], LIKELY),
    ("with only its first 23 characters", lambda text: text[:23], UNUSUAL),
    ("with only its first 16 characters", lambda text: text[:16], UNUSUAL),
    ("with only its first 10 characters", lambda text: text[:10], UNUSUAL),
    ("as its Base64 text", lambda text: to_base64(utf8(text)), LIKELY),
    ("as its hexadecimal text", lambda text: utf8(text).hex(), UNUSUAL),
    ("as Python's str() of bytes (b'...')", lambda text: f"b'{text}'", UNUSUAL),
)
"""What was done to the text that was sent, and how."""


def _cut_fraction(text: str) -> str:
    match = TIME.fullmatch(text)
    if match is None or not match[3]:
        raise ValueError("no fraction")
    return text.replace(match[3], "", 1)
