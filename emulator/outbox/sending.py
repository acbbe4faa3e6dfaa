"""Steps 4 and 5 of the path of a webhook: send the copies, and judge the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from emulator.core.errors import Diagnosis
from emulator.outbox.attempt import BUG, DROPPED, REPORT, Answer, Attempt
from emulator.outbox.delivery import unreachable
from emulator.outbox.sealing import Sealed
from emulator.provider import Delivery, MerchantAnswer

Note = Callable[[float, Answer], None]
"""Notes a copy: when it was sent, by the scope's clock, and the result."""


async def send_copies(attempt: Attempt, sealed: Sequence[Sealed], note: Note) -> None:
    """Send the copies of an attempt; none of them waits for the answer to another one.

    Args:
        attempt: The attempt.
        sealed: Its copies; none if the scenario loses all of it.
        note: Called for each copy.
    """
    if not sealed:
        note(attempt.context.clock.time(), _lost(attempt))
    elif len(sealed) == 1:
        await send_copy(attempt, 1, sealed[0], note)
    else:
        gap = attempt.plan.gap_at(attempt.number) if attempt.plan is not None else 0.0
        async with asyncio.TaskGroup() as group:
            for copy, each in enumerate(sealed, 1):
                group.create_task(send_copy(attempt, copy, each, note))
                if gap and copy < len(sealed):
                    await attempt.sleep(gap)


async def send_copy(attempt: Attempt, copy: int, sealed: Sealed, note: Note) -> None:
    """Send one copy, or lose it if the plan says so."""
    sent_at = attempt.context.clock.time()
    if attempt.plan is not None and attempt.plan.loses(attempt.number, copy):
        answer = _lost(attempt)
    else:
        answer = await send(attempt, sealed.delivery)
        answer = replace(answer, remark=sealed.remark, sent=sealed.delivery)
    note(sent_at, replace(answer, copy=copy if attempt.copies > 1 else 0))


async def send(attempt: Attempt, delivery: Delivery | None) -> Answer:
    """Send what is sealed to the merchant, and judge the answer."""
    if delivery is None:
        return Answer(0, b"", BUG.diagnose("webhook", hint=REPORT))
    try:
        status, body = await attempt.send(attempt.webhook.url, delivery)
    except Exception as error:  # a client library raises many kinds of errors for strange URLs
        return Answer(0, b"", unreachable(error))
    return Answer(status, body, judge(attempt, status, body))


def judge(attempt: Attempt, status: int, body: bytes) -> Diagnosis | None:
    """Tell by the provider's rule why an answer is not an acknowledgement; None if it is one."""
    try:
        assert attempt.provider.webhooks is not None
        answer = MerchantAnswer(attempt.webhook, status, body, attempt.context)
        return attempt.provider.webhooks.judge(answer)
    except Exception as error:  # after a bug of ours the webhook must not wait without an end
        attempt.report(error)
        return BUG.diagnose("answer", hint=REPORT)


def _lost(attempt: Attempt) -> Answer:
    rule = attempt.plan.rule if attempt.plan is not None else ""
    return Answer(0, b"", DROPPED.diagnose("webhook", hint=rule))
