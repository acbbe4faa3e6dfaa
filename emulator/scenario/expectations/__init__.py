"""What must have happened: `expect` items, checked against the journal, with the near misses.

The verdict is never better than what is known. A journal is a ring; where exchanges have left it,
whatever they could have broken is reported as not met, and says why. So is what an exchange could
have broken of which the journal keeps only a part.

`kind` says what a kind is; each kind has a file, and `item` finds them.
"""

from emulator.scenario.expectations.exchanges import CUTS
from emulator.scenario.expectations.item import Expectation, Expectations, verify_all
from emulator.scenario.expectations.kind import Evidence, Kind, Report

__all__ = ["CUTS", "Evidence", "Expectation", "Expectations", "Kind", "Report", "verify_all"]
