"""Notices to merchants: a queue, the provider's own retry table, and a log of deliveries.

Retries are due by the scope's clock, so an hour of them passes in no time when the clock is
advanced. A notice is a record of the store, with its attempts and, where a scenario has something
to say about it, its `Plan`. A queued notice keeps its plan after the scenario is unloaded. No plan
loses a notice silently: each ends acknowledged, or with all its attempts used up.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from emulator.clock import Clock
from emulator.errors import Behaviour, Diagnosis, FailureMode, Source, Standing, shorten
from emulator.journal import masked
from emulator.masking import Mask
from emulator.provider import (
    NOTHING_TO_BEND,
    Bend,
    Context,
    Delivery,
    Notice,
    Provider,
    WatchedBend,
)
from emulator.sending import Send, send_over_http, unreachable, unsendable
from emulator.store import Record, Table

HELD_SECONDS = 60.0
"""How long a notice is held at most, on the scope's clock, for others to change places with."""
_TICK_SECONDS = 0.05

_OURS = Source("emulator", "notices", Standing.CHOSEN)
_REPORT = "This is a bug of the emulator: report it with the traceback"
BUG = FailureMode(
    "notice.emulator-bug",
    "The emulator could not make the notice; its traceback is on stderr",
    _OURS,
)
UNSENT = Behaviour(
    "A notice that is not sent leaves a warning on the exchange, a line on the console and an entry"
    " among the notices",
    _OURS,
)
DROPPED = FailureMode("notice.dropped", "A scenario lost the notice on its way", _OURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a scenario does with one notice; plain data, kept with it.

    Attributes:
        rule: Which rule says so, as `scenario/rule#hit`.
        deliver: `drop` loses the first attempt on its way, `duplicate` sends copies, `reorder`
            holds the notice until `window` of them can leave in another order,
            `before-response` delivers it before the answer to the request that caused it.
        copies: How many are sent at the first attempt.
        gap_seconds: Real time between the copies, which do not wait for each other.
        window: How many notices are reordered together.
        place: In [0, 1); they leave in the order of these.
        delay_seconds: How late it leaves, on the scope's clock.
        sign_with: Which key signs it; empty for the right one.
        corrupt: What is damaged in it, as `emulator.faults.corrupt` writes it.
        notice_seconds: How far the times in it are off.
        retries: Seconds after the first attempt; None for the provider's own.
        until: What ends the retries: an acknowledgement, or any status 2xx.
    """

    rule: str
    deliver: Literal["normal", "drop", "duplicate", "reorder", "before-response"] = "normal"
    copies: int = 1
    gap_seconds: float = 0.0
    window: int = 0
    place: float = 0.0
    delay_seconds: float = 0.0
    sign_with: str = ""
    corrupt: dict[str, Any] | None = None
    notice_seconds: float = 0.0
    retries: list[float] | None = None
    until: Literal["acked", "2xx"] = "acked"

    def in_words(self) -> str:
        """Say on one line what differs from a right delivery."""
        told = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name != "rule" and getattr(self, each.name) != each.default
        }
        if self.deliver != "reorder":
            told.pop("place", None)
        if self.corrupt is not None:
            told["corrupt"] = f"{self.corrupt['how']} {self.corrupt['target']}"
        return ", ".join(f"{name.removesuffix('_seconds')}: {_said(told[name])}" for name in told)

    @property
    def bend(self) -> Bend:
        """What the provider is to do otherwise when it seals the notice."""
        return Bend(sign_with=self.sign_with, notice_seconds=self.notice_seconds)


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the merchant said to one attempt, and what the provider makes of it."""

    status: int
    body: bytes
    diagnosis: Diagnosis | None


def _unplanned(provider: str, notice: Notice) -> Plan | None:  # noqa: ARG001
    return None


Damage = Callable[
    [Provider[Any], Delivery, dict[str, Any], str, Context[Any]],
    tuple[Delivery, Diagnosis | None],
]
"""Damages a sealed notice as `Plan.corrupt` says; what it could not do, it says."""


def _undamaged(
    provider: Provider[Any],  # noqa: ARG001
    delivery: Delivery,
    what: dict[str, Any],  # noqa: ARG001
    credential: str,  # noqa: ARG001
    context: Context[Any],  # noqa: ARG001
) -> tuple[Delivery, Diagnosis | None]:
    return delivery, None


@dataclass(slots=True)
class _Held:
    """Notices that wait for others of their rule, to change places with them."""

    until: float
    numbers: list[str] = field(default_factory=list[str])
    places: list[float] = field(default_factory=list[float])
    going: list[asyncio.Future[None]] = field(default_factory=list[asyncio.Future[None]])
    full: bool = False
    in_order: bool = False

    def order(self) -> list[int]:
        """Return who leaves first; never as they came, unless they are to."""
        came = list(range(len(self.numbers)))
        if self.in_order:
            return came
        drawn = sorted(came, key=self.places.__getitem__)
        return drawn if drawn != came else [*drawn[1:], *drawn[:1]]


class Outbox:
    """The notices of one namespace.

    Args:
        table: Where they are kept.
        clock: The clock retries go by.
        provider: Gives a provider.
        context: Gives a provider's context.
        mask: Gives what hides the namespace's secrets.
        log: Told of each attempt, in words.
        plan: Gives what the scenario does with a notice; None for nothing special.
        damage: Damages a sealed notice.
        sleep: Waits real seconds, between copies.
        send: Takes a notice to the merchant.
    """

    def __init__(
        self,
        table: Table,
        clock: Clock,
        provider: Callable[[str], Provider[Any]],
        context: Callable[[str], Context[Any]],
        mask: Callable[[], Mask],
        log: Callable[[str], None],
        plan: Callable[[str, Notice], Plan | None] = _unplanned,
        damage: Damage = _undamaged,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        send: Send = send_over_http,
    ) -> None:
        self._table = table
        self._clock = clock
        self._provider = provider
        self._context = context
        self._mask = mask
        self._log = log
        self._plan = plan
        self._damage = damage
        self._sleep = sleep
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: dict[str, _Held] = {}

    def post(
        self, provider: str, notice: Notice, ahead: list[asyncio.Future[None]] | None = None
    ) -> str:
        """Enter a notice, to be sent once the reply is out; return its number.

        Args:
            provider: Who sends it.
            notice: The notice.
            ahead: Takes what the reply has to wait for: the first attempt of a notice that is to
                arrive before it. None where no reply waits.
        """
        plan = self._plan(provider, notice)
        if problem := unsendable(notice):  # this is known at once
            return self._turn_away(provider, notice, plan, problem)
        number, first = self._enter(provider, notice, plan)
        if plan is not None and plan.deliver == "before-response" and ahead is not None:
            ahead.append(first)
        return number

    async def send_now(self, provider: str, notice: Notice, plan: Plan | None = None) -> Record:
        """Enter a notice and make its first attempt; return its record.

        One that a scenario holds or delays is not waited for.

        Args:
            provider: Who sends it.
            notice: The notice.
            plan: What is to be done with it; the scenario is asked if None.
        """
        number, first = self._enter(provider, notice, plan or self._plan(provider, notice))
        record = self._table.get(number) or {}
        if record and record["due"][0] <= self._clock.passed():
            await asyncio.wait([first])
        return self._table.get(number) or {}

    @property
    def next_number(self) -> int:
        """Number of the notice that will be posted next."""
        return self._table.increment("number", 0) + 1

    def records(self) -> list[Record]:
        """Return the notices with their attempts, oldest first, as they are kept."""
        return [record for _, record in self._table.items()]

    def as_json(self) -> list[dict[str, Any]]:
        """Return the notices with their attempts, newest first, their secrets masked."""
        mask = self._mask()
        set_back = self._clock.passed() - self._clock.time()
        return [
            {
                **masked(record, mask),
                "created_at": _iso(record["created_at"]),
                "due": [_iso(due - set_back) for due in record["due"][record["rounds"] :]]
                if not record["acknowledged"]
                else [],
                "plan": Plan(**record["plan"]).in_words() if record["plan"] else "",
            }
            for record in reversed(self.records())
        ]

    def release(self) -> None:
        """Send held notices now, in arrival order: nothing more will come."""
        for held in self._held.values():
            if not held.full:
                held.in_order = held.full = True

    async def close(self) -> None:
        """Give up what has not been sent."""
        self._held.clear()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _enter(
        self, provider: str, notice: Notice, plan: Plan | None
    ) -> tuple[str, asyncio.Future[None]]:
        """Enter a notice; return its number and what is done when its first attempt is over."""
        number = self._write(provider, notice, plan)
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if plan is not None and plan.deliver == "reorder":
            self._hold(number, plan, first)
        else:
            self._start(self._keep_sending(number, first))
        return number, first

    def _turn_away(
        self, provider: str, notice: Notice, plan: Plan | None, problem: Diagnosis
    ) -> str:
        """Enter a notice that cannot be sent, with the attempt that says so; return its number."""
        number = self._write(provider, notice, plan)
        record = self._table.get(number) or {}
        self._note(number, record, plan, self._clock.time(), Answer(0, b"", problem), None, 0)
        self._table.update(number, lambda now: {**now, "rounds": 1, "held": False})
        return number

    def _write(self, provider: str, notice: Notice, plan: Plan | None) -> str:
        """Write the record of a notice; return its number."""
        number = str(self._table.increment("number"))
        now = self._clock.passed()  # a clock that is set back later must not delay what is due
        retries = self._provider(provider).retries
        if plan is not None and plan.retries is not None:
            retries = tuple(plan.retries)
        if unsendable(notice) is not None:
            retries = ()  # no answer can come: one attempt says so
        held = plan is not None and plan.deliver == "reorder"
        start = now + (plan.delay_seconds if plan else 0.0) + (HELD_SECONDS if held else 0.0)
        self._table.put(
            number,
            {
                "number": int(number),
                "provider": provider,
                "event": notice.event,
                "url": notice.url,
                "content": notice.content,
                "credential": notice.credential,
                "mode": notice.mode,
                "withheld": notice.withheld,
                "created_at": self._clock.time(),
                "due": [start, *(start + delay for delay in retries)],
                "rounds": 0,
                "attempts": [],
                "acknowledged": False,
                "rule": plan.rule if plan else "",
                "plan": asdict(plan) if plan else None,
                "held": held,
            },
        )
        return number

    def _start(self, coroutine: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- holding ---------------------------------------------------------------------------

    def _hold(self, number: str, plan: Plan, first: asyncio.Future[None]) -> None:
        """Put a notice with those that wait for its rule; the last one opens the door."""
        rule = plan.rule.partition("#")[0]
        held = self._held.get(rule)
        if held is None or held.full:
            held = self._held[rule] = _Held(self._clock.passed() + HELD_SECONDS)
            self._start(self._let_go(held))
        held.numbers.append(number)
        held.places.append(plan.place)
        held.going.append(first)
        if len(held.numbers) >= plan.window:
            held.full = True

    async def _let_go(self, held: _Held) -> None:
        """Wait until enough are held, or have been for long enough; send one after the other."""
        try:
            while not held.full and self._clock.passed() < held.until:
                await asyncio.sleep(_TICK_SECONDS)
            held.full = True
            for index in held.order():
                number, first = held.numbers[index], held.going[index]
                self._table.update(number, self._freed)
                self._start(self._keep_sending(number, first))
                await asyncio.wait([first])
        finally:
            held.full = True  # also where it was given up: the next one opens another
            for first in held.going:
                _done(first)

    def _freed(self, record: Record) -> Record:
        """Return a record that is held no longer: it is due now, its retries after that."""
        early = record["due"][0] - self._clock.passed()
        return {**record, "held": False, "due": [due - early for due in record["due"]]}

    # --- sending ---------------------------------------------------------------------------

    async def _keep_sending(self, number: str, first: asyncio.Future[None]) -> None:
        """Make the attempts of a notice when they are due, until it is acknowledged."""
        try:
            await asyncio.sleep(0)  # let the reply go first
            while (record := self._table.get(number)) and not record["acknowledged"]:
                made = record["rounds"]
                if made >= len(record["due"]):
                    return
                if record["due"][made] <= self._clock.passed():
                    await self._attempt(number, record)
                    _done(first)
                else:
                    await asyncio.sleep(_TICK_SECONDS)
        finally:
            _done(first)

    async def _attempt(self, number: str, record: Record) -> None:
        """Make the next attempt of a notice: none, one or several copies go out."""
        plan = Plan(**record["plan"]) if record["plan"] else None
        provider, context = self._provider(record["provider"]), self._context(record["provider"])
        notice = Notice(**{each.name: record[each.name] for each in fields(Notice)})
        can_go = unsendable(notice) is None
        copies = 1
        if plan is not None and record["rounds"] == 0 and can_go:
            copies = 0 if plan.deliver == "drop" else plan.copies
        sealed: Delivery | None = None
        remark: Diagnosis | None = None
        if can_go and copies:
            try:
                sealed, remark = self._seal(notice, provider, context, plan)
            except Exception:  # a bug of ours must not leave the notice waiting for ever
                traceback.print_exc()

        async def deliver(copy: int) -> None:
            sent_at = self._clock.time()
            answer = await self._deliver(notice, sealed, provider, context)
            self._note(number, record, plan, sent_at, answer, remark, copy)

        if copies == 0:
            lost = Answer(0, b"", DROPPED.diagnose("notice", hint=record["rule"]))
            self._note(number, record, plan, self._clock.time(), lost, None, 0)
        elif copies == 1:
            await deliver(0)
        else:
            async with asyncio.TaskGroup() as group:
                for copy in range(1, copies + 1):
                    group.create_task(deliver(copy))
                    if plan is not None and plan.gap_seconds and copy < copies:
                        await self._sleep(plan.gap_seconds)
        self._table.update(number, lambda now: {**now, "rounds": now["rounds"] + 1})

    def _seal(
        self, notice: Notice, provider: Provider[Any], context: Context[Any], plan: Plan | None
    ) -> tuple[Delivery, Diagnosis | None]:
        if provider.seal_notice is None:
            raise TypeError(f"{provider.name} sends no notices")
        if plan is None:
            return provider.seal_notice(notice, context), None
        seen: set[str] = set()
        delivery = provider.seal_notice(notice, replace(context, bend=WatchedBend(plan.bend, seen)))
        idle = plan.bend.idle(seen)
        remark = NOTHING_TO_BEND.diagnose("notice", received=idle, hint=plan.rule) if idle else None
        if plan.corrupt is None:
            return delivery, remark
        bent = replace(context, bend=plan.bend)
        damaged, problem = self._damage(provider, delivery, plan.corrupt, notice.credential, bent)
        return damaged, problem or remark

    async def _deliver(
        self,
        notice: Notice,
        sealed: Delivery | None,
        provider: Provider[Any],
        context: Context[Any],
    ) -> Answer:
        """Send what was sealed, and have the provider judge the answer."""
        if problem := unsendable(notice):
            return Answer(0, b"", problem)
        if sealed is None or provider.judge_answer is None:
            return Answer(0, b"", BUG.diagnose("notice", hint=_REPORT))
        try:
            status, body = await self._send(notice.url, sealed)
        except Exception as error:  # what a client library raises for odd URLs has no end
            return Answer(0, b"", unreachable(error))
        try:
            verdict = provider.judge_answer(notice, status, body, context)
        except Exception:  # as above
            traceback.print_exc()
            verdict = BUG.diagnose("answer", hint=_REPORT)
        return Answer(status, body, verdict)

    def _note(
        self,
        number: str,
        record: Record,
        plan: Plan | None,
        sent_at: float,
        answer: Answer,
        remark: Diagnosis | None,
        copy: int,
    ) -> None:
        """Enter one delivery and what came of it; `copy` is 0 where there is but one."""
        diagnosis = answer.diagnosis
        acknowledged = diagnosis is None
        if plan is not None and plan.until == "2xx":
            acknowledged = 200 <= answer.status < 300
        attempt: Record = {
            "sent_at": _iso(sent_at),
            "status": answer.status,
            "body": shorten(answer.body.decode("utf-8", "replace"), 2000),
            "diagnosis": diagnosis.as_json() if diagnosis else None,
            **({"copy": copy} if copy else {}),
            **({"remark": remark.as_json()} if remark else {}),
        }
        self._table.update(
            number,
            lambda current: {
                **current,
                "attempts": [*current["attempts"], attempt],
                "acknowledged": current["acknowledged"] or acknowledged,
            },
        )
        words = [
            f"notice {number} {record['provider']} {record['event']} -> {record['url']}",
            str(answer.status or "-"),
            "acknowledged" if acknowledged else str(diagnosis),
            *([f"copy {copy}"] if copy else []),
            *([str(remark)] if remark else []),
            *([f"({record['rule']})"] if record["rule"] else []),
        ]
        self._log(self._mask().text(" ".join(words)))


def _done(first: asyncio.Future[None]) -> None:
    if not first.done():
        first.set_result(None)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
