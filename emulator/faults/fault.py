"""What a fault is, and how it changes the handling of an exchange.

Three kinds. A *changing* fault acts around the true answer and goes on towards it. An *ending* one
replaces it; the first wins. A *modifier* changes how the ending fault beside it, in the same
action, ends: `{connection: reset, after_commit: true}`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Exchange, Reply, Request, Transmission
from emulator.outbox.plan import Plan
from emulator.provider import (
    NOTHING_TO_CHANGE,
    RIGHT,
    Changes,
    Context,
    Provider,
    WatchedChanges,
)

INJECTED = FailureMode(
    "scenario.injected",
    "A scenario wrote the answer",
    Source("scenario file", "do", Standing.CHOSEN),
)

CHANGED = FailureMode(
    "scenario.changed",
    "A scenario changed the request or what it is checked against, then it was judged again",
    Source("scenario file", "do", Standing.CHOSEN),
)

UNTOUCHED = Transmission()

Proceed = Callable[[], Awaitable[Reply]]
"""Goes on towards the true answer: judges again if `judge_again` is set, then does the work."""


@dataclass(slots=True)
class Handling:
    """An exchange on its way, as the faults see it.

    Attributes:
        provider: Which provider the request is for.
        exchange: The exchange; a fault may change its request.
        context: Clock, store and keys, with what is changed in them.
        sleep: Waits real seconds.
        asked: What is changed in the context.
        seen: Which of that the provider has looked at.
        unmoved: Whether the request was accepted, and still was after it was changed.
        judge_again: Set it when the verdict must be found again.
        committed: Whether the work is to be done although its answer is lost.
        transmission: What happens to the reply on its way.
        rule: Which rule fired, as `scenario/rule#hit`.
        draw: Gives a number in [0, 1) for a label, the same for the same rule and hit.
    """

    provider: Provider[Any]
    exchange: Exchange
    context: Context[Any]
    sleep: Callable[[float], Awaitable[None]]
    asked: Changes = RIGHT
    seen: set[str] = field(default_factory=set[str])
    unmoved: bool = False
    judge_again: bool = False
    committed: bool = False
    transmission: Transmission = UNTOUCHED
    rule: str = ""
    draw: Callable[[str], float] = lambda label: 0.0  # noqa: ARG005

    def change(self, **changes: Any) -> None:
        """Have the provider do its own work otherwise, from here on: members of `Changes`."""
        self.asked = replace(self.asked, **changes)
        self.context = replace(self.context, changes=WatchedChanges(self.asked, self.seen))

    def note_idle(self) -> None:
        """Note in the exchange what was asked for and had no effect, once it is over."""
        idle = self.asked.idle(self.seen - {"verify_with"} if self.unmoved else self.seen)
        if idle:
            self.exchange.warnings.append(
                NOTHING_TO_CHANGE.diagnose(
                    "scenario", received=idle, hint=", ".join(self.exchange.rules)
                )
            )

    def damage(self, request: Request) -> None:
        """Have another request judged in place of the one that arrived."""
        if self.exchange.arrived is None:
            self.exchange.arrived = self.exchange.request
        self.exchange.request = request
        self.judge_again = True

    def inject(self, reply: Reply, what: str) -> Reply:
        """Make `reply` the answer and `what` the reason, although the request may be in order."""
        true = self.exchange.diagnosis
        if true is not None:  # the rule asked for refused requests too; their reason is not lost
            self.exchange.warnings.append(true)
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

    A subclass stands in its own file, named as in scenario files, and is that module's
    `FAULT`.
    """

    ending: ClassVar[bool] = False
    """Whether it replaces the true answer; of several, the first wins."""
    modifies: ClassVar[tuple[str, ...]] = ()
    """The ending faults it changes; it does nothing without one of them in the same action."""

    @abstractmethod
    async def around(self, handling: Handling, proceed: Proceed, /) -> Reply:
        """Make the reply, with or without going on."""

    def shown(self, draw: Callable[[str], float]) -> str:
        """Say in a few words what it does on one hit.

        Args:
            draw: As `Handling.draw`.
        """
        del draw
        return describe(self)


class Ending(Fault):
    """A fault that replaces the true answer: nothing is done, unless `after_commit` says so."""

    ending: ClassVar[bool] = True

    async def around(self, handling: Handling, proceed: Proceed, /) -> Reply:
        """Do the work if it is to be done, then end."""
        true = await proceed() if handling.committed else None
        return self.end(handling, true)

    @abstractmethod
    def end(self, handling: Handling, true: Reply | None, /) -> Reply:
        """Make the reply; `true` is the one that is lost, if the work was done."""


class WebhookFault(ABC):
    """One way in which a webhook goes wrong, with its options.

    As `Fault`, in its own file; a file may hold both at once, as `sign_with` does.
    """

    needs: ClassVar[str] = ""
    """The way to `deliver` that it belongs to; it does nothing without it beside it."""
    never_with: ClassVar[tuple[str, ...]] = ()
    """The ways to `deliver` that it contradicts."""

    @property
    def of_all(self) -> bool:
        """Whether it is about the webhook, and cannot be about some of its deliveries only."""
        return False

    @abstractmethod
    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Return a plan with this in it.

        Args:
            plan: What is to be done with a webhook so far.
            draw: Gives a number in [0, 1) for a label, the same for the same rule and hit.
        """


def describe(fault: Fault) -> str:
    """Write a fault as a scenario file does, on one line."""
    name = type(fault).__module__.rpartition(".")[2].rstrip("_")
    dump: Callable[..., object] | None = getattr(fault, "model_dump", None)
    return f"{name}: {_flow(dump(exclude_unset=True, by_alias=True) if dump else None)}"


def _flow(value: object) -> str:
    match value:
        case dict():
            members = cast(dict[str, object], value)
            return "{" + ", ".join(f"{key}: {_flow(each)}" for key, each in members.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, cast(list[object], value))) + "]"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
