"""How much, in which currencies, and who bears the fees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.core import suggest
from emulator.core.messages import Message
from emulator.providers.pagsmile import methods, money
from emulator.providers.pagsmile.failures import (
    AMOUNT,
    AMOUNT_RANGE,
    AMOUNT_TYPE,
    ARRIVAL_CURRENCY,
    CURRENCY_PAIR,
    FEE_BEAR,
    SOURCE_CURRENCY,
    refuse,
)
from emulator.providers.pagsmile.members import refuse_type, string
from emulator.schemes.sorted_digest import Number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.method import Method
    from emulator.providers.pagsmile.settings import Settings

_UNSET = ("nan", "null", "none", "nil", "undefined", "infinity", "objectobject", "true", "false")
_LONGEST = 1000
"""Characters in which an amount is looked for."""
_SIGNS = {"R$": "BRL", "US$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "S/": "PEN", "₺": "TRY"}
_BEARERS = {
    "merchant": ("payer", "sender", "source", "our", "merchants", "remitter"),
    "beneficiary": ("payee", "receiver", "recipient", "user", "customer", "ben", "beneficiario"),
}
_TYPES = {
    "arrival_amount": ("arrival", "destination", "payout", "target", "receive"),
    "source_amount": ("source", "origin", "send"),
}


@dataclass(frozen=True, slots=True)
class Money:
    """How much, and who bears the fees."""

    amount: Decimal
    amount_type: str
    fee_bear: str
    source_currency: str
    arrival_currency: str


def fee_bear(params: Params) -> str:
    """Return `merchant` or `beneficiary`."""
    value = string(params, "fee_bear")
    if value not in _BEARERS:
        meant = _meant(value, _BEARERS)
        refuse(
            "fee-bear-invalid",
            FEE_BEAR,
            "body.fee_bear",
            expected="merchant or beneficiary",
            received=value,
            hint=Message("Write {meant}, in small letters").with_(meant=meant)
            if meant
            else Message("Send merchant, who then pays fees on top, or beneficiary, who gets less"),
        )
    return value


def amount(params: Params, name: str, currency: str) -> Decimal:
    """Return a positive amount of a currency: two decimal places at most, or none."""
    value = params.get(name)
    if not isinstance(value, str):
        refuse_type(params, name, "decimal text, or a number", 'Send it as text, such as "10.00"')
    whole = currency in money.WHOLE
    if not money.AMOUNT.fullmatch(value) or not Decimal(value) or (whole and "." in value):
        refuse(
            "amount-invalid",
            AMOUNT,
            f"body.{name}",
            expected="a positive whole number"
            if whole
            else "a positive number with at most two decimal places",
            received=value,
            hint=_amount_hint(value, currency),
        )
    return Decimal(value)


def payment(params: Params, way: Method, context: Context[Settings]) -> Money:
    """Return how much goes from which account, within the limits of the method."""
    bearer = fee_bear(params)
    source, arrival = _currencies(params, way)
    kind = string(params, "amount_type") or "arrival_amount"
    if kind not in _TYPES:
        meant = _meant(kind, _TYPES)
        refuse(
            "amount-type-invalid",
            AMOUNT_TYPE,
            "body.amount_type",
            expected="arrival_amount or source_amount",
            received=kind,
            hint=Message("Write {meant}, in small letters").with_(meant=meant)
            if meant
            else Message("It says in which currency amount is; left out, it is arrival_amount"),
        )
    value = amount(params, "amount", source if kind == "source_amount" else arrival)
    at = money.rate(context.settings.exchange_rates, source, arrival)
    arriving = money.arrival_of(value, kind, at, arrival)
    if not way.low <= arriving <= way.high:
        side = f"at least {way.low}" if arriving < way.low else f"at most {way.high}"
        converted = f"; {value} {source} are {arriving} {arrival} here" if kind[0] == "s" else ""
        refuse(
            "amount-out-of-range",
            AMOUNT_RANGE,
            "body.amount",
            expected=f"{way.low} to {way.high} {arrival}",
            received=f"{arriving} {arrival}",
            hint=Message("{title} takes {side} {arrival} for each payout{converted}").with_(
                title=way.title, side=side, arrival=arrival, converted=converted
            ),
        )
    return Money(value, kind, bearer, source, arrival)


def _currencies(params: Params, way: Method) -> tuple[str, str]:
    arrival = string(params, "arrival_currency")
    if arrival != way.currency:
        meant = currency_meant(arrival, (way.currency,))
        refuse(
            "arrival-currency-unsupported",
            ARRIVAL_CURRENCY,
            "body.arrival_currency",
            expected=way.currency,
            received=arrival,
            hint=Message("Write the currency as {meant}").with_(meant=meant)
            if meant
            else Message(
                "{title} arrives in {currency} only: send arrival_currency {currency}"
            ).with_(title=way.title, currency=way.currency),
        )
    source = string(params, "source_currency")
    if source not in methods.CURRENCIES:
        meant = currency_meant(source, way.sources)
        refuse(
            "currency-unsupported",
            SOURCE_CURRENCY,
            "body.source_currency",
            expected=", ".join(way.sources),
            received=source,
            hint=Message("Write the currency as {meant}").with_(meant=meant)
            if meant
            else Message("Send one of {sources}, in three capital letters").with_(
                sources=", ".join(way.sources)
            ),
        )
    if source not in way.sources:
        refuse(
            "source-to-arrival-currency",
            CURRENCY_PAIR,
            "body.source_currency",
            expected=", ".join(way.sources),
            received=source,
            hint=Message("{title} to {arrival} is paid from {sources}").with_(
                title=way.title, arrival=arrival, sources=", ".join(way.sources)
            ),
        )
    return source, arrival


def currency_meant(written: str, known: Sequence[str]) -> str:
    """Return the currency that was written in another way, or nothing."""
    bare = written.strip().upper()
    meant = _SIGNS.get(bare, bare)
    return meant if meant in known and meant != written else ""


def _meant(value: str, known: dict[str, tuple[str, ...]]) -> str:
    bare = re.sub(r"[^a-z]+", "_", value.strip().lower()).strip("_")
    for name, others in known.items():
        if bare in (name, *others):
            return name
    return suggest.nearest(bare, known, 0.75)


def _amount_hint(value: str, currency: str) -> str:
    if len(value) > _LONGEST:
        return Message(
            "Send an amount of at most 12 digits; this text has {count} characters"
        ).with_(count=len(value))
    if re.fullmatch(r"[0-9]{1,12}\.[0-9]+", value) and (hint := _fraction_hint(value, currency)):
        return hint
    for hint, mended in _amount_mendings(value):
        if mended != value and _is_amount(mended, currency):
            return f"{hint}: {mended}"
    if suggest.fold(value) in _UNSET:
        return Message(
            "No amount was set when the body was built: {text} stands in its place"
        ).with_(text=value.strip())
    if re.fullmatch(r"-?0+(\.0*)?", value.strip()):
        return Message("Send more than zero")
    if value.strip().startswith("-"):
        return Message("It cannot be negative")
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", value):
        return Message("Round it to two decimal places")
    if re.fullmatch(r"[0-9]{13,}(\.[0-9]+)?", value):
        return Message("At most 12 digits stand before the point")
    inside = re.findall(r"[0-9]+(?:\.[0-9]+)?", value)
    if len(inside) == 1 and _is_amount(inside[0], currency):
        return Message("Send the number alone: {number}").with_(number=inside[0])
    return Message("Send digits with a point before at most two decimals, such as 10.00")


def _fraction_hint(value: str, currency: str) -> str:
    """Say how to write a number whose fraction is too long; nothing where none is meant."""
    whole, _, rest = value.partition(".")
    is_whole = currency in money.WHOLE
    near = str(int(whole)) if is_whole else f"{Decimal(value):.2f}"
    is_grouped = re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", value) and type(value) is str
    meant = [
        f"{each}{when}"
        for each, when in ((near, ""), (str(int(whole + rest)), " if you meant thousands"))
        if _is_amount(each, currency) and (not when or is_grouped)
    ]
    if (len(rest) < 3 and not is_whole) or not (meant or Decimal(value) < 1):
        return ""
    if not meant:
        return Message("It is less than the smallest amount: send {smallest} or more").with_(
            smallest=1 if is_whole else "0.01"
        )
    if is_whole:
        units = ", or ".join(meant)
        return Message(
            "{currency} is paid in whole units, even 1.00 is refused; send {units}"
        ).with_(currency=currency, units=units)
    if isinstance(value, Number):
        return Message('Round it to two places and send it as text: "{near}"').with_(near=near)
    if not is_grouped:
        return Message("Round it to two decimal places: {near}").with_(near=near)
    return Message("A point stands before decimals, of which at most two; send {meant}").with_(
        meant=", or ".join(meant)
    )


def _amount_mendings(value: str) -> list[tuple[str, str]]:
    bare = re.sub(r"[\s_'’\u00a0\u202f]|[A-Za-z]{2,3}\$?|R?[$€£₺]|S/\.?", "", value)
    grouped = re.fullmatch(r"[0-9]{1,3}([.,][0-9]{3})+", bare)
    last = max(bare.rfind(","), bare.rfind("."))
    decimal = re.sub(r"[.,]", "", bare[:last]) + "." + bare[last + 1 :] if last >= 0 else bare
    scientific = re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?[eE]\+?[0-9]", value)
    return [
        ("Leave out blanks, currency and signs", bare),
        ("Leave out the +", bare.removeprefix("+")),
        ("Leave out leading zeros", re.sub(r"^0+(?=[0-9])", "", bare)),
        ("Write a digit before the point", f"0{bare}"),
        ("Leave out the point at the end", bare.removesuffix(".")),
        ("Write a point before the decimals, and nothing between thousands", decimal),
        ("Write nothing between thousands", re.sub(r"[.,]", "", bare) if grouped else bare),
        ("Write all digits, without an exponent", f"{Decimal(value):f}" if scientific else value),
    ]


def _is_amount(text: str, currency: str) -> bool:
    fits = money.AMOUNT.fullmatch(text) is not None and Decimal(text) > 0
    return fits and not (currency in money.WHOLE and "." in text)
