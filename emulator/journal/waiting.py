"""Calls that wait for an exchange. A request does not become slower by calls that wait for others.

Waiting calls are found by provider and endpoint, and equal filters are tested once. So two hundred
calls that wait for another provider cost one look into a dictionary.
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
    """What a filter reads: an exchange, or a kept one."""

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
    """A filter for exchanges; a member that is None does not count.

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
        """Tell whether the exchange matches."""
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
        """The provider and endpoint that it must have; None for any, or for a glob."""
        exact = self.endpoint is None or _GLOB.isdisjoint(self.endpoint)
        return self.provider, self.endpoint if exact else None


class Waiter:
    """One waiting call, in the running event loop."""

    __slots__ = ("_event", "_loop", "found", "since")

    def __init__(self, since: int) -> None:
        self.found: list[Exchange] = []
        self.since = since
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def wake(self) -> None:
        """End the wait; any thread can call it."""
        with suppress(RuntimeError):  # its loop is closed
            self._loop.call_soon_threadsafe(self._event.set)

    async def come(self, timeout_seconds: float) -> list[Exchange]:
        """Return the matching exchanges as soon as there are some; none when the time is over."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._event.wait()
        except (TimeoutError, asyncio.CancelledError):  # cancelled: the server stops
            return []
        return self.found


class Waiters:
    """All calls that wait for exchanges of one journal."""

    def __init__(self) -> None:
        self._by_place = defaultdict[_Place, defaultdict[Filter, set[Waiter]]](
            lambda: defaultdict(set)
        )
        self._lock = RLock()

    def __len__(self) -> int:
        return sum(len(same) for groups in self._by_place.values() for same in groups.values())

    @contextmanager
    def waiting(self, wanted: Filter) -> Generator[Waiter]:
        """Register a waiting call while the block runs."""
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
        """Give a new exchange to the calls that wait for it."""
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
        """Numbers start again: let all calls wait for any number."""
        with self._lock:
            for waiter in self._all():
                waiter.since = 0

    def wake(self) -> None:
        """End all waits: no more exchanges will come."""
        with self._lock:
            for waiter in self._all():
                waiter.wake()

    def _all(self) -> Iterator[Waiter]:
        for groups in self._by_place.values():
            for waiters in groups.values():
                yield from waiters


_NONE: dict[Filter, set[Waiter]] = {}
