"""What the emulator remembers: payouts, used custom codes, balances; and how a payout goes on.

Nothing happens by itself: the stage of a payout is worked out from the time since it was
created, whenever somebody looks. So `clock advance` moves it, and a frozen clock holds it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from emulator.provider import CREDENTIALS
from emulator.providers.pagsmile.credentials import KEYS, rekey
from emulator.providers.pagsmile.methods import CURRENCIES
from emulator.providers.pagsmile.money import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.provider import Context
    from emulator.store import Record, Table

IN_PROCESSING, PROCESSING = "IN_PROCESSING", "PROCESSING"
PAID, REJECTED, REFUNDED = "PAID", "REJECTED", "REFUNDED"

KEPT = 50_000
"""Records a table keeps: an old custom code must not be free again under load."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TAIL_LENGTH = 11
_TAILS = len(_ALPHABET) ** _TAIL_LENGTH


@dataclass(frozen=True, slots=True)
class Settings:
    """What the section `[pagsmile]` of the configuration file may set.

    Attributes:
        unknown_app: The number that answers an unknown AppId.
        timestamp_window_seconds: How far a timestamp may be away, either way.
        legacy_codes: Numbers as in the pages' examples where the table has others.
        fee: Flat, in the source currency, as decimal text.
        tax: The same.
        balance: What an app has in each currency at the start, as decimal text.
        exchange_rates: Units for one USD; a currency left out counts as one.
        in_processing_seconds: From creation to PROCESSING.
        instant_seconds: From PROCESSING to the end, where the sandbox says "instant".
        other_accounts: What becomes of accounts the sandbox's table does not name.
        bank_codes: Whether a bank code must be in the published table.
        clabe_check_digit: Whether it is verified.
        notify: Which notify_url gets notices without a trigger.
    """

    unknown_app: Literal["4001203", "4004003"] = "4001203"
    timestamp_window_seconds: int = 300
    legacy_codes: bool = False
    fee: str = "0.2"
    tax: str = "0"
    balance: str = "1000000"
    exchange_rates: str = (
        "EUR=0.8 GBP=0.8 BRL=5 MXN=20 CLP=1000 COP=4000 PEN=4 ARS=1000 UYU=40 GTQ=8 TRY=40 "
        "RUB=100 NPR=125"
    )
    in_processing_seconds: float = 1.0
    instant_seconds: float = 2.0
    other_accounts: Literal["paid", "processing"] = "paid"
    bank_codes: Literal["listed", "any"] = "listed"
    clabe_check_digit: bool = True
    notify: Literal["loopback", "any", "never"] = "loopback"


class Stage(NamedTuple):
    """Where a payout is.

    Attributes:
        status: As on the wire.
        since: When it came to be so, by the provider's time.
        description: "success", a reason, or empty.
    """

    status: str
    since: int
    description: str


# --- payouts ---------------------------------------------------------------------------------


def payouts(context: Context[Settings]) -> Table:
    """The payouts, by id."""
    return context.store.table("payouts", KEPT)


def codes(context: Context[Settings]) -> Table:
    """Whose custom codes are used up, and by which payout."""
    return context.store.table("codes", KEPT)


def _code_key(app_id: str, custom_code: str) -> str:
    return f"{app_id} {custom_code}"


def claim(app_id: str, custom_code: str, payout_id: str, context: Context[Settings]) -> bool:
    """Use a custom code up; tell whether it was free."""
    return codes(context).insert(_code_key(app_id, custom_code), {"id": payout_id})


def release(app_id: str, custom_code: str, context: Context[Settings]) -> None:
    """Free a custom code, because nothing came of it."""
    codes(context).delete(_code_key(app_id, custom_code))


def find(app_id: str, payout_id: str, context: Context[Settings]) -> Record | None:
    """Return the app's payout, or None; another app's counts as none."""
    record = payouts(context).get(payout_id)
    return record if record is not None and record["app_id"] == app_id else None


def find_by_code(app_id: str, custom_code: str, context: Context[Settings]) -> Record | None:
    """Return the app's payout, or None."""
    claimed = codes(context).get(_code_key(app_id, custom_code))
    return find(app_id, claimed["id"], context) if claimed else None


def of_app(app_id: str, context: Context[Settings]) -> Iterator[Record]:
    """Go through the app's payouts, oldest first."""
    return (record for _, record in payouts(context).items() if record["app_id"] == app_id)


def new_id(app_id: str, letters: str, now: int, context: Context[Settings]) -> str:
    """Make an id such as `TS202108100734054iRiUZFPXfQM`; unlike any other of the namespace."""
    number = context.store.table("counters").increment("payouts")
    return f"TS{_digits(now)}{_tail(f'{app_id} {number}')}{letters}"


def end_to_end_id(payout_id: str, now: int) -> str:
    """Make an id of a PIX: E, the bank's eight digits, UTC to the minute, eleven characters."""
    return f"E00000000{_digits(now)[:12]}{_tail(payout_id)}"


@lru_cache(maxsize=64)
def _digits(seconds: int) -> str:
    """Write a time as fourteen digits, from the year to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M%S")


def _tail(text: str) -> str:
    """Make eleven characters of a text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()) % _TAILS
    characters = ""
    for _ in range(_TAIL_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        characters += _ALPHABET[digit]
    return characters


def stage(record: Record, context: Context[Settings]) -> Stage:
    """Work out where a payout is by now."""
    if record["refunded_at"]:
        return Stage(REFUNDED, record["refunded_at"], "success")
    elapsed = context.clock.time() - record["created_at"]
    begun: int = record["create_time"]
    if elapsed < record["processing_after"]:
        return Stage(IN_PROCESSING, begun, "")
    outcome = record["outcome"]
    if elapsed < record["final_after"] or outcome == PROCESSING:
        return Stage(PROCESSING, begun + int(record["processing_after"]), "")
    return Stage(outcome, begun + int(record["final_after"]), record["description"])


# --- money -----------------------------------------------------------------------------------


def balances(app_id: str, context: Context[Settings]) -> Record:
    """Return decimal text by currency, rejected payouts given back."""
    _open(app_id, context)
    _give_back(app_id, context)
    return _balances(context).get(app_id) or {}


def debit(app_id: str, currency: str, amount: Decimal, context: Context[Settings]) -> bool:
    """Take from a balance; tell whether it was enough."""
    if _book(app_id, currency, -amount, context):
        return True
    _open(app_id, context)
    _give_back(app_id, context)
    return _book(app_id, currency, -amount, context)


def promise_back(record: Record, context: Context[Settings]) -> None:
    """Note that a payout will be rejected, so that its money comes back."""
    _promises(context).insert(
        record["id"],
        {
            "app_id": record["app_id"],
            "currency": record["source_currency"],
            "amount": record["source_amount"],
            "due": record["created_at"] + record["final_after"],
        },
    )


def settle(payout_id: str, status: str, context: Context[Settings]) -> Record | None:
    """Bring a payout to PAID, REJECTED or REFUNDED now, with its money; None if that cannot be.

    Only what is PAID can be REFUNDED, and only what is not final can become PAID or REJECTED.
    What has the status already is returned as it is.
    """
    changed: list[bool] = []
    before: list[str] = []

    def change(record: Record) -> Record | None:
        now = stage(record, context).status
        before[:] = [now]
        changed[:] = [now == PAID if status == REFUNDED else now in (IN_PROCESSING, PROCESSING)]
        if not changed[0]:
            return None
        if status == REFUNDED:
            return {**record, "refunded_at": int(context.clock.timestamp("issue"))}
        elapsed = max(0.0, context.clock.time() - record["created_at"])
        return {
            **record,
            "outcome": status,
            "description": "success" if status == PAID else record["reason"],
            "processing_after": min(record["processing_after"], elapsed),
            "final_after": elapsed,
        }

    record = payouts(context).update(payout_id, change)
    if record is None or not (changed[0] or before[0] == status):
        return None
    if changed[0]:
        _promises(context).delete(payout_id)
        if status != PAID:
            amount = Decimal(record["source_amount"])
            _book(record["app_id"], record["source_currency"], amount, context)
    return record


def _balances(context: Context[Settings]) -> Table:
    return context.store.table("balances", KEPT)


def _promises(context: Context[Settings]) -> Table:
    return context.store.table("promises", KEPT)


def _open(app_id: str, context: Context[Settings]) -> None:
    credential = context.credential(app_id) or {}
    own = credential.get("balances")
    _balances(context).insert(
        app_id, own if own is not None else dict.fromkeys(CURRENCIES, context.settings.balance)
    )


def _book(app_id: str, currency: str, amount: Decimal, context: Context[Settings]) -> bool:
    """Add to a balance, or take from it unless it would be below zero; tell whether it was done."""
    done: list[bool] = []

    def change(record: Record) -> Record | None:
        after = Decimal(record.get(currency, "0")) + amount
        done[:] = [after >= 0]
        return {**record, currency: text(after)} if done[0] else None

    return _balances(context).update(app_id, change) is not None and done[0]


def _give_back(app_id: str, context: Context[Settings]) -> None:
    now = context.clock.time()
    promises = _promises(context)
    for payout_id, promise in list(promises.items()):
        # Who deletes the promise keeps it: two at once give back only once.
        mine = promise["app_id"] == app_id and promise["due"] <= now
        if mine and promises.delete(payout_id):
            _book(app_id, promise["currency"], Decimal(promise["amount"]), context)


def other_secrets(app_id: str, context: Context[Settings]) -> dict[str, str]:
    """Return secrets that a client may have mixed up with the app's key, by what they are."""
    found: dict[str, str] = {}
    used = (context.credential(app_id) or {}).get("app_key")
    for key, record in context.store.table(CREDENTIALS).items():
        if key == app_id:
            found |= {
                f"the app key called {name}, which is not in force": own
                for name in KEYS
                if (own := rekey(record, name, context.keys)["app_key"]) != used
            }
        else:
            found[f"the app key of {key}"] = record["app_key"]
        if record.get("security_key"):
            found[f"the payin security key beside {key}"] = record["security_key"]
    return found
