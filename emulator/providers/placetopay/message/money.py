"""Amounts: JSON numbers outside, decimals where they are added and compared.

An amount is written as the integer it is, else as a number with its fraction, never as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

Number = int | float


def decimal(amount: Number | str) -> Decimal:
    """Return the decimal that the amount's shortest spelling, or its text, says."""
    return Decimal(str(amount))


def number(amount: Decimal) -> Number:
    """Return the JSON number of a decimal."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def added(amounts: Iterable[Number]) -> Decimal:
    """Return the sum; zero of none."""
    return sum(map(decimal, amounts), Decimal(0))
