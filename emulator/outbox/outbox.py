"""What happens to a webhook. Read this first.

The path of a webhook is in the methods `post`, `enter` and `attempt`, and in the functions that
they call, in this order:

    1  plan       the scenario says what happens to this webhook         `post`
    2  wait       until it is due, and for a free place                  `enter`, `Schedule`
    3  seal       the provider signs it, once for each attempt           `attempt`, `sealing`
    4  send       HTTP POST, to an address that is allowed               `sending`, `Courier`
    5  judge      the provider says whether the answer acknowledges it   `sending`
    6  retry      the record says when the next attempt is due, if any   `note`, `Schedule`

The scope's clock decides when retries are due, so a test can advance the clock instead of waiting
an hour. A queued webhook keeps its plan after the scenario is unloaded. No webhook is lost
silently: each ends acknowledged, or with all its attempts made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from emulator.core.clock import Clock
from emulator.core.errors import Behaviour, Diagnosis, Source, Standing
from emulator.core.store import Record, Table
from emulator.journal.showing import masked
from emulator.masking.mask import Mask
from emulator.outbox import records
from emulator.outbox.attempt import Answer, Attempt, Damage
from emulator.outbox.delivery import Send
from emulator.outbox.places import Places
from emulator.outbox.plan import Plan
from emulator.outbox.schedule import Schedule
from emulator.outbox.sealing import seal_copies
from emulator.outbox.sending import send_copies
from emulator.outbox.waiting import Waiting
from emulator.outbox.windows import HELD_SECONDS
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

    Attributes:
        calls: Calls of the control API that wait for a delivery.
    """

    def __init__(
        self,
        *,
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
        self._schedule = Schedule(table, clock, places, self.attempt, report)
        self.calls = Waiting()

    # --- the path of a webhook -------------------------------------------------------------------

    def post(
        self, provider: str, webhook: Webhook, ahead: list[asyncio.Future[None]] | None = None
    ) -> str:
        """Take a webhook, to be sent once the reply is out; return its number.

        Args:
            provider: Who sends it.
            webhook: The webhook.
            ahead: Takes the first attempt, if the webhook must arrive before the reply; the reply
                waits for it. None if no reply waits.
        """
        plan = self._plan(provider, webhook)
        number = self.enter(provider, webhook, plan)
        waits = plan is not None and plan.deliver == "before-response"
        if waits and ahead is not None and self._schedule.waits(number):
            ahead.append(self._schedule.end_of_attempt(number))
        return number

    def enter(self, provider: str, webhook: Webhook, plan: Plan | None) -> str:
        """Enter the record of a webhook, and let it wait; return its number."""
        number = str(self._table.increment("number"))
        problem = self._unsendable(webhook)
        due = self._due_times(provider, plan, final=problem is not None)
        record = records.made(number, provider, webhook, plan, due, self._clock.time())
        self._table.put(number, record)
        if problem is not None:  # no answer can come: one attempt says so
            self.note(number, record, self._clock.time(), Answer(0, b"", problem))
            self._table.update(number, lambda now: {**now, "rounds": 1, "held": False})
        elif plan is not None and records.is_held(plan):
            self._schedule.hold(number, plan)
        else:
            self._schedule.at(number, due[0])
        return number

    async def attempt(self, number: str) -> None:
        """Make the next attempt of a webhook: seal it, send it, judge the answer, note it."""
        record = self._table.get(number)
        if record is None:
            return
        attempt = self._next_attempt(record)
        try:
            sealed = seal_copies(attempt)
            await send_copies(attempt, sealed, partial(self.note, number, record))
        except Exception:
            self._count(number)  # after a bug of ours it must not be sent again and again
            raise
        self._count(number)

    def note(self, number: str, record: Record, sent_at: float, answer: Answer) -> None:
        """Note one delivery and its result; after an acknowledgement there is no other attempt."""
        acknowledged = records.is_acknowledged(record, answer)
        self._table.update(
            number,
            lambda now: records.noted(now, sent_at, answer, acknowledged=acknowledged),
        )
        line = records.line(number, record, answer, acknowledged=acknowledged)
        self._log(self._mask().text(line))
        self.calls.wake()

    # --- parts of a step -------------------------------------------------------------------------

    def _due_times(self, provider: str, plan: Plan | None, *, final: bool) -> list[float]:
        """Return when the attempts are due; setting the clock back later does not delay them."""
        start = self._clock.passed()
        webhooks = self._provider(provider).webhooks
        retries = webhooks.retries if webhooks is not None else ()
        if plan is not None:
            start += plan.delay_seconds + (HELD_SECONDS if records.is_held(plan) else 0.0)
            retries = retries if plan.retries is None else tuple(plan.retries)
        return [start, *(start + delay for delay in (() if final else retries))]

    def _next_attempt(self, record: Record) -> Attempt:
        return Attempt(
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

    def _count(self, number: str) -> None:
        self._table.update(number, lambda now: {**now, "rounds": now["rounds"] + 1})

    # --- on demand -------------------------------------------------------------------------------

    async def send_now(self, provider: str, webhook: Webhook, plan: Plan | None = None) -> Record:
        """Enter a webhook and make its first attempt; return its record.

        Does not wait for one that a scenario holds or delays.

        Args:
            provider: Who sends it.
            webhook: The webhook.
            plan: The plan for it; the scenario's if None.
        """
        number = self.enter(provider, webhook, plan or self._plan(provider, webhook))
        due = records.next_due(self._table.get(number) or records.NONE)
        if due is not None and due <= self._clock.passed():
            await asyncio.wait([self._schedule.end_of_attempt(number)])
        return self._table.get(number) or {}

    def why_not_again(self, number: int) -> str:
        """Say why a webhook cannot be sent once more now; empty if it can."""
        record = self._table.get(str(number))
        if record is None:
            return "it is gone"
        if record["held"]:
            return "the scenario holds it; unload the scenario first"
        if self._schedule.sends(str(number)):
            return "an attempt is under way; wait until it is over"
        problem = self._unsendable(records.webhook_of(record))
        return str(problem) if problem is not None else ""

    def send_again(self, number: int) -> asyncio.Future[None]:
        """Begin one more attempt of a webhook, with the plan that it has; return its end."""
        key = str(number)
        now = self._clock.passed()
        self._table.update(key, lambda record: records.due_now(record, now))
        over = self._schedule.end_of_attempt(key)
        self._schedule.now(key)
        return over

    def release(self) -> None:
        """Send held webhooks now, in arrival order: nothing more will come."""
        self._schedule.release()

    def wake(self) -> None:
        """Check again what is due; any thread can call it."""
        self._schedule.wake()

    async def close(self) -> None:
        """Give up all webhooks that are not sent yet."""
        await self._schedule.close()

    # --- what there is ---------------------------------------------------------------------------

    @property
    def next_number(self) -> int:
        """Number of the webhook that will be posted next."""
        return self._table.increment("number", 0) + 1

    @property
    def waiting(self) -> int:
        """How many webhooks are not finished: held, waiting, or being sent."""
        return len(self._schedule)

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

    def _shown(self, record: Record) -> dict[str, Any]:
        set_back = self._clock.passed() - self._clock.time()
        mask = self._mask()
        content = masked(record["content"], mask, theirs=True)
        shown = records.shown({**record, "content": None}, set_back)
        return {**masked(shown, mask), "number": record["number"], "content": content}
