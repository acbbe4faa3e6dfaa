"""An amount of a message: currency, total, taxes and details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.core.messages import Message
from emulator.providers.placetopay.failures import FIELD_REQUIRED, FIELD_VALUE
from emulator.providers.placetopay.message.currency import DECIMALS
from emulator.providers.placetopay.message.members import Members, put
from emulator.providers.placetopay.message.money import decimal, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.core.store import Record

TAX_KINDS = (
    "valueAddedTax",
    "exciseDuty",
    "ice",
    "airportTax",
    "stateTax",
    "reducedStateTax",
    "municipalTax",
)
DETAIL_KINDS = (
    "discount",
    "additional",
    "vatDevolutionBase",
    "shipping",
    "handlingFee",
    "insurance",
    "giftWrap",
    "subtotal",
    "fee",
    "tip",
    "airline",
    "interests",
)


_NUMERIC = {
    "032": "ARS",
    "068": "BOB",
    "084": "BZD",
    "152": "CLP",
    "170": "COP",
    "188": "CRC",
    "340": "HNL",
    "484": "MXN",
    "590": "PAB",
    "604": "PEN",
    "840": "USD",
    "858": "UYU",
    "978": "EUR",
    "986": "BRL",
}
"""Numeric codes of ISO 4217 that somebody may send -> alphabetic code."""


def read_amount(owner: Members, name: str) -> dict[str, Any]:
    """Return the amount that stands at `name`, as a query echoes it, or refuse the message."""
    owner.require(name, "an object with currency and total")
    amount = owner.object(name)
    assert amount is not None  # required above
    amount.require("currency", "a currency such as COP")
    amount.require("total", "a number")
    currency = read_currency(amount)
    decimals = DECIMALS[currency]
    total = amount.money_as_sent("total", decimals)
    if total is None or not decimal(total):
        amount.refuse("total", FIELD_VALUE, "a number above 0")
    echo: dict[str, Any] = {}
    for part, kinds in (("taxes", TAX_KINDS), ("details", DETAIL_KINDS)):
        if part in amount:
            entries = (_part(each, kinds, decimals) for each in amount.objects(part))
            put(echo, part, [entry for entry in entries if entry])
    echo["currency"] = currency
    echo["total"] = total
    return echo


def plain(amount: Record) -> dict[str, Any]:
    """Return currency and total of an amount, the total as a number."""
    return {"currency": amount["currency"], "total": number(decimal(amount["total"]))}


def read_currency(amount: Members) -> str:
    """Return the currency of an amount, or refuse the message."""
    value = amount.get("currency")
    if not isinstance(value, str) or value not in DECIMALS:
        expected = "an alphabetic code of ISO 4217, such as COP"
        amount.refuse("currency", FIELD_VALUE, expected, hint=_currency_hint(value))
    return value


def _currency_hint(value: object) -> str:
    text = str(value)[:40] if isinstance(value, str | int) else ""
    code = text.strip().upper()
    if code in DECIMALS:
        how = "in capital letters" if text.strip() == text else "without the blanks"
        return Message("Send {code}, {how}").with_(code=code, how=how)
    if code.zfill(3) in _NUMERIC:
        return Message("Send {currency}: {code} is its numeric code").with_(
            currency=_NUMERIC[code.zfill(3)], code=code
        )
    if code in ("$", "US$", "U$S", "COL$", "€", "S/", "R$"):
        return Message("Send the code of the currency, such as COP or USD, and not its sign")
    return Message("Send the code of three capital letters, such as COP or USD")


def _part(part: Members, kinds: Sequence[str], decimals: int) -> dict[str, Any]:
    """Return a tax or a detail, or nothing where its kind is unknown."""
    kind = part.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        return {}
    amount = part.money_as_sent("amount", decimals)
    if amount is None:
        part.refuse("amount", FIELD_REQUIRED, "a number")
    echo: dict[str, Any] = {"kind": kind, "amount": amount}
    put(echo, "base", part.money_as_sent("base", decimals))
    return echo
