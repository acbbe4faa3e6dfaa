"""How many deliveries run at the same time, and which is next.

A merchant that does not answer keeps its places until the time limit. So each host can have only a
part of the places, and hosts take turns. A host that hangs delays only its own webhooks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any

PLACES = 128
"""Deliveries at the same time, of all namespaces."""
_SHARE = 4
_AT_ONCE = 4
"""How many begin in one turn of the event loop: each signs a message, which delays requests."""


@dataclass(slots=True, eq=False)
class Job:
    """A delivery that waits for its place, or has it.

    Attributes:
        host: Its host and port.
        size: How many connections it opens at the same time.
        run: Makes the delivery.
        over: Called when it is finished or cancelled.
        report: Reports an exception of ours that `run` raises.
        task: The task of the delivery, when it has a place.
    """

    host: str
    size: int
    run: Callable[[], Coroutine[Any, Any, None]]
    over: Callable[[Job], None]
    report: Callable[[BaseException], object]
    task: asyncio.Task[None] | None = None


class Places:
    """The places of one emulator.

    Args:
        total: How many there are. The last job to begin can take more than are left, if it opens
            several connections.
    """

    def __init__(self, total: int = PLACES) -> None:
        self.total = total
        self.of_a_host = max(1, total // _SHARE)
        self._waiting: dict[str, deque[Job]] = {}
        self._ready: dict[str, None] = {}  # hosts that can be next, in order
        self._taken: dict[str, int] = {}
        self._filling: asyncio.AbstractEventLoop | None = None

    def ask(self, job: Job) -> None:
        """Begin a job as soon as there is a place for it."""
        self._waiting.setdefault(job.host, deque()).append(job)
        self._note(job.host)
        self._fill_soon()

    async def give_up(self, jobs: Collection[Job]) -> None:
        """Drop the waiting jobs, and cancel the running ones."""
        waiting = {job for job in jobs if job.task is None}
        for host in {job.host for job in waiting}:
            left = deque(job for job in self._waiting.get(host, ()) if job not in waiting)
            if left:
                self._waiting[host] = left
            else:
                self._waiting.pop(host, None)
                self._ready.pop(host, None)
        for job in waiting:
            job.over(job)
        tasks = [job.task for job in jobs if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _note(self, host: str) -> None:
        """Put a host back in the queue, if it has waiting jobs and free places."""
        if host in self._waiting and self._taken.get(host, 0) < self.of_a_host:
            self._ready.setdefault(host)

    def _fill_soon(self) -> None:
        loop = asyncio.get_running_loop()
        if self._filling is not loop:
            self._filling = loop
            loop.call_soon(self._fill)

    def _fill(self) -> None:
        self._filling = None
        for _ in range(_AT_ONCE):
            if not self._ready or sum(self._taken.values()) >= self.total:
                return
            host = next(iter(self._ready))
            del self._ready[host]
            queue = self._waiting[host]
            self._begin(queue.popleft())
            if not queue:
                del self._waiting[host]
            self._note(host)
        if self._ready:
            self._fill_soon()

    def _begin(self, job: Job) -> None:
        self._taken[job.host] = self._taken.get(job.host, 0) + job.size
        job.task = asyncio.get_running_loop().create_task(job.run())
        job.task.add_done_callback(lambda task: self._leave(job, task))

    def _leave(self, job: Job, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            job.report(error)
        left = self._taken[job.host] - job.size
        if left:
            self._taken[job.host] = left
        else:
            del self._taken[job.host]
        job.over(job)
        self._note(job.host)
        if self._ready:
            self._fill_soon()
