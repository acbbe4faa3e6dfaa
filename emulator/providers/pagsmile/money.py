"""Amounts: decimal arithmetic, never floats.

    merchant bears      source = amount + fee + tax    arrival = settlement = amount
    beneficiary bears   source = settlement = amount   arrival = amount - fee - tax

with `amount` in the currency that `amount_type` names, and turned into the other at a fixed
rate; fee and tax are in the source currency.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from emulator.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

WHOLE = frozenset({"CLP", "COP"})
"""Currencies paid in whole units: "1.00 is not available". No amount in them has a fraction."""

AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")
_RATE = re.compile(r"([A-Z]{3})=([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_CENT = Decimal("0.01")
_UNIT = Decimal(1)
_RATE_PLACES = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class Quote:
    """What a payout costs and what arrives."""

    source: Decimal
    settlement: Decimal
    arrival: Decimal
    rate: Decimal


def text(amount: Decimal) -> str:
    """Return decimal text as the provider writes it, trailing zeros trimmed: `10`, `0.2`, `0`."""
    return format(amount.normalize(), "f") if amount else "0"


def rate_text(at: Decimal) -> str:
    """Return a rate as text, with eight decimal places at most."""
    return text(at.quantize(_RATE_PLACES, ROUND_HALF_UP))


def amount_of(written: str, currency: str) -> Decimal:
    """Return an amount that is configured, as the currency is paid."""
    return rounded(Decimal(written), currency)


@lru_cache(maxsize=8)
def rates(written: str) -> Mapping[str, Decimal]:
    """Return units for one USD by currency, of a text such as `EUR=0.8 BRL=5`.

    Raises:
        ConfigurationError: If it cannot be read.
    """
    units = {"USD": Decimal(1)}
    for each in written.split():
        match = _RATE.fullmatch(each)
        if match is None or not Decimal(match[2]):
            raise ConfigurationError(f"exchange_rates: {each!r} is not written like BRL=5.25")
        units[match[1]] = Decimal(match[2])
    return MappingProxyType(units)


@lru_cache(maxsize=64)
def rate(written: str, source: str, arrival: str) -> Decimal:
    """Return the arrival units for one source unit; 1 for a currency without a rate."""
    if source == arrival:
        return Decimal(1)
    units = rates(written)
    return units.get(arrival, _UNIT) / units.get(source, _UNIT)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return an amount as the currency is paid: in cents or in whole units, half up."""
    return amount.quantize(_unit(currency), ROUND_HALF_UP)


def rounded_down(amount: Decimal, currency: str) -> Decimal:
    """Return the largest amount of the currency that is not above `amount`."""
    return amount.quantize(_unit(currency), ROUND_DOWN)


def arrival_of(amount: Decimal, amount_type: str, at: Decimal, currency: str) -> Decimal:
    """Return the amount in the arrival currency, before fees."""
    return rounded(amount * at if amount_type == "source_amount" else amount, currency)


def quote(
    amount: Decimal,
    *,
    amount_type: str,
    fee_bear: str,
    at: Decimal,
    charges: Decimal,
    source: str,
    arrival: str,
) -> Quote:
    """Work out a payout.

    Args:
        amount: In the currency that `amount_type` names.
        amount_type: `arrival_amount` or `source_amount`.
        fee_bear: `merchant` or `beneficiary`.
        at: Arrival units for one source unit.
        charges: Fee and tax together, in the source currency.
        source: The source currency.
        arrival: The arrival currency.
    """
    fixes_source = amount_type == "source_amount"
    leaving = rounded(amount if fixes_source else amount / at, source)
    arriving = arrival_of(amount, amount_type, at, arrival)
    if fee_bear == "merchant":
        return Quote(leaving + charges, arriving, arriving, at)
    left = (amount - charges) * at if fixes_source else amount - charges * at
    return Quote(leaving, arriving, rounded(left, arrival), at)


def _unit(currency: str) -> Decimal:
    return _UNIT if currency in WHOLE else _CENT
