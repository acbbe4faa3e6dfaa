"""The webhooks that the providers sent to a merchant."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, cast

from emulator.client.control.server import ControlResource, ServerT
from emulator.client.core import checks
from emulator.client.core.errors import ControlError, UnreadableAnswerError
from emulator.client.core.operation import operation
from emulator.client.core.reading import misfit
from emulator.client.core.steps import Pause, Steps

PATH = "/webhooks"
"""Where the control API has them."""

_MEMBER = PATH.removeprefix("/")
_PAUSE = 0.1


class Attempt(TypedDict):
    """One time that a webhook was sent."""

    status: int
    sent_at: NotRequired[str]
    body: NotRequired[str]
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


WebhookList = list[Webhook]


class Webhooks(ControlResource[ServerT]):
    """The webhooks of a namespace."""

    @operation(safe=True)
    def list(self, *, provider: str | None = None, event: str | None = None) -> Steps[WebhookList]:
        """Return webhooks with their attempts, newest first.

        Args:
            provider: Only those of this provider.
            event: Only those of this event.
        """
        return (yield from self._found(provider, event))

    @operation(safe=True)
    def get(self, number: int) -> Steps[Webhook]:
        """Return one webhook.

        Args:
            number: Its number.

        Raises:
            ControlError: There is none of this number.
        """
        wanted = checks.whole("number", number)
        for webhook in (yield from self._found(None, None)):
            if webhook["number"] == wanted:
                return webhook
        raise ControlError(f"there is no webhook {wanted}")

    @operation(safe=True)
    def wait(
        self,
        *,
        seconds: float = 30.0,
        provider: str | None = None,
        event: str | None = None,
        since: int = 0,
        acknowledged: bool | None = None,
    ) -> Steps[WebhookList]:
        """Wait until a webhook has been sent; it may have been already.

        Args:
            seconds: How long at most.
            provider: Only one of this provider.
            event: Only one of this event.
            since: Only one with a higher number.
            acknowledged: Only one that the merchant has acknowledged, or has not.

        Returns:
            The webhooks, newest first; none if the time is over.
        """
        left = checks.seconds("seconds", seconds)
        while True:
            found = [
                webhook
                for webhook in (yield from self._found(provider, event))
                if webhook["number"] > since
                and webhook["attempts"]
                and acknowledged in (None, webhook["acknowledged"])
            ]
            if found or left <= 0:
                return found
            yield Pause(min(_PAUSE, left))
            left -= _PAUSE

    @operation
    def resend(self, number: int, *, wait: bool = True) -> Steps[dict[str, Any]]:
        """Send a webhook once more, now.

        Args:
            number: Its number.
            wait: Whether to answer with the outcome.

        Raises:
            ControlError: There is none of this number.
        """
        path = f"{PATH}/{checks.whole('number', number)}/resend"
        return (yield from self._server.ask("POST", path, dict[str, Any], content={"wait": wait}))

    def _found(self, provider: str | None, event: str | None) -> Steps[WebhookList]:
        answer = yield from self._server.ask("GET", PATH, dict[str, Any])
        found = answer.get(_MEMBER)
        if problem := misfit(found, WebhookList, _MEMBER):
            raise UnreadableAnswerError(f"the answer cannot be read: {problem}")
        return [
            webhook
            for webhook in cast("WebhookList", found)
            if provider in (None, webhook["provider"]) and event in (None, webhook["event"])
        ]
