"""Card numbers in free text: to find them in a name, and to keep them out of what is shown.

People and programs write a card number in many ways: `4110 7600 0000 0081`, `4110.7600…`,
`4110_7600…`, with no-break spaces or full-width digits, and JSON or a URL escapes some of these.
So what counts are the digits; between two of them may stand up to three other signs, but no
letter. A number in digits of another script, or spelled as an escape, is one like any other. The
digits of a date with its time are none, though one in ten that begin with 22 or 23 hours passes.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from emulator.masking import luhn

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

_ESCAPED = r"\\u(?:[fF]{2}1|06[6fF])[0-9]"  # full-width and Arabic digits, as JSON escapes them
_DIGIT = rf"(?:{_ESCAPED}|%3[0-9]|\d)"
_OTHER = (
    rf"(?:(?!{_ESCAPED})\\u[0-9a-fA-F]{{4}}|\\[nrt/]"
    r"|%(?!3[0-9])[0-9a-fA-F]{2}|[^\w\"{}\[\]\\])"
)
_RUN = re.compile(rf"{_DIGIT}(?:(?:{_OTHER}|_){{0,3}}{_DIGIT}){{12,}}")
_TOGETHER = re.compile(rf"({_DIGIT}+)|{_OTHER}|_")
_ONE_DIGIT = re.compile(_DIGIT)

_SHORTEST, _LONGEST = 13, 19
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])\d{14}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners
    r"|(?:5[06-9]|6\d)\d{11,17}",  # Discover, Maestro and what else begins so
    re.ASCII,
)
"""Numbers as brands issue them. A time or an id that passes the Luhn check is mostly none."""


_MOMENT = re.compile(
    r"(?<!\d)(?:[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[1-9]|[12]\d|3[01])[/-](?:0[1-9]|1[0-2])[/-][12]\d{3})(?:[T ]|%20)"
    r"[0-2]\d(?::|%3A)[0-5]\d(?::|%3A)[0-6]\d(?:[.,]\d{1,9})?"
    r"(?: ?(?:[+-]|%2B)(?:0\d|1[0-4])(?::|%3A)?[0-5]\d)?(?!\d)",
    re.ASCII | re.IGNORECASE,
)
"""A date with its time, as RFC 3339, Ruby, Go and people in Latin America write it, or a URL."""
_CLABE = (3, 7, 1)
"""Weights of the check digit of a Mexican account number (CLABE), which has 18 digits too."""
_CNPJ = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
"""Weights of the two check digits of a Brazilian company's number (CNPJ); the last one is the last
digit's before the check digit.
"""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_KINDS = bytes(ord("0") if 48 <= sign <= 57 else sign for sign in range(256))
_NEITHER = bytes(sign for sign in range(128) if not chr(sign).isalnum())
_DIGITS_ALONE = b"0" * _SHORTEST


def holds(text: str) -> bool:
    """Tell whether 13 to 19 digits in it pass the Luhn check."""
    return any(True for _ in _found(text, luhn.passes))


def find(text: str, known: Container[str] = ()) -> Iterator[tuple[int, int, str]]:
    """Yield where card numbers begin and end, and what is shown of each: its last four digits.

    Args:
        text: Any text.
        known: Numbers that are cards though no brand issues them so, such as a sandbox's.
    """

    def is_card(digits: str) -> bool:
        return digits in known or _is_issued(digits)

    if not _may_hold(text):
        return
    for begin, end, digits in _found(_MOMENT.sub(_letters, text), is_card):
        yield begin, end, f"…{digits[-4:]}"


def _letters(found: re.Match[str]) -> str:
    """Return as many signs that are no part of a card number."""
    return "T" * len(found[0])


def hide(text: str, known: Container[str] = ()) -> str:
    """Return the text with each card number in it cut to `…` and its last four digits."""
    kept: list[str] = []
    end = 0
    for begin, until, shown in find(text, known):
        kept += (text[end:begin], shown)
        end = until
    return "".join((*kept, text[end:]))


def _may_hold(text: str) -> bool:
    """Tell quickly that a text has no 13 digits without a letter between them."""
    if not text.isascii():
        if any(map(str.isdecimal, "".join(_NOT_ASCII.findall(text)))):
            return True
        text = text.encode("ascii", "ignore").decode()
    raw = text.encode()
    if "\\" in text or "%" in text:  # the letters of an escape are none
        return len(raw) - len(raw.translate(None, b"0123456789")) >= _SHORTEST
    return _DIGITS_ALONE in raw.translate(_KINDS, _NEITHER)


def _is_issued(digits: str) -> bool:
    return (
        bool(_ISSUED.fullmatch(digits))
        and luhn.passes(digits)
        and not (_is_clabe(digits) or _is_cnpj(digits))
    )


def _is_clabe(digits: str) -> bool:
    """Tell whether it is an account number, as merchants in Mexico send them to be paid to."""
    if len(digits) != 18:
        return False
    weighed = sum(int(digit) * _CLABE[at % 3] % 10 for at, digit in enumerate(digits[:-1]))
    return (10 - weighed % 10) % 10 == int(digits[-1])


def _is_cnpj(digits: str) -> bool:
    """Tell whether it is the number of a company in Brazil, as merchants send it with a payout.

    Diners' cards, which have 14 digits too, begin with 3: they are hidden whatever they end in.
    """
    if len(digits) != 14 or digits[0] == "3":
        return False
    for kept in (12, 13):
        weighed = sum(int(digit) * _CNPJ[at - kept] for at, digit in enumerate(digits[:kept]))
        if int(digits[kept]) != -weighed % 11 % 10:
            return False
    return True


def _found(text: str, is_one: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """Return where numbers begin and end, and their digits; none overlaps another."""
    for run in _RUN.finditer(text):
        groups = _groups(text, *run.span())
        first = 0
        while first < len(groups):
            last, digits = _longest(groups[first : first + _LONGEST], is_one)
            if digits:
                yield groups[first][0], groups[first + last][1], digits
            first += last + 1


def _longest(groups: list[tuple[int, int, str]], is_one: Callable[[str], bool]) -> tuple[int, str]:
    """Return the longest number that begins with the first group: its last group, its digits."""
    digits, longest = "", (0, "")
    for last, group in enumerate(groups):
        digits += group[2]
        if _SHORTEST <= len(digits) <= _LONGEST and is_one(digits):
            longest = last, digits
    return longest


def _groups(text: str, begin: int, end: int) -> list[tuple[int, int, str]]:
    """Return the digits that stand together: where they begin, where they end, and they."""
    return [
        (together.start(), together.end(), _plain(together[0]))
        for together in _TOGETHER.finditer(text, begin, end)
        if together[1]
    ]


def _plain(digits: str) -> str:
    if digits.isascii() and digits.isdecimal():
        return digits
    return "".join(
        str(unicodedata.decimal(digit)) if len(digit) == 1 else digit[-1]
        for digit in _ONE_DIGIT.findall(digits)
    )
