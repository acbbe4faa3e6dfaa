"""Clients that close their sending half after the request (`nc -N`) are answered all the same."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from raw_http import Answer, connect, get, post, read_answer

from emulator.core.limits import Limits
from emulator.emulator import Emulator
from emulator.http.breakable import Breakable
from emulator.http.server import Server
from emulator.runtime import explaining

BODY = b'{"auth": {"login": "x"}}'
SESSION = post("/placetopay/api/session", BODY, "Content-Type: application/json")
WHOAMI = get("/goat/v1/whoami")
WAIT = get("/_emulator/requests/wait?timeout=60")


@pytest.fixture(params=["httptools", "h11"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(Emulator(limits=Limits()), http=request.param) as server:
        yield server


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Every refusal needs a search, which goes on until this is set."""
    over = threading.Event()

    async def look(exchange: Any, namespace: Any, searcher: Any) -> None:
        await asyncio.get_running_loop().run_in_executor(searcher, over.wait, 30)

    monkeypatch.setattr(explaining, "look_for_hint", look)
    return over


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when the server has seen that the client sends no more."""
    heard = threading.Event()
    true_end = Breakable.eof_received

    def end(protocol: Breakable) -> bool:
        kept = true_end(protocol)
        heard.set()
        return kept

    monkeypatch.setattr(Breakable, "eof_received", end)
    return heard


def ended(server: Server, data: bytes) -> socket.socket:
    """Send this and end our side."""
    connection = connect(server)
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
    return connection


def statuses(received: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 (\d+)", received)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def test_a_refusal_that_needs_a_search_is_sent(server, searched, heard):
    with ended(server, SESSION) as connection:
        assert heard.wait(30)
        searched.set()
        answer = read_answer(connection)
        assert answer.status == 401
        assert "emulator-diagnosis" in answer.headers
        assert connection.recv(1) == b""


def test_each_of_several_is_answered_in_turn(server, searched):
    with ended(server, SESSION + WHOAMI + SESSION) as connection:
        searched.set()
        received = read_all(connection)
    assert statuses(received) == [b"401", b"401", b"401"]


@pytest.mark.parametrize("half", [SESSION[:-5], SESSION[:30]], ids=["body", "head"])
def test_what_has_no_end_is_not_answered(server, searched, half):
    """The whole request before it is; then the connection ends."""
    with ended(server, half) as connection:
        assert read_all(connection) == b""
    with ended(server, SESSION + half) as connection:
        searched.set()
        assert statuses(read_all(connection)) == [b"401"]


def test_what_cannot_be_read_behind_it_is_answered_last(server, searched):
    with ended(server, SESSION + b"\x00\x01 nothing\r\n\r\n") as connection:
        searched.set()
        received = read_all(connection)
    assert statuses(received) == [b"401", b"400"]


def test_a_call_that_waits_ends_and_says_why(server):
    """A client that is gone looks the same."""
    with ended(server, WAIT) as connection:
        answer: Answer = read_answer(connection)
    assert answer.status == 400
    assert "ended its side" in json.loads(answer.body)["error"]
    assert server.emulator.waits == 0


def test_a_client_that_leaves_altogether_frees_its_connection(server, searched, heard):
    """The first byte of the answer finds out."""
    ended(server, SESSION).close()
    assert heard.wait(30)
    searched.set()
    for _ in range(3000):
        if not server._uvicorn.server_state.connections:
            return
        time.sleep(0.01)
    pytest.fail("the connection is still there")


def test_a_dripped_answer_comes_whole(server):
    """The rest of it at once: the client may be gone."""
    scenario = server.emulator.namespace("default").read_scenario(
        json.dumps(
            {
                "scenario": "slow",
                "version": 1,
                "rules": [
                    {
                        "id": "drip",
                        "match": {"provider": "goat"},
                        "do": {"drip": {"bytes": 1, "every": "60s"}},
                    }
                ],
            }
        ),
        "slow",
    )
    server.emulator.namespace("default").load(scenario)
    with ended(server, WHOAMI) as connection:
        answer = read_answer(connection)
    assert answer.status == 401
    assert len(answer.body) == int(answer.headers["content-length"])
