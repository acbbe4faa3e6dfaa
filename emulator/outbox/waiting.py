"""Calls that wait until a webhook has been sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Waiting:
    """The calls that wait for the webhooks of one namespace."""

    def __init__(self) -> None:
        self._calls = dict[asyncio.Event, asyncio.AbstractEventLoop]()

    def __len__(self) -> int:
        return len(self._calls)

    def wake(self) -> None:
        """Have each call look again: a copy of a webhook was sent. Any thread may call this."""
        for event, loop in tuple(self._calls.items()):
            with suppress(RuntimeError):  # its loop is closed
                loop.call_soon_threadsafe(event.set)

    async def until(self, look: Callable[[], list[T]], seconds: float) -> list[T]:
        """Return what `look` finds, as soon as it finds something; nothing if the time is over."""
        event = asyncio.Event()
        self._calls[event] = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                while not (found := look()):
                    await event.wait()
                    event.clear()
            return found
        except (TimeoutError, asyncio.CancelledError):  # cancelled: the server stops
            return []
        finally:
            del self._calls[event]
