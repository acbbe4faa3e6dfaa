"""Webhooks that a scenario holds, to send those of one rule in another order."""

from __future__ import annotations

from dataclasses import dataclass, field

from emulator.outbox.plan import Plan

HELD_SECONDS = 60.0
"""How long a webhook is held at most, on the scope's clock."""


@dataclass(slots=True)
class Window:
    """The webhooks of one rule that are held.

    Attributes:
        numbers: Their numbers, in arrival order.
        places: In [0, 1); they are sent in the order of these.
        in_order: Whether they are sent in arrival order: the scenario was unloaded.
    """

    numbers: list[str] = field(default_factory=list[str])
    places: list[float] = field(default_factory=list[float])
    in_order: bool = False

    def add(self, number: str, plan: Plan) -> bool:
        """Hold one more; tell whether there are enough now."""
        self.numbers.append(number)
        self.places.append(plan.place)
        return len(self.numbers) >= plan.window

    def order(self) -> list[str]:
        """Return them in the order of sending: another than that of arrival, unless `in_order`."""
        came = list(range(len(self.numbers)))
        drawn = came if self.in_order else sorted(came, key=self.places.__getitem__)
        if drawn == came and not self.in_order:
            drawn = [*drawn[1:], *drawn[:1]]
        return [self.numbers[index] for index in drawn]
