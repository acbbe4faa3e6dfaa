"""A change of the clock means the same in a scenario file and over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from playing import START, Play, played

BEFORE = {"advance": "24h", "offset": "+5m", "drift": "+1s/m", "advance_per_request": "1s"}
CHANGES = (
    {"reset": True},
    {"reset": True, "offset": "+1h"},
    {"freeze": "now", "offset": "0s"},
    {"offset": "0s", "drift": "0s/m"},
    {"start": "2030-01-01T00:00:00Z", "affects": ["issue"]},
)


async def moved_by_file(change: dict[str, Any]) -> dict[str, Any]:
    rule = {"id": "r", "match": {"provider": "goat", "verdict": "any"}, "do": {"clock": change}}
    play = Play(
        json.dumps({"scenario": "s", "version": 1, "clock": BEFORE, "rules": [rule]}, indent=1)
    )
    await ask(play, "GET", "/goat/v1/whoami")
    return play.namespace.clock.as_json()


async def moved_over_http(change: dict[str, Any]) -> dict[str, Any]:
    play = Play()
    await ask(play, "PATCH", "/_emulator/clock", json=BEFORE)
    await ask(play, "PATCH", "/_emulator/clock", json=change)
    await ask(play, "GET", "/goat/v1/whoami")
    return play.namespace.clock.as_json()


async def ask(play: Play, method: str, path: str, **options: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(play.emulator.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, **options)


@pytest.mark.parametrize("change", CHANGES, ids=json.dumps)
@played
async def test_the_same(change: dict[str, Any]):
    assert await moved_by_file(change) == await moved_over_http(change)


@played
async def test_reset_is_real_time():
    shown = await moved_by_file({"reset": True})
    assert (shown["timestamp"], shown["offset_seconds"], shown["advanced_seconds"]) == (START, 0, 0)
