"""One attempt to deliver a webhook: what it needs, and its result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing
from emulator.outbox.delivery import Send
from emulator.outbox.plan import Plan
from emulator.provider import Context, Delivery, Provider, Webhook

_OURS = Source("emulator", "webhooks", Standing.CHOSEN)
REPORT = "This is a bug of the emulator: report it with the traceback"
"""The hint of `BUG`."""
BUG = FailureMode(
    "webhook.emulator-bug",
    "The emulator could not make the webhook; its traceback is on stderr",
    _OURS,
)
DROPPED = FailureMode("webhook.dropped", "A scenario lost the webhook on its way", _OURS)

Damage = Callable[
    [Provider[Any], Delivery, dict[str, Any], str, Context[Any]],
    tuple[Delivery, Diagnosis | None],
]
"""Damages a sealed webhook as `Plan.corrupt` says, and tells what it could not do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The merchant's answer to one copy of a webhook, and the provider's judgement.

    Attributes:
        status: HTTP status; 0 if no answer came.
        body: The part of the body that was read.
        diagnosis: Why it is not an acknowledgement; None if it is one.
        copy: Which copy it is, from 1; 0 if there is only one.
        remark: Another remark on the delivery.
        sent: What went to the merchant; None if nothing did.
    """

    status: int
    body: bytes
    diagnosis: Diagnosis | None
    copy: int = 0
    remark: Diagnosis | None = None
    sent: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The next attempt of a webhook.

    Attributes:
        webhook: The webhook.
        plan: What is done with it; None for nothing special.
        number: Which attempt it is, from 1.
        copies: How many are sent, without waiting for each other; 0 loses the webhook.
        provider: Who sends it.
        context: The provider's context.
        send: Sends a copy to the merchant.
        damage: Damages a sealed webhook.
        sleep: Waits real seconds, between copies.
        report: Reports an exception of ours.
    """

    webhook: Webhook
    plan: Plan | None
    number: int
    copies: int
    provider: Provider[Any]
    context: Context[Any]
    send: Send
    damage: Damage
    sleep: Callable[[float], Awaitable[None]]
    report: Callable[[BaseException], object]
