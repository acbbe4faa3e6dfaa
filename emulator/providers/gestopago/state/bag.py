"""The distributor's bag: what it holds, and what a sale takes."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from emulator.core.errors import ConfigurationError
from emulator.core.store import Record
from emulator.provider import Context
from emulator.providers.gestopago.settings import Settings

BAGS = "bags"


def seed_state(context: Context[Settings]) -> None:
    """Check the settings. Nothing is stored: each record is made when it is first used.

    Raises:
        ConfigurationError: `balance` is no amount.
    """
    try:
        amount = Decimal(context.settings.balance)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount != round(amount, 2):
        raise ConfigurationError(
            f"gestopago.balance: {context.settings.balance!r} is no amount; write '200000.00'"
        )


def balance(distributor: int, context: Context[Settings]) -> Decimal:
    """Return what the distributor's bag holds."""
    bag = context.store.table(BAGS).get(str(distributor))
    return Decimal(bag["saldo"] if bag else context.settings.balance)


def debit(
    distributor: int, amount: Decimal, commission: Decimal, context: Context[Settings]
) -> Decimal | None:
    """Take `amount` from the bag and add `commission`.

    Returns:
        What is left; None if the bag holds less than `amount`, and nothing is done.
    """
    bags, key = context.store.table(BAGS), str(distributor)
    bags.insert(key, {"saldo": context.settings.balance})
    paid = False

    def take(bag: Record) -> Record | None:
        nonlocal paid
        held = Decimal(bag["saldo"])
        paid = held >= amount
        return {"saldo": str(held - amount + commission)} if paid else None

    bag = bags.update(key, take)
    return Decimal(bag["saldo"]) if bag and paid else None
