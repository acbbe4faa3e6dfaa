"""The plan for one webhook, made by a scenario or a trigger."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from emulator.provider import Bend


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a scenario does with one webhook; plain data, kept with it.

    Attributes:
        rule: The rule that fired, as `scenario/rule#hit`.
        deliver: `drop` loses the first attempt, `duplicate` sends copies, `reorder` holds the
            webhook until `window` of them can be sent in another order, `before-response` sends
            it before the answer to the request that caused it.
        copies: How many are sent at the first attempt.
        gap_seconds: Real time between the copies, which do not wait for each other.
        window: How many webhooks are reordered together.
        place: In [0, 1); webhooks are sent in the order of this number.
        delay_seconds: How much later it is sent, on the scope's clock.
        sign_with: Which key signs it; empty for the right one.
        corrupt: What is damaged in it, as `emulator.faults.corrupt` writes it.
        webhook_seconds: How far the times in it are off.
        retries: Seconds after the first attempt; None for the provider's own.
        until: The end of the retries: an acknowledgement, or any status 2xx.
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
    webhook_seconds: float = 0.0
    retries: list[float] | None = None
    until: Literal["acked", "2xx"] = "acked"

    def in_words(self) -> str:
        """Say on one line what differs from a normal delivery."""
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
        """What the provider does differently when it seals the webhook."""
        return Bend(sign_with=self.sign_with, webhook_seconds=self.webhook_seconds)


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
