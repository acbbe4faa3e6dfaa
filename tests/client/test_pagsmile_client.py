"""The Pagsmile client against the emulator in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from in_process import InProcess

from emulator.client import AsyncPagsmile, ClientError, ConfigurationError, Pagsmile
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.providers.pagsmile import PROVIDER, signing
from emulator.providers.pagsmile.webhooks import trigger

BASE = "http://127.0.0.1:8900/pagsmile"
NOW = 1_769_853_366.0


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("emulator.providers.discover", lambda: {"pagsmile": PROVIDER})
    return Emulator(wall=lambda: NOW)


@pytest.fixture
def options(emulator: Emulator) -> dict[str, Any]:
    app = signing.default_app(emulator.namespace("default").contexts["pagsmile"])
    return {"app_id": app["app_id"], "app_key": app["app_key"], "clock": lambda: NOW}


@pytest.fixture
def pagsmile(emulator: Emulator, options: dict[str, Any]) -> Iterator[Pagsmile]:
    with Pagsmile(BASE, transport=InProcess(emulator.app), **options) as client:
        yield client


def test_round_trip(pagsmile: Pagsmile) -> None:
    """A payout is created, found by either id, listed and paid for."""
    before = {each["currency"]: each["amount"] for each in pagsmile.balance()}
    payout = pagsmile.create_payout(**signing.payout("code_1"))
    assert payout["status"] == "IN_PROCESSING"
    assert pagsmile.payout_status(custom_code="code_1")["payout_id"] == payout["id"]
    assert pagsmile.payout_status(payout_id=payout["id"])["custom_code"] == "code_1"
    row = pagsmile.payout_detail(payout["id"])
    assert row["reference_id"] == "code_1"
    assert pagsmile.payout_list("2026-01-31 00:00:00", "2026-02-01 00:00:00") == [row]
    after = {each["currency"]: each["amount"] for each in pagsmile.balance()}
    spent = Decimal(before["USD"]) - Decimal(after["USD"])
    assert spent == Decimal(payout["source_amount"])


@pytest.mark.parametrize("amount", ["10.00", 10, Decimal("10.00"), Decimal("1E+1")])
def test_amounts(amount: Any, pagsmile: Pagsmile) -> None:
    """Text, integers and decimals are signed as they are sent."""
    fields = {**signing.payout("code_1"), "amount": amount, "phone": None, "email": ""}
    assert pagsmile.create_payout(**fields)["arrival_amount"] == "10"


def test_floats_and_nested_values_are_not_sent(pagsmile: Pagsmile, emulator: Emulator) -> None:
    """What no signature is defined for is an error before anything is sent."""
    with pytest.raises(ConfigurationError):
        pagsmile.create_payout(extra={"beneficiary": {"name": "Ana"}})
    with pytest.raises(ConfigurationError):
        pagsmile.create_payout(amount=object())
    assert len(emulator.namespace("default").journal) == 0


def test_dry_run_and_checkout(pagsmile: Pagsmile) -> None:
    """The others work too."""
    cost = pagsmile.dry_run(
        source_currency="USD",
        arrival_currency="MXN",
        amount="10.00",
        fee_bear="merchant",
        method="SPEI",
        country="MEX",
    )
    assert cost["source_amount"] == "0.7"
    url = pagsmile.checkout(
        user_id="1",
        custom_code="code_1",
        fee_bear="merchant",
        source_currency="USD",
        payout_currency="BRL",
        payout_amount="10",
        notify_url="https://example.com/notify",
        return_url="https://example.com/return",
        additional_remark="test",
    )
    assert "?t=" in url


def test_voucher(pagsmile: Pagsmile, emulator: Emulator) -> None:
    """There is a proof once the payout is paid."""
    payout = pagsmile.create_payout(**signing.payout("code_1"))
    with pytest.raises(ClientError, match="voucher is not available"):
        pagsmile.payout_voucher(payout["id"])
    trigger("payout.paid", {}, emulator.namespace("default").contexts["pagsmile"])
    assert pagsmile.payout_voucher(payout["id"]).endswith(f"{payout['id']}.pdf")


def test_refusal_has_number_and_diagnosis(pagsmile: Pagsmile) -> None:
    """A refusal raises, with the provider's number and the emulator's reason."""
    fields = {**signing.payout("code_1"), "name": ""}
    with pytest.raises(ClientError, match="4001000 invalid parameter: name is required") as error:
        pagsmile.create_payout(**fields)
    assert error.value.status == 400
    assert error.value.diagnosis is not None
    assert error.value.diagnosis.code == "pagsmile.member-missing"
    assert error.value.diagnosis.where == "body.name"
    assert error.value.exchange == 1


def test_wrong_key_is_told(emulator: Emulator, options: dict[str, Any]) -> None:
    """A client with payin's key is told so."""
    app = signing.default_app(emulator.namespace("default").contexts["pagsmile"])
    options["app_key"] = app["security_key"]
    client = Pagsmile(BASE, transport=InProcess(emulator.app), **options)
    with client, pytest.raises(ClientError) as error:
        client.balance()
    assert error.value.status == 401
    assert error.value.code == str(error.value.answer.json()["code"]) != ""
    assert error.value.diagnosis is not None
    assert "payin" in error.value.diagnosis.hint


def test_signs_the_bytes_it_sends(emulator: Emulator, options: dict[str, Any]) -> None:
    """Accents and emoji go out as UTF-8 and are accepted."""
    seen: list[Request] = []
    client = Pagsmile(BASE, transport=InProcess(emulator.app), **options)
    with client, pytest.raises(ClientError):
        client.payout_status(custom_code="ção 😀")
    exchange = emulator.namespace("default").journal.last
    seen.append(exchange.request)
    assert "ção 😀".encode() in seen[0].body
    assert exchange.diagnosis is not None
    assert exchange.diagnosis.code == "pagsmile.order-unknown"


def test_asynchronous(emulator: Emulator, options: dict[str, Any]) -> None:
    """The asynchronous client does the same."""

    async def play() -> None:
        transport = httpx2.ASGITransport(app=emulator.app)
        async with AsyncPagsmile(BASE, transport=transport, **options) as client:
            payouts = await asyncio.gather(
                *(client.create_payout(**signing.payout(f"code_{n}")) for n in range(5))
            )
            assert len({payout["id"] for payout in payouts}) == 5
            status = await client.payout_status(payout_id=payouts[0]["id"])
            assert status["status"] == "IN_PROCESSING"
            with pytest.raises(ClientError, match="4001020"):
                await client.create_payout(**signing.payout("code_1"))

    asyncio.run(play())


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"code":200}', b'{"code":4001000}'])
def test_odd_answers(body: bytes, options: dict[str, Any]) -> None:
    """An answer without the envelope is an error, whatever its status."""
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, content=body))
    with (
        Pagsmile("http://127.0.0.1/", transport=transport, **options) as client,
        pytest.raises(ClientError),
    ):
        client.balance()
