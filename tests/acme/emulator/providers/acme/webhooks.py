"""Webhooks to the merchant's `notify_url`, signed like a request.

The merchant acknowledges with any HTTP 2xx; everything else has the webhook sent again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.core.errors import ConfigurationError
from emulator.core.members import Member
from emulator.provider import CREDENTIALS, Delivery, Webhook, overrides
from emulator.provider.overrides import Event
from emulator.providers.acme import state
from emulator.providers.acme.auth import KEY, SIGNATURE, TIMESTAMP
from emulator.providers.acme.credentials import MERCHANTS
from emulator.schemes import timestamped_hmac

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.provider import Context
    from emulator.providers.acme.settings import Settings

RETRIES = (60.0, 600.0)
"""Seconds after the first attempt."""

EVENTS = {
    "payment.paid": Event(
        "The payer pays, and the webhook is sent", {"id": Member("Which payment; the newest else")}
    )
}


def trigger(event: str, given: Mapping[str, Any], context: Context[Settings]) -> Webhook:
    """Have a payment paid and return the webhook of it.

    Raises:
        ConfigurationError: An override is unknown, or no such payment is pending.
    """
    members, pointers = overrides.read("acme", event, EVENTS, given)
    newest = next(reversed([key for key, _ in state.payments(context).items()]), "")
    record = state.become(members.get("id", newest), state.PAID, context)
    if record is None:
        raise ConfigurationError("there is no such payment that is pending; create one first")
    content = overrides.replaced(state.shown(record), pointers)
    return Webhook(event, record["notify_url"], content, record["merchant"])


def seal_webhook(webhook: Webhook, context: Context[Settings]) -> Delivery:
    """Sign a webhook with the secret of its merchant."""
    merchant = context.store.table(CREDENTIALS).get(webhook.credential) or {"secret": ""}
    secret = MERCHANTS.rekeyed(merchant, context.changes.sign_with, context.keys)["secret"]
    body = json.dumps(webhook.content).encode()
    seconds = context.clock.timestamp("webhook") + context.changes.webhook_seconds
    timestamp = str(int(seconds))
    signature = timestamped_hmac.signature(secret, timestamp, body)
    return Delivery(
        body,
        (
            ("content-type", "application/json"),
            (KEY, webhook.credential),
            (TIMESTAMP, timestamp),
            (SIGNATURE, signature),
        ),
    )
