"""The connections of one server: their number, and how a connection ends.

If a connection is closed while its client still sends, the system resets it, and the client can
lose the answer. So after an answer that is sent before the end of the request, the connection
*lingers*: our side ends, data that still arrives is read and ignored, and then the connection is
closed.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from typing import Protocol

RESERVED = 32
"""Connections above the limit that are open for a moment: for `/health`, and to get the reason."""
_OTHER_FILES = 64
"""Open files of a server that are not connections: its own, and those of webhooks."""

_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER on, with 0 seconds: closing sends a RST instead of a FIN."""


class Ended(Protocol):
    """What a connection does when its end has begun."""

    def read_no_more(self) -> None:
        """Our answer is over: throw away what still comes, and close soon."""
        ...

    def watch_unread(self) -> None:
        """See to it that a client that does not read is not waited for."""
        ...

    def answer_last(self) -> None:
        """The answer that goes out now is the last one."""
        ...


class Lingering:
    """A transport whose `close` ends only our side.

    Args:
        transport: The transport.
        on_close: Called in place of closing it.
    """

    __slots__ = ("_on_close", "_transport", "write")

    def __init__(self, transport: asyncio.Transport, on_close: Callable[[], None]) -> None:
        self._transport = transport
        self._on_close = on_close
        self.write = transport.write

    def is_closing(self) -> bool:
        """Tell whether the connection is over."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End our side."""
        self._on_close()


class SocketConnection:
    """The `ClientConnection` of a socket.

    Attributes:
        stopping: Set when the server begins to stop.
        client_ended: Set when the client sends no more.
        seized: Whether the server is to read no more from it.
    """

    __slots__ = ("_protocol", "_transport", "client_ended", "seized", "stopping")

    def __init__(self, transport: asyncio.Transport, protocol: Ended) -> None:
        self._transport = transport
        self._protocol = protocol
        self.stopping = asyncio.Event()
        self.client_ended = asyncio.Event()
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
        self._protocol.watch_unread()

    def linger(self) -> None:
        """Have it closed after the answer that goes out now, and read on until then."""
        self._protocol.answer_last()

    def reset(self) -> None:
        """End it with a RST."""
        its: socket.socket | None = self._transport.get_extra_info("socket")
        if its is not None and not self._transport.is_closing():
            its.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self._transport.abort()


class Guest(Protocol):
    """A connection above the limit."""

    def expel(self) -> None:
        """Tell its client why, and close it now."""
        ...


class Crowd:
    """Those connections of a server that are above its limit.

    Each may ask once, and is then closed. Where there are too many even of these, the oldest goes:
    so the newest is always heard, if it asks at once.

    Args:
        most: The limit.
    """

    def __init__(self, most: int) -> None:
        self.most = min(most, max(_open_files() - _OTHER_FILES - RESERVED, 1))
        self._guests: dict[Guest, None] = {}

    def is_full(self, connections: int, newest: Guest) -> bool:
        """Tell whether the newest connection is above the limit.

        Args:
            connections: How many there are, with it.
            newest: That connection.
        """
        if connections <= self.most:
            return False
        self._guests[newest] = None
        if len(self._guests) > RESERVED:
            oldest = next(iter(self._guests))
            del self._guests[oldest]
            oldest.expel()
        return True

    def leave(self, guest: Guest) -> None:
        """Remove a closed connection."""
        self._guests.pop(guest, None)


def _open_files() -> int:
    """Return how many files this process can have open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 1 << 30
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 30 if soft == resource.RLIM_INFINITY else soft


def allow_open_files() -> None:
    """Raise the limit of open files to what the system allows, up to a maximum."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


_WANTED_FILES = 4096
