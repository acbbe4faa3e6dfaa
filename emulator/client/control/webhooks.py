"""The webhooks that the providers sent to a merchant."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, Unpack

from emulator.client.control.server import ControlResource, ServerT, ask_and_wait
from emulator.client.core import checks
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps

PATH = "/webhooks"
"""Where the control API has them."""


class Attempt(TypedDict):
    """One time that a webhook was sent."""

    status: int
    sent_at: NotRequired[str]
    body: NotRequired[str]
    sent: NotRequired[dict[str, Any]]
    diagnosis: NotRequired[dict[str, Any] | None]


class Webhook(TypedDict):
    """A webhook with its attempts."""

    number: int
    provider: str
    event: str
    url: str
    content: Any
    attempts: list[Attempt]
    acknowledged: bool
    credential: NotRequired[str]
    due: NotRequired[list[str]]
    created_at: NotRequired[str]
    withheld: NotRequired[str]


class WebhooksShown(TypedDict):
    """A list of webhooks."""

    webhooks: list[Webhook]


class WebhookFilter(TypedDict, total=False):
    """Which webhooks to look for.

    Attributes:
        provider: Name of a provider.
        event: Name of an event.
        credential: Key of the credential that it is for.
        acknowledged: Whether the merchant has acknowledged it.
        since: Only webhooks with a higher number.
    """

    provider: str | None
    event: str | None
    credential: str | None
    acknowledged: bool | None
    since: int | None


WebhookList = list[Webhook]


class Webhooks(ControlResource[ServerT]):
    """The webhooks of a namespace."""

    @operation(safe=True)
    def list(self, **filters: Unpack[WebhookFilter]) -> Steps[WebhookList]:
        """Return webhooks with their attempts, newest first.

        Args:
            filters: Which ones to look for.

        Raises:
            ControlError: A filter is wrong; the text names the nearest right word.
        """
        found = yield from self._server.ask("GET", PATH, WebhooksShown, query={**filters})
        return found["webhooks"]

    @operation(safe=True)
    def get(self, number: int) -> Steps[Webhook]:
        """Return one webhook.

        Args:
            number: Its number.

        Raises:
            ControlError: There is none of this number.
        """
        path = f"{PATH}/{checks.whole('number', number)}"
        return (yield from self._server.ask("GET", path, Webhook))

    @operation(safe=True)
    def wait(
        self, *, seconds: float = 30.0, **filters: Unpack[WebhookFilter]
    ) -> Steps[WebhookList]:
        """Wait until a matching webhook has been sent; it may have been already.

        Args:
            seconds: How long at most.
            filters: Which ones to look for.

        Returns:
            The webhooks, newest first; none if the time is over.
        """
        found = yield from ask_and_wait(
            self._server, f"{PATH}/wait", WebhooksShown, seconds, filters
        )
        return found["webhooks"]

    @operation
    def resend(self, number: int, *, wait: bool = True) -> Steps[Webhook]:
        """Send a webhook once more, now.

        Args:
            number: Its number.
            wait: Whether to answer with the outcome.

        Raises:
            ControlError: There is none of this number, or it cannot be sent now.
        """
        path = f"{PATH}/{checks.whole('number', number)}/resend"
        return (yield from self._server.ask("POST", path, Webhook, content={"wait": wait}))
