"""A bug of ours that is met while a mistake is looked for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from emulator.core.errors import Hint
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.runtime.explaining import look_for_hint


def test_its_report_shows_no_secret(capsys):
    """The refusal stays; the traceback is reported as any bug is, its secrets masked."""
    emulator = Emulator()
    namespace = emulator.namespace("default")
    secret = namespace.credentials("placetopay")[0]["secretKey"]
    request = Request(method="POST", path="/api/session", body=b"{}")

    def look() -> str:
        raise RuntimeError(f"read {secret}")

    async def play():
        exchange = await emulator.serve(namespace, emulator.providers["placetopay"], request)
        exchange.diagnosis = replace(exchange.diagnosis, likely=Hint(look))
        await look_for_hint(exchange, namespace, emulator.searcher)
        return exchange

    exchange = asyncio.run(play())
    assert (exchange.verdict, exchange.diagnosis.hint) == ("refused", "")
    assert "RuntimeError" in exchange.bug
    told = capsys.readouterr().err
    assert "RuntimeError: read " in told
    assert secret not in told
