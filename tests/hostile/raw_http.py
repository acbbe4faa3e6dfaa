"""HTTP as bytes on a socket: what no well-behaved client would send."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass

from emulator.http.server import Server

_ANSWER_SECONDS = 60.0
"""A server that never answers must not hang the tests: nothing is judged by this time."""


@dataclass(frozen=True)
class Answer:
    """What came back until the server closed, or the whole of one answer.

    Attributes:
        status: The status code; 0 if no answer came.
        headers: By name in small letters; of a name that is there twice, the last.
        body: The body.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def connect(server: Server) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", server.port), _ANSWER_SECONDS)


def send(server: Server, data: bytes) -> Answer:
    """Send these bytes over a connection of their own and read one answer."""
    with connect(server) as connection:
        with suppress(ConnectionError):  # it answered before it had read everything
            connection.sendall(data)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """Read one answer that has a content length, or everything until the end."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = _receive(connection)
        if not chunk:
            return _answer(received, b"")
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = _answer(head, b"").headers.get("content-length")
    while length is None or len(body) < int(length):
        chunk = _receive(connection)
        if not chunk:
            break
        body += chunk
    return _answer(head, body)


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Return a POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def get(path: str, *headers: str) -> bytes:
    """Return a GET as bytes."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode(
        "latin-1"
    )


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


def _answer(head: bytes, body: bytes) -> Answer:
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/") else 0
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Answer(status, headers, body)
