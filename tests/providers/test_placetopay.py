"""Placetopay: authentication, the three endpoints of a session, and how a session lives."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import providers
from emulator.core.clock_change import ClockChange
from emulator.core.errors import ConfigurationError, FailureMode
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.provider import NOT_FOUND
from emulator.providers import placetopay
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.failures import ERRORS
from emulator.providers.placetopay.message.amounts import DETAIL_KINDS, TAX_KINDS
from emulator.providers.placetopay.message.currency import DECIMALS
from emulator.providers.placetopay.message.person import DOCUMENTS
from emulator.providers.placetopay.settings import Settings
from emulator.providers.placetopay.state import payer
from emulator.providers.placetopay.state.sessions import page_code
from emulator.schemes import username_token

NOW = "2026-01-31T14:56:06Z"
DATE = "2026-01-31T09:56:06-05:00"
BASE = "https://pay.test/placetopay"


@pytest.fixture
def emulator(monkeypatch):
    """An emulator with this provider only, its clock frozen."""
    monkeypatch.setattr(providers, "discover", lambda: {"placetopay": PROVIDER})
    return frozen()


def frozen():
    emulator = Emulator()
    emulator.namespace("default").clock.change(ClockChange(freeze=NOW))
    return emulator


def clock(emulator, **change):
    emulator.namespace("default").clock.change(ClockChange(**change))


def context(emulator):
    """What the provider works with; here no event loop runs that could send a webhook."""
    own = emulator.namespace("default").contexts["placetopay"]
    return replace(own, notify=lambda webhook: None)


def serve(emulator, request):
    request.base_url = request.base_url or BASE
    exchange = asyncio.run(
        emulator.serve(emulator.namespace("default"), emulator.providers["placetopay"], request)
    )
    assert exchange.bug == ""
    return exchange


def code(exchange):
    return exchange.diagnosis.code if exchange.diagnosis else ""


def answer(exchange):
    return json.loads(exchange.reply.body)


def site(emulator, login="emulator-co"):
    return context(emulator).credential(login)


# A second implementation, written from the formula alone.


def digest(nonce, seed, secret, name="sha256"):
    hashed = getattr(hashlib, name)()
    hashed.update(nonce)
    hashed.update(seed.encode("utf-8"))
    hashed.update(secret.encode("utf-8"))
    return b64encode(hashed.digest()).decode()


def auth(emulator, *, login="emulator-co", nonce=b"927342197", seed=DATE, name="sha256", **other):
    secret = site(emulator, login)["secretKey"]
    return {
        "login": login,
        "tranKey": digest(nonce, seed, secret, name),
        "nonce": b64encode(nonce).decode(),
        "seed": seed,
        **other,
    }


def post(emulator, path, body, **headers):
    headers = {"content-type": "application/json", **headers}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return serve(
        emulator,
        Request(method="POST", path=path, headers=list(headers.items()), body=raw),
    )


def message(**change):
    whole = {
        "payment": {
            "reference": "TIENDA-1",
            "description": "2x",
            "amount": {"currency": "COP", "total": 115000},
        },
        "returnUrl": "http://localhost:8000/resultado.php",
        "ipAddress": "::1",
        "userAgent": "Mozilla/5.0",
        **change,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def create(emulator, login="emulator-co", **change):
    body = {"auth": auth(emulator, login=login), **message(**change)}
    return post(emulator, "/api/session", body)


def pay(emulator, **change):
    return create(emulator, payment={**message()["payment"], **change})


def seed_now(emulator):
    return context(emulator).clock.now().isoformat()


def query(emulator, request_id, login="emulator-co", suffix="", **members):
    body = {"auth": auth(emulator, login=login, seed=seed_now(emulator)), **members}
    return post(emulator, f"/api/session/{request_id}{suffix}", body)


def echo(emulator, exchange):
    assert code(exchange) == ""
    return answer(query(emulator, answer(exchange)["requestId"]))["request"]


# Authentication ---------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["emulator-co", "emulator-ec", "emulator-co-sha256"])
@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_right_digest(emulator, login, name):
    """
    Both hashes are accepted, from every active site.
    """
    exchange = post(
        emulator, "/api/session", {"auth": auth(emulator, login=login, name=name), **message()}
    )
    assert (code(exchange), exchange.reply.status, exchange.credential) == ("", 200, login)
    assert "auth" not in exchange.payload


# dnetix/redirection AuthenticationTest; placetopay/web-checkout-api-docs 2021; and two computed
# with hashlib for a binary nonce.
VECTORS = (
    (b"ifYEPnAcJbpDVR1t", "2016-10-26T21:37:00+00:00", "ABCD1234", "Xi5xrRwrqPU21WE2JI4hyMaCvQ8="),
    (
        b"ifYEPnAcJbpDVR1t",
        "2016-10-26T21:37:00+00:00",
        "ABCD1234",
        "NDlpEEAIe8sbKZ6mGWQrZwbyBB62J1LcyP/a/o7LRqY=",
    ),
    (
        b"c9085e82debb82b0955579098be3d7ca",
        "2019-04-25T18:17:23-04:00",
        "ABCD1234",
        "T0O+x3gNlQUf0iBxEuenPvBPlWs=",
    ),
    (
        bytes(range(0xF0, 0x100)),
        "2026-01-02T03:04:05.678901+00:00",
        "demo_secret_key",
        "NL3Lhf6bXo8po3T/Rf3Z2QgFXixeNZZQbVMUmIxm9wQ=",
    ),
    (
        bytes(range(0xF0, 0x100)),
        "2026-01-02T03:04:05.678901+00:00",
        "demo_secret_key",
        "XR5ilHq2+lEUMBIe9qJlcSJ2DM8=",
    ),
)


@pytest.mark.parametrize(("nonce", "seed", "secret", "tran_key"), VECTORS)
def test_vectors(emulator, nonce, seed, secret, tran_key):
    """
    Published digests are accepted at their own time.
    """
    emulator.namespace("default").register("placetopay", {"login": "v", "secretKey": secret})
    clock(emulator, freeze=seed)
    body = {
        "auth": {
            "login": "v",
            "tranKey": tran_key,
            "nonce": b64encode(nonce).decode(),
            "seed": seed,
        },
        **message(),
    }
    assert code(post(emulator, "/api/session", body)) == ""


@pytest.mark.parametrize(
    "seed",
    [
        "2026-01-31T09:56:06-05:00",
        "2026-01-31T14:56:06Z",
        "2026-01-31T14:56:06.789Z",
        "2026-01-31T14:56:06.678901+00:00",
        "2026-01-31T09:56-0500",
        "2026-01-31T15:01:06Z",
        "2026-01-31T14:51:06Z",
    ],
)
def test_seeds_seen_in_the_wild(emulator, seed):
    """
    Fractions, missing seconds and basic offsets are read, five minutes either way.
    """
    body = {"auth": auth(emulator, seed=seed), **message()}
    assert code(post(emulator, "/api/session", body)) == ""


@pytest.mark.parametrize("additional", [[], {}, None, {"a": 1}, "x", 0])
def test_additional_is_ignored(emulator, additional):
    """
    The official SDK always sends an empty list there.
    """
    body = {"auth": auth(emulator, additional=additional, other=1), **message()}
    assert code(post(emulator, "/api/session", body)) == ""


@pytest.mark.parametrize(
    ("change", "number", "diagnosis"),
    [
        ({"login": "nobody"}, 101, "placetopay.unknown-login"),
        ({"tranKey": "x"}, 102, "username-token.digest-malformed"),
        ({"tranKey": b64encode(bytes(32)).decode()}, 102, "username-token.digest-mismatch"),
        ({"seed": "2026-01-31T09:50:06-05:00"}, 103, "username-token.created-too-old"),
        ({"seed": "2026-01-31T10:01:07-05:00"}, 103, "username-token.created-in-future"),
        ({"seed": "2026-01-31T09:56:06"}, 103, "username-token.created-without-zone"),
        ({"seed": "1769871366"}, 103, "username-token.created-malformed"),
        ({"nonce": "=x"}, 107, "username-token.nonce-not-base64"),
        ({"nonce": "A" * 256}, 107, "placetopay.nonce-too-long"),
    ],
)
def test_numbered_refusals(emulator, change, number, diagnosis):
    """
    401, the reason an integer, the number at the end of the message, nothing besides status.
    """
    signed = auth(emulator, seed=change.get("seed", DATE))
    exchange = post(emulator, "/api/session", {"auth": {**signed, **change}, **message()})
    assert code(exchange) == diagnosis
    assert exchange.reply.status == 401
    assert exchange.reply.body.decode() == (
        '{"status":{"status":"FAILED","reason":401,'
        f'"message":"Autenticación fallida {number}","date":"{DATE}"}}}}'
    )


@pytest.mark.parametrize(
    ("login", "number"),
    [("emulator-co-inactive", 104), ("emulator-co-expired", 105), ("emulator-co-old-key", 106)],
)
def test_state_of_the_site(emulator, login, number):
    """
    A site that is not active is told so whether or not its digest is right.
    """
    for change in ({}, {"tranKey": "wrong"}):
        body = {"auth": {**auth(emulator, login=login), **change}, **message()}
        exchange = post(emulator, "/api/session", body)
        assert answer(exchange)["status"]["message"] == f"Autenticación fallida {number}"


def test_order_of_the_checks(emulator):
    """
    Structure, login, site, digest, seed: the first that fails is told.
    """
    late = "2020-01-01T00:00:00Z"
    bad = {"login": "nobody", "tranKey": "x", "nonce": "*", "seed": late}
    told = []
    for change in (
        {},
        {"nonce": "AAAA"},
        {"login": "emulator-co-expired"},
        {"login": "emulator-co"},
        {"tranKey": digest(b"\0\0\0", late, site(emulator)["secretKey"])},
    ):
        bad |= change
        exchange = post(emulator, "/api/session", {"auth": bad})
        told.append(answer(exchange)["status"]["message"][-3:])
    assert told == ["107", "101", "105", "102", "103"]


@pytest.mark.parametrize("name", ["login", "tranKey", "nonce", "seed"])
@pytest.mark.parametrize("value", [None, "", 7, True, [], {}, ...])
def test_malformed(emulator, name, value):
    """
    Without its four texts an auth is malformed.
    """
    signed = {key: each for key, each in auth(emulator).items() if key != name}
    if value is not ...:
        signed[name] = value
    exchange = post(emulator, "/api/session", {"auth": signed, **message()})
    assert code(exchange) == "placetopay.auth-incomplete"
    assert exchange.diagnosis.where == f"body.auth.{name}"
    assert answer(exchange)["status"]["message"] == "Autenticación mal formada"
    assert exchange.reply.status == 401


@pytest.mark.parametrize("value", ["x", 1, True, [], [1]])
def test_auth_that_is_no_object(emulator, value):
    """
    It was sent, but nothing is detected in it.
    """
    exchange = post(emulator, "/api/session", {"auth": value, **message()})
    assert code(exchange) == "placetopay.auth-incomplete"


@pytest.mark.parametrize("body", [{}, {"auth": None}, {"authentication": {}}, {"login": "a"}])
def test_no_auth(emulator, body):
    """
    No UsernameToken at all is 100.
    """
    exchange = post(emulator, "/api/session", body)
    assert code(exchange) == "placetopay.auth-missing"
    assert answer(exchange)["status"]["message"] == "Autenticación fallida 100"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"]
)
def test_content_type(emulator, media_type):
    """
    A right body that is not said to be JSON is not read.
    """
    body = {"auth": auth(emulator), **message()}
    exchange = post(emulator, "/api/session", body, **{"content-type": media_type})
    assert code(exchange) == "placetopay.content-type"
    assert answer(exchange)["status"]["message"] == "Autenticación mal formada"


def test_content_type_with_charset(emulator):
    """
    A charset after it does no harm.
    """
    body = {"auth": auth(emulator), **message()}
    exchange = post(
        emulator, "/api/session", body, **{"content-type": "Application/JSON; charset=utf-8"}
    )
    assert code(exchange) == ""


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b"null", b'"{}"', b"\xff", b"[" * 100_000, b'{"a":NaN}']
)
def test_body_that_is_no_object(emulator, body):
    """
    What cannot be read is malformed, never an error of ours.
    """
    exchange = post(emulator, "/api/session", body)
    assert code(exchange) == "placetopay.body-not-json"
    assert exchange.reply.status == 401


def test_language_of_a_refusal(emulator):
    """
    English on request; else the site's language, whatever else was asked for.
    """
    emulator.namespace("default").register(
        "placetopay", {"login": "en", "secretKey": "k", "locale": "en_US"}
    )
    for login, locale, message_ in (
        ("emulator-co", "en_US", "Failed authentication 102"),
        ("emulator-co", "pt_BR", "Autenticación fallida 102"),
        ("emulator-co", ["en_US"], "Autenticación fallida 102"),
        ("en", None, "Failed authentication 102"),
        ("en", "es_CO", "Autenticación fallida 102"),
    ):
        wrong = {**auth(emulator, login=login), "tranKey": "x"}
        exchange = post(emulator, "/api/session", {"auth": wrong, "locale": locale})
        assert answer(exchange)["status"]["message"] == message_


def test_zone_of_the_site(emulator):
    """
    The date is in the site's zone.
    """
    emulator.namespace("default").register(
        "placetopay", {"login": "cl", "secretKey": "k", "timeZone": "+05:30"}
    )
    assert answer(create(emulator, login="cl"))["status"]["date"] == "2026-01-31T20:26:06+05:30"


@pytest.mark.parametrize(
    ("host", "login", "accepted"),
    [
        ("checkout-test.placetopay.com", "emulator-co", True),
        ("checkout-test.placetopay.com:443", "emulator-ec", False),
        ("checkout-test.placetopay.ec", "emulator-co", False),
        ("Checkout.Placetopay.EC", "emulator-ec", True),
        ("checkout.getnet.cl", "emulator-co", False),
        ("127.0.0.1:8900", "emulator-ec", True),
        ("placetopay.localhost:8900", "emulator-ec", True),
    ],
)
def test_host_and_country(emulator, host, login, accepted):
    """
    Credentials of another country's host are unknown: 101.
    """
    body = {"auth": auth(emulator, login=login), **message()}
    exchange = post(emulator, "/api/session", body, host=host)
    assert code(exchange) == ("" if accepted else "placetopay.login-of-another-host")
    if not accepted:
        assert answer(exchange)["status"]["message"] == "Autenticación fallida 101"


def test_clock_of_the_provider(emulator):
    """
    Five minutes by the provider's own clock: an offset moves it away from the client's.
    """
    clock(emulator, offset="+5m")
    assert code(create(emulator)) == ""
    clock(emulator, offset="+301s")
    assert code(create(emulator)) == "username-token.created-too-old"
    clock(emulator, offset="-301s")
    assert code(create(emulator)) == "username-token.created-in-future"


def test_replay_is_accepted_and_noted(emulator):
    """
    A nonce used again passes, with a warning; also if it was used by another endpoint.
    """
    first = create(emulator)
    assert first.warnings == []
    again = query(emulator, 1)
    assert code(again) == ""
    assert [warning.code for warning in again.warnings] == ["placetopay.nonce-reused"]
    assert str(first.number) in again.warnings[0].received


@pytest.mark.parametrize("wrong", ["tranKey", "login", "seed"])
def test_secret_is_never_shown(emulator, wrong):
    """
    Who sends the secret itself is told so, and it is masked.
    """
    secret = site(emulator)["secretKey"]
    body = {"auth": {**auth(emulator), wrong: secret}, **message()}
    exchange = post(emulator, "/api/session", body)
    shown = json.dumps(exchange.diagnosis.as_json())
    assert exchange.verdict == "refused"
    assert secret not in shown


@pytest.mark.slow
@pytest.mark.usefixtures("no_search")
def test_mutations_are_refused(emulator):
    """
    No single character of login, tranKey, nonce or seed can be another one.
    """
    chance = random.Random(20260131)
    alphabet = [chr(n) for n in range(0x20, 0x7F)] + ["é", "\0", "\n", "А"]
    for _ in range(1500):
        nonce = chance.randbytes(chance.randint(1, 24))
        signed = auth(emulator, nonce=nonce, name=chance.choice(["sha1", "sha256"]))
        name = chance.choice(list(signed))
        text = signed[name]
        at = chance.randrange(len(text))
        kind = chance.choice(["replace", "insert", "delete"])
        put = chance.choice(alphabet) if kind != "delete" else ""
        mutated = text[:at] + put + text[at + (kind != "insert") :]
        if mutated == text:
            continue
        exchange = post(emulator, "/api/session/1", {"auth": {**signed, name: mutated}})
        assert exchange.reply.status == 401, (name, text, mutated)
        assert exchange.verdict == "refused"


@pytest.mark.slow
@pytest.mark.usefixtures("no_search")
def test_mutated_bytes_are_refused(emulator):
    """
    Nor can a byte within the four values.
    """
    chance = random.Random(7)
    body = json.dumps({"auth": auth(emulator)}).encode()
    signed = [
        at
        for value in auth(emulator).values()
        for at in range(body.index(value.encode()), body.index(value.encode()) + len(value))
    ]
    for _ in range(1100):
        at = chance.choice(signed)
        byte = bytes([chance.randrange(256)])
        if byte == body[at : at + 1]:
            continue
        exchange = post(emulator, "/api/session/1", body[:at] + byte + body[at + 1 :])
        assert exchange.reply.status == 401


@pytest.mark.slow
def test_right_requests_of_another_implementation(emulator):
    """
    A thousand different tokens made by hand are accepted.
    """
    chance = random.Random(99)
    now = datetime(2026, 1, 31, 14, 56, 6, tzinfo=UTC)
    post(emulator, "/api/session", {"auth": auth(emulator), **message()})
    for _ in range(1000):
        moment = now + timedelta(seconds=chance.uniform(-299, 299))
        zoned = moment.astimezone(UTC) + timedelta()
        seed = chance.choice(
            [
                zoned.isoformat(),
                zoned.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                (zoned - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S-0500"),
            ]
        )
        name = chance.choice(["sha1", "sha256"])
        signed = auth(emulator, nonce=chance.randbytes(chance.randint(1, 60)), seed=seed, name=name)
        exchange = post(emulator, "/api/session/1", {"auth": signed})
        assert code(exchange) == "", (signed, exchange.diagnosis)


# Create -----------------------------------------------------------------------------------


def test_create(emulator):
    """
    Members in the recorded order; requestId an integer, processUrl below the base URL.
    """
    exchange = create(emulator)
    body = answer(exchange)
    assert list(body) == ["status", "requestId", "processUrl"]
    assert body["status"] == {
        "status": "OK",
        "reason": "PC",
        "message": "La petición se ha procesado correctamente",
        "date": DATE,
    }
    assert list(body["status"]) == ["status", "reason", "message", "date"]
    assert body["requestId"] == 1
    assert re.fullmatch(rf"{BASE}/spa/session/1/[0-9a-f]{{32}}", body["processUrl"])
    assert body["processUrl"].endswith(page_code(1, context(emulator)))
    assert answer(create(emulator))["requestId"] == 2


def test_create_in_english(emulator):
    """
    The locale of the request decides.
    """
    body = answer(create(emulator, locale="en_US"))
    assert body["status"]["message"] == "The request has been processed correctly"


def test_settings(emulator):
    """
    Numbering, life time and the webhook of a replay can be configured.
    """
    contexts = emulator.namespace("default").contexts
    changed = Settings(first_request_id=3466986, nonce_replay="accept", expiration_minutes=6)
    contexts["placetopay"] = replace(contexts["placetopay"], settings=changed)
    assert answer(create(emulator))["requestId"] == 3466986
    assert create(emulator).warnings == []
    clock(emulator, advance="6m")
    assert answer(query(emulator, 3466987))["status"]["reason"] == "EX"


def test_old_prefix(emulator):
    """
    Where the API was until 2021 it still is.
    """
    body = {"auth": auth(emulator), **message()}
    assert code(post(emulator, "/redirection/api/session", body)) == ""
    assert code(post(emulator, "/redirection/api/session/1", {"auth": auth(emulator)})) == ""
    assert code(post(emulator, "/redirection/api/session/1/cancel", {"auth": auth(emulator)})) == ""


PERSON = {
    "document": "1000123123",
    "documentType": "CC",
    "name": "John",
    "surname": "Doe",
    "email": "john@example.com",
    "mobile": "+573101231212",
}


def test_query_echoes_as_recorded(emulator):
    """
    The very JSON of a recorded answer, as far as the session goes before the payer comes.
    """
    created = create(
        emulator,
        locale="es_CO",
        payer=dict(reversed(PERSON.items())),
        expiration="2026-01-31T21:00:42+00:00",
        paymentMethod=None,
        skipResult=False,
        noBuyerFill=False,
        cancelUrl="https://shop.example/cancel",
        unknown={"a": 1},
    )
    exchange = query(emulator, answer(created)["requestId"])
    assert exchange.reply.body.decode() == json.dumps(
        {
            "requestId": 1,
            "status": {
                "status": "PENDING",
                "reason": "PC",
                "message": "La petición se encuentra activa",
                "date": DATE,
            },
            "request": {
                "locale": "es_CO",
                "payer": PERSON,
                "payment": {
                    "reference": "TIENDA-1",
                    "description": "2x",
                    "amount": {"currency": "COP", "total": 115000},
                    "allowPartial": False,
                    "subscribe": False,
                },
                "returnUrl": "http://localhost:8000/resultado.php",
                "ipAddress": "::1",
                "userAgent": "Mozilla/5.0",
                "expiration": "2026-01-31T21:00:42+00:00",
            },
            "payment": None,
            "subscription": None,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def test_subscription(emulator):
    """
    A subscription alone is a session too.
    """
    asked = {"reference": "S_3119", "description": "Suscripcion de prueba."}
    request = echo(emulator, create(emulator, payment=..., subscription=asked))
    assert request["subscription"] == asked
    assert "payment" not in request


def test_site_locale_where_none_was_sent(emulator):
    """
    A missing or malformed locale becomes the site's.
    """
    for locale in (None, "", "es", "es-CO", "es_co", 5, "es_COL"):
        assert echo(emulator, create(emulator, locale=locale))["locale"] == "es_CO"


@pytest.mark.parametrize("name", ["ipAddress", "userAgent", "returnUrl", "payment"])
@pytest.mark.parametrize("value", [..., None, "", [], {}])
def test_required(emulator, name, value):
    """
    A missing member is told by name, in the language of the request.
    """
    exchange = create(emulator, **{name: value})
    assert code(exchange) == "placetopay.field-required"
    assert exchange.diagnosis.where == f"body.{name}"
    status = answer(exchange)["status"]
    assert (exchange.reply.status, status["reason"]) == (400, "request_not_valid")
    assert status["message"] == f"El campo {name} es obligatorio."
    assert "requestId" not in answer(exchange)


@pytest.mark.parametrize(
    ("change", "diagnosis"),
    [
        ({"ipAddress": "x" * 47}, "placetopay.field-too-long"),
        ({"ipAddress": 1}, "placetopay.field-type"),
        ({"returnUrl": "shop.example"}, "placetopay.field-value"),
        ({"returnUrl": "javascript:alert(1)"}, "placetopay.field-value"),
        ({"returnUrl": "https://x/" + "y" * 250}, "placetopay.field-too-long"),
        ({"cancelUrl": "nowhere"}, "placetopay.field-value"),
        ({"paymentMethod": "visa, master"}, "placetopay.field-value"),
        ({"type": "checkout"}, "placetopay.field-value"),
        ({"type": "autopay"}, "placetopay.not-combinable"),
        ({"autopay": {"action": "CREATE"}}, "placetopay.not-combinable"),
        ({"skipResult": 2}, "placetopay.field-type"),
        ({"skipResult": "yes"}, "placetopay.field-type"),
        ({"expiration": "2026-01-31T12:00:00"}, "placetopay.field-value"),
        ({"expiration": "tomorrow"}, "placetopay.field-value"),
        ({"expiration": 1769871366}, "placetopay.field-type"),
        ({"fields": {"a": "b"}}, "placetopay.field-type"),
        ({"fields": ["a"]}, "placetopay.field-type"),
        ({"fields": [{"value": 1}]}, "placetopay.field-required"),
        ({"fields": [{"keyword": "k" * 51}]}, "placetopay.field-too-long"),
        ({"fields": [{"keyword": "k", "value": "v" * 256}]}, "placetopay.field-too-long"),
        ({"fields": [{"keyword": "k", "value": ["v" * 256]}]}, "placetopay.field-too-long"),
        ({"fields": [{"keyword": "k", "displayOn": "page"}]}, "placetopay.field-value"),
        ({"subscription": {"description": "d"}}, "placetopay.reference-length"),
        ({"metadata": {"initiatorIndicator": "ME"}}, "placetopay.field-value"),
        ({"metadata": {"EBTDeliveryIndicator": "ME"}}, "placetopay.field-value"),
        ({"metadata": {"openingDate": "2026-13-01"}}, "placetopay.field-value"),
        ({"metadata": {"requiresConfirmation": True}}, "placetopay.not-allowed"),
        ({"buyer": "Ana"}, "placetopay.field-type"),
        ({"buyer": {"name": "n" * 61}}, "placetopay.field-too-long"),
        ({"buyer": {"documentType": "DNI2"}}, "placetopay.field-value"),
        ({"buyer": {"documentType": "PR"}}, "placetopay.field-value"),
        ({"buyer": {"documentType": "CC", "document": "0"}}, "placetopay.field-value"),
        ({"buyer": {"address": {"country": "COL"}}}, "placetopay.field-value"),
        ({"buyer": {"address": {"state": "s" * 61}}}, "placetopay.field-too-long"),
    ],
)
def test_wrong_members(emulator, change, diagnosis):
    """
    Each is refused with 400, and the diagnosis says where.
    """
    exchange = create(emulator, **change)
    assert code(exchange) == diagnosis
    assert exchange.reply.status == 400
    assert answer(exchange)["status"]["status"] == "FAILED"


@pytest.mark.parametrize(
    ("change", "diagnosis", "reason"),
    [
        ({"reference": ""}, "placetopay.reference-length", 0),
        ({"reference": "r" * 33}, "placetopay.reference-length", 0),
        ({"reference": 1.5}, "placetopay.reference-length", 0),
        ({"reference": True}, "placetopay.reference-length", 0),
        ({"reference": 10**32}, "placetopay.reference-length", 0),
        ({"reference": " "}, "placetopay.reference-length", 0),
        ({"reference": "R\n"}, "placetopay.control-character", "request_not_valid"),
        ({"description": "d" * 256}, "placetopay.field-too-long", "request_not_valid"),
        ({"amount": None}, "placetopay.field-required", "request_not_valid"),
        ({"amount": 12000}, "placetopay.field-type", "request_not_valid"),
        ({"amount": {"currency": "COP"}}, "placetopay.field-required", "request_not_valid"),
        ({"allowPartial": 2}, "placetopay.field-type", "request_not_valid"),
        ({"items": [1]}, "placetopay.field-type", "request_not_valid"),
        ({"items": [{"price": "dear"}]}, "placetopay.field-value", "request_not_valid"),
        ({"modifiers": [{}]}, "placetopay.field-required", "request_not_valid"),
        ({"recurring": {"periodicity": "M"}}, "placetopay.field-required", "request_not_valid"),
    ],
)
def test_wrong_payment(emulator, change, diagnosis, reason):
    """
    Reasons are integers or text, as the provider has them.
    """
    exchange = pay(emulator, **change)
    assert (code(exchange), answer(exchange)["status"]["reason"]) == (diagnosis, reason)
    assert type(answer(exchange)["status"]["reason"]) is type(reason)


@pytest.mark.parametrize(
    ("currency", "sent", "kept"),
    [
        ("COP", 576.9875, 576.99),
        ("USD", 576.9875, 576.99),
        ("CLP", 576.9875, 577),
        ("CLP", 576.5, 577),
        ("COP", 1.005, 1.01),
        ("KWD", 1.0005, 1.001),
        ("CLF", 1.00005, 1.0001),
        ("COP", 165000.0, 165000),
        ("COP", "10000", "10000"),
        ("COP", "10000.50", "10000.50"),
        ("COP", "10000.0000", "10000.0000"),
        ("CLP", "576.5", "577"),
        ("COP", 0.1, 0.1),
        ("COP", 10**11, 10**11),
    ],
)
def test_rounding(emulator, currency, sent, kept):
    """
    To the decimals of the currency, halves up; whole numbers without a point; text as text.
    """
    request = echo(emulator, pay(emulator, amount={"currency": currency, "total": sent}))
    total = request["payment"]["amount"]["total"]
    assert (total, type(total)) == (kept, type(kept))


@pytest.mark.parametrize(
    "total", [0, -1, 0.001, "0", "-5", "1e3", "1,5", " 1", "x", True, [1], 10**12, 10**400, 1e300]
)
def test_totals_that_are_none(emulator, total):
    """
    Nothing, less, or what is no plain number.
    """
    exchange = pay(emulator, amount={"currency": "COP", "total": total})
    assert code(exchange) in ("placetopay.field-value", "placetopay.field-type")


def test_currencies():
    """
    ISO 4217 has 168 national or fund currencies in use.
    """
    assert DECIMALS["COP"] == 2
    assert DECIMALS["CLP"] == 0
    assert all(len(each) == 3 and each.isupper() for each in DECIMALS)
    assert 160 <= len(DECIMALS) <= 180


def test_unknown_kinds_are_dropped(emulator):
    """
    A misspelt tax or detail vanishes, and the order is the recorded one.
    """
    taxes = [{"kind": "tax", "amount": 1}, *({"kind": k, "amount": 1.005} for k in TAX_KINDS)]
    details = [{"kind": "Shipping"}, *({"kind": k, "amount": 2, "base": 0} for k in DETAIL_KINDS)]
    request = echo(
        emulator,
        pay(
            emulator,
            amount={"total": 9, "currency": "COP", "details": details, "taxes": taxes},
        ),
    )
    amount = request["payment"]["amount"]
    assert list(amount) == ["taxes", "details", "currency", "total"]
    assert amount["taxes"] == [{"kind": k, "amount": 1.01} for k in TAX_KINDS]
    assert amount["details"] == [{"kind": k, "amount": 2, "base": 0} for k in DETAIL_KINDS]


def test_items_are_cut_and_dropped(emulator):
    """
    Long texts are cut, numbers stay numbers, and the fifty-first item is gone.
    """
    item = {
        "tax": 9500,
        "sku": "s" * 31,
        "name": "n" * 121,
        "category": "Electronic",
        "qty": "q" * 31,
        "price": 50000,
        "colour": "red",
    }
    request = echo(emulator, pay(emulator, items=[item, {"sku": 101, "qty": 1}, *[item] * 50]))
    items = request["payment"]["items"]
    assert len(items) == 50
    assert list(items[0].items()) == [
        ("sku", "s" * 30),
        ("name", "n" * 120),
        ("category", "Electronic"),
        ("qty", "q" * 30),
        ("price", 50000),
        ("tax", 9500),
    ]
    assert items[1] == {"sku": 101, "qty": 1}
    assert list(request["payment"]) == [
        "reference",
        "description",
        "amount",
        "allowPartial",
        "items",
        "subscribe",
    ]


def test_fields_stay_where_they_were_sent(emulator):
    """
    The message's own count before those of the payment; the first of a keyword; fifty in all.
    """
    many = [{"keyword": f"k{n}", "value": n, "displayOn": "both"} for n in range(60)]
    exchange = create(
        emulator,
        fields=[{"keyword": "a", "value": {"deep": [1]}}, {"keyword": "a", "value": 2}],
        payment={**message()["payment"], "fields": [{"keyword": "a"}, *many]},
    )
    request = echo(emulator, exchange)
    assert request["fields"] == [{"keyword": "a", "value": {"deep": [1]}, "displayOn": "none"}]
    assert request["payment"]["fields"] == many[:49]
    own = {"keyword": "s", "value": "v", "displayOn": "none"}
    asked = {"reference": "S_3119", "fields": [own]}
    request = echo(emulator, create(emulator, payment=..., subscription=asked))
    assert request["subscription"] == asked
    assert "fields" not in request


def test_buyer_is_forgiven(emulator):
    """
    What is wrong with a suggestion is dropped, what is long is cut, a number becomes text.
    """
    buyer = {
        **PERSON,
        "mobile": 3006108300,
        "email": "x" * 75 + "@example.com",
        "name": "4111 1111 1111 1111",
        "address": {"city": "c" * 31, "postalCode": "p" * 11, "street": "s" * 129},
    }
    request = echo(emulator, create(emulator, buyer=buyer))
    assert list(request)[:2] == ["locale", "buyer"]
    assert request["buyer"] == {
        "document": "1000123123",
        "documentType": "CC",
        "surname": "Doe",
        "mobile": "3006108300",
        "address": {"city": "c" * 30, "postalCode": "p" * 10, "street": "s" * 128},
    }


@pytest.mark.parametrize(
    ("change", "diagnosis"),
    [
        ({"email": "x" * 75 + "@example.com"}, "placetopay.field-too-long"),
        ({"email": "nobody"}, "placetopay.field-value"),
        ({"name": "Ana 4111111111111111"}, "placetopay.card-number-in-name"),
        ({"surname": "4111-1111-1111-1111"}, "placetopay.card-number-in-name"),
        ({"document": "12"}, "placetopay.field-value"),
        ({"address": {"phone": "1" * 21}}, "placetopay.field-too-long"),
    ],
)
def test_payer_is_not_forgiven(emulator, change, diagnosis):
    """
    What is forced must be right.
    """
    exchange = create(emulator, payer={**PERSON, **change})
    assert code(exchange) == diagnosis
    assert answer(exchange)["status"]["reason"] == "payer_data_not_valid"
    assert "4111" not in exchange.diagnosis.received


def test_number_in_a_name_that_is_no_card(emulator):
    """
    Only digits that pass the Luhn check are a card.
    """
    payer = {**PERSON, "name": "Ana 4111111111111112"}
    assert echo(emulator, create(emulator, payer=payer))["payer"] == payer


def test_documents_are_forms():
    """
    Every form compiles, and takes only ASCII digits.
    """
    for form in DOCUMENTS.values():
        assert not re.fullmatch(form, "١٢٣٤٥٦٧٨٩٠", re.ASCII)


EXPIRATIONS = (
    ("2026-01-31T15:01:06Z", True),
    ("2026-01-31T15:01:05Z", False),
    ("2026-01-31T10:01:06-05:00", True),
    ("2026-01-31T10:02-0500", True),
    ("2026-01-31T10:01:06Z", False),
    ("9999-12-31T23:59:59-23:59", True),
    ("0001-01-01T00:00:00+23:59", False),
)


@pytest.mark.parametrize(("expiration", "accepted"), EXPIRATIONS)
def test_expiration_five_minutes_ahead(emulator, expiration, accepted):
    """
    At least five minutes, by the emulator's clock; verbatim in the query.
    """
    exchange = create(emulator, expiration=expiration)
    if accepted:
        assert echo(emulator, exchange)["expiration"] == expiration
    else:
        assert code(exchange) == "placetopay.expiration-too-soon"
        status = answer(exchange)["status"]
        assert (exchange.reply.status, status["reason"]) == (400, 0)
        assert status["message"] == "El tiempo para realizar el pago es muy poco"


PART = {"amount": {"currency": "COP", "total": 57500}, "agreement": "12"}
RECURRING = {"periodicity": "M", "interval": 1, "maxPeriods": -1, "nextPayment": "2026-02-01"}


def test_dispersion(emulator):
    """
    Up to three parts that add up, rounded.
    """
    parts = [
        {**PART, "agreementType": "MERCHANT"},
        {"amount": {"currency": "COP", "total": "57499.996"}, "agreement": 7},
    ]
    request = echo(emulator, pay(emulator, dispersion=parts))
    asked = message()["payment"]
    common = {name: asked[name] for name in ("reference", "description") if name in asked}
    common |= {"allowPartial": False, "subscribe": False}
    assert request["payment"]["dispersion"] == [
        {**common, **PART, "agreementType": "MERCHANT"},
        {**common, "amount": {"currency": "COP", "total": "57500"}, "agreement": 7},
    ]


@pytest.mark.parametrize(
    ("dispersion", "diagnosis", "reason"),
    [
        ([PART], "placetopay.dispersion-sum", "request_not_valid"),
        (
            [PART, {"amount": {"currency": "USD", "total": 57500}}],
            "placetopay.dispersion-sum",
            "request_not_valid",
        ),
        ([PART] * 4, "placetopay.too-many-dispersions", "max_dispersion_error"),
        ([{**PART, "agreement": "x"}] * 2, "placetopay.field-value", "request_not_valid"),
        ([{**PART, "agreementType": "BANK"}] * 2, "placetopay.field-value", "request_not_valid"),
    ],
)
def test_wrong_dispersion(emulator, dispersion, diagnosis, reason):
    """
    Sum, currency, number and agreements are checked.
    """
    exchange = pay(emulator, dispersion=dispersion)
    assert (code(exchange), answer(exchange)["status"]["reason"]) == (diagnosis, reason)


@pytest.mark.parametrize(
    "payment",
    [
        {"allowPartial": True, "recurring": RECURRING},
        {"allowPartial": "true", "recurring": RECURRING},
        {"allowPartial": True, "dispersion": [PART, PART]},
        {
            "dispersion": [PART, PART],
            "amount": {
                "currency": "COP",
                "total": 115000,
                "taxes": [{"kind": "ice", "amount": 1}],
            },
        },
    ],
)
def test_not_combinable(emulator, payment):
    """
    Some members exclude each other.
    """
    exchange = pay(emulator, **payment)
    assert code(exchange) == "placetopay.not-combinable"
    assert answer(exchange)["status"]["reason"] == "request_not_valid"


@pytest.mark.parametrize("payment", [{"allowPartial": True}, {"dispersion": [PART, PART]}])
def test_checkin_excludes(emulator, payment):
    """
    A check-in is neither partial nor dispersed.
    """
    exchange = create(emulator, type="checkin", payment={**message()["payment"], **payment})
    assert code(exchange) == "placetopay.not-combinable"


def test_recurring_and_modifiers(emulator):
    """
    Both come back as they were sent.
    """
    modifier = {
        "type": "FEDERAL_GOVERNMENT",
        "code": 17934,
        "additional": {"invoice": "123456789"},
    }
    request = echo(emulator, pay(emulator, recurring=RECURRING, modifiers=[modifier]))
    assert request["payment"]["recurring"] == {
        "periodicity": "M",
        "interval": 1,
        "nextPayment": "2026-02-01",
        "maxPeriods": -1,
    }
    assert request["payment"]["modifiers"] == [modifier]


def test_recurring_as_the_documentation_writes_it(emulator):
    """
    Its samples give interval and maxPeriods as text; they come back so.
    """
    sample = {**RECURRING, "interval": "1", "maxPeriods": "-1"}
    request = echo(emulator, pay(emulator, recurring=sample))
    assert (request["payment"]["recurring"]["interval"]) == "1"
    assert (request["payment"]["recurring"]["maxPeriods"]) == "-1"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metadata": {"initiatorIndicator": "ME"}}, "metadata_not_valid"),
        ({"payment": {"shipping": {"name": "n" * 61}}}, "shipping_address_data_not_valid"),
        ({"payer": {"name": "n" * 61}}, "payer_data_not_valid"),
        ({"buyer": {"name": "n" * 61}}, "request_not_valid"),
    ],
)
def test_reason_says_what_is_wrong(emulator, change, reason):
    """
    The documentation has a reason for each of these parts.
    """
    if "payment" in change:
        change = {"payment": {**message()["payment"], **change["payment"]}}
    exchange = create(emulator, **change)
    assert code(exchange) in ("placetopay.field-value", "placetopay.field-too-long")
    assert (exchange.reply.status, answer(exchange)["status"]["reason"]) == (400, reason)


@pytest.mark.parametrize("part", ["taxes", "details"])
def test_partial_with_taxes(emulator, part):
    """
    The official plugins send it: accepted and noted, or refused where the settings say so.
    """
    kind = {"taxes": "ice", "details": "tip"}[part]
    amount = {"currency": "COP", "total": 5, part: [{"kind": kind, "amount": 1}]}
    exchange = pay(emulator, allowPartial=True, amount=amount)
    (warning,) = exchange.warnings
    assert warning.code == "placetopay.partial-with-taxes"
    assert warning.where == f"body.payment.amount.{part}"
    assert echo(emulator, exchange)["payment"]["amount"] == amount
    space = emulator.namespace("default")
    own = replace(context(emulator).settings, partial_with_taxes="refuse")
    space.contexts["placetopay"] = replace(context(emulator), settings=own)
    exchange = pay(emulator, allowPartial=True, amount=amount)
    assert code(exchange) == "placetopay.partial-with-taxes"
    assert exchange.diagnosis.where == f"body.payment.amount.{part}"
    assert answer(exchange)["status"]["reason"] == "request_not_valid"


@pytest.mark.parametrize(
    "change",
    [
        {"nextPayment": "2026-01-31"},
        {"periodicity": "W"},
        {"interval": 0},
        {"interval": 1.0},
        {"maxPeriods": 0},
        {"maxPeriods": -2},
        {"dueDate": "2026-02-30"},
        {"notificationUrl": "here"},
    ],
)
def test_wrong_recurring(emulator, change):
    """
    The next payment is in the future, periods are counted.
    """
    exchange = pay(emulator, recurring={**RECURRING, **change})
    assert code(exchange) in ("placetopay.field-value", "placetopay.field-type")


def test_autopay(emulator):
    """
    An autopay session has its own member in the query.
    """
    autopay = {
        "action": "CREATE",
        "reference": "A-1",
        "description": "Luz",
        "dueDay": 5,
        "recurring": {
            "type": "FIXED",
            "periodicity": "M",
            "interval": 1,
            "nextPayment": "2026-02-01",
        },
        "amount": {"currency": "COP", "total": 5000},
    }
    created = create(emulator, payment=..., type="autopay", autopay=autopay)
    body = answer(query(emulator, answer(created)["requestId"]))
    assert body["request"]["autopay"] == autopay
    assert (body["payment"], body["subscription"], body["autopay"]) == (None, None, None)
    missing = [{"recurring": {**autopay["recurring"], name: None}} for name in autopay["recurring"]]
    wrong_ones = ({"action": "EDIT"}, {"dueDay": 29}, {"amount": None}, {"id": "x"})
    for change in (*wrong_ones, {"recurring": None}, *missing):
        wrong = create(emulator, payment=..., type="autopay", autopay={**autopay, **change})
        assert wrong.reply.status == 400


def test_confirmation_where_allowed(emulator):
    """
    A flow that support has enabled may be used.
    """
    emulator.namespace("default").register(
        "placetopay", {"login": "c", "secretKey": "k", "allowed": ["confirmation"]}
    )
    exchange = create(emulator, login="c", metadata={"requiresConfirmation": True})
    assert code(exchange) == ""


# Query, cancel and time -------------------------------------------------------------------


def test_date_of_a_query_is_now(emulator):
    """
    The date of the status is that of the query.
    """
    created = create(emulator)
    clock(emulator, advance="10m")
    status = answer(query(emulator, answer(created)["requestId"]))["status"]
    assert status["date"] == "2026-01-31T10:06:06-05:00"


def test_session_expires(emulator):
    """
    At its expiration it is REJECTED EX, and stays so although the clock is set back.
    """
    created = create(emulator, expiration="2026-01-31T15:06:06Z")
    request_id = answer(created)["requestId"]
    clock(emulator, advance="599s")
    assert answer(query(emulator, request_id))["status"]["status"] == "PENDING"
    clock(emulator, advance="1s")
    status = answer(query(emulator, request_id))["status"]
    assert (status["status"], status["reason"]) == ("REJECTED", "EX")
    assert status["message"] == "La petición ha expirado"
    clock(emulator, freeze=NOW)
    assert answer(query(emulator, request_id))["status"]["reason"] == "EX"
    assert code(query(emulator, request_id, suffix="/cancel")) == "placetopay.session-not-pending"


def test_session_expires_by_default(emulator):
    """
    Half an hour, where nothing was said; then `expiration` is not in the query either.
    """
    request_id = answer(create(emulator))["requestId"]
    clock(emulator, advance="30m")
    body = answer(query(emulator, request_id))
    assert body["status"]["reason"] == "EX"
    assert "expiration" not in body["request"]


def test_cancel(emulator):
    """
    A pending session becomes REJECTED MC, for good.
    """
    request_id = answer(create(emulator))["requestId"]
    body = answer(query(emulator, request_id, suffix="/cancel"))
    assert list(body) == ["status", "session"]
    assert body["status"] == {
        "status": "OK",
        "reason": "00",
        "message": "La petición se ha procesado correctamente",
        "date": DATE,
    }
    assert body["session"] == answer(query(emulator, request_id))
    status = body["session"]["status"]
    assert (status["status"], status["reason"]) == ("REJECTED", "MC")
    assert status["message"] == "La petición ha sido cancelada por el comercio"
    clock(emulator, advance="24h")
    assert answer(query(emulator, request_id))["status"]["reason"] == "MC"


def test_cancel_twice(emulator):
    """
    400 action_not_allowed.
    """
    request_id = answer(create(emulator))["requestId"]
    query(emulator, request_id, suffix="/cancel")
    for locale, said in (
        (None, "No se pueden cancelar sesiones que no están pendientes."),
        ("en_US", "Sessions that are not pending cannot be cancelled"),
    ):
        exchange = query(emulator, request_id, suffix="/cancel", locale=locale)
        assert exchange.reply.status == 400
        status = answer(exchange)["status"]
        assert (status["reason"], status["message"]) == ("action_not_allowed", said)


@pytest.mark.parametrize("suffix", ["", "/cancel"])
def test_session_of_another_site(emulator, suffix):
    """
    401 unauthorized, in the words recorded; and the session is left alone.
    """
    request_id = answer(create(emulator))["requestId"]
    exchange = query(emulator, request_id, login="emulator-ec", suffix=suffix)
    assert exchange.reply.status == 401
    status = answer(exchange)["status"]
    assert (status["reason"], status["message"]) == (
        "unauthorized",
        "La sesión no pertenece a su sitio",
    )
    assert answer(query(emulator, request_id))["status"]["status"] == "PENDING"


@pytest.mark.parametrize("suffix", ["", "/cancel"])
@pytest.mark.parametrize("request_id", ["2", "0", "01", "-1", "x", "1.0", "9" * 5000, "١", "%31"])
def test_unknown_session(emulator, request_id, suffix):
    """
    404 request_not_valid, however it is written.
    """
    create(emulator)
    exchange = query(emulator, request_id, suffix=suffix, locale="en_US")
    assert exchange.reply.status == 404
    status = answer(exchange)["status"]
    assert (status["reason"], status["message"]) == (
        "request_not_valid",
        "The requested session does not exist",
    )


def test_language_of_a_session(emulator):
    """
    The query's locale, else the session's.
    """
    request_id = answer(create(emulator, locale="en_US"))["requestId"]
    assert answer(query(emulator, request_id))["status"]["message"] == "The request is active"
    spanish = answer(query(emulator, request_id, locale="es_CO"))
    assert spanish["status"]["message"] == "La petición se encuentra activa"


def test_namespaces_are_apart(emulator):
    """
    Two namespaces know nothing of each other, and their pages differ.
    """
    create(emulator)
    other = emulator.namespace("other")
    assert other.contexts["placetopay"].store.table("sessions").get("1") is None
    assert page_code(1, other.contexts["placetopay"]) != page_code(1, context(emulator))


# Around the endpoints ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
def test_methods(emulator, method):
    """
    405 in the provider's form.
    """
    exchange = serve(emulator, Request(method=method, path="/api/session/1"))
    assert exchange.reply.status == 405
    assert answer(exchange)["status"]["status"] == "FAILED"


@pytest.mark.parametrize("path", ["/", "/spa/session/1", "/api/session/", "/api/session/1/"])
def test_pages(emulator, path):
    """
    A path that is no endpoint is 404: at once for a GET, behind authentication for a POST.
    """
    exchange = serve(emulator, Request(method="GET", path=path))
    assert (exchange.reply.status, code(exchange)) == (404, "request.not-found")
    assert answer(exchange)["status"]["message"] == "Pagina no encontrada"
    assert post(emulator, path, {}).reply.status == 401
    exchange = post(emulator, path, {"auth": auth(emulator), "locale": "en_US"})
    assert (exchange.reply.status, code(exchange)) == (404, "request.not-found")
    assert answer(exchange)["status"]["reason"] == "NA"
    assert answer(exchange)["status"]["message"] == "Page not found"


@pytest.mark.parametrize("name", ERRORS)
def test_catalogue_renders(emulator, name):
    """
    Every entry makes a reply, in both languages and before anything is known of the request.
    """
    exchange = create(emulator)
    for locale in ("es_CO", "en_US"):
        exchange.state["locale"] = locale
        reply = ERRORS[name].reply(exchange, context(emulator))
        assert reply.status == ERRORS[name].status
        if name == "forbidden":
            assert reply.media_type == "text/html"
            continue
        status = json.loads(reply.body)["status"]
        assert list(status) == ["status", "reason", "message", "date"]
        assert (status["status"], status["reason"]) == ("FAILED", ERRORS[name].code)
        assert type(status["reason"]) is type(ERRORS[name].code)
        assert status["message"]
    exchange.state.clear()
    assert ERRORS[name].reply(exchange, context(emulator)).body


def test_catalogue_is_complete():
    """
    What the pipeline needs is there, and every short name leads somewhere.
    """
    assert {"not-found", "method-not-allowed", "too-large", "bad-request"} <= set(ERRORS)
    assert {"401", "403"} <= set(PROVIDER.errors.aliases)
    assert set(PROVIDER.errors.aliases.values()) <= set(ERRORS)
    assert {f"auth.{number}" for number in range(100, 108)} <= set(ERRORS)


@pytest.mark.parametrize("example", PROVIDER.examples, ids=lambda example: example.name)
def test_example(emulator, example):
    """
    An example in order is accepted; a spoiled one is refused for its reason.
    """
    by_name = {each.name: each for each in PROVIDER.examples}
    for each in (*(by_name[name] for name in example.after), example):
        exchange = serve(emulator, each.build(context(emulator)))
        assert code(exchange) == each.code, exchange.diagnosis
        assert exchange.endpoint == each.endpoint
    assert exchange.verdict == ("refused" if example.code else "accepted")


def test_every_failure_is_shown():
    """
    Every failure mode of the package, and of its scheme, has an example.
    """
    modules = [
        import_module(f"{placetopay.__name__}.{m.name}") for m in iter_modules(placetopay.__path__)
    ]
    declared = {
        value.code
        for module in (*modules, username_token)
        for value in vars(module).values()
        if isinstance(value, FailureMode)
    }
    # Webhooks are met in their own tests; no endpoint has an example of what is no endpoint.
    declared = {code for code in declared if ".webhook" not in code} - {NOT_FOUND.code}
    shown = {code for each in PROVIDER.examples for code in (each.code, *each.warnings)}
    assert declared <= shown


def test_every_endpoint_is_shown():
    """
    Names of examples are unique and every endpoint is shown in order.
    """
    assert len({each.name for each in PROVIDER.examples}) == len(PROVIDER.examples)
    shown = {each.endpoint for each in PROVIDER.examples if not each.code}
    assert shown == {endpoint.name for endpoint in PROVIDER.endpoints}


# Credentials, keys, signing ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"secretkey": "k"}, "did you mean 'secretKey'"),
        ({"login": ""}, "login"),
        ({"login": "x" * 33}, "login"),
        ({"secretKey": None}, "secretKey"),
        ({"secretKey": "with space"}, "secretKey"),
        ({"locale": "es"}, "locale"),
        ({"timeZone": "America/Bogota"}, "timeZone"),
        ({"timeZone": "+19:00"}, "timeZone"),
        ({"country": "Colombia"}, "country"),
        ({"status": "closed"}, "status"),
        ({"notificationAlgorithm": "md5"}, "notificationAlgorithm"),
        ({"notificationUrl": "ftp://x"}, "notificationUrl"),
        ({"allowed": "confirmation"}, "allowed"),
        ({"allowed": ["everything"]}, "allowed"),
        ({"allowed": [{}]}, "allowed"),
    ],
)
def test_register_refuses(emulator, change, said):
    """
    A wrong member is named, its nearest right name too; the secret is never in the message.
    """
    with pytest.raises(ConfigurationError, match=said) as refused:
        PROVIDER.credentials.register({"login": "a", "secretKey": "k", **change}, context(emulator))
    assert "with space" not in str(refused.value)


def test_credential_view(emulator):
    """
    Exactly what a client needs.
    """
    view = PROVIDER.credentials.view(site(emulator), context(emulator).keys, BASE)
    assert list(view) == ["base_url", "login", "secretKey"]


SIGNED = [each.name for each in PROVIDER.endpoints if each.authenticate is None]


@pytest.mark.parametrize("endpoint", SIGNED)
def test_sign(emulator, endpoint):
    """
    What is signed is accepted, and the secret is not told.
    """
    stores = message()["payment"] | {"subscribe": True}
    for payment in (stores, message()["payment"]):
        request_id = answer(create(emulator, payment=payment))["requestId"]
        if payment is stores or not endpoint.startswith("session"):
            payer.pay(str(request_id), {"outcome": "approve"}, context(emulator))
    signed = PROVIDER.sign(endpoint, None, context(emulator), BASE)
    assert code(serve(emulator, signed.request)) == ""
    assert site(emulator)["secretKey"] not in signed.canonical + "".join(signed.steps)
    named = PROVIDER.sign("session.query", {"requestId": 1}, context(emulator), BASE)
    assert named.request.path == "/api/session/1"


@pytest.mark.parametrize(("endpoint", "payload"), [("session.creat", None), ("session.create", [])])
def test_sign_refuses(emulator, endpoint, payload):
    """
    An unknown endpoint or a payload that is no object is a configuration error.
    """
    with pytest.raises(ConfigurationError):
        PROVIDER.sign(endpoint, payload, context(emulator), BASE)


def test_make_keys(tmp_path, monkeypatch):
    """
    Fresh keys serve as the shipped ones do.
    """
    monkeypatch.setattr(providers, "discover", lambda: {"placetopay": PROVIDER})
    PROVIDER.credentials.make_keys(tmp_path / "placetopay")
    emulator = Emulator(keys=tmp_path)
    clock(emulator, freeze=NOW)
    assert code(create(emulator)) == ""
    assert site(emulator)["secretKey"] != site(frozen())["secretKey"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", "nonsense"])
def test_broken_key_file(tmp_path, monkeypatch, text):
    """
    A broken file is a clear line, not a traceback.
    """
    monkeypatch.setattr(providers, "discover", lambda: {"placetopay": PROVIDER})
    PROVIDER.credentials.make_keys(tmp_path / "placetopay")
    (tmp_path / "placetopay" / "credentials.json").write_text(text)
    with pytest.raises(ConfigurationError):
        Emulator(keys=tmp_path)


# Fuzz -------------------------------------------------------------------------------------

FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.sampled_from(
        ["COP", "CLP", "true", "1000", "2026-02-01", "2027-01-01T00:00:00Z", "r://x", "D", "CREATE"]
    )
)
WORDS = """
    payment subscription autopay buyer payer fields type metadata locale expiration amount total
    currency taxes details kind base items sku name qty price tax additional recurring periodicity
    interval maxPeriods nextPayment dueDate dispersion agreement modifiers code invoice reference
    description document documentType surname email mobile address city country keyword value
    displayOn cancelUrl paymentMethod skipResult shipping kount processorFields allowPartial
    requiresConfirmation action id dueDay openingDate
"""
NAMES = st.sampled_from(WORDS.split())
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=30,
)


@pytest.mark.slow
@FUZZ
@given(change=st.dictionaries(NAMES, TREES, max_size=10), payment=TREES)
def test_any_message(emulator, change, payment):
    """
    Any signed message is answered as the provider would, and never a bug.
    """
    body = {"auth": auth(emulator), **message(**change)}
    if isinstance(payment, dict):
        body["payment"] = {**message()["payment"], **payment}
    exchange = post(emulator, "/api/session", body)
    assert exchange.reply.status in (200, 400)
    if exchange.reply.status == 200:
        assert code(query(emulator, answer(exchange)["requestId"])) == ""


@pytest.mark.slow
@FUZZ
@given(
    body=st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")),
    path=st.sampled_from(["/api/session", "/api/session/1", "/api/session/1/cancel", "/x"]),
    method=st.sampled_from(["GET", "POST", "OPTIONS"]),
    headers=st.lists(
        st.tuples(st.sampled_from(["content-type", "host", "accept"]), st.text(max_size=20))
    ),
)
def test_any_bytes(emulator, body, path, method, headers):
    """
    Whatever comes is refused.
    """
    for first in ([], [("content-type", "application/json")]):
        request = Request(method=method, path=path, headers=first + headers, body=body)
        assert serve(emulator, request).verdict == "refused"


@pytest.mark.slow
@FUZZ
@given(
    auth_=TREES
    | st.dictionaries(st.sampled_from(["login", "tranKey", "nonce", "seed"]), LEAVES)
    | st.fixed_dictionaries(
        {
            "login": st.just("emulator-co") | st.text(),
            "tranKey": st.text(min_size=1)
            | st.binary(max_size=40).map(lambda b: b64encode(b).decode()),
            "nonce": st.text(min_size=1)
            | st.binary(min_size=1).map(lambda b: b64encode(b).decode()),
            "seed": st.text(min_size=1) | st.just(DATE),
        }
    )
)
def test_any_auth(emulator, auth_):
    """
    No auth that was not made with the secret is accepted.
    """
    exchange = post(emulator, "/api/session", {"auth": auth_, **message()})
    assert exchange.reply.status == 401


@pytest.mark.parametrize("depth", [50, 200, 450, 900, 2000])
@pytest.mark.parametrize("member", ["unknown", "fields", "items", "kount", "buyer"])
def test_deep_nesting(emulator, depth, member):
    """
    As deep as one likes, in members that are kept and in members that are not.
    """
    deep = "[" * depth + "]" * depth
    nested = {
        "unknown": f'"unknown":{deep}',
        "fields": f'"fields":[{{"keyword":"k","value":{deep}}}]',
        "items": f'"processorFields":1,"items":[{{"additional":{deep}}}]',
        "kount": f'"metadata":{{"kount":{deep}}}',
        "buyer": f'"buyer":{deep}',
    }[member]
    whole = json.dumps({"auth": auth(emulator), **message()})
    exchange = post(emulator, "/api/session", f"{whole[:-1]},{nested}}}".encode())
    assert exchange.reply.status in (200, 400, 401)


def test_digest_in_hex_is_named(emulator):
    """
    The mistakes integrators make most are named in the hint.
    """
    signed = auth(emulator)
    hexed = {**signed, "tranKey": b64decode(signed["tranKey"]).hex()}
    exchange = post(emulator, "/api/session", {"auth": hexed, **message()})
    assert "hex" in exchange.diagnosis.hint
    assert exchange.diagnosis.where == "body.auth.tranKey"
    renamed = {("trankey" if k == "tranKey" else k): v for k, v in signed.items()}
    exchange = post(emulator, "/api/session", {"auth": renamed, **message()})
    assert exchange.diagnosis.hint == "Rename 'trankey' to 'tranKey'"


@pytest.mark.parametrize("place", ["auth", "login", "total"])
def test_repeated_member(emulator, place):
    """
    Two parsers could take two different ones, so neither is taken, however deep.
    """
    body = json.dumps({"auth": auth(emulator), **message()}, separators=(",", ":"))
    spoiled = {
        "auth": f'{{"auth":{{"login":"x"}},{body[1:]}',
        "login": body.replace('"login":', '"login":"x","login":'),
        "total": body.replace('"total":', '"total":1,"total":'),
    }[place]
    assert spoiled != body
    exchange = post(emulator, "/api/session", spoiled.encode())
    assert code(exchange) == "placetopay.repeated-member"
    assert place in exchange.diagnosis.received
    assert answer(exchange)["status"]["message"] == "Autenticación mal formada"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"content-encoding": "gzip"}, "request.content-encoding"),
        ({"content-encoding": "identity"}, ""),
        ({"content-type": "application/json; charset=latin-1"}, ""),
    ],
)
def test_declared_encoding(emulator, headers, found):
    """
    A body is plain UTF-8.
    """
    body = {"auth": auth(emulator), **message()}
    headers = {"content-type": "application/json", **headers}
    assert code(post(emulator, "/api/session", body, **headers)) == found
