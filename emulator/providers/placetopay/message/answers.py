"""What a query shows of a session, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.providers.placetopay.state import instruments, payments, sessions
from emulator.providers.placetopay.state.status import (
    PROCESSED,
    WORDS,
    date_text,
    in_words,
    language,
    status_object,
)

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings


def session_view(
    record: Record,
    locale: object,
    site: Record,
    context: Context[Settings],
) -> dict[str, Any]:
    """Return a session as a query shows it, its status dated now.

    Args:
        record: The session.
        locale: Of the request; its language comes before that of the session.
        site: Whose it is.
        context: The provider's.
    """
    status, reason = record["status"], record["reason"]
    request = record["request"]
    words = in_words(WORDS[f"{status} {reason}"], language(locale, request["locale"]))
    attempts = [
        payments.show(each)
        for each in reversed(payments.listed(record, context))
        if each["kind"] == "payment"
    ]
    view: dict[str, Any] = {
        "requestId": record["request_id"],
        "status": status_object(status, reason, words, date_text(context, site)),
        "request": request,
        "payment": payments.stored(attempts) or None,
        "subscription": _subscription(record, context),
    }
    if "autopay" in request:
        view["autopay"] = _autopay(record, context)
    return view


def _subscription(record: Record, context: Context[Settings]) -> dict[str, Any] | None:
    request = record["request"]
    asked: dict[str, Any] = request.get("payment", {})
    if "subscription" not in request and not asked.get("subscribe"):
        return None
    found = _stored(record, context)
    if found is None:
        return None
    payment, instrument = found
    return {
        "type": "token",
        "status": _processed(payment),
        "instrument": instruments.keywords(instrument),
    }


def _autopay(record: Record, context: Context[Settings]) -> list[dict[str, Any]] | None:
    found = _stored(record, context)
    if found is None:
        return None
    payment, instrument = found
    asked = record["request"]["autopay"]
    own = instruments.derive(context, f"autopay/{payment['internal_reference']}").hex()
    made_up = f"{own[:8]}-{own[8:12]}-4{own[13:16]}-8{own[17:20]}-{own[20:32]}"
    return [
        {
            "id": asked.get("id") or made_up,
            "status": _processed(payment),
            "instrument": instruments.keywords(instrument),
        }
    ]


def _stored(record: Record, context: Context[Settings]) -> tuple[Record, Record] | None:
    payment = sessions.stored_payment(record, context)
    instrument = payment and instruments.instruments(context).get(payment["token"])
    return (payment, instrument) if payment and instrument else None


def _processed(payment: Record) -> dict[str, Any]:
    date = payments.status_of(payment)["date"]
    return status_object("OK", "00", in_words(PROCESSED, payment["language"]), date)
