"""A list of what is due when, and an alarm for the first of it, without polling the clock.

An `Agenda` holds keys, each with the time at which it is due. It is only an index: the records in
the store say what to do. An `Alarm` rings when the first key is due. The clock can be moved,
stopped and set back; it tells the alarm, which then computes its time again.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock

_SLICE_SECONDS = 0.004
"""How long one ring works before it gives control back to the event loop."""
_LONGEST_SECONDS = 60.0
"""An alarm looks again after this time, because the machine's own clock can be set."""
_SPARE = 64
_RETAINED = 50_000


def _nothing() -> None:
    return None


class Agenda:
    """Keys, each with the time at which it is due. Any thread may use it.

    Args:
        changed: Called when a key was put.
        retain: How many keys are kept; the oldest are deleted first.
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
        """Set the time at which a key is due, in place of its old time."""
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
        """Delete a key."""
        self._at.pop(key, None)

    def clear(self) -> None:
        """Delete all keys."""
        with self._lock:
            self._at.clear()
            self._heap.clear()

    def first(self) -> float | None:
        """Return the time at which the first key is due; None if there is none."""
        with self._lock:
            return self._first()

    def due(self, now: float) -> Iterator[str]:
        """Take out the keys that are due, one by one, the earliest first."""
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
        seconds: Returns the real seconds until then; None if nothing is due or the clock stands.
        ring: Yields after each piece of work. If it takes long, it continues in the next round of
            the event loop.
        report: Reports an exception of ours that `ring` raises.
    """

    __slots__ = ("_at", "_handle", "_loop", "_report", "_ring", "_seconds")

    def __init__(
        self,
        seconds: Callable[[], float | None],
        ring: Callable[[], Iterator[None]],
        report: Callable[[Exception], object],
    ) -> None:
        self._seconds = seconds
        self._ring = ring
        self._report = report
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._at = 0.0

    def set(self) -> None:
        """Compute again when to ring: a key has changed, or the clock was moved.

        Any thread can call it. Without a running loop it does nothing; the start of a server
        sets it again.
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
        """Do not ring until it is set again."""
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
        except Exception as error:  # a bug of ours must not stop the timers of all
            self._report(error)
        self._set()
