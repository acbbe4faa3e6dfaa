"""`X-Forwarded-*`: what a client says of itself changes neither its address nor the scheme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from raw_http import get, send

from emulator.emulator import Emulator
from emulator.http.server import Server

_ALLOWED = "203.0.113.7"
"""The only address from which the shipped app with an address list may call."""


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(Emulator(), http=request.param) as running:
        yield running


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_an_address_in_a_header_is_not_believed(server, name):
    provider = server.emulator.providers["pagsmile"]
    (example,) = [each for each in provider.examples if each.code == "pagsmile.ip-forbidden"]
    request = example.build(server.emulator.namespace("default").contexts["pagsmile"])
    told = f"for={_ALLOWED}" if name == "Forwarded" else _ALLOWED
    lines = [
        f"POST /pagsmile{request.path} HTTP/1.1",
        "Host: localhost",
        *(f"{key}: {value}" for key, value in request.headers),
        f"{name}: {told}",
        f"Content-Length: {len(request.body)}",
    ]
    answer = send(server, "\r\n".join([*lines, "", ""]).encode() + request.body)
    assert answer.headers["emulator-diagnosis"] == "pagsmile.ip-forbidden"


def test_a_scheme_in_a_header_is_not_believed(server):
    plain = send(server, get("/_emulator/credentials"))
    claimed = send(server, get("/_emulator/credentials", "X-Forwarded-Proto: https"))
    assert (claimed.status, claimed.body) == (200, plain.body)
