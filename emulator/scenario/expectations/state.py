"""`state: NAME`: the scenario is in this state."""

from __future__ import annotations

from emulator.faults.values import Identifier, Plain
from emulator.scenario.expectations.kind import Evidence, Kind, Report, report


class State(Plain[Identifier], Kind):
    """The state in which all are that were met."""

    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds."""
        wanted = self.root
        states = evidence.states or {}
        others = {owner: state for owner, state in states.items() if state != wanted}
        if not states:
            found = "no scenario with states is loaded"
        else:
            found = "state " + " and ".join(dict.fromkeys(states.values()))
        return report(
            passed=bool(states) and not others,
            expected=f"state {wanted}",
            found=found,
            near_misses=(f"{owner}: {state}" for owner, state in others.items() if owner),
        )


KIND = State
