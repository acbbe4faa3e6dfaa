"""What a payer does with a session: the seam between the hosted page and the provider.

The page, the trigger `pay` and the tests go through these functions alone; whatever a payer may
not do raises a `Refusal` in the provider's own form, whose diagnosis says which member of the
choice is at fault (`body.card.number`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.messages import Message
from emulator.providers.placetopay.failures import SESSION_UNKNOWN, refuse
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.state import attempts, instruments, payments, sessions
from emulator.providers.placetopay.state.cards import BANKS, CARDS, OTP
from emulator.providers.placetopay.state.status import WORDS, in_words, language, site_zone
from emulator.providers.placetopay.webhooks import content_of, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

NO_CHALLENGE = FailureMode(
    "placetopay.no-challenge",
    "No payment of the session waits for 3-D Secure",
    Source("emulator", "placetopay, hosted page", Standing.CHOSEN),
)


Choice = dict[str, Any]
"""What the payer chose; one of

    {"method": "card", "card": {"number", "expiration": "MM/YY", "cvv", "installments", "holder"},
     "payer": {...}, "amount": 5000}
    {"method": "bank", "bank": "1022", "payer": {...}}
    {"method": "token", "subtoken": "2964322564071111", "cvv": "123"}
    {"outcome": "approve" | "decline" | "pending" | "pending-approve" | "pending-decline"
     | "challenge" | "exception"}

`payer` is a Person (document, documentType, name, surname, email, mobile, ...); where the session
holds one already, that one counts. Without any, the emulator invents one. `amount` is for
sessions with allowPartial; all that remains is paid without it. `installments` and `holder` may
be missing. While a payment is in process the outcomes `approve` and `decline` resolve it."""


def view(record: Record, context: Context[Settings]) -> dict[str, Any]:
    """Return a session as its page shows it.

    Returns:
        id (int), reference, description, amount (number or null), currency, locale (`es_CO`),
        language (`es`, `en` or `pt`), status, reason, message, items ([{name, qty, price, ...}]),
        taxes ([{kind, amount, base}]), allowPartial, minimum, remaining, paid (numbers or null
        where nothing is to be paid), methods (of `card`, `bank`, `token`), payer (a Person and
        `locked`), buyer (a Person), returnUrl, cancelUrl (returnUrl where the shop gave none),
        skipResult, noBuyerFill, expiration (ISO 8601 with zone), merchant (name), attempts (newest
        first: [{status, reason, message, amount, lastDigits, paymentMethod, paymentMethodName,
        date, receipt, authorization}]), tokens ([{subtoken, franchiseName, lastDigits}]),
        challenge (null, or {"kind": "otp", "hint"}), type (`payment`, `subscription`, `autopay`,
        `checkin`), subscribe, banks ([{code, name}]), cards ([{number, brand, does}]: the sandbox
        cards for the test drawer), final (whether the session has ended), notification (the body
        that the merchant is sent, for the lightbox; null until the end).
    """
    site = _site(record, context)
    request = record["request"]
    asked: dict[str, Any] = request.get("payment") or request.get("subscription") or {}
    asked = asked or request.get("autopay") or {}
    amount: dict[str, Any] = asked.get("amount") or {}
    goal = sessions.goal_of(record)
    paid, left = sessions.paid_and_left(record, context) if goal is not None else (None, None)
    status, reason = record["status"], record["reason"]
    made = payments.listed(record, context)
    final = not sessions.is_open(record)
    options = record["options"]
    message = in_words(WORDS[f"{status} {reason}"], language(request["locale"]))
    return {
        "id": record["request_id"],
        "reference": str(asked["reference"]),
        "description": asked.get("description", ""),
        "amount": goal,
        "currency": amount.get("currency"),
        "locale": request["locale"],
        "language": _page_language(request["locale"]),
        "status": status,
        "reason": reason,
        "message": message,
        "items": asked.get("items", []),
        "taxes": amount.get("taxes", []),
        "allowPartial": asked.get("allowPartial", False),
        "minimum": None if left is None else attempts.minimum_of(left),
        "remaining": left,
        "paid": paid,
        "methods": attempts.methods_of(record, site),
        "payer": {**request.get("payer", {}), "locked": bool(record["payer"])},
        "buyer": request.get("buyer", {}),
        "returnUrl": request["returnUrl"],
        "cancelUrl": options.get("cancelUrl", request["returnUrl"]),
        "skipResult": request.get("skipResult", False),
        "noBuyerFill": request.get("noBuyerFill", False),
        "expiration": datetime.fromtimestamp(record["expires_at"], site_zone(site)).isoformat(
            timespec="seconds"
        ),
        "merchant": site["login"],
        "attempts": [_attempt(each) for each in reversed(made)],
        "tokens": _tokens(record, site, context),
        "challenge": {"kind": "otp", "hint": OTP} if any(p["challenge"] for p in made) else None,
        "type": _type(request),
        "subscribe": asked.get("subscribe", False),
        "banks": [{"code": bank.code, "name": bank.name} for bank in BANKS.values()],
        "cards": [
            {"number": card.number, "brand": card.brand.name, "does": card.does}
            | ({"challenge": True} if card.three_ds == "C" else {})
            for card in CARDS.values()
        ],
        "final": final,
        "notification": signed(content_of(record, site, context), site) if final else None,
    }


def visit(request_id: str, context: Context[Settings]) -> Record | None:
    """Note that the payer opened the page; return the session, None if there is none."""
    found = sessions.find_session(request_id, context)
    if found is None or not sessions.is_open(found) or found["visited"]:
        return found
    return sessions.revise(found, attempts.visited, context)


def pay(
    request_id: str, choice: Mapping[str, Any], context: Context[Settings], client: str = ""
) -> Record:
    """Try to pay as the payer chose; return the session as it then stands.

    Args:
        request_id: Which session.
        choice: See `Choice`; any JSON object, checked here.
        context: The provider's.
        client: The payer's address.

    Raises:
        Refusal: `placetopay.session-unknown`; `placetopay.session-not-payable` where it is final
            or a payment is in process; `placetopay.token-invalid`; `placetopay.field-*` and what
            else is wrong with the choice.
    """
    record = _find(request_id, context)
    members = dict(choice)
    attempts.check_choice(Members(members))
    outcome = members.get("outcome")
    if outcome in ("approve", "decline") and (resolved := _resolve(record, outcome, context)):
        return resolved
    if not sessions.is_open(record):
        attempts.refuse_closed(record)
    return attempts.attempt(record, members, _site(record, context), context, client)


def answer_challenge(request_id: str, otp: str, context: Context[Settings]) -> Record:
    """Answer the 3-D Secure challenge of a session; any other OTP than 12345 fails it.

    Raises:
        Refusal: `placetopay.session-unknown` or `placetopay.no-challenge`.
    """
    record = _find(request_id, context)
    now = context.clock.timestamp("verify")
    answered = False

    def answer(current: Record) -> Record | None:
        nonlocal answered
        answered = current["challenge"]
        if not answered:
            return None
        if otp.strip() == OTP:
            return payments.authenticated(current, now, context.settings)
        return payments.changed(current, "REJECTED", "OT1", "otp", now)

    for number in record["attempts"][-1:]:  # no other can be in process
        payments.change(number, answer, context)
    sessions.look_again(record, context)
    if not answered:
        refuse(
            "challenge.not-found",
            NO_CHALLENGE,
            "path.requestId",
            expected="a session whose payer is challenged",
            received=f"{record['status']} {record['reason']}",
            hint=Message("Pay first, with a card that is challenged, such as 4110760000000008"),
        )
    return sessions.settle(record, context)


def cancel_by_payer(request_id: str, context: Context[Settings]) -> Record:
    """Give the session up for the payer: REJECTED ?C, or PARTIAL_EXPIRED PX if part is paid.

    Raises:
        Refusal: `placetopay.session-unknown`; `placetopay.session-not-payable` where it is final
            or a payment is in process.
    """
    record = _find(request_id, context)
    if not sessions.is_open(record):
        attempts.refuse_closed(record)
    sessions.abort_challenge(record, context)
    record = sessions.settle(record, context)
    if not sessions.is_open(record):  # that was one failed attempt too many
        return record
    cancelled = sessions.cancel_session(record, "?C", context, partial=True)
    if cancelled is None:
        attempts.refuse_closed(record)
    return cancelled


def _find(request_id: str, context: Context[Settings]) -> Record:
    found = sessions.find_session(request_id, context)
    if found is None:
        refuse(
            "session.not-found",
            SESSION_UNKNOWN,
            "path.requestId",
            expected="a requestId that session.create gave in this namespace",
            received=request_id[:64],
            hint=payments.unknown_hint(request_id, context),
        )
    return found


def _site(record: Record, context: Context[Settings]) -> Record:
    """Return the site of a session, or what matters of it if it was taken away."""
    site = context.credential(record["login"])
    return site or {
        "login": record["login"],
        "country": record["request"]["locale"][-2:],
        "timeZone": "-05:00",
        "notificationAlgorithm": "sha1",
        "secretKey": "",
    }


def _resolve(record: Record, outcome: str, context: Context[Settings]) -> Record | None:
    """Resolve the payment in process as a tester wants it; None if there is none."""
    now = context.clock.timestamp("verify")
    resolved = False

    def resolve(current: Record) -> Record | None:
        nonlocal resolved
        resolved = current["due_at"] is not None
        return payments.resolved(current, outcome, now) if resolved else None

    for number in record["attempts"][-1:]:  # no other can be in process
        payments.change(number, resolve, context)
    return sessions.settle(record, context) if resolved else None


def _attempt(payment: Record) -> dict[str, Any]:
    shown = payments.show(payment) if payment["amount"] else None
    status = payments.status_of(payment)
    return {
        "status": status["status"],
        "reason": status["reason"],
        "message": status["message"],
        "amount": payment["amount"] and payment["amount"]["total"],
        "lastDigits": payment["means"]["last_digits"],
        "paymentMethod": payment["means"]["method"],
        "paymentMethodName": payment["means"]["name"],
        "date": status["date"],
        "receipt": shown["receipt"] if shown else payment["receipt"],
        "authorization": shown["authorization"] if shown else payment["authorization"],
    }


def _tokens(record: Record, site: Record, context: Context[Settings]) -> list[dict[str, Any]]:
    request = record["request"]
    person: dict[str, Any] = request.get("payer") or request.get("buyer") or {}
    marks = [(name, str(person[name])) for name in ("document", "email") if name in person]
    now = context.clock.timestamp("verify")
    return [
        {
            "subtoken": each["subtoken"],
            "franchiseName": each["means"]["name"],
            "lastDigits": each["means"]["last_digits"],
        }
        for _, each in instruments.instruments(context).items()
        if each["valid"]
        and each["login"] == record["login"]
        and any(str(each["payer"].get(name, "")) == value for name, value in marks)
        and not payments.is_expired(each["means"]["expiry"], now, site["timeZone"])
    ]


def _type(request: Record) -> str:
    if request.get("type"):
        return cast("str", request["type"])
    return "payment" if "payment" in request else "subscription"


def _page_language(locale: str) -> str:
    language_ = locale[:2].lower()
    return language_ if language_ in ("en", "pt") else "es"
