"""A merchant of Pagsmile for tests: signs by its own code and asks an emulator in this process."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Any

from emulator.core.clock_change import ClockChange
from emulator.core.configuration import Configuration
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.provider import CREDENTIALS, Webhook
from emulator.providers.pagsmile import PROVIDER, signing

NOW = 1_769_853_366


class Merchant:
    """Sends requests signed by its own code, which shares nothing with the emulator's."""

    def __init__(self, emulator: Emulator, app: dict[str, Any] | None = None) -> None:
        self.emulator = emulator
        self.namespace = emulator.namespace("default")
        self.context = self.namespace.contexts["pagsmile"]
        self.app = app or signing.default_app(self.context)

    def serve(self, request: Request) -> Exchange:
        return asyncio.run(self.emulator.serve(self.namespace, PROVIDER, request))

    def raw(self, path: str, body: bytes, signature: str, **headers: str) -> Exchange:
        given = {
            "appid": self.app["app_id"],
            "authorization": signature,
            "content-type": "application/json",
            **headers,
        }
        return self.serve(Request(method="POST", path=path, headers=list(given.items()), body=body))

    def post(self, path: str, members: dict[str, Any], **headers: str) -> Exchange:
        body = json.dumps(members).encode()
        return self.raw(path, body, sign(members, self.app["app_key"]), **headers)

    def create(self, **changes: Any) -> Exchange:
        return self.post("/api/payout", {**signing.payout("code_1"), **changes})

    def created(self, **changes: Any) -> dict[str, Any]:
        return data(self.create(**changes))

    def status(self, **members: Any) -> dict[str, Any]:
        return data(self.post("/api/payout/status", members))

    def detail(self, payout_id: str) -> dict[str, Any]:
        members = {"transaction_id": payout_id, "timestamp": self.now()}
        return data(self.post("/api/payout/detail", members))

    def balance(self, currency: str = "USD") -> str:
        held = data(self.post("/api/balance", {"timestamp": self.now()}))
        return {each["currency"]: each["amount"] for each in held}[currency]

    def now(self) -> int:
        return int(self.namespace.clock.time())

    def advance(self, duration: str) -> None:
        self.namespace.clock.change(ClockChange(advance=duration))

    def wake(self) -> None:
        """Let the emulator do what has become due, as it does by itself."""
        for _ in self.namespace.waking.catch_up():
            pass

    def listen(self) -> list[Webhook]:
        """Return the list that takes the webhooks from now on."""
        posted: list[Webhook] = []
        context = self.context
        self.namespace.contexts["pagsmile"] = self.context = replace(context, notify=posted.append)
        return posted

    def configured(self, **values: Any) -> Merchant:
        context = self.namespace.contexts["pagsmile"]
        changed = Configuration({"pagsmile": values}).settings("pagsmile", context.settings)
        self.namespace.contexts["pagsmile"] = self.context = replace(context, settings=changed)
        return self


def sign(members: dict[str, Any], key: str) -> str:
    """Sign as the page says it: an implementation of our own, for strings and integers."""
    texts = {k: str(v) for k, v in members.items() if v is not None and v != ""}
    joined = "&".join(f"{name}={texts[name]}" for name in sorted(texts))
    return hashlib.sha256((joined + key).encode()).hexdigest()


def envelope(exchange: Exchange) -> dict[str, Any]:
    assert exchange.bug == ""
    assert exchange.reply is not None
    return json.loads(exchange.reply.body)


def data(exchange: Exchange) -> Any:
    body = envelope(exchange)
    assert exchange.verdict == "accepted", exchange.diagnosis
    time = [] if exchange.endpoint == "payout.voucher" else ["time"]  # as on its page
    assert list(body) == ["code", "msg", *time, "data"]
    assert (body["code"], body["msg"]) == (200, "success")
    return body["data"]


def refused(exchange: Exchange) -> tuple[int, int, str, str]:
    """Status, number, message and diagnosis of a refusal."""
    body = envelope(exchange)
    assert exchange.verdict == "refused"
    assert exchange.diagnosis is not None
    assert exchange.reply is not None
    return exchange.reply.status, body["code"], body["msg"], exchange.diagnosis.code


def app_where(emulator: Emulator, wanted: Any) -> dict[str, Any]:
    """Return the first registered app that is wanted."""
    table = emulator.namespace("default").contexts["pagsmile"].store.table(CREDENTIALS)
    return next(record for _, record in table.items() if wanted(record))
