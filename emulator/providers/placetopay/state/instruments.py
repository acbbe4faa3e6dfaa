"""Stored cards: a token of 64 hex digits, and a subtoken that looks like a card number.

A token belongs to the site that stored it. Of the card it keeps what may be shown and what the
sandbox makes of it, never the number.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.messages import Message
from emulator.masking import luhn
from emulator.providers.placetopay.failures import FIELD_TYPE, FIELD_VALUE
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.state.cards import CARDS, card_of, issuer_of

if TYPE_CHECKING:
    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

PROCESS_URL_KEY = "process-url.key"
"""Key file: the secret that makes tokens and the end of a processUrl unguessable."""

_DOCS = Source("Placetopay docs, Checkout", "Tokens")

TOKEN_LENGTH = FailureMode(
    "placetopay.token-length",
    "A token is not 64 characters long, or a subtoken not 16",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
TOKEN_INVALID = FailureMode(
    "placetopay.token-invalid", "The site has no such token, or it was invalidated", _DOCS
)


@dataclass(frozen=True, slots=True)
class Means:
    """What pays, without anything secret.

    Attributes:
        method: Its code in `paymentMethod`.
        name: `paymentMethodName`.
        franchise: Service code.
        issuer: The bank; empty where it is unknown.
        does: What becomes of a payment with it.
        challenged: Whether 3-D Secure asks the payer first.
        bin: First six digits; empty for a bank.
        last_digits: Last four digits; empty for a bank.
        expiry: MMYY.
        installments: How many.
        holder: Name on the card.
    """

    method: str
    name: str
    franchise: str
    issuer: str
    does: str
    challenged: bool = False
    bin: str = ""
    last_digits: str = ""
    expiry: str = ""
    installments: int = 1
    holder: str = ""

    @property
    def is_card(self) -> bool:
        """Whether it is a card, which can be stored."""
        return bool(self.bin)


def derive(context: Context[Settings], what: str) -> bytes:
    """Return 32 bytes that only this key file, namespace and `what` give."""
    key = context.keys.text(PROCESS_URL_KEY).strip().encode()
    return hmac.digest(key, f"{context.store.namespace}/{what}".encode(), "sha256")


def instruments(context: Context[Settings]) -> Table:
    """Return the table of stored cards, by token."""
    return context.store.table("instruments")


def store(payment: Record, payer: Record | None, context: Context[Settings]) -> None:
    """Store the card of an approved payment under its token; doing it again changes nothing."""
    means = payment["means"]
    number = payment["internal_reference"]
    subtoken = _subtoken(derive(context, f"subtoken/{number}"), means["last_digits"])
    instruments(context).insert(
        payment["token"],
        {
            "id": number,
            "token": payment["token"],
            "subtoken": subtoken,
            "login": payment["login"],
            "means": {**means, "challenged": False},
            "payer": payer or {},
            "valid": True,
        },
    )


def _subtoken(entropy: bytes, last_digits: str) -> str:
    """Return 16 digits that end in the card's last four, and are no card number."""
    first = int.from_bytes(entropy) % (9 * 10**11) + 10**11
    while luhn.passes(f"{first}{last_digits}"):
        first += 1  # or the journal would take it for a card number
    return f"{first}{last_digits}"


def find(named: str, login: str, context: Context[Settings]) -> Record | None:
    """Return the site's stored card with this token or subtoken; None if none is valid."""
    found = _any_with(named, context)
    usable = found is not None and found["login"] == login and found["valid"]
    return found if usable else None


def _any_with(named: str, context: Context[Settings]) -> Record | None:
    table = instruments(context)
    found = table.get(named)
    if found is None and len(named) == _SUBTOKEN:
        found = next((each for _, each in table.items() if each["subtoken"] == named), None)
    return found


def _what_became_of(named: str, login: str, context: Context[Settings]) -> str:
    """Say why a token cannot be used, and what to do."""
    found = _any_with(named, context)
    if found is None:
        return "Send the token that subscription.instrument of a query shows, in this namespace"
    if found["login"] == login:
        return "It was invalidated. Let the payer store a card again"
    return f"It belongs to the site {found['login']}. Send the request with that login"


def means_of(instrument: Record, installments: int = 1) -> Means:
    """Return what a stored card pays with."""
    means: Record = instrument["means"]
    return replace(Means(**means), installments=installments)


def keywords(instrument: Record) -> list[dict[str, Any]]:
    """Return a stored card as a query's `subscription.instrument` lists it."""
    means = instrument["means"]
    values = {
        "token": instrument["token"],
        "subtoken": instrument["subtoken"],
        "franchise": means["method"],
        "franchiseName": means["name"],
        "issuerName": means["issuer"],
        "lastDigits": means["last_digits"],
        "validUntil": valid_until(means["expiry"]),
        "installments": None,
    }
    if not values["issuerName"]:
        del values["issuerName"]
    return [
        {"keyword": keyword, "value": value, "displayOn": "none"}
        for keyword, value in values.items()
    ]


def valid_until(expiry: str) -> str:
    """Return the last day of an expiry MMYY: `2029-12-31`."""
    month, year = int(expiry[:2]), 2000 + int(expiry[2:])
    long = month in (1, 3, 5, 7, 8, 10, 12)
    leap = year % 4 == 0  # no century year in reach
    return f"{year}-{month:02}-{31 if long else 30 if month != 2 else 28 + leap}"


# Reading one   --------------------------------------------------------------------------------

_TOKEN, _SUBTOKEN = 64, 16
SECRETS = (
    *("number", "Number", "cardNumber", "card_number", "pan"),
    *("cvv", "CVV", "cvv2", "cvc", "securityCode"),
)
"""Members that hold a card number or a security code, misnamed or not."""
_DEEPEST = 64
"""Levels of a message that the journal is given."""


def read_token(
    body: Members, login: str, context: Context[Settings], error: str = "token.invalid"
) -> tuple[Record, Members]:
    """Return the stored card that `instrument.token` names, and its members.

    Args:
        body: The message.
        login: Whose it must be.
        context: The provider's.
        error: Entry of the catalogue that refuses one that is unknown.

    Raises:
        Refusal: `placetopay.field-required`, `placetopay.field-type`, `placetopay.token-length`
            or `placetopay.token-invalid`.
    """
    body.require("instrument", "an object with a token")
    instrument = body.object("instrument")
    assert instrument is not None  # required above
    instrument.require("token", "an object with token or subtoken")
    token = instrument.object("token")
    assert token is not None  # required above
    name, length = ("token", _TOKEN) if "token" in token else ("subtoken", _SUBTOKEN)
    token.require(name, "a token or a subtoken")
    named = token.get(name)
    if not isinstance(named, str):
        token.refuse(name, FIELD_TYPE, "a text")
    if len(named) != length:
        token.refuse(
            name,
            TOKEN_LENGTH,
            f"{length} characters",
            received=f"{len(named)} characters",
            hint=_length_hint(name, named),
            error="token.length",
        )
    found = find(named, login, context)
    if found is None:
        token.refuse(
            name,
            TOKEN_INVALID,
            "a token that this site stored and did not invalidate",
            received=f"…{named[-4:]}",
            hint=_what_became_of(named, login, context),
            error=error,
        )
    _check_subtoken(token, found, error)
    return found, token


def _check_subtoken(token: Members, found: Record, error: str) -> None:
    """Refuse a subtoken that stands beside the token of another card."""
    subtoken = token.get("subtoken")
    if subtoken is None or subtoken == found["subtoken"]:
        return
    token.refuse(
        "subtoken",
        TOKEN_INVALID,
        "the subtoken of the same card as token",
        received=f"…{subtoken[-4:]}" if isinstance(subtoken, str) else "no text",
        hint=Message("Send only token, or the subtoken that the same subscription shows beside it"),
        error=error,
    )


def _length_hint(name: str, named: str) -> str:
    other, length = ("subtoken", _SUBTOKEN) if name == "token" else ("token", _TOKEN)
    if len(named) == length:
        return Message("That is a {other}. Send it as instrument.token.{other}").with_(other=other)
    if len(named.strip()) in (_TOKEN, _SUBTOKEN):
        return Message("Take the blanks around it out")
    return Message(
        "Send the whole token ({token} characters) or subtoken ({subtoken}) that "
        "subscription.instrument of a query shows"
    ).with_(token=_TOKEN, subtoken=_SUBTOKEN)


def read_number(card: Members) -> str:
    """Return the number of a card, its spaces and hyphens taken out.

    Raises:
        Refusal: `placetopay.field-required`, `placetopay.field-type` or
            `placetopay.field-value`; the number is in none of them.
    """
    card.require("number", "a card number")
    value = card.get("number")
    if not isinstance(value, str):
        card.refuse(
            "number",
            FIELD_TYPE,
            "a text of digits",
            received="no text",
            hint=Message("Send the number as a text, in quotes"),
        )
    number = value.replace(" ", "").replace("-", "")
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        card.refuse(
            "number",
            FIELD_VALUE,
            "12 to 19 digits",
            received="(masked)",
            hint=Message(
                "Send its 12 to 19 digits only; blanks and hyphens may stand between them"
            ),
        )
    if number not in CARDS and not luhn.passes(number):
        card.refuse(
            "number",
            FIELD_VALUE,
            "a number whose check digit is right",
            received=f"…{number[-4:]}",
            hint=Message("A digit was mistyped; the sandbox's cards are in the documentation"),
        )
    return number


def card_means(number: str, country: str) -> Means:
    """Return what a card of this number pays with, its expiry still to be filled in."""
    card = card_of(number)
    return Means(
        card.brand.method,
        card.brand.name,
        card.brand.service(country),
        issuer_of(number),
        card.does,
        challenged=card.three_ds == "C",
        bin=number[:6],
        last_digits=number[-4:],
    )


def redacted(message: Any, depth: int = 0) -> Any:
    """Return a message without the card numbers and security codes in it, for the journal."""
    if depth > _DEEPEST and isinstance(message, dict | list):
        return "…"
    if isinstance(message, dict):
        members = cast("dict[str, Any]", message)
        return {
            name: "***"
            if name in SECRETS or (name == "card" and not isinstance(value, dict))
            else redacted(value, depth + 1)
            for name, value in members.items()
        }
    if isinstance(message, list):
        return [redacted(each, depth + 1) for each in cast("list[Any]", message)]
    return message


def as_record(means: Means) -> Record:
    """Return it as plain data."""
    return asdict(means)
