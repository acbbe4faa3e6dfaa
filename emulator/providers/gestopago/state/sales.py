"""The sales, and how confirmTx finds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from emulator.core.store import Record, Table
from emulator.provider import Context
from emulator.providers.gestopago.settings import Settings

SALES = "sales"
MATCHES = "matches"
TRACES = "traces"
KEPT = 50_000
"""Sales that are remembered, and what they claim."""

_KEPT_PER_TRACE = 8


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
    context.store.table(MATCHES, KEPT).put(match, {"sale": number})
    table = context.store.table(TRACES, 2 * KEPT)

    def longer(trace: Record) -> Record:
        return {"sales": [*trace["sales"], number][-_KEPT_PER_TRACE:]}

    for key in traces:
        if not table.insert(key, {"sales": [number]}):
            table.update(key, longer)


def near_sales(traces: Iterable[str], context: Context[Settings]) -> list[Record]:
    """Return the sales that have one of the traces, the newest first."""
    table = context.store.table(TRACES, 2 * KEPT)
    found = [trace for key in traces if (trace := table.get(key))]
    numbers = {number for trace in found for number in trace["sales"]}
    sales = (_sales(context).get(number) for number in sorted(numbers, key=int, reverse=True))
    return [sale for sale in sales if sale is not None]


def find_sale(match: str, context: Context[Settings]) -> Record | None:
    """Return the newest sale under `match`, or None."""
    found = context.store.table(MATCHES, KEPT).get(match)
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


def _sales(context: Context[Settings]) -> Table:
    return context.store.table(SALES, KEPT)
