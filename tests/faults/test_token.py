"""`token`: what may be asked for, how it is shown, and what it does to the handling."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from emulator.core.clock import Clock
from emulator.core.errors import Diagnosis
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.store import MemoryEngine, Space
from emulator.faults.fault import Handling
from emulator.faults.token import Token
from emulator.provider import Context, KeyFiles, Refusal, TokenChanges, Tokens


class Table:
    """An exchange at a provider that notes what it is asked; its endpoint has its own check."""

    def __init__(self, own_check: bool = True) -> None:
        self.asked: list[str] = []
        space = Space(MemoryEngine(), "default", "acme")
        endpoint: Any = SimpleNamespace(authenticate=self.check("endpoint") if own_check else None)
        provider: Any = SimpleNamespace(
            authenticate=self.check("provider"),
            tokens=Tokens(revoke=lambda context: self.asked.append("revoke all")),
            route=lambda path: (endpoint, {}),
        )
        exchange = Exchange(
            number=1,
            namespace="default",
            provider="acme",
            endpoint="pay",
            request=Request(method="POST", path="/pay"),
            received_at=0.0,
            credential="shop",
            payload={"amount": 1},
        )
        context: Any = Context(
            Clock(space, lambda: 0.0), space, KeyFiles(Path()), None, lambda webhook: None
        )
        self.handling = Handling(provider, exchange, context, asyncio.sleep)

    def check(self, whose: str) -> Any:
        def authenticate(exchange: Exchange, context: Context[Any]) -> None:
            assert context.changes.token is not None
            self.asked.append(f"{whose} {context.changes.token.revoke}")
            exchange.credential, exchange.payload = "", None
            error: Any = None
            raise Refusal(error, Diagnosis(code="a.b", summary="Dead"))

        return authenticate

    def play(self, **asked: Any) -> TokenChanges:
        async def proceed() -> Reply:
            self.asked.append("proceed")
            return Reply()

        asyncio.run(Token(**asked).around(self.handling, proceed))
        assert self.handling.context.changes.token is not None
        return self.handling.context.changes.token


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"expires_in": "-5s"},
        {"advertise_expires_in": "-1h"},
        {"expires_in": 5},
        {"expires_in": None},
        {"revoke": "some"},
        {"alg": "PS256"},
        {"claims": {}},
        {"drop_claims": []},
        {"claims": {"exp": 1}, "drop_claims": ["exp"]},
        {"life": "5s"},
    ],
    ids=str,
)
def test_wrong_values(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        Token.model_validate(wrong)


def test_everything_asked_for_reaches_the_provider():
    table = Table()
    changes = table.play(
        expires_in="5s",
        advertise_expires_in="1h",
        not_before="-2m",
        revoke="issued",
        sign_with="next",
        alg="none",
        claims={"a": [1]},
        drop_claims=["iss", "sub"],
    )
    assert changes == TokenChanges(
        expires_in=5.0,
        advertise_expires_in=3600.0,
        not_before=-120.0,
        revoke="issued",
        alg="none",
        claims={"a": [1]},
        drop_claims=("iss", "sub"),
    )
    assert table.handling.context.changes.sign_with == "next"
    assert not table.handling.judge_again
    assert table.asked == ["proceed"]


def test_several_add_up():
    table = Table()
    table.play(expires_in="5s", alg="HS256")
    assert table.play(alg="ES256") == TokenChanges(expires_in=5.0, alg="ES256")


@pytest.mark.parametrize("own_check", [True, False])
def test_a_presented_token_is_shown_to_the_provider_at_once(own_check: bool):
    """An ending would never ask; the exchange itself is not touched, and judged anew later."""
    table = Table(own_check)
    assert table.play(revoke="presented").revoke == "presented"
    assert table.asked == [f"{'endpoint' if own_check else 'provider'} presented", "proceed"]
    assert table.handling.exchange.credential == "shop"
    assert table.handling.exchange.payload == {"amount": 1}
    assert table.handling.judge_again


def test_all_are_revoked_before_the_request_is_judged_again():
    table = Table()
    assert table.play(revoke="all").revoke == ""
    assert table.asked == ["revoke all", "proceed"]
    assert table.handling.judge_again


def test_a_provider_without_tokens():
    table = Table()
    table.handling.provider = SimpleNamespace(tokens=Tokens())
    table.play(revoke="all")
    assert table.asked == ["proceed"]


def test_shown_as_it_is_written():
    shown = Token(expires_in="5s", drop_claims=["iss"], claims={"a": True}).shown(lambda _: 0.0)
    assert shown == "token: {expires_in: 5s, claims: {a: true}, drop_claims: [iss]}"
