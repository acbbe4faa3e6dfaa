"""Pagsmile Payout: payouts, what they cost, where they are, and the check of a webhook.

Every call is a POST of flat JSON. The signature covers the very text that is sent: the body is
written once, read back with its numbers as written, signed and sent as those bytes::

    with Pagsmile(base_url, app_id=…, app_key=…) as pagsmile:
        payout = pagsmile.create_payout(custom_code="A-1", amount="10.00", method="PIX", …)
        pagsmile.wait_until_final(payout_id=payout["id"])
"""

from __future__ import annotations

from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client
from emulator.client.pagsmile.messages import (
    Balance,
    Cost,
    Payout,
    PayoutRow,
    PayoutStatus,
    PayoutWebhook,
)
from emulator.client.pagsmile.operations import PagsmileOperations
from emulator.client.pagsmile.webhook import verify_webhook

__all__ = [
    "AsyncPagsmile",
    "Balance",
    "Cost",
    "Pagsmile",
    "Payout",
    "PayoutRow",
    "PayoutStatus",
    "PayoutWebhook",
    "verify_webhook",
]


@client
class Pagsmile(PagsmileOperations, BlockingClient):
    """A blocking client for Pagsmile Payout.

    Args:
        base_url: `https://sandbox.transfersmile.com`, or `<emulator>/pagsmile`.
        app_id: Names the app.
        app_key: Its secret; never sent.
        timeout: Seconds for each request.
        retries: How often a question is repeated after a failure that may pass.
        clock: The time to put into timestamps, in seconds since 1970.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats and polls.
    """


@client
class AsyncPagsmile(PagsmileOperations, AsyncClient):
    """An asynchronous client for Pagsmile Payout; its arguments are those of `Pagsmile`."""
