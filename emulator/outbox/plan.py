"""The plan for one webhook, made by a scenario or a trigger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from emulator.provider import Changes


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
        attempts: The attempts that it is for, from 1; empty for all. Of a part.
        copy_numbers: The copies that it is for, from 1; empty for all. Of a part.
        parts: What is different for some of the deliveries; the first that says something of a
            delivery comes before the plan itself.
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
    attempts: list[int] = field(default_factory=list[int])
    copy_numbers: list[int] = field(default_factory=list[int])
    parts: list[Plan] = field(default_factory=list["Plan"])

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Plan:
        """Return the plan that was kept as plain data."""
        parts = [cls.from_record(each) for each in record["parts"]]
        members: dict[str, Any] = {**record, "parts": parts}
        return cls(**members)

    def copies_at(self, attempt: int) -> int:
        """Return how many copies an attempt sends; 0 if all of it is lost."""
        for part in self._of_attempt(attempt):
            if part.deliver in ("drop", "duplicate"):
                return 0 if part.deliver == "drop" else part.copies
        if attempt > 1:
            return 1
        return 0 if self.deliver == "drop" else self.copies

    def gap_at(self, attempt: int) -> float:
        """Return the real seconds between the copies of an attempt."""
        duplicates = (each for each in self._of_attempt(attempt) if each.deliver == "duplicate")
        return next((each.gap_seconds for each in duplicates), self.gap_seconds)

    def loses(self, attempt: int, copy: int) -> bool:
        """Tell whether one of the copies of an attempt is lost."""
        return any(part.deliver == "drop" and part.copy_numbers for part in self._of(attempt, copy))

    def of_delivery(self, attempt: int, copy: int) -> Plan:
        """Return the plan for sealing one copy: what the parts say of it is said by itself."""
        found = self
        for name, nothing in (("sign_with", ""), ("corrupt", None), ("webhook_seconds", 0.0)):
            said = (getattr(part, name) for part in self._of(attempt, copy))
            value = next((each for each in said if each != nothing), nothing)
            if value != nothing:
                found = replace(found, **{name: value})
        return found

    def _of_attempt(self, attempt: int) -> Iterator[Plan]:
        return (part for part in self._of(attempt, 0) if not part.copy_numbers)

    def _of(self, attempt: int, copy: int) -> Iterator[Plan]:
        for part in self.parts:
            if part.attempts and attempt not in part.attempts:
                continue
            if not part.copy_numbers or copy in part.copy_numbers or not copy:
                yield part

    def in_words(self) -> str:
        """Say on one line what differs from a normal delivery."""
        told = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in _ABOUT and getattr(self, each.name) != each.default
        }
        if self.deliver != "reorder":
            told.pop("place", None)
        if self.corrupt is not None:
            told["corrupt"] = f"{self.corrupt['how']} {self.corrupt['target']}"
        words = [f"{name.removesuffix('_seconds')}: {_said(told[name])}" for name in told]
        return ", ".join([*words, *(f"({each.where}: {each.in_words()})" for each in self.parts)])

    @property
    def where(self) -> str:
        """Say which deliveries a part is for."""
        named = (("attempt", self.attempts), ("copy", self.copy_numbers))
        return ", ".join(f"{name} {' or '.join(map(str, each))}" for name, each in named if each)

    @property
    def changes(self) -> Changes:
        """What the provider does differently when it seals the webhook."""
        return Changes(sign_with=self.sign_with, webhook_seconds=self.webhook_seconds)


_ABOUT = frozenset({"rule", "attempts", "copy_numbers", "parts"})
"""The members that say which deliveries are meant, and not what is done."""


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
