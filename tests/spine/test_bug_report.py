"""A bug of ours, wherever it is met: its traceback on the console shows no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from emulator.cli import _watch
from emulator.core.errors import Hint
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.outbox import outbox, sealing
from emulator.provider import Webhook
from emulator.runtime.explaining import look_for_hint
from emulator.runtime.namespace import Namespace
from emulator.runtime.waking import Waking

SECRET = "0123456789abcdef-of-one-namespace"
Act = Callable[[Emulator, Namespace], Awaitable[object]]


async def send(_: Emulator, namespace: Namespace) -> None:
    webhook = Webhook("session.status", "http://127.0.0.1:9/", {})
    await namespace.outbox.send_now("placetopay", webhook)


async def wake(_: Emulator, namespace: Namespace) -> None:
    namespace.contexts["placetopay"].agenda.put("1", 0.0)
    await asyncio.sleep(0.05)


async def call(emulator: Emulator, namespace: Namespace) -> None:
    transport = httpx2.ASGITransport(emulator.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get(f"/_ns/{namespace.name}/_emulator/credentials")
    assert (answer.status_code, answer.headers["emulator-bug"]) == (500, "1")


async def save(emulator: Emulator, _: Namespace) -> None:
    """Save a watched file; it belongs to the default namespace."""
    file = Path("watched.yaml")
    file.write_text("new")
    try:
        async with asyncio.timeout(0.3):
            await _watch.WatchedFile(file, "old", emulator, pytest.fail).watch()
    except TimeoutError:
        pass


def register(namespace: Namespace) -> None:
    """Register a credential whose secret no other namespace knows."""
    site: dict[str, Any] = {**namespace.credentials("placetopay")[0]}
    namespace.register("placetopay", {**site, "secretKey": SECRET})


@pytest.mark.parametrize(
    ("owner", "method", "act"),
    [
        (sealing, "seal", send),
        (outbox, "send_copies", send),
        (Waking, "_now", wake),
        (Namespace, "credentials", call),
        (_watch.WatchedFile, "changed", save),
    ],
    ids=["sealing", "sending", "waking", "control", "watching"],
)
def test_its_report_shows_no_secret(owner, method, act: Act, monkeypatch, capsys, tmp_path):
    """The secret is one that only the namespace knows."""
    emulator = Emulator()
    namespace = emulator.namespace("default" if act is save else "mine")
    register(namespace)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_watch, "LOOK_SECONDS", 0.01)

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError(f"read {SECRET}")

    monkeypatch.setattr(owner, method, broken)

    async def play() -> None:
        await act(emulator, namespace)
        await namespace.close()

    asyncio.run(play())
    told = capsys.readouterr().err
    assert "RuntimeError: read ***" in told
    assert SECRET not in told


def test_a_search_for_a_mistake(capsys):
    """The refusal stays, without a hint."""
    emulator = Emulator()
    namespace = emulator.namespace("mine")
    register(namespace)
    request = Request(method="POST", path="/api/session", body=b"{}")

    def look() -> str:
        raise RuntimeError(f"read {SECRET}")

    async def play():
        exchange = await emulator.serve(namespace, emulator.providers["placetopay"], request)
        exchange.diagnosis = replace(exchange.diagnosis, likely=Hint(look))
        await look_for_hint(exchange, namespace, emulator.searcher)
        return exchange

    exchange = asyncio.run(play())
    assert (exchange.verdict, exchange.diagnosis.hint) == ("refused", "")
    assert f"RuntimeError: read {SECRET}" in exchange.bug
    told = capsys.readouterr().err
    assert "RuntimeError: read ***" in told
    assert SECRET not in told
