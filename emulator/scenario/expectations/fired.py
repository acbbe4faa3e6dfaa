"""`fired: {rule, exactly | min | max}`: a rule of the scenario fired so often."""

from __future__ import annotations

from emulator.faults.values import Identifier
from emulator.scenario.expectations.kind import Counted, Evidence, Kind, Report, report


class Firings(Counted, Kind):
    """How often a rule of the loaded scenario fired; at least once if no number is given.

    Attributes:
        rule: Its id, also of a rule below `webhooks`.
        exactly: So often.
        min: At least so often.
        max: At most so often.
    """

    rule: Identifier

    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds."""
        count = evidence.fired(self.rule)
        least, most = self.bounds
        if not self.in_words:
            least = 1
        passed = count is not None and count >= least and (most is None or count <= most)
        return report(
            passed=passed,
            expected=f"rule {self.rule} fires {self.in_words or 'at least 1'} times",
            found=f"no rule {self.rule!r} is loaded" if count is None else f"{count} times",
        )


KIND = Firings
