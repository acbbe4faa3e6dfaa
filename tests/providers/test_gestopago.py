"""GestoPago: what is let in, what is refused, what a sale does."""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from hmac import new as hmac_new
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode
from xml.etree import ElementTree

import pytest
from gestopago_world import (
    FORM,
    LOGIN,
    NOON,
    World,
    aes,
    alone,
    bill,
    code,
    hint,
    multipart,
    multipart_type,
    top_up,
    unverified,
    xml,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from schemes import aes_mistakes

import emulator.providers
import emulator.providers.gestopago as package
from emulator.core.clock_change import ClockChange
from emulator.core.configuration import shipped
from emulator.core.errors import ConfigurationError, FailureMode
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.provider import NOT_FOUND, Changes, KeyFiles
from emulator.providers.gestopago import (
    PROVIDER,
    answers,
    auth,
    credentials,
    products,
)
from emulator.providers.gestopago.auth import login_mistakes
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.settings import Settings
from emulator.runtime.judging import METHOD
from emulator.schemes import aes_cbc, bearer

INVALID = b'{"token":"INVALID","success":false}'
EXPIRED = b'{"token":"EXPIRED","success":false}'
PLAIN = ("sendEcho", "validateMe", "getBalance", "getProductList")
EXAMPLES = {example.name: example for example in PROVIDER.examples}


# A second implementation, which shares nothing with the emulator's


def hs256(claims: dict[str, Any], secret: bytes) -> str:
    """A JWT by hand."""
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"typ": "JWT", "alg": "HS256"}, claims)
    ]
    mac = hmac_new(secret, b".".join(parts), sha256).digest()
    return b".".join([*parts, urlsafe_b64encode(mac).rstrip(b"=")]).decode()


@pytest.fixture
def only_gestopago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator.providers, "discover", lambda: {"gestopago": PROVIDER})


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], World]:
    def make(section: str) -> World:
        file = tmp_path / "emulator.toml"
        file.write_text(f"[gestopago]\n{section}\n")
        return alone(file)

    return make


# Login


def test_log_in(world: World) -> None:
    """
    The answer is the provider's two members, and the token a JWT that lives 24 hours.
    """
    exchange = world.log_in()
    answer = json.loads(exchange.reply.body)

    assert exchange.reply.status == 200
    assert list(answer.items()) == [("token", answer["token"]), ("success", True)]
    assert exchange.reply.body == b'{"token":"%s","success":true}' % answer["token"].encode()
    assert exchange.credential == "GPS1-TPV-01"
    secret = b64decode(KeyFiles(shipped("keys") / "gestopago").text("token.key"))
    token = jwt.decode(answer["token"], OctKey.import_key(secret), algorithms=["HS256"])
    assert token.header == {"alg": "HS256", "typ": "JWT"}
    assert token.claims["sub"] == "GPS1-TPV-01"
    assert token.claims["exp"] - token.claims["iat"] == 24 * 3600
    assert token.claims["iat"] == datetime.fromisoformat(NOON).timestamp()


def test_log_in_by_query_and_by_halves(world: World) -> None:
    """
    The three fields come in the query, the body, or some here and some there; others are ignored.
    """
    c = world.credential
    fields = {k: c[k] for k in ("idDistribuidor", "codigoDispositivo", "password")}
    whole = urlencode({**fields, "rand": "0.5"})
    half = urlencode({"password": c["password"]})
    rest = urlencode({"idDistribuidor": 1, "codigoDispositivo": c["codigoDispositivo"]})

    assert code(world.send("POST", LOGIN, query=whole)) == ""
    assert code(world.send("POST", LOGIN, whole, FORM, query=whole)) == ""
    assert code(world.send("POST", LOGIN, half, FORM, query=rest)) == ""
    front, key = "/service/preprod/authenticate", ("x-api-key", c["api_key"])
    assert code(world.send("POST", front, whole, FORM, key)) == ""
    for wrong in ((), (("x-api-key", ""),), (("x-api-key", " "),)):
        assert code(world.send("POST", front, whole, FORM, *wrong)) == "api-gateway.key-missing"
    other = half.replace("password=", "password=x")
    assert code(world.send("POST", LOGIN, whole, FORM, query=other)) == "gestopago.field-conflict"


@pytest.mark.parametrize(
    ("changes", "expected", "hinted"),
    [
        ({"password": "wrong"}, "gestopago.password", ""),
        ({"password": ""}, "gestopago.login-field-missing", "empty"),
        ({"idDistribuidor": "2"}, "gestopago.distributor", ""),
        ({"idDistribuidor": "01"}, "gestopago.distributor", "zeros"),
        ({"idDistribuidor": "1.0"}, "gestopago.distributor", "decimals"),
        ({"idDistribuidor": " 1"}, "gestopago.distributor", "white space"),
        ({"idDistribuidor": "+1"}, "gestopago.distributor", ""),
        ({"idDistribuidor": "١"}, "gestopago.distributor", ""),
        ({"idDistribuidor": "10"}, "gestopago.distributor", ""),
        ({"codigoDispositivo": "gps1-tpv-01"}, "gestopago.unknown-device", "case"),
        ({"codigoDispositivo": "GPS1-TPV-03"}, "gestopago.unknown-device", ""),
        ({"codigoDispositivo": "GPS1-TPV-01\0"}, "gestopago.unknown-device", ""),
    ],
)
def test_wrong_login(world: World, changes: Any, expected: str, hinted: str) -> None:
    """
    Every wrong login is a 200 that says INVALID, and the diagnosis says which.
    """
    exchange = world.log_in(**changes)

    assert (exchange.reply.status, exchange.reply.body) == (200, INVALID)
    assert code(exchange) == expected
    assert hinted in hint(exchange)


def test_wrong_login_forms(world: World) -> None:
    """
    A login that is no urlencoded form is refused too, in the same words.
    """
    c = world.credential
    fields = {k: c[k] for k in ("idDistribuidor", "codigoDispositivo", "password")}
    form = urlencode(fields)
    snake = form.replace("codigoDispositivo", "codigo_dispositivo")
    json_form = json.dumps(fields)
    multipart = ("content-type", "multipart/form-data; boundary=x")
    for body, headers, expected, hinted in (
        (json_form, [("content-type", "application/json")], "media-type", "JSON"),
        (json_form, [FORM], "login-field-missing", "JSON"),
        (form, [], "media-type", "is a form"),
        (form, [multipart], "media-type", "not multipart"),
        (snake, [FORM], "login-field-missing", "codigoDispositivo"),
        (f"{form}&password=x", [FORM], "duplicate-field", ""),
        (f"{form}&x=%", [FORM], "malformed-form", "%25"),
        (f"{form}&x=%ff", [FORM], "malformed-form", "UTF-8"),
        (f"{form}{'&a=1' * 1001}", [FORM], "malformed-form", ""),
        ("", [], "login-field-missing", ""),
    ):
        exchange = world.send("POST", LOGIN, body, *headers)
        assert exchange.reply.body == INVALID
        assert code(exchange) == f"gestopago.{expected}"
        assert hinted in hint(exchange)
        assert c["password"] not in str(exchange.diagnosis.as_json())


def test_password_in_another_field(world: World) -> None:
    """
    Fields mixed up are named so, without the password being shown.
    """
    password = world.credential["password"]
    for name in ("idDistribuidor", "codigoDispositivo"):
        exchange = world.log_in(**{name: password})
        assert "mixed up" in hint(exchange)
        assert password not in str(exchange.diagnosis.as_json())


@pytest.mark.parametrize("mistake", login_mistakes.MISTAKES, ids=lambda m: m.hint)
def test_names_the_login_mistake(world: World, mistake: login_mistakes.LoginMistake) -> None:
    """
    Every known wrong way to write a value is recognised, and none of them makes it pass.
    """
    number = "number" in mistake.hint
    name = "idDistribuidor" if number else "password"
    exchange = world.log_in(**{name: mistake.make(str(world.credential[name]))})

    assert hint(exchange) == mistake.hint
    assert exchange.reply.body == INVALID


def test_login_of_an_inactive_device(world: World) -> None:
    """
    Its password is right, and yet it is INVALID.
    """
    names = ("idDistribuidor", "codigoDispositivo", "password")
    exchange = world.log_in(**{name: world.inactive[name] for name in names})

    assert code(exchange) == "gestopago.inactive"
    assert exchange.reply.body == INVALID
    assert code(world.log_in(**{n: world.inactive[n] for n in names[:2]})) == "gestopago.password"


# The token


def test_token_lives_24_hours(world: World) -> None:
    """
    A second before it is good, at 24 h it is 403 EXPIRED, and a new one is good again.
    """
    world.bearer()
    world.advance("23h59m59s")
    assert code(world.call("sendEcho")) == ""
    world.advance("1s")
    late = world.call("sendEcho")
    assert (late.reply.status, late.reply.body) == (403, EXPIRED)
    assert late.reply.media_type == "application/json"
    assert code(late) == "bearer.expired"
    world.token = ""
    assert code(world.call("sendEcho")) == ""


def test_token_goes_by_the_providers_clock(world: World) -> None:
    """
    A provider whose clock is a day ahead finds the token expired, one behind finds it too new.
    """
    world.bearer()
    world.namespace.clock.change(ClockChange(offset="+24h"))
    assert code(world.call("sendEcho")) == "bearer.expired"
    world.namespace.clock.change(ClockChange(offset="-1s"))
    assert code(world.call("sendEcho")) == "bearer.not-yet-valid"


@pytest.mark.parametrize("method", PLAIN)
def test_no_token(world: World, method: str) -> None:
    """
    Without a token, and with an incorrect one, the answer is 401.
    """
    for header in (None, "Bearer INVALID", "Bearer EXPIRED", "Basic eDp5", "Bearer", "x"):
        headers = [("authorization", header)] if header else []
        exchange = world.send("GET", f"/sistema/service/{method}.do", b"", *headers)
        assert exchange.reply.status == 401
        assert code(exchange).startswith("bearer.")
        xml_body = method == "sendEcho"
        assert exchange.reply.media_type.startswith("text/xml" if xml_body else "text/html")
        assert not xml_body or xml(exchange) == {"ECHO": "", "VALID": "0"}


def test_two_authorization_headers(world: World) -> None:
    """
    Two tokens are refused even where both are good.
    """
    exchange = world.send(
        "GET", "/sistema/service/sendEcho.do", b"", world.bearer(), world.bearer()
    )
    assert code(exchange) == "bearer.malformed"


def test_token_is_bound_to_its_device(world: World) -> None:
    """
    While its device is inactive or unknown, a token is refused with 401.
    """
    world.bearer()
    changed = {**world.credential, "status": "inactive"}
    world.namespace.register("gestopago", changed)
    exchange = world.call("sendEcho")
    assert (exchange.reply.status, code(exchange)) == (401, "gestopago.inactive")
    world.namespace.register("gestopago", {**changed, "status": "active"})
    assert code(world.call("sendEcho")) == ""
    world.context.store.table("credentials").delete("GPS1-TPV-01")
    exchange = world.call("sendEcho")
    assert (exchange.reply.status, code(exchange)) == (401, "gestopago.unknown-bearer")


def test_old_token_after_a_new_login(world: World) -> None:
    """
    It stays valid; both differ although they are of the same second.
    """
    first = world.bearer()
    world.token = ""
    assert world.bearer() != first
    assert code(world.send("GET", "/sistema/service/sendEcho.do", b"", first)) == ""


@pytest.mark.slow
def test_tokens_of_a_second_implementation(world: World) -> None:
    """
    A thousand tokens made by hand with our secret are accepted; with another secret, none.
    """
    secret = b64decode(KeyFiles(shipped("keys") / "gestopago").text("token.key"))
    now = int(world.context.clock.time())
    for number in range(1000):
        claims = {"iss": "gestopago", "sub": "GPS1-TPV-01", "exp": now + 1 + number}
        claims["jti"] = auth.TOKENS.jti(number, world.context)
        world.token = hs256(claims, secret)
        assert code(world.call("sendEcho")) == ""
        if number % 20 == 0:
            world.token = hs256(claims, secret[::-1])
            assert code(world.call("sendEcho")) == "bearer.signature"


@pytest.mark.slow
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_mutated_tokens(configured: Callable[[str], World], token_format: str) -> None:
    """
    A thousand tokens with one character changed are refused.
    """
    world = configured(f'token_format = "{token_format}"')
    chance = random.Random(7)
    good = world.bearer()[1].removeprefix("Bearer ")
    assert code(world.call("sendEcho")) == ""
    for _ in range(1000):
        at = chance.randrange(len(good))
        other = chance.choice([c for c in BASE64 + "-_.=" if c != good[at]])
        world.token = good[:at] + other + good[at + 1 :]
        exchange = world.call("sendEcho")
        assert exchange.reply.status == 401, world.token
    for at in range(len(good)):
        world.token = good[:at] + good[at + 1 :]
        assert world.call("sendEcho").reply.status == 401


BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def test_opaque_tokens(configured: Callable[[str], World]) -> None:
    """
    They look like those observed, expire as the others, and a JWT is not one.
    """
    world = configured('token_format = "opaque"')
    tokens = [json.loads(world.log_in().reply.body)["token"] for _ in range(50)]
    assert {len(b64decode(token, validate=True)) for token in tokens} == {112}
    assert len({b64decode(token)[:16] for token in tokens}) == 1
    assert len(set(tokens)) == 50
    world.token = tokens[0]
    assert code(world.call("sendEcho")) == ""
    world.advance("24h")
    assert world.call("sendEcho").reply.body == EXPIRED
    world.token = world.fresh("jwt").token = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"
    assert code(world.call("sendEcho")) == "bearer.opaque-token"


def test_opaque_token_where_jwts_are_issued(world: World) -> None:
    """
    The other form is refused.
    """
    world.token = bearer.issue_opaque(
        {"sub": "GPS1-TPV-01", "exp": 4e9}, auth.TOKENS.secret(world.context.keys)
    )
    assert code(world.call("sendEcho")) == "bearer.not-a-jwt"


def test_token_per_request_gets_a_warning(world: World) -> None:
    """
    From the third login in a row with one use between, the client is told, and still served.
    """
    told: list[str] = []
    for _ in range(4):
        exchange = world.log_in()
        world.token = json.loads(exchange.reply.body)["token"]
        told.append(" ".join(warning.code for warning in exchange.warnings))
        assert code(world.call("sendEcho")) == ""
        world.advance("1s")

    assert told == ["", "", *2 * ["gestopago.token-per-request"]]


def test_token_that_is_kept_gets_no_warning(world: World) -> None:
    """
    Logins with several uses between, or far apart, are as they should be.
    """
    for number in range(6):
        exchange = world.log_in()
        world.token = json.loads(exchange.reply.body)["token"]
        assert exchange.warnings == []
        for _ in range(2 if number < 3 else 0):
            world.call("sendEcho")
        world.advance("1s" if number < 2 else "60s")


# The payload


def test_vector(world: World) -> None:
    """
    The same ciphertext that crypto-js 4.2, PHP's openssl and Python's cryptography make.
    """
    # Facts sheet, section 3: verified with three implementations.
    vector = (
        "5jufmrLWbRnUjExDWGQ/epj3r+531V0nHMChGL2GDvqA3schf4uEZdfaCVTbA+wfcb4ShFJLDSjel/K5N8W3"
        "lRKasESiaq1xNvwX5HwkGonOhZIwo1jmQCRVPOdGWzyTUTCOzTHilZuTOvbPbglV9Q=="
    )
    device = {
        **world.credential,
        "codigoDispositivo": "GPS1-TPV-07",
        "aes_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "aes_iv": "ZGVmZ2hpamtsbW5vcHFycw==",
    }
    world.namespace.register("gestopago", device)
    world.credential = device
    exchange = world.send(
        "POST", "/sistema/service/sendTx.do", urlencode({"signed": vector}), FORM, world.bearer()
    )
    assert code(exchange) == ""
    assert exchange.credential == "GPS1-TPV-07"
    assert exchange.payload == {
        "idProducto": 298,
        "idServicio": 115,
        "telefono": "5512134073",
        "horaLocal": "20201222104555",
        "upc": "2133135523",
    }
    assert exchange.reply.body.startswith(
        b"<?xml version='1.0' encoding='UTF-8'?><RESPONSE><ID_TX>108121</ID_TX>"
    )
    assert b"\n" not in exchange.reply.body


def test_where_signed_may_stand(world: World) -> None:
    """
    POST: urlencoded or multipart; GET: query, urlencoded or multipart body. Both: if equal.
    """
    path, token = "/sistema/service/verifyReference.do", world.bearer()
    text = aes(world.credential, '{"idServicio":166,"referencia":"123456789012"}')
    form = urlencode({"signed": text, "random": "1"})
    parts = multipart(("random", "1"), ("signed", text))
    other = urlencode({"signed": aes(world.credential, "{}")})

    assert code(world.send("POST", path, form, FORM, token)) == ""
    assert code(world.send("POST", path, form, FORM, token, query="random=17")) == ""
    assert code(world.send("POST", path, parts, multipart_type(), token)) == ""
    assert code(world.send("POST", path, parts, multipart_type('"b0"'), token)) == ""
    assert code(world.send("GET", path, b"", token, query=form)) == ""
    assert code(world.send("GET", path, form, FORM, token)) == ""
    assert code(world.send("GET", path, parts, multipart_type(), token)) == ""
    assert code(world.send("GET", path, form, FORM, token, query=form)) == ""
    assert code(world.send("POST", path, form, FORM, token, query=form)) == ""
    preprod = "/service/preprod/verifyReference.do"
    key = ("x-api-key", world.credential["api_key"])
    assert code(world.send("POST", preprod, form, FORM, token, key)) == ""
    # As Feign sends it, and with other things in the body
    assert code(world.send("POST", path, b"", token, query=form)) == ""
    assert code(world.send("POST", path, "random=1", FORM, token, query=form)) == ""
    json_type = ("content-type", "application/json")
    assert code(world.send("POST", path, "{}", json_type, token, query=form)) == ""

    for method in ("GET", "POST"):
        conflict = world.send(method, path, form, FORM, token, query=other)
        assert code(conflict) == "gestopago.field-conflict"
    assert conflict.reply.status == 200
    assert xml(conflict)["CODIGO"] == "02"


def test_where_signed_may_not_stand(world: World) -> None:
    """
    Anything else is refused with a hint.
    """
    path, token = "/sistema/service/verifyReference.do", world.bearer()
    text = aes(world.credential, '{"idServicio":166,"referencia":"123456789012"}')
    signed = urlencode({"signed": text})
    good = multipart(("signed", text))
    json_type = ("content-type", "application/json")
    clear = "idServicio=166&referencia=123456789012"
    for body, header, expected, hinted in (
        (json.dumps({"signed": text}), json_type, "media-type", "JSON body"),
        ("{}", json_type, "media-type", "JSON"),
        (text, ("content-type", "text/plain"), "media-type", "ciphertext alone"),
        (signed.replace("signed", "firma"), FORM, "signed-missing", "field firma"),
        (signed, ("x", "y"), "media-type", "form"),
        (f"{signed}&{signed}", FORM, "duplicate-field", ""),
        (clear, FORM, "signed-missing", "without encryption"),
        (signed.replace("signed", "Signed"), FORM, "signed-missing", "lower case"),
        ("", FORM, "signed-missing", ""),
        (good, multipart_type("other"), "malformed-multipart", ""),
        (good, ("content-type", "multipart/form-data"), "malformed-multipart", "HTTP client"),
        (good[:-4], multipart_type(), "malformed-multipart", "cut"),
        (good[:-2] + b"x", multipart_type(), "malformed-multipart", "cut"),
        (good.replace(b"\r\n", b"\n"), multipart_type(), "malformed-multipart", "CR LF"),
        (b"x" + good, multipart_type(), "malformed-multipart", "boundary"),
        (
            multipart(("signed", text), extra='; filename="a"'),
            multipart_type(),
            "malformed-multipart",
            "file",
        ),
        (multipart(("signed", text), ("signed", text)), multipart_type(), "duplicate-field", ""),
        (
            good.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1),
            multipart_type(),
            "malformed-multipart",
            "",
        ),
        (
            good.replace(b"form-data; name", b"form-data; nome"),
            multipart_type(),
            "malformed-multipart",
            "",
        ),
        (
            multipart(("signed", "é")).replace("é".encode(), b"\xff"),
            multipart_type(),
            "malformed-multipart",
            "",
        ),
        (good, multipart_type("é"), "malformed-multipart", ""),
    ):
        exchange = world.send("POST", path, body, header, token)
        assert code(exchange) == f"gestopago.{expected}", body
        assert hinted in hint(exchange)
        assert exchange.reply.status == 200
        assert xml(exchange)["CODIGO"] == "02"
    bad_query = world.send("GET", path, b"", token, query="signed=é")
    assert code(bad_query) == "gestopago.malformed-form"


_PLUS_LOST = "A + became a space in the form; percent-encode it as %2B"


def test_plus_lost(configured: Callable[[str], World]) -> None:
    """
    A + that was not percent-encoded breaks the ciphertext, and the hint says so; it can be
    repaired by configuration.
    """
    for world, expected in (
        (configured(""), "aes-cbc.not-base64"),
        (configured("repair_plus = true"), ""),
    ):
        texts = (aes(world.credential, json.dumps(top_up(n))) for n in range(50))
        text = next(text for text in texts if "+" in text)
        raw = quote(text, safe="+/=")
        exchange = world.send(
            "POST", "/sistema/service/sendTx.do", f"signed={raw}", FORM, world.bearer()
        )
        assert code(exchange) == expected
        assert not expected or hint(exchange) == _PLUS_LOST


@pytest.mark.parametrize("mistake", aes_mistakes.MISTAKES[::3], ids=str)
def test_names_the_encryption_mistake(world: World, mistake: aes_mistakes.Mistake) -> None:
    """
    What the scheme recognises is recognised here too, and refused with the technical code.
    """
    key, iv = b64decode(world.credential["aes_key"]), b64decode(world.credential["aes_iv"])
    payload = {**top_up(0), "nota": "Año ñandú " * 2}
    text = mistake.spoil(aes_mistakes.Client()).send(
        key, iv, json.dumps(payload, ensure_ascii=False).encode()
    )
    if text == aes(world.credential, json.dumps(payload, ensure_ascii=False)):
        return  # not every text has a + in it
    body = f"signed={quote(text, safe='')}"
    exchange = world.send("POST", "/sistema/service/sendTx.do", body, FORM, world.bearer())
    assert aes_mistakes.says(mistake, hint(exchange))
    assert xml(exchange)["CODIGO"] == "02"


def test_padded_by_hand_is_warned_of(world: World) -> None:
    """
    Padded by hand and by the library, a message passes for three lengths only, with a warning.
    """
    for count in (9, 10, 13):
        text = json.dumps(top_up(count))
        text = text[:-1] + " " * ((16 - count - len(text)) % 16) + "}" + chr(count) * count
        exchange = world.call("sendTx", text)
        assert code(exchange) == ""
        assert "aes-cbc.padded-twice" in [warning.code for warning in exchange.warnings]


def test_the_key_of_another_device_is_named(world: World) -> None:
    """
    Whose key encrypted is told, where it is a registered one.
    """
    other = "GPS7-TPV-09"
    added = {
        **world.credential,
        "codigoDispositivo": other,
        "aes_key": b64encode(bytes(range(50, 82))).decode(),
        "aes_iv": b64encode(bytes(range(90, 106))).decode(),
    }
    world.context.store.table("credentials").put(other, added)
    exchange = world.send(
        "POST",
        "/sistema/service/sendTx.do",
        f"signed={quote(aes(added, json.dumps(top_up(1))), safe='')}",
        FORM,
        world.bearer(),
    )
    assert f"key of device {other}" in hint(exchange)


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("{idServicio:166}", "double quotes"),
        ("{'idServicio':166}", "double quotes"),
        ("{idServicio=166}", "Map"),
        ("idServicio=166&telefono=5512345678", "form"),
        ('{"idServicio":166,}', "comma"),
        ("[1]", "An array"),
        ('"{}"', "encoded twice"),
        ('{"idServicio":166,"idServicio":166,"referencia":"123456789012"}', "repeated"),
        ('{"idServicio":166,"referencia":"123456789012","a":{"b":1,"b":1}}', "repeated"),
        ('{"idServicio":NaN}', "NaN"),
        ('{"a":"\\ud800"}', "escapes"),
        ("{}{}", "Two objects"),
        ("", "empty"),
        ("[" * 5000, "nested"),
        ('{"a":' * 5000, "nested"),
        ('{"a":' + "9" * 5000 + "}", "too large"),
        ("\ufeff{}", "byte order mark"),
        ('{"a":"\x01"}', "control character"),
    ],
)
def test_plaintext_that_is_no_object(world: World, text: str, hinted: str) -> None:
    """
    What decrypts to anything but one strict JSON object is refused.
    """
    exchange = world.call("verifyReference", text)
    assert code(exchange) == "aes-cbc.plaintext"
    assert hinted in hint(exchange)


def test_colons_in_text_are_no_repetition(world: World) -> None:
    """
    More colons than members alone do not make a repeated member.
    """
    text = '{"idServicio":166,"referencia":"123456789012","nota":"a:b:c"}'
    assert code(world.call("verifyReference", text)) == ""


@pytest.mark.slow
def test_mutated_payloads(world: World) -> None:
    """
    A thousand ciphertexts with one character changed, and more cut short, are refused.
    """
    chance = random.Random(11)
    world.call("sendTx", top_up())
    before = xml(world.call("getBalance"))
    for number in range(1000):
        text = aes(world.credential, json.dumps(top_up(number + 1)))
        at = chance.randrange(len(text))
        other = chance.choice([c for c in BASE64 + "=-_ " if c != text[at]])
        mutated = text[:at] + other + text[at + 1 :]
        if number % 10 == 0:
            mutated = text[:at]
        body = f"signed={quote_plus(mutated)}"
        exchange = world.send("POST", "/sistema/service/sendTx.do", body, FORM, world.bearer())
        assert exchange.verdict == "refused", mutated
        assert code(exchange).startswith("aes-cbc.")
    assert xml(world.call("getBalance")) == before


@pytest.mark.slow
def test_mutated_logins(world: World) -> None:
    """
    A thousand logins with one character of one field changed are INVALID.
    """
    chance = random.Random(13)
    names = ("idDistribuidor", "codigoDispositivo", "password")
    for _ in range(1000):
        name = chance.choice(names)
        value = str(world.credential[name])
        at = chance.randrange(len(value))
        other = chance.choice([c for c in BASE64 + "-_ é\0" if c != value[at]])
        exchange = world.log_in(**{name: value[:at] + other + value[at + 1 :]})
        assert exchange.reply.body == INVALID


@pytest.mark.slow
def test_payloads_of_a_second_implementation(world: World) -> None:
    """
    A thousand sales encrypted by hand are made, and the bag has paid exactly for them.
    """
    for number in range(1000):
        payload = top_up(number)
        if number % 3:
            payload = {name: str(value) for name, value in payload.items()} | {"referencia": None}
        exchange = world.call("sendTx", payload)
        assert code(exchange) == ""
        assert exchange.payload == payload
        assert xml(exchange)["CODIGO"] == "01"
    left = Decimal("200000.00") - 1000 * (Decimal("50.00") - Decimal("2.50"))
    assert xml(world.call("getBalance"))["SALDO_F"] == f"{left:,.2f}"


def test_plain_methods_ignore_other_bodies(world: World) -> None:
    """
    sendEcho and its like take no payload, but one that is sent must decrypt.
    """
    json_type = ("content-type", "application/json")
    for method in PLAIN:
        path = f"/sistema/service/{method}.do"
        assert code(world.send("POST", path, b"", world.bearer())) == ""
        assert code(world.send("POST", path, "{}", json_type, world.bearer())) == ""
        exchange = world.send("POST", path, "signed=AAAA", FORM, world.bearer())
        assert code(exchange) == "aes-cbc.ciphertext-length"
        assert xml(exchange)["CODIGO"] == "02"


# Routes


def test_unknown_paths(world: World) -> None:
    """
    They are behind the same authentication, and then the provider's own 404.
    """
    path = "/sistema/service/payTx.do"
    assert code(world.send("POST", path)) == "bearer.missing"
    exchange = world.send("POST", path, b"", world.bearer())
    assert (exchange.reply.status, code(exchange)) == (404, NOT_FOUND.code)
    assert exchange.reply.media_type == "text/html;charset=utf-8"
    exchange = world.send("POST", path, "signed=AAAA", FORM, world.bearer())
    assert code(exchange) == "aes-cbc.ciphertext-length"


def test_login_path_without_its_slash(world: World) -> None:
    """
    It is a 404 that names the slash, not a 401.
    """
    for path in (LOGIN[:-1], "/service/preprod/authenticate/"):
        key = ("x-api-key", world.credential["api_key"])
        exchange = world.send("POST", path, b"a=b", FORM, key)
        assert (exchange.reply.status, code(exchange)) == (404, "gestopago.path-slash")


def test_other_http_methods(world: World) -> None:
    """
    The login, sendTx and confirmTx take POST, the other methods GET and POST.
    """
    for method, path in (
        ("GET", LOGIN),
        ("GET", "/sistema/service/sendTx.do"),
        ("GET", "/sistema/service/confirmTx.do"),
        ("PUT", "/service/preprod/sendTx.do"),
    ):
        exchange = world.send(method, path)
        assert (exchange.reply.status, code(exchange)) == (405, METHOD.code)
        assert exchange.reply.header("allow") == "POST"
        assert exchange.reply.media_type.startswith("text/html")
    exchange = world.send("PUT", "/sistema/service/getBalance.do")
    assert exchange.reply.header("allow") == "GET, POST"


def test_aws_front(world: World) -> None:
    """
    The AWS paths want a registered key on every call, the login too; the classic host none.
    """
    c = world.credential
    assert re.fullmatch("[A-Za-z0-9]{40}", c["api_key"])
    names = ("idDistribuidor", "codigoDispositivo", "password")
    form = urlencode({name: c[name] for name in names})
    login, echo = "/service/preprod/authenticate", "/service/preprod/sendEcho.do"
    bearer_header = world.bearer()
    for value, expected, hinted in (
        (None, "key-missing", "emulator credentials gestopago"),
        ("", "key-missing", "X-API-Key"),
        (" ", "key-missing", "X-API-Key"),
        ("é", "key", "not registered"),
        ("any", "key", "not registered"),
        (c["api_key"].swapcase(), "key", "case"),
        (f'"{c["api_key"]}"', "key", "quotes"),
        (f"Bearer {c['api_key']}", "key", "Bearer"),
        (c["password"], "key", "This is the password"),
        (c["aes_key"], "key", "This is the aes_key"),
        (world.token, "key", "access token"),
    ):
        headers = [] if value is None else [("x-api-key", value)]
        for path in (login, echo):
            exchange = world.send("POST", path, form, FORM, bearer_header, *headers)
            assert code(exchange) == f"api-gateway.{expected}"
            assert hinted in hint(exchange)
            assert exchange.reply.status == 403
            assert exchange.reply.body == b'{"message":"Forbidden"}'
            assert c["api_key"] not in str(exchange.diagnosis.as_json())
            assert c["password"] not in str(exchange.diagnosis.as_json())
    right = ("x-api-key", c["api_key"])
    for place in (("apikey", c["api_key"]), ("authorization", f"Bearer {c['api_key']}")):
        assert f"header {place[0]}" in hint(world.send("POST", login, form, FORM, place))
    in_query = world.send("POST", login, form, FORM, query=f"api_key={c['api_key']}")
    assert "query parameter api_key" in hint(in_query)
    assert code(world.send("POST", login, form, FORM, right)) == ""
    assert code(world.send("POST", LOGIN, form, FORM)) == ""
    assert code(world.send("GET", echo, b"", bearer_header, right)) == ""


def test_aws_front_without_any_key(world: World) -> None:
    """
    A credential may have no key; if none has one, the hint says so.
    """
    for record in (world.credential, world.inactive):
        without = {name: value for name, value in record.items() if name != "api_key"}
        world.namespace.register("gestopago", without)
    for headers in ((), (("x-api-key", "x"),)):
        refused = world.send("GET", "/service/preprod/sendEcho.do", b"", *headers)
        assert "No credential has an api_key" in hint(refused)


def test_encrypt_helper(world: World) -> None:
    """
    It encrypts what it is given, with the distributor's key, and asks for no token.
    """
    path, data = "/sistema/app/public/encrypt/", '{"idServicio":166}'
    body = urlencode({"data": data})
    exchange = world.send("POST", path, body, FORM, query="idDistribuidor=1")
    assert exchange.reply.body.decode() == aes(world.credential, data)
    assert exchange.reply.media_type == "text/plain;charset=UTF-8"
    for query, form in (("", body), ("idDistribuidor=2", body), ("idDistribuidor=1", "")):
        refused = world.send("POST", path, form, FORM, query=query)
        assert code(refused) == "gestopago.payload-field-missing"
    assert code(world.send("POST", path, "%", FORM)) == "gestopago.malformed-form"


# Sales


def test_plain_answers(world: World) -> None:
    """
    Echo, identity, balance and catalogue.
    """
    assert xml(world.call("sendEcho")) == {"ECHO": "GPS1-TPV-01", "VALID": "1"}
    identity = xml(world.call("validateMe"))
    assert (identity["CODIGO"], identity["VALID"]) == ("10", "1")
    balance = xml(world.call("getBalance"))
    assert (balance["SALDO_F"], balance["SALDO"]) == ("200,000.00", "200000.0")
    catalogue = world.call("getProductList")
    ids = re.findall(rb"idServicio='(\d+)' idProducto='(\d+)'", catalogue.reply.body)
    assert set(ids) >= {
        (b"115", b"298"),
        (b"107", b"271"),
        (b"669", b"5611"),
        (b"166", b"597"),
        (b"133", b"582"),
        (b"38", b"5267"),
        (b"687", b"6752"),
    }
    root = ElementTree.fromstring(catalogue.reply.body)
    assert root.find("PRODUCTOS/producto").get("servicio") == "AT&T"
    assert catalogue.warnings == []
    for _ in range(2):
        assert world.call("getProductList").warnings == []
    (warning,) = world.call("getProductList").warnings
    assert warning.code == "gestopago.catalogue-too-often"
    world.advance("24h")
    world.token = ""
    assert world.call("getProductList").warnings == []


def test_sale_of_a_bill(world: World) -> None:
    """
    The answer has the elements and the forms of the provider's sample, in its order.
    """
    exchange = world.call("sendTx", bill())
    assert exchange.reply.body.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?><RESPONSE><ID_TX>108121</ID_TX>"
        "<NUM_AUTORIZACION>10083</NUM_AUTORIZACION><SALDO>199840.84</SALDO>"
        "<COMISION>5.84</COMISION><SALDO_F>199,840.84</SALDO_F><COMISION_F>5.84</COMISION_F>"
        "<FECHA>01/Mar/2026 06:00:00</FECHA><MONTO>165.0</MONTO><MENSAJE><CODIGO>01</CODIGO>"
        "<TEXTO>Operacion realizada con exito</TEXTO><REFERENCIA>123456789012</REFERENCIA>"
        "</MENSAJE></RESPONSE>"
    )
    assert exchange.reply.media_type == "text/xml;charset=UTF-8"


def test_sale_of_a_pin(world: World) -> None:
    """
    It has a PIN and a legend; the next one is no duplicate although the phone is the same.
    """
    pins = set()
    for number, phone in enumerate(("#1111111111", "1111111111")):
        sold = xml(
            world.call("sendTx", top_up(number, idServicio=669, idProducto=5611, telefono=phone))
        )
        assert sold["CODIGO"] == "01"
        assert sold["legend"]
        pins.add(sold["PIN"])
    assert len(pins) == 2


def test_enquiry_moves_no_money(world: World) -> None:
    """
    tipoFront 4 tells the customer's balance and leaves the bag alone.
    """
    ask = bill(idServicio=687, idProducto=6752, montoPago=None)
    told = xml(world.call("sendTx", ask))
    assert (told["ID_TX"], told["NUM_AUTORIZACION"], told["MONTO"]) == ("-1", "1", "0.0")
    assert Decimal(told["SALDOCLIENTE"]) > 0
    assert xml(world.call("sendTx", ask)) == told
    assert xml(world.call("getBalance"))["SALDO_F"] == "200,000.00"


@pytest.mark.parametrize(
    ("payload", "expected", "answer"),
    [
        ({}, "payload-field-missing", "02"),
        (top_up(upc=None), "payload-field-missing", "02"),
        (top_up(horaLocal=None), "payload-field-missing", "02"),
        (top_up(idServicio=None), "payload-field-missing", "02"),
        (top_up(idServicio=True), "payload-field", "02"),
        (top_up(idServicio=115.0), "payload-field", "02"),
        (top_up(idServicio="0115"), "payload-field", "02"),
        (top_up(idServicio=-115), "payload-field", "02"),
        (top_up(idServicio=10**400), "payload-field", "02"),
        (top_up(idServicio=[115]), "payload-field", "02"),
        (top_up(idServicio="١١٥"), "payload-field", "02"),
        (top_up(idServicio=298, idProducto=115), "unknown-product", "02"),
        (top_up(idServicio=9, idProducto=9), "unknown-product", "02"),
        (top_up(upc="1" * 16), "payload-field", "02"),
        (top_up(upc=""), "payload-field", "02"),
        (top_up(upc={}), "payload-field", "02"),
        (top_up(horaLocal="20260231060000"), "payload-field", "02"),
        (top_up(horaLocal="2026-03-01 06:00:00"), "payload-field", "02"),
        (top_up(horaLocal="00000101000000"), "payload-field", "02"),
        (top_up(horaLocal="20260301060000\n"), "payload-field", "02"),
        (top_up(telefono=None), "phone", "55"),
        (top_up(telefono="551213407"), "phone", "55"),
        (top_up(telefono="0512134073"), "phone", "55"),
        (top_up(telefono="+525512134073"), "phone", "55"),
        (top_up(telefono="５５１２１３４０７３"), "phone", "55"),
        (top_up(telefono=1.5), "payload-field", "02"),
        (top_up(idServicio=669, idProducto=5611), "phone", "55"),
        (top_up(montoPago="49.99"), "amount", "02"),
        (bill(referencia=None), "reference", "55"),
        (bill(referencia="12345678901é"), "reference", "55"),
        (bill(referencia="1" * 51), "reference-length", "55"),
        (bill(referencia="12345"), "reference-length", "55"),
        (bill(montoPago=None), "amount", "02"),
        (bill(montoPago="0.99"), "amount", "02"),
        (bill(montoPago="165.001"), "amount", "02"),
        (bill(montoPago="1e3"), "amount", "02"),
        (bill(montoPago="-165"), "amount", "02"),
        (bill(montoPago=-165), "amount", "02"),
        (bill(montoPago=1e300), "amount", "02"),
        (bill(montoPago=True), "amount", "02"),
        (bill(montoPago="١٦٥"), "amount", "02"),
        (bill(montoPago=["165"]), "amount", "02"),
        (unverified(montoPago="9999999.99"), "balance", "02"),
        (bill(montoPago="9999999.99"), "amount-owed", "02"),
    ],
)
def test_sale_refused(world: World, payload: Any, expected: str, answer: str) -> None:
    """
    A sale that cannot be made is refused with HTTP 200, its code, and the diagnosis says why.
    """
    exchange = world.call("sendTx", payload if payload else "{}")

    assert code(exchange) == f"gestopago.{expected}"
    assert exchange.reply.status == 200
    assert xml(exchange)["CODIGO"] == answer
    assert xml(exchange)["NUM_AUTORIZACION"] == "-1"
    assert xml(world.call("getBalance"))["SALDO_F"] == "200,000.00"


def test_refused_sale_claims_nothing(world: World) -> None:
    """
    What was refused for the balance may be sent again, smaller.
    """
    assert code(world.call("sendTx", unverified(montoPago=9_000_000))) == "gestopago.balance"
    assert code(world.call("sendTx", unverified(montoPago=100.5))) == ""
    assert code(world.call("sendTx", bill(1, montoPago=164.99))) == "gestopago.amount-owed"
    assert code(world.call("sendTx", bill(upc="bill-1"))) == ""


def test_misspelt_member(world: World) -> None:
    """
    A member nearly right is named.
    """
    payload = top_up()
    payload["idservicio"] = payload.pop("idServicio")
    assert "'idservicio' must be written 'idServicio'" in hint(world.call("sendTx", payload))


@pytest.mark.parametrize(
    ("first", "second", "seconds", "expected"),
    [
        (top_up(1), top_up(2, upc="upc-1"), 2 * 24 * 3600, "duplicate-upc"),
        (top_up(1), unverified(2, upc="upc-1"), 2 * 24 * 3600, "duplicate-upc"),
        (top_up(1), top_up(1, upc="new"), 15 * 60, "duplicate-top-up"),
        (
            unverified(1),
            unverified(1, upc="new", montoPago="12"),
            24 * 3600,
            "duplicate-bill",
        ),
    ],
)
def test_duplicates(world: World, first: Any, second: Any, seconds: int, expected: str) -> None:
    """
    Within its time a duplicate is 06 with the first sale's numbers; after it, a new sale.
    """
    sold = xml(world.call("sendTx", first))
    world.advance(f"{seconds - 1}s")
    world.token = ""
    duplicate = world.call("sendTx", second)
    assert code(duplicate) == f"gestopago.{expected}"
    answer = xml(duplicate)
    assert answer["CODIGO"] == "06"
    assert f"[{sold['NUM_AUTORIZACION']}]" in answer["TEXTO"]
    for name in ("ID_TX", "NUM_AUTORIZACION", "SALDO", "FECHA", "MONTO"):
        assert answer[name] == sold[name]
    world.advance("1s")
    assert code(world.call("sendTx", second)) == ""


def test_duplicates_are_per_distributor(world: World) -> None:
    """
    Another distributor's upc, phone and bag are its own; another device of the same is not.
    """
    assert code(world.call("sendTx", top_up())) == ""
    other = {**world.credential, "idDistribuidor": 22, "codigoDispositivo": "GPS22-TPV-01"}
    same = {**world.credential, "codigoDispositivo": "GPS1-TPV-09"}
    for device, expected in ((other, ""), (same, "gestopago.duplicate-upc")):
        world.namespace.register("gestopago", device)
        world.credential, world.token = device, ""
        assert code(world.call("sendTx", top_up())) == expected
    assert xml(world.call("getBalance"))["SALDO_F"] == "199,952.50"


def test_confirm(world: World) -> None:
    """
    From 62 s on a sale is confirmed with 06; a second time is warned of.
    """
    sold = xml(world.call("sendTx", top_up()))
    world.advance("61s")
    early = world.call("confirmTx", top_up())
    assert code(early) == "gestopago.confirm-early"
    assert early.diagnosis
    assert "`emulator clock advance 62s`" in early.diagnosis.hint
    assert early.reply.body.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?><RESPONSE><NUM_AUTORIZACION>0</NUM_AUTORIZACION>"
        "<MENSAJE><CODIGO>70</CODIGO><TEXTO>La transaccion no fue aplicada</TEXTO>"
        "<ID_TX>-1</ID_TX></MENSAJE></RESPONSE>"
    )
    world.advance("1s")
    confirmed = world.call("confirmTx", top_up())
    assert code(confirmed) == ""
    assert confirmed.warnings == []
    number = sold["NUM_AUTORIZACION"]
    assert xml(confirmed) == {
        "NUM_AUTORIZACION": number,
        "FECHA": "01/03/2026 06:00:00",
        "CODIGO": "06",
        "TEXTO": "La transaccion fue aplicada exitosamente. "
        f"Autorizacion [{number}] idTicket[{sold['ID_TX']}]",
        "ID_TX": sold["ID_TX"],
    }
    again = world.call("confirmTx", top_up())
    assert [warning.code for warning in again.warnings] == ["gestopago.confirm-repeated"]
    assert xml(again) == xml(confirmed)


def test_confirm_of_nothing(world: World) -> None:
    """
    A sale nobody made is 70, truly; it may be sent again, and then confirmed.
    """
    unknown = world.call("confirmTx", top_up())
    assert (code(unknown), xml(unknown)["CODIGO"]) == ("", "70")
    assert code(world.call("sendTx", top_up())) == ""
    world.advance("62s")
    assert xml(world.call("confirmTx", top_up()))["CODIGO"] == "06"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"horaLocal": "20260301060102"}, "horaLocal"),
        ({"telefono": "5599999999"}, "telefono"),
        ({"upc": "another"}, "upc"),
        ({"idServicio": 133, "idProducto": 582}, "idServicio"),
        ({"montoPago": "50"}, "montoPago"),
        ({"referencia": "x"}, "referencia"),
    ],
)
def test_confirm_with_other_parameters(world: World, changes: Any, named: str) -> None:
    """
    It says 70, and the diagnosis says what differs.
    """
    world.call("sendTx", top_up())
    world.advance("62s")
    exchange = world.call("confirmTx", top_up(**changes))
    assert xml(exchange)["CODIGO"] == "70"
    assert code(exchange) == "gestopago.confirm-mismatch"
    assert named in exchange.diagnosis.expected
    assert xml(world.call("confirmTx", top_up()))["CODIGO"] == "06"


def test_confirm_compares_values(world: World) -> None:
    """
    115 and "115", 165 and "165.00" are the same.
    """
    world.call("sendTx", bill())
    world.advance("62s")
    same = bill(idServicio="166", montoPago=165, referencia=123456789012)
    assert xml(world.call("confirmTx", same))["CODIGO"] == "06"
    assert xml(world.call("confirmTx", bill(montoPago=165.01)))["CODIGO"] == "70"


def test_verify_reference(world: World) -> None:
    """
    A right reference has a balance, always the same; a wrong one its own code.
    """
    ask = {"idServicio": 166, "idProducto": 597, "referencia": "123456789012"}
    answer = xml(world.call("verifyReference", ask))
    assert answer["CODIGO"] == "01"
    assert answer["TEXTO"] == "Referencia Válida"
    assert re.fullmatch(r"\d+\.\d\d", answer["SALDO"])
    assert xml(world.call("verifyReference", {**ask, "idServicio": "166"})) == answer
    for changes, expected, number in (
        ({"referencia": "1"}, "reference-length", "05"),
        ({"referencia": ""}, "reference", "02"),
        ({"referencia": None}, "payload-field-missing", "02"),
        ({"referencia": {}}, "payload-field", "02"),
        ({"idServicio": 115, "idProducto": 298}, "not-verifiable", "04"),
        ({"idServicio": 115, "idProducto": None}, "not-verifiable", "04"),
        ({"idServicio": 1}, "unknown-product", "02"),
    ):
        exchange = world.call("verifyReference", {**ask, **changes})
        assert (code(exchange), xml(exchange)["CODIGO"]) == (f"gestopago.{expected}", number)


# Settings


def test_oas_statuses(configured: Callable[[str], World]) -> None:
    """
    The statuses of the OpenAPI text, on request.
    """
    world = configured('business_status = "oas"')
    assert world.call("sendTx", top_up(telefono="1")).reply.status == 400
    assert world.call("confirmTx", top_up()).reply.status == 401
    assert world.call("sendTx", top_up()).reply.status == 200
    assert world.call("sendTx", top_up()).reply.status == 401
    assert world.call("sendTx", {"idServicio": 1}).reply.status == 200


def test_latin_1(configured: Callable[[str], World]) -> None:
    """
    The answer is in the charset that its declaration and its Content-Type name.
    """
    world = configured('charset = "iso-8859-1"')
    exchange = world.call("verifyReference", {"idServicio": 166, "referencia": "123456789012"})
    assert exchange.reply.media_type == "text/xml;charset=ISO-8859-1"
    assert "Válida".encode("latin-1") in exchange.reply.body
    assert xml(exchange)["TEXTO"] == "Referencia Válida"


def test_other_settings(configured: Callable[[str], World]) -> None:
    """
    Technical code, matching by upc, early truth, no memory of duplicates, a smaller bag.
    """
    world = configured(
        'technical_code = "99"\nconfirm_match = "upc"\nearly_confirm = "answer"\n'
        'duplicate_upc_seconds = 0\nduplicate_topup_seconds = 0\nbalance = "100.00"'
    )
    assert xml(world.call("sendTx", "x"))["CODIGO"] == "99"
    assert code(world.call("sendTx", top_up())) == ""
    assert code(world.call("sendTx", top_up())) == ""
    assert code(world.call("sendTx", top_up())) == "gestopago.balance"
    assert xml(world.call("confirmTx", {"upc": "upc-0"}))["CODIGO"] == "06"


@pytest.mark.parametrize("balance", ["x", "NaN", "Infinity", "1.001", ""])
def test_balance_that_is_none(configured: Callable[[str], World], balance: str) -> None:
    """
    A wrong bag is an error at the start, not at the first sale.
    """
    with pytest.raises(ConfigurationError, match="balance"):
        configured(f'balance = "{balance}"')


# Credentials, keys, signing


def test_credential_view(world: World) -> None:
    """
    Exactly the members that `GET /credentials` promises.
    """
    keys = KeyFiles(shipped("keys") / "gestopago")
    view = PROVIDER.credentials.view(world.credential, keys, "http://h/gestopago")
    assert view == {
        "base_url": "http://h/gestopago",
        "idDistribuidor": 1,
        "codigoDispositivo": "GPS1-TPV-01",
        "password": world.credential["password"],
        "aes_key": world.credential["aes_key"],
        "aes_iv": world.credential["aes_iv"],
        "api_key": world.credential["api_key"],
    }
    key, record = PROVIDER.credentials.register({**view, "idDistribuidor": "1"}, world.context)
    assert (key, record) == ("GPS1-TPV-01", world.credential)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"idDistribuidor": 0}, "idDistribuidor"),
        ({"idDistribuidor": "01"}, "idDistribuidor"),
        ({"idDistribuidor": True}, "idDistribuidor"),
        ({"idDistribuidor": 10**12}, "idDistribuidor"),
        ({"idDistribuidor": None}, "idDistribuidor"),
        ({"codigoDispositivo": "a b"}, "codigoDispositivo"),
        ({"codigoDispositivo": 5}, "codigoDispositivo"),
        ({"password": ""}, "password"),
        ({"aes_key": "AAAA"}, "aes_key: expected Base64 of 32 bytes"),
        ({"aes_key": "A" * 42 + "B="}, "aes_key"),
        ({"aes_iv": None}, "aes_iv"),
        ({"api_key": "a b"}, "api_key"),
        ({"api_key": 5}, "api_key"),
        ({"status": "asleep"}, "status"),
        ({"pasword": "x"}, "'pasword'; did you mean 'password'"),
    ],
)
def test_credential_refused(world: World, changes: Any, expected: str) -> None:
    """
    A wrong credential is refused with the member's name.
    """
    with pytest.raises(ConfigurationError, match=re.escape(expected)):
        PROVIDER.credentials.register({**world.credential, **changes}, world.context)


def test_fresh_keys(only_gestopago: None, tmp_path: Path) -> None:
    """
    What `make_keys` writes is enough for an emulator, and differs each time.
    """
    for name in ("a", "b"):
        PROVIDER.credentials.make_keys(tmp_path / name / "gestopago")
        world = World(Emulator(keys=tmp_path / name))
        assert code(world.call("sendTx", top_up())) == ""
    names = ("credentials.json", "token.key")
    for name in names:
        files = [(tmp_path / each / "gestopago" / name).read_text() for each in ("a", "b")]
        assert files[0] != files[1]


@pytest.mark.parametrize("broken", ["[]", "{}", "x"])
def test_broken_key_files(only_gestopago: None, tmp_path: Path, broken: str) -> None:
    """
    They are a clear error at the start.
    """
    PROVIDER.credentials.make_keys(tmp_path / "gestopago")
    (tmp_path / "gestopago" / "credentials.json").write_text(broken)
    with pytest.raises(ConfigurationError, match=r"credentials\.json"):
        Emulator(keys=tmp_path)
    (tmp_path / "gestopago" / "token.key").write_text("x")
    with pytest.raises(ConfigurationError, match=r"token\.key"):
        Emulator(keys=tmp_path)


@pytest.mark.parametrize("endpoint", ["token", *PLAIN, "verifyReference", "sendTx", "confirmTx"])
def test_sign(world: World, endpoint: str) -> None:
    """
    What `sign` makes is accepted, once its token is fetched.
    """
    signed = PROVIDER.sign(endpoint, None, world.context, "http://h/gestopago")
    request = signed.ready(lambda each: world.serve(each).reply.body)
    assert code(world.serve(request)) == ""
    assert world.credential["password"] not in signed.canonical


def test_sign_what_is_given(world: World) -> None:
    """
    An object or its text is encrypted as it is; anything else is an error.
    """
    for payload in ({"idServicio": 166}, '{"idServicio":166}'):
        signed = PROVIDER.sign("sendTx", payload, world.context, "")
        assert signed.canonical == '{"idServicio":166}'
        expected = aes(world.credential, signed.canonical)
        assert signed.request.body.decode() == f"signed={quote(expected, safe='')}"
    for endpoint, payload in (("sendTx", 5), ("nothing", None)):
        with pytest.raises(ConfigurationError):
            PROVIDER.sign(endpoint, payload, world.context, "")


# What scenarios change


@pytest.mark.parametrize("name", PROVIDER.credentials.key_names)
def test_other_keys(world: World, name: str) -> None:
    """
    They are derived as documented, and make a right credential.
    """
    made = PROVIDER.credentials.rekeyed(world.credential, name, world.context.keys)
    expected = dict(world.credential)
    for member, length, kept in (("aes_key", 32, "rolled-iv"), ("aes_iv", 16, "rolled-key")):
        if name not in ("current", kept):
            raw = b64decode(world.credential[member])
            derived = hmac_new(raw, name.encode(), sha256).digest()[:length]
            expected[member] = b64encode(derived).decode()
    assert made == expected
    assert PROVIDER.credentials.register(made, world.context)[1] == made
    assert PROVIDER.credentials.view(made, world.context.keys, "")["aes_iv"] == made["aes_iv"]


@pytest.mark.parametrize("form", ["jwt", "opaque"])
@pytest.mark.parametrize("name", PROVIDER.signing_keys)
def test_tokens_of_other_keys(only_gestopago: None, form: Any, name: str) -> None:
    """
    They are made with the key that is documented, and only the right one's are taken.
    """
    world = World(Emulator())
    context = replace(world.context, settings=replace(Settings(), token_format=form))
    world.namespace.contexts["gestopago"] = context
    at = context.clock.timestamp()
    device = world.credential["codigoDispositivo"]
    token = auth.issue_token(device, 1, replace(context, changes=Changes(sign_with=name)), at)
    secret = auth.TOKENS.secret(context.keys)
    key = secret if name == "current" else hmac_new(secret, name.encode(), sha256).digest()
    if form == "jwt":
        assert jwt.decode(token, OctKey.import_key(key)).claims["sub"] == device
    else:
        assert bearer.open_opaque(token, key)["sub"] == device
    request = Request(
        method="GET",
        path="/sistema/service/sendEcho.do",
        headers=[("authorization", f"Bearer {token}")],
    )
    refused = "bearer.signature" if form == "jwt" else "bearer.opaque-token"
    assert code(world.serve(request)) == ("" if name == "current" else refused)


# The catalogue of errors, examples, failure modes


@pytest.mark.parametrize("name", ERRORS)
def test_error_renders(world: World, name: str) -> None:
    """
    Every error can be the answer of every endpoint, also where a scenario asks for it.
    """
    for endpoint in (*(each.name for each in PROVIDER.endpoints), "/anything"):
        exchange = Exchange(
            number=1,
            namespace="default",
            provider="gestopago",
            endpoint=endpoint,
            request=Request(method="POST", path="/"),
            received_at=0.0,
        )
        reply = ERRORS[name].reply(exchange, world.context)
        assert reply.status == ERRORS[name].status
        if reply.media_type == "application/json":
            json.loads(reply.body)
        elif reply.media_type.startswith("text/xml"):
            root = ElementTree.fromstring(reply.body)
            number = root.findtext("MENSAJE/CODIGO")
            assert number in (str(ERRORS[name].code or "02"), None)
        else:
            assert str(reply.status).encode() in reply.body


def test_aliases() -> None:
    """
    Every short name is one of an error; those the interface promises are there.
    """
    for alias in PROVIDER.errors.aliases:
        assert PROVIDER.errors.find(alias) is not None
    assert PROVIDER.errors.find("401") is ERRORS["token-missing"]
    assert PROVIDER.errors.find("403") is ERRORS["token-expired"]
    for name in ("not-found", "method-not-allowed", "too-large", "bad-request"):
        assert name in ERRORS


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(world: World, name: str) -> None:
    """
    An example in order is accepted; a spoiled one is refused for its reason.
    """
    example = EXAMPLES[name]
    for before in example.after:
        assert code(world.serve(EXAMPLES[before].build(world.context))) == ""
    exchange = world.serve(example.build(world.context))
    assert code(exchange) == example.code
    assert exchange.endpoint == example.endpoint or not example.endpoint


def test_examples_show_every_endpoint() -> None:
    """
    Each endpoint has an example in order.
    """
    shown = {example.endpoint for example in EXAMPLES.values() if not example.code}
    assert shown == {endpoint.name for endpoint in PROVIDER.endpoints}


def modes() -> Iterator[FailureMode]:
    for module in pkgutil.iter_modules(package.__path__):
        members = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        yield from (value for value in members.values() if isinstance(value, FailureMode))


def test_every_failure_mode_is_provoked() -> None:
    """
    By an example; what no example can show has a test of its own above.
    """
    shown = {code for each in EXAMPLES.values() for code in (each.code, *each.warnings)}
    missing = {mode.code for mode in modes()} - shown
    assert missing == set()
    schemes = (aes_cbc, bearer)
    others = {v.code for m in schemes for v in vars(m).values() if isinstance(v, FailureMode)}
    assert others - shown == {"bearer.opaque-token"}  # test_opaque_tokens


def test_no_secret_in_any_diagnosis(world: World) -> None:
    """
    Passwords, AES keys and the token's secret stay out of all of them.
    """
    secrets = [world.credential[name] for name in credentials.DEVICES.secret_names]
    secrets.append(world.context.keys.text("token.key").strip())
    for number, example in enumerate(EXAMPLES.values()):
        fresh = world.fresh(f"n{number}")
        for name in (*example.after, example.name):
            diagnosis = fresh.serve(EXAMPLES[name].build(fresh.context)).diagnosis
        told = str(diagnosis.as_json()) if diagnosis else ""
        assert not [secret for secret in secrets if secret in told]


# Forms of answers


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        # What Java's Double.toString prints of these.
        ("0", "0.0"),
        ("0.00", "0.0"),
        ("165", "165.0"),
        ("165.50", "165.5"),
        ("-39658500.19", "-3.965850019E7"),
        ("10000000", "1.0E7"),
        ("9999999.99", "9999999.99"),
        ("12345678.90", "1.23456789E7"),
        ("0.01", "0.01"),
        ("187708.59", "187708.59"),
        ("100", "100.0"),
    ],
)
def test_java_double(amount: str, printed: str) -> None:
    """
    Amounts look as Java prints them.
    """
    assert answers.java_double(Decimal(amount)) == printed


@given(st.decimals(-(10**9), 10**9, places=2))
def test_java_double_keeps_the_value(amount: Decimal) -> None:
    """
    Whatever the form, the value is the same.
    """
    assert Decimal(answers.java_double(amount)) == amount


def test_months() -> None:
    """
    Spanish, three letters, Mexico City's time.
    """
    dates = [answers.sale_date(datetime(2026, month, 2, 3, tzinfo=UTC)) for month in range(1, 13)]
    assert dates[0] == "01/Ene/2026 21:00:00"
    assert [date[3:6] for date in dates] == [
        "Ene",
        "Feb",
        "Mar",
        "Abr",
        "May",
        "Jun",
        "Jul",
        "Ago",
        "Sep",
        "Oct",
        "Nov",
        "Dic",
    ]


def test_products() -> None:
    """
    What is owed under a reference is always the same, money, and never less than the minimum.
    """
    for product in products.PRODUCTS:
        assert product.debt("1") == product.debt("1")
        assert product.debt("1") == round(product.debt("1"), 2) >= product.price
    assert Settings() == PROVIDER.settings


# Fuzz: whatever comes, there is an answer in the provider's words and never a bug of ours


@cache
def shared_world() -> World:
    return alone()


PATHS = st.sampled_from([path for each in PROVIDER.endpoints for path in each.paths] + ["/", ""])
TYPES = st.sampled_from(
    [FORM[1], "multipart/form-data; boundary=b0", "application/json", "", "x/y; boundary=", ";"]
)
NAMES = st.sampled_from(
    ["signed", "data", "random", "idDistribuidor", "codigoDispositivo", "password", "", "%", "é"]
)
PIECES = st.lists(st.tuples(NAMES, st.text(max_size=30)), max_size=5)
BODIES = st.one_of(
    st.binary(max_size=200),
    PIECES.map(lambda pieces: urlencode(pieces, errors="replace").encode()),
    PIECES.map(
        lambda pieces: "&".join(f"{n}={v}" for n, v in pieces).encode("utf-8", "surrogatepass")
    ),
    PIECES.map(lambda p: multipart(*((n, v.encode("utf-8", "replace").decode()) for n, v in p))),
)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS"]),
    path=PATHS,
    query=st.one_of(st.text(max_size=40), PIECES.map(lambda p: urlencode(p, errors="replace"))),
    media_types=st.lists(TYPES, max_size=2),
    authorization=st.one_of(st.none(), st.just("good"), st.text(max_size=40)),
    body=BODIES,
)
def test_fuzz_requests(
    method: str,
    path: str,
    query: str,
    media_types: list[str],
    authorization: str | None,
    body: bytes,
) -> None:
    """
    No request at all provokes a bug, and none is a login.
    """
    world = shared_world()
    headers = [("content-type", each) for each in media_types]
    if authorization is not None:
        good = authorization == "good"
        headers.append(world.bearer() if good else ("authorization", authorization))
    exchange = world.serve(
        Request(method=method, path=path, query=query, headers=headers, body=body)
    )
    assert exchange.endpoint != "token" or exchange.verdict == "refused"
    assert exchange.endpoint != "sendTx" or exchange.verdict == "refused"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
VALUES = st.one_of(JSON, st.sampled_from(["115", 298, "5512134073", "20260301060000", "1" * 12]))
MEMBERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys((*top_up(), "referencia", "montoPago", "unidad"), VALUES)
)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["verifyReference", "sendTx", "confirmTx", "sendEcho"]),
    base=st.sampled_from([{}, top_up(), bill()]),
    members=MEMBERS,
)
def test_fuzz_payloads(method: str, base: dict[str, Any], members: dict[str, Any]) -> None:
    """
    No payload at all provokes a bug; every answer is XML.
    """
    world = shared_world()
    exchange = world.call(method, json.dumps({**base, **members}))
    assert exchange.reply.status == 200
    xml(exchange)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(plaintext=st.binary(max_size=80))
def test_fuzz_plaintexts(plaintext: bytes) -> None:
    """
    Whatever was encrypted, the answer is the provider's.
    """
    world = shared_world()
    body = urlencode({"signed": aes(world.credential, plaintext)})
    exchange = world.send("POST", "/sistema/service/sendTx.do", body, FORM, world.bearer())
    assert exchange.verdict == "refused"


def test_encrypt_helper_refuses_conflicts_and_inactive(world: World) -> None:
    """
    Query and body may not name two distributors, and one without an active device has no keys.
    """
    path, right = "/sistema/app/public/encrypt/", {"data": "{}", "idDistribuidor": "1"}
    assert code(world.send("POST", path, urlencode(right), FORM)) == ""
    both = world.send("POST", path, urlencode(right), FORM, query="idDistribuidor=2")
    assert code(both) == "gestopago.field-conflict"
    table = world.context.store.table("credentials")
    for device, record in list(table.items()):
        table.put(device, {**record, "status": "inactive"})
    assert code(world.send("POST", path, urlencode(right), FORM)) == "gestopago.inactive"


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_token_of_another_run(configured: Callable[[str], World], form: str) -> None:
    """
    A token is good in its own namespace only, and until a reset.
    """
    world = configured(f'token_format = "{form}"')
    assert code(world.call("sendEcho")) == ""
    if form == "opaque":
        assert len(b64decode(world.token)) == 112
    other = world.fresh("other")
    other.token = world.token
    assert code(other.call("sendEcho")) == "gestopago.token-of-another-run"
    world.context.store.table("token-run").delete("run")
    assert code(world.call("sendEcho")) == "gestopago.token-of-another-run"
    world.log_in()
    assert code(world.call("sendEcho")) == "gestopago.token-of-another-run"
    world.token = ""
    assert code(world.call("sendEcho")) == ""


def test_how_a_form_is_declared(world: World) -> None:
    """
    Uncompressed, one Content-Type, UTF-8 or what is the same for ASCII.
    """
    names = ("idDistribuidor", "codigoDispositivo", "password")
    form = urlencode({name: world.credential[name] for name in names})
    kind = FORM[1]
    for charset in ("UTF-8", '"utf-8"', "us-ascii", "ISO-8859-1"):
        typed = ("content-type", f"{kind}; charset={charset}")
        assert code(world.send("POST", LOGIN, form, typed)) == ""
    latin = ("content-type", f"{kind}; charset=iso-8859-1")
    assert code(world.send("POST", LOGIN, form + "&a=%E9", latin)) == "request.charset"
    utf_16 = ("content-type", f"{kind}; charset=utf-8; charset=utf-16")
    assert code(world.send("POST", LOGIN, form, utf_16)) == "request.charset"
    assert code(world.send("POST", LOGIN, form, FORM, FORM)) == "request.content-type-twice"
    packed = ("content-encoding", "gzip")
    assert code(world.send("POST", LOGIN, form, FORM, packed)) == "request.content-encoding"


def test_ambiguous_multipart(world: World) -> None:
    """
    Two boundaries, two dispositions of a part and a part in another charset are refused.
    """
    path, bad = "/sistema/service/verifyReference.do", "gestopago.malformed-multipart"
    text = aes(world.credential, '{"idServicio":166,"referencia":"123456789012"}')
    body, token = multipart(("signed", text)), world.bearer()
    two = multipart_type("b0; boundary=b1")
    assert code(world.send("POST", path, body, two, token)) == bad
    for extra, found in (
        ('\r\nContent-Disposition: form-data; name="other"', bad),
        ("\r\nContent-Type: text/plain; charset=utf-16", bad),
        ("\r\nContent-Type: text/plain; charset=us-ascii", ""),
        ("\r\nContent-Type: text/plain; charset=ISO-8859-1", ""),
        ("\r\nContent-Type: text/plain; charset=windows-1252", ""),
        ("\r\nContent-Type: text/plain; charset=UTF-8", ""),
    ):
        spoiled = multipart(("signed", text), extra=extra)
        assert code(world.send("POST", path, spoiled, multipart_type(), token)) == found
