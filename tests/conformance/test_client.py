"""The client of the example provider: a module in `emulator/client/`; no list names it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import overlay
import pytest

from emulator import client as clients
from emulator.client import (
    AuthenticationError,
    ConfigurationError,
    Control,
    NotFinalError,
    RefusedError,
    WebhookError,
)
from emulator.client.core import reference
from emulator.emulator import Emulator

NOTIFY = "http://127.0.0.1:9/notify"


@pytest.fixture(scope="module", autouse=True)
def acme() -> Iterator[None]:
    with overlay.laid_over():
        yield


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator(keys=overlay.key_directory())


@pytest.fixture(scope="module")
def url(emulator: Emulator) -> Iterator[str]:
    with emulator.run() as server:
        yield server.url


@pytest.fixture
def control(url: str, request: pytest.FixtureRequest) -> Iterator[Control]:
    with Control(url, namespace=request.node.name) as made:
        yield made


def test_a_payment(control: Control) -> None:
    """Created, asked about, and waited for by the emulator's clock."""
    clock, sleep = control.clock.time, control.clock.advance
    merchant = control.credentials.of("acme")
    with clients.Acme.from_credentials(merchant, clock=clock, sleep=sleep) as acme:
        payment = acme.create_payment("order-1", 10, notify_url=NOTIFY)
        assert payment["amount"] == "10.00"
        assert acme.query_payment(payment["id"]) == payment
        with pytest.raises(NotFinalError):
            acme.wait_until_final(payment["id"], limit=60)
        control.trigger("acme", "payment.paid", {"id": payment["id"]})
        assert acme.wait_until_final(payment["id"])["status"] == "paid"


def test_refusals(control: Control) -> None:
    """They have the provider's code, and the emulator's diagnosis."""
    merchant = control.credentials.of("acme")
    with clients.Acme.from_credentials(merchant) as acme:
        with pytest.raises(RefusedError) as unknown:
            acme.query_payment("pay_0")
        with pytest.raises(TypeError, match="did you mean 'reference'"):
            acme.create_payment(referense="order-1", amount=10, notify_url=NOTIFY)
        with pytest.raises(ConfigurationError, match="amount"):
            acme.create_payment("order-1", "ten", notify_url=NOTIFY)
    assert (unknown.value.status, unknown.value.code) == (404, "not-found")
    with (
        clients.Acme.from_credentials({**merchant, "secret": "another-secret"}) as careless,
        pytest.raises(AuthenticationError) as refused,
    ):
        careless.query_payment("pay_0")
    assert refused.value.diagnosis.code == "timestamped-hmac.signature"
    assert "another-secret" not in f"{refused.value} {careless}"


def test_a_webhook(control: Control) -> None:
    """What the emulator sent is true; with one byte changed it is not."""
    merchant = control.credentials.of("acme")
    with clients.Acme.from_credentials(merchant) as acme:
        payment = acme.create_payment("order-1", "10.00", notify_url=NOTIFY)
        control.trigger("acme", "payment.paid")
        body = json.dumps({**payment, "status": "paid"}).encode()
        headers = _signed(body, merchant["secret"])
        assert acme.verify_webhook(body, headers)["status"] == "paid"
        with pytest.raises(WebhookError):
            acme.verify_webhook(body.replace(b"paid", b"PAID"), headers)


def _signed(body: bytes, secret: str) -> dict[str, str]:
    from emulator.schemes import timestamped_hmac  # of the example, too

    timestamp = str(int(time.time()))
    signature = timestamped_hmac.signature(secret, timestamp, body)
    return {"X-Acme-Timestamp": timestamp, "X-Acme-Signature": signature}


def test_asynchronous(emulator: Emulator) -> None:
    transport = httpx2.ASGITransport(emulator.app)

    async def play() -> Any:
        async with clients.AsyncControl("http://localhost", transport=transport) as control:
            merchant = await control.credentials.of("acme")
        async with clients.AsyncAcme.from_credentials(merchant, transport=transport) as acme:
            payment = await acme.create_payment("order-1", "10.00", notify_url=NOTIFY)
            return (await acme.query_payment(payment_id=payment["id"]))["status"]

    assert asyncio.run(play()) == "pending"


def test_the_pages_know_it() -> None:
    assert "## Acme and AsyncAcme" in reference.page()
    assert "#### `query_payment` (safe to repeat)" in reference.page()
    assert "from emulator.client.acme import (\n    Acme,\n    AsyncAcme,\n)" in reference.exports()
