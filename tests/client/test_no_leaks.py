"""Whatever a provider answers, a client raises its own errors and no other."""

from __future__ import annotations

import json
import pickle
import ssl

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import EVERY, SALE, World, arguments, operations

from emulator import client as clients
from emulator.client import ClientError, ClientTimeoutError, TransportError

NUMBERS = st.sampled_from([10**400, -1, 0, 1.5, 10**18])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = st.sampled_from([
    "status", "requestId", "processUrl", "payment", "code", "data", "msg", "accessToken", "token",
    "success", "codReturn", "payload", "header", "qrCobro", "idQr", "hash", "error", "detail",
    "requests", "webhooks", "timestamp", "scenario", "url", "checkout_url", "message", "session",
])  # fmt: skip
LIKELY = st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON) | st.just("0") | st.just(200))
SPECIAL = st.sampled_from([
    b"", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b"1" * 5_000, b'{"status":NaN}',
    b'{"requestId":1e999,"status":{"status":"OK"}}', b'"\\ud800"', b"\xef\xbb\xbf{}",
    b'{"token":"a\\r\\nb","success":true}', b'{"accessToken":"\\u00e9","message":"x"}',
    b'{"status":{"status":"\\ud800"}}', b"<RESPONSE>", b"<?xml version='1.0' encoding='no'?><a/>",
    b"<RESPONSE><MENSAJE><CODIGO>01</CODIGO><SALDO_F>a</SALDO_F></MENSAJE></RESPONSE>",
    b"<RESPONSE><MENSAJE><CODIGO>01</CODIGO><SALDO_F>NaN</SALDO_F></MENSAJE></RESPONSE>",
    b"<RESPONSE><MENSAJE><CODIGO>01</CODIGO></MENSAJE></RESPONSE>",
])  # fmt: skip
BODIES = SPECIAL | st.binary(max_size=60) | LIKELY.map(lambda value: json.dumps(value).encode())
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503])
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(["application/json", "text/html; charset=x", "é"]),
        "emulator-diagnosis": st.sampled_from(["goat.401", "é", "x" * 1000]),
        "emulator-exchange": st.sampled_from(["1", "9" * 5000, "-1", "x", "²"]),
        "retry-after": st.sampled_from(["1", "x", "9" * 30, "Wed, 21 Oct 2026 07:28:00 GMT"]),
        "set-cookie": st.sampled_from(["a=b", "=", "\xe9"]),
        "location": st.just("http://["),
    },
)
FAILURES = [
    httpx2.ConnectError(""), httpx2.ConnectTimeout(""), httpx2.ReadError("reset"),
    httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("peer closed"), httpx2.WriteError(""),
    httpx2.PoolTimeout(""), httpx2.DecodingError("x"), httpx2.TooManyRedirects("x"),
    httpx2.InvalidURL("x"), httpx2.StreamClosed(), OSError("x"), ssl.SSLError("x"),
    httpx2.LocalProtocolError("x"), httpx2.ProxyError("x"), httpx2.UnsupportedProtocol("x"),
]  # fmt: skip


def attempt(world, operation, **given):
    """Call an operation; what it raises must be an error of the client, and printable."""
    try:
        world.call(operation, **given)
    except ClientError as error:
        text = f"{error!s} {error!r} {error.code + error.message}".encode()
        assert text, (error.status or 0) + (error.exchange or 0)  # noqa: PT017 - an int each


@pytest.mark.slow
@pytest.mark.parametrize(("name", "operation"), EVERY)
@given(status=STATUSES, headers=HEADERS, bodies=st.lists(BODIES, min_size=1, max_size=3))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_answers(name, operation, status, headers, bodies):
    """Garbage, wrong types, huge numbers: an answer or an error of the client."""
    waiting = list(bodies)

    def provider(request):
        body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        raw = [(key.encode(), value.encode("latin-1", "replace")) for key, value in headers.items()]
        return httpx2.Response(status, headers=raw, content=body)

    attempt(World(name, provider, is_async=False), operation, **arguments(name, operation))


@pytest.mark.slow
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
def test_failures(failure, is_async):
    """Whatever the HTTP library raises, in each operation."""

    def provider(request):
        raise failure

    for name, operation in EVERY:
        world = World(name, provider, is_async)
        with pytest.raises(ClientError) as raised:
            world.call(operation, **arguments(name, operation))
        assert type(raised.value).__module__.startswith("emulator.")


@pytest.mark.parametrize("is_async", [False, True])
def test_compressed_garbage(is_async):
    """An answer that says gzip and is none."""

    def provider(request):
        stream = httpx2.ByteStream(b"no gzip")
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=stream)

    world = World("Pagsmile", provider, is_async)
    with pytest.raises(ClientError, match="cannot be decompressed"):
        world.call("balance")


class Dripping(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body of many parts, each of which takes a while by the clock of the test."""

    def __init__(self, parts, tick):
        self.parts, self.tick = parts, tick

    def __iter__(self):
        for part in self.parts:
            self.tick()
            yield part

    async def __aiter__(self):
        for part in self:
            yield part


@pytest.mark.parametrize("is_async", [False, True])
def test_an_answer_that_does_not_end(is_async, monkeypatch):
    """The timeout is for the whole answer, not for each part of it."""
    now = [0.0]
    monkeypatch.setattr("emulator.client.core.exchange.time.monotonic", lambda: now[0])

    def tick():
        now[0] += 3.0

    def provider(request):
        return httpx2.Response(200, stream=Dripping([b"x"] * 1000, tick))

    world = World("Pagsmile", provider, is_async, timeout=10)
    with pytest.raises(ClientTimeoutError, match="did not end in time"):
        world.call("balance")
    assert now[0] == 12.0


@pytest.mark.parametrize("name", clients.modules())
def test_a_closed_client(name):
    """It says so; it does not open again by itself."""
    world = World(name, lambda request: httpx2.Response(200), is_async=False)
    world.client.close()
    operation = next(each for of, each in EVERY if of == name)
    with pytest.raises(clients.ConfigurationError, match="the client is closed"):
        world.call(operation, **arguments(name, operation))


def test_an_answer_that_is_too_large(monkeypatch):
    monkeypatch.setattr("emulator.client.core.exchange.MOST_BYTES", 1000)
    world = World("Pagsmile", lambda request: httpx2.Response(200, content=b"x" * 2000), False)
    with pytest.raises(ClientError, match="larger than 1000 bytes"):
        world.call("balance")


@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
def test_whether_it_was_sent(failure):
    """A connection that was never made did nothing; anything else may have."""

    def provider(request):
        raise failure

    world = World("Pagsmile", provider, is_async=False)
    with pytest.raises(ClientError) as raised:
        world.call("create_payout")
    if isinstance(raised.value, TransportError):
        never = ("Connect", "Pool", "LocalProtocol", "Proxy", "Unsupported")
        assert raised.value.sent is not type(failure).__name__.startswith(never)


@pytest.mark.parametrize("now", [float("nan"), 1e300, -1e300, None, "x"])
def test_a_clock_that_says_no_time(now):
    """An error that names the argument, from every operation that needs the time."""
    for name, operation in EVERY:
        if name == "Control":
            continue

        def provider(request):
            return httpx2.Response(200, json={"token": "t", "success": True})

        world = World(name, provider, is_async=False, clock=lambda: now)
        try:
            world.call(operation, **arguments(name, operation))
        except clients.ConfigurationError as error:
            if error.argument != "clock":
                raise
        except ClientError:
            pass


def test_errors_can_be_pickled():
    """As job queues do."""
    for name in clients.exports():
        kind = getattr(clients, name)
        if issubclass(kind, ClientError):
            again = pickle.loads(pickle.dumps(kind("what went wrong")))
            assert type(again) is kind
            assert str(again) == again.message == "what went wrong"


BAD_ARGUMENTS = [
    (
        "Placetopay",
        "create_session",
        {"reference": "A", "return_url": "x", "amount": "1e999999999"},
    ),
    ("Placetopay", "create_session", {"reference": "A", "return_url": "x", "amount": "abc"}),
    ("Placetopay", "create_session", {"reference": "A", "return_url": "x", "amount": "NaN"}),
    ("Placetopay", "create_session", {"reference": "\ud800", "return_url": "x", "amount": 1}),
    ("Placetopay", "create_session", {"reference": object(), "return_url": "x", "amount": 1}),
    ("Placetopay", "query_session", {"request_id": "5/cancel"}),
    ("Placetopay", "query_session", {"request_id": -1}),
    ("Gestopago", "send_tx", {"payload": {**SALE, "upc": "\ud800"}}),
    ("Gestopago", "send_tx", {"payload": {"x": object()}}),
    ("Tesabiz", "details", {"id_qr": "\ud800"}),
    ("Tesabiz", "details", {"id_qr": object()}),
    ("Goat", "request", {"method": "GET", "path": "http://elsewhere"}),
    ("Goat", "request", {"method": "GE T", "path": "/x"}),
    ("Goat", "request", {"method": "GET", "path": "/é"}),
    ("Goat", "request", {"method": "POST", "path": "/x", "json": {"x": float("nan")}}),
    ("Pagsmile", "create_payout", {"amount": 1.0 / 3 * float("inf")}),
    ("Pagsmile", "create_payout", {"name": "\ud800"}),
    ("Pagsmile", "create_payout", {"extra": {"x": [1]}}),
    ("Control", "trigger", {"provider": "../x", "event": "y"}),
    ("Control", "requests.get", {"number": "x"}),
    ("Control", "clock.advance", {"duration": float("nan")}),
    ("Control", "requests.wait", {"seconds": -1}),
]


@pytest.mark.parametrize(
    ("name", "operation", "given"),
    BAD_ARGUMENTS,
    ids=[f"{name}-{operation}-{n}" for n, (name, operation, _) in enumerate(BAD_ARGUMENTS)],
)
def test_bad_arguments(name, operation, given):
    """They are errors of the client, and nothing is sent."""

    def provider(request):
        if request.url.path.endswith(("authenticate/", "/oauth/app/token")):
            return httpx2.Response(200, json={"token": "t", "success": True, "accessToken": "t"})
        raise AssertionError(f"{request.url} was asked for")

    with pytest.raises(clients.ConfigurationError):
        World(name, provider, is_async=False).call(operation, **given)


def test_every_operation_is_here():
    """The properties above reach every operation of every client."""
    for name in clients.modules():
        assert {operation for of, operation in EVERY if of == name} == set(operations(name))
