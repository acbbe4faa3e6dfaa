"""What the emulator remembers: payouts, used custom codes; and how a payout goes on.

A payout goes by the time that has passed since it was created: `clock advance` moves it, a frozen
clock holds it, and a clock that is set back takes nothing away from it. Its final status is
written once, together with whether a webhook is due; the same step books the money that
belongs to it. So no status comes back, and no money moves twice.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from emulator.provider import CREDENTIALS
from emulator.providers.pagsmile import ledger
from emulator.providers.pagsmile.credentials import APPS
from emulator.providers.pagsmile.money import rounded_down, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.pagsmile.settings import Settings

IN_PROCESSING, PROCESSING = "IN_PROCESSING", "PROCESSING"
PAID, REJECTED, REFUNDED = "PAID", "REJECTED", "REFUNDED"
PARTIAL_REFUNDED = "PARTIAL_REFUNDED"
WAS_PAID = (PAID, PARTIAL_REFUNDED, REFUNDED)
"""Statuses of a payout that was paid, whatever came back of it."""

KEPT = 50_000
"""Records a table keeps: an old custom code must not be free again under load."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TAIL_LENGTH = 11
_TAILS = len(_ALPHABET) ** _TAIL_LENGTH


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


def is_used(app_id: str, custom_code: str, context: Context[Settings]) -> bool:
    """Tell whether a custom code is used up, by a payout or a checkout."""
    return codes(context).get(_code_key(app_id, custom_code)) is not None


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


def created(context: Context[Settings]) -> int:
    """Return how many ids have been made."""
    return context.store.table("counters").increment("payouts", 0)


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
    """Tell where a payout is by now."""
    if record["final"]:
        return Stage(record["final"], record["final_at"], record["description"])
    elapsed = context.clock.passed() - record["begun"]
    if elapsed < record["processing_after"]:
        return Stage(IN_PROCESSING, record["create_time"], "")
    return Stage(PROCESSING, record["create_time"] + int(record["processing_after"]), "")


# --- the end of a payout ---------------------------------------------------------------------


def expect(record: Record, context: Context[Settings]) -> None:
    """Note when a new payout ends, so that it ends without a query."""
    if record["outcome"] != PROCESSING:
        context.agenda.put(record["id"], record["begun"] + record["final_after"])


def finish(payout_id: str, context: Context[Settings]) -> Record | None:
    """Write the final status of a payout whose time has come, and move its money.

    Returns:
        The payout, if this call has written it; None if it is not time, or somebody has before.
    """
    now = context.clock.passed()
    written: list[bool] = []

    def end(record: Record) -> Record | None:
        due = record["begun"] + record["final_after"]
        written[:] = [not record["final"] and record["outcome"] != PROCESSING and due <= now]
        if not written[0]:
            return None
        at = record["create_time"] + int(record["final_after"])
        return _ended(record, record["outcome"], min(at, _clock_now(context)))

    record = payouts(context).update(payout_id, end)
    if record is None or not written[0]:
        return None
    context.agenda.drop(payout_id)
    _give_back(record, context)
    return record


def settle(payout_id: str, status: str, context: Context[Settings]) -> Record | None:
    """Bring a payout to PAID or REJECTED now, with its money; None if it has ended otherwise.

    What has the status already is returned as it is.
    """
    finish(payout_id, context)
    written: list[bool] = []

    def change(record: Record) -> Record | None:
        written[:] = [not record["final"]]
        if not written[0]:
            return None
        # A trigger posts the webhook itself: no second one goes out.
        return {**_ended(record, status, _clock_now(context)), "is_announced": True}

    record = payouts(context).update(payout_id, change)
    if record is None or not (written[0] or record["final"] == status):
        return None
    if written[0]:
        context.agenda.drop(payout_id)
        _give_back(record, context)
    return record


def refund(payout_id: str, part: Decimal | None, context: Context[Settings]) -> Record | None:
    """Give back what was paid, or a part of it; None if nothing that was paid is left.

    Args:
        payout_id: Which payout.
        part: How much of `arrival_amount`; all that is left if None.
        context: Clock and store.

    Returns:
        The payout, which is REFUNDED once all of it is given back, else PARTIAL_REFUNDED.
    """
    finish(payout_id, context)
    given: list[Decimal] = []

    def change(record: Record) -> Record | None:
        given.clear()
        left = Decimal(record["arrival_amount"]) - Decimal(record["refunded"])
        amount = left if part is None else part
        if record["final"] not in (PAID, PARTIAL_REFUNDED) or not 0 < amount <= left:
            return None
        refunded = Decimal(record["refunded"]) + amount
        total = _share(record, refunded)
        given.append(total - Decimal(record["given_back"]))
        return {
            **_ended(record, REFUNDED if amount == left else PARTIAL_REFUNDED, _clock_now(context)),
            "refunded": text(refunded),
            "given_back": text(total),
            "is_announced": True,
        }

    record = payouts(context).update(payout_id, change)
    if record is None or not given:
        return record if record is not None and part is None and _is_refunded(record) else None
    ledger.credit(record["app_id"], record["source_currency"], given[0], context)
    return record


def _share(record: Record, refunded: Decimal) -> Decimal:
    """Return the share of source_amount for a part of arrival_amount; the last cent at the end.

    Fee and tax come back with it, in proportion.
    """
    source, arrival = Decimal(record["source_amount"]), Decimal(record["arrival_amount"])
    if refunded == arrival:
        return source
    return rounded_down(source * refunded / arrival, record["source_currency"])


def _is_refunded(record: Record) -> bool:
    return record["final"] == REFUNDED


def announce(payout_id: str, context: Context[Settings]) -> bool:
    """Note that the webhook of a payout's end goes out; tell whether it had not before."""
    mine: list[bool] = []

    def change(record: Record) -> Record | None:
        mine[:] = [record["final"] != "" and not record["is_announced"]]
        return {**record, "is_announced": True} if mine[0] else None

    return payouts(context).update(payout_id, change) is not None and mine[0]


def _ended(record: Record, status: str, at: int) -> Record:
    description = record["reason"] if status == REJECTED else "success"
    # A clock that was set back must not put the end before what came before it.
    at = max(at, record["final_at"], record["create_time"])
    return {**record, "final": status, "final_at": at, "description": description}


def _give_back(record: Record, context: Context[Settings]) -> None:
    """Give back what a payout took, if it ended so; for the one who wrote its status only."""
    if record["final"] == REJECTED:
        amount = Decimal(record["source_amount"])
        ledger.credit(record["app_id"], record["source_currency"], amount, context)


def _clock_now(context: Context[Settings]) -> int:
    return int(context.clock.timestamp("issue"))


def other_secrets(app_id: str, context: Context[Settings]) -> dict[str, str]:
    """Return secrets that a client may have mixed up with the app's key, by what they are."""
    found: dict[str, str] = {}
    used = (context.credential(app_id) or {}).get("app_key")
    for key, record in context.store.table(CREDENTIALS).items():
        if key == app_id:
            found |= {
                f"the app key called {name}, which is not in force": own
                for name in APPS.key_names
                if (own := APPS.rekeyed(record, name, context.keys)["app_key"]) != used
            }
        else:
            found[f"the app key of {key}"] = record["app_key"]
        if record.get("security_key"):
            found[f"the payin security key beside {key}"] = record["security_key"]
    return found
