"""A change that comes to nothing says so: in the journal, on the wire, and beside the delivery."""

from __future__ import annotations

from typing import Any

import pytest
from playing import Play, played

SCENARIO = """
scenario: idle
version: 1
rules:
  - id: r
    match: {{ provider: {provider}, endpoint: "{endpoint}" }}
    do: {{ {do} }}
"""
IDLE = "scenario.nothing-to-change"


@pytest.mark.parametrize(
    ("provider", "endpoint", "do", "idle"),
    [
        ("goat", "whoami", "sign_with: rogue", "sign_with: rogue"),
        ("goat", "whoami", "token: {expires_in: 5s}", "token"),
        ("goat", "whoami", "token: {revoke: issued}", "token"),
        ("goat", "whoami", "token: {revoke: presented}", ""),
        ("goat", "whoami", "verify_with: next", "verify_with: next"),
        ("goat", "oauth.token", "token: {expires_in: 5s}", ""),
        ("goat", "oauth.token", "sign_with: rogue", ""),
        ("goat", "oauth.token", "verify_with: next", ""),
        ("goat", "oauth.token", "sign_with: current", ""),
        ("gestopago", "sendEcho", "token: {expires_in: 5s}", "token"),
        ("gestopago", "sendEcho", "verify_with: rolled-iv", "verify_with: rolled-iv"),
        ("pagsmile", "balance", "sign_with: rogue", "sign_with: rogue"),
        ("pagsmile", "balance", "verify_with: rogue", ""),
        ("pagsmile", "balance", "sign_with: rogue, error: pagsmile.401", "sign_with: rogue"),
        ("placetopay", "session.create", "sign_with: rogue", "sign_with: rogue"),
    ],
)
@played
async def test_what_comes_to_nothing_is_noted(provider: str, endpoint: str, do: str, idle: str):
    play = Play(SCENARIO.format(provider=provider, endpoint=endpoint, do=do))
    client = play.client(provider)
    calls: dict[str, Any] = {
        "goat": lambda: client.whoami(),
        "gestopago": lambda: client.send_echo(),
        "pagsmile": lambda: client.balance(),
        "placetopay": lambda: client.create_session("A", 1, return_url="https://shop.example/"),
    }
    try:
        await calls[provider]()
    except Exception:  # what the client makes of it is another test's
        assert not idle or "error" in do
    changed = next(each for each in play.exchanges if each.rules)
    assert [n.received for n in changed.warnings if n.code == IDLE] == ([idle] if idle else [])
    for exchange, response in zip(play.exchanges, play.recorder.responses, strict=True):
        codes = [warning.code for warning in exchange.warnings]
        assert response.headers.get_list("emulator-warning") == codes
