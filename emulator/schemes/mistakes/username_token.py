"""Which mistake made a UsernameToken wrong; asked only after `username_token` has refused it.

The digest is looked into by `password_digest`; here is what is said of nonce and time.
"""

from __future__ import annotations

import binascii
import re
from datetime import timedelta
from urllib.parse import unquote

from emulator.schemes.encoding import utf8

_MASK = "(the secret itself, masked)"


def base64_fault(text: str) -> str:
    """Say what keeps `text` from being canonical Base64."""
    if not text:
        return "It is empty"
    if text.strip() != text:
        return "There is whitespace around it"
    odd = re.search(r"[^A-Za-z0-9+/=]", text)
    if odd is not None:
        if odd[0] in "-_":
            return "It is Base64url; use the standard alphabet, with + and /"
        return f"Character {odd[0]!a} at {odd.start()} is not in the alphabet"
    if "=" not in text and len(text) % 4 in (2, 3):
        return "Its padding (=) is missing"
    if len(text) % 4 or not re.fullmatch(r"[^=]+={0,2}", text):
        return "Its length or padding is wrong"
    return "Its last character has bits set that belong to no byte"


def masked(text: str, password: str) -> str:
    """Return `text`, or a mask where the secret can be read from it."""
    secret = utf8(password.strip()).lower()
    forms = [utf8(text), utf8(unquote(text))]
    for decode in (_decode_leniently, bytes.fromhex):
        try:
            forms.append(decode(text))
        except ValueError:
            continue
    return _MASK if secret and any(secret in form.lower() for form in forms) else text


def _decode_leniently(text: str) -> bytes:
    symbols = re.sub(r"[^A-Za-z0-9+/]", "", text.replace("-", "+").replace("_", "/"))
    # A lone symbol at the end holds no byte.
    symbols = symbols[:-1] if len(symbols) % 4 == 1 else symbols
    return binascii.a2b_base64(symbols + "=" * (-len(symbols) % 4))


# Times ------------------------------------------------------------------------------------

TIME_MISTAKES: tuple[tuple[str, str], ...] = (
    ("There is whitespace around the time", r"\A\s|\s\Z"),
    ("Unix seconds; send ISO 8601 text", r"\A\d{9,10}(\.\d+)?\Z"),
    ("Unix milliseconds; send ISO 8601 text", r"\A\d{12,13}\Z"),
    (
        "The day comes first; send ISO 8601, year first",
        r"\A\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b",
    ),
    ("Slashes in the date; ISO 8601 has hyphens", r"\A\d{4}/\d"),
    ("RFC 2822 date; send ISO 8601", r"\A[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}"),
    (
        "Date as a language prints it by default; send ISO 8601",
        r"\A[A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d",
    ),
    ("The + of the offset became a space on the way", r"T[\d:.]+ \d\d:?\d\d\Z"),
    ("A space stands between date and time; put a T there", r"\A\d{4}-\d\d-\d\d +\d"),
    ("Only a date; add the time and the zone", r"\A\d{4}-?\d\d-?\d\d\Z"),
    ("Date without hyphens; send them", r"\A\d{8}T?\d"),
    ("The name of a zone; send only its offset", r"[A-Za-z]+/[A-Z][A-Za-z_]+|[A-Z]{3,4}\Z"),
    ("Lower-case t or z; send T and Z", r"\A\d{4}-\d\d-\d\d(t|T[\d:.]+z\Z)"),
    ("Comma before the fraction of a second; send a point", r":\d\d,\d"),
    (
        "No such time: a number is out of range",
        r"\A\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?\Z",
    ),
)
"""Hints, each with the pattern of a text that is no ISO 8601 time; the first that fits counts."""


def recognise_time(text: str) -> str:
    """Say what keeps `text` from being ISO 8601; empty where that is not known."""
    return next((hint for hint, form in TIME_MISTAKES if re.search(form, text, re.ASCII)), "")


_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def skew_hint(age: timedelta) -> str:
    """Say what makes a time wrong by `age`; negative is in the future."""
    off = abs(age)
    way = "behind" if age > timedelta() else "ahead"
    half_hours = round(off / (_HOUR / 2))
    near = abs(off - half_hours * _HOUR / 2) <= 3 * _MINUTE
    if near and half_hours == 24:
        return "Half a day off: a 12-hour clock (hh for HH), or the zone is missing or wrong"
    if near and 2 <= half_hours <= 28:
        return f"{half_hours / 2:g} h {way}: the zone is missing or wrong"
    if timedelta() < age <= _HOUR:
        return (
            f"{age / _MINUTE:.1f} min old: a token used again? Make a new nonce and created for "
            "every request; or the clock is behind, then use NTP"
        )
    if off >= 24 * _HOUR:
        return f"The clock is {off / (24 * _HOUR):.0f} days {way}; use NTP"
    return f"The clock is {off / _MINUTE:.1f} min {way}; use NTP"
