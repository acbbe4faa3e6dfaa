"""`gap: 40ms`: real time between the copies of `deliver: duplicate`.

The copies do not wait for each other's answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from emulator.faults.fault import WebhookFault
from emulator.faults.values import Length, Plain, seconds
from emulator.outbox.plan import Plan


class Gap(Plain[Length], WebhookFault):
    """Real time between the copies; they do not wait for each other's answers."""

    needs: ClassVar[str] = "duplicate"

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say how long."""
        del draw
        return replace(plan, gap_seconds=seconds(self.root))


FAULT = Gap
