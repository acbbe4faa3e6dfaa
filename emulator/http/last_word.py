"""An answer to a request that no parser has read: too long, too slow, or not HTTP at all.

The part that has arrived is enough to find the provider. So the application is called as usual, and
answers in the provider's form.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from emulator.core.http_problems import HttpProblem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from emulator.http.connections import Lingering

LOOKED_AT = 16 * 1024
"""Bytes of a head that are read."""
_REQUEST_LINE = re.compile(rb"\s*([A-Za-z]{1,20}) ([\x21-\x7e]+)")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00-\x08\x0a-\x1f\x7f]*)")


def scope_of(start: bytes, **members: Any) -> Scope:
    """Return the ASGI scope of a request of which only the start has arrived.

    Args:
        start: The first bytes of it.
        members: Members of the scope that belong to the connection.
    """
    first, *rest = start[:LOOKED_AT].lstrip(b"\r\n").split(b"\n")
    found = _REQUEST_LINE.match(first)
    method, target = (found[1], found[2]) if found else (b"GET", b"/")
    raw_path, _, query = target.partition(b"?")
    lines = [_HEADER.fullmatch(line.removesuffix(b"\r")) for line in rest[:-1]]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "root_path": "",
        "method": method.decode("ascii").upper(),
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": query,
        "headers": [(line[1].lower(), line[2].strip(b" \t")) for line in lines if line],
        **members,
    }


def in_short(problem: HttpProblem) -> bytes:
    """Return the complete answer for a client that has sent no request yet."""
    body = json.dumps({"error": str(problem), "code": problem.diagnosis.code}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"emulator-diagnosis", problem.diagnosis.code.encode("ascii")),
    ]
    return _head(problem.status, headers) + body


class LastWord:
    """The last request of a connection and its answer; uvicorn calls this a cycle.

    Args:
        scope: ASGI.
        transport: Where the answer goes.

    Attributes:
        disconnected: Whether the client is gone.
        response_complete: Whether the answer is sent.
        message_event: Set when the client is gone.
        more_body: Whether more of the request can come; it is not read.
        keep_alive: Whether there can be another request.
    """

    def __init__(self, scope: Scope, transport: Lingering) -> None:
        self.scope = scope
        self._transport = transport
        self._asked = False
        self.disconnected = False
        self.response_complete = False
        self.message_event = asyncio.Event()
        self.more_body = False
        self.keep_alive = False

    async def run(self, app: ASGIApp) -> None:
        """Let the application answer, and close the connection."""
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:  # as uvicorn does; the connection must still be closed
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
        finally:
            if not self.response_complete:
                self.response_complete = True
                self._transport.close()

    async def receive(self) -> Message:
        """ASGI: an empty body, then the end."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        if not self.disconnected:
            await self.message_event.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI: write a part of the answer."""
        if self.disconnected or self.response_complete:
            return
        if message["type"] == "http.response.start":
            self._transport.write(_head(message["status"], message["headers"]))
            return
        self._transport.write(message.get("body", b""))
        if not message.get("more_body", False):
            self.response_complete = True
            self._transport.close()


def _head(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    kept = [each for each in headers if each[0] != b"connection"] + [(b"connection", b"close")]
    lines = b"".join(b"%s: %s\r\n" % header for header in kept)
    phrase = responses.get(status, "").encode("ascii")
    return b"HTTP/1.1 %d %s\r\n%s\r\n" % (status, phrase, lines)
