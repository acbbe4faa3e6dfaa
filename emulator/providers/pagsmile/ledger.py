"""Balances: what each app holds in each currency, as decimal text.

An amount is taken or added in one step, so two at once lose nothing, and no balance goes below
zero. Who calls answers for calling once: see `state`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emulator.providers.pagsmile.methods import CURRENCIES
from emulator.providers.pagsmile.money import rounded_down, text

if TYPE_CHECKING:
    from emulator.core.store import Record, Table
    from emulator.provider import Context

KEPT = 50_000
"""Apps whose balances are kept."""


def balances(app_id: str, context: Context[Any]) -> Record:
    """Return decimal text by currency."""
    _open(app_id, context)
    return _table(context).get(app_id) or {}


def debit(app_id: str, currency: str, amount: Decimal, context: Context[Any]) -> bool:
    """Take from a balance; tell whether it was enough."""
    _open(app_id, context)
    return _book(app_id, currency, -amount, context)


def credit(app_id: str, currency: str, amount: Decimal, context: Context[Any]) -> None:
    """Add to a balance."""
    _open(app_id, context)
    _book(app_id, currency, amount, context)


def _table(context: Context[Any]) -> Table:
    return context.store.table("balances", KEPT)


def _open(app_id: str, context: Context[Any]) -> None:
    """Give an app what it starts with, once."""
    if _table(context).get(app_id) is not None:
        return
    own = (context.credential(app_id) or {}).get("balances")
    start = Decimal(context.settings.balance)
    _table(context).insert(
        app_id, own if own is not None else {c: text(rounded_down(start, c)) for c in CURRENCIES}
    )


def _book(app_id: str, currency: str, amount: Decimal, context: Context[Any]) -> bool:
    """Add to a balance, or take from it unless it would be below zero; tell whether it was done."""
    done: list[bool] = []

    def change(record: Record) -> Record | None:
        after = Decimal(record.get(currency, "0")) + amount
        done[:] = [after >= 0]
        return {**record, currency: text(after)} if done[0] else None

    return _table(context).update(app_id, change) is not None and done[0]
