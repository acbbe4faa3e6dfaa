"""A session: what a merchant asked for, and how it lives.

    PENDING ── paid ──> APPROVED
       │ └─ paid in part ──> APPROVED_PARTIAL ── time is up, or given up ──> PARTIAL_EXPIRED
       └── cancelled, time is up, or too many attempts ──> REJECTED

A session lists the numbers of its attempts, and its status follows from them: each look at it
finds what the clock has made of it. Once final it is frozen, even if the clock is set back, and
the first who finds it so has it notified.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from emulator.core.errors import Source, Standing
from emulator.providers.placetopay.message.money import Number, added, decimal, number
from emulator.providers.placetopay.state import instruments, payments
from emulator.providers.placetopay.state.payments import IN_PROCESS
from emulator.providers.placetopay.webhooks import notify_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.placetopay.message.session import SessionRequest
    from emulator.providers.placetopay.settings import Settings

_DOCS = Source("Placetopay docs, Checkout", "How checkout works")
_RECORDED = Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.OBSERVED)


_OPEN = ("PENDING", "APPROVED_PARTIAL")


class ClosedError(Exception):
    """The session cannot be changed so: it is final, or a payment of it is in process."""


def sessions(context: Context[Settings]) -> Table:
    """Return the table of sessions, by requestId as text."""
    return context.store.table("sessions")


def is_open(record: Record) -> bool:
    """Tell whether a session is not final."""
    return record["status"] in _OPEN


def ended_by_time(record: Record) -> bool:
    """Tell whether a session is final because its time was over."""
    return record["reason"] in ("EX", "PX")


def open_session(
    request: SessionRequest,
    login: str,
    base_url: str,
    context: Context[Settings],
    *,
    collect_as: int = 0,
) -> Record:
    """Enter a new session, PENDING and not yet visited by the payer.

    Args:
        request: What the merchant asks for.
        login: Whose it is.
        base_url: Where the merchant reached the provider.
        context: The provider's.
        collect_as: requestId taken for a token that the merchant charges; no payer comes then.
    """
    table = sessions(context)
    request_id = collect_as or next_request_id(context)
    now = context.clock.timestamp("issue")
    record: Record = {
        "request_id": request_id,
        "login": login,
        "created_at": now,
        "since": context.clock.set_backs(),
        "changed_at": now,
        "expires_at": request.expires_at,
        "process_url": f"{base_url}/spa/session/{request_id}/{page_code(request_id, context)}",
        "status": "PENDING",
        "reason": "PC",
        "request": request.echo,
        "options": request.options,
        "payer": request.echo.get("payer", {}),
        "collect": bool(collect_as),
        "visited": False,
        "attempts": [],
    }
    if not table.insert(str(request_id), record):  # the same collect, asked for at once
        return find_session(str(request_id), context) or record
    look_again(record, context)
    return record


def next_request_id(context: Context[Settings]) -> int:
    """Take the number of the next session."""
    return sessions(context).increment("sessions") + context.settings.first_request_id - 1


def page_code(request_id: int, context: Context[Settings]) -> str:
    """Return the 32 hex digits that end a processUrl: a MAC of namespace and requestId."""
    return instruments.derive(context, str(request_id)).hex()[:32]


def find_session(request_id: str, context: Context[Settings]) -> Record | None:
    """Return the session as it stands now; None if there is none."""
    record = sessions(context).get(request_id)
    return record and settle(record, context)


def settle(record: Record, context: Context[Settings]) -> Record:
    """Let the clock have its way with a session: payments resolve, the time runs out.

    The first to find it final hands its notification to the outbox.
    """
    if is_open(record):
        now = context.clock.reached(record["since"])
        for payment in payments.listed(record, context):
            payments.advance(payment, context)
        if now >= record["expires_at"]:
            _abandon(record, record["expires_at"], context, expired=True)

        def judge(current: Record) -> Record | None:
            return _judged(current, payments.listed(current, context), now, context.settings)

        record = sessions(context).update(str(record["request_id"]), judge) or record
    if not is_open(record):
        notify_once(record, context)
    _store_cards(record, context)
    return record


def wake(request_id: str, context: Context[Settings]) -> None:
    """Look at a session whose moment has come, so that its merchant hears of it."""
    looked_at = context.clock.timestamp("verify")
    record = sessions(context).get(request_id)
    site = context.credential(record["login"]) if record is not None else None
    if record is not None and site is not None and site["notificationUrl"]:
        look_again(settle(record, context), context, after=looked_at)


def look_again(record: Record, context: Context[Settings], after: float | None = None) -> None:
    """Note when the clock next changes an open session, so that its end is notified.

    Args:
        record: The session.
        context: Clock and store.
        after: When it was looked at: an earlier moment has brought what it could.
    """
    if not is_open(record):
        context.agenda.drop(str(record["request_id"]))
        return
    due = [each["due_at"] for each in payments.listed(record, context) if each["due_at"]]
    at = due[-1] if due else record["expires_at"]
    if after is None or at > after:
        context.agenda.put(str(record["request_id"]), at)


def _judged(
    record: Record, attempts: list[Record], now: float, settings: Settings
) -> Record | None:
    """Return the session with the status that its attempts and the time give it; None if it has."""
    if not is_open(record):
        return None
    status, reason = _verdict(record, attempts, now, settings)
    if (status, reason) == (record["status"], record["reason"]):
        return None
    at = min(now, record["expires_at"]) if reason in ("EX", "PX") else now
    return _changed(record, status, reason, at)


def _verdict(
    record: Record, attempts: list[Record], now: float, settings: Settings
) -> tuple[str, str]:
    paid = _paid(attempts)
    goal = goal_of(record)
    if (
        paid >= decimal(goal)
        if goal is not None
        else any(each["status"] == "APPROVED" for each in attempts)
    ):
        return "APPROVED", "00"
    if not any(each["status"] in IN_PROCESS for each in attempts):
        failed = sum(each["status"] == "REJECTED" for each in attempts)
        if failed >= settings.failed_attempts or (record["collect"] and attempts):
            return ("PARTIAL_EXPIRED", "PX") if paid else ("REJECTED", "XN")
        if now >= record["expires_at"]:
            return ("PARTIAL_EXPIRED", "PX") if paid else ("REJECTED", "EX")
    if paid:
        return "APPROVED_PARTIAL", "P0"
    return "PENDING", "PT" if attempts else "PC"


def goal_of(record: Record) -> Number | None:
    """Return what is to be paid; None where only a card is to be stored."""
    payment = record["request"].get("payment")
    return number(decimal(payment["amount"]["total"])) if payment else None


def _paid(attempts: list[Record]) -> Decimal:
    return added(
        each["amount"]["total"] for each in attempts if each["amount"] and _is_approved(each)
    )


def _is_approved(payment: Record) -> bool:
    return payment["status"] == "APPROVED"


def paid_and_left(record: Record, context: Context[Settings]) -> tuple[Number, Number]:
    """Return what of a payment is paid, and what is left of it."""
    paid = _paid(payments.listed(record, context))
    return number(paid), number(decimal(goal_of(record) or 0) - paid)


def _changed(record: Record, status: str, reason: str, at: float) -> Record:
    return {**record, "status": status, "reason": reason, "changed_at": at}


# What payer and merchant do ---------------------------------------------------------------


def add_attempt(
    record: Record,
    payment: Record,
    request: Record,
    context: Context[Settings],
) -> Record:
    """Add an attempt to a session, if it may still be made.

    Args:
        record: The session.
        payment: The attempt, already begun.
        request: What the session is to echo from now on.
        context: The provider's.

    Raises:
        ClosedError: If the session is final, a payment of it is in process, or less is left to
            be paid than the attempt asks for.
    """
    table, transactions = sessions(context), payments.payments(context)
    key = str(payment["internal_reference"])
    transactions.put(key, payment)
    now = context.clock.reached(record["since"])
    added_ = False

    def add(current: Record) -> Record | None:
        nonlocal added_
        added_ = False
        earlier = payments.listed(current, context)
        asked = payment["amount"]
        if (
            not is_open(current)
            or now >= current["expires_at"]
            or any(each["status"] in IN_PROCESS for each in earlier)
            or (asked and decimal(asked["total"]) + _paid(earlier) > decimal(goal_of(current) or 0))
        ):
            return None
        added_ = True
        grown = {
            **current,
            "request": request,
            "visited": True,
            "attempts": [*current["attempts"], payment["internal_reference"]],
        }
        return _judged(grown, [*earlier, payment], now, context.settings) or grown

    changed = table.update(str(record["request_id"]), add)
    if changed is None or not added_:
        transactions.delete(key)
        raise ClosedError
    look_again(changed, context)
    return settle(changed, context)


def abort_challenge(record: Record, context: Context[Settings]) -> None:
    """Give up the payment of a session that waits for the payer to answer a challenge."""
    _abandon(record, context.clock.timestamp("verify"), context, expired=False)


def cancel_session(
    record: Record, reason: str, context: Context[Settings], *, partial: bool = False
) -> Record | None:
    """Cancel a session; return it, or None if it cannot be cancelled.

    Args:
        record: The session.
        reason: `MC` for the merchant, `?C` for the payer.
        context: The provider's.
        partial: Whether it can be if part of it is paid.
    """
    now = context.clock.timestamp("issue")
    cancelled = False

    def cancel(current: Record) -> Record | None:
        nonlocal cancelled
        attempts = payments.listed(current, context)
        paid = any(_is_approved(each) for each in attempts)
        cancelled = (
            is_open(current)
            and (partial or not paid)
            and not any(each["status"] in IN_PROCESS for each in attempts)
        )
        if not cancelled:
            return None
        ended = ("PARTIAL_EXPIRED", "PX") if paid else ("REJECTED", reason)
        return _changed(current, *ended, now)

    changed = sessions(context).update(str(record["request_id"]), cancel)
    if changed is None or not cancelled:
        return None
    return settle(changed, context)


def revise(
    record: Record, change: Callable[[Record], Record | None], context: Context[Settings]
) -> Record:
    """Change an open session otherwise, such as by a visit; a final one stays."""

    def revised(current: Record) -> Record | None:
        return change(current) if is_open(current) else None

    return sessions(context).update(str(record["request_id"]), revised) or record


def _abandon(record: Record, at: float, context: Context[Settings], *, expired: bool) -> None:
    """End the attempts that wait for somebody rather than for the clock."""

    def abandon(current: Record) -> Record | None:
        if current["challenge"]:
            return payments.aborted(current, at)
        if expired and current["status"] == "PENDING_CONFIRMATION":
            return payments.expired(current, at)
        return None

    for payment in payments.listed(record, context):
        payments.change(payment["internal_reference"], abandon, context)


def _store_cards(record: Record, context: Context[Settings]) -> None:
    for payment in payments.listed(record, context) if record["attempts"] else ():
        if payment["token"] and _is_approved(payment):
            instruments.store(payment, record["request"].get("payer"), context)


def stored_payment(record: Record, context: Context[Settings]) -> Record | None:
    """Return the attempt of a session that stored a card, or None."""
    return next(
        (each for each in payments.listed(record, context) if each["token"] and _is_approved(each)),
        None,
    )
