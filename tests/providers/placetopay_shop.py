"""A shop and a payer for the tests of Placetopay: in process, the clock frozen, webhooks caught."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import b64encode
from dataclasses import replace
from itertools import count

from emulator.core.clock_change import ClockChange
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.provider import Refusal
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.state import payer

NOW = "2026-01-31T14:56:06Z"
DATE = "2026-01-31T09:56:06-05:00"
BASE = "https://pay.test/placetopay"
HOOK = "https://shop.test/hook"
LOGIN = "emulator-co"
APPROVED, DECLINED = "4110760000000081", "4110760000000016"
PENDING, CHALLENGED = "4110760000000073", "4110760000000008"
PAYER = {
    "document": "1040035000",
    "documentType": "CC",
    "name": "Ana",
    "surname": "Gómez",
    "email": "ana@example.com",
    "mobile": "300 610 8300",
}

_EMULATORS: dict[tuple, Emulator] = {}
_NAMES = count()


def emulator_with(settings):
    """One emulator per settings; each shop has a namespace of its own in it."""
    key = tuple(sorted(settings.items()))
    if key not in _EMULATORS:
        made = Emulator()
        made.settings["placetopay"] = replace(made.settings["placetopay"], **settings)
        _EMULATORS[key] = made
    return _EMULATORS[key]


class Shop:
    def __init__(self, notified=True, **settings):
        self.emulator = emulator_with(settings)
        self.namespace = self.emulator.namespace(f"shop-{next(_NAMES)}")
        self.webhooks = []
        self.context = replace(
            self.namespace.contexts["placetopay"],
            notify=lambda webhook: self.webhooks.append(webhook),
        )
        self.namespace.contexts["placetopay"] = self.context
        self.clock(freeze=NOW)
        if notified:
            self.site(LOGIN, notificationUrl=HOOK)

    # --- the world

    def clock(self, **change):
        self.namespace.clock.change(ClockChange(**change))

    def advance(self, seconds):
        self.clock(advance=f"{seconds}s")

    def wake(self):
        """Let the emulator do what has become due, as it does by itself."""
        for _ in self.namespace.waking.catch_up():
            pass

    def site(self, login, **change):
        table = self.context.store.table("credentials")
        record = table.get(login) or {**table.get(LOGIN), "login": login}
        table.put(login, {**record, **change})

    # --- the merchant

    def auth(self, login=LOGIN):
        seed = self.context.clock.now().isoformat()
        nonce = b"927342197"
        secret = self.context.credential(login)["secretKey"]
        digest = hashlib.sha256(nonce + seed.encode() + secret.encode()).digest()
        return {
            "login": login,
            "tranKey": b64encode(digest).decode(),
            "nonce": b64encode(nonce).decode(),
            "seed": seed,
        }

    def exchange(self, path, body=None, login=LOGIN):
        whole = {"auth": self.auth(login), **(body or {})}
        request = Request(
            method="POST",
            path=path,
            headers=[("content-type", "application/json"), ("user-agent", "shop/1")],
            body=json.dumps(whole).encode(),
            base_url=BASE,
            client="203.0.113.9",
        )
        exchange = asyncio.run(self.emulator.serve(self.namespace, PROVIDER, request))
        assert exchange.bug == ""
        return exchange

    def post(self, path, body=None, login=LOGIN):
        """What the provider answers, as JSON; 200 it must be."""
        exchange = self.exchange(path, body, login)
        assert exchange.reply.status == 200, exchange.reply.body.decode()
        return json.loads(exchange.reply.body)

    def refused(self, path, body=None, login=LOGIN):
        """Diagnosis code, HTTP status, reason and message of a refusal."""
        exchange = self.exchange(path, body, login)
        assert exchange.verdict == "refused", exchange.reply.body.decode()
        answer = json.loads(exchange.reply.body)
        assert list(answer) == ["status"]
        status = answer["status"]
        assert list(status) == ["status", "reason", "message", "date"]
        assert status["status"] == "FAILED"
        return exchange.diagnosis.code, exchange.reply.status, status["reason"], status["message"]

    def message(self, total=12000, currency="COP", payment=None, **change):
        whole = {
            "payment": {
                "reference": "ORDER-1",
                "description": "Dos cafés",
                "amount": {"currency": currency, "total": total},
                **(payment or {}),
            },
            "returnUrl": "https://shop.test/return?order=1",
            "ipAddress": "::1",
            "userAgent": "Mozilla/5.0",
            **change,
        }
        return {name: value for name, value in whole.items() if value is not ...}

    def create(self, login=LOGIN, **change):
        return self.post("/api/session", self.message(**change), login)["requestId"]

    def query(self, request_id, **body):
        return self.post(f"/api/session/{request_id}", body)

    def status(self, request_id):
        status = self.query(request_id)["status"]
        return f"{status['status']} {status['reason']}"

    def attempts(self, request_id):
        """Status and reason of each payment, newest first."""
        payments = self.query(request_id)["payment"] or []
        return [f"{each['status']['status']} {each['status']['reason']}" for each in payments]

    def cancel(self, request_id):
        return self.post(f"/api/session/{request_id}/cancel")

    # --- the payer

    def pay(self, request_id, number=APPROVED, **choice):
        card = {"number": number, "expiration": "12/29", "cvv": "123"}
        card.update(choice.pop("card", {}))
        return self.choose(request_id, {"method": "card", "card": card, "payer": PAYER, **choice})

    def choose(self, request_id, choice):
        return payer.pay(str(request_id), choice, self.context, "198.51.100.7")

    def view(self, request_id):
        return payer.view(payer.visit(str(request_id), self.context), self.context)

    def token(self, number=APPROVED, login=LOGIN):
        """The instrument list of a subscription paid with this card, by keyword."""
        request_id = self.subscribe(login)
        self.pay(request_id, number)
        stored = self.post(f"/api/session/{request_id}", login=login)["subscription"]
        return {each["keyword"]: each["value"] for each in stored["instrument"]}

    def subscribe(self, login=LOGIN):
        message = self.message()
        del message["payment"]
        message["subscription"] = {"reference": "S-1", "description": "Club"}
        return self.post("/api/session", message, login)["requestId"]


def refusal(call, *arguments, **named):
    """The diagnosis with which the payer is refused."""
    try:
        call(*arguments, **named)
    except Refusal as refused:
        return refused.diagnosis
    raise AssertionError("it was not refused")
