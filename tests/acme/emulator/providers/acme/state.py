"""Payments: who made them, and what became of them.

A payment is pending until it is paid, or until an hour has passed. What it has become is written
once: a clock that is set back changes nothing.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.acme.settings import Settings

LIFE_SECONDS = 3600.0
PENDING, PAID, EXPIRED = "pending", "paid", "expired"


def payments(context: Context[Settings]) -> Table:
    """Return the table of payments."""
    return context.store.table("payments")


def create(merchant: str, members: Mapping[str, str], context: Context[Settings]) -> Record:
    """Open a payment.

    Args:
        merchant: Key id of the merchant.
        members: Of the request, checked: `reference`, `amount`, `notify_url`.
        context: Clock and store.
    """
    record: Record = {
        "id": f"pay_{token_hex(8)}",
        "merchant": merchant,
        **{name: members[name] for name in ("reference", "amount", "notify_url")},
        "status": PENDING,
        "until": context.clock.passed() + LIFE_SECONDS,
    }
    payments(context).insert(record["id"], record)
    return record


def find(payment_id: str, merchant: str, context: Context[Settings]) -> Record | None:
    """Return a payment of this merchant as it stands now, or None."""
    record = payments(context).get(payment_id)
    if record is None or record["merchant"] != merchant:
        return None
    if record["status"] == PENDING and context.clock.passed() >= record["until"]:
        return become(payment_id, EXPIRED, context) or payments(context).get(payment_id)
    return record


def become(payment_id: str, status: str, context: Context[Settings]) -> Record | None:
    """Give a pending payment its final status; None if it has another one already."""
    is_pending = False

    def change(record: Record) -> Record | None:
        nonlocal is_pending
        is_pending = record["status"] == PENDING
        return {**record, "status": status} if is_pending else None

    changed = payments(context).update(payment_id, change)
    return changed if is_pending else None


def shown(record: Record) -> Record:
    """Return what the merchant is told of a payment."""
    return {name: record[name] for name in ("id", "reference", "amount", "status")}
