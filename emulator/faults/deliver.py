"""`deliver: duplicate`: the way a webhook takes to the merchant.

::

    drop             the attempt is lost; the provider tries again later
    duplicate        `copies` of it, `gap` apart, that do not wait for each other
    reorder          `window` webhooks are held, and sent in a drawn order
    before-response  it arrives before the answer to the request that caused it
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from emulator.faults.fault import WebhookFault
from emulator.faults.values import Plain
from emulator.outbox.plan import Plan

_OF_ALL = ("reorder", "before-response")
_COPIES = 2


class Deliver(
    Plain[Literal["normal", "drop", "duplicate", "reorder", "before-response"]], WebhookFault
):
    """Send it this way: `drop` loses the first attempt, or the one that `when` names."""

    @property
    def of_all(self) -> bool:
        """Whether the way is that of the webhook, not of one attempt."""
        return self.root in _OF_ALL

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Say which way; two copies, unless `copies` says more."""
        copies = max(plan.copies, _COPIES) if self.root == "duplicate" else plan.copies
        return replace(plan, deliver=self.root, copies=copies, place=draw("reorder"))


FAULT = Deliver
