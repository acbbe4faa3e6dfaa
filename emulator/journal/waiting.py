"""Who waits for an exchange. A request costs no more for those who wait for something else.

Who waits is found by provider and endpoint, and those who ask for the same are asked once: two
hundred who wait for another provider cost a look into a dictionary.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from threading import RLock
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from emulator.core.errors import Diagnosis
    from emulator.core.exchange import Exchange

_GLOB = frozenset("*?[")
_Place = tuple[str | None, str | None]


class Judged(Protocol):
    """What a filter looks at: an exchange, or one as the journal keeps it."""

    @property
    def number(self) -> int:
        """Its number."""
        ...

    @property
    def provider(self) -> str:
        """Name of its provider."""
        ...

    @property
    def endpoint(self) -> str:
        """Name of its endpoint."""
        ...

    @property
    def verdict(self) -> str:
        """The verdict."""
        ...

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Why it was refused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which exchanges are meant; what is None does not matter.

    Attributes:
        provider: Its name.
        endpoint: Its name, or a glob.
        verdict: accepted, refused or injected.
        diagnosis: Its code, or a glob.
        since: Only numbers above this one.
    """

    provider: str | None = None
    endpoint: str | None = None
    verdict: str | None = None
    diagnosis: str | None = None
    since: int | None = None

    def __call__(self, exchange: Judged) -> bool:
        """Tell whether the exchange is meant."""
        return (
            (self.provider is None or exchange.provider == self.provider)
            and (self.endpoint is None or fnmatchcase(exchange.endpoint, self.endpoint))
            and (self.verdict is None or exchange.verdict == self.verdict)
            and (
                self.diagnosis is None
                or fnmatchcase(
                    exchange.diagnosis.code if exchange.diagnosis else "", self.diagnosis
                )
            )
            and (self.since is None or exchange.number > self.since)
        )

    @property
    def place(self) -> _Place:
        """The provider and endpoint that it must be; None where it may be any, or a glob."""
        exact = self.endpoint is None or _GLOB.isdisjoint(self.endpoint)
        return self.provider, self.endpoint if exact else None


class Waiter:
    """One who waits; in the event loop that is running."""

    __slots__ = ("_event", "_loop", "found", "since")

    def __init__(self, since: int) -> None:
        self.found: list[Exchange] = []
        self.since = since
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def wake(self) -> None:
        """End the wait; may be called from any thread."""
        with suppress(RuntimeError):  # its loop is closed
            self._loop.call_soon_threadsafe(self._event.set)

    async def come(self, timeout_seconds: float) -> list[Exchange]:
        """Return what was found, as soon as something is; nothing if time is up before."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()
        except (TimeoutError, asyncio.CancelledError):  # cancelled: the server stops
            return []
        return self.found


class Waiters:
    """All who wait for exchanges of one journal."""

    def __init__(self) -> None:
        self._by_place = defaultdict[_Place, defaultdict[Filter, set[Waiter]]](
            lambda: defaultdict(set)
        )
        self._lock = RLock()

    def __len__(self) -> int:
        return sum(len(same) for groups in self._by_place.values() for same in groups.values())

    @contextmanager
    def waiting(self, wanted: Filter) -> Generator[Waiter]:
        """Have one wait while the block runs."""
        waiter, same = Waiter(wanted.since or 0), replace(wanted, since=None)
        place = wanted.place
        with self._lock:
            self._by_place[place][same].add(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                groups = self._by_place[place]
                groups[same].discard(waiter)
                if not groups[same]:
                    del groups[same]
                if not groups:
                    del self._by_place[place]

    def tell(self, exchange: Exchange) -> None:
        """Give a new exchange to those who wait for it."""
        provider, endpoint = exchange.provider, exchange.endpoint
        with self._lock:
            for place in ((provider, endpoint), (provider, None), (None, endpoint), (None, None)):
                for wanted, waiters in self._by_place.get(place, _NONE).items():
                    if wanted(exchange):
                        for waiter in waiters:
                            if exchange.number > waiter.since:
                                waiter.found.append(exchange)
                                waiter.wake()

    def restart(self) -> None:
        """Have all wait for any number: numbers begin again."""
        with self._lock:
            for waiter in self._all():
                waiter.since = 0

    def wake(self) -> None:
        """End all waits: nothing will come any more."""
        with self._lock:
            for waiter in self._all():
                waiter.wake()

    def _all(self) -> Iterator[Waiter]:
        for groups in self._by_place.values():
            for waiters in groups.values():
                yield from waiters


_NONE: dict[Filter, set[Waiter]] = {}
