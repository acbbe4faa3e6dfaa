"""Transactions: one record for each attempt of a payer, and for each refund or capture.

    challenge ── OTP ──> PENDING ── time ──> APPROVED | REJECTED
    PENDING_CONFIRMATION ── confirm ──> APPROVED | REJECTED | PENDING
                         └─ cancel, or time is up ──> REJECTED

A transaction is written before its session lists it, and changed by compare and swap, so none
is lost and none is resolved twice. One in process resolves at its own moment on the provider's
clock, with or without a query, and keeps that moment as its date.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulator.core.errors import Behaviour, Source, Standing
from emulator.core.messages import Message
from emulator.providers.placetopay.message.money import added, decimal
from emulator.providers.placetopay.state import instruments
from emulator.providers.placetopay.state.cards import SLOW_SECONDS
from emulator.providers.placetopay.state.status import in_words, language, status_object, zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.placetopay.message.money import Number
    from emulator.providers.placetopay.settings import Settings
    from emulator.providers.placetopay.state.instruments import Means

KEPT = 100_000
"""Transactions kept: enough for ten of each session that is."""

IN_PROCESS = ("PENDING", "PENDING_CONFIRMATION")
_MERCHANT = ("merchantCode", "011271442"), ("terminalNumber", "00057742")
_RECORDED = Source("Answers of checkout-test.placetopay.com", "2026-09", Standing.OBSERVED)
_DOCS = Source("Placetopay docs, Checkout", "Payment")

REFUNDED = Behaviour(
    "A payment says refunded: true in a query after its first refund, of the whole or of a part",
    _DOCS.but(Standing.DOCUMENTED, "Refund"),
)

WORDS: dict[str, tuple[str, str]] = {
    "approved": ("Aprobada -", "Approved -"),
    "voided": ("Aprobada", "Approved"),
    "declined": (
        "Negada, puede ser tarjeta bloqueada o timeout",
        "Declined, the card may be blocked or it timed out",
    ),
    "pending": ("Transacción pendiente", "Pending transaction"),
    "unconfirmed": (
        "Transacción pendiente de confirmación",
        "Transaction pending confirmation",
    ),
    "aborted": ("Pago abortado por el usuario", "Payment aborted by the user"),
    "cancelled": ("Cancelada por el comercio", "Cancelled by the merchant"),
    "expired": ("La transacción ha expirado", "The transaction has expired"),
    "failed": ("Error en el servicio", "Service error"),
    "otp": ("El código OTP no es válido", "The OTP is not valid"),
}
"""What is said of a transaction: in Spanish, in English."""


def payments(context: Context[Settings]) -> Table:
    """Return the table of transactions, by internalReference as text."""
    return context.store.table("payments", KEPT)


def listed(session: Record, context: Context[Settings]) -> list[Record]:
    """Return the attempts of a session, oldest first."""
    table = payments(context)
    found = (table.get(str(number)) for number in session["attempts"])
    return [payment for payment in found if payment is not None]


def open_payment(
    kind: str,
    means: Means,
    session: Record,
    amount: Record | None,
    site: Record,
    context: Context[Settings],
) -> Record:
    """Return a new transaction that is not stored yet, its number taken.

    Args:
        kind: `payment`, `token` to store a card only, `refund`, `reauthorization` or `checkout`.
        means: What pays.
        session: What for.
        amount: `{"currency", "total"}`; None where only a card is stored.
        site: Whose.
        context: The provider's.
    """
    first = context.settings.first_internal_reference
    number = payments(context).increment("payments") + first - 1
    entropy = instruments.derive(context, f"payment/{number}")
    return {
        "internal_reference": number,
        "request_id": session["request_id"],
        "login": session["login"],
        "kind": kind,
        "means": instruments.as_record(means),
        "amount": amount,
        "reference": reference_of(session["request"]),
        "status": "PENDING",
        "reason": "?-",
        "said": "pending",
        "b24": "",
        "at": context.clock.timestamp("verify"),
        "since": context.clock.set_backs(),
        "language": language(session["request"]["locale"]),
        "zone": site["timeZone"],
        "receipt": str(int.from_bytes(entropy[:8]) % (9 * 10**11) + 10**11),
        "authorization": f"{int.from_bytes(entropy[8:16]) % 999_999 + 1:06}",
        "id": entropy[16:].hex(),
        "challenge": False,
        "confirm": False,
        "due_at": None,
        "becomes": "",
        "token": "",
        "refunds": [],
        "checkin": None,
        "dispersion": [],
    }


def reference_of(request: Record) -> str:
    """Return the reference of what a session asks for."""
    asked: Record = request.get("payment") or request.get("subscription") or request["autopay"]
    return str(asked["reference"])


def unknown_hint(request_id: str, context: Context[Settings]) -> str:
    """Say what a requestId is that belongs to no session."""
    if payments(context).get(request_id) is not None:
        return Message(
            "That is an internalReference. Send the requestId that creating the session gave"
        )
    if not (request_id.isascii() and request_id.isdigit()):
        return Message("Put the number that creating the session gave as requestId into the path")
    return Message(
        "Send the requestId of a session of this namespace: create one first. After a"
        " reset or a restart of the emulator earlier ones are gone"
    )


# What becomes of one ----------------------------------------------------------------------


def begin(payment: Record, now: float, settings: Settings) -> Record:
    """Return the transaction as it stands once the payer has pressed the button."""
    if payment["means"]["challenged"]:
        return changed(payment, "PENDING", "?-", "pending", now) | {"challenge": True}
    return authenticated(payment, now, settings)


def authenticated(payment: Record, now: float, settings: Settings) -> Record:
    """Return the transaction as it stands once the payer is who they say."""
    if payment["confirm"]:
        return changed(payment, "PENDING_CONFIRMATION", "PT", "unconfirmed", now)
    return execute(payment, now, settings)


def execute(payment: Record, now: float, settings: Settings) -> Record:
    """Return the transaction as it stands once the bank has been asked."""
    does: str = payment["means"]["does"]
    if is_expired(payment["means"]["expiry"], now, payment["zone"]):
        does = "decline"
    if does == "below-200":
        amount = payment["amount"]
        does = "approve" if amount is None or amount["total"] < 200 else "decline"
    if does == "exception":
        return changed(payment, "FAILED", "XH", "failed", now)
    pace, later, becomes = does.partition("-")
    if not later:
        return resolved(payment, pace, now)
    seconds = {"pending": settings.pending_seconds, "manual": settings.manual_seconds}
    waiting = changed(payment, "PENDING", "?-", "pending", now)
    return waiting | {"due_at": now + seconds.get(pace, SLOW_SECONDS), "becomes": becomes}


def is_expired(expiry: str, now: float, offset: str) -> bool:
    """Tell whether the month of a card's expiry, MMYY, is over in a zone; a bank has none."""
    here = datetime.fromtimestamp(now, zone(offset))
    return bool(expiry) and (2000 + int(expiry[2:]), int(expiry[:2])) < (here.year, here.month)


def resolved(payment: Record, becomes: str, at: float) -> Record:
    """Return the transaction approved or declined."""
    if becomes == "approve":
        return changed(payment, "APPROVED", "00", "approved", at) | {"b24": "000"}
    return changed(payment, "REJECTED", "05", "declined", at) | {"b24": "050"}


def aborted(payment: Record, at: float) -> Record:
    """Return the transaction given up by its payer."""
    return changed(payment, "REJECTED", "?C", "aborted", at)


def expired(payment: Record, at: float) -> Record:
    """Return the transaction that was not confirmed in time."""
    return changed(payment, "REJECTED", "EX", "expired", at)


def changed(payment: Record, status: str, reason: str, said: str, at: float) -> Record:
    """Return the transaction with another status."""
    return {
        **payment,
        "status": status,
        "reason": reason,
        "said": said,
        "at": at,
        "challenge": False,
        "due_at": None,
        "becomes": "",
    }


def change(
    number: int, how: Callable[[Record], Record | None], context: Context[Settings]
) -> Record | None:
    """Change the transaction with this internalReference; see `Table.update`."""
    return payments(context).update(str(number), how)


def advance(payment: Record, context: Context[Settings]) -> Record:
    """Return the transaction, resolved if its moment has come, wherever the clock is now."""
    due = payment["due_at"]
    if due is None or context.clock.reached(payment["since"]) < due:
        return payment

    def resolve(current: Record) -> Record | None:
        at = current["due_at"]
        return resolved(current, current["becomes"], at) if at is not None else None

    return change(payment["internal_reference"], resolve, context) or payment


# Money ------------------------------------------------------------------------------------


def remaining(payment: Record) -> Number:
    """Return what of an approved payment has not been refunded."""
    refunded = added(total for _, total in payment["refunds"])
    left = decimal(held(payment)) - refunded
    return float(left) if left % 1 else int(left)


def held(payment: Record) -> Number:
    """Return what a payment took, or holds if it is a check-in."""
    checkin = payment["checkin"]
    return checkin["total"] if checkin else payment["amount"]["total"]


# Showing ----------------------------------------------------------------------------------


def status_of(payment: Record) -> dict[str, Any]:
    """Return a transaction's Status, at its own time."""
    words = in_words(WORDS[payment["said"]], payment["language"])
    return status_object(payment["status"], payment["reason"], words, _date(payment))


def show(payment: Record) -> dict[str, Any]:
    """Return a transaction as a fresh answer shows it."""
    means = payment["means"]
    is_card = bool(means["bin"])
    approved = payment["status"] == "APPROVED"
    shown: dict[str, Any] = {
        "status": status_of(payment),
        "internalReference": payment["internal_reference"],
        "paymentMethod": means["method"],
        "paymentMethodName": means["name"],
        "issuerName": means["issuer"],
        "amount": _amount(payment["amount"]),
        "authorization": payment["authorization"] if approved else "000000",
        "reference": payment["reference"],
        "receipt": payment["receipt"] if is_card else str(payment["internal_reference"]),
        "franchise": means["franchise"],
        "refunded": is_refunded(payment),
        "processorFields": _processor_fields(payment),
        "dispersion": [_part(part, payment) for part in payment["dispersion"]],
    }
    if not shown["issuerName"]:
        del shown["issuerName"]
    if not shown["dispersion"]:
        del shown["dispersion"]
    return shown


def is_refunded(payment: Record) -> bool:
    """Tell whether something of an approved payment was given back."""
    return bool(payment["refunds"])


def stored(shown: Any) -> Any:
    """Return plain data with the members of its objects by length, then alphabet."""
    if isinstance(shown, list):
        return [stored(each) for each in shown]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(shown, dict):
        names: list[str] = sorted(shown, key=lambda name: (len(name), name))  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
        return {name: stored(shown[name]) for name in names}
    return shown


def _amount(amount: Record) -> dict[str, Any]:
    plain = {"currency": amount["currency"], "total": amount["total"]}
    return {"from": plain, "to": dict(plain), "factor": 1}


def _part(part: Record, payment: Record) -> dict[str, Any]:
    approved = payment["status"] == "APPROVED"
    shown: dict[str, Any] = {
        "status": status_of(payment),
        "internalReference": part["internal_reference"],
        "amount": _amount(part["amount"]),
        "authorization": payment["authorization"] if approved else "000000",
        "receipt": payment["receipt"],
        "franchise": payment["means"]["franchise"],
        "refunded": is_refunded(payment),
    }
    if "agreement" in part:
        shown["agreement"] = int(part["agreement"])
    return shown | {name: part[name] for name in ("agreementType",) if name in part}


def _processor_fields(payment: Record) -> list[dict[str, Any]]:
    means = payment["means"]
    values: dict[str, Any] = dict(_MERCHANT)
    if means["bin"]:
        values |= {
            "bin": means["bin"],
            "expiration": means["expiry"],
            "installments": means["installments"],
            "lastDigits": means["last_digits"],
            "id": payment["id"],
        }
        if payment["b24"]:
            values["b24"] = payment["b24"]
        if payment["kind"] == "refund":
            values = {**dict(_MERCHANT), "cardType": "C", **values}
    else:
        values |= {"transactionCycle": "1", "trazabilyCode": payment["authorization"]}
    return [
        {"keyword": keyword, "value": value, "displayOn": "none"}
        for keyword, value in values.items()
    ]


def _date(payment: Record) -> str:
    return datetime.fromtimestamp(int(payment["at"]), zone(payment["zone"])).isoformat()
