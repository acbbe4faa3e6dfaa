"""What a merchant does with a payment that was made: refund, capture, confirm.

A refund is taken note of in the payment it undoes, by compare and swap, before it exists itself:
so no more than was paid can be given back, however many ask at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.providers.placetopay.auth import note_auth
from emulator.providers.placetopay.failures import FIELD_VALUE, REFERENCE_LENGTH, refuse
from emulator.providers.placetopay.message.amounts import plain, read_amount
from emulator.providers.placetopay.message.currency import DECIMALS
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.message.money import decimal, number
from emulator.providers.placetopay.state import payments, sessions
from emulator.providers.placetopay.state.exchange_state import LOCALE, MESSAGE, SITE
from emulator.providers.placetopay.state.instruments import Means
from emulator.providers.placetopay.state.status import (
    date_text,
    language,
    status_object,
)

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings


_REFUND = Source("Placetopay docs, Checkout", "Refund")
_TRANSACTION = Source("Placetopay docs, Checkout", "Transaction")

UNKNOWN = FailureMode(
    "placetopay.transaction-unknown",
    "The site has no transaction with this internalReference",
    Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED),
)
REFUNDED = FailureMode(
    "placetopay.transaction-refunded", "The transaction was refunded as a whole", _REFUND
)
NOT_REFUNDABLE = FailureMode(
    "placetopay.transaction-not-refundable",
    "The transaction is not an approved payment",
    _REFUND.but(Standing.CHOSEN),
)
NOT_SETTLED = FailureMode(
    "placetopay.transaction-not-settled",
    "A part cannot be refunded before the settlement",
    _REFUND,
    about_time=True,
)
TOO_MUCH = FailureMode(
    "placetopay.amount-exceeds",
    "The amount is more than there is, or in another currency",
    _REFUND.but(Standing.INFERRED),
)
ACTION_UNSUPPORTED = FailureMode(
    "placetopay.action-unsupported",
    "The session of the transaction is not of the kind that the action is for",
    _TRANSACTION,
)
NOT_UNCONFIRMED = FailureMode(
    "placetopay.transaction-not-unconfirmed",
    "The transaction does not wait for a confirmation, or was captured already",
    _TRANSACTION,
)
TRANSACTION_EXPIRED = FailureMode(
    "placetopay.transaction-expired",
    "The transaction expired before it was confirmed",
    Source("Placetopay docs, Checkout", "Confirmation flow"),
    about_time=True,
)


ACTIONS = ("reverse", "checkout", "reauthorization", "confirm", "cancel")
_COULD_NOT = (
    "La petición no pudo ser procesada",
    "The request could not be processed",
)
_NOT_FOR_SESSION = (
    "La acción [{}] no está soportada para esta sesión",
    "The [{}] action is not supported for this session",
)
_ONLY_UNCONFIRMED = (
    "La acción [{}] solo está disponible para transacciones en estado pendiente de confirmación",
    "The [{}] action is only available for transactions in a pending confirmation state",
)


# Refunds ----------------------------------------------------------------------------------


def reverse(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Void or refund a payment: `{"status", "payment"}`.

    Raises:
        Refusal: `placetopay.reference-length`, `placetopay.transaction-unknown`, or what is
            said of `_reversed`.
    """
    note_auth(exchange, context)
    body = Members(MESSAGE.get(exchange), exchange.warnings)
    return _answer(_reversed(_named(body, exchange, context), body, exchange, context))


def _reversed(
    payment: Record, body: Members, exchange: Exchange, context: Context[Settings]
) -> Record:
    """Refund what is asked for of a payment; return the refund.

    Raises:
        Refusal: `placetopay.transaction-refunded`, `placetopay.transaction-not-refundable`,
            `placetopay.transaction-not-settled`, `placetopay.amount-exceeds`.
    """
    root = _root(payment, context)
    if payment["kind"] not in _ROOTED or root["status"] != "APPROVED" or root["amount"] is None:
        refuse(
            "transaction.not-refundable",
            NOT_REFUNDABLE,
            "body.internalReference",
            expected="an approved payment",
            received=f"{payment['kind']} {payment['status']}",
            hint=_not_refundable_hint(payment),
        )
    asked = plain(read_amount(body, "amount")) if "amount" in body else None
    now = context.clock.timestamp("verify")
    latest = context.clock.reached(root["since"])  # what was settled once stays so
    refund = _child("refund", root, {"currency": "", "total": 0}, exchange, context)
    given: Any = 0

    def take(current: Record) -> Record:
        nonlocal given
        left = payments.remaining(current)
        given = left
        if left <= 0:
            _refuse_refunded(current)
        if asked is not None:
            _check_part(asked, current, left, latest, context)
            given = asked["total"]
        return {**current, "refunds": [*current["refunds"], [refund["internal_reference"], given]]}

    payments.change(root["internal_reference"], take, context)
    currency = root["amount"]["currency"]
    done = payments.changed(refund, "APPROVED", "00", "voided", now)
    done = {**done, "amount": {"currency": currency, "total": given}}
    payments.payments(context).put(str(done["internal_reference"]), done)
    return done


def _not_refundable_hint(payment: Record) -> str:
    if payment["kind"] == "refund":
        return Message("That is a refund. Send the internalReference of the payment")
    if payment["kind"] == "token":
        return Message(
            "With it a card was stored, and nothing was paid: there is nothing to refund"
        )
    if payment["status"] in payments.IN_PROCESS:
        return Message("The payment is still in process. Query the session until it is APPROVED")
    return Message(
        "The payment is {status}: no money was taken, so there is nothing to refund"
    ).with_(status=payment["status"])


def _refuse_refunded(payment: Record) -> NoReturn:
    refuse(
        "transaction.refunded",
        REFUNDED,
        "body.internalReference",
        expected="a payment of which something is left",
        received=f"{payment['internal_reference']}, refunded",
        hint=Message("Nothing of it is left to refund: do not ask again"),
    )


def _check_part(
    asked: Record, payment: Record, left: Any, now: float, context: Context[Settings]
) -> None:
    currency = payment["amount"]["currency"]
    if asked["currency"] != currency or decimal(asked["total"]) > decimal(left):
        _refuse_amount(f"at most {left} {currency}", asked)
    whole = decimal(asked["total"]) == decimal(payments.held(payment))
    if not whole and now < payment["at"] + context.settings.settlement_hours * 3600:
        refuse(
            "transaction.not-settled",
            NOT_SETTLED,
            "body.amount.total",
            expected=f"{payments.held(payment)}, until it is settled",
            received=f"{asked['total']}",
            hint=Message(
                "Refund the whole without amount now, or a part once it is settled: "
                "{settlement_hours:g} h after the approval"
            ).with_(settlement_hours=context.settings.settlement_hours),
        )


def _refuse_amount(expected: str, asked: Record) -> NoReturn:
    refuse(
        "request-not-valid",
        TOO_MUCH,
        "body.amount.total",
        expected=expected,
        received=f"{asked['total']} {asked['currency']}",
        hint=Message("Send {expected}").with_(expected=expected),
        words=("El campo amount.total no es válido.", "The amount.total field is invalid."),
    )


# Actions ----------------------------------------------------------------------------------


def transact(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Do something with a transaction: `{"status", "payment"}`.

    Raises:
        Refusal: `placetopay.field-required`, `placetopay.field-value`,
            `placetopay.reference-length`, `placetopay.transaction-unknown`,
            `placetopay.action-unsupported`, `placetopay.transaction-not-unconfirmed`,
            `placetopay.transaction-expired`, `placetopay.amount-exceeds`, or what a reverse
            raises.
    """
    note_auth(exchange, context)
    body = Members(MESSAGE.get(exchange), exchange.warnings)
    body.require("action", f"one of {', '.join(ACTIONS)}")
    action = body.choice("action", ACTIONS) or ""
    payment = _named(body, exchange, context)
    if action == "reverse":
        return _answer(_reversed(payment, body, exchange, context))
    if action in ("confirm", "cancel"):
        return _confirmed(action, payment, exchange, context)
    return _answer(_captured(action, payment, body, exchange, context))


def _confirmed(
    action: str, payment: Record, exchange: Exchange, context: Context[Settings]
) -> Reply:
    """Confirm or cancel a payment that waits for it."""
    if not payment["confirm"]:
        _refuse_action(action, ACTION_UNSUPPORTED, _NOT_FOR_SESSION, payment)
    if payment["reason"] == "EX":
        refuse(
            "transaction.expired",
            TRANSACTION_EXPIRED,
            "body.internalReference",
            expected="a confirmation before the session expires",
            received=f"{payment['internal_reference']}, expired",
            hint=Message("Nothing can be confirmed any more. Create a new session"),
        )
    now = context.clock.timestamp("verify")
    mine = False

    def decide(current: Record) -> Record | None:
        nonlocal mine
        mine = current["status"] == "PENDING_CONFIRMATION"
        if not mine:
            return None
        if action == "confirm":
            return payments.execute(current, now, context.settings)
        return payments.changed(current, "REJECTED", "?C", "cancelled", now)

    decided = payments.change(payment["internal_reference"], decide, context)
    if decided is None or not mine:
        _refuse_action(action, NOT_UNCONFIRMED, _ONLY_UNCONFIRMED, decided or payment)
    record = sessions.find_session(str(payment["request_id"]), context)
    if record is not None:
        sessions.look_again(record, context)
    if record is not None and action == "cancel":
        sessions.cancel_session(record, "MC", context, partial=True)
    if decided["status"] != "FAILED":
        return _answer(decided)
    site = SITE.get(exchange)
    spoken = language(LOCALE.get(exchange), site["locale"])
    status = status_object("FAILED", "BR", _COULD_NOT[spoken == "en"], date_text(context, site))
    return Reply.json({"status": status, "payment": _shown(decided)})


def _captured(
    action: str,
    payment: Record,
    body: Members,
    exchange: Exchange,
    context: Context[Settings],
) -> Record:
    """Reauthorize or capture a check-in; return the new transaction."""
    root = _root(payment, context)
    checkin = root["checkin"]
    if checkin is None or root["status"] != "APPROVED" or payment["kind"] not in _ROOTED:
        _refuse_action(action, ACTION_UNSUPPORTED, _NOT_FOR_SESSION, payment)
    if action == "reauthorization" and SITE.get(exchange)["country"] == "PR":
        _refuse_action(action, ACTION_UNSUPPORTED, _NOT_FOR_SESSION, payment, "Not in Puerto Rico")
    currency = root["amount"]["currency"]
    total = _total(action, body, root)
    child = _child(action, root, {"currency": currency, "total": total}, exchange, context)

    def take(current: Record) -> Record:
        held = current["checkin"]
        if held["state"] != "open" or current["refunds"]:
            _refuse_action(action, NOT_UNCONFIRMED, _NOT_FOR_SESSION, current)
        if action == "checkout" and decimal(total) > decimal(held["total"]):
            _refuse_amount(
                f"at most {held['total']} {currency}", {"currency": currency, "total": total}
            )
        state = "open" if action == "reauthorization" else "captured" if total else "released"
        return {**current, "checkin": {"total": total, "state": state}}

    payments.change(root["internal_reference"], take, context)
    done = payments.changed(child, "APPROVED", "00", "voided", context.clock.timestamp("verify"))
    payments.payments(context).put(str(done["internal_reference"]), done)
    return done


def _total(action: str, body: Members, root: Record) -> Any:
    """Return the amount of a capture; what is held where none is given."""
    amount = body.object("amount")
    currency = root["amount"]["currency"]
    if amount is None:
        return payments.held(root)
    if amount.get("currency") not in (None, currency):
        amount.refuse(
            "currency",
            TOO_MUCH,
            currency,
            hint=Message("Send {currency}, as in the check-in").with_(currency=currency),
        )
    amount.require("total", "a number")
    total = amount.money("total", DECIMALS[currency])
    if total is None or (action == "reauthorization" and not total):
        amount.refuse("total", FIELD_VALUE, "a number above 0")
    return number(decimal(total))


def _refuse_action(
    action: str, mode: FailureMode, words: tuple[str, str], payment: Record, hint: str = ""
) -> NoReturn:
    es, en = words
    refuse(
        "transaction.action",
        mode,
        "body.action",
        expected=f"a transaction that {action} is for",
        received=f"{payment['internal_reference']}: {payment['kind']}, {payment['status']}",
        hint=hint or _action_hint(action, mode, payment),
        words=(es.format(action), en.format(action)),
    )


def _action_hint(action: str, mode: FailureMode, payment: Record) -> str:
    """Say which transaction an action is for."""
    if action in ("confirm", "cancel"):
        if mode is NOT_UNCONFIRMED:
            return Message(
                "It is {status} already. Query the session to see what became of it"
            ).with_(status=payment["status"])
        return Message(
            "Create the session with metadata.requiresConfirmation true to use this action"
        )
    if payment["checkin"] is None:
        return Message("Create the session with type checkin to use this action")
    if payment["status"] != "APPROVED":
        return Message("Query the session until the check-in is APPROVED")
    return Message("It was captured, released or refunded already: a check-in is captured once")


# Both -------------------------------------------------------------------------------------

_ROOTED = ("payment", "reauthorization", "checkout")


def _named(body: Members, exchange: Exchange, context: Context[Settings]) -> Record:
    """Return the site's transaction that the message names, as it stands now."""
    value = body.get("internalReference")
    text = str(value) if isinstance(value, str | int) and _is_short(value) else ""
    if isinstance(value, bool) or not text:
        body.refuse(
            "internalReference",
            REFERENCE_LENGTH,
            "the internalReference of a payment, 1 to 32 characters",
            error="session.reference",
        )
    found = payments.payments(context).get(text)
    if found is None or found["login"] != exchange.credential:
        refuse(
            "transaction.not-found",
            UNKNOWN,
            "body.internalReference",
            expected="payment[].internalReference of a session of this site",
            received=text,
            hint=_unknown_hint(text, found, exchange.credential, context),
        )
    sessions.find_session(str(found["request_id"]), context)  # lets the clock have its way
    return payments.payments(context).get(text) or found


def _unknown_hint(text: str, found: Record | None, login: str, context: Context[Settings]) -> str:
    if found is not None:
        return Message("It belongs to the site {login}. Send the request with that login").with_(
            login=found["login"]
        )
    if sessions.sessions(context).get(text) is not None:
        return Message(
            "That is a requestId. Query the session, and send its payment[0].internalReference"
        )
    for key, payment in payments.payments(context).items():
        for name in ("receipt", "authorization", "reference"):
            if payment[name] == text and payment["login"] == login:
                return Message(
                    "That is the {name} of a payment. Send its internalReference {key}"
                ).with_(name=name, key=key)
    return Message("Query the session, and send payment[0].internalReference of the answer")


def _is_short(value: str | int) -> bool:
    return 1 <= len(value) <= 32 if isinstance(value, str) else abs(value) < 10**32


def _root(payment: Record, context: Context[Settings]) -> Record:
    """Return the payment that a capture or reauthorization goes back to."""
    root = payment.get("root")
    return (root and payments.payments(context).get(str(root))) or payment


def _child(
    kind: str, root: Record, amount: Record, exchange: Exchange, context: Context[Settings]
) -> Record:
    """Return a new transaction on another one, with its marks."""
    session = sessions.sessions(context).get(str(root["request_id"]))
    site = SITE.get(exchange)
    request = {
        "locale": LOCALE.get(exchange),
        "payment": {"reference": root["reference"]},
    }
    child = payments.open_payment(
        kind,
        Means(**root["means"]),
        {"request_id": root["request_id"], "login": root["login"], "request": request},
        amount,
        site,
        context,
    )
    spoken = language(
        LOCALE.get(exchange), session and session["request"]["locale"], site["locale"]
    )
    return {
        **child,
        "root": root["internal_reference"],
        "language": spoken,
        "receipt": root["receipt"],
        "authorization": root["authorization"],
        "b24": "000",
    }


def _answer(payment: Record) -> Reply:
    shown = _shown(payment)
    return Reply.json({"status": shown["status"], "payment": shown})


def _shown(payment: Record) -> dict[str, Any]:
    shown = payments.show(payment)
    if payment["kind"] != "refund":
        del shown["processorFields"]
    return shown
