"""Goat: the token endpoint, the access token, and what a registration may be."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import re
import subprocess
import uuid
from base64 import b64encode, urlsafe_b64encode
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, OctKey

from emulator import providers
from emulator.core.clock_change import ClockChange
from emulator.core.configuration import Configuration
from emulator.core.errors import Behaviour, ConfigurationError, FailureMode
from emulator.core.exchange import Exchange, Request
from emulator.core.http_problems import BODY_TOO_LARGE
from emulator.core.json_text import loads
from emulator.emulator import Emulator
from emulator.journal import showing
from emulator.provider import Changes
from emulator.providers import goat
from emulator.providers.goat import PROVIDER, state
from emulator.providers.goat.failures import ERRORS
from emulator.providers.goat.meant import GRANT_MISTAKES
from emulator.providers.goat.settings import Settings
from emulator.schemes import bearer, client_assertion

NOW = "2026-01-31T14:56:06Z"
T = 1769871366
AUDIENCE = "https://api.goat.ar/v1/oauth/token"
TOKEN, WHOAMI = "/oauth/app/token", "/v1/whoami"
KEYS = Path(__file__).parents[2] / "keys" / "goat"


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Goat is the only provider there is."""
    monkeypatch.setattr(providers, "discover", lambda: {"goat": PROVIDER})


@pytest.fixture
def emulator():
    return frozen()


def frozen(**changed):
    """An emulator whose clock is frozen, with these settings."""
    emulator = Emulator()
    emulator.namespace("default").clock.change(ClockChange(freeze=NOW))
    if changed:
        configure(emulator, **changed)
    return emulator


def configure(emulator, **changed):
    namespace = emulator.namespace("default")
    old = namespace.contexts["goat"]
    namespace.contexts["goat"] = replace(old, settings=replace(old.settings, **changed))


def clock(emulator, **change):
    emulator.namespace("default").clock.change(ClockChange(**change))


def context(emulator):
    return emulator.namespace("default").contexts["goat"]


def serve(emulator, request):
    """Serve a request; without a scenario nothing is ever awaited."""
    coroutine = emulator.serve(emulator.namespace("default"), PROVIDER, request)
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    exchange = done.value.value
    assert exchange.bug == ""
    return exchange


def code(exchange):
    return exchange.diagnosis.code if exchange.diagnosis else ""


def answer(exchange):
    return json.loads(exchange.reply.body)


def record(emulator, client="client-a"):
    return next(
        each
        for each in emulator.namespace("default").credentials("goat")
        if each["clientId"] == client
    )


# --- a second implementation, from the page alone --------------------------------------------


def b64u(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


PEMS = {
    "client-a": (KEYS / "client.key.pem").read_text(),
    "client-b": (KEYS / "client-b.key.pem").read_text(),
    "client-inactive": (KEYS / "client-inactive.key.pem").read_text(),
}
PRIVATE = {name: load_pem_private_key(pem.encode(), None) for name, pem in PEMS.items()}
KIDS = {name: ECKey.import_key(pem).thumbprint() for name, pem in PEMS.items()}
SECRET = bytes.fromhex((KEYS / "token.secret").read_text())


def assert_by_hand(client="client-a", header=None, claims=None, without=(), key=None, spaces=False):
    """An assertion made with `cryptography` and the standard library."""
    head = {"alg": "ES256", "kid": KIDS[client], **(header or {})}
    body = {"aud": AUDIENCE, "iss": client, "iat": T, "exp": T + 3600, "sub": client}
    body |= claims or {}
    for name in without:
        head.pop(name, None)
        body.pop(name, None)
    separators = (", ", ": ") if spaces else (",", ":")
    text = ".".join(b64u(json.dumps(p, separators=separators).encode()) for p in (head, body))
    r, s = decode_dss_signature((key or PRIVATE[client]).sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{b64u(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def post(body, path=TOKEN, content_type="application/json", **more):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [] if content_type is None else [("content-type", content_type)]
    return Request(method="POST", path=path, headers=headers, body=raw, **more)


def ask(assertion=None, app_id="client-a", **members):
    return post(
        {
            "appId": app_id,
            "token": assert_by_hand() if assertion is None else assertion,
            "grantType": "client_credentials",
            **members,
        }
    )


def get(token=None, path=WHOAMI, query="", authorization=None):
    value = f"Bearer {token}" if token is not None else authorization
    headers = [] if value is None else [("authorization", value)]
    return Request(method="GET", path=path, query=query, headers=headers)


def bought(emulator, client="client-a", at=T):
    """An access token bought with an assertion by hand."""
    assertion = assert_by_hand(client, claims={"iat": at, "exp": at + 3600})
    exchange = serve(emulator, ask(assertion, client))
    assert code(exchange) == ""
    return answer(exchange)["accessToken"]


# --- the examples ----------------------------------------------------------------------------


@pytest.mark.parametrize("each", PROVIDER.examples, ids=lambda each: each.name)
@pytest.mark.parametrize("moment", ["frozen", "now", "2099"])
def test_example(each, moment):
    """One in order is accepted, a spoiled one refused for the reason it states."""
    emulator = Emulator()
    if moment != "now":
        freeze = NOW if moment == "frozen" else "2099-12-31T23:59:59.75Z"
        clock(emulator, freeze=freeze)
    exchange = serve(emulator, each.build(context(emulator)))
    assert code(exchange) == each.code
    assert exchange.endpoint == each.endpoint
    assert (exchange.reply.status == 200) == (each.code == "")
    told = json.dumps(showing.full(exchange, emulator.namespace("default").mask()))
    assert "PRIVATE KEY" not in told


def test_example_names_are_unique():
    assert len({each.name for each in PROVIDER.examples}) == len(PROVIDER.examples)


def test_every_endpoint_has_a_good_example():
    good = {each.endpoint for each in PROVIDER.examples if not each.code}
    assert good == {endpoint.name for endpoint in PROVIDER.endpoints}


def failure_modes():
    package = [import_module(f"{goat.__name__}.{m.name}") for m in iter_modules(goat.__path__)]
    modes = {
        value.code
        for module in (*package, client_assertion, bearer)
        for value in vars(module).values()
        if isinstance(value, FailureMode)
    }
    return modes - {bearer.OPAQUE_TOKEN.code}


def test_every_failure_mode_has_an_example():
    """Those of the two schemes, and our own."""
    shown = {code for each in PROVIDER.examples for code in (each.code, *each.warnings)}
    assert failure_modes() <= shown
    assert {"request.method", "request.not-found"} <= shown


def test_behaviours_are_declared_once():
    found = [v for v in vars(goat.behaviours).values() if isinstance(v, Behaviour)]
    assert len({each.summary for each in found}) == len(found) > 20


# --- the error catalogue ---------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ERRORS, *ERRORS.aliases])
def test_every_error_renders(name, emulator):
    """Three members, and `detail` in a 400 alone, in the order of the page."""
    exchange = Exchange(
        number=7,
        namespace="default",
        provider="goat",
        endpoint="whoami",
        request=get(),
        received_at=T,
    )
    entry = PROVIDER.errors.find(name)
    reply = entry.reply(exchange, context(emulator))
    body = json.loads(reply.body)
    members = ["errorId", "code", "message"] + (["detail"] if reply.status == 400 else [])
    assert list(body) == members
    assert uuid.UUID(body["errorId"]).version == 4
    assert str(uuid.UUID(body["errorId"])) == body["errorId"]
    assert type(body["code"]) is int
    assert reply.media_type == "application/json"
    assert reply.status == entry.status
    for each in body.get("detail", []):
        assert list(each) == ["path", "message", "type"]
        assert each["type"] == "invalid"


def test_codes_and_names_differ():
    assert len({entry.code for entry in ERRORS.values()}) == len(ERRORS)
    assert {"not-found", "method-not-allowed", "too-large", "bad-request"} <= ERRORS.keys()
    assert PROVIDER.errors.find("401").status == 401
    assert PROVIDER.errors.find("403").name == "scope-missing"


def test_error_id_is_the_exchanges(emulator):
    """Two refusals have two ids; the same exchange always the same."""
    first, second = (answer(serve(emulator, get()))["errorId"] for _ in range(2))
    again = answer(serve(frozen(), get()))["errorId"]
    assert first != second
    assert first == again


def test_the_two_forms(emulator):
    """400 has a detail for each member at fault, 401 none."""
    bad = serve(emulator, post({"client_id": "client-a", "grant_type": "x"}))
    assert bad.reply.status == 400
    assert answer(bad)["message"] == "Invalid payload"
    assert [each["path"] for each in answer(bad)["detail"]] == ["appId", "token", "grantType"]
    assert bad.diagnosis.hint == "Rename 'client_id' to 'appId', 'grant_type' to 'grantType'"
    unauthorized = serve(emulator, ask(assert_by_hand(key=PRIVATE["client-b"])))
    assert unauthorized.reply.status == 401
    assert answer(unauthorized)["message"] == "Unauthorized"


# --- the token endpoint ----------------------------------------------------------------------


def test_the_pages_example(emulator):
    """Request and answer as the page shows them; the token's header too."""
    exchange = serve(emulator, ask())
    body = answer(exchange)
    assert list(body) == ["type", "accessToken", "expiresIn"]
    assert (body["type"], body["expiresIn"]) == ("Bearer", 3600)
    assert body["accessToken"].startswith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.")
    assert exchange.credential == "client-a"
    assert exchange.payload["claims"] == {
        "iss": "client-a",
        "sub": "client-a",
        "iat": T,
        "exp": T + 3600,
    }


def test_the_pages_python_sample(emulator):
    """As printed, with PyJWT."""
    payload = {"aud": AUDIENCE, "iss": "client-a", "iat": T, "exp": T + 3600, "sub": "client-a"}
    headers = {"alg": "ES256", "kid": KIDS["client-a"]}
    token = jwt.encode(payload, PEMS["client-a"], algorithm="ES256", headers=headers)
    assert code(serve(emulator, ask(token))) == ""


def test_access_token_by_joserfc(emulator):
    """joserfc reads it with the key of the file."""
    context = emulator.namespace("default").contexts["goat"]
    token = joserfc_jwt.decode(bought(emulator), OctKey.import_key(SECRET), algorithms=["HS256"])
    assert token.claims == {
        "iss": "https://api.goat.ar",
        "sub": "client-a",
        "aud": "https://api.goat.ar/v1",
        "iat": T,
        "exp": T + 3600,
        "jti": f"{goat.state.TOKENS.run(context)}.1",
        "scope": "read write",
        "key_id": KIDS["client-a"],
    }


def test_each_token_is_new(emulator):
    """Even within one second, with one assertion: there is no jti to remember."""
    request = ask()
    tokens = {answer(serve(emulator, replace(request)))["accessToken"] for _ in range(5)}
    assert len(tokens) == 5


def test_openssl_signature(emulator, tmp_path):
    """What `openssl dgst` makes is DER: refused as it is, accepted as R and S."""
    text = assert_by_hand().rpartition(".")[0]
    (tmp_path / "text").write_text(text)
    made = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", KEYS / "client.key.pem", tmp_path / "text"],
        check=True,
        capture_output=True,
    ).stdout
    refused = serve(emulator, ask(f"{text}.{b64u(made)}"))
    assert code(refused) == "client-assertion.signature"
    assert "DER" in refused.diagnosis.hint
    assert refused.diagnosis.where == "body.token.signature"
    r, s = decode_dss_signature(made)
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert code(serve(emulator, ask(f"{text}.{b64u(raw)}"))) == ""


@pytest.mark.slow
def test_thousand_good_requests(emulator):
    """Made by hand and by joserfc, in every spelling that is in order: all accepted."""
    random_ = random.Random(1)
    clients = [name for name in PEMS if name != "client-inactive"]
    keys = {name: ECKey.import_key(PEMS[name]) for name in clients}
    for number in range(1200):
        client = random_.choice(clients)
        iat = T + random_.randint(-3000, 60)
        claims = {
            "iat": iat,
            "exp": max(T + 1, iat + random_.randint(1, 3660)),
            "aud": random_.choice([AUDIENCE, [AUDIENCE], ["x", AUDIENCE]]),
        }
        if random_.random() < 0.3:
            claims["nbf"] = T - 5
        if random_.random() < 0.3:
            claims["jti"] = str(number)
        if number % 3:
            assertion = assert_by_hand(client, claims=claims, spaces=number % 2 == 0)
        else:
            header = {"alg": "ES256", "kid": KIDS[client], "typ": "JWT"}
            body = {"iss": client, "sub": client, **claims}
            assertion = joserfc_jwt.encode(header, body, keys[client], algorithms=["ES256"])
        request = post(
            {"grantType": "client_credentials", "token": assertion, "appId": client},
            path=random_.choice(["/oauth/app/token", "/v1/oauth/app/token"]),
            content_type=random_.choice(
                ["application/json", "application/json; charset=utf-8", "Application/JSON"]
            ),
        )
        exchange = serve(emulator, request)
        assert (code(exchange), exchange.reply.status) == ("", 200)
        assert exchange.credential == client


@pytest.mark.slow
def test_mutations_of_a_token_request():
    """A request with one byte changed is refused, whichever it is."""
    emulator = frozen()
    random_ = random.Random(2)
    good = ask().body.replace(b": ", b":").replace(b", ", b",")
    assert code(serve(emulator, post(good))) == ""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    start, end = good.index(b"eyJ"), good.index(b'","grantType')
    for number in range(1200):
        at = random_.randrange(start, end) if number % 4 else random_.randrange(len(good))
        byte = random_.choice(alphabet) if number % 4 else random_.randrange(256)
        if byte == good[at]:
            continue
        spoiled = good[:at] + bytes([byte]) + good[at + 1 :]
        exchange = serve(emulator, post(spoiled))
        assert exchange.reply.status in (400, 401), (at, byte)
        assert exchange.verdict == "refused"


def test_last_character_of_the_signature(emulator):
    """Its unused bits count: another last character is refused although the bytes are right."""
    assertion = assert_by_hand()
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=":
        if last != assertion[-1]:
            assert code(serve(emulator, ask(assertion[:-1] + last))) != ""


@pytest.mark.parametrize(
    ("spoiled", "wanted", "status", "where"),
    [
        ({"claims": {"iss": "client-b"}}, "client-assertion.issuer", 401, "body.token.claims.iss"),
        ({"claims": {"sub": "client-b"}}, "client-assertion.issuer", 401, "body.token.claims.sub"),
        ({"claims": {"sub": "CLIENT-A"}}, "client-assertion.issuer", 401, "body.token.claims.sub"),
        (
            {"claims": {"aud": AUDIENCE + "/"}},
            "client-assertion.audience",
            401,
            "body.token.claims.aud",
        ),
        ({"claims": {"aud": []}}, "client-assertion.audience", 401, "body.token.claims.aud"),
        ({"claims": {"exp": T}}, "client-assertion.expired", 401, "body.token.claims.exp"),
        ({"claims": {"exp": T + 3661}}, "client-assertion.lifetime", 401, "body.token.claims.exp"),
        (
            {"claims": {"iat": T + 61}},
            "client-assertion.iat-in-future",
            401,
            "body.token.claims.iat",
        ),
        ({"claims": {"iat": True}}, "client-assertion.claim-type", 401, "body.token.claims.iat"),
        ({"claims": {"exp": f"{T}"}}, "client-assertion.claim-type", 401, "body.token.claims.exp"),
        (
            {"claims": {"nbf": T + 61}},
            "client-assertion.not-yet-valid",
            401,
            "body.token.claims.nbf",
        ),
        ({"header": {"alg": "es256"}}, "client-assertion.alg", 401, "body.token.protected.alg"),
        ({"header": {"alg": None}}, "client-assertion.alg", 401, "body.token.protected.alg"),
        ({"header": {"kid": ""}}, "client-assertion.kid-missing", 401, "body.token.protected.kid"),
        ({"header": {"kid": 7}}, "client-assertion.kid-missing", 401, "body.token.protected.kid"),
        ({"header": {"crit": ["x"]}}, "client-assertion.not-a-jwt", 400, "body.token.protected"),
        (
            {"header": {"kid": KIDS["client-b"]}},
            "client-assertion.signature",
            401,
            "body.token.signature",
        ),
    ],
)
def test_assertion_refused(spoiled, wanted, status, where, emulator):
    """The form of the assertion is a 400, all else a 401; the place is Goat's."""
    exchange = serve(emulator, ask(assert_by_hand(**spoiled)))
    assert code(exchange) == wanted
    assert exchange.reply.status == status
    assert exchange.diagnosis.where == where


def test_edges_of_time_are_accepted(emulator):
    """Just within: iat a minute ahead, exp a second from now, lifetime an hour and the skew."""
    for claims in (
        {"iat": T + 60, "exp": T + 3660},
        {"iat": T - 3599, "exp": T + 1},
        {"exp": T + 3660},
    ):
        assert code(serve(emulator, ask(assert_by_hand(claims=claims)))) == ""


def test_app_id_of_another(emulator):
    """The key decides who it is; appId must agree."""
    exchange = serve(emulator, ask(app_id="client-b"))
    assert (code(exchange), exchange.diagnosis.where) == ("client-assertion.issuer", "body.appId")


def test_key_of_another_is_named(emulator):
    """A right signature by the wrong client's key is told as such."""
    exchange = serve(emulator, ask(assert_by_hand(key=PRIVATE["client-b"])))
    assert "private key of client-b" in exchange.diagnosis.hint


def test_hmac_with_the_public_key_is_named(emulator):
    """The old attack on JWT libraries."""
    pem = record(emulator)["public_key"].encode()
    head = {"alg": "HS256", "typ": "JWT", "kid": KIDS["client-a"]}
    body = {"aud": AUDIENCE, "iss": "client-a", "iat": T, "exp": T + 3600, "sub": "client-a"}
    text = ".".join(b64u(json.dumps(part).encode()) for part in (head, body))
    mac = hmac.new(pem, text.encode(), hashlib.sha256).digest()
    exchange = serve(emulator, ask(f"{text}.{b64u(mac)}"))
    assert code(exchange) == "client-assertion.alg"
    assert "public key" in exchange.diagnosis.hint


def test_alg_none(emulator):
    """Unsigned is refused however it is written."""
    for alg in ("none", "None", "NONE", "nOnE"):
        text = assert_by_hand(header={"alg": alg}).rpartition(".")[0]
        for token in (f"{text}.", text, f"{text}.AA"):
            assert code(serve(emulator, ask(token))) in (
                "client-assertion.alg",
                "client-assertion.not-a-jwt",
            )


def test_inactive_client(emulator):
    """Told only to who holds the key."""
    token = assert_by_hand("client-inactive")
    exchange = serve(emulator, ask(token, "client-inactive"))
    assert (code(exchange), exchange.reply.status) == ("goat.client-inactive", 401)
    forged = assert_by_hand("client-inactive", key=PRIVATE["client-a"])
    assert code(serve(emulator, ask(forged, "client-inactive"))) == "client-assertion.signature"


# --- the body --------------------------------------------------------------------------------


def whole(**members):
    body = {"appId": "client-a", "token": "t", "grantType": "client_credentials", **members}
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("body", "wanted", "where"),
    [
        (b"", "goat.not-json", "body"),
        (b"null", "goat.not-json", "body"),
        (b"[]", "goat.not-json", "body"),
        (b'"x"', "goat.not-json", "body"),
        (b"\xff", "goat.not-json", "body"),
        (b"\xef\xbb\xbf{}", "goat.not-json", "body"),
        (b'{"appId": NaN}', "goat.not-json", "body"),
        (b'{"appId": "a", "appId": "a"}', "goat.not-json", "body"),
        (b'{"x": {"a": 1, "a": 1}}', "goat.not-json", "body"),
        (b'{"appId": "\\ud800"}', "goat.not-json", "body"),
        (b"[" * 200_000, "goat.not-json", "body"),
        (b'{"appId": ' + b"9" * 5000 + b"}", "goat.not-json", "body"),
        (b"{}", "goat.member-missing", "body.appId"),
        (b'{"appId": ""}', "goat.member-missing", "body.appId"),
        (b'{"appId": null}', "goat.member-missing", "body.appId"),
        (b'{"appId": 1e5}', "goat.member-type", "body.appId"),
        (b'{"appId": true}', "goat.member-type", "body.appId"),
        (b'{"appId": ["client-a"]}', "goat.member-type", "body.appId"),
        (b'{"appId": "a", "token": {}}', "goat.member-type", "body.token"),
        (b'{"appId": "a", "token": "t"}', "goat.member-missing", "body.grantType"),
        (whole(grantType="Client_credentials"), "goat.grant-type", "body.grantType"),
        (whole(grantType="client_credentials "), "goat.grant-type", "body.grantType"),
        (whole(x=1), "goat.member-unknown", "body.x"),
        (whole(), "client-assertion.not-a-jwt", "body.token"),
        (whole(token="a.b.c"), "client-assertion.not-a-jwt", "body.token.protected"),
    ],
)
def test_body_refused(body, wanted, where, emulator):
    """400 with a detail for what is wrong with the form."""
    exchange = serve(emulator, post(body))
    assert (code(exchange), exchange.diagnosis.where) == (wanted, where)
    assert exchange.reply.status == 400
    assert answer(exchange)["detail"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/jsonp", "text/json", ""])
def test_content_type(content_type, emulator):
    """Only application/json is read; the rest counts as empty."""
    exchange = serve(emulator, post(ask().body, content_type=content_type))
    assert (code(exchange), exchange.reply.status) == ("goat.media-type", 400)
    assert len(answer(exchange)["detail"]) == 3


def test_form(emulator):
    """OAuth's own form is told to be JSON here."""
    body = urlencode({"grant_type": "client_credentials"}).encode()
    exchange = serve(
        emulator, post(body, content_type="application/x-www-form-urlencoded; charset=utf-8")
    )
    assert code(exchange) == "goat.media-type"
    assert "send JSON" in exchange.diagnosis.hint


@pytest.mark.parametrize(
    "header", [("content-encoding", "gzip"), ("content-type", "application/json; charset=utf-16")]
)
def test_encoding(header, emulator):
    """415, in Goat's form: compressed, or not written in UTF-8."""
    request = ask()
    request.headers = [header, *(each for each in request.headers if each[0] != header[0])]
    if header[0] == "content-type":
        request.body = request.body.decode().encode("utf-16")
    exchange = serve(emulator, request)
    found = "request.charset" if header[0] == "content-type" else "request.content-encoding"
    assert (code(exchange), exchange.reply.status) == (found, 415)
    assert list(answer(exchange)) == ["errorId", "code", "message"]


def test_many_unknown_members(emulator):
    """The answer does not grow with the request."""
    body = {"appId": "a", "token": "t", "grantType": "g"} | {f"m{n}": n for n in range(5000)}
    exchange = serve(emulator, post(body))
    assert len(answer(exchange)["detail"]) <= 20


def test_private_key_in_the_request(emulator):
    """It is called what it is, and not repeated."""
    for member in ("appId", "token", "grantType", "private_key"):
        exchange = serve(emulator, ask(**{member: PEMS["client-a"]}))
        assert code(exchange) != ""
        told = json.dumps(showing.full(exchange, emulator.namespace("default").mask())["diagnosis"])
        assert PEMS["client-a"].splitlines()[1] not in told


BODIES = (
    (b"  ", "empty"),
    (b"\xef\xbb\xbf{}", "byte order mark"),
    (b"appId=client-a&token=x", "form"),
    (b"eyJhbGciOiJFUzI1NiJ9.e30.AA", "token"),
    (json.dumps('{"appId": "a"}').encode(), "encoded twice"),
    (b'[{"appId": "a"}]', "array"),
    (b"{'appId': 'a'}", "json.dumps"),
)
GRANTS = (
    "CLIENT_CREDENTIALS",
    " client_credentials",
    "clientCredentials",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "authorization_code",
    "device",
)


@pytest.mark.parametrize(("body", "hint"), BODIES)
def test_names_the_mistake_in_the_body(body, hint, emulator):
    exchange = serve(emulator, post(body))
    assert code(exchange) == "goat.not-json"
    assert hint in exchange.diagnosis.hint


@pytest.mark.parametrize(("mistake", "grant"), [*zip(GRANT_MISTAKES, GRANTS, strict=True)])
def test_names_the_mistake_in_the_grant(mistake, grant, emulator):
    exchange = serve(emulator, ask(grantType=grant))
    assert (code(exchange), exchange.diagnosis.hint) == ("goat.grant-type", mistake[0])


# --- settings --------------------------------------------------------------------------------


def test_emulator_audience():
    """The address that is called, only where the setting says so, and only this one."""
    own = "http://127.0.0.1:8900/goat"
    for path, aud in ((TOKEN, own + TOKEN), (TOKEN, own + "/v1/oauth/token")):
        request = ask(assert_by_hand(claims={"aud": aud}))
        request.path, request.base_url = path, own
        assert code(serve(frozen(), replace(request))) == "client-assertion.audience"
        assert code(serve(frozen(accept_emulator_audience=True), replace(request))) == ""
    emulator = frozen(accept_emulator_audience=True)
    for aud in (own, "https://example.org" + TOKEN, TOKEN, "/v1/oauth/token", ""):
        request = ask(assert_by_hand(claims={"aud": aud}))
        assert code(serve(emulator, replace(request))) == "client-assertion.audience"
        request.base_url = own
        assert code(serve(emulator, request)) == "client-assertion.audience"
    late = ask(assert_by_hand(claims={"aud": own + TOKEN, "exp": T - 1}))
    late.base_url = own
    assert code(serve(emulator, late)) == "client-assertion.expired"
    assert code(serve(emulator, ask())) == ""


def test_audience_setting():
    """Another fixed text takes the place of the documented one."""
    emulator = frozen(audience="https://sandbox.goat.ar/token")
    assert code(serve(emulator, ask())) == "client-assertion.audience"
    other = assert_by_hand(claims={"aud": "https://sandbox.goat.ar/token"})
    assert code(serve(emulator, ask(other))) == ""


def test_unknown_members_setting():
    assert code(serve(frozen(unknown_members="ignore"), ask(extra=1))) == ""


def test_skew_and_lifetimes():
    assert code(serve(frozen(skew_seconds=0), ask(assert_by_hand(claims={"iat": T + 1})))) != ""
    long = assert_by_hand(claims={"exp": T + 86400})
    assert code(serve(frozen(assertion_seconds=86400), ask(long))) == ""
    emulator = frozen(access_token_seconds=5)
    exchange = serve(emulator, ask())
    assert answer(exchange)["expiresIn"] == 5
    clock(emulator, advance="5s")
    refused = serve(emulator, get(answer(exchange)["accessToken"]))
    assert code(refused) == "bearer.expired"


def test_settings_from_the_file():
    """Seconds out of range are a configuration error, as is an unknown name."""
    good = Configuration({"goat": {"skew_seconds": 5, "unknown_members": "ignore"}})
    assert good.settings("goat", Settings()).skew_seconds == 5
    for section in (
        {"skew_seconds": -1},
        {"access_token_seconds": 0},
        {"access_token_seconds": 10**30},
        {"skew": 1},
        {"unknown_members": "no"},
    ):
        with pytest.raises(ConfigurationError, match="goat"):
            Configuration({"goat": section}).settings("goat", Settings())


# --- kid -------------------------------------------------------------------------------------


def fingerprints(tmp_path):
    """SPKI and SSH fingerprints of client-a's key, by openssl and ssh-keygen's rule."""
    der = subprocess.run(
        ["openssl", "pkey", "-in", KEYS / "client.key.pem", "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    point = der[-65:]
    blob = b"".join(
        len(part).to_bytes(4, "big") + part for part in (b"ecdsa-sha2-nistp256", b"nistp256", point)
    )
    ssh = b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return hashlib.sha256(der).hexdigest(), f"SHA256:{ssh}"


def test_other_fingerprints_pass_with_a_webhook(emulator, tmp_path):
    """Which one Goat wants is unknown."""
    for kid in fingerprints(tmp_path):
        request = ask(assert_by_hand(header={"kid": kid}))
        exchange = serve(emulator, replace(request))
        assert code(exchange) == ""
        assert [warning.code for warning in exchange.warnings] == ["goat.kid-alias"]
        assert exchange.warnings[0].expected == KIDS["client-a"]
        assert (
            answer(serve(emulator, get(answer(exchange)["accessToken"])))["keyId"]
            == (KIDS["client-a"])
        )
        strict = serve(frozen(key_aliases=False), request)
        assert code(strict) == "client-assertion.kid-unknown"
        assert "another kind" in strict.diagnosis.hint


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda kid: ":".join(re.findall("..", kid)),
        lambda kid: ":".join(re.findall("..", kid)).upper(),
        lambda kid: kid[:20] + kid[20:].upper(),
    ],
)
def test_the_spki_fingerprint_as_openssl_prints_it(emulator, tmp_path, spell):
    """With colons and in either case, as an alias and as the registered keyId."""
    spki = fingerprints(tmp_path)[0]
    request = ask(assert_by_hand(header={"kid": spell(spki)}))
    exchange = serve(emulator, request)
    assert code(exchange) == ""
    (warning,) = exchange.warnings
    assert (warning.code, warning.expected) == ("goat.kid-alias", KIDS["client-a"])
    assert code(serve(frozen(key_aliases=False), request)) == "client-assertion.kid-unknown"
    for registered in (spki, spell(spki)):
        other = frozen()
        register(other, clientId="client-a", keyId=registered, private_key=PEMS["client-a"])
        for kid in (spki, spell(spki)):
            exchange = serve(other, ask(assert_by_hand(header={"kid": kid})))
            assert code(exchange) == ""
            assert len(exchange.warnings) == (kid != registered)


def test_a_key_id_that_only_looks_like_a_fingerprint_is_opaque(emulator):
    """Somebody chose it; its spelling counts."""
    chosen = "ab" * 32
    register(emulator, clientId="client-a", keyId=chosen, private_key=PEMS["client-a"])
    assert code(serve(emulator, ask(assert_by_hand(header={"kid": chosen})))) == ""
    refused = serve(emulator, ask(assert_by_hand(header={"kid": chosen.upper()})))
    assert code(refused) == "client-assertion.kid-unknown"


def test_fractions_of_a_second_are_a_warning(emulator):
    exchange = serve(emulator, ask(assert_by_hand(claims={"iat": float(T), "exp": T + 0.5})))
    assert code(exchange) == ""
    assert [(each.code, each.where) for each in exchange.warnings] == [
        ("goat.fraction", "body.token.claims.iat"),
        ("goat.fraction", "body.token.claims.exp"),
    ]
    assert exchange.warnings[0].hint
    assert code(serve(emulator, get(answer(exchange)["accessToken"]))) == ""


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"appId": None}, "Add appId: the clientId"),
        ({"appId": ""}, "appId is empty"),
        ({"appId": 7}, "put it in quotes"),
        ({"appId": None, "App_Id": "client-a"}, "Rename 'App_Id' to 'appId'"),
        ({"appId": None, "appID": "client-a"}, "Rename 'appID' to 'appId'"),
        ({"grantType": None, "grant_type": "client_credentials"}, "'grant_type' to 'grantType'"),
        ({"grantType": "x"}, "one grant: client_credentials"),
        ({"token": None}, "Add token: the assertion"),
        ({"clientId": "client-a"}, "appId is there already, so leave 'clientId' out"),
        ({"otro": "x"}, "Leave 'otro' out"),
        ({"appId": "Client-A"}, "Capital and small letters count. Send appId 'client-a'"),
        ({"appId": " client-a"}, "Send appId 'client-a'"),
        ({"appId": KIDS["client-a"]}, "appId is the clientId, 'client-a'"),
    ],
)
def test_hints_of_a_token_request(emulator, change, hint):
    """Each says what to write instead, in the right spelling."""
    request = ask()
    body = {**json.loads(request.body), **change}
    given = {name: value for name, value in body.items() if value is not None}
    request.body = json.dumps(given).encode()
    exchange = serve(emulator, request)
    assert exchange.verdict == "refused"
    assert hint in exchange.diagnosis.hint


def test_the_assertion_in_the_wrong_place(emulator):
    request = ask()
    body = json.loads(request.body)
    token = body.pop("token")
    request.body = json.dumps(body).encode()
    request.headers.append(("authorization", f"Bearer {token}"))
    assert "belongs in the body, as token" in serve(emulator, request).diagnosis.hint


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ({"headers": [("x-access-token", "{}")]}, "the header x-access-token"),
        ({"query": "access_token={}"}, "the query, as access_token"),
        ({}, "Fetch a token at /oauth/app/token"),
    ],
)
def test_an_access_token_in_the_wrong_place(emulator, where, hint):
    token = bought(emulator)
    headers = [(name, text.format(token)) for name, text in where.get("headers", [])]
    request = Request(
        method="GET", path="/whoami", query=where.get("query", "").format(token), headers=headers
    )
    refused = serve(emulator, request)
    assert code(refused) == "bearer.missing"
    assert hint in refused.diagnosis.hint


def test_every_refused_example_has_a_hint(emulator):
    """And none that is the word it refuses."""
    for each in PROVIDER.examples:
        exchange = serve(emulator, each.build(context(emulator)))
        if exchange.diagnosis is not None:
            assert exchange.diagnosis.hint, each.name


def test_the_registered_key_id_gives_no_webhook(emulator):
    assert serve(emulator, ask()).warnings == []


def test_kid_is_compared_exactly(emulator, tmp_path):
    spki, ssh = fingerprints(tmp_path)
    pairs = ":".join(spki[i : i + 4] for i in range(0, 64, 4))
    thumbprint = KIDS["client-a"]
    for kid in (pairs, f"{spki}:", ssh.lower(), ssh.removeprefix("SHA256:"), thumbprint + "="):
        exchange = serve(emulator, ask(assert_by_hand(header={"kid": kid})))
        assert code(exchange) == "client-assertion.kid-unknown"


# --- the access token ------------------------------------------------------------------------


def test_whoami(emulator):
    """Who, which key, which scopes, from when until when."""
    token = bought(emulator)
    for path in ("/v1/whoami", "/whoami"):
        exchange = serve(emulator, get(token, path))
        assert answer(exchange) == {
            "clientId": "client-a",
            "keyId": KIDS["client-a"],
            "scopes": ["read", "write"],
            "issuedAt": T,
            "expiresAt": T + 3600,
        }
        assert exchange.credential == "client-a"


def test_expires_by_the_emulators_clock(emulator):
    """A second before it holds, on the second no more; nor when the clock is turned back."""
    token = bought(emulator)
    clock(emulator, advance="3599s")
    assert code(serve(emulator, get(token))) == ""
    clock(emulator, advance="1s")
    exchange = serve(emulator, get(token))
    assert (code(exchange), exchange.reply.status) == ("bearer.expired", 401)
    assert exchange.diagnosis.where == "headers.authorization.exp"
    assert answer(exchange)["code"] == ERRORS["token-expired"].code
    clock(emulator, freeze=NOW)
    exchange = serve(emulator, get(token))
    assert code(exchange) == "bearer.expired"
    assert "stays expired" in exchange.diagnosis.hint
    assert code(serve(emulator, get(bought(emulator)))) == ""


def test_provider_ahead_and_behind(emulator):
    """The offset moves the provider away from the client."""
    clock(emulator, offset="-61s")
    assert code(serve(emulator, ask())) == "client-assertion.iat-in-future"
    clock(emulator, offset="-60s")
    assert code(serve(emulator, ask())) == ""
    clock(emulator, offset="3600s")
    assert code(serve(emulator, ask())) == "client-assertion.expired"
    clock(emulator, offset="59m")
    token = answer(serve(emulator, ask()))["accessToken"]
    assert answer(serve(emulator, get(token)))["issuedAt"] == T + 59 * 60


def test_offset_of_issue_only(emulator):
    """A token from a node that is ahead is not valid yet at one that is right."""
    clock(emulator, offset="10m", affects=("issue",))
    assert code(serve(emulator, get(bought(emulator)))) == "bearer.not-yet-valid"


def test_expired_assertion_after_a_day(emulator):
    """The same assertion is good for an hour."""
    request = ask()
    assert code(serve(emulator, replace(request))) == ""
    clock(emulator, advance="24h")
    assert code(serve(emulator, request)) == "client-assertion.expired"


def test_scope(emulator):
    """Asked for in the query: 403 in the three-member form where one lacks."""
    token = bought(emulator, "client-b")
    assert code(serve(emulator, get(token, query="scope=read"))) == ""
    for query in ("scope=write", "scope=read%20write", "scope=read&scope=write", "scope=READ"):
        exchange = serve(emulator, get(token, query=query))
        assert (code(exchange), exchange.reply.status) == ("goat.scope-missing", 403)
        assert list(answer(exchange)) == ["errorId", "code", "message"]
    assert code(serve(emulator, get(token, query="other=1"))) == ""


def test_scope_setting():
    emulator = frozen(whoami_scope="write")
    assert code(serve(emulator, get(bought(emulator)))) == ""
    assert code(serve(emulator, get(bought(emulator, "client-b")))) == "goat.scope-missing"


def register(emulator, **members):
    return emulator.namespace("default").register("goat", members)


@pytest.mark.parametrize("spelled", ["\\n", "\\r\\n", "\r\n", " ", ""])
def test_line_breaks_of_keys(emulator, spelled):
    """However the line breaks arrive, the keys are the same, and are kept as PEM text."""
    private = PEMS["client-a"]
    public = emulator.key_files("goat").text("client.pub.pem")
    key_id, record = PROVIDER.credentials.register(
        {
            "clientId": "client-a",
            "public_key": public.replace("\n", spelled),
            "private_key": private.replace("\n", spelled),
        },
        context(emulator),
    )
    assert (record["public_key"], record["private_key"]) == (public, private)
    assert key_id == KIDS["client-a"]


def test_a_replaced_key_ends_its_tokens(emulator):
    """Another key under the same keyId: what the old one bought passes no more."""
    token = bought(emulator)
    own = {"clientId": "client-a", "keyId": KIDS["client-a"]}
    register(emulator, **own, private_key=PEMS["client-a"], scopes=["read"])
    assert code(serve(emulator, get(token))) == ""  # the same key, registered again
    register(emulator, **own, private_key=PEMS["client-b"], scopes=["read"])
    refused = serve(emulator, get(token))
    assert (code(refused), refused.reply.status) == ("goat.key-replaced", 401)
    assert "Fetch a new token" in refused.diagnosis.hint
    register(emulator, **own, private_key=PEMS["client-a"], scopes=["read"])
    assert code(serve(emulator, get(token))) == ""
    assert code(serve(emulator, get(bought(emulator)))) == ""


def test_registration_counts_at_each_use(emulator):
    """A token outlives neither its client's status nor its scopes."""
    token = bought(emulator)
    own = {"clientId": "client-a", "private_key": PEMS["client-a"]}
    register(emulator, **own, scopes=["read"])
    exchange = serve(emulator, get(token))
    assert answer(exchange)["scopes"] == ["read"]
    assert code(serve(emulator, get(token, query="scope=write"))) == "goat.scope-missing"
    register(emulator, **own, status="inactive")
    refused = serve(emulator, get(token))
    assert (code(refused), refused.reply.status) == ("goat.client-inactive", 401)
    assert code(serve(emulator, ask())) == "goat.client-inactive"
    register(emulator, **own, scopes=["read", "write", "admin"])
    late = serve(emulator, get(token, query="scope=admin"))
    assert code(late) == "goat.scope-missing"
    assert "fetch a new one" in late.diagnosis.hint
    context(emulator).store.table("credentials").delete(KIDS["client-a"])
    gone = serve(emulator, get(token))
    assert (code(gone), gone.reply.status) == ("goat.client-unknown", 401)
    assert code(serve(emulator, ask())) == "client-assertion.kid-unknown"


def test_several_keys_of_one_client(emulator):
    """Both prove the client; one can be switched off alone."""
    second = ec.generate_private_key(ec.SECP256R1())
    pem = second.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = register(emulator, clientId="client-a", public_key=pem.decode(), scopes=["read"])
    token = assert_by_hand(header={"kid": made["keyId"]}, key=second)
    bought_ = answer(serve(emulator, ask(token)))["accessToken"]
    assert answer(serve(emulator, get(bought_)))["keyId"] == made["keyId"]
    assert code(serve(emulator, ask())) == ""
    register(emulator, clientId="client-a", public_key=pem.decode(), status="inactive")
    assert code(serve(emulator, ask(token))) == "goat.client-inactive"
    assert code(serve(emulator, get(bought_))) == "goat.client-inactive"
    assert code(serve(emulator, ask())) == ""


def test_two_authorization_headers(emulator):
    """Never the first of two."""
    request = get(bought(emulator))
    request.headers *= 2
    assert code(serve(emulator, request)) == "bearer.malformed"


def test_assertion_as_access_token_is_named(emulator):
    exchange = serve(emulator, get(assert_by_hand()))
    assert code(exchange) == "bearer.alg"
    assert "token endpoint first" in exchange.diagnosis.hint


def test_mutations_of_an_access_token(emulator):
    """A token with one character changed, left out or added is refused."""
    good = bought(emulator)
    random_ = random.Random(3)
    characters = "ABCabc019-_.=+/ xyzXYZ"
    for _ in range(1500):
        at = random_.randrange(len(good))
        new = random_.choice(characters)
        cut = random_.choice((0, 1))
        spoiled = good[:at] + random_.choice((new, "")) + good[at + cut :]
        if spoiled == good:
            continue
        exchange = serve(emulator, get(spoiled))
        assert exchange.reply.status == 401, spoiled
    assert code(serve(emulator, get(good))) == ""


def test_tokens_by_others(emulator):
    """The right claims, another key or algorithm."""
    claims = jwt.decode(bought(emulator), options={"verify_signature": False})
    for secret, algorithm in ((b"x" * 32, "HS256"), (b"x" * 64, "HS512")):
        token = jwt.encode(claims, secret, algorithm=algorithm)
        assert code(serve(emulator, get(token))) in ("bearer.signature", "bearer.alg")
    with_key = jwt.encode(claims, SECRET * 2, algorithm="HS512")
    assert code(serve(emulator, get(with_key))) == "bearer.alg"
    assert code(serve(emulator, get(jwt.encode(claims, SECRET, algorithm="HS256")))) == ""
    forged = {**claims, "sub": "client-b"}  # who has the secret: the key must be its client's
    token = jwt.encode(forged, SECRET, algorithm="HS256")
    assert code(serve(emulator, get(token))) == "goat.client-unknown"


# --- where nothing is ------------------------------------------------------------------------


def test_unknown_paths(emulator):
    """Authenticated like the resources; the token endpoint's neighbours need no token."""
    token = bought(emulator)
    for path in ("/v1/payments", "/", "/v1/whoami/", "/V1/whoami", "/v1/oauthx", "/x/oauth/y"):
        exchange = serve(emulator, get(path=path))
        # On the wire it is the token; what is said is the path, where it is clear which one.
        assert exchange.reply.status == 401
        meant = "whoami" in path
        assert code(exchange) == ("request.not-found" if meant else "bearer.missing")
        exchange = serve(emulator, get(token, path))
        assert (code(exchange), exchange.reply.status) == ("request.not-found", 404)
        assert list(answer(exchange)) == ["errorId", "code", "message"]
    for path in ("/v1/oauth/token", "/oauth/app/token/", "/oauth"):
        exchange = serve(emulator, post(b"{}", path))
        assert (code(exchange), exchange.reply.status) == ("request.not-found", 404)


def test_methods(emulator):
    for method, path in (("GET", TOKEN), ("PUT", TOKEN), ("POST", WHOAMI), ("HEAD", WHOAMI)):
        request = ask()
        request.method, request.path = method, path
        exchange = serve(emulator, request)
        assert (code(exchange), exchange.reply.status) == ("request.method", 405)


def test_too_large(emulator):
    request = ask()
    request.problem = BODY_TOO_LARGE.found()
    exchange = serve(emulator, request)
    assert (code(exchange), exchange.reply.status) == ("request.too-large", 413)


def test_judged_twice_is_judged_alike(emulator):
    """Nothing is left of the first judgement in the second."""
    exchange = serve(emulator, ask())
    told = (exchange.credential, exchange.payload, exchange.warnings)
    PROVIDER.endpoints[0].authenticate(exchange, context(emulator))
    assert (exchange.credential, exchange.payload, exchange.warnings) == told


def test_state_is_not_touched_by_authentication(emulator):
    engine = emulator.engine
    before = json.dumps(sorted(engine.scan(("default", "goat.credentials"))))
    for _ in range(3):
        serve(emulator, get())
        serve(emulator, ask(assert_by_hand(key=PRIVATE["client-b"])))
    assert json.dumps(sorted(engine.scan(("default", "goat.credentials")))) == before
    claims = jwt.decode(bought(emulator), options={"verify_signature": False})
    assert claims["jti"].endswith(".1")


# --- fuzz ------------------------------------------------------------------------------------

FUZZ = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_texts = st.text(st.characters(), max_size=30)  # lone surrogates too
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | _texts
    | st.sampled_from(["client-a", "client_credentials", AUDIENCE, T]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=8,
)
_members = st.sampled_from(["appId", "token", "grantType", "client_id", "scope", "x"]) | _texts
_claims = st.dictionaries(
    st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "alg", "kid", "typ", "b64"])
    | _texts,
    _values | st.integers(T - 5000, T + 5000),
    max_size=4,
)


def shown(emulator, exchange):
    """The journal's page of it is JSON in UTF-8, and the reply is JSON."""
    page = showing.full(exchange, emulator.namespace("default").mask())
    json.dumps(page, ensure_ascii=False).encode("utf-8")
    assert loads(exchange.reply.body)


SHARED: list[Emulator] = []


def shared():
    """One emulator for a whole fuzz: making one costs more than a request."""
    if not SHARED:
        SHARED.append(frozen())
    return SHARED[0]


@FUZZ
@given(body=st.binary(max_size=200) | _texts.map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes(body):
    emulator = shared()
    exchange = serve(emulator, post(body))
    assert exchange.reply.status == 400
    shown(emulator, exchange)


@pytest.mark.slow
@FUZZ
@given(body=st.dictionaries(_members, _values, max_size=5) | _values)
@example(body={"appId": "client-a", "token": "\ud800", "grantType": "client_credentials"})
@example(body={"appId": "a", "token": "t", "grantType": "client_credentials", "\ud800": 1})
def test_any_json(body):
    emulator = shared()
    exchange = serve(emulator, post(body))
    assert exchange.reply.status in (400, 401)
    shown(emulator, exchange)


@pytest.mark.slow
@FUZZ
@given(header=_claims, claims=_claims, app_id=_texts | st.just("client-a"))
@example(header={"kid": "\ud800"}, claims={}, app_id="client-a")
@example(header={}, claims={"aud": [AUDIENCE, "\ud800"], "x\ud800": "\udfff"}, app_id="client-a")
@example(header={}, claims={"exp": 10**400}, app_id="client-a")
@example(header={}, claims={"nbf": -(10**400)}, app_id="client-a")
def test_any_claims(header, claims, app_id):
    """Well signed nonsense: accepted only if it is none."""
    emulator = shared()
    exchange = serve(emulator, ask(assert_by_hand(header=header, claims=claims), app_id))
    shown(emulator, exchange)
    if exchange.verdict == "accepted":
        said = {"iss": "client-a", "sub": "client-a", "iat": T, "exp": T + 3600, **claims}
        aud = claims.get("aud", AUDIENCE)
        assert said["iss"] == said["sub"] == app_id == "client-a"
        assert aud == AUDIENCE or AUDIENCE in aud
        assert said["exp"] > T
        assert said["iat"] <= T + 60
        assert {"alg": "ES256", **header}["alg"] == "ES256"


@FUZZ
@given(token=st.text(max_size=60) | st.text("eyJ.AB-_=\n ", max_size=60))
def test_any_token(token):
    emulator = shared()
    exchange = serve(emulator, ask(token))
    assert exchange.verdict == "refused"
    shown(emulator, exchange)


@pytest.mark.slow
@FUZZ
@given(
    claims=st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "scope", "key_id", "jti"]),
        _values.filter(lambda v: v == v),
        max_size=3,
    )
)
@example(claims={"key_id": []})
@example(claims={"scope": "\ud800"})
@example(claims={"exp": 10**400})
@example(claims={"iat": -(10**400)})
def test_any_access_claims(claims):
    """Who has the secret cannot break the server either."""
    emulator = shared()
    right = {
        "iss": "https://api.goat.ar",
        "sub": "client-a",
        "aud": "https://api.goat.ar/v1",
        "iat": T,
        "exp": T + 10,
        "scope": "read",
        "key_id": KIDS["client-a"],
        **claims,
    }
    text = ".".join(b64u(json.dumps(part).encode()) for part in ({"alg": "HS256"}, right))
    mac = hmac.new(SECRET, text.encode(), hashlib.sha256).digest()
    exchange = serve(emulator, get(f"{text}.{b64u(mac)}"))
    assert exchange.reply.status in (200, 401)
    shown(emulator, exchange)


@pytest.mark.slow
@FUZZ
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS", "HEAD"]) | st.text(max_size=5),
    path=st.sampled_from([TOKEN, WHOAMI, "/v1/oauth/x"]) | st.text(max_size=20).map("/{}".format),
    query=st.text(st.characters(max_codepoint=255), max_size=40) | st.just("scope=%ff%00+&scope"),
    headers=st.lists(
        st.tuples(
            st.sampled_from(["authorization", "content-type", "content-encoding", "host"]),
            st.text(st.characters(max_codepoint=255), max_size=40)
            | st.sampled_from(
                ["Bearer ", "Bearer a.b.c", "application/json", "multipart/form-data"]
            ),
        ),
        max_size=4,
    ),
    body=st.binary(max_size=60),
)
def test_any_request(method, path, query, headers, body):
    emulator = shared()
    request = Request(method=method, path=path, query=query, headers=headers, body=body)
    exchange = serve(emulator, request)
    assert exchange.verdict == "refused"
    shown(emulator, exchange)


@FUZZ
@given(query=st.text(st.characters(max_codepoint=255), max_size=60))
def test_any_query_with_a_token(query):
    emulator = shared()
    exchange = serve(emulator, get(bought(emulator), query=query))
    assert exchange.reply.status in (200, 403)


# --- registration ----------------------------------------------------------------------------


def pem_of(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


FRESH = ec.derive_private_key(12345, ec.SECP256R1())
P384 = ec.derive_private_key(12345, ec.SECP384R1())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Self-signed certificates by openssl: of the fresh P-256 key, and of a P-384 one."""
    directory = tmp_path_factory.mktemp("certificates")

    def make(key):
        (directory / "key.pem").write_text(private_pem_of(key))
        return subprocess.run(
            ["openssl", "req", "-x509", "-key", directory / "key.pem", "-subj", "/CN=x"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    return make


def test_registration_by_public_key(emulator):
    """Named by its RFC 7638 thumbprint, with two aliases."""
    made = register(emulator, clientId="new", public_key=pem_of(FRESH))
    assert made["keyId"] == ECKey.import_key(pem_of(FRESH)).thumbprint()
    assert (made["status"], made["scopes"], len(made["aliases"])) == ("active", [], 2)
    token = assert_by_hand(
        header={"kid": made["keyId"]}, claims={"iss": "new", "sub": "new"}, key=FRESH
    )
    assert code(serve(emulator, ask(token, "new"))) == ""
    view = PROVIDER.credentials.view(made, context(emulator).keys, "http://x/goat")
    assert view["private_key"] == ""


def test_registration_by_certificate(emulator, certificate):
    """X.509 carries the key and nothing else."""
    made = register(emulator, clientId="new", public_key=certificate(FRESH))
    assert made["public_key"] == pem_of(FRESH)


def test_registration_of_a_chosen_key_id(emulator, tmp_path):
    """Then nothing but that text means the key."""
    made = register(emulator, clientId="new", public_key=pem_of(FRESH), keyId="my key")
    assert made["aliases"] == []
    own = {"claims": {"iss": "new", "sub": "new"}, "key": FRESH}
    assert code(serve(emulator, ask(assert_by_hand(header={"kid": "my key"}, **own), "new"))) == ""
    thumbprint = ECKey.import_key(pem_of(FRESH)).thumbprint()
    other = serve(emulator, ask(assert_by_hand(header={"kid": thumbprint}, **own), "new"))
    assert code(other) == "client-assertion.kid-unknown"


def test_view_is_what_the_interface_promises(emulator):
    made = emulator.namespace("default").credentials("goat")[0]
    view = PROVIDER.credentials.view(made, context(emulator).keys, "http://x/goat")
    assert list(view) == ["base_url", "clientId", "keyId", "private_key", "audience"]
    assert view["clientId"] == "client-a"
    assert view["audience"] == AUDIENCE
    again = register(emulator, **view)
    assert again["keyId"] == made["keyId"]


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"clientid": "x"}, "did you mean 'clientId'"),
        ({}, "public_key"),
        ({"clientId": None}, "clientId"),
        ({"clientId": ""}, "clientId"),
        ({"clientId": "a\nb"}, "clientId"),
        ({"clientId": "é"}, "clientId"),
        ({"clientId": 7}, "clientId"),
        ({"public_key": "x"}, "public_key"),
        ({"public_key": "\ud800"}, "public_key"),
        ({"public_key": PEMS["client-b"]}, "private key"),
        ({"public_key": pem_of(P384)}, "P-256"),
        (
            {"public_key": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
            "public_key",
        ),
        ({"private_key": "x"}, "private_key"),
        ({"private_key": private_pem_of(P384)}, "P-256"),
        ({"private_key": PEMS["client-b"]}, "does not belong"),
        ({"keyId": "a\tb"}, "keyId"),
        ({"keyId": KIDS["client-a"]}, "registered for 'client-a'"),
        ({"status": "expired"}, "status"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": ["a b"]}, "scopes"),
        ({"scopes": [1]}, "scopes"),
        ({"aliases": [""]}, "aliases"),
        ({"audience": "https://x"}, "audience"),
    ],
)
def test_registration_refused(members, told, emulator):
    """One line that names the member."""
    whole = {"clientId": "new", "public_key": pem_of(FRESH), **members}
    if not members:
        del whole["public_key"]
    with pytest.raises(ConfigurationError, match=re.escape(told)) as refused:
        register(emulator, **whole)
    assert "\n" not in str(refused.value)


def test_registration_of_other_keys(emulator, certificate):
    """RSA, and a certificate on another curve."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    for pem in (pem_of(rsa_key), certificate(P384), certificate(rsa_key)):
        with pytest.raises(ConfigurationError, match="P-256"):
            register(emulator, clientId="new", public_key=pem)
    with pytest.raises(ConfigurationError, match="P-256"):
        register(emulator, clientId="new", private_key=private_pem_of(rsa_key))


@pytest.mark.slow
@FUZZ
@given(
    members=st.dictionaries(
        st.sampled_from(
            [
                "clientId",
                "keyId",
                "public_key",
                "private_key",
                "scopes",
                "aliases",
                "status",
                "audience",
                "x",
            ]
        ),
        _values,
        max_size=5,
    )
)
def test_any_registration(members):
    """Anything but a credential is a ConfigurationError."""
    with pytest.raises(ConfigurationError):
        PROVIDER.credentials.register(
            {"clientId": "n", "public_key": "x", **members}, context(shared())
        )


def test_fresh_keys_work(tmp_path):
    """What `emulator keys new` writes can be served and signed with."""
    PROVIDER.credentials.make_keys(tmp_path / "goat")
    assert {each.name for each in (tmp_path / "goat").iterdir()} == {
        each.name for each in KEYS.iterdir()
    }
    emulator = Emulator(keys=tmp_path)
    for each in PROVIDER.examples:
        assert code(serve(emulator, each.build(context(emulator)))) == each.code


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("token.secret", "00"),
        ("token.secret", "zz" * 32),
        ("credentials.json", "{"),
        ("credentials.json", "[]"),
        ("credentials.json", "[1]"),
        ("credentials.json", '[{"clientId": "a", "public_key": "gone.pem"}]'),
        ("client.pub.pem", "x"),
    ],
)
def test_broken_key_files(name, text, tmp_path):
    """Told at the start, not at the first request."""
    PROVIDER.credentials.make_keys(tmp_path / "goat")
    (tmp_path / "goat" / name).write_text(text)
    with pytest.raises(ConfigurationError):
        Emulator(keys=tmp_path)


# --- signing ---------------------------------------------------------------------------------


def test_sign(emulator):
    """What `emulator sign` prints can be sent as it is."""
    signed = PROVIDER.sign("oauth.token", None, context(emulator), "http://x/goat")
    assert code(serve(emulator, signed.request)) == ""
    sent = json.loads(signed.request.body)
    assert sent["token"].startswith(signed.canonical + ".")
    whoami = PROVIDER.sign("whoami", {"scope": "read"}, context(emulator), "http://x/goat")
    request = whoami.ready(lambda each: serve(emulator, each).reply.body)
    assert code(serve(emulator, request)) == ""


def test_sign_goes_by_the_scopes_time(emulator):
    """A provider that is wrong about the time does not make the client wrong."""
    clock(emulator, offset="-10m")
    signed = PROVIDER.sign("oauth.token", None, context(emulator), "")
    assert code(serve(emulator, signed.request)) == "client-assertion.iat-in-future"


def test_sign_refuses(emulator):
    for endpoint, payload in (
        ("x", None),
        ("oauth.token", []),
        ("whoami", {"x": 1}),
        ("whoami", 1),
    ):
        with pytest.raises(ConfigurationError):
            PROVIDER.sign(endpoint, payload, context(emulator), "")
    context(emulator).store.engine.clear("default")
    with pytest.raises(ConfigurationError, match="no active client"):
        PROVIDER.sign("oauth.token", None, context(emulator), "")


def test_second_header_counts(emulator):
    """Of two Content-Encodings or Content-Types the second is looked at too."""
    for more, found in (
        ([("content-encoding", "identity"), ("content-encoding", "gzip")], "content-encoding"),
        ([("content-type", "application/json")], "content-type-twice"),
    ):
        request = ask()
        request.headers += more
        assert code(serve(emulator, request)) == f"request.{found}"


def test_token_of_another_run(emulator):
    """Not in another namespace, not in another emulator, not after a reset."""

    def whoami(where, name, token):
        namespace = where.namespace(name)
        namespace.clock.change(ClockChange(freeze=NOW))
        return code(asyncio.run(where.serve(namespace, PROVIDER, get(token))))

    token = answer(serve(emulator, ask()))["accessToken"]
    assert whoami(emulator, "default", token) == ""
    assert whoami(emulator, "other", token) == "goat.token-of-another-run"
    store = emulator.namespace("default").contexts["goat"].store
    store.table("token-run").delete("run")
    assert whoami(emulator, "default", token) == "goat.token-of-another-run"
    fresh = answer(serve(emulator, ask()))["accessToken"]
    assert whoami(emulator, "default", token) == "goat.token-of-another-run"
    assert whoami(emulator, "default", fresh) == ""


# --- what scenarios change ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["next", "previous", "rogue"])
def test_keys_for_scenarios(name, emulator):
    """The shipped files are pairs of their own; a credential with one is a right one."""
    files = emulator.key_files("goat")
    before = record(emulator)
    made = PROVIDER.credentials.rekeyed(before, name, files)
    assert {key for key in before if before[key] != made[key]} == {"public_key", "private_key"}
    assert made["public_key"] not in PEMS.values()
    assert PROVIDER.credentials.register(made, context(emulator)) == (before["keyId"], made)
    view = PROVIDER.credentials.view(made, files, "")
    assert (view["keyId"], view["private_key"]) == (before["keyId"], made["private_key"])


def test_current_key(emulator):
    """It is the client's own."""
    before = record(emulator)
    assert PROVIDER.credentials.rekeyed(before, "current", emulator.key_files("goat")) == before


def test_bent_signing_key(emulator):
    """As documented: HMAC-SHA256 of the name under the secret; nothing it signs is taken."""
    for name in ("next", "previous", "rogue"):
        changed = replace(context(emulator), changes=Changes(sign_with=name))
        token = state.issue(record(emulator), changed)
        key = hmac.digest(SECRET, name.encode(), "sha256")
        assert joserfc_jwt.decode(token, OctKey.import_key(key)).claims["sub"] == "client-a"
        assert code(serve(emulator, get(token))) == "bearer.signature"
    right = state.issue(
        record(emulator), replace(context(emulator), changes=Changes(sign_with="current"))
    )
    assert code(serve(emulator, get(right))) == ""


@pytest.mark.parametrize("alg", ["RS256", "ES256", "none"])
def test_forged_tokens_are_what_they_say(alg):
    """Signed indeed with that algorithm, and the key is made once."""
    first, second = (bearer.forge({"a": 1}, b"", alg) for _ in range(2))
    assert jwt.get_unverified_header(first)["alg"] == alg
    assert jwt.decode(first, options={"verify_signature": False}) == {"a": 1}
    assert (first == second) == (alg != "ES256")  # ECDSA draws


def test_revoking_does_not_touch_another_client(emulator):
    """One token by its jti, and all only when all are meant."""
    mine, theirs = (
        state.issue(record(emulator, each), context(emulator)) for each in ("client-a", "client-b")
    )
    for _ in range(2):
        state.TOKENS.revoke(
            jwt.decode(mine, options={"verify_signature": False}), context(emulator)
        )
    assert code(serve(emulator, get(mine))) == "goat.token-revoked"
    assert code(serve(emulator, get(theirs))) == ""
    state.TOKENS.revoke_all(context(emulator))
    assert code(serve(emulator, get(theirs))) == "goat.token-revoked"
