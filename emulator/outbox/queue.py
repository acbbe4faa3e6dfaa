"""The webhooks of one namespace: each is made, waits until it is due, and is sent.

The scope's clock decides when retries are due, so a test can advance the clock instead of waiting
an hour. A waiting webhook is only a record of the store and an entry of the agenda. A queued
webhook keeps its plan after the scenario is unloaded. No webhook is lost silently: each ends
acknowledged, or with all its attempts made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from emulator.core.agenda import Agenda, Alarm
from emulator.core.clock import Clock
from emulator.core.errors import Behaviour, Diagnosis, Source, Standing
from emulator.core.store import Record, Table
from emulator.journal.journal import masked
from emulator.masking.mask import Mask
from emulator.outbox import records
from emulator.outbox.attempt import Answer, Attempt, Damage
from emulator.outbox.delivery import Send
from emulator.outbox.places import Job, Places
from emulator.outbox.plan import Plan
from emulator.outbox.waiting import Waiting
from emulator.outbox.windows import HELD_SECONDS, Window
from emulator.provider import Context, Provider, Webhook

UNSENT = Behaviour(
    "A webhook that is not sent leaves a warning on the exchange, a line on the console and an "
    "entry among the webhooks",
    Source("emulator", "webhooks", Standing.CHOSEN),
)


class Outbox:
    """The webhooks of one namespace.

    Args:
        table: Where they are kept.
        clock: The clock for retries.
        provider: Returns a provider.
        context: Returns a provider's context.
        mask: Returns the mask of the namespace's secrets.
        log: Called with a line about each attempt.
        report: Reports an exception of ours.
        plan: Returns the scenario's plan for a webhook; None for nothing special.
        damage: Damages a sealed webhook.
        sleep: Waits real seconds, between copies.
        send: Sends a webhook to the merchant.
        unsendable: Tells why a webhook cannot be sent at all; None if it can be tried.
        places: How many deliveries run at the same time.
    """

    _gives_up = False
    """Whether sending has stopped."""

    def __init__(
        self,
        table: Table,
        clock: Clock,
        provider: Callable[[str], Provider[Any]],
        context: Callable[[str], Context[Any]],
        mask: Callable[[], Mask],
        log: Callable[[str], None],
        report: Callable[[BaseException], object],
        plan: Callable[[str, Webhook], Plan | None],
        damage: Damage,
        sleep: Callable[[float], Awaitable[None]],
        send: Send,
        unsendable: Callable[[Webhook], Diagnosis | None],
        places: Places,
    ) -> None:
        self._table = table
        self._clock = clock
        self._provider = provider
        self._context = context
        self._mask = mask
        self._log = log
        self._report = report
        self._plan = plan
        self._damage = damage
        self._sleep = sleep
        self._send = send
        self._unsendable = unsendable
        self._places = places
        self._alarm = Alarm(self._seconds, self._look, report)
        self._due = Agenda(self._alarm.set, table.retain)
        self._closing = Agenda(self._alarm.set)  # windows, by rule
        self._windows: dict[str, Window] = {}
        self._jobs: dict[str, Job] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._firsts: dict[str, asyncio.Future[None]] = {}
        self.calls = Waiting()
        clock.when_moved(self._alarm.set)

    def post(
        self, provider: str, webhook: Webhook, ahead: list[asyncio.Future[None]] | None = None
    ) -> str:
        """Enter a webhook, to be sent once the reply is out; return its number.

        Args:
            provider: Who sends it.
            webhook: The webhook.
            ahead: Takes the first attempt, if the webhook must arrive before the reply; the reply
                waits for it. None if no reply waits.
        """
        plan = self._plan(provider, webhook)
        number = self._enter(provider, webhook, plan)
        waits = plan is not None and plan.deliver == "before-response"
        if waits and ahead is not None and number in self._due:
            ahead.append(self._first(number))
        return number

    async def send_now(self, provider: str, webhook: Webhook, plan: Plan | None = None) -> Record:
        """Enter a webhook and make its first attempt; return its record.

        Does not wait for one that a scenario holds or delays.

        Args:
            provider: Who sends it.
            webhook: The webhook.
            plan: The plan for it; the scenario's if None.
        """
        number = self._enter(provider, webhook, plan or self._plan(provider, webhook))
        due = records.next_due(self._table.get(number) or _NONE)
        if due is not None and due <= self._clock.passed():
            await asyncio.wait([self._first(number)])
        return self._table.get(number) or {}

    def why_not_again(self, number: int) -> str:
        """Say why a webhook cannot be sent once more now; empty if it can."""
        record = self._table.get(str(number))
        if record is None:
            return "it is gone"
        if record["held"]:
            return "the scenario holds it; unload the scenario first"
        if str(number) in self._jobs:
            return "an attempt is under way; wait until it is over"
        problem = self._unsendable(records.webhook_of(record))
        return str(problem) if problem is not None else ""

    def send_again(self, number: int) -> asyncio.Future[None]:
        """Begin one more attempt of a webhook, with the plan that it has; return its end."""
        key = str(number)
        self._due.drop(key)
        now = self._clock.passed()
        self._table.update(key, lambda record: records.due_now(record, now))
        over = self._first(key)
        self._ask(key)
        return over

    @property
    def next_number(self) -> int:
        """Number of the webhook that will be posted next."""
        return self._table.increment("number", 0) + 1

    @property
    def waiting(self) -> int:
        """How many webhooks are not finished: held, waiting, or being sent."""
        held = sum(len(window.numbers) for window in self._windows.values())
        return held + len(self._due) + len(self._jobs) + len(self._leaving)

    def records(self) -> list[Record]:
        """Return the webhooks with their attempts, oldest first, as they are kept."""
        return [record for _, record in self._table.items()]

    def as_json(
        self, wanted: Callable[[Record], bool] = lambda record: bool(record)
    ) -> list[dict[str, Any]]:
        """Return the webhooks that are wanted, newest first, their secrets masked."""
        return [self._shown(record) for record in reversed(self.records()) if wanted(record)]

    def one_as_json(self, number: int) -> dict[str, Any] | None:
        """Return one webhook as `as_json` does; None if there is none."""
        record = self._table.get(str(number))
        return self._shown(record) if record is not None else None

    def release(self) -> None:
        """Send held webhooks now, in arrival order: nothing more will come."""
        for rule, window in self._windows.items():
            window.in_order = True
            self._closing.put(rule, self._clock.passed())

    def wake(self) -> None:
        """Check again what is due; any thread can call it."""
        self._alarm.set()

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
        found = bool(self._due or self._closing or self._firsts)
        self._windows.clear()
        self._due.clear()
        self._closing.clear()
        for number in tuple(self._firsts):
            self._done(number)
        return found

    def _shown(self, record: Record) -> dict[str, Any]:
        set_back = self._clock.passed() - self._clock.time()
        mask = self._mask()
        content = masked(record["content"], mask, theirs=True)
        shown = records.shown({**record, "content": None}, set_back)
        return {**masked(shown, mask), "number": record["number"], "content": content}

    # --- entering --------------------------------------------------------------------------

    def _enter(self, provider: str, webhook: Webhook, plan: Plan | None) -> str:
        """Enter a webhook; return its number."""
        number = str(self._table.increment("number"))
        problem = self._unsendable(webhook)
        due = self._due_times(provider, plan, final=problem is not None)
        record = records.made(number, provider, webhook, plan, due, self._clock.time())
        self._table.put(number, record)
        if problem is not None:  # no answer can come: one attempt says so
            self._note(number, record, self._clock.time(), Answer(0, b"", problem))
            self._table.update(number, lambda now: {**now, "rounds": 1, "held": False})
        elif plan is not None and records.is_held(plan):
            self._hold(number, plan)
        else:
            self._due.put(number, due[0])
        return number

    def _due_times(self, provider: str, plan: Plan | None, *, final: bool) -> list[float]:
        """Return when the attempts are due; setting the clock back later does not delay them."""
        start = self._clock.passed()
        webhooks = self._provider(provider).webhooks
        retries = webhooks.retries if webhooks is not None else ()
        if plan is not None:
            start += plan.delay_seconds + (HELD_SECONDS if records.is_held(plan) else 0.0)
            retries = retries if plan.retries is None else tuple(plan.retries)
        return [start, *(start + delay for delay in (() if final else retries))]

    def _hold(self, number: str, plan: Plan) -> None:
        """Add a webhook to those that are held for its rule; the last one starts the sending."""
        rule = plan.rule.partition("#")[0]
        window = self._windows.get(rule)
        if window is None:
            window = self._windows[rule] = Window()
            self._closing.put(rule, self._clock.passed() + HELD_SECONDS)
        if window.add(number, plan):
            self._closing.drop(rule)
            self._open(rule)

    def _first(self, number: str) -> asyncio.Future[None]:
        """Return a future that is done when the first attempt is finished or given up."""
        future = self._firsts.get(number)
        if future is None:
            future = self._firsts[number] = asyncio.get_running_loop().create_future()
        return future

    def _done(self, number: str) -> None:
        future = self._firsts.pop(number, None)
        if future is not None and not future.done():
            future.set_result(None)

    # --- when it is due --------------------------------------------------------------------

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
            self._ask(number)
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
            now = self._clock.passed()
            if self._table.update(number, lambda record: records.freed(record, now)) is not None:  # noqa: B023 - called at once
                first = self._first(number)
                self._ask(number)
                await asyncio.wait([first])

    def _ask(self, number: str) -> None:
        """Make the next attempt of a webhook when there is a place."""
        record = self._table.get(number)
        if record is None or number in self._jobs:  # it was deleted, or is being sent
            self._done(number)
            return
        job = Job(
            _place_of(record["url"]),
            max(1, records.copies_of(record)),
            lambda: self._make_attempt(number),
            lambda job: self._over(number, job),
            self._report,
        )
        self._jobs[number] = job
        self._places.ask(job)

    async def _make_attempt(self, number: str) -> None:
        record = self._table.get(number)
        if record is None:
            return
        attempt = Attempt(
            webhook=records.webhook_of(record),
            plan=records.plan_of(record),
            number=record["rounds"] + 1,
            copies=records.copies_of(record),
            provider=self._provider(record["provider"]),
            context=self._context(record["provider"]),
            send=self._send,
            damage=self._damage,
            sleep=self._sleep,
            report=self._report,
        )
        try:
            await attempt.make(lambda sent_at, answer: self._note(number, record, sent_at, answer))
        except Exception:
            self._count(number)  # after a bug of ours it must not be sent again and again
            raise
        self._count(number)

    def _count(self, number: str) -> None:
        self._table.update(number, lambda now: {**now, "rounds": now["rounds"] + 1})

    def _over(self, number: str, job: Job) -> None:
        """After an attempt, note when the next one is due."""
        if self._jobs.get(number) is job:
            del self._jobs[number]
        due = records.next_due(self._table.get(number) or _NONE)
        if due is not None and not self._gives_up:  # otherwise it is asked for again without an end
            self._due.put(number, due)
        self._done(number)

    def _note(self, number: str, record: Record, sent_at: float, answer: Answer) -> None:
        """Enter one delivery and its result."""
        plan, diagnosis = records.plan_of(record), answer.diagnosis
        acknowledged = diagnosis is None
        if plan is not None and plan.until == "2xx":
            acknowledged = 200 <= answer.status < 300
        self._table.update(
            number,
            lambda now: records.noted(now, sent_at, answer, acknowledged=acknowledged),
        )
        words = [
            f"webhook {number} {record['provider']} {record['event']} -> {record['url']}",
            str(answer.status or "-"),
            "acknowledged" if acknowledged else str(diagnosis),
            *([f"copy {answer.copy}"] if answer.copy else []),
            *([str(answer.remark)] if answer.remark else []),
            *([f"({record['rule']})"] if record["rule"] else []),
        ]
        self._log(self._mask().text(" ".join(words)))
        self.calls.wake()


_NONE: Record = {"acknowledged": True}


def _place_of(url: str) -> str:
    """Return the host and port whose places a delivery takes."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""
