"""What every shop does with its own request body: create, decline, approve, cancel, pending,
partial, refund.

A kind of shop is a subclass with its body; the tests are the same for all.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from datetime import timedelta

import pytest
from placetopay_shop import APPROVED, DECLINED, LOGIN, PENDING, Shop

from emulator.core.exchange import Request
from emulator.providers.placetopay import PROVIDER


class ShopStory:
    """One kind of shop.

    Attributes:
        warnings: Codes that the journal notes beside its plain body.
        partial_warnings: The same where its customers may pay in parts.
        hash_name: Of its tranKey.
        total: What its order costs.
    """

    warnings: frozenset[str] = frozenset()
    partial_warnings: frozenset[str] = frozenset()
    hash_name = "sha1"
    total = 119000

    def body(self, *, expiration, partial):
        """The message without auth, as this kind of shop writes it."""
        raise NotImplementedError

    def echoed(self, request):
        """Check what a query shows of the body, where there is something to see."""

    # --- the shop at work

    @pytest.fixture
    def shop(self):
        return Shop()

    def auth(self, shop):
        """As the shop's library makes it."""
        site = shop.context.credential(LOGIN)
        seed = shop.context.clock.now().isoformat(timespec="seconds")
        raw = b"5b2e9d4f70a1c386"
        digest = hashlib.new(self.hash_name, raw + seed.encode() + site["secretKey"].encode())
        return {
            "login": LOGIN,
            "tranKey": base64.b64encode(digest.digest()).decode(),
            "nonce": base64.b64encode(raw).decode(),
            "seed": seed,
            "additional": [],
        }

    def send(self, shop, path, body):
        whole = {"auth": self.auth(shop), **body}
        request = Request(
            method="POST",
            path=path,
            headers=[("content-type", "application/json"), ("user-agent", "GuzzleHttp/7")],
            body=json.dumps(whole).encode(),
            base_url="https://pay.test/placetopay",
            client="203.0.113.9",
        )
        exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
        assert exchange.bug == ""
        assert exchange.verdict == "accepted", str(exchange.diagnosis)
        return exchange, json.loads(exchange.reply.body)

    def open(self, shop, *, partial=False):
        expiration = (shop.context.clock.now() + timedelta(hours=1)).isoformat(timespec="seconds")
        body = self.body(expiration=expiration, partial=partial)
        exchange, answer = self.send(shop, "/api/session", body)
        expected = self.partial_warnings if partial else self.warnings
        said = {warning.code for warning in exchange.warnings} - {"placetopay.nonce-reused"}
        assert said == expected
        assert all(warning.hint for warning in exchange.warnings)
        return answer["requestId"]

    def query(self, shop, request_id):
        return self.send(shop, f"/api/session/{request_id}", {})[1]

    def status(self, shop, request_id):
        status = self.query(shop, request_id)["status"]
        return f"{status['status']} {status['reason']}"

    # --- what happens

    def test_create(self, shop):
        """The session is open, and a query shows what was asked."""
        request_id = self.open(shop)
        answer = self.query(shop, request_id)
        assert (answer["status"]["status"], answer["status"]["reason"]) == ("PENDING", "PC")
        assert answer["payment"] is None
        self.echoed(answer["request"])

    def test_decline_and_retry(self, shop):
        """A declined card leaves the session open; another one pays it."""
        request_id = self.open(shop)
        shop.pay(request_id, DECLINED)
        assert self.status(shop, request_id) == "PENDING PT"
        shop.pay(request_id, APPROVED)
        assert self.status(shop, request_id) == "APPROVED 00"
        newest, first = self.query(shop, request_id)["payment"]
        assert (newest["status"]["status"], first["status"]["status"]) == ("APPROVED", "REJECTED")

    def test_approve(self, shop):
        """Paid, and the merchant is told once."""
        request_id = self.open(shop)
        shop.pay(request_id, APPROVED)
        payment = self.query(shop, request_id)["payment"][0]
        assert payment["amount"]["to"]["total"] == self.total
        assert isinstance(payment["reference"], str)
        (webhook,) = shop.webhooks
        assert webhook.content["reference"] == payment["reference"]

    def test_cancel(self, shop):
        """By the merchant."""
        request_id = self.open(shop)
        answer = self.send(shop, f"/api/session/{request_id}/cancel", {})[1]
        assert answer["session"]["status"]["reason"] == "MC"

    def test_pending(self, shop):
        """Pending first, approved later."""
        request_id = self.open(shop)
        shop.pay(request_id, PENDING)
        assert self.status(shop, request_id) == "PENDING PT"
        shop.advance(31)
        assert self.status(shop, request_id) == "APPROVED 00"

    def test_partial(self, shop):
        """In two parts."""
        request_id = self.open(shop, partial=True)
        shop.pay(request_id, APPROVED, amount=self.total // 2)
        assert self.status(shop, request_id) == "APPROVED_PARTIAL P0"
        shop.pay(request_id, APPROVED)
        assert self.status(shop, request_id) == "APPROVED 00"

    def test_refund(self, shop):
        """The whole, which the query then shows."""
        request_id = self.open(shop)
        shop.pay(request_id, APPROVED)
        reference = self.query(shop, request_id)["payment"][0]["internalReference"]
        answer = self.send(shop, "/api/reverse", {"internalReference": str(reference)})[1]
        assert answer["status"]["status"] == "APPROVED"
        assert self.query(shop, request_id)["payment"][0]["refunded"] is True
