"""Connections that break before their time, seen from the client's side of a real socket."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, product
from typing import Any

import httpx2
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import BODILESS, Exchange, Reply, Transmission
from emulator.emulator import Emulator
from emulator.http.line import BAD_CHUNK, GARBAGE
from emulator.http.server import Server, _bind, _Uvicorn
from emulator.journal.showing import summary
from emulator.providers.pagsmile.signing import default_payload
from emulator.runtime.namespace import Namespace
from emulator.scenario.loader import load

HEADLESS = ("reset", "empty", "garbage", "hang")
CUTTING = ("close", "truncate", "malformed-chunk")
BLANK = b"\r\n\r\n"
WHOAMI = b"GET /goat/v1/whoami HTTP/1.1\r\nhost: x\r\n\r\n"
PATIENCE = 10
"""Seconds no test should need."""
PAUSE = 0.2
"""Seconds in which no byte comes."""

numbers = count()


class Complaints(logging.Handler):
    """Keeps whatever servers and event loops complain of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@contextmanager
def complaints() -> Iterator[list[str]]:
    keeper = Complaints()
    logging.getLogger().addHandler(keeper)
    try:
        yield keeper.texts
    finally:
        logging.getLogger().removeHandler(keeper)


def serving(http: str = "auto", loop: str = "auto") -> Server:
    server = Server(Emulator(), http=http)
    server._uvicorn.config.loop = loop
    return server


def settle(server: Server) -> None:
    """Wait until no connection is open and no request is being answered; fail if one stays."""
    running = server._uvicorn
    assert running._loop is not None
    asyncio.run_coroutine_threadsafe(running._finished_in(PATIENCE), running._loop).result()
    assert not running.server_state.connections
    assert not running.server_state.tasks


@pytest.fixture(
    scope="module",
    params=list(product(["httptools", "h11"], ["uvloop", "asyncio"])),
    ids="-".join,
)
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param[1] == "uvloop":
        pytest.importorskip("uvloop")
    with serving(*request.param) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """A server that is as well after the test as before it."""
    with complaints() as texts:
        yield running
        settle(running)
        assert texts == []
        assert b"401" in exchange(running, WHOAMI.replace(BLANK, b"\r\nconnection: close" + BLANK))
        settle(running)


class Naps:
    """A `sleep` that keeps how long it should take; over at once, or never."""

    def __init__(self, *, endless: bool = False) -> None:
        self.taken: list[float] = []
        self.endless = endless
        self.begun = threading.Event()
        self.cancelled = threading.Event()

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.begun.set()
        if self.endless:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()


class Shop:
    """A merchant in a namespace of its own, whose payouts a scenario disturbs."""

    def __init__(self, server: Server, action: dict[str, Any] | list[dict[str, Any]]) -> None:
        self.server = server
        self.namespace = disturbed(server.emulator, action, "pagsmile", "payout.create")
        self.root = f"{server.url}/_ns/{self.namespace.name}/pagsmile"

    def request(self, endpoint: str, *headers: bytes, **payload: str) -> bytes:
        signed = self.sign(endpoint, **payload)
        lines = [
            f"POST {signed.base_url.removeprefix(self.server.url)}{signed.path} HTTP/1.1".encode(),
            b"host: localhost",
            b"content-length: %d" % len(signed.body),
            *(f"{name}: {value}".encode() for name, value in signed.headers),
            *headers,
        ]
        return b"\r\n".join(lines) + BLANK + signed.body

    def sign(self, endpoint: str, **payload: str) -> Any:
        provider = self.server.emulator.providers["pagsmile"]
        context = self.namespace.contexts["pagsmile"]
        whole = {**default_payload(endpoint, context), **payload}
        return provider.sign(endpoint, whole, context, self.root).request

    def has_booked(self, *codes: str) -> bool:
        """Tell whether these payouts are what the next queries see, and no others."""
        if len(self.ask("payout.list")["data"]) != len(codes):
            return False
        return all(self.ask("payout.status", custom_code=code)["code"] == 200 for code in codes)

    def ask(self, endpoint: str, **payload: str) -> Any:
        answer = exchange(self.server, self.request(endpoint, b"connection: close", **payload))
        return json.loads(answer.partition(BLANK)[2])

    @property
    def story(self) -> list[tuple[int, str | None]]:
        """Status and connection of each payout, as the journal tells it."""
        told = [summary(each, self.namespace.mask()) for each in self.namespace.journal]
        return [
            (each["status"], each["connection"])
            for each in told
            if each["endpoint"] == "payout.create"
        ]


def disturbed(
    emulator: Emulator,
    action: dict[str, Any] | list[dict[str, Any]],
    provider: str,
    endpoint: str,
    verdict: str = "accepted",
) -> Namespace:
    """Return a fresh namespace in which requests to an endpoint meet an action, or each in turn."""
    namespace = emulator.namespace(f"shop-{next(numbers)}")
    rule: dict[str, Any] = {
        "id": "it",
        "match": {"provider": provider, "endpoint": endpoint, "verdict": verdict},
    }
    if isinstance(action, list):
        rule |= {"steps": [{"times": 1, "do": each} for each in action], "repeat": "loop"}
    else:
        rule["do"] = action
    text = json.dumps({"scenario": "broken", "version": 1, "rules": [rule]})
    namespace.load(load(text, "broken.yaml", emulator.providers))
    return namespace


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        yield connection


def rest_of(connection: socket.socket, so_far: bytes = b"") -> bytes:
    """Read until the connection ends in order."""
    while chunk := connection.recv(65536):
        so_far += chunk
    return so_far


def one_answer(connection: socket.socket) -> bytes:
    """Read an answer with a content-length, and leave the connection open."""
    received = b""
    while BLANK not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(BLANK)
    while len(body) < length(head):
        body += connection.recv(65536)
    return head + BLANK + body


def length(head: bytes) -> int:
    found = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    return int(found[0].partition(b":")[2])


def exchange(server: Server, request: bytes) -> bytes:
    with connected(server) as connection:
        connection.sendall(request)
        return rest_of(connection)


# Each kind, from the client's side


@pytest.mark.parametrize("after_commit", [False, True], ids=["undone", "after_commit"])
@pytest.mark.parametrize("kept_alive", [False, True], ids=["new", "kept-alive"])
@pytest.mark.parametrize("kind", HEADLESS)
def test_no_answer_comes(server, monkeypatch, kind, kept_alive, after_commit):
    """The work is done only if the scenario says so; what the client sees is the same."""
    naps = Naps()
    monkeypatch.setattr(server.emulator, "sleep", naps)
    action = {"connection": kind, **({"after_commit": True} if after_commit else {})}
    shop = Shop(server, action | ({"hold": "65s"} if kind == "hang" else {}))
    with connected(server) as connection:
        if kept_alive:
            connection.sendall(WHOAMI)
            assert one_answer(connection).startswith(b"HTTP/1.1 401")
        connection.sendall(shop.request("payout.create", custom_code="lost"))
        if kind == "reset":
            with pytest.raises(ConnectionResetError):
                rest_of(connection)
        else:
            assert rest_of(connection) == (GARBAGE if kind == "garbage" else b"")
    assert naps.taken == ([65.0] if kind == "hang" else [])
    assert shop.has_booked(*(["lost"] if after_commit else []))
    assert shop.story == [(0, kind)]


@pytest.mark.parametrize("kept_alive", [False, True], ids=["new", "kept-alive"])
@pytest.mark.parametrize(
    ("action", "cut"),
    [
        ({"connection": "close"}, lambda body: b""),
        ({"connection": "truncate"}, lambda body: body[: len(body) // 2]),
        ({"connection": "truncate", "after_bytes": 7}, lambda body: body[:7]),
        ({"connection": "truncate", "after_bytes": 0}, lambda body: b""),
        ({"connection": "truncate", "after_bytes": 10**9}, lambda body: body[:-1]),
        ({"connection": "truncate", "drip": {"bytes": 3, "every": "1s"}},
         lambda body: body[: len(body) // 2]),
        ({"connection": "malformed-chunk"}, lambda body: BAD_CHUNK),
    ],
    ids=["close", "half", "7", "nothing", "all-but-one", "drip", "malformed-chunk"],
)  # fmt: skip
def test_the_true_answer_is_cut(server, monkeypatch, action, cut, kept_alive):
    """Its head is whole and says who cut it; the work is done."""
    monkeypatch.setattr(server.emulator, "sleep", Naps())
    shop = Shop(server, action)
    with connected(server) as connection:
        if kept_alive:
            connection.sendall(WHOAMI)
            assert one_answer(connection).startswith(b"HTTP/1.1 401")
        connection.sendall(shop.request("payout.create", custom_code="lost"))
        head, blank, body = rest_of(connection).partition(BLANK)
    assert blank
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"emulator-scenario: broken/it#1" in head
    assert b"emulator-diagnosis: scenario.injected" in head
    assert b"connection:" not in head  # nothing announces it
    true = shop.namespace.journal.last.reply
    assert true is not None
    assert body == cut(true.body)
    if action["connection"] == "malformed-chunk":
        assert b"transfer-encoding: chunked" in head.lower()
        assert b"content-length" not in head
    else:
        assert length(head) == len(true.body)
    assert shop.has_booked("lost")
    assert shop.story == [(200, action["connection"])]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", httpx2.ReadError),
        ("empty", httpx2.RemoteProtocolError),
        ("garbage", httpx2.RemoteProtocolError),
        ("close", httpx2.RemoteProtocolError),
        ("truncate", httpx2.RemoteProtocolError),
        ("malformed-chunk", httpx2.RemoteProtocolError),
        ("hang", httpx2.ReadTimeout),
    ],
)
def test_what_httpx2_makes_of_it(server, kind, error):
    """On a pooled connection that was good before, and is replaced by another after."""
    shop = Shop(server, {"connection": kind, "after_commit": True})
    signed = shop.sign("payout.create", custom_code="once")
    with httpx2.Client(timeout=httpx2.Timeout(PATIENCE, read=PAUSE)) as client:
        whoami = f"{server.url}/goat/v1/whoami"
        client.get(whoami, timeout=PATIENCE)
        with pytest.raises(error):
            client.post(signed.base_url + signed.path, content=signed.body, headers=signed.headers)
        assert client.get(whoami, timeout=PATIENCE).status_code == 401
    assert shop.has_booked("once")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("reset", 56),
        ("empty", 52),
        ("garbage", 1),
        ("close", 18),
        ("truncate", 18),
        ("malformed-chunk", 56),
        ("hang", 28),
    ],
)
def test_what_curl_makes_of_it(server, kind, code):
    shop = Shop(server, {"connection": kind})
    signed = shop.sign("payout.create")
    headers = [part for name, value in signed.headers for part in ("-H", f"{name}: {value}")]
    patience = str(PAUSE if kind == "hang" else PATIENCE)
    told = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-m", patience, "--data-binary", "@-", *headers,
         signed.base_url + signed.path],
        input=signed.body, capture_output=True, check=False,
    )  # fmt: skip
    assert told.returncode == code, told.stderr


def test_a_connection_breaks_for_one_request_and_the_next_is_served(server):
    """As a rule with `times: 1` has it: the client tries again, and succeeds."""
    shop = Shop(server, [{"connection": "reset"}, {"pass": True}])
    request = shop.request("payout.create", b"connection: close", custom_code="again")
    with pytest.raises(ConnectionResetError):
        exchange(server, request)
    assert exchange(server, request).startswith(b"HTTP/1.1 200 OK")
    assert shop.has_booked("again")
    assert shop.story == [(0, "reset"), (200, None)]


def test_requests_behind_the_one_that_breaks_are_not_served(server):
    """A client that pipelines: the first answer is cut, the second never made."""
    shop = Shop(server, {"connection": "close"})
    first = shop.request("payout.create", custom_code="first")
    second = shop.request("payout.create", custom_code="second")
    with connected(server) as connection:
        connection.sendall(first + second)
        try:
            answer = rest_of(connection)
        except ConnectionResetError:  # TCP's answer to what was never read
            answer = b"HTTP/1.1 200"
    assert answer.count(b"HTTP/1.1 200") == 1
    assert shop.has_booked("first")


# Hanging


def test_it_hangs_until_the_client_gives_up(server):
    shop = Shop(server, {"connection": "hang"})
    with connected(server) as connection:
        connection.sendall(shop.request("payout.create"))
        connection.settimeout(PAUSE)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert server._uvicorn.server_state.tasks
    settle(server)
    assert shop.has_booked()


@pytest.mark.parametrize("leave", ["fin", "rst", "half"])
def test_a_client_that_leaves_ends_the_wait(server, monkeypatch, leave):
    naps = Naps(endless=True)
    monkeypatch.setattr(server.emulator, "sleep", naps)
    shop = Shop(server, {"connection": "hang", "hold": "65s"})
    with connected(server) as connection:
        connection.sendall(shop.request("payout.create"))
        assert naps.begun.wait(PATIENCE)
        if leave == "rst":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif leave == "half":
            connection.shutdown(socket.SHUT_WR)
            assert rest_of(connection) == b""
    assert naps.cancelled.wait(PATIENCE)


def test_a_client_that_goes_on_talking_to_it_is_not_heard(server, monkeypatch):
    """However much it sends, its leaving is noticed."""
    naps = Naps(endless=True)
    monkeypatch.setattr(server.emulator, "sleep", naps)
    shop = Shop(server, {"connection": "hang", "hold": "65s"})
    with connected(server) as connection:
        connection.sendall(shop.request("payout.create"))
        assert naps.begun.wait(PATIENCE)
        for _ in range(100):
            connection.sendall(shop.request("payout.create"))
    assert naps.cancelled.wait(PATIENCE)
    settle(server)
    assert len(shop.story) == 1


PARSERS = pytest.mark.parametrize("http", ["httptools", "h11"])
LOOPS = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])


@PARSERS
@LOOPS
@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_server_that_stops_ends_the_wait(monkeypatch, http, loop, kind):
    """Who hangs is closed in order; who is dripped at gets the rest; without waiting."""
    naps = Naps(endless=True)
    monkeypatch.setattr("emulator.http.server.GRACE_SECONDS", 3600.0)
    with complaints() as texts, serving(http, loop) as server:
        monkeypatch.setattr(server.emulator, "sleep", naps)
        shop = Shop(
            server,
            {"connection": "hang", "hold": "65s"}
            if kind == "hang"
            else {"drip": {"bytes": 1, "every": "1s"}},
        )
        with connected(server) as connection:
            connection.sendall(shop.request("payout.create"))
            assert naps.begun.wait(PATIENCE)
            server.stop()
            received = rest_of(connection)
        true = shop.namespace.journal.last.reply
        assert true is not None
        assert received == b"" if kind == "hang" else received.endswith(BLANK + true.body)
    assert naps.cancelled.is_set()
    assert texts == []


@PARSERS
@LOOPS
@pytest.mark.parametrize(
    "transmission",
    [Transmission(cut="truncate"), Transmission(drip_bytes=2**20, drip_seconds=1.0)],
    ids=["truncate", "drip"],
)
def test_a_client_that_does_not_read_does_not_hold_up_a_stop(monkeypatch, http, loop, transmission):
    """More than any socket buffer takes, cut or dripped; the server stops without a complaint."""
    monkeypatch.setattr("emulator.http.server.GRACE_SECONDS", 0.05)
    with complaints() as texts, serving(http, loop) as server:
        monkeypatch.setattr(server.emulator, "sleep", Naps())
        serve = server.emulator.serve

        async def enormous(*request: Any) -> Exchange:
            answered = await serve(*request)
            answered.reply = Reply(200, bytes(60_000_000), transmission=transmission)
            return answered

        monkeypatch.setattr(server.emulator, "serve", enormous)
        with connected(server) as connection:
            connection.sendall(WHOAMI)
            assert connection.recv(1)
            server.stop()
            assert not server._uvicorn.server_state.tasks
            assert not server._uvicorn.server_state.connections
    assert texts == []


# Dripping


def test_each_piece_is_on_its_way_before_the_pause(server, monkeypatch):
    """Nothing is gathered: the client reads the first piece while the server still waits."""
    gate = threading.Event()
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            await asyncio.to_thread(gate.wait)

    monkeypatch.setattr(server.emulator, "sleep", sleep)
    shop = Shop(server, {"drip": {"bytes": 16, "every": "50ms"}})
    with connected(server) as connection:
        connection.sendall(shop.request("payout.create", b"connection: close"))
        received = b""
        while len(received.partition(BLANK)[2]) < 16:
            received += connection.recv(65536)
        head, _, first = received.partition(BLANK)
        assert len(first) == 16
        gate.set()
        whole = rest_of(connection, first)
    assert length(head) == len(whole)
    assert waits == [0.05] * ((len(whole) - 1) // 16)
    assert json.loads(whole)["code"] == 200
    assert shop.story == [(200, None)]


def test_a_dripped_answer_leaves_the_connection_good(server, monkeypatch):
    monkeypatch.setattr(server.emulator, "sleep", Naps())
    shop = Shop(server, {"drip": {"bytes": 1, "every": "1h"}})
    with connected(server) as connection:
        for number in range(3):
            connection.sendall(shop.request("payout.create", custom_code=f"d{number}"))
            assert one_answer(connection).startswith(b"HTTP/1.1 200")
    assert shop.has_booked("d0", "d1", "d2")


def test_a_client_that_leaves_is_not_dripped_at(server, monkeypatch):
    naps = Naps(endless=True)
    monkeypatch.setattr(server.emulator, "sleep", naps)
    shop = Shop(server, {"drip": {"bytes": 1, "every": "1h"}})
    with connected(server) as connection:
        connection.sendall(shop.request("payout.create"))
        assert naps.begun.wait(PATIENCE)
    assert naps.cancelled.wait(PATIENCE)
    settle(server)
    assert len(naps.taken) == 1


# Answers without a body, and clients in a crowd


@pytest.mark.parametrize("kind", CUTTING)
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_an_answer_without_a_body_is_over_with_its_head(server, kind, method):
    """HEAD has none to cut: the head comes whole, then nothing."""
    namespace = disturbed(server.emulator, {"connection": kind}, "goat", "*", "any")
    answer = exchange(
        server, f"{method} /_ns/{namespace.name}/goat/v1/none HTTP/1.1\r\nhost: x\r\n\r\n".encode()
    )
    head, blank, body = answer.partition(BLANK)
    assert head.startswith(b"HTTP/1.1 4")
    assert blank
    if method == "HEAD":
        assert body == b""
        assert length(head) > 0
        assert b"transfer-encoding" not in head


def test_a_crowd_of_clients_leaves_the_server_well(server):
    """Eight at a time; each meets the next kind."""
    kinds = [*HEADLESS, *CUTTING]
    actions: list[dict[str, Any]] = [
        {"connection": kind, "after_commit": True, **({"hold": "1ms"} if kind == "hang" else {})}
        for kind in kinds
    ]
    shop = Shop(server, [*actions, {"pass": True}])

    def pay(number: int) -> bytes:
        request = shop.request("payout.create", b"connection: close", custom_code=f"c{number}")
        try:
            return exchange(server, request)
        except ConnectionResetError:
            return b"reset"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(pay, range(64)))
    assert answers.count(b"reset") == 8
    assert answers.count(b"") == 16
    assert answers.count(GARBAGE) == 8
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) == 32
    assert shop.has_booked(*(f"c{number}" for number in range(64)))
    told = [cut for _, cut in shop.story]
    assert sorted(map(str, told)) == sorted(map(str, [*kinds, None] * 8))


# No socket


async def _ask(app: Any, path: str, **options: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(app, **options)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path)


SAYS = "scenario rule broken/it#1 asks for `connection: {}`, which needs a real socket"


@pytest.mark.parametrize("kind", [*HEADLESS, *CUTTING])
def test_in_process_a_cut_is_a_clear_error(emulator, kind):
    """A test must not pass on a failure that never came."""
    namespace = disturbed(emulator, {"connection": kind}, "goat", "whoami", "any")
    path = f"/_ns/{namespace.name}/goat/v1/whoami"
    with pytest.raises(ConfigurationError, match=SAYS.format(kind)):
        asyncio.run(_ask(emulator.app, path))
    with TestClient(emulator.app) as client, pytest.raises(
        ConfigurationError, match=r"`emulator serve` or `Emulator\(\)\.run\(\)`"
    ):  # fmt: skip
        client.get(path)
    answer = asyncio.run(_ask(emulator.app, path, raise_app_exceptions=False))
    assert answer.status_code == 500
    assert SAYS.format(kind).replace("#1", "#3") in answer.json()["error"]
    assert "emulator-bug" not in answer.headers
    assert namespace.journal.last.bug == ""


def test_dripping_needs_no_socket():
    naps = Naps()
    emulator = Emulator(sleep=naps)
    namespace = disturbed(emulator, {"drip": {"bytes": 8, "every": "2s"}}, "goat", "whoami", "any")
    path = f"/_ns/{namespace.name}/goat/v1/whoami"
    answer = asyncio.run(_ask(emulator.app, path))
    assert answer.json()
    assert naps.taken == [2.0] * ((len(answer.content) - 1) // 8)
    with TestClient(emulator.app) as client:
        assert client.get(path).json().keys() == answer.json().keys()


def test_a_dripping_call_in_process_can_be_cancelled():
    """A client's own time limit works, as it would over a socket."""
    naps = Naps(endless=True)
    emulator = Emulator(sleep=naps)
    namespace = disturbed(emulator, {"drip": {"bytes": 8, "every": "2s"}}, "goat", "whoami", "any")

    async def give_up() -> None:
        call = asyncio.ensure_future(_ask(emulator.app, f"/_ns/{namespace.name}/goat/v1/whoami"))
        while not naps.begun.is_set():
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(give_up())
    assert naps.cancelled.is_set()


@contextmanager
def foreign(emulator: Emulator, http: Any) -> Iterator[int]:
    """A uvicorn of the user's own."""
    ready = threading.Event()
    listener = _bind("127.0.0.1", 0)
    config = uvicorn.Config(emulator.app, http=http, log_config=None, ws="none", lifespan="on")
    server = _Uvicorn(config, ready.set)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield listener.getsockname()[1]
    finally:
        server.stop()
        thread.join()


@PARSERS
def test_a_foreign_server_says_what_it_lacks(emulator, http):
    namespace = disturbed(emulator, {"connection": "reset"}, "goat", "whoami", "any")
    with complaints() as texts, foreign(emulator, http) as port:
        answer = httpx2.get(f"http://127.0.0.1:{port}/_ns/{namespace.name}/goat/v1/whoami")
    assert answer.status_code == 500
    assert SAYS.format("reset") in answer.json()["error"]
    assert "emulator.http.transport:HttpToolsProtocol" in answer.json()["error"]
    assert "emulator-bug" not in answer.headers
    assert any(SAYS.format("reset") in text for text in texts)


@pytest.mark.parametrize("name", ["HttpToolsProtocol", "H11Protocol"])
def test_a_foreign_server_can_take_our_protocol(emulator, name):
    namespace = disturbed(emulator, {"connection": "reset"}, "goat", "whoami", "any")
    path = f"/_ns/{namespace.name}/goat/v1/whoami"
    with (
        complaints() as texts,
        foreign(emulator, f"emulator.http.transport:{name}") as port,
        pytest.raises(httpx2.ReadError),
    ):
        httpx2.get(f"http://127.0.0.1:{port}{path}")
    assert texts == []


def test_the_journal_tells_a_cut_from_an_answer(emulator):
    """A lost 200 is not a 200."""
    namespace = disturbed(emulator, {"connection": "empty"}, "goat", "whoami", "any")
    with Server(emulator) as server:
        exchange(
            server, f"GET /_ns/{namespace.name}/goat/v1/whoami HTTP/1.1\r\nhost: x\r\n\r\n".encode()
        )
        exchange(server, WHOAMI.replace(BLANK, b"\r\nconnection: close" + BLANK))
    cut = summary(namespace.journal.last, namespace.mask())
    assert (cut["status"], cut["connection"], cut["verdict"]) == (0, "empty", "injected")
    whole = summary(emulator.namespace("default").journal.last, namespace.mask())
    assert (whole["status"], whole["connection"]) == (401, None)


# Any combination

TEXTS = st.text(max_size=40)
STATUSES = st.integers(200, 599) | st.sampled_from(sorted(BODILESS))
HEADERS = st.dictionaries(
    st.sampled_from(["x-a", "Retry-After", "Content-Type", "Upgrade", "Server", "Trailer"]),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12),
    max_size=3,
)  # fmt: skip


@st.composite
def actions(draw: st.DrawFn) -> dict[str, Any]:
    action: dict[str, Any] = {}
    if draw(st.booleans()):
        action["drip"] = {"bytes": draw(st.integers(1, 50)), "every": "1s"}
    if draw(st.booleans()):
        status = draw(STATUSES)
        answer: dict[str, Any] = {"status": status, "headers": draw(HEADERS)}
        if status not in BODILESS and draw(st.booleans()):
            answer |= draw(st.fixed_dictionaries({"text": TEXTS}) | st.just({"json": {"a": [1]}}))
        action["respond"] = answer
    else:
        action["connection"] = kind = draw(st.sampled_from([*HEADLESS, *CUTTING]))
        if kind == "truncate" and draw(st.booleans()):
            action["after_bytes"] = draw(st.integers(0, 200))
        if kind == "hang":
            action["hold"] = "1s"
        if draw(st.booleans()):
            action["after_commit"] = True
    return action


@pytest.fixture(scope="module", params=[("httptools", "auto"), ("h11", "asyncio")], ids="-".join)
def quick(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(*request.param) as server:
        server.emulator.sleep = Naps()
        yield server


@given(
    action=actions(),
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
    version=st.sampled_from(["1.1", "1.1", "1.0"]),
    body=st.binary(max_size=64),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_combination_makes_the_server_complain(quick, action, method, version, body):
    """Whatever is sent, cut or dripped, and to whatever request: no traceback, nothing left."""
    namespace = disturbed(quick.emulator, action, "goat", "*", "any")
    request = (
        f"{method} /_ns/{namespace.name}/goat/v1/none HTTP/{version}\r\nhost: x\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode() + body
    with complaints() as texts:
        try:
            exchange(quick, request)
        except ConnectionResetError:
            assert action.get("connection") == "reset"
        settle(quick)
    assert texts == []
    assert namespace.journal.last.bug == ""
    quick.emulator.all_namespaces.remove(namespace)
