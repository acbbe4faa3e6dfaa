"""All namespaces of an emulator: made at their first use, forgotten when they are not used.

What is forgotten, and when:

* one that was not used for as long as `--namespace-ttl` says, unless it has webhooks to send;
* where there are as many as may be, or their records are as large as may be, the one that was not
  used the longest. Those that hold something that somebody put there go after those that do not: a
  scenario, a moved clock, a credential, webhooks to send;
* never `default`, nor one in which a request is being answered or somebody waits.

It is never silent: the console says what was lost, and so does a warning on the first exchange of
the next namespace of that name.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING

from emulator.core import heap
from emulator.core.errors import ConfigurationError
from emulator.runtime.equipment import TTL_SECONDS
from emulator.runtime.loss import Loss
from emulator.runtime.namespace import DEFAULT_NAMESPACE, check_name

if TYPE_CHECKING:
    from emulator.runtime.namespace import Namespace

_LOOKED_AT = 64
"""Among so many that were not used the longest, one that holds nothing goes first."""
_SWEEP_SECONDS = 30.0
_MANY = 1_000
"""Namespaces forgotten together, after which memory goes back to the system."""


class Namespaces:
    """The namespaces in use, the one that was not used the longest first.

    Args:
        make: Makes one.
        say: Told of what is forgotten and held something.
        most: How many there may be.
        ttl_seconds: How long one is kept without use.
        elapsed: Real seconds since any fixed moment.
        is_full: Tells whether the records of all are larger than they may be.
    """

    def __init__(
        self,
        make: Callable[[str], Namespace],
        say: Callable[[str], None],
        most: int,
        ttl_seconds: float = TTL_SECONDS,
        elapsed: Callable[[], float] = time.monotonic,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        self._make = make
        self._say = say
        self._most = most
        self._ttl = ttl_seconds
        self._elapsed = elapsed
        self._is_full = is_full
        self._found: OrderedDict[str, Namespace] = OrderedDict()
        self._losses: OrderedDict[str, Loss] = OrderedDict()
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._found)

    @property
    def all(self) -> tuple[Namespace, ...]:
        """Those in use, the one that was not used the longest first."""
        return tuple(self._found.values())

    def find(self, name: str) -> Namespace | None:
        """Return a namespace that is there, without using it."""
        return self._found.get(name)

    def use(self, name: str) -> Namespace:
        """Return the namespace, which exists from its first use.

        Raises:
            ConfigurationError: If it cannot be a name, or there is no room.
        """
        with self._lock:
            found = self._found.get(name)
            if found is None:
                found = self._new(name)
            else:
                self._found.move_to_end(name)
            found.used_at = self._elapsed()
            if self._is_full():
                self._shrink(found)
            return found

    def idle_seconds(self, namespace: Namespace) -> float:
        """Return how long it was not used."""
        return self._elapsed() - namespace.used_at

    def remove(self, namespace: Namespace) -> None:
        """Forget a namespace: somebody wants it so."""
        with self._lock:
            if self._found.get(namespace.name) is namespace:
                del self._found[namespace.name]
        namespace.discard()

    def sweep(self) -> None:
        """Forget those that were not used for long enough."""
        now, before = self._elapsed(), len(self)
        with self._lock:
            for each in self.all:
                if now - each.used_at <= self._ttl:
                    break
                if _may_go(each) and not each.unsent:
                    self._lose(each, f"it was not used for {_in_words(self._ttl)}")
        if before - len(self) >= _MANY:
            heap.give_back()

    async def keep_sweeping(self) -> None:
        """Sweep from time to time, until it is cancelled."""
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, self._ttl))
            self.sweep()

    def _new(self, name: str) -> Namespace:
        check_name(name)
        if len(self._found) >= self._most:
            self._make_room()
        made = self._found[name] = self._make(name)
        made.loss = self._losses.pop(name, None)
        return made

    def _shrink(self, used: Namespace) -> None:
        """Forget others until the records are small enough; what is used now stays."""
        while self._is_full() and (idle := [each for each in self._idle() if each is not used]):
            self._lose(_first(idle), "the records of all namespaces were too large")

    def _idle(self) -> list[Namespace]:
        """Return those that were not used the longest and may go."""
        return list(islice((each for each in self.all if _may_go(each)), _LOOKED_AT))

    def _make_room(self) -> None:
        idle = self._idle()
        if not idle:
            raise ConfigurationError(
                f"there are {self._most} namespaces, and all of them are in use: wait for one, "
                "or allow more with `namespaces` in the section [limits] of the configuration file"
            )
        why = f"there were {self._most} namespaces, and it was not used the longest"
        self._lose(_first(idle), why)

    def _lose(self, namespace: Namespace, why: str) -> None:
        loss = Loss(why, ", ".join(namespace.held))
        if loss.held:
            self._say(f"namespace {namespace.name} is forgotten with {loss.held}: {why}")
        self._losses[namespace.name] = loss
        while len(self._losses) > self._most:
            self._losses.popitem(last=False)
        self.remove(namespace)


def _first(idle: list[Namespace]) -> Namespace:
    """Return the first that holds nothing, or else the first."""
    return next((each for each in idle if not each.held), idle[0])


def _may_go(namespace: Namespace) -> bool:
    return namespace.name != DEFAULT_NAMESPACE and not namespace.in_use


def _in_words(seconds: float) -> str:
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"
