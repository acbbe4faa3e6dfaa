"""`montoPago`: what is to be paid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from emulator.providers.gestopago import failures, products
from emulator.providers.gestopago.products import CENT, Product
from emulator.providers.gestopago.sales import member_hints
from emulator.providers.gestopago.sales.members import refusal, told

_AMOUNT = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")


def read_amount(product: Product, payload: Mapping[str, Any]) -> Decimal:
    """Return what is to be paid: `montoPago`, or the price in the catalogue.

    Raises:
        Refusal: `amount`.
    """
    value = payload.get("montoPago")
    sent = amount(value)
    if product.front == products.BILL:
        if sent is not None and sent >= product.least:
            return sent.quantize(CENT)
        expected = f"at least {product.least}, two decimals"
    else:
        if value is None or value == "" or sent in (0, product.price):
            return product.price
        expected = f"{product.price}, or nothing"
    raise refusal(
        "amount",
        failures.AMOUNT,
        "signed.montoPago",
        expected=expected,
        received=told(value) if value is not None else "nothing",
        hint=member_hints.amount(product, value, payload),
    )


def amount(value: object) -> Decimal | None:
    """Return an amount of at most two decimals, sent as a number or as text; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    lexeme = value if isinstance(value, str) else repr(value)
    return Decimal(lexeme) if _AMOUNT.fullmatch(lexeme) else None
