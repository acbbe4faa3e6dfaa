"""No refusal without a hint, no hint that sends the reader the wrong way: at every provider."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from test_contract import CASES, PROVIDERS, play

from emulator.core.errors import Diagnosis
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.provider import Endpoint, Provider
from emulator.runtime import wrong_path

REFUSED = [case for case in CASES if case.values[1].code]
ENDPOINTS = [
    pytest.param(provider, endpoint, id=f"{provider.name}-{endpoint.name}")
    for provider in PROVIDERS.values()
    for endpoint in provider.endpoints
]


def secrets(emulator: Emulator) -> list[str]:
    """Return every secret of the default namespace."""
    namespace = emulator.namespace("default")
    return [
        str(record[member])
        for provider in PROVIDERS.values()
        for record in namespace.credentials(provider.name)
        for member in provider.credentials.secret_names
        if record.get(member)
    ]


def check(exchange: Exchange, emulator: Emulator) -> None:
    """Hold a refusal to what every refusal must be."""
    diagnosis = exchange.diagnosis
    assert not exchange.bug
    assert diagnosis is not None
    assert diagnosis.hint.strip(), f"{diagnosis.code} at {diagnosis.where} has no hint"
    told = f"{diagnosis.hint} {diagnosis.expected} {diagnosis.received}"
    for secret in secrets(emulator):
        assert secret not in told, diagnosis.code
    check_no_contradiction(diagnosis)


def check_no_contradiction(diagnosis: Diagnosis) -> None:
    """A hint does not propose what came, nor to rename a thing to itself."""
    for old, new in re.findall(r"[Rr]ename '?([\w.-]+)'? to '?([\w.-]+\w)'?", diagnosis.hint):
        assert old != new, diagnosis.hint
    for word in re.findall(r"[Dd]id you mean '([^']+)'", diagnosis.hint):
        assert word != diagnosis.received, diagnosis.hint


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "example"), REFUSED)
def test_refusal_has_a_hint(emulator, provider, example):
    """Every way to be refused that a provider declares is shown, and says what to do."""
    check(play(emulator, provider, example), emulator)


# --- mistakes that can be made at every endpoint -----------------------------------------------


def good_request(emulator: Emulator, provider: Provider, endpoint: Endpoint) -> Request:
    """Return a request in order for an endpoint, its forerunners sent."""
    examples = {each.name: each for each in provider.examples}
    example = next(
        each for each in provider.examples if not each.code and each.endpoint == endpoint.name
    )
    for name in example.after:
        play(emulator, provider, examples[name])

    async def build() -> Request:  # some do work of the provider, which may start a timer
        return example.build(emulator.namespace("default").contexts[provider.name])

    return asyncio.run(build())


def serve(emulator: Emulator, provider: Provider, request: Request) -> Exchange:
    async def send() -> Exchange:
        namespace = emulator.namespace("default")
        exchange = await emulator.serve(namespace, emulator.providers[provider.name], request)
        await emulator.close()
        return exchange

    return asyncio.run(send())


def without_header(name: str) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.headers = [(n, v) for n, v in request.headers if n != name]

    return change


def header(
    name: str, change: Callable[[str], str], new_name: str = ""
) -> Callable[[Request], None]:
    def apply(request: Request) -> None:
        request.headers = [
            (new_name or n, change(v)) if n == name else (n, v) for n, v in request.headers
        ]

    return apply


def body(change: Callable[[bytes], bytes]) -> Callable[[Request], None]:
    def apply(request: Request) -> None:
        request.body = change(request.body)

    return apply


def to_query(request: Request) -> None:
    """Send the body's members as parameters of a GET-like query."""
    try:
        members = json.loads(request.body)
        request.query = urlencode({name: str(value) for name, value in members.items()})
    except ValueError:
        request.query = request.body.decode("latin-1")
    request.body = b""


def to_form(request: Request) -> None:
    to_query(request)
    request.body, request.query = request.query.encode(), ""
    header("content-type", lambda _: "application/x-www-form-urlencoded")(request)


def to_body(name: str) -> Callable[[Request], None]:
    """Put a header into the JSON body."""

    def apply(request: Request) -> None:
        value = request.header(name)
        without_header(name)(request)
        try:
            members = json.loads(request.body)
            request.body = json.dumps({**members, name: value}).encode()
        except ValueError:
            request.body += f"&{name}={value}".encode()

    return apply


def upper_path(request: Request) -> None:
    request.path = request.path.upper()


def double_slash(request: Request) -> None:
    request.path = f"/{request.path}"


def slash_at_end(request: Request) -> None:
    request.path = request.path.rstrip("/") + ("" if request.path.endswith("/") else "/")


def to_get(request: Request) -> None:
    request.method = "GET"


MISTAKES: dict[str, Callable[[Request], None]] = {
    "no body": body(lambda _: b""),
    "null": body(lambda _: b"null"),
    "empty object": body(lambda _: b"{}"),
    "array": body(lambda text: b"[" + text + b"]"),
    "string": body(lambda text: json.dumps(text.decode("latin-1")).encode()),
    "cut": body(lambda text: text[: len(text) // 2]),
    "byte order mark": body(lambda text: b"\xef\xbb\xbf" + text),
    "UTF-16": body(lambda text: text.decode("latin-1").encode("utf-16")),
    "form": to_form,
    "query": to_query,
    "no content type": without_header("content-type"),
    "text/plain": header("content-type", lambda _: "text/plain"),
    "no Authorization": without_header("authorization"),
    "empty Authorization": header("authorization", lambda _: ""),
    "Authorization: Basic": header("authorization", lambda value: f"Basic {value.split()[-1]}"),
    "Authorization: Token": header("authorization", lambda value: f"Token {value.split()[-1]}"),
    "Authorization twice": header("authorization", lambda value: f"{value} {value}"),
    "Authorization: bare": header("authorization", lambda value: value.split()[-1]),
    "Authorization: quoted": header("authorization", lambda value: f'"{value}"'),
    "Authorization: cut": header("authorization", lambda value: value[:-7]),
    "Authorization: Bearer twice": header("authorization", lambda value: f"Bearer {value}"),
    "Authorization: undefined": header("authorization", lambda _: "Bearer undefined"),
    "X-Authorization": header("authorization", str, "x-authorization"),
    "Auth-Token": header("authorization", lambda value: value.split()[-1], "auth-token"),
    "Token": header("authorization", lambda value: value.split()[-1], "token"),
    "Cookie": header("authorization", lambda value: f"token={value.split()[-1]}", "cookie"),
    "token in the body": to_body("authorization"),
    "no AppId": without_header("appid"),
    "X-App-Id": header("appid", str, "x-app-id"),
    "AppId in the body": to_body("appid"),
    "AppId in small letters": header("appid", str.lower),
    "capitals": upper_path,
    "two slashes": double_slash,
    "slash at its end": slash_at_end,
    "GET": to_get,
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize(("provider", "endpoint"), ENDPOINTS)
def test_mistake_has_a_hint(emulator, provider, endpoint, mistake):
    """Whatever is refused of it has a hint; what leads nowhere is the path, not the token."""
    request = good_request(emulator, provider, endpoint)
    MISTAKES[mistake](request)
    exchange = serve(emulator, provider, request)
    assert not exchange.bug
    if exchange.verdict != "refused":
        return  # it does no harm there
    check(exchange, emulator)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", ["capitals", "two slashes", "slash at its end"])
@pytest.mark.parametrize(("provider", "endpoint"), ENDPOINTS)
def test_the_path_that_is_named_works(emulator, provider, endpoint, mistake):
    """The hint is applied: the same request, at the path that was named, is accepted."""
    request = good_request(emulator, provider, endpoint)
    MISTAKES[mistake](request)
    if provider.route(request.path)[0] is not None:
        return
    meant = wrong_path.meant(request, provider)
    if meant is None:
        assert "{" in endpoint.paths[0] or "code" in request.path
        return
    request.path = meant.path
    exchange = serve(emulator, provider, request)
    code = exchange.diagnosis.code if exchange.diagnosis else ""
    assert code not in ("request.not-found", "request.method")


@pytest.mark.parametrize(
    ("provider", "endpoint", "mistake", "hint"),
    [
        ("gestopago", "getBalance", "X-Authorization", "in the header x-authorization"),
        ("gestopago", "getBalance", "Auth-Token", "in the header auth-token"),
        ("gestopago", "getBalance", "Token", "in the header token"),
        ("gestopago", "getBalance", "Cookie", "in the header cookie"),
        ("gestopago", "getBalance", "Authorization: bare", "put Bearer"),
        ("goat", "whoami", "Authorization: bare", "put Bearer"),
        ("goat", "whoami", "Authorization: Token", "use Bearer"),
        ("pagsmile", "balance", "X-Authorization", "Rename the header x-authorization"),
        ("pagsmile", "balance", "Token", "Rename the header token"),
        ("pagsmile", "balance", "token in the body", "not into the body"),
        ("pagsmile", "balance", "X-App-Id", "Rename the header x-app-id"),
        ("pagsmile", "balance", "AppId in the body", "not into the body"),
    ],
)
def test_wrong_place_is_named(emulator, provider, endpoint, mistake, hint):
    """A token or signature in another place: which, and where it belongs."""
    found = PROVIDERS[provider]
    request = good_request(emulator, found, next(e for e in found.endpoints if e.name == endpoint))
    MISTAKES[mistake](request)
    diagnosis = serve(emulator, found, request).diagnosis
    assert diagnosis is not None
    assert hint in diagnosis.hint
