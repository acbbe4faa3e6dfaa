"""An answer that needs no body: the client sends all of its body before it reads, and gets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from raw_http import connect, read_answer

from emulator.emulator import Emulator
from emulator.http.server import Server

BODY = b"x" * 8_000_000


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(Emulator(), http=request.param) as server:
        yield server


@pytest.mark.parametrize("more", ["Connection: close", "X-None: 1"], ids=["close", "kept alive"])
@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/_emulator/health", "127.0.0.1", 405),
        ("/_emulator/nothing", "127.0.0.1", 404),
        ("/_emulator/scenario", "shop.example.com", 403),
        ("/nowhere", "127.0.0.1", 404),
    ],
)
def test_the_answer_is_there_when_all_is_sent(server, path, host, status, more):
    """Closed with bytes unread, the system would reset the connection: `sendall` would raise."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(BODY)}\r\n{more}\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(BODY), 1_000_000):
            connection.sendall(BODY[start : start + 1_000_000])
        assert read_answer(connection).status == status
