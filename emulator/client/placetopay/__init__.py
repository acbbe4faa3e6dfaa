"""Placetopay WebCheckout: sessions, stored cards, refunds, and the check of a webhook.

`FAILED` is an error; `APPROVED`, `PENDING` and `REJECTED` are answers, which the caller reads.
What a webhook says about the money is not signed, so query the session before you book anything::

    with Placetopay(base_url, login, secret_key) as placetopay:
        made = placetopay.create_session("A-1", 12000, return_url="https://shop.example/back")
        session = placetopay.wait_until_final(made["requestId"])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client
from emulator.client.placetopay.cards import CardOperations
from emulator.client.placetopay.messages import (
    CancelledSession,
    CardInformation,
    CreatedSession,
    Notification,
    Payment,
    Session,
    Status,
    StoredCard,
    Transaction,
)
from emulator.client.placetopay.money import MoneyOperations
from emulator.client.placetopay.sessions import SessionOperations
from emulator.client.placetopay.webhook import verify_webhook
from emulator.schemes.username_token import HashName

__all__ = [
    "AsyncPlacetopay",
    "CancelledSession",
    "CardInformation",
    "CreatedSession",
    "Notification",
    "Payment",
    "Placetopay",
    "Session",
    "Status",
    "StoredCard",
    "Transaction",
    "verify_webhook",
]


@client
class PlacetopayOperations(SessionOperations, MoneyOperations, CardOperations):
    """All that a site can do."""

    def verify_webhook(
        self,
        body: bytes | str | Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        algorithm: HashName | None = None,
    ) -> Notification:
        """Return what a webhook says, if this site's secret signed it.

        Args:
            body: The body of the request, or the JSON object that was in it.
            headers: Of the request; Placetopay signs none of them.
            algorithm: The hash the site uses; either is accepted if None.

        Raises:
            WebhookError: It cannot be trusted. Answer with status 400.
        """
        return verify_webhook(body, headers, secret_key=self.secret_key, algorithm=algorithm)


@client
class Placetopay(PlacetopayOperations, BlockingClient):
    """A blocking client for Placetopay WebCheckout.

    Args:
        base_url: The real address, or `<emulator>/placetopay`.
        login: Identifies the site.
        secret_key: The secret of the site. Never sent; only its digest is.
        hash_name: `sha256`, or `sha1` as older clients have it.
        timeout: Seconds for each request.
        retries: How often a query is repeated after a failure that may pass.
        clock: The time to sign with, in seconds since 1970.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats and polls.
    """


@client
class AsyncPlacetopay(PlacetopayOperations, AsyncClient):
    """An asynchronous client for Placetopay WebCheckout; its arguments are those of `Placetopay`.

    `transport=httpx2.ASGITransport(Emulator().app)` is an emulator in this process.
    """
