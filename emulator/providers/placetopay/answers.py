"""What a query shows of a session, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.core.errors import Behaviour, Source, Standing
from emulator.providers.placetopay import instruments, payments, sessions
from emulator.providers.placetopay.status import (
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
    from emulator.providers.placetopay.sites import Settings

MEMBER_ORDER = Behaviour(
    "Members come in the order of the recorded answers: requestId, status, request, payment,"
    " subscription on a query; status, requestId, processUrl on a creation",
    Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.OBSERVED),
)
NEWEST_FIRST = Behaviour(
    "payment is null until the first attempt, then a list of all, rejected ones too, newest first",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
FIELDS_OF_VISIT = Behaviour(
    "Once the payer has come, request.fields ends with _processUrl_ and _session_, and request has"
    " the payer",
    Source("Answers of checkout-test.placetopay.com", "2026-09", Standing.INFERRED),
)
STORED_CARD = Behaviour(
    "subscription is null until a card is stored; autopay is a list then, of id, status and"
    " instrument",
    Source("Placetopay docs, Checkout", "Subscription", Standing.CHOSEN),
)


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
