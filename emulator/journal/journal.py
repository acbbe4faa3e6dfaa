"""The request journal: the newest exchanges, which can be searched and waited for.

When an exchange is entered, it is packed, and parts that are too long are cut. Secrets are masked
later, when the exchange is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from emulator.core.exchange import Exchange
from emulator.journal.kept import Kept, Shelf
from emulator.journal.waiting import Filter, Waiters

SHELF = 64 * 2**20
"""Bytes that the journals of all namespaces keep together."""


class Journal:
    """The newest exchanges of one namespace.

    Args:
        size: How many are kept.
        shelf: The limit on the journals of all namespaces together, if there is one.

    Attributes:
        forgotten: How many were dropped for lack of room since it was last emptied.
    """

    __slots__ = (
        "_dropped",
        "_emptied",
        "_newest",
        "_ring",
        "_shelf",
        "_waiters",
        "forgotten",
        "size",
    )

    def __init__(self, size: int, shelf: Shelf | None = None) -> None:
        self.size = size
        self.forgotten = 0
        self._ring = deque[Kept]()
        self._shelf = shelf or Shelf(SHELF)
        self._waiters: Waiters | None = None
        self._newest = self._emptied = 0
        self._dropped: dict[str, int] = {}

    def enter(self, exchange: Exchange) -> None:
        """Add a finished exchange; drop the oldest if there is no room."""
        kept = Kept(exchange, self._drop)
        with self._shelf.lock:
            if len(self._ring) >= self.size:
                oldest = self._ring[0]
                self._leave(oldest, "count")
                self._shelf.remove(oldest)
            self._ring.append(kept)
            self._newest = max(self._newest, exchange.number)
            self._shelf.add(kept)
        if self._waiters is not None:
            self._waiters.tell(exchange)

    def __iter__(self) -> Iterator[Exchange]:
        return _unpacked(tuple(self._ring))

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def last(self) -> Exchange:
        """The newest exchange; IndexError if there is none."""
        return next(_unpacked((self._ring[-1],)))

    def find(self, wanted: Filter, limit: int | None = None) -> list[Exchange]:
        """Return the matching exchanges, newest first, at most `limit` of them."""
        found = (kept for kept in reversed(tuple(self._ring)) if wanted(kept))
        return list(islice(_unpacked(found), limit))

    def get(self, number: int) -> Exchange | None:
        """Return the exchange `number`, or None if the journal does not have it."""
        found = (each for each in reversed(tuple(self._ring)) if each.number == number)
        return next(_unpacked(found), None)

    def why_missing(self, number: int) -> str:
        """Say why there is no exchange `number`."""
        if number > self._newest or number < 1:
            newest = f"the newest is {self._newest}" if self._newest else "none has come"
            return f"it has not come; {newest}"
        if number <= self._emptied:
            return "the journal was emptied after it came; ask before DELETE /requests or a reset"
        if number <= self._dropped.get("bytes", 0):
            held = self._shelf.most_bytes // 2**20
            return (
                f"it was dropped: the journals of all namespaces keep {held} MiB together; "
                "`serve --journal-mib` keeps more"
            )
        if number <= self._dropped.get("count", 0):
            return (
                f"it was dropped: the journal keeps the newest {self.size} exchanges; "
                "`serve --journal` keeps more"
            )
        return "it is still being answered"

    def clear(self) -> None:
        """Delete all exchanges."""
        with self._shelf.lock:
            for kept in self._ring:
                self._shelf.remove(kept)
            self._ring.clear()
        self.forgotten = 0
        self._emptied = self._newest

    def restart(self) -> None:
        """Delete all exchanges, and start again with number 1."""
        self.clear()
        self._newest = self._emptied = 0
        self._dropped.clear()
        if self._waiters is not None:
            self._waiters.restart()

    async def wait(self, wanted: Filter, timeout_seconds: float) -> list[Exchange]:
        """Wait for a matching exchange; return those there are, or none when the time is over."""
        if self._waiters is None:
            self._waiters = Waiters()
        with self._waiters.waiting(wanted) as waiter:
            return self.find(wanted) or await waiter.come(timeout_seconds)

    @property
    def newest(self) -> int:
        """The highest number so far; 0 if there is none."""
        return self._newest

    @property
    def waiting(self) -> int:
        """How many calls wait for an exchange."""
        return len(self._waiters) if self._waiters is not None else 0

    def wake(self) -> None:
        """End all waits."""
        if self._waiters is not None:
            self._waiters.wake()

    def _drop(self, oldest: Kept) -> None:
        self._leave(oldest, "bytes")

    def _leave(self, oldest: Kept, why: str) -> None:
        self._ring.popleft()
        self.forgotten += 1
        self._dropped[why] = max(self._dropped.get(why, 0), oldest.number)


def _unpacked(found: Iterable[Kept]) -> Iterator[Exchange]:
    """Unpack exchanges, except those that are dropped in the meantime."""
    return (exchange for kept in found if (exchange := kept.exchange) is not None)
