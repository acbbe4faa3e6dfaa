"""Notices: sent, retried by the emulator's clock, and never lost without a word."""

from __future__ import annotations

import asyncio

import pytest

from emulator.clock import ClockChange
from emulator.pipeline import Emulator
from emulator.provider import Notice


def send(url: str, *, advance: str = "") -> dict:
    emulator = Emulator()
    namespace = emulator.namespace("default")
    content = {"qrPagado": {"idTrans": "1"}}

    async def story() -> dict:
        notice = Notice("qrPagado", url, content, "B89", "plain")
        record = await namespace.outbox.send_now("tesabiz", notice)
        if advance:
            namespace.clock.change(ClockChange(advance=advance))
            while len(namespace.outbox.as_json()[0]["attempts"]) < len(record["due"]):
                await asyncio.sleep(0.01)
        await emulator.close()
        return namespace.outbox.as_json()[0]

    return asyncio.run(story())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/x", "http://[", "nonsense", "http://127.0.0.1:1/x", "ftp://x/"]
)
def test_an_odd_url_is_an_attempt_with_a_reason(url):
    """Whatever the client library makes of it."""
    notice = send(url)
    assert not notice["acknowledged"]
    assert notice["attempts"][0]["diagnosis"]["code"] == "notice.unreachable"


def test_no_url_is_told_once():
    """Nobody will answer, so nobody is asked again."""
    notice = send("")
    assert [each["diagnosis"]["code"] for each in notice["attempts"]] == ["notice.no-url"]
    assert notice["due"] == []


def test_retries_come_when_their_time_has_come():
    """A day passes at once, and all of the provider's own retries with it."""
    notice = send("http://127.0.0.1:1/x", advance="24h")
    assert len(notice["attempts"]) == 4


def test_secrets_in_a_notice_are_masked():
    """Its URL is the merchant's, and may carry one."""
    emulator = Emulator()
    secret = emulator.namespace("default").credentials("pagsmile")[0]["app_key"]
    said: list[str] = []
    emulator.log_line = said.append
    namespace = Emulator(log_line=said.append).namespace("default")

    async def story() -> None:
        url = f"http://127.0.0.1:1/{secret}"
        notice = Notice("qrPagado", url, {"qrPagado": {"info": secret}}, "B89", "plain")
        await namespace.outbox.send_now("tesabiz", notice)
        await namespace.outbox.close()

    asyncio.run(story())
    assert secret not in str(namespace.outbox.as_json())
    assert said
    assert secret not in "".join(said)
