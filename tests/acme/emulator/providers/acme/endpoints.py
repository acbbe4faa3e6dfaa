"""What an accepted request does: a payment is made, or shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.provider import Endpoint
from emulator.providers.acme import state
from emulator.providers.acme.behaviours import PAYMENTS
from emulator.providers.acme.failures import ERRORS, MEMBER, PAYMENT_UNKNOWN

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.acme.settings import Settings

_FORMS = {
    "reference": (re.compile(r"[\w-]{1,32}", re.ASCII), "1 to 32 letters, digits, '_' and '-'"),
    "amount": (re.compile(r"[0-9]{1,9}\.[0-9]{2}"), 'decimal text such as "10.00"'),
    "notify_url": (re.compile(r"https?://[!-~]{1,200}"), "a URL"),
}


def create_payment(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Open a payment.

    Source:
        Acme API reference, "Payments", "Create".
    """
    for name, (form, words) in _FORMS.items():
        value = exchange.payload.get(name)
        if not isinstance(value, str) or not form.fullmatch(value):
            ERRORS.refuse(
                "bad-request",
                MEMBER,
                f"body.{name}",
                expected=words,
                received=repr(value) if name in exchange.payload else "nothing",
                hint=Message("Send {name}: {words}").with_(name=name, words=words),
            )
    record = state.create(exchange.credential, exchange.payload, context)
    return Reply.json(state.shown(record), 201)


def query_payment(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Show a payment of this merchant.

    Source:
        Acme API reference, "Payments", "Query".
    """
    payment_id = exchange.parameters["payment_id"]
    record = state.find(payment_id, exchange.credential, context)
    if record is None:
        ERRORS.refuse(
            "not-found",
            PAYMENT_UNKNOWN,
            "path.payment_id",
            expected="the id of a payment of this merchant",
            received=payment_id,
            hint="Use the id of the answer to payment.create, with the key that created it",
        )
    return Reply.json(state.shown(record))


ENDPOINTS = (
    Endpoint("payment.create", ("POST",), ("/charges",), create_payment, PAYMENTS),
    Endpoint("payment.query", ("GET",), ("/charges/{payment_id}",), query_payment, PAYMENTS),
)
