"""What clients really send over a socket."""

from __future__ import annotations

import socket

import pytest

from emulator.pipeline import Emulator
from emulator.server import Server

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"


@pytest.fixture(scope="module")
def server():
    with Server(Emulator()) as server:
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
    """Never a 500, and the server goes on."""
    answer = talk(server, junk)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert b"401" in talk(server, b"GET /goat/v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_a_long_reply_arrives_whole(server):
    """What the journal keeps of it is another matter."""
    import httpx2

    from emulator.journal import BODY_LIMIT

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
    assert len(listed.content) > BODY_LIMIT
    assert len(listed.json()["data"]) == 60
    number = listed.headers["emulator-exchange"]
    shown = httpx2.get(f"{server.url}/_emulator/requests/{number}").json()
    assert len(shown["reply"]["body"]) == BODY_LIMIT


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
