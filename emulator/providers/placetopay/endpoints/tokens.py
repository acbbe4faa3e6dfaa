"""The endpoints of stored cards: invalidate, look up, and what any card can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.core.errors import Source
from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.providers.placetopay.auth import note_auth
from emulator.providers.placetopay.failures import NOT_COMBINABLE
from emulator.providers.placetopay.message.amounts import read_amount
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.state.cards import card_of
from emulator.providers.placetopay.state.exchange_state import LOCALE, MESSAGE, SITE
from emulator.providers.placetopay.state.instruments import (
    instruments,
    read_number,
    read_token,
)
from emulator.providers.placetopay.state.status import (
    PROCESSED,
    date_text,
    in_words,
    language,
    status_object,
)

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

_DOCS = Source("Placetopay docs, Checkout", "Tokens")


_INVALIDATED = (
    "La petición ha sido aprobada exitosamente",
    "The petition has been successfully approved",
)

_CREDITS = [
    {
        "description": "CRÉDITO CORRIENTE",
        "code": "1",
        "groupCode": "C",
        "type": "00",
        "installments": [1, 2, 3, 6, 9, 12, 18, 24, 36],
    }
]


def invalidate_token(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Invalidate a token for good: `{"status"}`.

    Raises:
        Refusal: What `read_token` raises.
    """
    note_auth(exchange, context)
    found, _ = read_token(
        Members(MESSAGE.get(exchange), exchange.warnings), exchange.credential, context
    )
    instruments(context).update(found["token"], lambda record: {**record, "valid": False})
    return Reply.json({"status": _status("APPROVED", _INVALIDATED, exchange, context)})


def show_token(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Look a token up: `{"status", "data"}`.

    Raises:
        Refusal: What `read_token` raises.
    """
    note_auth(exchange, context)
    found, _ = read_token(
        Members(MESSAGE.get(exchange), exchange.warnings),
        exchange.credential,
        context,
        "token.not-found",
    )
    means = found["means"]
    data = {
        "id": found["id"],
        "type": "card",
        "token": found["token"],
        "subtoken": found["subtoken"],
        "franchise": means["method"],
        "franchiseName": means["name"],
        "issuerName": means["issuer"] or None,
        "lastDigits": means["last_digits"],
        "validUntil": f"{means['expiry'][:2]}/{means['expiry'][2:]}",
        "owner": means["holder"] or None,
        "bin": means["bin"],
        "accountType": None,
    }
    return Reply.json({"status": _status("OK", PROCESSED, exchange, context), "data": data})


def show_information(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell what a card or token can do: `{"status", "provider", "serviceCode", …}`.

    Raises:
        Refusal: What `read_token` raises, `placetopay.field-value` and
            `placetopay.not-combinable`.
    """
    note_auth(exchange, context)
    body = Members(MESSAGE.get(exchange), exchange.warnings)
    body.require("instrument", "an object with card or token")
    payment, instrument = body.object("payment"), body.object("instrument")
    assert instrument is not None  # required above
    if payment is not None:
        read_amount(payment, "amount")
    body.text("ipAddress", 46)
    body.text("userAgent", 255)
    site = SITE.get(exchange)
    card = instrument.object("card")
    if card is not None and "token" in instrument:
        instrument.refuse(
            "card",
            NOT_COMBINABLE,
            "not with token",
            received="both",
            hint=Message("Send either card or token"),
        )
    if card is not None:
        number = read_number(card)
        found = card_of(number)
        service, three_ds = found.brand.service(site["country"]), found.three_ds
    else:
        token, _ = read_token(body, exchange.credential, context)
        service, three_ds = token["means"]["franchise"], ""
    return Reply.json(
        {
            "status": _status("OK", PROCESSED, exchange, context),
            "provider": "EMULATOR",
            "serviceCode": service,
            "cardType": "C",
            "cardTypes": ["C"],
            "displayInterest": False,
            "requireOtp": False,
            "requireCvv2": True,
            "threeDS": "required" if three_ds == "C" else "optional" if three_ds else "unsupported",
            "credits": _CREDITS,
            "requirePockets": False,
            "pockets": [],
            "requireAvs": False,
        }
    )


def _status(
    status: str, words: tuple[str, str], exchange: Exchange, context: Context[Settings]
) -> dict[str, Any]:
    site = SITE.get(exchange)
    spoken = language(LOCALE.get(exchange), site["locale"])
    return status_object(status, "00", in_words(words, spoken), date_text(context, site))
