"""Webhooks to the merchant's `notify_url`: signed like a request, over their five members.

    {"payoutId": "TS…", "custom_code": "…", "status": "PAID", "msg": "success",
     "timestamp": 1628564650}

The merchant acknowledges with HTTP 200 and the body `success`; anything else has the webhook
sent again, six times within fourteen hours. A webhook goes out when the payout ends, by the
emulator's clock and without a query, or when a trigger says so.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emulator.core.errors import ConfigurationError, Diagnosis
from emulator.core.members import Member
from emulator.core.messages import Message
from emulator.provider import Delivery, Webhook, overrides
from emulator.provider.overrides import Event
from emulator.providers.pagsmile import state
from emulator.providers.pagsmile.credentials import signing_key
from emulator.providers.pagsmile.failures import NOT_ACKNOWLEDGED
from emulator.providers.pagsmile.money import AMOUNT, rounded
from emulator.schemes import sorted_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context, MerchantAnswer
    from emulator.providers.pagsmile.settings import Settings
    from emulator.providers.pagsmile.state import Stage

RETRIES = (600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 50_400.0)
"""Seconds after the first dispatch: 10, 30, 60, 120, 360 and 840 minutes."""

_STATUS = {
    f"payout.{each.lower()}": each
    for each in (state.PAID, state.REJECTED, state.REFUNDED, state.PARTIAL_REFUNDED)
}
_CHOICES = {
    "payout_id": Member("Which payout; the newest without"),
    "custom_code": Member("Which payout, by the merchant's own code"),
    "url": Member("Where the webhook goes, in place of the payout's notify_url"),
}
_AMOUNT = Member("How much goes back, in the arrival currency; half without")
EVENTS = {
    event: Event(
        f"The payout becomes {status}, and its webhook is sent",
        {**_CHOICES, "amount": _AMOUNT} if status == state.PARTIAL_REFUNDED else _CHOICES,
    )
    for event, status in _STATUS.items()
}
_MEDIA_TYPE = "application/json; charset=UTF-8"


def webhook_of(record: Record, stage: Stage, context: Context[Settings]) -> Webhook:
    """Return the webhook that says where a payout is."""
    event = f"payout.{stage.status.lower()}"
    content = _content(record, stage, context)
    return Webhook(event, record["notify_url"], content, record["app_id"])


def _content(record: Record, stage: Stage, context: Context[Settings]) -> dict[str, Any]:
    return {
        "payoutId": record["id"],
        "custom_code": record["custom_code"],
        "status": stage.status,
        "msg": stage.description,
        "timestamp": int(context.clock.timestamp("webhook")),
    }


def wake(payout_id: str, context: Context[Settings]) -> None:
    """Let a payout end whose time has come, and its merchant hear of it."""
    record = state.finish(payout_id, context)
    if record is not None:
        _announce(record, context)


def catch_up(context: Context[Settings]) -> None:
    """Let all payouts end whose time has come: balances are asked for."""
    for payout_id in context.agenda.due(context.clock.passed()):
        wake(payout_id, context)


def up_to_date(record: Record, context: Context[Settings]) -> Record:
    """Return a payout after it has come to its end, if it is time."""
    if record["final"]:
        return record
    ended = state.finish(record["id"], context)
    if ended is not None:
        _announce(ended, context)
    return state.payouts(context).get(record["id"]) or record


def _announce(record: Record, context: Context[Settings]) -> None:
    """Hand the webhook of a payout's end to the outbox, once."""
    if state.announce(record["id"], context):
        webhook = webhook_of(record, state.stage(record, context), context)
        context.notify(replace(webhook, withheld=_withheld(context)))


def warn_of_unsent(exchange: Exchange, url: str, context: Context[Settings]) -> None:
    """Say beside the exchange that creates a payout that its end will not be told."""
    if problem := context.unsendable(Webhook("", url, {}, withheld=_withheld(context))):
        exchange.warnings.append(problem.at("body.notify_url"))


def seal_webhook(webhook: Webhook, context: Context[Settings]) -> Delivery:
    """Sign a webhook with the app key of its payout."""
    body = _encode(_moved(webhook.content, int(context.changes.webhook_seconds)))
    key = signing_key(webhook.credential, context)
    signature = sorted_digest.signature(sorted_digest.parse(body), key)
    return Delivery(body, (("content-type", _MEDIA_TYPE), ("authorization", signature)))


def _moved(content: Mapping[str, Any], seconds: int) -> Mapping[str, Any]:
    timestamp = content.get("timestamp")
    if not isinstance(timestamp, int) or isinstance(timestamp, bool):  # a trigger's lie
        return content
    return {**content, "timestamp": timestamp + seconds}


def judge_answer(answer: MerchantAnswer) -> Diagnosis | None:
    """Tell why an answer is not HTTP 200 with `success`; None if it is."""
    status, said = answer.status, answer.body.strip()
    if status == 200 and said == b"success":
        return None
    return NOT_ACKNOWLEDGED.diagnose(
        "answer",
        expected="HTTP 200 and the body success",
        received=f"HTTP {status} and {said[:200].decode('utf-8', 'replace')!r}",
        hint=_answer_hint(status, said),
    )


def trigger(event: str, given: Mapping[str, Any], context: Context[Settings]) -> Webhook:
    """Bring a payout to the status of `event` and return the webhook of it.

    Args:
        event: One of `EVENTS`.
        given: `payout_id` or `custom_code`, or else the newest payout; `url` of the webhook;
            `amount` of a partial refund, in the arrival currency; JSON pointers such as
            `/status` with what the webhook says there, a lie too.
        context: Clock and store.

    Raises:
        ConfigurationError: If an override is unknown, there is no such payout, or its life
            cycle does not lead there.
    """
    members, pointers = overrides.read("pagsmile", event, EVENTS, given)
    record = _meant(members, context)
    if record is None:
        raise ConfigurationError("there is no such payout; create one first")
    overrides.replaced(_content(record, state.stage(record, context), context), pointers)
    changed = _brought_to(_STATUS[event], record, members.get("amount"), context)
    if changed is None:
        status = state.stage(up_to_date(record, context), context).status
        raise ConfigurationError(f"payout {record['id']} is {status}: {event} cannot follow")
    webhook = webhook_of(changed, state.stage(changed, context), context)
    content = overrides.replaced(webhook.content, pointers)
    return replace(webhook, url=members.get("url", webhook.url), content=content)


def _brought_to(
    status: str, record: Record, amount: str | None, context: Context[Settings]
) -> Record | None:
    """Bring a payout to a status, or return None if it cannot follow.

    Raises:
        ConfigurationError: If the method has no such refund, or the amount cannot be refunded.
    """
    if status in (state.PAID, state.REJECTED):
        return state.settle(record["id"], status, context)
    if not record["refunds"]:
        raise ConfigurationError(f"{record['method']} has no refunds in this country")
    if status == state.REFUNDED:
        return state.refund(record["id"], None, context)
    if record["refunds"] != "parts":
        raise ConfigurationError(f"{record['method']} is refunded as a whole in this country")
    return state.refund(record["id"], _part(record, amount), context)


def _part(record: Record, amount: str | None) -> Decimal:
    currency = record["arrival_currency"]
    left = Decimal(record["arrival_amount"]) - Decimal(record["refunded"])
    if amount is None:
        return rounded(left / 2, currency)
    if not AMOUNT.fullmatch(amount) or not 0 < Decimal(amount) <= left:
        raise ConfigurationError(f"amount: expected more than 0 and at most {left} {currency}")
    if rounded(Decimal(amount), currency) != Decimal(amount):
        raise ConfigurationError(f"amount: {currency} has no cents")
    return Decimal(amount)


def _meant(members: Mapping[str, Any], context: Context[Settings]) -> Record | None:
    wanted = {"id": members.get("payout_id"), "custom_code": members.get("custom_code")}
    found = [
        record
        for _, record in state.payouts(context).items()
        if all(value is None or record[name] == value for name, value in wanted.items())
    ]
    return found[-1] if found else None


def _encode(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _withheld(context: Context[Settings]) -> str:
    """Return why the settings keep webhooks back, and what to do; empty if they do not."""
    if context.settings.notify == "always":
        return ""
    return (
        'The configuration file has notify = "never" in its section [pagsmile]; take it out, or '
        "send the webhook with a trigger"
    )


def _answer_hint(status: int, said: bytes) -> str:
    bare = said.removeprefix(b"\xef\xbb\xbf").strip().strip(b"\"'").lower()
    if 300 <= status < 400:
        return Message("Redirects are not followed: give the final address as notify_url")
    if status != 200 and said == b"success":
        return Message("The status must be 200; {status} has the webhook sent again").with_(
            status=status
        )
    if 200 < status < 300:
        return Message(
            "Answer with status 200 and the body success; {status} has the webhook sent again"
        ).with_(status=status)
    if status >= 400:
        return Message(
            "Answer HTTP 200 and success once the webhook is stored; it is sent again until then"
        )
    if said.startswith((b"{", b"[")):
        return Message("The body is the bare word success, not JSON")
    if said.startswith(b"<"):
        return Message(
            "The body is the bare word success, not a page; is this the address of a handler?"
        )
    if said.startswith(b"\xef\xbb\xbf"):
        return Message("Leave out the byte order mark before success")
    if bare in (b"success", b"ok", b"succeed", b"successful", b"true", b"received"):
        return Message("The body is success in lower case, without quotes")
    return Message("Answer with the body success, and nothing else")
