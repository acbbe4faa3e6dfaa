"""Rules about requests: `rules`, as it is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from emulator.scenario.action import Action
from emulator.scenario.matching import Match
from emulator.scenario.sequence import REST, RuleForm, StepForm
from emulator.scenario.when import When


class Step(StepForm):
    """A part of a sequence.

    Attributes:
        times: For so many firings, or for the `rest`.
        do: What happens.
    """

    do: Action


class Rule(RuleForm):
    """A rule about requests.

    Attributes:
        id: Unique in the file.
        note: For people.
        match: Which requests count as its hits.
        when: Which hits it fires on; all if left out.
        do: What happens, if always the same.
        steps: What happens at the first firing, the second, and so on.
        repeat: After the last step: `stop` firing, stay with the `last`, or `loop`.
    """

    match: Match
    when: When | None = None
    do: Action | None = None
    steps: Annotated[list[Step], Field(min_length=1)] | None = None

    @property
    def actions(self) -> Iterable[Action]:
        """All it may do."""
        if self.do is not None:
            yield self.do
        for step in self.steps or ():
            yield step.do

    @property
    def only_ends(self) -> bool:
        """Whether it does nothing but end exchanges."""
        return all(
            fault.ending or fault.modifies for action in self.actions for fault in action.faults
        )

    @property
    def ends_all(self) -> bool:
        """Whether it surely ends every exchange of its providers, endpoints and verdict."""
        endless = self.do is not None or (
            self.steps is not None and (self.steps[-1].times == REST or self.repeat != "stop")
        )
        return (
            endless
            and self.when is None
            and self.match.model_fields_set <= {"provider", "endpoint", "verdict"}
            and all(any(fault.ending for fault in each.faults) for each in self.actions)
        )
