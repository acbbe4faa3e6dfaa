"""`requests: {match, exactly | min | max}`: so many exchanges were like this."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from emulator.faults.values import wrong
from emulator.scenario.expectations.exchanges import is_unclear, line_of, parts_of
from emulator.scenario.expectations.kind import Counted, Evidence, Kind, Report, many, report
from emulator.scenario.matching import Match


class Requests(Counted, Kind):
    """How many exchanges were like this.

    Attributes:
        match: As in a rule, but of any verdict unless it names one.
        exactly: So many.
        min: At least so many.
        max: At most so many.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"anyOf": [{"required": [name]} for name in ("exactly", "min", "max")]}
    }

    match: Match

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if not self.in_words:
            raise wrong("give one of 'exactly', 'min', 'max'")
        return self

    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds."""
        exchanges = evidence.exchanges
        parts = parts_of(self.match)
        unclear = sum(is_unclear(parts, each) for each in exchanges)
        missed = [[name for name, test in parts if not test(each)] for each in exchanges]
        count = missed.count([])
        least, most = self.bounds
        too_many = most is not None and count > most
        near = (
            f"{line_of(each)}: {f'all but {names[0]}' if names else 'matches'}"
            for each, names in zip(exchanges, missed, strict=True)
            # Too many: show those. Too few: show what nearly was one.
            if len(names) == (0 if too_many else 1)
        )
        return report(
            passed=count >= least and not too_many,
            expected=f"{self.in_words} matching",
            found=f"{count} of {many(len(exchanges), 'exchange')}",
            near_misses=near,
            forgotten=evidence.forgotten,
            cut=unclear,
            needs_all=most is not None,
        )


KIND = Requests
