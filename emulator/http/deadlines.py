"""Time limits of one connection: for a request to arrive, and for an answer to be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from emulator.core.limits import Limits

_LEAST_READ = 64 * 1024
"""Bytes of an answer that a client must read in `Limits.answer_seconds`."""


class Deadlines:
    """The timers of one connection. A timer runs only while something is expected.

    Args:
        loop: The event loop.
        transport: The connection.
        limits: The time limits.
    """

    __slots__ = ("_late", "_limits", "_loop", "_transport", "_unread", "_what")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, limits: Limits
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._limits = limits
        self._late: asyncio.TimerHandle | None = None
        self._what: object = None
        self._unread: asyncio.TimerHandle | None = None

    def expect(self, what: object, seconds: float, late: Callable[[], None]) -> None:
        """Start a timer for one thing; if it runs for this thing already, its time stays.

        Args:
            what: The thing; equal values mean the same thing.
            seconds: The time.
            late: Called when the time is over.
        """
        if self._late is None or self._what != what:
            self.expect_nothing()
            self._what = what
            self._late = self._loop.call_later(seconds, self._is_late, late)

    def expect_nothing(self) -> None:
        """Stop the timer of the request."""
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def answer_waits(self) -> None:
        """The client has not read all of an answer: start its timer."""
        unread = self._transport.get_write_buffer_size()
        if unread and self._unread is None:
            self._unread = self._loop.call_later(
                self._limits.answer_seconds, self._is_unread, unread
            )

    def answer_is_taken(self) -> None:
        """The client has read it, or most of it: stop its timer."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def forget(self) -> None:
        """The connection is over."""
        self.expect_nothing()
        self.answer_is_taken()

    def _is_late(self, late: Callable[[], None]) -> None:
        self._late = None
        late()

    def _is_unread(self, before: int) -> None:
        self._unread = None
        if before - self._transport.get_write_buffer_size() < _LEAST_READ:
            self._transport.abort()
        else:
            self.answer_waits()
