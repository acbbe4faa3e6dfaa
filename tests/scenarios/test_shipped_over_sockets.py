"""Shipped scenarios over real sockets, loaded by the control API, against blocking clients."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from playing import date_of, load_into

from emulator.client import ClientError, ClientTimeoutError, RemoteClock
from emulator.http.server import Server


def test_a_batch_in_threads_renews_its_token_once(server: Server):
    play = load_into(server, "gestopago-token-expires-mid-batch", "sockets-1")
    with play.blocking("gestopago", server.url) as client, ThreadPoolExecutor(4) as pool:
        orders = [
            client.payload(id_servicio=133, id_producto=582, telefono=f"55{number:08d}")
            for number in range(8)
        ]
        sold = list(pool.map(client.send_tx, orders))
    assert len({each["ID_TX"] for each in sold}) == 8
    assert play.tally["token 200"] == 2
    assert play.tally["sendTx 200"] == 8
    assert play.tally["sendTx 403"] >= 1
    assert play.rules["token-dies"][1] == 1


def test_a_remote_clock_meets_the_skew(server: Server):
    """A client that goes by the emulator's clock is right, and refused when the skew has grown."""
    root = f"{server.url}/_ns/sockets-2"
    play = load_into(server, "placetopay-clock-skew", "sockets-2")
    clock = RemoteClock(root)
    with play.blocking("placetopay", server.url, clock=clock) as client:
        client.create_session("A-1", 100, return_url="https://shop.example/")
        advanced = httpx2.patch(f"{root}/_emulator/clock", json={"advance": "6m"})
        assert advanced.status_code == 200
        with pytest.raises(ClientError) as caught:
            client.create_session("A-2", 100, return_url="https://shop.example/")
        assert caught.value.status == 401
        assert caught.value.diagnosis is not None
        assert caught.value.diagnosis.code == "username-token.created-too-old"
        assert 295 < date_of(caught.value.answer) - clock() < 310
    clock.close()


def test_a_slow_answer_is_late_not_undone(server: Server, monkeypatch: pytest.MonkeyPatch):
    """While the first answer is still held back, its QR is there and its idTrans used up."""
    over = threading.Event()
    waits: list[float] = []

    async def hold(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            await asyncio.to_thread(over.wait)

    monkeypatch.setattr(server.emulator, "sleep", hold)
    play = load_into(server, "tesabiz-slow-and-down", "sockets-3")
    order: dict[str, Any] = {"glosa": "Zapatos", "cuenta_abono": "CUENTA1_BOB"}
    hasty = play.blocking("tesabiz", server.url, timeout=0.5)
    with hasty, pytest.raises(ClientTimeoutError):
        hasty.generate_qr("T-1", 1_700, **order)
    with play.blocking("tesabiz", server.url) as client:
        try:
            with pytest.raises(ClientError) as caught:
                client.generate_qr("T-1", 1_700, **order)
        finally:
            over.set()
        assert caught.value.answer.json()["codReturn"] == "30"
        assert waits == [3.0, 3.0]
        play.advance("61s")
        with pytest.raises(ClientError) as caught:
            client.generate_qr("T-2", 1_700, **order)
        assert caught.value.status == 503
        assert caught.value.answer.headers["emulator-scenario"] == "tesabiz-slow-and-down/down#1"


def test_calls_in_threads_share_a_new_token(server: Server):
    play = load_into(server, "goat-token-expires-mid-flight", "sockets-4")
    with play.blocking("goat", server.url) as client, ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: client.whoami(), range(12)))
    assert {each["clientId"] for each in seen} == {"client-a"}
    assert play.tally["oauth.token 200"] == 2
    assert play.tally["whoami 200"] == 12


def test_a_rate_limit_is_told_over_the_wire(server: Server):
    play = load_into(server, "pagsmile-rate-limited", "sockets-5")
    refusals: list[tuple[int, str | None]] = []
    payout = {
        "name": "Test User Name",
        "account": "50284414727",
        "account_type": "CPF",
        "document_id": "50284414727",
        "document_type": "CPF",
        "method": "PIX",
        "fee_bear": "merchant",
        "amount": "10.00",
        "source_currency": "USD",
        "arrival_currency": "BRL",
        "notify_url": "https://shop.example/notify",
        "additional_remark": "shoes",
        "country": "BRA",
    }
    with play.blocking("pagsmile", server.url) as client:
        for number in range(4):
            for _ in range(4):
                try:
                    client.create_payout(custom_code=f"P-{number}", **payout)
                    break
                except ClientError as error:
                    refusals.append((error.status, error.answer.headers.get("retry-after")))
                    play.advance("1s")  # too soon, once
    assert refusals == [(429, "2"), (429, None)]


def test_maintenance_ends_with_the_clock(server: Server):
    play = load_into(server, "any-provider-maintenance", "sockets-6")
    with play.blocking("placetopay", server.url) as client:
        with pytest.raises(ClientError) as caught:
            client.create_session("A-1", 100, return_url="https://shop.example/")
        assert caught.value.status == 503
        play.advance("10m")
        client.create_session("A-1", 100, return_url="https://shop.example/")
    shown = httpx2.get(f"{server.url}/_ns/sockets-6/_emulator/scenario").json()
    assert [(rule["id"], rule["fired"]) for rule in shown["rules"]] == [("closed", 1)]
