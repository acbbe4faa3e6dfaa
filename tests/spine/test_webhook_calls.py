"""The calls about webhooks: look, wait, send once more."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from emulator.emulator import Emulator
from emulator.provider import Delivery, Webhook

ACKNOWLEDGED = b'{"header": {"codReturn": "0", "txtReturn": "SUCCESS"}}'
Call = Callable[..., Awaitable[httpx2.Response]]


class Shop:
    """A merchant in this process that answers with the status it is given."""

    def __init__(self, emulator: Emulator) -> None:
        self.namespace = emulator.namespace("default")
        self.namespace.outbox._send = self.take
        self.status = 200
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.got: list[Delivery] = []

    async def take(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        self.got.append(delivery)
        await self.may_answer.wait()
        return self.status, ACKNOWLEDGED

    def post(self, event: str = "qrPagado") -> None:
        self.namespace.outbox.post(
            "tesabiz", Webhook(event, "http://shop/n", {"n": 1}, "B89", "plain")
        )


def play(story: Callable[[Shop, Call], Awaitable[None]]) -> None:
    """Run a story with a merchant and with what makes calls of the control API."""

    async def run() -> None:
        emulator = Emulator()
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def call(method: str, path: str, **more: Any) -> httpx2.Response:
                return await client.request(method, f"/_emulator/webhooks{path}", **more)

            await story(Shop(emulator), call)

    asyncio.run(run())


async def sent(call: Call, number: int = 1) -> dict[str, Any]:
    answer = await call("GET", "/wait", params={"since": number - 1, "timeout": 30})
    return answer.json()["webhooks"][-1]


def test_one_in_full_has_what_was_sent():
    async def story(shop: Shop, call: Call) -> None:
        shop.post()
        await sent(call)
        shown = (await call("GET", "/1")).json()
        (attempt,) = shown["attempts"]
        assert attempt["sent"]["body"] == shop.got[0].body.decode()
        names = {name for name, _ in attempt["sent"]["headers"]}
        assert names == {name for name, _ in shop.got[0].headers}
        assert (shown["acknowledged"], attempt["status"]) == (True, 200)
        assert (await call("GET", "")).json()["webhooks"] == [shown]

    play(story)


def test_a_secret_in_what_was_sent_is_masked():
    async def story(shop: Shop, call: Call) -> None:
        key = shop.namespace.credentials("placetopay")[0]["secretKey"]
        webhook = Webhook(
            "qrPagado", "http://shop/n", {"note": f"our key is {key}"}, "B89", "plain"
        )
        shop.namespace.outbox.post("tesabiz", webhook)
        await sent(call)
        text = (await call("GET", "/1")).text
        assert "our key is" in text
        assert key not in text
        assert base64.b64encode(key.encode()).decode() not in text

    play(story)


def test_a_call_waits_for_the_one_that_is_meant():
    async def story(shop: Shop, call: Call) -> None:
        shop.status = 500
        shop.post()
        assert (await sent(call))["acknowledged"] is False
        query = {"since": 1, "provider": "tesabiz", "acknowledged": "true", "timeout": 60}
        waits = asyncio.create_task(call("GET", "/wait", params=query))
        while not shop.namespace.outbox.calls:
            await asyncio.sleep(0)
        assert shop.namespace.in_use
        shop.status = 200
        shop.post()
        answer = (await waits).json()
        assert [each["number"] for each in answer["webhooks"]] == [2]
        assert answer["newest"] == 2
        assert not shop.namespace.outbox.calls
        none = await call("GET", "/wait", params={"since": 2, "timeout": 0})
        assert none.json() == {"webhooks": [], "newest": 2}

    play(story)


def test_one_is_sent_again_after_it_was_acknowledged():
    async def story(shop: Shop, call: Call) -> None:
        shop.post()
        await sent(call)
        again = (await call("POST", "/1/resend", json={"wait": True})).json()
        assert [each["status"] for each in again["attempts"]] == [200, 200]
        assert [each.body for each in shop.got] == [shop.got[0].body] * 2
        assert again["due"] == []

    play(story)


def test_attempts_to_come_stay_when_one_is_sent_again():
    async def story(shop: Shop, call: Call) -> None:
        shop.status = 500
        shop.post()
        before = await sent(call)
        again = (await call("POST", "/1/resend", json={"wait": True})).json()
        assert len(again["attempts"]) == 2
        apart = [
            abs(datetime.fromisoformat(one) - datetime.fromisoformat(other))
            for one, other in zip(again["due"], before["due"], strict=True)
        ]
        assert max(apart) < timedelta(milliseconds=1)  # two readings of a clock that runs
        shop.status = 200
        over = (await call("POST", "/1/resend", json={"wait": True})).json()
        assert (over["acknowledged"], over["due"], shop.namespace.outbox.waiting) == (True, [], 0)

    play(story)


def test_without_wait_the_answer_comes_at_once():
    async def story(shop: Shop, call: Call) -> None:
        shop.post()
        await sent(call)
        shop.may_answer.clear()
        begun = (await call("POST", "/1/resend")).json()
        assert len(begun["attempts"]) == 1
        refused = await call("POST", "/1/resend")
        assert refused.status_code == 409
        assert "under way" in refused.json()["error"]
        shop.may_answer.set()
        while shop.namespace.outbox.waiting:
            await asyncio.sleep(0)
        assert len((await call("GET", "/1")).json()["attempts"]) == 2

    play(story)


@pytest.mark.parametrize(("method", "path"), [("GET", "/7"), ("POST", "/7/resend"), ("GET", "/x")])
def test_a_number_that_is_none_is_named(method, path):
    async def story(shop: Shop, call: Call) -> None:
        shop.post()
        await sent(call)
        answer = await call(method, path)
        assert answer.status_code == 404
        assert "the newest is 1" in answer.json()["error"]

    play(story)


def test_one_that_has_no_url_is_not_sent_again():
    async def story(shop: Shop, call: Call) -> None:
        shop.namespace.outbox.post("tesabiz", Webhook("qrPagado", "", {"n": 1}, "B89", "plain"))
        answer = await call("POST", "/1/resend", json={"wait": True})
        assert answer.status_code == 409
        assert "No URL" in answer.json()["error"]

    play(story)
