"""The notification: one POST when a session has ended, once, whatever is answered.

    {"status": {"status", "reason", "message", "date"}, "requestId", "reference", "signature"}

    signature = hex(SHA1(requestId + status.status + status.date + secretKey))

and `sha256:` before it where the site uses SHA-256. `status.date` is the time at which the end
was found, so a merchant must verify with the date of the body itself.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from emulator.core.errors import Diagnosis, FailureMode, Source
from emulator.core.messages import Message
from emulator.provider import CURRENT, Delivery, Webhook
from emulator.providers.placetopay.state.payments import reference_of
from emulator.providers.placetopay.state.status import (
    WORDS,
    in_words,
    language,
    site_zone,
    status_object,
)

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context, MerchantAnswer
    from emulator.providers.placetopay.settings import Settings

EVENT = "notification"

KEPT = 100_000
"""Sessions remembered as notified: more than there are, so none is notified again."""

_DOCS = Source("Placetopay docs, Checkout", "Notification")

NOT_ACKNOWLEDGED = FailureMode(
    "placetopay.webhook-not-acknowledged",
    "The merchant did not answer the notification with a status from 200 to 299",
    _DOCS,
)


def content_of(record: Record, site: Record, context: Context[Settings]) -> dict[str, Any]:
    """Return the body of a session's notification, still without its signature."""
    status, reason = record["status"], record["reason"]
    words = in_words(WORDS[f"{status} {reason}"], language(record["request"]["locale"]))
    now = int(context.clock.timestamp("webhook"))
    date = datetime.fromtimestamp(now, site_zone(site)).isoformat()
    return {
        "status": status_object(status, reason, words, date),
        "requestId": record["request_id"],
        "reference": reference_of(record["request"]),
    }


def notify_once(record: Record, context: Context[Settings]) -> None:
    """Hand the notification of a final session to the outbox, if it has not been."""
    table = context.store.table("notified", KEPT)
    key = str(record["request_id"])
    if table.get(key) is not None or not table.insert(key, {}):
        return
    site = context.credential(record["login"])
    if site is not None:
        content = content_of(record, site, context)
        context.notify(Webhook(EVENT, site["notificationUrl"], content, record["login"]))


def signed(content: dict[str, Any], site: Record) -> dict[str, Any]:
    """Return the body with its signature, made with the site's secretKey and hash."""
    status = content.get("status")
    members = cast("dict[str, Any]", status) if isinstance(status, dict) else {}
    base = f"{content.get('requestId', '')}{members.get('status', '')}{members.get('date', '')}"
    name = site["notificationAlgorithm"]
    digest = hashlib.new(name, f"{base}{site['secretKey']}".encode("utf-8", "replace")).hexdigest()
    return {**content, "signature": digest if name == "sha1" else f"{name}:{digest}"}


def seal_webhook(webhook: Webhook, context: Context[Settings]) -> Delivery:
    """Date, sign and write a notification."""
    site = context.credential(webhook.credential) or {"secretKey": "", "notificationAlgorithm": ""}
    changes = context.changes
    if changes.sign_with not in ("", CURRENT) and context.rekey is not None:
        site = context.rekey(site, changes.sign_with, context.keys)
    content = _shifted(webhook.content, changes.webhook_seconds)
    if "signature" not in content:
        content = signed(content, {**site, "notificationAlgorithm": _algorithm(webhook, site)})
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Delivery(body, (("content-type", "application/json"),))


def judge_answer(answer: MerchantAnswer) -> Diagnosis | None:
    """Tell why an answer is not a 2xx; None if it is."""
    status = answer.status
    if 200 <= status < 300:
        return None
    moved = 300 <= status < 400
    return NOT_ACKNOWLEDGED.diagnose(
        "answer",
        expected="a status from 200 to 299",
        received=f"HTTP {status}",
        hint=Message("Redirects are not followed")
        if moved
        else Message("It is not sent again: query the session"),
    )


def _algorithm(webhook: Webhook, site: Record) -> str:
    return webhook.mode or site["notificationAlgorithm"] or "sha1"


def _shifted(content: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the content with its date moved, where it has one."""
    status = content.get("status")
    if not seconds or not isinstance(status, dict):
        return content
    members = cast("dict[str, Any]", status)
    try:
        date = datetime.fromisoformat(members["date"]) + timedelta(seconds=seconds)
    except (KeyError, TypeError, ValueError, OverflowError):
        return content
    return {**content, "status": {**members, "date": date.isoformat(timespec="seconds")}}
