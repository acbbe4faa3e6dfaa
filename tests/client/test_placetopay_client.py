"""The clients for Placetopay against the emulator in this process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from emulator import providers
from emulator.client import AsyncPlacetopay, ClientError, Placetopay
from emulator.clock import ClockChange
from emulator.pipeline import Emulator
from emulator.providers.placetopay import PROVIDER

BASE = "http://emulator.test/placetopay"
RETURN = "https://shop.example/return"


@pytest.fixture
def emulator(monkeypatch):
    """An emulator with this provider only."""
    monkeypatch.setattr(providers, "discover", lambda: {"placetopay": PROVIDER})
    return Emulator()


class InProcess(httpx2.BaseTransport):
    """Sends to an application in this process, for a blocking client."""

    def __init__(self, app):
        self._app = app

    def handle_request(self, request):
        async def send():
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(self._app)) as client:
                return await client.request(
                    request.method,
                    str(request.url),
                    headers=dict(request.headers),
                    content=request.read(),
                )

        answer = asyncio.run(send())
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)


def credentials(emulator, login="emulator-co"):
    record = emulator.namespace("default").contexts["placetopay"].credential(login)
    return {"login": record["login"], "secret_key": record["secretKey"]}


def blocking(emulator, **change):
    members = {**credentials(emulator), **change}
    return Placetopay(BASE, transport=InProcess(emulator.app), **members)


@pytest.mark.parametrize("hash_name", ["sha256", "sha1"])
def test_round_trip(emulator, hash_name):
    """
    Create, query, cancel.
    """
    with blocking(emulator, hash_name=hash_name) as client:
        created = client.create_session("A-1", Decimal("12000.50"), return_url=RETURN)
        assert created["processUrl"].startswith(f"{BASE}/spa/session/1/")
        session = client.query_session(created["requestId"])
        assert session["status"]["status"] == "PENDING"
        assert session["request"]["payment"]["amount"] == {"currency": "COP", "total": 12000.5}
        assert client.cancel_session(1)["session"]["status"]["reason"] == "MC"
        assert client.query_session(1)["status"]["status"] == "REJECTED"


def test_round_trip_async(emulator):
    """
    The same, asynchronously, with further members.
    """

    async def run():
        transport = httpx2.ASGITransport(emulator.app)
        async with AsyncPlacetopay(BASE, transport=transport, **credentials(emulator)) as client:
            created = await client.create_session(
                "A-1",
                "12000",
                "USD",
                return_url=RETURN,
                expiration=datetime.now(UTC) + timedelta(minutes=20),
                locale="en_US",
                payment={"description": "Two coffees", "subscribe": True},
            )
            session = await client.query_session(created["requestId"])
            assert session["status"]["message"] == "The request is active"
            assert session["request"]["payment"]["amount"]["total"] == 12000
            assert session["request"]["payment"]["subscribe"] is True
            cancelled = await client.cancel_session(created["requestId"])
            assert cancelled["status"]["status"] == "OK"
            with pytest.raises(ClientError) as refused:
                await client.cancel_session(created["requestId"])
            assert refused.value.status == 400

    asyncio.run(run())


def test_refusal(emulator):
    """
    The provider's message, and the emulator's diagnosis beside it.
    """
    with blocking(emulator, secret_key="another") as client, pytest.raises(ClientError) as refused:
        client.create_session("A-1", 12000, return_url=RETURN)
    assert "Autenticación fallida 102" in str(refused.value)
    assert refused.value.status == 401
    assert refused.value.diagnosis is not None
    assert refused.value.diagnosis.code == "username-token.digest-mismatch"
    assert refused.value.exchange == 1


def test_every_request_has_its_own_auth(emulator):
    """
    No nonce is used twice.
    """
    with blocking(emulator) as client:
        for _ in range(20):
            client.create_session("A-1", 12000, return_url=RETURN)
    journal = emulator.namespace("default").journal
    assert [exchange.notices for exchange in journal] == [[]] * 20


def test_clock_of_the_client(emulator):
    """
    The client signs with the clock it is given.
    """
    emulator.namespace("default").clock.change(ClockChange(freeze="2030-01-01T00:00:00Z"))
    clock = emulator.namespace("default").clock.time
    with blocking(emulator, clock=clock) as client:
        assert client.create_session("A-1", 12000, return_url=RETURN)["requestId"] == 1
    with blocking(emulator) as client, pytest.raises(ClientError, match="103"):
        client.create_session("A-1", 12000, return_url=RETURN)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b'{"status":{"status":"FAILED","reason":0,"message":"no","date":""}}'),
        (200, b"[]"),
        (200, b""),
        (500, b"<html>"),
        (403, b'{"status":"x"}'),
        (302, b'{"requestId":1}'),
    ],
)
def test_answers_that_are_refusals(status, content):
    """
    Whatever is not the answer wanted raises, also with status 200.
    """
    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, content=content))
    client = Placetopay("https://real.test", "login", "secret", transport=transport)
    with client, pytest.raises(ClientError) as refused:
        client.query_session(1)
    assert refused.value.diagnosis is None
    assert refused.value.status == status
