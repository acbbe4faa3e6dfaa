"""The same slip in JSON is told in the same words by every provider, wherever it is made."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from test_json_text import FAULTS

from emulator.control.call import ControlCall, ControlError
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.providers.gestopago.signed import encryption
from emulator.schemes import aes_cbc, jws

JSON = ("content-type", "application/json")


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator()


def serve(emulator: Emulator, provider: str, request: Request) -> Exchange:
    namespace = emulator.namespace("default")
    return asyncio.run(emulator.serve(namespace, emulator.providers[provider], request))


def placetopay(emulator: Emulator, body: bytes) -> Exchange:
    request = Request(method="POST", path="/api/session", headers=[JSON], body=body)
    return serve(emulator, "placetopay", request)


def goat(emulator: Emulator, body: bytes) -> Exchange:
    request = Request(method="POST", path="/v1/oauth/app/token", headers=[JSON], body=body)
    return serve(emulator, "goat", request)


def tesabiz(emulator: Emulator, body: bytes) -> Exchange:
    path = "/ws-qr-service/qr/simple/encript"
    return serve(emulator, "tesabiz", Request(method="POST", path=path, headers=[JSON], body=body))


def tesabiz_signed(emulator: Emulator, body: bytes) -> Exchange:
    keys = emulator.namespace("default").contexts["tesabiz"].keys
    key: Any = load_pem_private_key(keys.text("merchant.key.pem").encode(), None)
    envelope = json.dumps({"code": "B89", "payload": jws.sign(body, key)}).encode()
    path = "/tesabiz-ws-security/sc/jws/encript"
    request = Request(method="POST", path=path, headers=[JSON], body=envelope)
    return serve(emulator, "tesabiz", request)


def pagsmile(emulator: Emulator, body: bytes) -> Exchange:
    app = emulator.namespace("default").credentials("pagsmile")[0]
    headers = [JSON, ("appid", app["app_id"]), ("authorization", "0" * 64)]
    request = Request(method="POST", path="/api/balance", headers=headers, body=body)
    return serve(emulator, "pagsmile", request)


FORM = ("content-type", "application/x-www-form-urlencoded")


@cache
def bearer(emulator: Emulator) -> tuple[str, str]:
    device = emulator.namespace("default").credentials("gestopago")[0]
    fields = {name: device[name] for name in ("idDistribuidor", "codigoDispositivo", "password")}
    path = "/sistema/app/jwt-gp/authenticate/"
    login = Request(method="POST", path=path, headers=[FORM], body=urlencode(fields).encode())
    answer = serve(emulator, "gestopago", login).reply
    assert answer is not None
    return "authorization", f"Bearer {json.loads(answer.body)['token']}"


def gestopago(emulator: Emulator, body: bytes) -> Exchange:
    key, iv = encryption(emulator.namespace("default").credentials("gestopago")[0])
    signed = b64encode(aes_cbc.encrypt(key, iv, body)).decode()
    request = Request(
        method="POST",
        path="/sistema/service/sendTx.do",
        headers=[FORM, bearer(emulator)],
        body=urlencode({"signed": signed}).encode(),
    )
    return serve(emulator, "gestopago", request)


WAYS: tuple[Callable[[Emulator, bytes], Exchange], ...] = (
    placetopay, goat, tesabiz, tesabiz_signed, pagsmile, gestopago,
)  # fmt: skip

OWN = {
    # The provider's own words say more than those for everybody.
    (tesabiz, "a token"): "plain services",
    (tesabiz, "a quoted token"): "plain services",
    (tesabiz_signed, "nothing"): "payload is empty",
    (tesabiz_signed, "Latin-1"): "ISO 8859-1 text",
    (tesabiz_signed, "cp1252"): "ISO 8859-1 text",
    (tesabiz_signed, "Java serialization"): "Java's serialization",
    (tesabiz_signed, "in a field"): "a name and a value",
    (tesabiz_signed, "single quotes of cmd"): "in quotes",
    (tesabiz_signed, "b''"): "Python's str() of bytes",
    (tesabiz_signed, "Base64"): "encoded with Base64 before signing",
    (tesabiz_signed, "base64url"): "encoded with Base64 before signing",
    (tesabiz_signed, "hex"): "hexadecimal text",
    (tesabiz_signed, "NUL at the end"): "zero bytes around",
    (tesabiz_signed, "a token"): "signed twice",
    (tesabiz_signed, "a quoted token"): "signed twice",
    (tesabiz_signed, "repeated member"): "twice",
    (gestopago, "Latin-1"): "ISO 8859-1 text",
    (gestopago, "cp1252"): "ISO 8859-1 text",
    (gestopago, "NUL at the end"): "zero bytes around",
    (gestopago, "in a field"): "a name and a value",
    (gestopago, "single quotes of cmd"): "in quotes",
    (gestopago, "b''"): "Python's str() of bytes",
    (gestopago, "nested too deep"): "No known mistake",  # too long to be looked into
    (pagsmile, "nested too deep"): "flat object",
}
NOT_TEXT = {
    # What decrypts to bytes is named by the recogniser of ciphertext, not as JSON.
    "gzip", "deflate", "pickle", "MessagePack", "Java serialization", "writeUTF", "CESU-8",
    "Base64", "base64url", "hex",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named(emulator, way, name):
    """Each slip is refused and named, in a body and inside what is signed or encrypted."""
    body, hint = FAULTS[name]
    exchange = way(emulator, body)
    assert not exchange.bug
    assert exchange.verdict == "refused"
    assert exchange.diagnosis is not None
    if way is gestopago and name in NOT_TEXT:
        return
    if way is pagsmile and name in ("float beyond a double", "integer of 5,000 digits"):
        assert exchange.diagnosis.code.startswith("sorted-digest.")  # lexemes are kept as text
        return
    assert OWN.get((way, name), hint).lower() in exchange.diagnosis.hint.lower()


@pytest.mark.parametrize("name", FAULTS)
def test_control_api_names_it(name):
    """So does the control API."""
    body, hint = FAULTS[name]
    call = ControlCall(None, None, None, body)
    if not body.strip():
        assert call.json_object() == {}
        return
    if name == "byte order mark":  # taken off, as from a scenario file
        assert call.json_object() == json.loads(body.decode("utf-8-sig"))
        return
    with pytest.raises(EmulatorError) as refused:
        call.json_object()
    if isinstance(refused.value, ControlError):  # else it is not UTF-8, which is said first
        assert refused.value.status == 400
        assert hint in str(refused.value)
    else:
        assert "UTF-8" in str(refused.value)
