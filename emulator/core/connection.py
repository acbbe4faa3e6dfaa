"""The connection that a request came by, as far as the application must know it.

The protocol classes of `emulator.http` put one into the scope of each request. In process, and
below another server, there is none.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

CONNECTION = "emulator.connection"
"""The ASGI extension under which the scope holds the client's connection."""


class ClientConnection(Protocol):
    """A client's connection."""

    @property
    def stopping(self) -> asyncio.Event:
        """Set when the server begins to stop."""
        ...

    @property
    def client_ended(self) -> asyncio.Event:
        """Set when the client sends no more: it is gone, or it still reads. TCP does not tell."""
        ...

    def seize(self) -> None:
        """Take it from the server: what the client sends from now on is not read as HTTP."""
        ...

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    def close(self) -> None:
        """End it in order, when all is sent: a FIN."""
        ...

    def linger(self) -> None:
        """Close it after the answer that goes out now, and read until then: else that is lost."""
        ...

    def reset(self) -> None:
        """End it at once, unsent bytes and all: a RST."""
        ...


def connection_of(scope: Scope) -> ClientConnection | None:
    """Return the connection a request came by; None in process or below another server."""
    extensions: dict[str, Any] = scope.get("extensions") or {}
    return extensions.get(CONNECTION)


async def disconnected(receive: Receive) -> None:
    """Return when the connection is no more; the rest of a body is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def left(scope: Scope, receive: Receive) -> None:
    """Return when the client sends no more, or the connection is no more."""
    connection = connection_of(scope)
    ends: set[asyncio.Future[Any]] = {asyncio.ensure_future(disconnected(receive))}
    if connection is not None:
        ends.add(asyncio.ensure_future(connection.client_ended.wait()))
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in ends:
            each.cancel()
