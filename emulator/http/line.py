"""Sends a reply slowly, or only a part of it.

A reply with a head is sent as ASGI messages, so that its head is the normal one. Faults that ASGI
messages cannot express need a `ClientConnection`: the protocol classes in `emulator.http.transport`
put one into the scope. Without it the application raises `CannotCutError`; otherwise a test would
pass without the failure that it asks for.

An answer without a body (HEAD, 204, 205, 304, or an empty one) ends with its head. It cannot be
truncated or malformed, so `truncate` and `malformed-chunk` close the connection after the head.
`truncate` never sends the last byte of a body, also if `after_bytes` is larger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.core.connection import ClientConnection, disconnected
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Transmission

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

GARBAGE = bytes(range(0x80, 0x100)) + b"\r\n\r\n"
"""The bytes of `connection: garbage`; the lines are complete, so that no reader waits."""

BAD_CHUNK = b"no-size\r\n"
"""Text in the place of the hexadecimal size of a chunk (RFC 9112, section 7.1)."""


class CannotCutError(ConfigurationError):
    """The connection must be cut, but there is none that we can cut."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a reply goes out by.

    Attributes:
        receive: ASGI; the request has been read.
        send: ASGI.
        connection: As in the scope.
        sleep: Waits real seconds.
    """

    receive: Receive
    send: Send
    connection: ClientConnection | None
    sleep: Callable[[float], Awaitable[None]]

    async def transmit(self, transmission: Transmission, start: Message, body: bytes) -> None:
        """Send a reply as `transmission` says; return when it is sent or the connection is closed.

        Args:
            transmission: What happens to it.
            start: `http.response.start`.
            body: The body that its head announces; empty if the client expects none.
        """
        ends = _Ends(self)
        try:
            if transmission.cut:
                assert self.connection is not None
                self.connection.seize()
                await self._cut(self.connection, transmission, start, body, ends)
                await ends.gone()
            else:
                await self.send(start)
                await self._drip(transmission, body, ends, more=False)
        except asyncio.CancelledError:
            if self.connection is None:
                raise
            # The server stops, and the client does not read: to go on cancelled would be logged.
            self.connection.reset()
            await ends.gone()
        finally:
            ends.forget()

    async def _cut(
        self,
        connection: ClientConnection,
        transmission: Transmission,
        start: Message,
        body: bytes,
        ends: _Ends,
    ) -> None:
        match transmission.cut:
            case "reset":
                connection.reset()
                return
            case "hang":
                await ends.wait(transmission.hold_seconds)
            case "garbage":
                connection.write(GARBAGE)
            case "close":
                await self.send(start)
            case "truncate":
                await self.send(start)
                kept = (
                    len(body) // 2 if transmission.after_bytes is None else transmission.after_bytes
                )
                await self._drip(transmission, body[: min(kept, len(body) - 1)], ends, more=True)
            case "malformed-chunk":
                await self.send(_chunked(start) if body else start)
                if body:
                    connection.write(BAD_CHUNK)
            case _:  # empty
                pass
        connection.close()

    async def _drip(
        self, transmission: Transmission, body: bytes, ends: _Ends, *, more: bool
    ) -> None:
        """Send the body in pieces; the rest at once when the server stops."""
        at = 0
        while (
            transmission.drip_bytes
            and len(body) - at > transmission.drip_bytes
            and not ends.hurried
        ):
            piece = body[at : at + transmission.drip_bytes]
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
            at += transmission.drip_bytes
            await ends.wait(transmission.drip_seconds)
        await self.send({"type": "http.response.body", "body": body[at:], "more_body": more})


class _Ends:
    """The events that end a pause early: the client leaves or ends, or the server stops."""

    def __init__(self, line: Line) -> None:
        self._sleep = line.sleep
        self._gone = asyncio.ensure_future(disconnected(line.receive))
        self._any: set[asyncio.Future[Any]] = {self._gone}
        if line.connection is not None:
            self._any.add(asyncio.ensure_future(line.connection.client_ended.wait()))
            self._any.add(asyncio.ensure_future(line.connection.stopping.wait()))

    @property
    def hurried(self) -> bool:
        """Whether pauses are over."""
        return any(end.done() for end in self._any)

    async def wait(self, seconds: float | None) -> None:
        """Wait so many seconds, or until an event ends the pause; None for no limit."""
        nap = None if seconds is None else asyncio.ensure_future(self._sleep(seconds))
        try:
            await asyncio.wait(
                self._any if nap is None else {nap, *self._any},
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            if nap is not None and not nap.cancel():
                nap.result()

    async def gone(self) -> None:
        """Wait until the connection is closed."""
        await asyncio.wait({self._gone})

    def forget(self) -> None:
        for end in self._any:
            end.cancel()


def _chunked(start: Message) -> Message:
    headers = [each for each in start["headers"] if each[0] != b"content-length"]
    return {**start, "headers": [*headers, (b"transfer-encoding", b"chunked")]}
