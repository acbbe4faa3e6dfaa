"""What a provider sends to its merchants, all that it has to say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing
from emulator.core.store import Record
from emulator.provider.context import Context, S
from emulator.provider.overrides import Event
from emulator.provider.webhook import Delivery, Webhook


@dataclass(frozen=True, slots=True)
class MerchantAnswer:
    """What a merchant answered to a webhook.

    Attributes:
        webhook: What was sent, before it was sealed.
        status: HTTP status.
        body: Raw bytes.
        context: The provider's.
    """

    webhook: Webhook
    status: int
    body: bytes
    context: Context[Any]


NOT_ACKNOWLEDGED = FailureMode(
    "webhook.not-acknowledged",
    "The merchant's answer is not HTTP 2xx",
    Source("emulator", "webhooks", Standing.CHOSEN),
)


def any_2xx(answer: MerchantAnswer) -> Diagnosis | None:
    """Tell why an answer is not HTTP 2xx; None if it is."""
    if 200 <= answer.status < 300:
        return None
    return NOT_ACKNOWLEDGED.diagnose(
        "answer",
        expected="HTTP 2xx",
        received=f"HTTP {answer.status}",
        hint="Answer HTTP 200 once the webhook is stored",
    )


@dataclass(frozen=True, kw_only=True)
class Webhooks(Generic[S]):
    """How a provider makes webhooks, and what it makes of the answers.

    Attributes:
        seal: Signs a webhook.
        judge: Tells why an answer is not an acknowledgement; None if it is one. `any_2xx` if the
            provider does not say more.
        trigger: Makes the webhook of an event out of the state and the overrides given, or does
            what gives none and returns what became of it, as plain data; raises
            ConfigurationError.
        events: What a trigger can do, by name: webhooks, and what sends none by itself.
        retries: Seconds after the first attempt at which an unacknowledged webhook is sent again.
    """

    seal: Callable[[Webhook, Context[S]], Delivery]
    trigger: Callable[[str, Mapping[str, Any], Context[S]], Webhook | Record]
    events: Mapping[str, Event]
    judge: Callable[[MerchantAnswer], Diagnosis | None] = any_2xx
    retries: tuple[float, ...] = ()
