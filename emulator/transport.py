"""The HTTP protocol classes: uvicorn's, for clients as they are, and connections that can break.

Java's own HttpClient offers HTTP/2 on every first request (`Upgrade: h2c`). A server may ignore
the offer (RFC 9110, section 7.8), and the providers' do; but httptools takes it for the end of
HTTP and drops the body. So the offer is renamed before the parser sees it. h11 ignores it by
itself, and is only kept from complaining.

A scenario's `connection: …` needs more than ASGI can say, so the scope of each request holds the
connection it came by: see `emulator.wire`. To run `Emulator().app` in your own uvicorn,
name the class::

    uvicorn.run(Emulator().app, http="emulator.transport:HttpToolsProtocol")  # or :H11Protocol

Without it, such a fault is a 500 that says so. The classes are made when first asked for, because
uvicorn's own take time to import.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from emulator.wire import EXTENSION, STRANGERS

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    HttpToolsProtocol: type[asyncio.Protocol]
    H11Protocol: type[asyncio.Protocol]

    class _Uvicorn(asyncio.Protocol):
        """What uvicorn's two protocol classes have in common."""

        app: Any
        app_state: dict[str, Any]

        def shutdown(self) -> None: ...
        def on_message_begin(self) -> None: ...
        def on_message_complete(self) -> None: ...
else:
    _Uvicorn = asyncio.Protocol

Http = Literal["auto", "httptools", "h11"]
"""Which parser: httptools, h11, or the first of them that is installed."""

_OFFER = re.compile(rb"(\r\n)(Upgrade:[ \t]*h2c[ \t]*\r\n)", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")
_BEGINNING = re.compile(rb"[A-Z]+(?: \S+ HTTP/1\.1\r\n|[ -~]*\r?\Z)")
_LONGEST_HEAD = 64 * 1024
"""Bytes after which the parser may say what it thinks of a head without an end."""

_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""On, for no time: closing sends a RST in place of a FIN."""


_ADVICE = b"The emulator is not a proxy. Use its address as the base URL of your client.\n"
_NOT_A_PROXY = (
    b"HTTP/1.1 501 Not Implemented\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_ADVICE), _ADVICE)
)


def _foreign(data: bytes) -> str:
    """Say what the first bytes of a connection are, where they are nothing for this port."""
    if data[:2] == b"\x16\x03":
        return (
            "somebody spoke TLS (https) to this port, which speaks plain HTTP: write http:// in "
            "the base URL of your client"
        )
    if data[:8].upper() == b"CONNECT ":
        return (
            "somebody sent CONNECT: the emulator is set as a proxy, which it is not. Set it as the "
            "base URL of your client, and take it out of HTTP_PROXY and HTTPS_PROXY"
        )
    if data.startswith(b"PRI * HTTP/2"):
        return (
            "somebody spoke HTTP/2 from the start to this port, which speaks HTTP/1.1: have your "
            "client begin with HTTP/1.1"
        )
    return ""


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


class SocketConnection:
    """One client's connection, as `emulator.wire` wants to hold it.

    Attributes:
        stopping: Set when the server begins to stop.
        seized: Whether the server is to read no more from it.
    """

    __slots__ = ("_transport", "seized", "stopping")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.stopping = asyncio.Event()
        self.seized = False

    def seize(self) -> None:
        """Read no more HTTP from it."""
        self.seized = True

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self._transport.write(data)

    def close(self) -> None:
        """End it with a FIN when all is sent."""
        self._transport.close()

    def reset(self) -> None:
        """End it with a RST."""
        its: socket.socket | None = self._transport.get_extra_info("socket")
        if its is not None and not self._transport.is_closing():
            its.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self._transport.abort()


class _Breakable(_Uvicorn):
    """Hands the connection to the application, and takes it well when that breaks it."""

    _connection: SocketConnection
    _first = True
    """Whether nothing has come yet."""
    _cycle: Any = None
    """The request that is being answered. uvicorn's own `cycle` is the newest that was read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._connection = connection = SocketConnection(cast(asyncio.Transport, transport))
        inner = self.app

        def app(scope: Scope, receive: Receive, send: Send) -> Any:
            self._cycle = getattr(send, "__self__", None)
            scope["extensions"] = {EXTENSION: connection}
            return inner(scope, receive, send)

        self.app = app

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket."""
        if self._first:
            self._first = False
            self._look(data)
        if not self._connection.seized:
            super().data_received(data)

    def _look(self, data: bytes) -> None:
        """Say on the console what begins here, where it is not HTTP/1.1."""
        foreign = _foreign(data)
        if not foreign:
            return
        if strangers := self.app_state.get(STRANGERS):
            strangers.tell(foreign)
        if "CONNECT" in foreign:
            self._connection.seize()
            self._connection.write(_NOT_A_PROXY)
            self._connection.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the tasks that still answer; uvicorn tells only the newest request."""
        super().connection_lost(exc)
        cycle = self._cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def shutdown(self) -> None:
        """Begin to stop."""
        super().shutdown()
        self._connection.stopping.set()


class _HttpTools(_Breakable):
    """Renames the offer of HTTP/2 in each head, for which it collects the head whole."""

    _held = b""
    _within = False
    """Whether a request has begun and is not over."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._within = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """End a request."""
        self._within = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket; of a head, none before all are there."""
        if not self._within:
            data, self._held = self._held + data, b""
            if (
                b"\r\n\r\n" not in data
                and len(data) < _LONGEST_HEAD
                and _BEGINNING.match(data)
                and not self._connection.seized
            ):
                self._held = data
                return
            if b"h2c" in data and _REQUEST_LINE.match(data):
                head, blank, rest = data.partition(b"\r\n\r\n")
                head = _OFFER.sub(rb"\1X-\2", head + b"\r\n")[:-2]
                data = head + blank + rest
        super().data_received(data)


class _H11(_Breakable):
    """Takes no offer to speak anything else."""

    def _should_upgrade(self) -> bool:
        return False


_PARTS: dict[str, tuple[type[_Breakable], str]] = {
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
