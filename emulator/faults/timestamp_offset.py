"""`timestamp_offset: -10m`: the times in a webhook are off; minus is the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator

from emulator.faults.fault import WebhookFault
from emulator.faults.values import Duration, Plain, seconds, wrong
from emulator.outbox.plan import Plan


def _changes(offset: str) -> str:
    if not seconds(offset):
        raise wrong("'timestamp_offset' of nothing changes nothing; leave it out")
    return offset


class TimestampOffset(Plain[Annotated[Duration, AfterValidator(_changes)]], WebhookFault):
    """How far the times in it are off; minus is the past."""

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say how far."""
        del draw
        return replace(plan, webhook_seconds=seconds(self.root))


FAULT = TimestampOffset
