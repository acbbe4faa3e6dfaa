"""`copies: 3`: how many `deliver: duplicate` sends, the first counted; two if left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from emulator.faults.fault import WebhookFault
from emulator.faults.values import Plain
from emulator.outbox.plan import Plan


class Copies(Plain[Annotated[int, Field(ge=2, le=50)]], WebhookFault):
    """So many copies, the first counted; two if left out."""

    needs: ClassVar[str] = "duplicate"

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say how many."""
        del draw
        return replace(plan, copies=self.root)


FAULT = Copies
