"""The clients for GestoPago against the emulator in this process."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import httpx2
import pytest
from in_process import InProcess

from emulator import providers
from emulator.client import (
    AsyncGestopago,
    ClientError,
    Gestopago,
    RefusedError,
    UncertainSaleError,
)
from emulator.core.clock_change import ClockChange
from emulator.core.configuration import shipped
from emulator.emulator import Emulator
from emulator.providers.gestopago import PROVIDER
from emulator.providers.gestopago.products import PRODUCTS

BASE = "http://emulator.test/gestopago"
NOON = "2026-03-01T12:00:00Z"
TOP_UP = {"id_servicio": 115, "id_producto": 298, "telefono": "5512134073"}
BILL = {
    "id_servicio": 166,
    "id_producto": 597,
    "telefono": "1111111111",
    "referencia": "123456789012",
    "monto": Decimal("165"),
}


def make(monkeypatch, config=None):
    monkeypatch.setattr(providers, "discover", lambda: {"gestopago": PROVIDER})
    made = Emulator(keys=shipped("keys"), config=config)
    made.namespace("default").clock.change(ClockChange(freeze=NOON))
    return made


@pytest.fixture
def emulator(monkeypatch):
    """An emulator with this provider only, at noon."""
    return make(monkeypatch)


def credentials(emulator):
    record = emulator.namespace("default").credentials("gestopago")[0]
    return {
        "id_distribuidor": record["idDistribuidor"],
        "codigo_dispositivo": record["codigoDispositivo"],
        "password": record["password"],
        "aes_key": record["aes_key"],
        "aes_iv": record["aes_iv"],
    }


def blocking(emulator, **change):
    members = {**credentials(emulator), "clock": emulator.namespace("default").clock.time}
    return Gestopago(BASE, transport=InProcess(emulator.app), **{**members, **change})


def calls(emulator):
    return [each.endpoint for each in emulator.namespace("default").journal]


def advance(emulator, text):
    emulator.namespace("default").clock.change(ClockChange(advance=text))


def test_every_method(emulator):
    """
    All of them, with one login.
    """
    with blocking(emulator) as client:
        assert client.send_echo() == "GPS1-TPV-01"
        assert client.validate_me()["NOMBRECOMERCIO"]
        assert client.get_balance() == Decimal("200000.00")
        products = client.get_product_list()
        assert {"idServicio": "115", "idProducto": "298"}.items() <= products[0].items()
        assert client.verify_reference(166, 597, "123456789012")["CODIGO"] == "01"
        assert client.verify_reference(115, 298, "123456789012")["CODIGO"] == "04"
        payload = client.payload(**BILL)
        sale = client.send_tx(payload)
        assert sale["MONTO"] == "165.0"
        assert payload["horaLocal"] == "20260301060000"
        advance(emulator, "62s")
        assert client.confirm_tx(payload)["ID_TX"] == sale["ID_TX"]
        assert client.confirm_tx(client.payload(**TOP_UP)) is None
    assert calls(emulator).count("token") == 1


def test_every_method_async(emulator):
    """
    The same, asynchronously; many calls at once share one login.
    """

    async def run():
        transport = httpx2.ASGITransport(emulator.app)
        clock = emulator.namespace("default").clock.time
        async with AsyncGestopago(
            BASE, transport=transport, clock=clock, **credentials(emulator)
        ) as client:
            echoes = await asyncio.gather(*(client.send_echo() for _ in range(5)))
            assert set(echoes) == {"GPS1-TPV-01"}
            assert await client.get_balance() == Decimal("200000.00")
            assert (await client.validate_me())["CODIGO"] == "10"
            assert len(await client.get_product_list()) == len(PRODUCTS)
            assert (await client.verify_reference(166, 597, "1" * 12))["SALDO"]
            payload = client.payload(**TOP_UP, upc="mine")
            assert (await client.send_tx(payload))["REFERENCIA"] == "5512134073"
            advance(emulator, "62s")
            assert (await client.confirm_tx(payload))["CODIGO"] == "06"
            assert (await client.authenticate()).count(".") == 2

    asyncio.run(run())
    assert calls(emulator).count("token") == 2


def test_enquiry_without_a_phone(emulator):
    """
    A balance is asked for without telefono.
    """
    with blocking(emulator) as client:
        payload = client.payload(id_servicio=687, id_producto=6752, referencia="77304070")
        assert "telefono" not in payload
        owed = client.verify_reference(687, 6752, "77304070")["SALDO"]
        assert client.send_tx(payload)["SALDOCLIENTE"] == owed


def test_token_is_renewed_once(emulator):
    """
    After 24 hours the 403 EXPIRED is answered with a new login and the same call.
    """
    with blocking(emulator) as client:
        client.send_echo()
        advance(emulator, "24h")
        sale = client.send_tx(client.payload(**TOP_UP))
    assert sale["CODIGO"] == "01"
    assert calls(emulator) == ["token", "sendEcho", "sendTx", "token", "sendTx"]


def test_wrong_login(emulator):
    """
    A 200 with INVALID is an error that brings the diagnosis along.
    """
    client = blocking(emulator, password="wrong")
    with client, pytest.raises(ClientError, match="login") as refused:
        client.get_balance()
    assert (refused.value.status, refused.value.code) == (200, "INVALID")
    assert refused.value.diagnosis.code == "gestopago.password"
    assert refused.value.diagnosis.where == "body.password"


def test_refused_sale(emulator):
    """
    A business code is an error with the provider's words and our diagnosis.
    """
    with blocking(emulator) as client:
        client.send_tx(client.payload(**TOP_UP))
        with pytest.raises(ClientError, match="06") as refused:
            client.send_tx(client.payload(**TOP_UP))
        assert refused.value.code == "06"
        assert refused.value.diagnosis.code == "gestopago.duplicate-top-up"
        with pytest.raises(ClientError, match="55 Por favor") as refused:
            client.send_tx(client.payload(**{**TOP_UP, "telefono": "1"}))
        assert not isinstance(refused.value, UncertainSaleError)
        assert refused.value.code == "55"
        with pytest.raises(ClientError, match="05"):
            client.verify_reference(166, 597, "1")


def test_wrong_key(emulator):
    """
    The hint names the mistake.
    """
    client = blocking(emulator, aes_iv="AAAAAAAAAAAAAAAAAAAAAA==")
    with client, pytest.raises(ClientError) as refused:
        client.send_tx(client.payload(**TOP_UP))
    assert refused.value.diagnosis.code == "aes-cbc.plaintext"
    assert "IV" in refused.value.diagnosis.hint


def test_aws_front(emulator, monkeypatch):
    """
    With a key the client uses the AWS paths; a Forbidden there is no reason to log in again.
    """
    key = emulator.namespace("default").credentials("gestopago")[0]["api_key"]
    with blocking(emulator, api_key=key) as client:
        assert client.send_echo() == "GPS1-TPV-01"
        assert client.send_tx(client.payload(**TOP_UP))["CODIGO"] == "01"
        monkeypatch.setitem(client._headers, "x-api-key", "other")
        with pytest.raises(ClientError) as refused:
            client.send_echo()
    assert refused.value.status == 403
    assert refused.value.diagnosis.code == "api-gateway.key"
    assert calls(emulator) == ["token", "sendEcho", "sendTx", "sendEcho"]


@pytest.mark.parametrize(
    "answer",
    [b"", b"<RESPONSE>", b"[]", b"null", b"\xff", b"<RESPONSE/>", b"<?xml encoding='x'?>"],
)
def test_senseless_answers(answer):
    """
    Whatever a provider answers in place of its own, the client raises its own error.
    """

    def reply(request):
        if request.url.path.endswith("authenticate/"):
            return httpx2.Response(200, json={"token": "t", "success": True})
        return httpx2.Response(200, content=answer)

    key, iv = "A" * 43 + "=", "A" * 22 + "=="
    with Gestopago(
        BASE,
        id_distribuidor=1,
        codigo_dispositivo="d",
        password="p",
        aes_key=key,
        aes_iv=iv,
        transport=httpx2.MockTransport(reply),
    ) as client:
        for call in (client.send_echo, client.get_balance, client.get_product_list):
            with pytest.raises(ClientError):
                call()
        with pytest.raises(ClientError):
            client.confirm_tx({"upc": "1"})


def answering(status, content):
    """A client of a provider that gives every sale this answer."""

    def reply(request):
        if request.url.path.endswith("authenticate/"):
            return httpx2.Response(200, json={"token": "t", "success": True})
        return httpx2.Response(status, content=content)

    return Gestopago(
        BASE,
        id_distribuidor=1,
        codigo_dispositivo="d",
        password="p",
        aes_key="A" * 43 + "=",
        aes_iv="A" * 22 + "==",
        transport=httpx2.MockTransport(reply),
    )


def refusal(code):
    return f"<RESPONSE><MENSAJE><CODIGO>{code}</CODIGO><TEXTO>x</TEXTO></MENSAJE></RESPONSE>"


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (200, refusal("82"), "82"),
        (500, refusal("82"), "82"),
        (200, refusal("03"), "03"),
        (502, "<html>Bad Gateway</html>", ""),
        (504, "", ""),
        (200, "", ""),
        (200, "<RESPONSE><ID_TX>1084", ""),
    ],
)
def test_uncertain_sale(status, content, code):
    """
    82, 03 and an answer that cannot be read leave it open whether the sale was made: confirm.
    """
    with answering(status, content) as client, pytest.raises(UncertainSaleError) as open_still:
        client.send_tx(client.payload(**TOP_UP))
    assert open_still.value.code == code
    assert "refused" not in str(open_still.value)


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (200, refusal("02"), "02"),
        (200, refusal("06"), "06"),
        (400, refusal("55"), "55"),
        (403, '{"token":"EXPIRED","success":false}', "EXPIRED"),
        (403, '{"message":"Forbidden"}', ""),
        (404, "", ""),
    ],
)
def test_certain_refusal(status, content, code):
    """
    Any other code, and a request that was turned away at the door, is no sale.
    """
    with answering(status, content) as client, pytest.raises(RefusedError) as refused:
        client.send_tx(client.payload(**TOP_UP))
    assert refused.value.code == code


def test_a_code_with_401_is_no_expired_token():
    """
    The provider's OpenAPI has 06 and 70 with HTTP 401; the sale is not sent again for that.
    """
    sent = []

    def reply(request):
        if request.url.path.endswith("authenticate/"):
            return httpx2.Response(200, json={"token": "t", "success": True})
        sent.append(request)
        return httpx2.Response(401, content=refusal("06"))

    with answering(200, "") as client:
        client._http._transport = httpx2.MockTransport(reply)
        with pytest.raises(RefusedError) as refused:
            client.send_tx(client.payload(**TOP_UP))
        assert refused.value.code == "06"
        assert len(sent) == 1
        assert client.confirm_tx({"upc": "1"})["CODIGO"] == "06"


def test_82_of_a_query_is_a_refusal():
    """
    Only a sale can be uncertain.
    """
    with answering(200, refusal("82")) as client, pytest.raises(ClientError) as refused:
        client.verify_reference(166, 597, "123456789012")
    assert (type(refused.value), refused.value.code) == (RefusedError, "82")
