"""The clients for Goat against the emulator in this process."""

from __future__ import annotations

import asyncio
import json

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from in_process import InProcess

from emulator import providers
from emulator.client import AsyncGoat, ClientError, ConfigurationError, Goat
from emulator.core.clock_change import ClockChange
from emulator.emulator import Emulator
from emulator.providers.goat import PROVIDER

BASE = "http://emulator.test/goat"


@pytest.fixture
def emulator(monkeypatch):
    """An emulator with this provider only."""
    monkeypatch.setattr(providers, "discover", lambda: {"goat": PROVIDER})
    return Emulator()


def credentials(emulator, client="client-a"):
    namespace = emulator.namespace("default")
    record = next(r for r in namespace.credentials("goat") if r["clientId"] == client)
    return {
        "client_id": record["clientId"],
        "key_id": record["keyId"],
        "private_key": record["private_key"],
        "clock": namespace.clock.time,
    }


def blocking(emulator, base=BASE, client="client-a", **change):
    members = {**credentials(emulator, client), **change}
    return Goat(base, transport=InProcess(emulator.app), **members)


def asynchronous(emulator, base=BASE, **change):
    members = {**credentials(emulator), **change}
    return AsyncGoat(base, transport=httpx2.ASGITransport(emulator.app), **members)


def endpoints(emulator):
    return [exchange.endpoint for exchange in emulator.namespace("default").journal]


def advance(emulator, duration):
    emulator.namespace("default").clock.change(ClockChange(advance=duration))


@pytest.mark.parametrize("base", [BASE, f"{BASE}/", f"{BASE}/v1"])
def test_blocking(base, emulator):
    """One token serves all calls; the base URL may have the version."""
    with blocking(emulator, base) as goat:
        assert goat.whoami()["clientId"] == "client-a"
        assert goat.request("get", "/whoami")["scopes"] == ["read", "write"]
    assert endpoints(emulator) == ["oauth.token", "whoami", "whoami"]


def test_asynchronous(emulator):
    """The same, and calls at once share one token."""

    async def play():
        async with asynchronous(emulator) as goat:
            answers = await asyncio.gather(*(goat.whoami("read") for _ in range(5)))
            return answers, await goat.create_token()

    answers, created = asyncio.run(play())
    assert {answer["clientId"] for answer in answers} == {"client-a"}
    assert (created["type"], created["expiresIn"]) == ("Bearer", 3600)
    assert endpoints(emulator).count("oauth.token") == 2


def test_in_a_namespace(emulator):
    """The diagnosis comes from the namespace's own journal."""
    with (
        blocking(emulator, "http://emulator.test/_ns/mine/goat", audience="x") as goat,
        pytest.raises(ClientError) as refused,
    ):
        goat.whoami()
    assert refused.value.diagnosis.code == "client-assertion.audience"
    assert refused.value.diagnosis.expected == "https://api.goat.ar/v1/oauth/token"
    assert endpoints(emulator) == []


def test_renews_an_expired_token(emulator):
    """Once, on the 401, and the call is repeated."""
    with blocking(emulator) as goat:
        first = goat.whoami()
        advance(emulator, "3600s")
        second = goat.whoami()
    assert second["issuedAt"] >= first["issuedAt"] + 3600
    assert endpoints(emulator) == ["oauth.token", "whoami", "whoami", "oauth.token", "whoami"]


def test_renews_once_only(emulator):
    """Where the new token is refused too, the caller is told."""
    namespace = emulator.namespace("default")
    with blocking(emulator) as goat:
        goat.whoami()
        namespace.clock.change(ClockChange(offset="10m", affects=("issue",)))
        advance(emulator, "3600s")
        with pytest.raises(ClientError) as refused:
            goat.whoami()
    assert (refused.value.status, refused.value.code) == (401, "2010")
    assert refused.value.diagnosis.code == "bearer.not-yet-valid"
    assert endpoints(emulator)[2:] == ["whoami", "oauth.token", "whoami"]


def test_scope_missing(emulator):
    """403 is not renewed: a new token would have no more scopes."""
    with (
        blocking(emulator, client="client-b") as goat,
        pytest.raises(ClientError, match=r"HTTP 403: Forbidden \(code 2012") as refused,
    ):
        goat.whoami("write")
    assert refused.value.diagnosis.code == "goat.scope-missing"
    assert endpoints(emulator) == ["oauth.token", "whoami"]


def test_refused_assertion(emulator):
    """The caller sees Goat's words, and the emulator's diagnosis with its hint."""
    with (
        blocking(emulator, private_key=credentials(emulator, "client-b")["private_key"]) as goat,
        pytest.raises(ClientError, match="HTTP 401: Unauthorized") as refused,
    ):
        goat.whoami()
    assert refused.value.diagnosis.code == "client-assertion.signature"
    assert "client-b" in refused.value.diagnosis.hint
    assert refused.value.exchange == 1


def test_refused_with_details(emulator):
    """The details of a 400 are part of the message."""
    with blocking(emulator) as goat:
        goat.client_id = ""
        with pytest.raises(ClientError, match=r"HTTP 400: .*appId: appId is required"):
            goat.whoami()


def test_generic_request(emulator):
    """Any path with the token; what is not there is a ClientError."""
    with (
        blocking(emulator) as goat,
        pytest.raises(ClientError, match="HTTP 404") as refused,
    ):
        goat.request("POST", "/v1/payments", {"amount": "1.00"})
    assert refused.value.diagnosis.code == "request.not-found"
    sent = emulator.namespace("default").journal.last.request
    assert json.loads(sent.body) == {"amount": "1.00"}
    assert sent.media_type == "application/json"


def test_never_sends_the_token_elsewhere(emulator):
    with blocking(emulator) as goat:
        for path in ("https://example.org/x", "v1/whoami"):
            with pytest.raises(ConfigurationError, match="below the base URL"):
                goat.request("GET", path)
    assert endpoints(emulator) == []


def answering(*answers):
    """A client of a server that gives these answers, one after another."""
    waiting = iter(answers)
    key = ec.generate_private_key(ec.SECP256R1())
    return Goat(
        "https://api.goat.ar/v1",
        client_id="me",
        key_id="kid",
        private_key=pem_of(key),
        transport=httpx2.MockTransport(lambda request: next(waiting)),
    )


def pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


TOKEN = {"type": "Bearer", "accessToken": "abc", "expiresIn": 1}


@pytest.mark.parametrize("content", [[], {}, {"accessToken": ""}, {"accessToken": 7}, None, "x"])
def test_answer_without_token(content):
    """A 200 that is no token is not taken for one."""
    with (
        answering(httpx2.Response(200, json=content)) as goat,
        pytest.raises(ClientError, match="no accessToken"),
    ):
        goat.whoami()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"message": 1}', b'{"detail": 5}', b""])
def test_refusal_of_somebody_in_between(body):
    """A gateway's page is no answer of Goat's."""
    with (
        answering(httpx2.Response(502, content=body)) as goat,
        pytest.raises(ClientError, match="HTTP 502: not an answer in Goat's form") as refused,
    ):
        goat.whoami()
    assert refused.value.diagnosis is None


def test_answers_of_resources():
    """No body is None; what is not JSON is an error."""
    with answering(
        httpx2.Response(200, json=TOKEN),
        httpx2.Response(204),
        httpx2.Response(200, content=b"OK"),
    ) as goat:
        assert goat.request("DELETE", "/v1/x") is None
        with pytest.raises(ClientError, match="not JSON"):
            goat.request("GET", "/v1/x")


def test_private_key():
    """It must be able to sign with ES256; told when the client is made."""
    for pem in (
        "x",
        "\ud800",
        pem_of(ec.generate_private_key(ec.SECP384R1())),
        pem_of(rsa.generate_private_key(65537, 2048)),
    ):
        with pytest.raises(ConfigurationError, match="private_key"):
            Goat(BASE, client_id="a", key_id="b", private_key=pem)


def test_line_breaks_of_a_key(emulator):
    """A key out of an environment variable, its line breaks two characters, signs as well."""
    own = credentials(emulator)["private_key"].replace("\n", "\\n")
    with blocking(emulator, private_key=f'"{own}"') as goat:
        assert goat.whoami()["clientId"] == "client-a"


def test_sec1_key(emulator):
    """`openssl ecparam -genkey` writes SEC1; PKCS#8 is not asked for."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(credentials(emulator)["private_key"].encode(), None)
    sec1 = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with blocking(emulator, private_key=sec1.decode()) as goat:
        assert goat.whoami()["clientId"] == "client-a"
