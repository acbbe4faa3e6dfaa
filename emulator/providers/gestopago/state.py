"""What GestoPago remembers: logins, sales, what they block, and the distributor's bag.

A claim is what a sale holds against its like: a upc, a phone, a bill. The first one wins, until
the claim is too old. Ages count the time that has passed, so that nothing is undone where the
clock is set back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from emulator.core.errors import ConfigurationError, FailureMode
from emulator.core.store import Record, Table
from emulator.provider import Context
from emulator.providers.gestopago.settings import Settings

SALES, CLAIMS, MATCHES, TRACES, BAGS, LOGINS, COUNTERS = (
    "sales",
    "claims",
    "matches",
    "traces",
    "bags",
    "logins",
    "counters",
)
_KEPT = 50_000
"""Sales that are remembered, and what they claim."""
_KEPT_PER_TRACE = 8
_FIRST_SALE = 108_120
_FIRST_AUTHORIZATION = 10_082
_STREAK = 2
"""Quick logins after the first, from which on a client gets a warning."""


def seed_state(context: Context[Settings]) -> None:
    """Check what the settings say; all state begins with its first use.

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


# Logins


def note_use(device: str, context: Context[Settings]) -> None:
    """Count a use of a token of this device."""
    context.store.table(COUNTERS).increment(f"uses.{device}")


def note_login(device: str, context: Context[Settings]) -> bool:
    """Enter a login; tell whether the device seems to fetch a token per request.

    It does if this login and the one before it each came soon after another one, with at most
    one use of a token between.
    """
    now = context.clock.passed()
    uses = context.store.table(COUNTERS).increment(f"uses.{device}", 0)
    logins = context.store.table(LOGINS)
    if logins.insert(device, {"at": now, "uses": uses, "streak": 0}):
        return False

    def again(last: Record) -> Record:
        quick = now - last["at"] < context.settings.token_fetch_seconds
        idle = uses - last["uses"] <= 1
        return {"at": now, "uses": uses, "streak": last["streak"] + 1 if quick and idle else 0}

    login = logins.update(device, again)
    return login is not None and login["streak"] >= _STREAK


# The bag


def balance(distributor: int, context: Context[Settings]) -> Decimal:
    """Return what the distributor's bag holds."""
    bag = context.store.table(BAGS).get(str(distributor))
    return Decimal(bag["saldo"] if bag else context.settings.balance)


def debit(
    distributor: int, amount: Decimal, commission: Decimal, context: Context[Settings]
) -> Decimal | None:
    """Take `amount` out of the bag and put `commission` in.

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


# Sales


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sale would block.

    Attributes:
        key: Such as `1|upc|2133135523`.
        seconds: How long.
        mode: Which rule the next one breaks.
        where: The member that is the same.
    """

    key: str
    seconds: int
    mode: FailureMode
    where: str


def take_claims(
    claims: list[Claim], sale: str, context: Context[Settings]
) -> tuple[Claim, Record] | None:
    """Claim all, or none and return the one that is taken, with what holds it."""
    table = context.store.table(CLAIMS, 2 * _KEPT)
    mine = {"at": context.clock.passed(), "sale": sale}
    for index, claim in enumerate(claims):
        if (holder := _take(table, claim, mine)) is not None:
            release(claims[:index], context)
            return claim, holder
    return None


def release(claims: list[Claim], context: Context[Settings]) -> None:
    """Give claims back: the sale was not made."""
    for claim in claims:
        context.store.table(CLAIMS, 2 * _KEPT).delete(claim.key)


def next_sale(context: Context[Settings]) -> str:
    """Return the `ID_TX` of the next sale."""
    return str(_FIRST_SALE + context.store.table(COUNTERS).increment("sales"))


def next_authorization(context: Context[Settings]) -> str:
    """Return the next `NUM_AUTORIZACION`."""
    return str(_FIRST_AUTHORIZATION + context.store.table(COUNTERS).increment("authorizations"))


def enter_sale(sale: Record, match: str, traces: Iterable[str], context: Context[Settings]) -> None:
    """Keep a sale.

    Args:
        sale: The record.
        match: Under which confirmTx finds it.
        traces: Under which a confirmTx that differs finds it.
        context: Store.
    """
    number = sale["id_tx"]
    _sales(context).put(number, sale)
    context.store.table(MATCHES, _KEPT).put(match, {"sale": number})
    table = context.store.table(TRACES, 2 * _KEPT)

    def longer(trace: Record) -> Record:
        return {"sales": [*trace["sales"], number][-_KEPT_PER_TRACE:]}

    for key in traces:
        if not table.insert(key, {"sales": [number]}):
            table.update(key, longer)


def near_sales(traces: Iterable[str], context: Context[Settings]) -> list[Record]:
    """Return the sales that have one of the traces, the newest first."""
    table = context.store.table(TRACES, 2 * _KEPT)
    found = [trace for key in traces if (trace := table.get(key))]
    numbers = {number for trace in found for number in trace["sales"]}
    sales = (_sales(context).get(number) for number in sorted(numbers, key=int, reverse=True))
    return [sale for sale in sales if sale is not None]


def find_sale(match: str, context: Context[Settings]) -> Record | None:
    """Return the newest sale under `match`, or None."""
    found = context.store.table(MATCHES, _KEPT).get(match)
    return _sales(context).get(found["sale"]) if found else None


def sale_of(claim: Record, context: Context[Settings]) -> dict[str, Any]:
    """Return the sale that holds a claim, for the answer 06; empty if it has been forgotten."""
    return _sales(context).get(claim["sale"]) or {}


def count_confirmation(sale: Record, context: Context[Settings]) -> int:
    """Count a confirmTx of a sale; return how many there have been."""

    def more(current: Record) -> Record:
        return {**current, "confirmations": current["confirmations"] + 1}

    counted = _sales(context).update(sale["id_tx"], more)
    return counted["confirmations"] if counted else 1


def count_catalogue(distributor: int, day: str, context: Context[Settings]) -> int:
    """Count a getProductList; return how many the day has seen."""
    return context.store.table(COUNTERS).increment(f"catalogue.{distributor}.{day}")


def _sales(context: Context[Settings]) -> Table:
    return context.store.table(SALES, _KEPT)


def _take(table: Table, claim: Claim, mine: Record) -> Record | None:
    if table.insert(claim.key, mine):
        return None
    taken = False

    def replace_old(held: Record) -> Record | None:
        nonlocal taken
        taken = mine["at"] - held["at"] >= claim.seconds
        return mine if taken else None

    held = table.update(claim.key, replace_old)
    if held is None:  # given back meanwhile
        return _take(table, claim, mine)
    return None if taken else held
