"""One attempt to deliver a webhook: seal it, damage it if asked, send it, judge the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.errors import Diagnosis, FailureMode, Source, Standing
from emulator.outbox.delivery import Send, unreachable
from emulator.outbox.plan import Plan
from emulator.provider import (
    NOTHING_TO_CHANGE,
    Context,
    Delivery,
    MerchantAnswer,
    Provider,
    WatchedChanges,
    Webhook,
)

_OURS = Source("emulator", "webhooks", Standing.CHOSEN)
_REPORT = "This is a bug of the emulator: report it with the traceback"
BUG = FailureMode(
    "webhook.emulator-bug",
    "The emulator could not make the webhook; its traceback is on stderr",
    _OURS,
)
DROPPED = FailureMode("webhook.dropped", "A scenario lost the webhook on its way", _OURS)

Damage = Callable[
    [Provider[Any], Delivery, dict[str, Any], str, Context[Any]],
    tuple[Delivery, Diagnosis | None],
]
"""Damages a sealed webhook as `Plan.corrupt` says, and tells what it could not do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The merchant's answer to one copy of a webhook, and the provider's judgement.

    Attributes:
        status: HTTP status; 0 if no answer came.
        body: The part of the body that was read.
        diagnosis: Why it is not an acknowledgement; None if it is one.
        copy: Which copy it is, from 1; 0 if there is only one.
        remark: Another remark on the delivery.
        sent: What went to the merchant; None if nothing did.
    """

    status: int
    body: bytes
    diagnosis: Diagnosis | None
    copy: int = 0
    remark: Diagnosis | None = None
    sent: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The next attempt of a webhook.

    Attributes:
        webhook: The webhook.
        plan: What is done with it; None for nothing special.
        number: Which attempt it is, from 1.
        copies: How many are sent, without waiting for each other; 0 loses the webhook.
        provider: Who sends it.
        context: The provider's context.
        send: Sends a copy to the merchant.
        damage: Damages a sealed webhook.
        sleep: Waits real seconds, between copies.
        report: Reports an exception of ours.
    """

    webhook: Webhook
    plan: Plan | None
    number: int
    copies: int
    provider: Provider[Any]
    context: Context[Any]
    send: Send
    damage: Damage
    sleep: Callable[[float], Awaitable[None]]
    report: Callable[[BaseException], object]

    async def make(self, note: Callable[[float, Answer], None]) -> None:
        """Send the copies.

        Args:
            note: Called for each copy: when it was sent, by the scope's clock, and the result.
        """
        clock, plan = self.context.clock, self.plan
        if self.copies == 0:
            hint = plan.rule if plan is not None else ""
            note(clock.time(), Answer(0, b"", DROPPED.diagnose("webhook", hint=hint)))
            return
        sealed = self._sealed_copies()

        async def deliver(copy: int) -> None:
            sent_at = clock.time()
            shown = copy if self.copies > 1 else 0
            if plan is not None and plan.loses(self.number, copy):
                lost = DROPPED.diagnose("webhook", hint=plan.rule)
                note(sent_at, Answer(0, b"", lost, copy=shown))
                return
            delivery, remark = sealed[copy - 1]
            answer = await self._deliver(delivery)
            note(sent_at, replace(answer, copy=shown, remark=remark, sent=delivery))

        if self.copies == 1:
            await deliver(1)
            return
        gap = plan.gap_at(self.number) if plan is not None else 0.0
        async with asyncio.TaskGroup() as group:
            for copy in range(1, self.copies + 1):
                group.create_task(deliver(copy))
                if gap and copy < self.copies:
                    await self.sleep(gap)

    def _sealed_copies(self) -> list[tuple[Delivery | None, Diagnosis | None]]:
        """Seal the copies; once for all that are to be the same."""
        made: list[tuple[Plan | None, tuple[Delivery | None, Diagnosis | None]]] = []
        sealed: list[tuple[Delivery | None, Diagnosis | None]] = []
        for copy in range(1, self.copies + 1):
            plan = self.plan.of_delivery(self.number, copy) if self.plan is not None else None
            same = next((each for wanted, each in made if wanted == plan), None)
            if same is None:
                same = self._sealed(plan)
                made.append((plan, same))
            sealed.append(same)
        return sealed

    def _sealed(self, plan: Plan | None) -> tuple[Delivery | None, Diagnosis | None]:
        try:
            return self._seal(plan)
        except Exception as error:  # after a bug of ours the webhook must not wait without an end
            self.report(error)
            return None, None

    def _seal(self, plan: Plan | None) -> tuple[Delivery, Diagnosis | None]:
        webhook, provider, context = self.webhook, self.provider, self.context
        if provider.webhooks is None:
            raise TypeError(f"{provider.name} sends no webhooks")
        seal = provider.webhooks.seal
        if plan is None:
            return seal(webhook, context), None
        seen: set[str] = set()
        delivery = seal(webhook, replace(context, changes=WatchedChanges(plan.changes, seen)))
        idle = plan.changes.idle(seen)
        remark = (
            NOTHING_TO_CHANGE.diagnose("webhook", received=idle, hint=plan.rule) if idle else None
        )
        if plan.corrupt is None:
            return delivery, remark
        changed = replace(context, changes=plan.changes)
        damaged, problem = self.damage(
            provider, delivery, plan.corrupt, webhook.credential, changed
        )
        return damaged, problem or remark

    async def _deliver(self, sealed: Delivery | None) -> Answer:
        """Send a sealed webhook, and let the provider judge the answer."""
        webhooks = self.provider.webhooks
        if sealed is None or webhooks is None:
            return Answer(0, b"", BUG.diagnose("webhook", hint=_REPORT))
        try:
            status, body = await self.send(self.webhook.url, sealed)
        except Exception as error:  # a client library raises many kinds of errors for strange URLs
            return Answer(0, b"", unreachable(error))
        try:
            answer = MerchantAnswer(self.webhook, status, body, self.context)
            verdict = webhooks.judge(answer)
        except Exception as error:  # as above
            self.report(error)
            verdict = BUG.diagnose("answer", hint=_REPORT)
        return Answer(status, body, verdict)
