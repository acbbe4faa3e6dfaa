"""A webhook that is not sent says so: beside the exchange, on the console, among the webhooks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest

from emulator.client import AsyncPagsmile, AsyncPlacetopay, Pagsmile
from emulator.core.exchange import Exchange
from emulator.core.hosts import is_loopback, is_near, is_private_name
from emulator.emulator import Emulator
from emulator.outbox.courier import Courier
from emulator.outbox.delivery import unsendable
from emulator.outbox.egress import Egress
from emulator.provider import Delivery, Webhook
from emulator.providers.pagsmile.signing import payout


class Shop:
    """An emulator, what it says on the console, and one client of it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.emulator = Emulator(log_line=self.said.append)
        self.namespace = self.emulator.namespace("default")

    def credential(self, provider: str) -> dict[str, Any]:
        return self.namespace.credentials(provider)[0]

    def told(self, url: str) -> list[tuple[str, str]]:
        """Return the code and the hint of each attempt to a URL."""
        return [
            (attempt["diagnosis"]["code"], attempt["diagnosis"]["hint"])
            for webhook in self.namespace.outbox.as_json()
            if webhook["url"] == url
            for attempt in webhook["attempts"]
        ]

    def warned(self) -> list[tuple[int, str]]:
        return [
            (exchange.number, warning.code)
            for exchange in self.namespace.journal
            for warning in exchange.warnings
            if warning.code.startswith("webhook.")
        ]


async def quiet() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def pagsmile(shop: Shop, url: str) -> None:
    app = shop.credential("pagsmile")
    async with AsyncPagsmile(
        "http://localhost/pagsmile",
        app_id=app["app_id"],
        app_key=app["app_key"],
        transport=httpx2.ASGITransport(shop.emulator.app),
        clock=shop.namespace.clock.time,
    ) as client:
        await client.create_payout(**{**payout("code_1"), "notify_url": url})
    from emulator.core.clock_change import ClockChange

    shop.namespace.clock.change(ClockChange(advance="1h"))
    await quiet()


async def placetopay(shop: Shop, url: str) -> None:
    site = {**shop.credential("placetopay"), "notificationUrl": url}
    shop.namespace.register("placetopay", site)
    async with AsyncPlacetopay(
        "http://localhost/placetopay",
        login=site["login"],
        secret_key=site["secretKey"],
        transport=httpx2.ASGITransport(shop.emulator.app),
    ) as client:
        session = await client.create_session("A-1", 100, return_url="https://shop.example/")
        await client.cancel_session(session["requestId"])
    await quiet()


@pytest.mark.parametrize(
    ("story", "url", "code", "number"),
    [
        (pagsmile, "http://169.254.169.254/n", "webhook.forbidden-host", 1),
        (pagsmile, "https://example.com/n", "webhook.withheld", 1),
        (placetopay, "", "webhook.no-url", 2),
        (placetopay, "https://shop.example.com/n", "webhook.withheld", 2),
        (placetopay, "http://[fe80::1]/n", "webhook.forbidden-host", 2),
    ],
)
def test_at_every_provider(story: Callable[..., Any], url: str, code: str, number: int) -> None:
    """Pagsmile warns where the payout is created: at its end there may be no exchange."""
    shop = Shop()

    async def play() -> None:
        await story(shop, url)
        await shop.emulator.close()

    asyncio.run(play())
    assert shop.warned() == [(number, code)]
    ((told, hint),) = shop.told(url)
    assert told == code
    assert hint
    assert [line for line in shop.said if code in line and url in line]


def test_tesabiz_without_a_url() -> None:
    """The QR is paid, the merchant is not told, and that is told."""
    from emulator.providers import discover

    shop = Shop()
    provider = shop.emulator.providers["tesabiz"]
    example = next(
        each
        for each in discover()["tesabiz"].examples
        if each.endpoint == "payQr" and not each.code
    )
    by_name = {each.name: each for each in discover()["tesabiz"].examples}

    async def play() -> Exchange:
        exchange = None
        for each in (*(by_name[name] for name in example.after), example):
            request = each.build(shop.namespace.contexts["tesabiz"])
            exchange = await shop.emulator.serve(shop.namespace, provider, request)
        await quiet()
        await shop.emulator.close()
        assert exchange is not None
        return exchange

    exchange = asyncio.run(play())
    assert "webhook.no-url" in [warning.code for warning in exchange.warnings]
    assert [code for code, _ in shop.told("")] == ["webhook.no-url"]
    assert any("webhook.no-url" in line for line in shop.said)


def test_a_trigger_that_sends_nothing_says_why() -> None:
    """Who pays a session and hears nothing would look for the mistake in the shop."""
    shop = Shop()
    placetopay, context = (
        shop.emulator.providers["placetopay"],
        shop.namespace.contexts["placetopay"],
    )
    assert placetopay.webhooks is not None
    request = placetopay.sign("session.create", None, context, "").request
    asyncio.run(shop.emulator.serve(shop.namespace, placetopay, request))
    told = placetopay.webhooks.trigger("pay", {}, context)
    assert isinstance(told, dict)
    assert told["webhook"] is None
    assert "notificationUrl" in told["unsent"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "webhook.no-url"),
        ("ftp://x/", "webhook.bad-url"),
        ("nonsense", "webhook.bad-url"),
        ("http://[", "webhook.bad-url"),
        ("http:///n", "webhook.bad-url"),
        ("file:///etc/passwd", "webhook.bad-url"),
        ("http://127.0.0.1:1/x", ""),
        ("HTTPS://shop.test/x", ""),
        ("https://shop.example.com/x", "webhook.withheld"),
        ("http://merchant:9000/n", ""),
    ],
)
def test_what_can_be_sent_at_all(url: str, code: str) -> None:
    """With the next step in the hint."""
    problem = unsendable(Webhook("e", url, {}), Egress())
    assert (problem.code if problem else "") == code
    assert problem is None or problem.hint


@pytest.fixture
def merchant():
    got: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, got
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What companies have in the environment; nothing listens there."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_leads_to_this_machine(merchant, host: str) -> None:
    """Webhooks and the bundled clients go there themselves."""
    port, got = merchant
    url = f"http://{host}:{port}/n"
    assert asyncio.run(Courier(Egress()).send(url, Delivery(b"a", ()))) == (200, b"")
    assert got == [b"a"]


@pytest.mark.usefixtures("behind_a_proxy")
def test_a_proxy_leads_to_public_names() -> None:
    """There it is what the environment wants."""
    with pytest.raises(httpx2.ConnectError):
        asyncio.run(Courier(Egress("any")).send("http://shop.example/n", Delivery(b"a", ())))


@pytest.mark.usefixtures("behind_a_proxy")
def test_a_bundled_client_reaches_this_machine(emulator: Emulator) -> None:
    app = emulator.namespace("default").credentials("pagsmile")[0]
    with (
        emulator.run() as server,
        Pagsmile(f"{server.url}/pagsmile", app_id=app["app_id"], app_key=app["app_key"]) as client,
    ):
        assert client.balance()


@pytest.mark.parametrize(
    ("name", "near", "loopback", "private"),
    [
        ("localhost", True, True, True),
        ("shop.localhost", True, True, True),
        ("merchant", True, False, True),
        ("my_service", True, False, True),
        ("host.docker.internal", True, False, True),
        ("shop.default.svc", True, False, True),
        ("shop.my-project_default", True, False, True),
        ("registry.example.com-team-shop", True, False, True),
        ("registry.example.com__team__shop", True, False, True),
        ("shop.xn--p1ai", False, False, False),
        ("shop.example.", False, False, False),
        ("127.0.0.1", True, True, False),
        ("::1", True, True, False),
        ("10.1.2.3", True, False, False),
        ("8.8.8.8", False, False, False),
        ("shop.example.com", False, False, False),
        ("127.0.0.1.example.com", False, False, False),
        ("", False, False, False),
    ],
)
def test_names(name: str, near: bool, loopback: bool, private: bool) -> None:
    assert (is_near(name), is_loopback(name), is_private_name(name)) == (near, loopback, private)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (TimeoutError(), "Answer first"),
        (httpx2.ReadTimeout("slow"), "Answer first"),
        (httpx2.ConnectTimeout("gone"), "listens on that host"),
        (httpx2.ConnectError("refused"), "listens on that host"),
        (httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), "SSL_CERT_FILE"),
        (httpx2.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong"), "write http://"),
        (httpx2.ReadError(""), "write https://"),
    ],
)
def test_an_answer_that_does_not_come_says_what_to_look_at(
    error: Exception, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop()

    async def send(url: str, delivery: Delivery) -> tuple[int, bytes]:
        raise error

    async def play() -> dict[str, Any]:
        monkeypatch.setattr(shop.namespace.outbox, "_send", send)
        content = {"qrPagado": {"idTrans": "1"}}
        webhook = Webhook("qrPagado", "http://127.0.0.1:1/x", content, "B89", "plain")
        record = await shop.namespace.outbox.send_now("tesabiz", webhook)
        await shop.emulator.close()
        return record["attempts"][0]["diagnosis"]

    found = asyncio.run(play())
    assert (found["code"], hint in found["hint"]) == ("webhook.unreachable", True)
