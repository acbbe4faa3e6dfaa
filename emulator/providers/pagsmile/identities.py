"""What an account, a document, an e-mail address or a phone must look like, check digits included.

A `IdentityRule` is a pattern of the whole text and, for some kinds, a check of its last characters.
Which rule a country asks for stands in `countries`; what is wrong with a text that breaks one
says `explain`, which is asked after a refusal only.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import product
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from emulator.core.messages import Message
from emulator.masking import luhn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DIGITS = "0123456789"
_PUNCTUATION = re.compile(r"[\s./()\-\u200b-\u200f\u2060\ufeff]")


class IdentityRule(NamedTuple):
    """What a text of one kind must look like.

    Attributes:
        pattern: Of the whole text.
        words: The same in words.
        check: Tells whether its check digits are right.
        longest: Characters, at most.
        checked: How many characters at the end check the others.
    """

    pattern: re.Pattern[str]
    words: str
    check: Callable[[str], bool] | None = None
    longest: int = 255
    checked: int = 1

    def fits(self, text: str) -> bool:
        """Tell whether the text has the form, whatever its check digits."""
        return len(text) <= self.longest and self.pattern.fullmatch(text) is not None

    def accepts(self, text: str, *, is_checked: bool = True) -> bool:
        """Tell whether the text has the form and right check digits."""
        return self.fits(text) and (not is_checked or self.check is None or self.check(text))


# --- check digits ----------------------------------------------------------------------------


def _mod_11(digits: str, weights: range | tuple[int, ...]) -> str:
    rest = sum(map(mul, map(int, digits), weights)) % 11
    return "0" if rest < 2 else str(11 - rest)


def is_cpf(text: str) -> bool:
    """Tell whether the last two of eleven digits check the others; eleven equal ones never do."""
    first = _mod_11(text[:9], range(10, 1, -1))
    return len(set(text)) > 1 and text[9:] == first + _mod_11(text[:9] + first, range(11, 1, -1))


_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def is_cnpj(text: str) -> bool:
    """Tell whether the last two of fourteen digits check the others; equal ones never do."""
    first = _mod_11(text[:12], _CNPJ_WEIGHTS[1:])
    return len(set(text)) > 1 and text[12:] == first + _mod_11(text[:12] + first, _CNPJ_WEIGHTS)


def is_clabe(text: str) -> bool:
    """Tell whether the last of eighteen digits checks the others: weights 3, 7, 1, modulo 10."""
    total = sum(int(digit) * (3, 7, 1)[i % 3] % 10 for i, digit in enumerate(text[:17]))
    return str(-total % 10) == text[17]


def is_luhn(text: str) -> bool:
    """Tell whether the last digit of a card number checks the others; zeros alone never do."""
    return text.strip("0") != "" and luhn.passes(text)


_RFC_VALUES = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
_ANYBODY = ("XAXX010101000", "XEXX010101000")
"""The RFC for the public at large and the one for foreigners, which check nothing."""


def is_rfc(text: str) -> bool:
    """Tell whether an RFC holds a date and its last character checks the others, modulo 11."""
    text = text.upper()
    if text in _ANYBODY:
        return True
    values = map(_RFC_VALUES.index, text.rjust(13)[:12])
    rest = sum(map(mul, values, range(13, 1, -1))) % 11
    return _is_date(text[-9:-3]) and text[-1] == "0123456789A"[-rest % 11]


_CURP_VALUES = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def is_curp(text: str) -> bool:
    """Tell whether a CURP holds a date and its last digit checks the others, modulo 10."""
    text = text.upper()
    total = sum(map(mul, map(_CURP_VALUES.index, text[:17]), range(18, 1, -1)))
    return _is_date(text[4:10]) and text[17] == str(-total % 10)


def is_turkish(text: str) -> bool:
    """Tell whether the last two of eleven digits check the others."""
    digits = [int(digit) for digit in text]
    tenth = (sum(digits[0:9:2]) * 7 - sum(digits[1:8:2])) % 10
    return digits[9:] == [tenth, (sum(digits[:9]) + tenth) % 10]


def _is_date(text: str) -> bool:
    """Tell whether six digits are year, month and day, in the one century or the other."""
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    return any(_exists(century + year, month, day) for century in (1900, 2000))


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


# --- rules -----------------------------------------------------------------------------------


def digits(least: int, most: int = 0) -> IdentityRule:
    """Return the rule of a text of so many digits."""
    most = most or least
    return IdentityRule(re.compile(f"[0-9]{{{least},{most}}}"), f"{_span(least, most)} digits")


def letters(least: int, most: int = 0) -> IdentityRule:
    """Return the rule of a text of so many letters and digits."""
    most = most or least
    form = re.compile(f"[0-9A-Za-z]{{{least},{most}}}")
    return IdentityRule(form, f"{_span(least, most)} letters and digits")


def visible(most: int) -> IdentityRule:
    """Return the rule of a text of ASCII characters, of which the first and last show."""
    return IdentityRule(
        re.compile(r"[!-~]([ -~]*[!-~])?"), f"1 to {most} characters of ASCII", longest=most
    )


def _in_either_case(pattern: str) -> re.Pattern[str]:
    """Compile a pattern for both cases of A to Z; Unicode's would take ſ for S, and K for K."""
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


def _span(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


EMAIL_LIMIT = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = IdentityRule(
    re.compile(rf"{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+([A-Za-z]{{2,63}}|xn--[A-Za-z0-9-]{{2,59}})"),
    "an e-mail address of at most 64 characters",
    longest=EMAIL_LIMIT,
)
PHONE = IdentityRule(re.compile(r"(?!0+$)[0-9]{7,15}"), "7 to 15 digits, not zeros alone")

CPF = IdentityRule(
    re.compile(r"[0-9]{11}"), "11 digits, the last two checking the others", is_cpf, checked=2
)
CNPJ = IdentityRule(
    re.compile(r"[0-9]{14}"), "14 digits, the last two checking the others", is_cnpj, checked=2
)
CLABE = IdentityRule(
    re.compile(r"[0-9]{18}"), "18 digits, the last one checking the others", is_clabe
)
DEBIT_CARD = IdentityRule(
    re.compile(r"[0-9]{16}"), "the 16 digits of a card, the last one checking the others", is_luhn
)
RFC = IdentityRule(
    _in_either_case(r"[A-ZÑñ&]{3,4}[0-9]{6}[A-Z0-9]{2}[0-9A]"),
    "3 letters for a company or 4 for a person, a date of 6 digits, and 3 characters, the last "
    "one checking the others",
    is_rfc,
)
CURP = IdentityRule(
    _in_either_case(
        r"[A-ZÑñ][AEIOUX][A-ZÑñ]{2}[0-9]{6}[HMX]"
        r"(AS|BC|BS|CC|CL|CM|CS|CH|DF|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL"
        r"|VZ|YN|ZS|NE)[B-DF-HJ-NÑñP-TV-Z]{3}[0-9A-Z][0-9]",
    ),
    "4 letters, a date of 6 digits, H or M, 2 letters of a state, 3 consonants, and 2 characters, "
    "the last one checking the others",
    is_curp,
)
NIN = IdentityRule(
    re.compile(r"[1-9][0-9]{10}"),
    "11 digits, the last two checking the others",
    is_turkish,
    checked=2,
)
RUT = IdentityRule(re.compile(r"[0-9]{8}[0-9Kk]"), "8 digits and a digit or K, without a hyphen")
UUID = IdentityRule(re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "a UUID")
WALLET_UUID = IdentityRule(re.compile(r"[0-9a-fA-F]{32}"), "32 hex digits")
BRAZILIAN_PHONE = IdentityRule(
    re.compile(r"(\+55)?[1-9]{2}(9[0-9]{8}|[2-8][0-9]{7})"),
    "an area code and 8 digits, or 9 that begin with 9; +55 before it or not",
)
TURKISH_PHONE = IdentityRule(
    re.compile(r"(\+?90|0)?5[0-9]{9}"), "10 digits that begin with 5; +90, 90 or 0 before it or not"
)
PAPARA_NUMBER = IdentityRule(re.compile(r"(PL)?[0-9]{10}"), "10 digits, PL before them or not")


# --- what is wrong with a text ---------------------------------------------------------------


def explain(rule: IdentityRule, text: str) -> str:
    """Say how to mend a text that breaks a rule."""
    if not text:
        return f"Send {rule.words}"
    if rule.fits(text):
        return _check_hint(rule, text)
    if "*" in text and "*" not in rule.words:
        return "It is masked: send all its characters, without asterisks"
    for hint, mended in _mendings(text):
        if mended != text and rule.accepts(mended):
            return f"{hint}: {mended}"
    if rule is EMAIL:
        return _email_hint(text)
    figures = re.search(r"(?<!\d)(\d+)(?: to (\d+))? digits", rule.words)
    if figures and text.isascii() and text.isdigit():
        return f"This has {len(text)} digits; send {rule.words}"
    odd = next((c for c in text if not c.isascii()), "")
    if odd:
        return f"Send {rule.words}; the character U+{ord(odd):04X} is not among them"
    return f"Send {rule.words}; this has {len(text)} characters"


def bare(text: str) -> str:
    """Return a text without punctuation and blanks."""
    return _PUNCTUATION.sub("", text)


def _mendings(text: str) -> Iterator[tuple[str, str]]:
    plain = bare(text)
    yield "Leave out the blanks around it", text.strip()
    yield "Leave out brackets and quotes", text.strip("{}[]()<>\"'` ")
    yield "Leave out punctuation and blanks", plain
    yield "Leave out the + before it", plain.removeprefix("+")
    yield "Write 0 for the country code", re.sub(r"^(\+|00)?(92|90)", "0", plain)
    yield "Leave out the country code", re.sub(r"^\+?(55|57|52|54|90|92|51)", "", plain)
    yield "Put a + before it", f"+{plain.removeprefix('00')}"
    yield "Put +57 before it", f"+57{plain.removeprefix('+').removeprefix('57')}"
    yield "Put 57 before it", f"57{plain.removeprefix('+')}"
    yield "Write it in capitals", text.upper()
    yield "Write it with ASCII digits and letters", unicodedata.normalize("NFKC", plain)
    for zeros in range(1, 5):
        yield "Leading zeros are missing, send it as text", "0" * zeros + plain
    if len(plain) == 32:
        parts = (plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])
        yield "A UUID is written with hyphens", "-".join(parts)
    yield "Leave out quotes and signs", re.sub(r"[^0-9A-Za-z]", "", text)


def _check_hint(rule: IdentityRule, text: str) -> str:
    body, tail = text[: -rule.checked], text[-rule.checked :]
    if len(set(text)) == 1:
        return Message("{text} equal characters are never valid; take a number that is").with_(
            text=len(text)
        )
    right = next(
        (
            "".join(each)
            for each in product(f"{_DIGITS}A", repeat=rule.checked)
            if rule.accepts(body + "".join(each))
        ),
        "",
    )
    if not right:
        return Message("The date in it does not exist; check the digits")
    return Message("The check digits are wrong: {body} ends with {right}, not {tail}").with_(
        body=body, right=right, tail=tail
    )


def _email_hint(text: str) -> str:
    name, at, domain = text.rpartition("@")
    if len(text) > EMAIL_LIMIT:
        return Message(
            "This has {text} characters; an address here has at most {email_limit}"
        ).with_(text=len(text), email_limit=EMAIL_LIMIT)
    if not at:
        return Message("An e-mail address has an @; or is account_type another one?")
    if "@" in name:
        return Message("An e-mail address has one @ only")
    if not text.isascii():
        return Message("Write the address in ASCII letters")
    if re.search(r"[\s<>,;:\"()\[\]\\]", text):
        return Message("Send the bare address, without a name, blanks, brackets or quotes")
    if "." not in domain:
        return Message("The part after the @ has a point, such as example.com")
    if ".." in text or name.startswith(".") or name.endswith(".") or domain.startswith("."):
        return Message(
            "No point stands at the beginning, at the end, beside the @, or twice in a row"
        )
    return Message(
        "The part after the @ is not a domain: letters, digits and hyphens between points"
    )
