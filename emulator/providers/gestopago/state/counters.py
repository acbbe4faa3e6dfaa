"""Logins, uses of tokens, catalogues and numbers, counted."""

from __future__ import annotations

from emulator.core.store import Record
from emulator.provider import Context
from emulator.providers.gestopago.settings import Settings

LOGINS = "logins"
COUNTERS = "counters"
_FIRST_SALE = 108_120
_FIRST_AUTHORIZATION = 10_082
_STREAK = 2
"""So many quick logins after the first give a warning."""


def note_use(device: str, context: Context[Settings]) -> None:
    """Count a use of a token of this device."""
    context.store.table(COUNTERS).increment(f"uses.{device}")


def note_login(device: str, context: Context[Settings]) -> bool:
    """Record a login; tell whether the device seems to fetch a token for each request.

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


def next_sale(context: Context[Settings]) -> str:
    """Return the `ID_TX` of the next sale."""
    return str(_FIRST_SALE + context.store.table(COUNTERS).increment("sales"))


def next_authorization(context: Context[Settings]) -> str:
    """Return the next `NUM_AUTORIZACION`."""
    return str(_FIRST_AUTHORIZATION + context.store.table(COUNTERS).increment("authorizations"))


def count_catalogue(distributor: int, day: str, context: Context[Settings]) -> int:
    """Count a getProductList; return how many there were on this day."""
    return context.store.table(COUNTERS).increment(f"catalogue.{distributor}.{day}")
