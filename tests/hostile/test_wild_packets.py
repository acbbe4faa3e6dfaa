"""Pieces of requests in any order, cut anywhere: no 500, no exception, and nothing left behind."""

from __future__ import annotations

import logging
import random
import socket
from contextlib import suppress

import pytest
from raw_http import connect, get, send

from emulator.core.limits import Limits
from emulator.emulator import Emulator
from emulator.http.server import Server

LIMITS = Limits(
    head_bytes=2000, target_bytes=300, headers=10, body_bytes=2000, connections=40,
    head_seconds=0.05, body_seconds=0.05, idle_seconds=0.1, answer_seconds=0.2,
)  # fmt: skip
PIECES = [
    get("/goat/v1/whoami"),
    b"POST /goat/oauth/app/token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /placetopay/api/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /_emulator/scenario/signal HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n{}\n",
    b"HEAD /_emulator/health HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://placetopay.localhost/api HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"5\r\nabcde\r\n", b"0\r\n\r\n", b"0\r\nx: y\r\n\r\n", b"zz\r\n", b"\r\n", b"GET /",
    b" HTTP/1.1\r\n", b"HTTP/1.0\r\n", b"x: " + b"a" * 900 + b"\r\n", b"x" * 3000,
    b"Expect: 100-continue\r\n", b"Content-Length: 99999999\r\n", b"Connection: close\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Upgrade: websocket\r\n", b"\x16\x03\x01",
]  # fmt: skip


def wild(chance: random.Random) -> bytes:
    data = b"".join(chance.choices(PIECES, k=chance.randint(1, 5)))
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(chance.random() < 0.3) + data[at:]


def answer_to(connection: socket.socket, chance: random.Random) -> bytes:
    received = b""
    with suppress(OSError):  # it may have closed already
        for _ in range(chance.randint(1, 5)):
            connection.sendall(wild(chance))
        if chance.random() < 0.3:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.02)
        while chunk := connection.recv(65536):
            received += chunk
    return received


@pytest.mark.slow
@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_wild_packets(http, caplog):
    chance = random.Random(20261130)
    caplog.set_level(logging.ERROR)
    with Server(Emulator(limits=LIMITS), http=http) as server:
        state = server._uvicorn.server_state
        waiting: list[socket.socket] = []
        for _ in range(400):
            waiting.append(connect(server))
            received = answer_to(waiting[-1], chance)
            assert b"HTTP/1.1 500" not in received
            assert b"emulator-bug" not in received
            while len(waiting) > chance.randint(0, 60):
                waiting.pop(chance.randrange(len(waiting))).close()
        for connection in waiting:
            connection.close()
        for _ in range(10_000):
            if not (state.connections or state.tasks):
                break
            with suppress(OSError):
                send(server, get("/_emulator/health", "Connection: close"))
        assert len(state.connections) <= 1
        assert len(state.tasks) <= 1
    assert caplog.records == []
