"""What customers owe their billers: asked by verifyReference, paid once by sendTx, then gone.

Only what was paid is kept; what is owed until then follows from the reference.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emulator.core.store import Table
from emulator.provider import Context
from emulator.providers.gestopago.products import Product

_KEPT = 100_000
NOTHING = Decimal("0.00")


def owed(product: Product, reference: str, distributor: int, context: Context[Any]) -> Decimal:
    """Return what is still owed under a reference."""
    paid = _paid(context).get(_key(product, reference, distributor))
    return product.debt(reference) if paid is None else NOTHING


def pay(
    product: Product, reference: str, distributor: int, sale: str, context: Context[Any]
) -> bool:
    """Pay what is owed; tell whether it was owed: of two that pay at once one does."""
    return _paid(context).insert(_key(product, reference, distributor), {"sale": sale})


def take_back(product: Product, reference: str, distributor: int, context: Context[Any]) -> None:
    """Have it owed again: the sale was not made."""
    _paid(context).delete(_key(product, reference, distributor))


def _paid(context: Context[Any]) -> Table:
    return context.store.table("debts-paid", _KEPT)


def _key(product: Product, reference: str, distributor: int) -> str:
    return f"{distributor}|{product.service}|{reference}"
