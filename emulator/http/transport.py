"""The HTTP protocol classes: uvicorn's, for clients as they are, and connections that can break.

Java's own HttpClient offers HTTP/2 on every first request (`Upgrade: h2c`). A server may ignore
the offer (RFC 9110, section 7.8), and the providers' do; but httptools takes it for the end of
HTTP and drops the body. So the offer is renamed before the parser sees it. h11 ignores it by
itself, and is only kept from complaining.

A scenario's `connection: …` needs more than ASGI can say, so the scope of each request holds the
connection it came by: see `emulator.http.line`. To run `Emulator().app` in your own uvicorn,
name the class::

    uvicorn.run(Emulator().app, http="emulator.http.transport:HttpToolsProtocol")  # or :H11Protocol

Without it, such a fault is a 500 that says so. The classes are made when first asked for, because
uvicorn's own take time to import.
"""

from __future__ import annotations

import asyncio
import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from emulator.core.http_problems import NOT_HTTP
from emulator.http.breakable import Breakable

if TYPE_CHECKING:
    HttpToolsProtocol: type[asyncio.Protocol]
    H11Protocol: type[asyncio.Protocol]


Http = Literal["auto", "httptools", "h11"]
"""Which parser: httptools, h11, or the first of them that is installed."""

_OFFER = re.compile(rb"(\r\n)(Upgrade:[ \t]*h2c[ \t]*\r\n)", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")
_MOST_PIPELINED = 64
"""Requests that may come on one connection before the first of them is answered."""


def protocol_class(http: Http) -> type[asyncio.Protocol]:
    """Return the class that speaks HTTP with one client.

    Raises:
        ImportError: If the parser that is asked for is not installed.
    """
    if http == "auto":
        try:
            return _made("HttpToolsProtocol")
        except ImportError:
            return _made("H11Protocol")
    return _made("H11Protocol" if http == "h11" else "HttpToolsProtocol")


class _HttpTools(Breakable):
    """Renames the offer of HTTP/2 in each head."""

    _within = False
    """Whether a request has begun and is not over."""
    _headed = False
    """Whether its head is over."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        if len(self.pipeline) >= _MOST_PIPELINED:
            self._last = NOT_HTTP.found(
                f"at most {_MOST_PIPELINED} requests that wait for one another", "more"
            )
            raise ValueError  # the parser takes it for the end of HTTP
        self._within, self._headed = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the head."""
        self._headed = True
        super().on_headers_complete()
        self.headers = _TRAILERS

    def on_message_complete(self) -> None:
        """End a request."""
        self._within = False
        super().on_message_complete()

    def _phase(self) -> str:
        if self._within:
            return "body" if self._headed else "head"
        return "head" if self._held else ""

    def _parsed_head(self) -> bytes:
        if not self._within or self._headed or not self.url:
            return b""
        lines = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url)]
        lines += [b"%s: %s" % header for header in self.headers]
        return b"\r\n".join([*lines, b""])

    def _feed(self, data: bytes) -> None:
        if not self._within and b"h2c" in data and _REQUEST_LINE.match(data):
            head, blank, rest = data.partition(b"\r\n\r\n")
            head = _OFFER.sub(rb"\1X-\2", head + b"\r\n")[:-2]
            data = head + blank + rest
        super()._feed(data)


class _H11(Breakable):
    """Takes no offer to speak anything else."""

    pipeline = ()
    """h11 keeps what follows a request unread until that is answered."""

    def _should_upgrade(self) -> bool:
        return False

    def _phase(self) -> str:
        import h11

        state = self.conn.their_state
        if state is h11.IDLE:
            return "head" if self._held or self.conn.trailing_data[0] else ""
        return "body" if state is h11.SEND_BODY else ""

    def _parsed_head(self) -> bytes:
        return bytes(self.conn.trailing_data[0])


class _Trailers(list[tuple[bytes, bytes]]):
    """What comes after a chunked body: no header of the request (RFC 9110, 6.5.1), and not kept."""

    def append(self, _: tuple[bytes, bytes], /) -> None:
        """Keep nothing."""


_TRAILERS = _Trailers()

_PARTS: dict[str, tuple[type[Breakable], str]] = {
    "HttpToolsProtocol": (_HttpTools, "uvicorn.protocols.http.httptools_impl"),
    "H11Protocol": (_H11, "uvicorn.protocols.http.h11_impl"),
}


@cache
def _made(name: str) -> type[asyncio.Protocol]:
    ours, module = _PARTS[name]
    theirs = getattr(import_module(module), name)
    return type(name, (ours, theirs), {"__module__": __name__, "__doc__": ours.__doc__})


def __getattr__(name: str) -> type[asyncio.Protocol]:
    if name not in _PARTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _made(name)
