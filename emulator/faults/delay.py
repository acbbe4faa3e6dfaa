"""`delay: 5m`: the webhook leaves late, on the scope's clock; spread as `latency` can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from emulator.faults.fault import WebhookFault
from emulator.faults.spread import Wait
from emulator.outbox.plan import Plan


class Delay(Wait, WebhookFault):
    """How late it leaves, on the scope's clock."""

    never_with: ClassVar[tuple[str, ...]] = ("reorder", "before-response")

    @property
    def of_all(self) -> bool:
        """It moves the first attempt, and all after it."""
        return True

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say how late, for this webhook."""
        return replace(plan, delay_seconds=self.at(draw("delay")))


FAULT = Delay
