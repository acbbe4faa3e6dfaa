"""Reading the members of a request, one by one.

Each function takes the parameters as they were verified, numbers still as written, and returns
what it has read or refuses. `null` and `""` count as not there: neither is signed. What shows
nothing, such as blanks and zero-width characters, is no value either.
"""

from __future__ import annotations

import re
import unicodedata
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from emulator.core import suggest
from emulator.core.messages import Message
from emulator.providers.pagsmile.failures import (
    BLANKS_AROUND,
    MEMBER_MISSING,
    MEMBER_MISSPELT,
    MEMBER_TYPE,
    MEMBER_VALUE,
    NUMBER_AS_TEXT,
    refuse,
)
from emulator.schemes.sorted_digest import Number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emulator.core.exchange import Exchange
    from emulator.schemes.sorted_digest import Value

    Params = Mapping[str, Value]

PAYOUT_MEMBERS = (
    "country",
    "method",
    "custom_code",
    "fee_bear",
    "amount",
    "source_currency",
    "arrival_currency",
    "notify_url",
    "additional_remark",
)
"""Required for every payout."""

OPTIONAL_MEMBERS = (
    "name",
    "phone",
    "email",
    "account",
    "account_type",
    "document_id",
    "document_type",
    "channel",
    "bank_code",
    "branch",
    "account_digit",
    "branch_digit",
    "region",
    "amount_type",
)
"""Required by some methods, or by none."""

LONGEST_CODE = 50
LONGEST_URL = 128
_OF_DIGITS = (
    *("account", "document_id", "phone", "bank_code", "branch", "account_digit", "branch_digit"),
    *("custom_code", "payout_id", "transaction_id", "user_id"),
)
_INTEGER = re.compile(r"0|[1-9][0-9]{0,30}")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_URL = re.compile(r"[!-~]+")
_RENAMED = {
    "account": ("account_number", "account_no", "pix_key", "key", "clabe", "iban", "number"),
    "account_type": ("key_type", "pix_type", "type"),
    "amount": ("value", "total", "order_amount", "payout_amount"),
    "arrival_currency": ("payout_currency", "target_currency", "currency"),
    "additional_remark": ("additionl_remark", "addtional_remark", "remark", "description"),
    "bank_code": ("bank", "bank_id"),
    "country": ("country_code",),
    "custom_code": ("reference_id", "order_id", "out_trade_no", "external_id", "reference"),
    "document_id": ("document", "document_number", "cpf", "cnpj", "rfc", "curp", "tax_id"),
    "end_time": ("end_date", "to"),
    "fee_bear": ("fee", "fee_bearer", "fee_user"),
    "method": ("methd", "payment_method", "payout_method"),
    "name": ("user_name", "beneficiary_name", "full_name"),
    "notify_url": ("callback_url", "notification_url", "webhook_url", "callback"),
    "page_num": ("page", "page_no"),
    "page_size": ("limit", "size", "per_page"),
    "payout_amount": ("amount",),
    "payout_currency": ("arrival_currency", "currency"),
    "payout_id": ("transaction_id", "id"),
    "phone": ("phone_number", "mobile"),
    "source_currency": ("from_currency", "currency"),
    "start_time": ("start_date", "from"),
    "timestamp": ("time", "ts", "date"),
    "transaction_id": ("payout_id", "id"),
}
"""Names that stand for others in the retired API, or on other pages and as typing errors."""


def require(params: Params, names: Iterable[str]) -> None:
    """Refuse unless all are there and show something."""
    for name in names:
        value = params.get(name)
        if isinstance(value, str) and value and is_blank(value):
            refuse(
                "bad-request",
                MEMBER_MISSING,
                f"body.{name}",
                expected="a value",
                received=f"only blanks: {code_points(value)}",
                hint=Message(
                    "Send a visible {name}: blanks and zero-width characters do not count"
                ).with_(name=name),
                err=f"{name} is required",
            )
        if value in (None, ""):
            _refuse_missing(params, name)


def _refuse_missing(params: Params, name: str) -> NoReturn:
    other = _other_name(params, name)
    refuse(
        "bad-request",
        MEMBER_MISSING,
        f"body.{name}",
        expected="a value",
        received="nothing" if name not in params else repr(params[name]),
        hint=Message("{other!r} is called {name} here: rename it, and sign the new name").with_(
            other=other, name=name
        )
        if other
        else Message("Add {name} to the body, before you sign it").with_(name=name)
        if name not in params
        else Message(
            'Give {name} a value: null and "" are not signed, and count as not sent'
        ).with_(name=name),
        err=f"{name} is required",
    )


def _other_name(params: Params, name: str) -> str:
    """Return the name under which a member was sent instead, or nothing."""
    known = {*PAYOUT_MEMBERS, *OPTIONAL_MEMBERS} - {*_RENAMED.get(name, ())}
    sent = [key for key in params if key not in known and len(key) <= 40 and params[key]]
    for key in sent:
        if suggest.fold(key) == suggest.fold(name):
            return key
    folded = {suggest.fold(key): key for key in sent}
    others = map(suggest.fold, _RENAMED.get(name, ()))
    renamed = next((folded[other] for other in others if other in folded), "")
    return renamed or suggest.nearest(name, sent, 0.8)


def note_misspelt(params: Params, exchange: Exchange) -> None:
    """Warn of a member that is ignored because its name is not quite that of an optional one."""
    optional = {suggest.fold(name): name for name in OPTIONAL_MEMBERS}
    for name in params:
        meant = optional.get(suggest.fold(name), name)
        if meant != name and meant not in params and len(name) <= 40:
            exchange.warnings.append(
                MEMBER_MISSPELT.diagnose(
                    f"body.{name}",
                    expected=meant,
                    received=name,
                    hint=Message(
                        "Rename {name} to {meant}: under this name it is signed and ignored"
                    ).with_(name=name, meant=meant),
                )
            )


def string(params: Params, name: str, *, longest: int = 255) -> str:
    """Return a JSON string, or `""` where there is none."""
    value = params.get(name)
    if value is None:
        return ""
    if type(value) is not str:  # a Number is not one either
        refuse_type(params, name, "a string")
    if len(value) > longest:
        invalid(
            name,
            expected=f"at most {longest} characters",
            received=f"{len(value)} characters",
            hint=Message("Shorten {name} by {count} characters").with_(
                name=name, count=len(value) - longest
            ),
        )
    return value


def code(params: Params, exchange: Exchange) -> str:
    """Return the custom_code: text without anything that does not show."""
    value = string(params, "custom_code", longest=LONGEST_CODE)
    refuse_hidden(
        "custom_code",
        value,
        "Leave out control and zero-width characters; a payout could not be found again",
    )
    if value != value.strip():
        exchange.warnings.append(
            BLANKS_AROUND.diagnose(
                "body.custom_code",
                expected=value.strip(),
                received=repr(value),
                hint=Message(
                    "Trim it before you send it: the payout is found with the same blanks only"
                ),
            )
        )
    return value


def refuse_hidden(name: str, value: str, hint: str) -> None:
    """Refuse text with characters that do not show."""
    if hidden := [c for c in value if is_hidden(c)]:
        invalid(
            name,
            expected="characters that can be seen, and blanks",
            received=f"{code_points(''.join(hidden))} in {value!r}",
            hint=hint,
        )


def integer(params: Params, name: str, exchange: Exchange) -> int:
    """Return a JSON integer without a sign; one that came as text is taken, with a warning."""
    value = params.get(name)
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        refuse_type(params, name, "a whole number", _integer_hint(value))
    if not isinstance(value, Number):
        exchange.warnings.append(
            NUMBER_AS_TEXT.diagnose(
                f"body.{name}",
                expected=value,
                received=f'"{value}"',
                hint=Message(
                    "Send {name} as a JSON number, without quotes; the signature stays the same"
                ).with_(name=name),
            )
        )
    return int(value)


def _integer_hint(value: Value) -> str:
    if not isinstance(value, str):
        return Message("Send a JSON number, such as 1")
    bare = value.strip()
    if re.fullmatch(r"\d+", bare) and bare != value:
        return Message("Leave out the blanks")
    if re.fullmatch(r"\+?[0-9]+", bare):
        return Message("Leave out the + and leading zeros")
    if re.fullmatch(r"[0-9]+\.[0-9]+", bare):
        return Message("Leave out the fraction; round it down")
    if re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", bare):
        return Message("Write all its digits, without an exponent")
    if bare.startswith("-"):
        return Message("It cannot be negative")
    return Message("Send a whole number, in digits 0 to 9")


def callback(params: Params, name: str) -> str:
    """Return an absolute http or https URL that can exist."""
    url = string(params, name, longest=LONGEST_URL)
    if problem := url_problem(url):
        invalid(
            name, expected="an absolute http or https URL", received=url or "nothing", hint=problem
        )
    return url


def url_problem(url: str) -> str:
    """Say what keeps a text from being an http URL that can exist; nothing if it can."""
    if not _URL.fullmatch(url):
        return "Leave out blanks, and percent-encode what is not ASCII"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "The host is not one, or its port is not between 1 and 65535"
    if parts.scheme not in ("http", "https") or "//" not in url:
        return "Begin it with https:// or http://"
    if port == 0:
        return "Port 0 does not exist"
    if "@" in parts.netloc:
        return "Leave out user and password"
    if "\\" in url:
        return "Write / for \\"
    if parts.netloc.startswith("["):
        return ""  # urlsplit has read the address
    if re.fullmatch(r"[0-9.]+", host):
        return "" if _is_address(host) else "This is not an IPv4 address: four numbers up to 255"
    labels = host.removesuffix(".").split(".")
    if not host or not all(_LABEL.fullmatch(label) for label in labels):
        return "The host is not a name: letters, digits and hyphens between single points"
    return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def invalid(name: str, *, expected: object, received: object, hint: str) -> NoReturn:
    """Refuse a member with 4001000."""
    refuse(
        "bad-request",
        MEMBER_VALUE,
        f"body.{name}",
        expected=expected,
        received=received,
        hint=hint,
        err=f"invalid {name}",
    )


def refuse_type(params: Params, name: str, expected: str, hint: str = "") -> NoReturn:
    """Refuse a member of another JSON type."""
    value = params.get(name)
    match value:
        case Number():
            received = f"the number {value}"
        case str():
            received = f"the string {value!r}"
        case None:
            received = "nothing"
        case _:
            received = "true" if value else "false"
    refuse(
        "bad-request",
        MEMBER_TYPE,
        f"body.{name}",
        expected=expected,
        received=received,
        hint=hint
        or (
            Message("Put it in quotes, so that leading zeros are kept")
            if isinstance(value, Number) and name in _OF_DIGITS
            else Message("Send {name} as {expected}").with_(name=name, expected=expected)
        ),
        err=f"invalid {name}",
    )


# --- what can be seen ------------------------------------------------------------------------

_UNSEEN_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers, which Unicode counts among letters and signs."""


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen."""
    return all(c.isspace() or is_hidden(c) or unicodedata.category(c) == "Zs" for c in text)


def is_hidden(character: str) -> bool:
    """Tell whether a character is a control or takes no room; a plain blank is neither."""
    return (
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        or character in _UNSEEN_LETTERS
    )


def code_points(text: str) -> str:
    """Return a text's first characters by their numbers, such as `U+00A0 U+200B`."""
    shown = " ".join(f"U+{ord(c):04X}" for c in text[:8])
    return f"{shown} …" if len(text) > 8 else shown
