"""What is due when, and a call when the first of it is: no one looks at the clock meanwhile.

An `Agenda` holds keys by the time at which each is due. It is an index: what has to be done, the
records of the store say. An `Alarm` rings when the first key is due by a clock that may be moved,
stopped and set back; the clock says when it was moved, and the alarm looks again.
"""

from __future__ import annotations

import asyncio
import heapq
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock

from emulator.core.terminal import report_bug

_SLICE_SECONDS = 0.004
"""How long one ring may work before others have their turn."""
_LONGEST_SECONDS = 60.0
"""After which an alarm looks again in any case: the machine's own clock may have been set."""
_SPARE = 64
_RETAINED = 50_000


def _nothing() -> None:
    return None


class Agenda:
    """Keys, each with the time at which it is due. Any thread may use it.

    Args:
        changed: Told when a key was put.
        retain: How many keys are kept; the oldest leave first.
    """

    __slots__ = ("_at", "_changed", "_heap", "_lock", "_retain")

    def __init__(self, changed: Callable[[], None] = _nothing, retain: int = _RETAINED) -> None:
        self._changed = changed
        self._retain = retain
        self._lock = Lock()
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._at)

    def __contains__(self, key: str) -> bool:
        return key in self._at

    def put(self, key: str, at: float) -> None:
        """Note when a key is due, in place of what was noted before."""
        with self._lock:
            if self._at.get(key) != at:
                self._at[key] = at
                heapq.heappush(self._heap, (at, key))
                if len(self._at) > self._retain:
                    del self._at[next(iter(self._at))]
                if len(self._heap) > 2 * len(self._at) + _SPARE:
                    self._heap = [(due, each) for each, due in self._at.items()]
                    heapq.heapify(self._heap)
        self._changed()

    def drop(self, key: str) -> None:
        """Forget a key."""
        self._at.pop(key, None)

    def clear(self) -> None:
        """Forget all keys."""
        with self._lock:
            self._at.clear()
            self._heap.clear()

    def first(self) -> float | None:
        """Return the time at which the first key is due; None if there is none."""
        with self._lock:
            return self._first()

    def due(self, now: float) -> Iterator[str]:
        """Take out the keys that are due, one by one, those that were due first before others."""
        while (key := self._take(now)) is not None:
            yield key

    def _first(self) -> float | None:
        heap = self._heap
        while heap and self._at.get(heap[0][1]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def _take(self, now: float) -> str | None:
        with self._lock:
            at = self._first()
            if at is None or at > now:
                return None
            _, key = heapq.heappop(self._heap)
            self._at.pop(key, None)
            return key


class Alarm:
    """Rings in the event loop when something is due.

    Args:
        seconds: Gives the real seconds until then; None for nothing, or a clock that stands.
        ring: Yields after each thing that it does; it goes on in the next turn of the loop where
            it takes long.
    """

    __slots__ = ("_at", "_handle", "_loop", "_ring", "_seconds")

    def __init__(
        self, seconds: Callable[[], float | None], ring: Callable[[], Iterator[None]]
    ) -> None:
        self._seconds = seconds
        self._ring = ring
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._at = 0.0

    def set(self) -> None:
        """Look again when to ring: something was noted, or the clock was moved.

        May be called from any thread. Without a loop that runs it does nothing: the
        start of a server sets it again.
        """
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        if running is not None and (self._loop is None or not self._loop.is_running()):
            self._loop, self._handle = running, None
        if self._loop is None:
            return
        if running is self._loop:
            self._set()
        else:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._set)

    def stop(self) -> None:
        """Ring no more until it is set again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _set(self) -> None:
        seconds = self._seconds()
        if seconds is None or self._loop is None:
            return
        at = self._loop.time() + min(seconds, _LONGEST_SECONDS)
        if self._handle is not None:
            if self._at <= at:  # it looks again then
                return
            self._handle.cancel()
        self._at = at
        self._handle = self._loop.call_at(at, self._rung)

    def _rung(self) -> None:
        self._handle = None
        until = time.perf_counter() + _SLICE_SECONDS
        try:
            for _ in self._ring():
                if time.perf_counter() >= until:
                    break
        except Exception:  # a bug of ours must not end the time of all
            report_bug(traceback.format_exc())
        self._set()
