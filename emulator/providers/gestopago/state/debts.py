"""What customers owe their billers: verifyReference shows it, and sendTx pays it once.

Only payments are stored. What is owed before follows from the reference.
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
    """Pay what is owed; tell whether it was owed. If two pay at the same time, one succeeds."""
    return _paid(context).insert(_key(product, reference, distributor), {"sale": sale})


def take_back(product: Product, reference: str, distributor: int, context: Context[Any]) -> None:
    """Undo a payment: the sale was not made."""
    _paid(context).delete(_key(product, reference, distributor))


def _paid(context: Context[Any]) -> Table:
    return context.store.table("debts-paid", _KEPT)


def _key(product: Product, reference: str, distributor: int) -> str:
    return f"{distributor}|{product.service}|{reference}"
