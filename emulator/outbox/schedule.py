"""When the webhooks of one namespace are sent: each waits until it is due, and then for a place.

A waiting webhook is only a record of the store and an entry of the agenda. Webhooks that a scenario
holds wait together, and are sent one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import urlsplit

from emulator.core.agenda import Agenda, Alarm
from emulator.core.clock import Clock
from emulator.core.store import Table
from emulator.outbox import records
from emulator.outbox.places import Job, Places
from emulator.outbox.plan import Plan
from emulator.outbox.windows import HELD_SECONDS, Window


class Schedule:
    """When the attempts are made.

    Args:
        table: The records of the webhooks, by number.
        clock: Decides what is due.
        places: How many deliveries run at the same time.
        attempt: Makes the next attempt of a webhook.
        report: Reports an exception of ours.
    """

    _gives_up = False
    """Whether sending has stopped."""

    def __init__(
        self,
        table: Table,
        clock: Clock,
        places: Places,
        attempt: Callable[[str], Coroutine[Any, Any, None]],
        report: Callable[[BaseException], object],
    ) -> None:
        self._table = table
        self._clock = clock
        self._places = places
        self._attempt = attempt
        self._report = report
        self._alarm = Alarm(self._seconds, self._look, report)
        self._due = Agenda(self._alarm.set, table.retain)
        self._closing = Agenda(self._alarm.set)  # windows, by rule
        self._windows: dict[str, Window] = {}
        self._jobs: dict[str, Job] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._ends: dict[str, asyncio.Future[None]] = {}
        clock.when_moved(self._alarm.set)

    # --- asking for an attempt -----------------------------------------------------------------

    def at(self, number: str, due: float) -> None:
        """Make the next attempt of a webhook when it is due."""
        self._due.put(number, due)

    def now(self, number: str) -> None:
        """Make the next attempt of a webhook now, when there is a place."""
        self._due.drop(number)
        record = self._table.get(number)
        if record is None or number in self._jobs:  # it was deleted, or is being sent
            self._done(number)
            return
        job = Job(
            _place_of(record["url"]),
            max(1, records.copies_of(record)),
            lambda: self._attempt(number),
            lambda job: self._over(number, job),
            self._report,
        )
        self._jobs[number] = job
        self._places.ask(job)

    def hold(self, number: str, plan: Plan) -> None:
        """Hold a webhook with the others of its rule; the last one starts the sending."""
        rule = plan.rule.partition("#")[0]
        window = self._windows.get(rule)
        if window is None:
            window = self._windows[rule] = Window()
            self._closing.put(rule, self._clock.passed() + HELD_SECONDS)
        if window.add(number, plan):
            self._closing.drop(rule)
            self._open(rule)

    def release(self) -> None:
        """Send held webhooks now, in arrival order: nothing more will come."""
        for rule, window in self._windows.items():
            window.in_order = True
            self._closing.put(rule, self._clock.passed())

    # --- what waits ------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Return how many webhooks are not finished: held, waiting, or being sent."""
        held = sum(len(window.numbers) for window in self._windows.values())
        return held + len(self._due) + len(self._jobs) + len(self._leaving)

    def waits(self, number: str) -> bool:
        """Tell whether a webhook waits until it is due."""
        return number in self._due

    def sends(self, number: str) -> bool:
        """Tell whether an attempt is being made, or waits for a place."""
        return number in self._jobs

    def end_of_attempt(self, number: str) -> asyncio.Future[None]:
        """Return a future that is done when the next attempt is finished or given up."""
        future = self._ends.get(number)
        if future is None:
            future = self._ends[number] = asyncio.get_running_loop().create_future()
        return future

    # --- when it is due --------------------------------------------------------------------------

    def wake(self) -> None:
        """Check again what is due; any thread can call it."""
        self._alarm.set()

    def _seconds(self) -> float | None:
        """Return the real seconds until something is due."""
        times = [at for at in (self._due.first(), self._closing.first()) if at is not None]
        return self._clock.seconds_to(min(times), "passed") if times else None

    def _look(self) -> Iterator[None]:
        """Ask for places for the webhooks that are due."""
        now = self._clock.passed()
        for rule in self._closing.due(now):
            self._open(rule)
            yield
        for number in self._due.due(now):
            self.now(number)
            yield

    def _open(self, rule: str) -> None:
        """Send the webhooks that were held for a rule, one after the other."""
        window = self._windows.pop(rule, None)
        if window is not None:
            task = asyncio.get_running_loop().create_task(self._leave(window))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, window: Window) -> None:
        for number in window.order():
            if self._free(number):
                end = self.end_of_attempt(number)
                self.now(number)
                await asyncio.wait([end])

    def _free(self, number: str) -> bool:
        """Have a held webhook be due now; tell whether it is still there."""
        now = self._clock.passed()
        return self._table.update(number, lambda record: records.freed(record, now)) is not None

    # --- when an attempt is over -----------------------------------------------------------------

    def _over(self, number: str, job: Job) -> None:
        """Note when the next attempt is due, if there is to be one."""
        if self._jobs.get(number) is job:
            del self._jobs[number]
        due = records.next_due(self._table.get(number) or records.NONE)
        if due is not None and not self._gives_up:  # otherwise it is asked for again without an end
            self._due.put(number, due)
        self._done(number)

    def _done(self, number: str) -> None:
        future = self._ends.pop(number, None)
        if future is not None and not future.done():
            future.set_result(None)

    async def close(self) -> None:
        """Give up all webhooks that are not sent yet."""
        self._gives_up = True
        try:
            while self._forget() or self._jobs or self._leaving:
                tasks = tuple(self._leaving)
                for task in tasks:
                    task.cancel()
                await self._places.give_up(tuple(self._jobs.values()))
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._gives_up = False

    def _forget(self) -> bool:
        """Drop the waiting webhooks; tell whether there were any."""
        self._alarm.stop()
        found = bool(self._due or self._closing or self._ends)
        self._windows.clear()
        self._due.clear()
        self._closing.clear()
        for number in tuple(self._ends):
            self._done(number)
        return found


def _place_of(url: str) -> str:
    """Return the host and port whose places a delivery takes."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
