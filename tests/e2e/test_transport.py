"""What clients really send over a socket."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from emulator.emulator import Emulator
from emulator.http import transport
from emulator.http.server import Server
from emulator.http.transport import protocol_class

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"


@pytest.fixture(scope="module", params=["httptools", "h11"])
def server(request):
    with Server(Emulator(), http=request.param) as server:
        yield server


def talk(server: Server, *packets: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        for packet in packets:
            connection.sendall(packet)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


@pytest.mark.parametrize("split", [False, True])
def test_an_offer_of_http_2_is_ignored_and_the_body_kept(server, split):
    """Java's HttpClient sends it with every first request, headers and body apart."""
    body = b'{"auth":{}}'
    head = (
        b"POST /placetopay/api/session HTTP/1.1\r\nHost: localhost\r\n" + OFFER
        + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    )  # fmt: skip
    answer = talk(server, *((head, body) if split else (head + body,)))
    assert b"emulator-diagnosis: placetopay.auth-incomplete" in answer
    journal = server.emulator.namespace("default").journal
    assert journal.last.request.body == body


def test_a_body_that_speaks_of_an_offer_is_left_alone(server):
    """Only the head of a request is touched."""
    body = b"a\r\nUpgrade: h2c\r\nb"
    head = b"POST /goat/oauth/app/token HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    talk(server, head + body)
    assert server.emulator.namespace("default").journal.last.request.body == body


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00" * 100,
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"\r\n" * 50,
    ],
)
def test_what_is_not_http_gets_a_400_or_nothing(server, junk):
    """Never a 500, and the server goes on. h11 takes any version, and finds no provider."""
    answer = talk(server, junk)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert b"401" in talk(server, b"GET /goat/v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_a_long_reply_arrives_whole(server):
    """What the journal keeps of it is another matter."""
    import httpx2

    from emulator.journal.kept import BODY_SHOWN

    namespace = server.emulator.namespace("default")
    provider, context = server.emulator.providers["pagsmile"], namespace.contexts["pagsmile"]

    def ask(endpoint, payload):
        signed = provider.sign(endpoint, payload, context, f"{server.url}/pagsmile").request
        url = signed.base_url + signed.path
        return httpx2.post(url, content=signed.body, headers=signed.headers)

    from emulator.providers.pagsmile.signing import default_payload

    for number in range(60):
        payout = {**default_payload("payout.create", context), "custom_code": f"long_{number}"}
        assert ask("payout.create", payout).json()["code"] == 200
    listed = ask("payout.list", None)
    assert len(listed.content) > BODY_SHOWN
    assert len(listed.json()["data"]) == 60
    number = listed.headers["emulator-exchange"]
    shown = httpx2.get(f"{server.url}/_emulator/requests/{number}").json()
    left_out = len(listed.content) - BODY_SHOWN
    kept, _, mark = shown["reply"]["body"].partition("…")
    assert len(kept) <= BODY_SHOWN
    assert mark == f" ({left_out} more)"
    assert shown["cut"] == {"reply.body": left_out}


def test_an_upload_that_breaks_off_asks_for_nothing(server):
    """Half a request is none, though the half be good JSON: no sale may come of it."""
    journal = server.emulator.namespace("default").journal
    before = len(journal)
    body = b'{"auth":{}}'
    head = (
        b"POST /placetopay/api/session HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (len(body) + 3)
    )
    talk(server, head + body)
    talk(server, b"GET /goat/v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert [each.provider for each in list(journal)[before:]] == ["goat"]


class Pipe(asyncio.Transport):
    """A connection without a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


async def fed(http: Any, packets: list[bytes]) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Give packets to a protocol; return what it writes, and each request's path and body."""
    requests: list[tuple[str, bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        requests.append((scope["path"], body))
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, log_config=None, ws="none", access_log=False)
    config.load()
    state, pipe = ServerState(), Pipe()
    make: Any = protocol_class(http)
    protocol = make(config, state, {})
    protocol.connection_made(pipe)
    for packet in packets:
        if pipe.closing:
            break
        protocol.data_received(packet)
        for _ in range(10):
            await asyncio.sleep(0)
    protocol.connection_lost(None)
    assert not state.tasks
    assert not state.connections
    return pipe.written, requests


BODY = b"a\r\nUpgrade: h2c\r\n\r\nPOST /x HTTP/1.1\r\n"
REQUEST = (
    b"POST /one HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s"
    % (OFFER, len(BODY), BODY)
)  # fmt: skip


@pytest.mark.parametrize("http", ["httptools", "h11"])
@given(cuts=st.lists(st.integers(1, len(REQUEST) - 1), max_size=6, unique=True).map(sorted))
def test_an_offer_may_come_in_any_pieces(http, cuts):
    """Twice on one connection, each head and body cut anywhere."""
    edges = zip([0, *cuts], [*cuts, len(REQUEST)], strict=True)
    packets = [REQUEST[start:end] for start, end in edges]
    written, requests = asyncio.run(fed(http, packets * 2))
    assert requests == [("/one", BODY)] * 2
    assert written.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("http", ["httptools", "h11"])
@given(
    packets=st.lists(
        st.binary(min_size=1, max_size=60) | st.sampled_from([REQUEST[:70], b"GET /", b"\r\n"]),
        max_size=5,
    )
)
def test_no_packets_break_it(http, packets):
    """Not HTTP, or half of it: a 400, or silence."""
    asyncio.run(fed(http, packets))


def test_the_parser_that_is_installed(monkeypatch):
    """httptools where it can be had, else h11; and no other name."""
    assert protocol_class("auto") is transport.HttpToolsProtocol
    assert protocol_class("h11") is transport.H11Protocol
    monkeypatch.setitem(sys.modules, "uvicorn.protocols.http.httptools_impl", None)
    transport._made.cache_clear()
    assert protocol_class("auto").__name__ == "H11Protocol"
    with pytest.raises(ImportError):
        protocol_class("httptools")
    with pytest.raises(AttributeError):
        transport.H2Protocol  # noqa: B018
