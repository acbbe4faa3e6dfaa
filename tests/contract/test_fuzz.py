"""Nothing a stranger sends gives a 500, and nothing of it is accepted."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator import providers
from emulator.core.exchange import Request
from emulator.emulator import Emulator

pytestmark = pytest.mark.slow

PROVIDERS = providers.discover()
PATHS = sorted(
    {
        (provider.name, path.replace("{", "").replace("}", ""))
        for provider in PROVIDERS.values()
        for endpoint in provider.endpoints
        for path in (*endpoint.paths, "/no/such/path")
    }
)
NESTED = [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 200 + b"]" * 200]
NASTY = [
    b"", b"\x00", b"\xff\xfe", b"null", b"[]", b"{}", b"0", b'"x"', b"NaN", b"{", b"1e999",
    b'{"auth":null}', b'{"auth":[]}', b'{"auth":{"login":1,"tranKey":[],"nonce":{},"seed":null}}',
    b'{"auth":{"login":"\\ud800","tranKey":"\\ud800","nonce":"\\ud800","seed":"\\ud800"}}',
    b'{"code":"B89","payload":"a.b.c"}', b'{"code":{},"payload":[]}', b'{"payload":"\\ud800"}',
    b'{"infoTx":[],"qrCobro":1}', b'{"infoTx":{"sisOrigen":{}},"qrCobro":{"importe":1e400}}',
    b'{"appId":1,"token":2,"grantType":3}', b'{"appId":"\\ud800","token":"..","grantType":"x"}',
    b'{"amount":' + b"9" * 10_000 + b"}", b'{"a":1,"a":2}', b'{"\\ud800":"\\udfff"}',
    b"signed=%", b"signed=%ff%fe&signed=", b"signed=" + b"A" * 5000, b"signed=%00",
    b'--b\r\nContent-Disposition: form-data; name="signed"\r\n\r\n', b"--b--", b"--b\r\n\r\n--b--",
    *NESTED,
]  # fmt: skip
TYPES = [
    "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\"\x80\"", "text/plain", "", "\xff/\xff", ";;;",
]  # fmt: skip
AUTHORIZATIONS = [
    None, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer " + "A" * 5000, "Basic eA==",
    "\xff", "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer " + "." * 1000, "bearer\tx", "f" * 64,
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["auth", "login", "tranKey", "nonce", "seed", "payment", "amount", "total", "code",
             "payload", "infoTx", "qrCobro", "importe", "appId", "token", "grantType",
             "custom_code", "expiration", "locale", "reference", "currency", "sisOrigen"]
        )
        | st.text(max_size=4),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Emulator:
    return Emulator(journal_size=4)


def ask(emulator: Emulator, provider: str, request: Request) -> Any:
    async def serve() -> Any:
        exchange = await emulator.serve(
            emulator.namespace("default"), emulator.providers[provider], request
        )
        await emulator.close()
        return exchange

    exchange = asyncio.run(serve())
    assert not exchange.bug, exchange.bug
    assert exchange.reply.status < 600
    for name, value in exchange.reply.headers:
        value.encode("latin-1")
        assert "\n" not in name + value
    return exchange


@pytest.mark.parametrize(("provider", "path"), PATHS)
def test_nasty_requests(shared, provider, path):
    """Known troublemakers, in every place, at every endpoint."""
    chance = random.Random(f"{provider}{path}")
    for body in NASTY:
        for content_type in (TYPES[0], chance.choice(TYPES), chance.choice(TYPES)):
            authorization = chance.choice(AUTHORIZATIONS)
            headers = [("content-type", content_type), ("appid", chance.choice(["", "x", "\xff"]))]
            if authorization is not None:
                headers.append(("authorization", authorization))
            ask(shared, provider, Request(
                method=chance.choice(["POST", "POST", "GET", "PUT", "BREW"]),
                path=chance.choice([path] * 16 + [path + "/", path + "\x00", "", "/"]),
                query=chance.choice(["", "signed=%", "=", "&&&", "a" * 3000, "signed=x&signed=y"]),
                headers=headers,
                body=body,
                base_url=f"http://localhost/{provider}",
            ))  # fmt: skip


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.sampled_from(PATHS), value=json_values, as_bytes=st.binary() | st.none())
def test_any_body(shared, where, value, as_bytes):
    """Any JSON and any bytes get a reply of the provider's."""
    provider, path = where
    body = as_bytes if as_bytes is not None else json.dumps(value).encode()
    headers = [("content-type", "application/json"), ("appid", "x"), ("authorization", "f" * 64)]
    ask(shared, provider, Request(method="POST", path=path, headers=headers, body=body))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    where=st.sampled_from(PATHS),
    headers=st.lists(st.tuples(
        st.sampled_from(["authorization", "content-type", "appid", "host", "x"]),
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\x00")),
    )),
    query=st.text(st.characters(max_codepoint=255)),
    path=st.text(),
)  # fmt: skip
def test_any_headers_query_and_path(shared, where, headers, query, path):
    """Any header, query and path get a reply of the provider's."""
    provider, known = where
    ask(shared, provider, Request(method="GET", path=known, headers=headers, query=query))
    ask(shared, provider, Request(method="POST", path=f"/{path}", headers=headers, query=query))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_mutated_examples_never_crash(shared, provider):
    """Good requests with bytes flipped, cut, doubled or inserted: never a bug."""
    chance = random.Random(provider)
    found = PROVIDERS[provider]
    context = shared.namespace("default").contexts[provider]
    good = [each for each in found.examples if not each.code and not each.after]
    for _ in range(400):
        request = chance.choice(good).build(context)
        part = chance.choice(["body", "header", "query"])
        if part == "body" and request.body:
            request.body = spoil(chance, request.body)
        elif part == "header" and request.headers:
            index = chance.randrange(len(request.headers))
            name, value = request.headers[index]
            changed = spoil(chance, value.encode("latin-1")).decode("latin-1")
            request.headers[index] = (name, changed)
        elif request.query:
            request.query = spoil(chance, request.query.encode("latin-1")).decode("latin-1")
        ask(shared, provider, request)


def spoil(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    match chance.randrange(4):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + data[at // 2 : at] + data[at:]
        case 2:
            return data[:at] + bytes([chance.randrange(256)]) + data[at:]
        case _:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_more_than_a_mebibyte_is_413(provider):
    """In the provider's own form, and in the journal."""
    import httpx2

    emulator = Emulator()
    most = emulator.limits.body_bytes
    endpoint = PROVIDERS[provider].endpoints[0]

    async def send(size: int) -> httpx2.Response:
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post(f"/{provider}{endpoint.paths[0]}", content=b"x" * size)

    large = asyncio.run(send(most + 1))
    assert large.status_code == 413
    assert large.headers["emulator-diagnosis"] == "request.too-large"
    assert emulator.namespace("default").journal.last.diagnosis.code == "request.too-large"
    assert asyncio.run(send(most)).status_code != 413
