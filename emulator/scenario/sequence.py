"""What the rules of both kinds have in common: `do`, or `steps` one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import Discriminator, Field, Tag, model_validator

from emulator.faults.values import Identifier, Strict, wrong

F = TypeVar("F")

Times = Annotated[
    Annotated[int, Field(ge=1), Tag("<scalar>")] | Annotated[Literal["rest"], Tag("<text>")],
    Discriminator(lambda value: "<text>" if isinstance(value, str) else "<scalar>"),
]

REST = "rest"


class StepForm(Strict):
    """A part of a sequence.

    Attributes:
        times: For so many firings, or for the `rest`.
        do: What happens.
    """

    times: Times = 1
    do: Any


class RuleForm(Strict):
    """A rule: what it is for, when it fires, and what happens then.

    Attributes:
        id: Unique in the file.
        note: For people.
        match: What counts as its hits.
        when: Which hits it fires on; all if left out.
        do: What happens, if always the same.
        steps: What happens at the first firing, the second, and so on.
        repeat: After the last step: `stop` firing, stay with the `last`, or `loop`.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"oneOf": [{"required": ["do"]}, {"required": ["steps"]}]}
    }

    id: Identifier
    note: str = ""
    match: Any
    when: Any = None
    do: Any = None
    steps: Any = None
    repeat: Literal["stop", "last", "loop"] = "stop"

    @model_validator(mode="after")
    def _one_sequence(self) -> Self:
        if (self.do is None) == (self.steps is None):
            raise wrong("give one of 'do', 'steps'")
        if self.steps is None:
            if "repeat" in self.model_fields_set:
                raise wrong("'repeat' needs 'steps'; 'do' repeats anyway")
            return self
        rest = [number for number, step in enumerate(self.steps) if step.times == REST]
        if rest and rest[0] < len(self.steps) - 1:
            raise wrong(f"steps.{rest[0] + 1} can never come: the step before has times: rest")
        if rest and self.repeat != "stop":
            raise wrong(f"repeat: {self.repeat} can never come: the last step has times: rest")
        return self

    @property
    def actions(self) -> Iterable[Any]:
        """All it may do."""
        if self.do is not None:
            yield self.do
        for step in self.steps or ():
            yield step.do


class FaultSequence(Generic[F]):
    """Which faults come at the n-th firing of a rule.

    Args:
        rule: As written.

    Attributes:
        counts: Whether its firings must be told apart.
        length: How often it can fire; None for ever.
    """

    __slots__ = ("_ends", "_faults", "_repeat", "counts", "length")

    def __init__(self, rule: RuleForm) -> None:
        steps: Sequence[Any] = rule.steps or ()
        self.counts = bool(steps)
        self._faults: list[tuple[F, ...]] = [action.faults for action in rule.actions]
        self._repeat = rule.repeat
        self._ends: list[int] = []
        for step in steps:
            if isinstance(step.times, int):
                self._ends.append(step.times + (self._ends[-1] if self._ends else 0))
        endless = not steps or len(self._ends) < len(steps) or rule.repeat != "stop"
        self.length = None if endless else self._ends[-1]

    def faults(self, firing: int) -> tuple[F, ...]:
        """Return the faults of a firing, counted from 1."""
        if self._repeat == "loop" and self._ends:
            firing = (firing - 1) % self._ends[-1] + 1
        step = next((index for index, end in enumerate(self._ends) if firing <= end), -1)
        return self._faults[step]
