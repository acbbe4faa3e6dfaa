"""A text is shortened only where that saves something, and never where it is to be copied."""

from __future__ import annotations

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from emulator.cli._output import line
from emulator.core.errors import shorten
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.journal.showing import summary


@given(st.integers(0, 2000), st.integers(2, 700))
def test_a_remark_never_costs_more_than_it_saves(length: int, limit: int) -> None:
    """Three characters are not replaced by thirty."""
    text = "x" * length
    short = shorten(text, limit)
    assert len(short) <= max(limit, length)
    assert short == text or len(short) < length


def test_the_canonical_text_is_whole_in_the_journal(emulator: Emulator) -> None:
    """It can be copied, and compared with what the client makes, also where it is long."""
    namespace = emulator.namespace("default")
    provider = emulator.providers["pagsmile"]
    members = {f"member_{number}": "x" * 50 for number in range(40)}
    body = json.dumps(members).encode()
    credential = next(iter(namespace.contexts["pagsmile"].store.table("credentials").items()))[0]
    headers = (
        ("content-type", "application/json"),
        ("appid", credential),
        ("authorization", "0" * 64),
    )
    request = Request(method="POST", path="/api/balance", headers=headers, body=body)
    exchange = asyncio.run(emulator.serve(namespace, provider, request))
    assert exchange.diagnosis is not None
    canonical = "&".join(f"{name}={members[name]}" for name in sorted(members))
    assert exchange.diagnosis.hint.endswith(canonical)
    shown = line(summary(exchange, namespace.mask()))
    assert canonical not in shown
    assert len(max(shown.splitlines(), key=len)) < 1400
