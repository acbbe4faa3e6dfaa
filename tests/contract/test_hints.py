"""A token or a signature in another place: the hint says which, and where it belongs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from test_contract import PROVIDERS, play

from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.provider import Endpoint, Provider


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


MISTAKES: dict[str, Callable[[Request], None]] = {
    "Authorization: Token": header("authorization", lambda value: f"Token {value.split()[-1]}"),
    "Authorization: bare": header("authorization", lambda value: value.split()[-1]),
    "X-Authorization": header("authorization", str, "x-authorization"),
    "Auth-Token": header("authorization", lambda value: value.split()[-1], "auth-token"),
    "Token": header("authorization", lambda value: value.split()[-1], "token"),
    "Cookie": header("authorization", lambda value: f"token={value.split()[-1]}", "cookie"),
    "token in the body": to_body("authorization"),
    "X-App-Id": header("appid", str, "x-app-id"),
    "AppId in the body": to_body("appid"),
}


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
