"""What a clock reaches: `affects` for each use and provider, and time that requests take."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from playing import START, Play, date_of, played

from emulator.client import ClientError
from emulator.core.clock_change import USES, Use

Ask = Callable[[Any], Awaitable[Any]]
NUMBERS = count(1)
RETURN = "https://shop.example/"


def _issued(token: str) -> float:
    claims = token.split(".")[1]
    return float(json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iat"])


async def _qr(client: Any) -> None:
    await client.generate_qr(
        id_trans=f"T-{next(NUMBERS)}",
        cod_moneda="BOB",
        importe=10,
        glosa="x",
        fecha_vencimiento="2030-12-31",
        cuenta_abono="CUENTA1_BOB",
    )


CALLS: dict[str, tuple[Ask, str, Callable[[Any], float] | None]] = {
    "gestopago": (
        lambda client: client.get_balance(),
        "25h",
        lambda answer: _issued(answer["token"]),
    ),
    "placetopay": (
        lambda client: client.create_session("A-1", 100, return_url=RETURN),
        "6m",
        lambda answer: datetime.fromisoformat(answer["status"]["date"]).timestamp(),
    ),
    "tesabiz": (_qr, "36500d", None),
    "goat": (
        lambda client: client.whoami(),
        "2h",
        lambda answer: _issued(answer["accessToken"]),
    ),
    "pagsmile": (
        lambda client: client.balance(),
        "11m",
        lambda answer: float(answer["time"]),
    ),
}
"""A call, an offset that no check forgives, and where the first answer tells its time."""
SECONDS = {"25h": 90_000, "6m": 360, "36500d": 36_500 * 86_400, "2h": 7200, "11m": 660}
SKEW = "scenario: skew\nversion: 1\nclock: {{offset: +{}, affects: [{}]}}\n"


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("provider", CALLS)
@played
async def test_moves_what_it_affects_and_nothing_else(provider: str, use: Use):
    ask, offset, told = CALLS[provider]
    play = Play(SKEW.format(offset, use))
    refused = False
    try:
        await ask(play.client(provider))
    except ClientError:
        refused = True
    first = play.recorder.responses[0]
    if use != "issue":  # a token of tomorrow may be refused today
        assert refused == (use == "verify")
    if told is not None and use != "verify":
        assert told(first.json()) - START == (SECONDS[offset] if use == "issue" else 0)
    assert date_of(first) - START == (SECONDS[offset] if use == "date_header" else 0)


@pytest.mark.parametrize("provider", CALLS)
@played
async def test_a_scope_that_advances_moves_all_of_it_and_nobody_is_refused(provider: str):
    ask, offset, told = CALLS[provider]
    offset = "300d" if provider == "tesabiz" else offset
    seconds = SECONDS.get(offset, 300 * 86_400)
    play = Play(f"scenario: later\nversion: 1\nclock: {{advance: {offset}}}\n")
    await ask(play.client(provider))
    first = play.recorder.responses[0]
    assert date_of(first) - START == seconds
    if told is not None:
        assert told(first.json()) - START == seconds


EVERY = """\
scenario: slow-day
version: 1
clock: {freeze: "2026-03-01T12:00:00Z", advance_per_request: %s}
rules:
  - id: afternoon
    match: {provider: any}
    when: {from: 1h, until: 2h}
    do: {latency: 1ms}
"""


class TestPerRequest:
    @played
    async def test_the_first_request_finds_none_gone(self):
        play = Play(EVERY % "20m")
        client = play.client("placetopay")
        for _ in range(8):
            await client.create_session("A-1", 100, return_url=RETURN)
        assert [each.received_at - START for each in play.exchanges] == [
            number * 1200.0 for number in range(8)
        ]
        assert [bool(each.rules) for each in play.exchanges] == [
            number in (3, 4, 5) for number in range(8)
        ]

    @pytest.mark.parametrize("provider", CALLS)
    @played
    async def test_a_client_that_goes_by_the_clock_has_no_skew(self, provider: str):
        """Each request takes longer than any window is wide; only tokens grow old."""
        ask = CALLS[provider][0]
        play = Play(EVERY % "20m")
        client = play.client(provider)
        for _ in range(6):
            await ask(client)
        refused = {each.diagnosis.code for each in play.exchanges if each.diagnosis}
        assert refused <= {"bearer.expired"}

    @played
    async def test_tokens_die_of_it(self):
        """Twenty-four hours are three requests of eight, the login itself one of them."""
        play = Play(EVERY % "8h")
        client = play.client("gestopago")
        for _ in range(6):
            with suppress(ClientError):
                await client.get_balance()
        assert play.tally["token 200"] > 1

    @played
    async def test_a_refused_request_takes_its_time_too(self):
        play = Play(EVERY % "1m")
        with suppress(ClientError):
            await play.client("placetopay", secret_key="old").create_session(
                "A-1", 100, return_url=RETURN
            )
        assert play.namespace.clock.time() == START + 60
