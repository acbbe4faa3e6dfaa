"""Notices to merchants: a queue, the provider's own retry table, and a log of deliveries.

Retries are due by the scope's clock, so an hour of them passes in no time when the clock is
advanced. One attempt is `Attempt`; a notice and its attempts are a record of the store.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from emulator.clock import Clock
from emulator.errors import Diagnosis, FailureMode, Source, Standing, shorten
from emulator.journal import masked
from emulator.masking import Mask
from emulator.provider import Context, Notice, Provider
from emulator.store import Record, Table

TIMEOUT_SECONDS = 30.0
"""How long a merchant may take to answer. Tesabiz's and Pagsmile's pages do not say."""
_TICK_SECONDS = 0.05
_ANSWER_LIMIT = 64 * 1024

UNREACHABLE = FailureMode(
    "notice.unreachable",
    "The merchant's URL could not be reached",
    Source("emulator", "notices", Standing.CHOSEN),
)
UNSENDABLE = FailureMode(
    "notice.no-url",
    "No URL to send the notice to is configured",
    Source("emulator", "notices", Standing.CHOSEN),
)

BUG = FailureMode(
    "notice.emulator-bug",
    "The emulator could not make the notice; its traceback is on stderr",
    Source("emulator", "notices", Standing.CHOSEN),
)


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
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }
        return ", ".join(
            f"{name.removesuffix('_seconds')}: {value}"
            for name, value in told.items()
            if name not in ("rule", "place")
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the merchant said to one attempt, and what the provider makes of it."""

    status: int
    body: bytes
    diagnosis: Diagnosis | None


class Outbox:
    """The notices of one namespace.

    Args:
        table: Where they are kept.
        clock: The clock retries go by.
        context: Gives a provider's context.
        provider: Gives a provider.
        mask: Gives what hides the namespace's secrets.
        log: Told of each attempt, in words.
    """

    def __init__(
        self,
        table: Table,
        clock: Clock,
        provider: Callable[[str], Provider[Any]],
        context: Callable[[str], Context[Any]],
        mask: Callable[[], Mask],
        log: Callable[[str], None],
    ) -> None:
        self._table = table
        self._clock = clock
        self._provider = provider
        self._context = context
        self._mask = mask
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, provider: str, notice: Notice) -> str:
        """Enter a notice, to be sent once the reply is out; return its number."""
        number = str(self._table.increment("number"))
        now = self._clock.time()
        retries = self._provider(provider).retries
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
                "created_at": now,
                # Nobody will answer where there is no URL: one attempt says so.
                "due": [now, *(now + delay for delay in retries if notice.url)],
                "attempts": [],
                "acknowledged": False,
            },
        )
        self._start(self._keep_sending(number))
        return number

    async def send_now(self, provider: str, notice: Notice) -> Record:
        """Enter a notice and make its first attempt; return its record."""
        number = self.post(provider, notice)
        await self._attempt(number, 0)
        return self._table.get(number) or {}

    def as_json(self) -> list[dict[str, Any]]:
        """Return the notices with their attempts, newest first, their secrets masked."""
        mask = self._mask()
        return [
            {
                **masked(record, mask),
                "created_at": _iso(record["created_at"]),
                "due": [_iso(due) for due in record["due"][len(record["attempts"]) :]]
                if not record["acknowledged"]
                else [],
            }
            for _, record in reversed(list(self._table.items()))
        ]

    async def close(self) -> None:
        """Give up what has not been sent."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, coroutine: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_sending(self, number: str) -> None:
        await asyncio.sleep(0)  # let the reply go first
        while (record := self._table.get(number)) and not record["acknowledged"]:
            made = len(record["attempts"])
            if made >= len(record["due"]):
                return
            if record["due"][made] <= self._clock.time():
                await self._attempt(number, made)
            else:
                await asyncio.sleep(_TICK_SECONDS)

    async def _attempt(self, number: str, index: int) -> None:
        """Make attempt `index` of a notice, unless another task makes it."""
        if self._table.increment(f"{number}.{index}") != 1:
            while (record := self._table.get(number)) and len(record["attempts"]) <= index:
                await asyncio.sleep(_TICK_SECONDS)
            return
        record = self._table.get(number)
        if record is None:
            return
        sent_at = self._clock.time()
        try:
            answer = await self._send(record)
        except Exception:  # a bug of ours must not leave the notice waiting for ever
            traceback.print_exc()
            answer = Answer(0, b"", BUG.diagnose("notice"))
        diagnosis = answer.diagnosis
        attempt = {
            "sent_at": _iso(sent_at),
            "status": answer.status,
            "body": shorten(answer.body.decode("utf-8", "replace"), 2000),
            "diagnosis": diagnosis.as_json() if diagnosis else None,
        }
        self._table.update(
            number,
            lambda current: {
                **current,
                "attempts": [*current["attempts"], attempt],
                "acknowledged": current["acknowledged"] or diagnosis is None,
            },
        )
        outcome = "acknowledged" if diagnosis is None else str(diagnosis)
        line = (
            f"notice {number} {record['provider']} {record['event']} -> {record['url']} "
            f"{answer.status or '-'} {outcome}"
        )
        self._log(self._mask().text(line))

    async def _send(self, record: Record) -> Answer:
        import httpx2

        provider = self._provider(record["provider"])
        context = self._context(record["provider"])
        notice = Notice(
            record["event"],
            record["url"],
            record["content"],
            record["credential"],
            record["mode"],
        )
        if not notice.url:
            return Answer(0, b"", UNSENDABLE.diagnose("notice.url"))
        if provider.seal_notice is None or provider.judge_answer is None:
            raise TypeError(f"{provider.name} sends no notices")
        delivery = provider.seal_notice(notice, context)
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                response = await client.post(
                    notice.url, content=delivery.body, headers=dict(delivery.headers)
                )
        except Exception as error:  # what a client library raises for odd URLs has no end
            problem = UNREACHABLE.diagnose(
                "notice.url", received=f"{type(error).__name__}: {error}"
            )
            return Answer(0, b"", problem)
        body = response.content[:_ANSWER_LIMIT]
        verdict = provider.judge_answer(notice, response.status_code, body, context)
        return Answer(response.status_code, body, verdict)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
