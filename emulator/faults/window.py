"""`window: 4`: how many webhooks `deliver: reorder` holds, to send them in another order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from emulator.faults.fault import WebhookFault
from emulator.faults.values import Plain
from emulator.outbox.plan import Plan


class Window(Plain[Annotated[int, Field(ge=2, le=50)]], WebhookFault):
    """How many are held; for a minute at most, on the scope's clock."""

    needs: ClassVar[str] = "reorder"

    @property
    def of_all(self) -> bool:
        """It holds the webhook."""
        return True

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say how many."""
        del draw
        return replace(plan, window=self.root)


FAULT = Window
