"""What a fault is, and the turn it may bend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.errors import FailureMode, Source, Standing
from emulator.exchange import Exchange, Reply
from emulator.provider import Context, Provider

INJECTED = FailureMode(
    "scenario.injected",
    "A scenario wrote the answer",
    Source("scenario file", "do", Standing.CHOSEN),
)

Proceed = Callable[[], Awaitable[Reply]]
"""Goes on towards the true answer: judges again if the turn was bent, then does the work."""


@dataclass(slots=True)
class Turn:
    """An exchange on its way, as the faults see it.

    Attributes:
        provider: Whom it is for.
        exchange: The exchange; a fault may bend its request.
        context: Clock, store and keys.
        sleep: Waits real seconds.
        bent: Set it when the verdict must be found again.
        rule: Which rule fired, as `scenario/rule#hit`.
        draw: Gives a number in [0, 1) for a label, the same for the same rule and hit.
    """

    provider: Provider[Any]
    exchange: Exchange
    context: Context[Any]
    sleep: Callable[[float], Awaitable[None]]
    bent: bool = False
    rule: str = ""
    draw: Callable[[str], float] = lambda label: 0.0  # noqa: ARG005

    def inject(self, reply: Reply, what: str) -> Reply:
        """Make `reply` the answer and `what` the reason, although the request may be in order."""
        true = self.exchange.diagnosis
        if true is not None:  # the rule asked for refused requests too; their reason is not lost
            self.exchange.notices.append(true)
        self.exchange.verdict = "injected"
        self.exchange.diagnosis = INJECTED.diagnose(
            "scenario",
            expected=f"the true answer: {true.code if true else 'accepted'}",
            received=what,
            hint=self.rule,
        )
        return reply


class Fault(ABC):
    """One way to fail, with its options.

    A subclass stands in a file of its own, named as in scenario files, and is that module's
    `FAULT`.
    """

    ending: ClassVar[bool] = False
    """Whether it replaces the true answer; of several, the first wins."""

    @abstractmethod
    async def around(self, turn: Turn, proceed: Proceed) -> Reply:
        """Make the reply, with or without going on."""
