"""Clients that are slow, silent or too many: each connection ends, and all that it holds is freed.

The limits are a fraction of a second; the tests wait for what happens, and never for a time.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from raw_http import connect, get, post, read_answer, send

from emulator.core.limits import Limits
from emulator.emulator import Emulator
from emulator.http import connections
from emulator.http.server import Server

QUICK = Limits(head_seconds=0.15, body_seconds=0.15, idle_seconds=0.15, answer_seconds=0.15)
GOAT = "/goat/oauth/app/token"
HEAD = f"POST {GOAT} HTTP/1.1\r\nHost: a\r\n".encode()
HELD = 1024
"""More connections of a server than any test here opens."""

Serve = Callable[[Limits], Server]


@pytest.fixture(params=["httptools", "h11"])
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda limits: stack.enter_context(
            Server(Emulator(limits=limits), http=request.param)
        )


def open_connections(server: Server) -> int:
    return len(server._uvicorn.server_state.connections)


@contextmanager
def all_freed(server: Server) -> Iterator[None]:
    """When the block is over, nothing of the connections in it is left in the server."""
    before = open_connections(server), len(server._uvicorn.server_state.tasks)
    yield
    for _ in range(10_000):
        if (open_connections(server), len(server._uvicorn.server_state.tasks)) == before:
            return
        send(server, get("/_emulator/health", "Connection: close"))  # lets the loop turn
    pytest.fail(f"{open_connections(server)} connections are still there")


def until_closed(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionError:
        pass
    return received


def test_connection_on_which_nothing_comes_is_closed(serve):
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        assert until_closed(connection) == b""


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [HEAD, HEAD[:-1], HEAD + b"x", b"POST " + GOAT.encode() + b" HTTP/1.0\r\nHost: a\r\n"]
)
def test_head_without_an_end_is_a_408_in_the_form_of_the_provider(serve, part):
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        connection.sendall(part)
        answer = read_answer(connection)
        assert answer.status == 408
        assert answer.headers["emulator-diagnosis"] == "request.head-too-slow"
        assert set(json.loads(answer.body)) >= {"errorId", "code", "message"}
        assert until_closed(connection) == b""
    assert server.emulator.namespace("default").journal.last.diagnosis.hint


def test_second_head_of_a_connection_is_not_waited_for_either(serve):
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        connection.sendall(get("/goat/v1/whoami") + HEAD)
        assert read_answer(connection).status == 401
        assert b" 408 " in until_closed(connection)


def test_start_of_a_request_line_is_told_in_json(serve):
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        connection.sendall(b"POS")
        answer = read_answer(connection)
    assert answer.status == 408
    assert json.loads(answer.body)["code"] == "request.head-too-slow"


@pytest.mark.slow
@pytest.mark.parametrize(
    "body", [b"Content-Length: 20\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"]
)
@pytest.mark.parametrize("path", [GOAT, "/_emulator/scenario/signal"])
def test_body_without_an_end_is_a_408(serve, body, path):
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        connection.sendall(HEAD.replace(GOAT.encode(), path.encode()) + body)
        answer = read_answer(connection)
        assert answer.status == 408
        assert answer.headers["emulator-diagnosis"] == "request.body-too-slow"
        until_closed(connection)


def test_drip_does_not_buy_time(serve):
    """A byte now and then does not start the time again."""
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        connection.sendall(HEAD)
        connection.settimeout(0.02)
        for _ in range(500):
            try:
                connection.sendall(b"x")
                if connection.recv(100):
                    break
            except TimeoutError:
                continue
        else:
            pytest.fail("it was waited for")


def test_idle_connection_is_closed(serve):
    server = serve(QUICK)
    with all_freed(server), connect(server) as connection:
        connection.sendall(get("/goat/v1/whoami"))
        assert read_answer(connection).status == 401
        assert until_closed(connection) == b""


@pytest.mark.slow
@pytest.mark.parametrize("ask", [b"", b"Connection: close\r\n"])
def test_client_that_reads_nothing_is_let_go(serve, ask):
    """What it does not take is not kept, whether there is more to ask or not."""
    server = serve(QUICK)
    document = b"GET /_emulator/openapi.json HTTP/1.1\r\nHost: localhost\r\n" + ask + b"\r\n"
    with all_freed(server), ExitStack() as stack:
        for _ in range(5):
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            stack.enter_context(reader)
            reader.connect(("127.0.0.1", server.port))
            reader.sendall(document * (1 if ask else 40))
        while open_connections(server):
            send(server, get("/_emulator/health", "Connection: close"))


def test_abandoned_connections_are_freed(serve):
    """A reset in the middle of a head, of a body, and of an answer that is waited for."""
    server = serve(Limits())
    waits = get("/_emulator/requests/wait?endpoint=none&timeout=60")
    with all_freed(server):
        for part in (b"", HEAD, HEAD + b"Content-Length: 20\r\n\r\nabc", waits):
            with connect(server) as connection:
                connection.sendall(part)
                send(server, get("/_emulator/health"))
                linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.fixture
def crowded(serve: Serve) -> Iterator[Server]:
    """A server of at most five connections, all of them taken and in the middle of a head."""
    server = serve(Limits(connections=5))
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connect(server)).sendall(HEAD)
        while open_connections(server) < 5:
            pass
        yield server


def test_one_connection_too_many_is_a_503(crowded):
    """In the form of the provider, in JSON from the control API; and then it is closed."""
    with connect(crowded) as connection:
        connection.sendall(post(GOAT, b"{}"))
        answer = read_answer(connection)
        assert answer.status == 503
        assert answer.headers["emulator-diagnosis"] == "request.too-many-connections"
        assert set(json.loads(answer.body)) >= {"errorId", "code", "message"}
        assert until_closed(connection) == b""
    answer = send(crowded, get("/_emulator/requests"))
    assert answer.status == 503
    assert "connections" in json.loads(answer.body)["error"]
    assert send(crowded, get("/nobody")).status == 503


@pytest.mark.parametrize("call", ["health", "ready", "health/"])
def test_health_is_answered_all_the_same(crowded, call):
    for _ in range(3):
        with connect(crowded) as connection:
            connection.sendall(get(f"/_emulator/{call}"))
            assert read_answer(connection).status == 200
            assert until_closed(connection) == b""


def test_silent_crowd_cannot_keep_health_from_answering(crowded):
    """Those above the limit make room for the newest, and are told why."""
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(crowded)) for _ in range(100)]
        assert send(crowded, get("/_emulator/health")).status == 200
        assert open_connections(crowded) <= 5 + connections.RESERVED + 1
        assert until_closed(silent[0]).startswith(b"HTTP/1.1 503 ")


def test_fewer_open_files_are_fewer_connections(monkeypatch):
    """The server answers 503 before the system refuses it a file."""
    monkeypatch.setattr(connections, "_open_files", lambda: 256)
    assert connections.Crowd(1000).most < 256 - connections.RESERVED
    assert connections.Crowd(20).most == 20
