"""Whatever is in the journal can be shown, and the control API never fails."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import emulator as emulator_package
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.json_text import shown
from emulator.emulator import Emulator
from emulator.providers import discover

DEEP: Any = 1
for _ in range(5000):
    DEEP = [DEEP]
CYCLE: list[Any] = []
CYCLE.append(CYCLE)

VALUES: dict[str, Any] = {
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "no number": float("nan"),
    "1e999 of JSON": json.loads("1e999"),
    "a large double": 1.7976931348623157e308,
    "minus zero": -0.0,
    "a huge integer": 10**9000,
    "a large integer": 2**64,
    "a lone surrogate": "a\ud800b",
    "a surrogate in a name": {"\udfff": 1},
    "a NUL": "a\0b",
    "control signs": "\x1b[2J\r\n\u202e\u2028",
    "other planes": "\U0010ffff🔑",
    "deep": DEEP,
    "a cycle": CYCLE,
    "names of other kinds": {1: 2, None: 3, (1, 2): 4, 1.5: 5},
    "names that are the same when shown": {"1": 2, 1: 3},
    "bytes": b"\xff\x00",
    "a set": {1},
    "an object": object(),
    "an empty name": {"": {}},
    "nothing": None,
}


@pytest.fixture
def emulator():
    return Emulator()


@pytest.fixture
def client(emulator):
    with TestClient(emulator.app, base_url="http://localhost", raise_server_exceptions=False) as it:
        yield it


@pytest.mark.parametrize("name", VALUES)
def test_any_value_is_written(name):
    """As JSON that any reader of JSON takes."""
    text = shown({"a": [VALUES[name]]})
    json.loads(text, parse_constant=pytest.fail)
    assert "a" in json.loads(text.decode("utf-8", "strict"))


@pytest.mark.parametrize("name", VALUES)
def test_any_payload_is_shown(client, emulator, name):
    """Wherever a value got into an exchange."""
    namespace = emulator.namespace("default")
    namespace.journal.enter(
        Exchange(
            number=1,
            namespace="default",
            provider="tesabiz",
            endpoint="jws.encript",
            request=Request(method="POST", path="/\ud800", query="\ud800", body=b"\xff\xfe\0"),
            received_at=-1e12 if name == "nothing" else 4e11,
            payload=VALUES[name],
            parameters={"x": "\ud800"},
            credential="\udfff",
            reply=Reply(200, b"\xed\xa0\x80", headers=[("x", "\ud800")]),
        )
    )
    for path in ("/requests/1", "/requests", "/requests/wait?timeout=0"):
        answer = client.get(f"/_emulator{path}")
        assert (answer.status_code, answer.headers.get("emulator-bug")) == (200, None), answer.text
        json.loads(answer.content, parse_constant=pytest.fail)
    answer = client.post("/_emulator/requests/verify", json=[{"count": 1, "provider": "tesabiz"}])
    assert answer.status_code in (200, 422), answer.text


def test_members_that_are_masked_to_one_name_are_all_shown(client, emulator):
    """None of them replaces another."""
    secrets = [
        record["secretKey"] for record in emulator.namespace("default").credentials("placetopay")
    ]
    exchange = Exchange(
        number=1,
        namespace="default",
        provider="goat",
        endpoint="whoami",
        request=Request(method="GET", path="/"),
        received_at=0.0,
        payload={secrets[0]: 1, secrets[1]: 2},
    )
    emulator.namespace("default").journal.enter(exchange)
    assert client.get("/_emulator/requests/1").json()["payload"] == {"***": 1, "*** (2)": 2}


@pytest.mark.parametrize(
    "lexeme", ["1e999", "-1e999", "NaN", "Infinity", '"\\ud800"', "9" * 5000, "[" * 900 + "]" * 900]
)
def test_a_wild_value_in_a_jws_is_refused_and_shown(client, lexeme):
    """The diagnosis is needed most where the value is odd."""
    import jwt
    from jwt.utils import base64url_encode

    merchant = client.get("/_emulator/credentials").json()["tesabiz"]
    signer = jwt.PyJWS()
    payload = f'{{"infoTx": {{"sisOrigen": "SO_1"}}, "qrCobro": {{"importe": {lexeme}}}}}'.encode()
    text = signer.encode(payload, merchant["private_key"], algorithm="RS256")
    assert base64url_encode(b"{}")
    path = "/tesabiz/tesabiz-ws-security/sc/jws/encript"
    answer = client.post(path, json={"code": merchant["code"], "payload": text})
    assert "emulator-diagnosis" in answer.headers
    told = client.get("/_emulator/requests/1")
    assert told.status_code == 200
    assert told.json()["diagnosis"]["hint"]


def test_every_answer_of_ours_can_be_written():
    """The class of Starlette fails on what JSON has no spelling for."""
    root = Path(emulator_package.__file__).parent
    users = {path.name for path in root.rglob("*.py") if "JSONResponse" in path.read_text("utf-8")}
    assert users == {"answering.py"}


def test_a_bug_of_ours_says_so(client, emulator, monkeypatch, capsys):
    """With a hint and the header; the traceback is on the console, without secrets."""
    secret = emulator.namespace("default").credentials("pagsmile")[0]["app_key"]

    def fail(*arguments):
        raise KeyError(f"oh no {secret}")

    monkeypatch.setattr(type(emulator.namespace("default").clock), "as_json", fail)
    answer = client.get("/_emulator/clock")
    assert answer.status_code == 500
    assert answer.headers["emulator-bug"] == "1"
    assert answer.json().keys() == {"error", "hint"}
    assert "oh no" not in answer.text
    told = capsys.readouterr().err
    assert "oh no ***" in told
    assert "Traceback" in told


def test_a_bug_on_the_way_to_a_provider_says_so(client, emulator, monkeypatch):
    """Nothing is a bare 500 there either."""

    async def fail(*arguments):
        raise RuntimeError("oh no")

    monkeypatch.setattr(emulator, "serve", fail)
    answer = client.get("/goat/v1/whoami")
    assert (answer.status_code, answer.headers["emulator-bug"]) == (500, "1")
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/_emulator/health", "GET, HEAD"),
        ("DELETE", "/_emulator/clock", "GET, HEAD, PATCH"),
        ("GET", "/_emulator/reset", "POST"),
        ("BREW", "/_emulator/scenario", "DELETE, GET, HEAD, PUT"),
        ("GET", "/placetopay/api/session", "POST"),
        ("PUT", "/pagsmile/api/payout", "POST"),
        ("OPTIONS", "/goat/oauth/app/token", "POST"),
        ("HEAD", "/pagsmile/api/payout", "POST"),
    ],
)
def test_405_says_what_is_allowed(client, method, path, allowed):
    """On the control API and on providers' paths (RFC 9110, 15.5.6)."""
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert ", ".join(sorted(answer.headers["allow"].split(", "))) == allowed


def test_options_and_head_of_the_control_api(client):
    """OPTIONS names the methods; HEAD is a GET without a body."""
    answer = client.options("/_emulator/clock")
    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH"}
    answer = client.head("/_emulator/health")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.options("/_emulator/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/_emulator/clock", "/goat/v1/whoami"])
def test_two_namespaces_are_refused(client, emulator, path):
    """Path and header must not name two; the same twice, or one of them, is fine."""
    twice = client.get(f"/_ns/a{path}", headers={"emulator-namespace": "b"})
    assert twice.status_code == 400
    assert "another namespace" in twice.text
    assert {each.name for each in emulator.namespaces} == {"default"}
    assert client.get(f"/_ns/a{path}", headers={"emulator-namespace": "a"}).status_code != 400
    assert client.get(f"/_ns/a{path}").status_code != 400


# --- every call with wild arguments ---------------------------------------------------------

WILD = (
    *("", "a", "0", "-1", "1e999", "9" * 5000, "99999999999999999999", "NaN", "true", "null"),
    *("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "%00", "\0", "*", "[a"),
    *("9000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "99999d", "-99999d", "1ms", "+2s/m"),
    *("default", "placetopay", "session.create", "rogue", "🔑", "é" * 300, "((((" * 50, "' or 1"),
)
JSON_VALUES = (
    *(None, True, 0, -1, 1.5, 2**70, "", "a", "1e999", [], {}, [[]], {"a": {"b": []}}),
    *("9000-01-01T00:00:00Z", "365000d", "-365000d", "\0", "🔑", "/a/b", "http://127.0.0.1:1/x"),
)
RAW_BODIES = (
    *(b"", b"{", b"null", b"[]", b'"a"', b"1e999", b"\xff\xfe", b"{}" * 3, b"[" * 10_000),
    *(b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":"\\ud800"}', b"a: &x [*x]", b"!!python/object:a {}"),
    *(b"scenario: x\nversion: 1\nrules: []", b"- *", b"? [a]\n: b", b"9" * 5000, b"\0", b"%YAML 9"),
)
TYPES = (
    "application/json",
    "application/yaml",
    "text/plain",
    "",
    "a/b;c=\xff",
    "application/json;;",
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_fuzzed_calls_find_no_bug(emulator, client, seed):
    """Five hundred calls each: every answer is JSON, and none is a bug of ours."""
    from emulator.control import operations

    chance = random.Random(seed)
    calls = [each for each in operations() if "wait" not in each.path]
    for number in range(500):
        operation = chance.choice(calls)
        path = "".join(
            chance.choice((*emulator.providers, *WILD)) if part.startswith("{") else part
            for part in operation.path.replace("{", "\n{").replace("}", "}\n").split("\n")
        )
        answer = client.request(
            chance.choice((operation.method, operation.method, "POST", "PUT", "PATCH")),
            "/_emulator" + path.replace("\0", "%00").replace("?", "%3F").replace("#", "%23"),
            params=_query(chance, operation, emulator),
            content=_body(chance, operation),
            headers=[(b"content-type", chance.choice(TYPES).encode("latin-1"))],
        )
        assert "emulator-bug" not in answer.headers, (seed, number, operation.path, answer.request)
        assert answer.status_code < 500, (seed, number, operation, answer.text)
        if answer.content:
            assert "json" in answer.headers["content-type"], (number, operation, answer.text)
            json.loads(answer.content, parse_constant=pytest.fail)
        if answer.status_code >= 400 and answer.content:
            assert answer.json()["error"]


def _query(chance, operation, emulator):
    known = list(operation.parameters(emulator))
    names = chance.choices([*known, *WILD], k=chance.choice((0, 0, 1, 1, 2)))
    return [(name.replace("\ud800", ""), chance.choice(WILD)) for name in names]


def _body(chance, operation):
    if chance.random() < 0.3:
        return chance.choice(RAW_BODIES)
    names = [*(operation.members or {}), "login", "secretKey", "app_id", "notificationUrl", "/a/b"]
    chosen = chance.choices([*names, *WILD[:12]], k=chance.randrange(4))
    return json.dumps({name: chance.choice(JSON_VALUES) for name in chosen}).encode()


@pytest.mark.slow
def test_clocks_at_the_ends_of_time_can_be_shown(client):
    """And so can what is due then."""
    for change in (
        {"start": "9000-01-01T00:00:00Z", "offset": "365000d"},
        {"reset": True, "offset": "-2500000d"},
        {"advance": "2000000d"},
        {"advance": "2000000d"},
        {"drift": "+9s/s"},
        {"freeze": "1970-01-01T00:00:00Z"},
    ):
        answer = client.patch("/_emulator/clock", json=change)
        assert answer.status_code in (200, 422), answer.text
        for provider in discover():
            assert "emulator-bug" not in client.post(f"/{provider}/x", json={}).headers
        for path in ("/clock", "/requests", "/webhooks", "/scenario", "/credentials"):
            told = client.get(f"/_emulator{path}")
            assert told.status_code in (200, 404), (change, path, told.text)
