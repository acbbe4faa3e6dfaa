"""A change of the clock: its members, and how they are checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from emulator.core.errors import ConfigurationError
from emulator.core.instants import parse_drift, parse_duration, parse_instant
from emulator.core.members import Member, only_one, read

Use = Literal["verify", "issue", "date_header", "webhook"]
"""The uses of a reading; `affects` can limit offset and drift to some of them."""
USES: tuple[Use, ...] = get_args(Use)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change of the clock, as in a scenario's `clock` and in `PATCH /_emulator/clock`.

    Attributes:
        freeze: An instant, `now`, or False to make it run again.
        start: An instant to jump to; the clock goes on from there unless frozen.
        offset: How far the provider is ahead of the scope's time.
        drift: How fast it gains, such as `+2s/m`.
        advance: How far the scope's time jumps.
        advance_per_request: How far it jumps after each request.
        affects: The uses that offset and drift change; None for all.
        reset: Back to real time first.
    """

    freeze: str | bool | None = None
    start: str | None = None
    offset: str | None = None
    drift: str | None = None
    advance: str | None = None
    advance_per_request: str | None = None
    affects: tuple[str, ...] | None = None
    reset: bool = False

    @classmethod
    def from_json(cls, data: object) -> ClockChange:
        """Check the members of a JSON object.

        Raises:
            ConfigurationError: Names the member at fault.
        """
        if not isinstance(data, dict) or not data:
            raise ConfigurationError(f"expected an object with some of: {', '.join(CHANGES)}")
        members = read(cast("dict[str, Any]", data), CHANGES)
        if isinstance(freeze := members.get("freeze"), str) and freeze != "now":
            only_one(members, ("freeze", "start"))
        affects = members.get("affects")
        if affects is not None:
            if not all(use in USES for use in affects):
                raise ConfigurationError(f"affects: expected a list of {', '.join(USES)}")
            members["affects"] = tuple(affects)
        change = cls(**members)
        change.check()
        return change

    def check(self) -> None:
        """Raise ConfigurationError, naming the member, unless every value can be read."""
        readers: tuple[tuple[str, object, Callable[[Any], object]], ...] = (
            ("freeze", None if self.freeze in ("now", True, False) else self.freeze, parse_instant),
            ("start", self.start, parse_instant),
            ("offset", self.offset, parse_duration),
            ("drift", self.drift, parse_drift),
            ("advance", self.advance, parse_duration),
            ("advance_per_request", self.advance_per_request, parse_duration),
        )
        for name, value, reader in readers:
            if value is not None:
                try:
                    reader(value)
                except ConfigurationError as error:
                    raise ConfigurationError(f"{name}: {error}") from error


CHANGES = {
    "freeze": Member("An instant, or `now`, to stop at; false to go on", kinds=("text", "boolean")),
    "start": Member("An instant to jump to"),
    "offset": Member("How far the provider is ahead, such as `4m50s`"),
    "drift": Member("How fast it gains, such as `+2s/m`"),
    "advance": Member("How far time jumps, such as `24h`"),
    "advance_per_request": Member("How far it jumps after each request"),
    "affects": Member(f"What offset and drift reach, of {', '.join(USES)}", kinds=("list",)),
    "reset": Member("Back to real time first", kinds=("true",)),
}
"""The members of `PATCH /_emulator/clock`: those of `ClockChange` that are for users."""
