"""A scenario whose time is up changes nothing any more, from the very next request on."""

from __future__ import annotations

import asyncio

from emulator.emulator import Emulator
from emulator.scenario.engine import ScenarioEngine
from emulator.scenario.loader import load


def test_the_clock_is_right_again_at_once():
    """The first request after the `ttl` is judged by real time."""
    emulator = Emulator()
    namespace = emulator.namespace("default")
    text = "scenario: brief\nversion: 1\nttl: 10s\nclock: {offset: +10m}\n"
    seconds = 0.0
    engine = ScenarioEngine(
        load(text, "brief", emulator.providers),
        namespace.space,
        namespace.clock,
        elapsed=lambda: seconds,
    )
    engine.start()
    namespace.scenario = engine
    provider = emulator.providers["placetopay"]

    def code() -> str:
        context = namespace.contexts["placetopay"]
        request = provider.sign("session.create", None, context, "http://localhost").request
        exchange = asyncio.run(emulator.serve(namespace, provider, request))
        return exchange.diagnosis.code if exchange.diagnosis else ""

    assert code() == "username-token.created-too-old"
    seconds = 11.0
    assert code() == ""
