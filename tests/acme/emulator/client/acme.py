"""Acme Pay: payments, and the check of its webhooks.

::

    with Acme(base_url, key_id=…, secret=…) as acme:
        payment = acme.create_payment("order-1", "10.00", notify_url="https://shop.example/paid")
        acme.wait_until_final(payment["id"])
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypedDict, cast

from emulator.client.core import checks, webhooks
from emulator.client.core.checks import Amount
from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client, setting
from emulator.client.core.errors import AuthenticationError, RefusedError, UnreadableAnswerError
from emulator.client.core.operation import operation
from emulator.client.core.provider import ProviderClient
from emulator.client.core.reading import json_of
from emulator.client.core.steps import Call, Steps, send
from emulator.client.core.waiting import polled
from emulator.core.errors import SchemeError
from emulator.schemes import timestamped_hmac

__all__ = ["Acme", "AsyncAcme", "Payment"]

WINDOW_SECONDS = 300.0
"""How old a webhook may be."""


class Payment(TypedDict):
    """A payment as it stands."""

    id: str
    reference: str
    amount: str
    status: str


@client
class AcmeOperations(ProviderClient):
    """What a client of Acme can do."""

    key_id: str = setting("key_id", checks.visible, kw_only=True)
    secret: str = setting("secret", checks.text, secret=True, kw_only=True)

    @operation
    def create_payment(self, reference: str, amount: Amount, *, notify_url: str) -> Steps[Payment]:
        """Open a payment.

        Args:
            reference: The merchant's own, 1 to 32 characters.
            amount: In units of the currency, such as `"10.00"`.
            notify_url: Where the webhook is sent.

        Raises:
            RefusedError: The provider refuses.
        """
        payment = {
            "reference": checks.text("reference", reference),
            "amount": f"{checks.money('amount', amount):.2f}",
            "notify_url": checks.address("notify_url", notify_url),
        }
        return (yield from self._ask("POST", "/charges", json.dumps(payment).encode()))

    @operation(safe=True)
    def query_payment(self, payment_id: str) -> Steps[Payment]:
        """Return a payment as it stands.

        Args:
            payment_id: `id` of the created payment.

        Raises:
            RefusedError: The provider refuses.
        """
        return (yield from self._ask("GET", f"/charges/{checks.segment('payment_id', payment_id)}"))

    @operation
    def wait_until_final(self, payment_id: str, *, limit: float = 3600.0) -> Steps[Payment]:
        """Ask about a payment until it is paid or expired.

        Args:
            payment_id: `id` of the created payment.
            limit: Seconds of all pauses together.

        Raises:
            NotFinalError: It is still pending when the limit is reached.
            RefusedError: The provider refuses.
        """
        return (
            yield from polled(
                lambda: AcmeOperations.query_payment.steps(self, payment_id),
                lambda payment: payment["status"] != "pending",
                what=f"payment {payment_id}",
                limit=limit,
            )
        )

    def verify_webhook(self, body: bytes | str, headers: Mapping[str, str]) -> Payment:
        """Return what a webhook says, if the merchant's secret signed it.

        Args:
            body: The request's body, as it came.
            headers: Of the request.

        Raises:
            WebhookError: A `timestamped-hmac.*` code.
        """
        try:
            timestamped_hmac.verify(
                webhooks.header(headers, "x-acme-signature"),
                self.secret,
                webhooks.header(headers, "x-acme-timestamp"),
                webhooks.raw(body),
                now=self._now().timestamp(),
                window=WINDOW_SECONDS,
            )
        except SchemeError as error:
            raise webhooks.refused(error.diagnosis) from error
        return cast("Payment", webhooks.json_object(body))

    def _ask(self, method: str, path: str, body: bytes = b"") -> Steps[Payment]:
        """Send a signed request, and return the payment in its answer."""
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "x-acme-key": self.key_id,
            "x-acme-timestamp": timestamp,
            "x-acme-signature": timestamped_hmac.signature(self.secret, timestamp, body),
            "content-type": "application/json",
        }
        answer = yield from send(Call(method, path, headers, body))
        if answer.is_success:
            return (yield from self._conforming(json_of(answer), Payment, answer))
        told = answer.members().get("error")
        if not isinstance(told, dict):
            words = f"HTTP {answer.status} without the provider's error"
            raise (yield from self._refusal(words, answer, error=UnreadableAnswerError))
        members = cast("dict[str, object]", told)
        error = AuthenticationError if answer.status == 401 else RefusedError
        words, code = str(members.get("message", "")), str(members.get("code", ""))
        raise (yield from self._refusal(words, answer, code, error))


@client
class Acme(AcmeOperations, BlockingClient):
    """A blocking client for Acme.

    Args:
        base_url: Such as `https://api.acme.example`, or `<emulator>/acme`.
        key_id: Names the merchant.
        secret: The merchant's secret. It is never sent.
        timeout: Seconds for each request.
        retries: How often a question is repeated after a failure that may pass.
        clock: The time to sign with, in seconds since 1970.
        transport: Replaces the network.
        sleep: Waits so many seconds between repeats.
    """


@client
class AsyncAcme(AcmeOperations, AsyncClient):
    """An asynchronous client for Acme; its arguments are those of `Acme`."""
