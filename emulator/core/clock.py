"""One clock for each namespace. No other code asks for the time.

It has two readings, and scenarios need both:

* the *scope's* time: real time that stops when frozen and jumps when advanced. Life times,
  `elapsed` and the bundled client use it;
* the time that the *provider believes*: the scope's time plus an offset and a drift. A positive
  offset means that the provider is ahead. It decides `iat`, `exp`, the five-minute window and
  the Date header.

So `advance` moves provider and client together, and `offset` moves them apart.

A third reading, how much of the scope's time has *passed*, never goes back. States, `from` and
`until` use it. Otherwise a scenario that sets its clock back would stop.

An end is final: a thing that ends at some time has ended when the provider's clock has shown that
time once, even if the clock is set back later. `reached` tells.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args

from emulator.core.errors import ConfigurationError
from emulator.core.members import Member, only_one, read
from emulator.core.store import Record, Space

Use = Literal["verify", "issue", "date_header", "webhook"]
"""The uses of a reading; `affects` can limit offset and drift to some of them."""
USES: tuple[Use, ...] = get_args(Use)
Reading = Literal["passed", "believed"]
"""The reading of a due time: the time that has passed, or the time that the provider believes."""

_DURATION = re.compile(r"[+-]?(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_PART = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_DRIFT = re.compile(r"([+-]?\d+(?:\.\d+)?(?:ms|s))/(s|m|h)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SETTINGS = "settings"
_PEAKS = 256  # kept of the times from which the clock was set back
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
_FIRST = datetime(1, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


def parse_duration(text: str) -> timedelta:
    """Read a duration such as `24h`, `+4m50s`, `-90s` or `250ms`.

    Raises:
        ConfigurationError: If it is not one.
    """
    if not isinstance(text, str) or not _DURATION.fullmatch(text):  # pyright: ignore[reportUnnecessaryIsInstance] - comes from JSON
        message = f"{text!r} is not a duration; write for example 24h, +4m50s"
        raise ConfigurationError(message + _unit_lacking(text))
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if seconds > _LATEST:
        raise ConfigurationError(f"{text!r} is too long a duration")
    return timedelta(seconds=-seconds if text.startswith("-") else seconds)


def _unit_lacking(text: object) -> str:
    bare = isinstance(text, str) and _NUMBER.fullmatch(text)
    return f", or {text}s for seconds" if bare else ""


def parse_drift(text: str) -> float:
    """Read a drift such as `+2s/m`: seconds gained in each second.

    Raises:
        ConfigurationError: If it is not one.
    """
    match = _DRIFT.fullmatch(text) if isinstance(text, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if match is None:
        raise ConfigurationError(f"{text!r} is not a drift; write for example +2s/m")
    return parse_duration(match[1]).total_seconds() / _SECONDS[match[2]]


def parse_instant(text: str) -> float:
    """Read an instant such as `2026-03-01T12:00:00Z`: seconds since the epoch.

    Raises:
        ConfigurationError: If it is not one, or has no zone.
    """
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ConfigurationError(
            f"{text!r} is not an instant with a zone; write for example 2026-03-01T12:00:00Z"
        )
    seconds = (instant - _EPOCH).total_seconds()
    if not 0 <= seconds <= _LATEST:
        raise ConfigurationError(f"{text!r} is not between the years 1970 and 9000")
    return seconds


def iso(seconds: float) -> str:
    """Write an instant in UTC; one beyond the years 1 to 9999 as their first or last second.

    A scenario may put off a retry by thousands of years.
    """
    return datetime.fromtimestamp(min(_LAST, max(_FIRST, seconds)), UTC).isoformat()


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


class Clock:
    """The clock of one namespace; its settings live in the store.

    Args:
        space: Where the settings are kept.
        wall: Real time, in seconds since the epoch.
    """

    __slots__ = ("_listeners", "_settings", "_wall")

    def __init__(self, space: Space, wall: Callable[[], float] = time.time) -> None:
        self._settings = space.table("clock")
        self._wall = wall
        self._listeners: tuple[Callable[[], None], ...] = ()

    def when_moved(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time the clock was moved, stopped or started."""
        self._listeners = (*self._listeners, listener)

    def time(self) -> float:
        """Return the scope's time, in seconds since the epoch."""
        return self._scope_time(self._settings.get(_SETTINGS))

    def passed(self) -> float:
        """Return how much of the scope's time has passed, in seconds since a fixed moment.

        It stops when frozen and jumps when advanced, as `time` does, but never goes back.
        """
        settings = self._settings.get(_SETTINGS)
        return self._passed(settings) if settings is not None else self._wall()

    def timestamp(self, use: Use = "verify") -> float:
        """Return the time the provider believes, in seconds since the epoch."""
        return self._believed(self._settings.get(_SETTINGS), use)

    def seconds_to(self, at: float, reading: Reading) -> float | None:
        """Return the real seconds until a reading comes to `at`; None if the clock stands.

        Args:
            at: In seconds since the epoch.
            reading: What `passed` returns, or what `timestamp` does for `verify`.
        """
        settings = self._settings.get(_SETTINGS)
        if settings is None:
            return max(0.0, at - self._wall())
        believed = reading == "believed"
        now = self._believed(settings, "verify") if believed else self._passed(settings)
        if now >= at:
            return 0.0
        drifts = believed and (not settings["affects"] or "verify" in settings["affects"])
        pace = 1.0 + settings["drift"] if drifts else 1.0
        if settings["frozen"] is not None or pace <= 0:
            return None
        return (at - now) / pace

    @property
    def is_right(self) -> bool:
        """Whether it shows real time."""
        settings = self._settings.get(_SETTINGS)
        moves = ("advanced", "per_request", "offset", "drift")
        return settings is None or (
            settings["frozen"] is None and not any(settings[each] for each in moves)
        )

    def set_backs(self) -> int:
        """Return how often the provider's time was set back: since when to ask `reached`."""
        settings = self._settings.get(_SETTINGS)
        return settings["set_backs"] if settings is not None else 0

    def reached(self, since: int) -> float:
        """Return the latest time that the provider has believed, in seconds since the epoch.

        Args:
            since: The value of `set_backs` at the beginning of the thing that ends.
        """
        settings = self._settings.get(_SETTINGS)
        now = self._believed(settings, "verify")
        peaks: list[list[float]] = settings["peaks"] if settings is not None else []
        # They go down, so the first that counts is the highest.
        return max(now, next((peak for number, peak in peaks if number >= since), now))

    def now(self, use: Use = "verify") -> datetime:
        """Return the time the provider believes, in UTC."""
        return datetime.fromtimestamp(self.timestamp(use), UTC)

    def change(self, change: ClockChange) -> None:
        """Freeze, jump, shift or reset, all at once.

        Raises:
            ConfigurationError: If a value cannot be read; nothing is changed then.
        """
        change.check()
        self._settings.insert(_SETTINGS, self._real_time())
        self._settings.update(
            _SETTINGS,
            lambda settings: self._remembered(
                self._believed(settings, "verify"), self._changed(settings, change)
            ),
        )
        self._tell()

    def tick(self) -> None:
        """Move forward by `advance_per_request`, after a request."""
        settings = self._settings.get(_SETTINGS)
        if settings is not None and settings["per_request"]:
            self._settings.update(
                _SETTINGS,
                lambda now: self._remembered(
                    self._believed(now, "verify"),
                    self._moved(self._scope_time(now), self._advanced(now, now["per_request"])),
                ),
            )
            self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def as_json(self) -> dict[str, Any]:
        """Return both readings and the settings, as `GET /_emulator/clock` shows them."""
        settings = self._settings.get(_SETTINGS) or self._real_time()
        return {
            "now": iso(self.timestamp()),
            "time": iso(self.time()),
            "timestamp": self.time(),
            "frozen": settings["frozen"] is not None,
            "offset_seconds": settings["offset"],
            "drift_per_second": settings["drift"],
            "advanced_seconds": settings["advanced"],
            "advance_per_request_seconds": settings["per_request"],
            "affects": settings["affects"] or list(USES),
        }

    def _real_time(self) -> Record:
        return {
            "frozen": None,
            "advanced": 0.0,
            "per_request": 0.0,
            "offset": 0.0,
            "drift": 0.0,
            "drift_since": 0.0,
            "affects": [],
            "set_back": 0.0,
            "set_backs": 0,
            "peaks": [],
        }

    def _believed(self, settings: Record | None, use: Use) -> float:
        scope = self._scope_time(settings)
        if settings is None or (settings["affects"] and use not in settings["affects"]):
            return scope
        ahead = settings["offset"] + self._drifted(settings)
        return min(max(scope + ahead, 0.0), _LATEST)

    def _scope_time(self, settings: Record | None) -> float:
        if settings is None:
            return self._wall()
        if settings["frozen"] is not None:
            return settings["frozen"]
        return self._wall() + settings["advanced"]

    def _drifted(self, settings: Record) -> float:
        if not settings["drift"]:
            return 0.0
        return settings["drift"] * (self._passed(settings) - settings["drift_since"])

    def _passed(self, settings: Record) -> float:
        return self._scope_time(settings) + settings["set_back"]

    def _moved(self, before: float, settings: Record) -> Record:
        """Remember by how much the time was set back, if it was."""
        settings["set_back"] += max(0.0, before - self._scope_time(settings))
        return settings

    def _remembered(self, before: float, settings: Record) -> Record:
        """Remember what time it was before the provider's time was set back, if it was."""
        if self._believed(settings, "verify") < before:
            peaks: list[list[float]] = settings["peaks"]
            higher = [peak for peak in peaks if peak[1] > before][-_PEAKS + 1 :]
            settings["peaks"] = [*higher, [settings["set_backs"], before]]
            settings["set_backs"] += 1
        return settings

    def _changed(self, settings: Record, change: ClockChange) -> Record:
        before = self._scope_time(settings)
        if change.reset:
            settings = {**self._real_time(), **self._memory(settings)}
        settings = self._moved(before, self._set(settings, change))
        if change.offset is not None:
            settings["offset"] = parse_duration(change.offset).total_seconds()
        elif change.drift is not None:
            gained = settings["offset"] + self._drifted(settings)  # a new pace does not undo it
            settings["offset"] = min(max(gained, -_LATEST), _LATEST)
        if change.drift is not None:
            settings["drift"] = parse_drift(change.drift)
            settings["drift_since"] = self._passed(settings)
        if change.advance_per_request is not None:
            settings["per_request"] = parse_duration(change.advance_per_request).total_seconds()
        if change.affects is not None:
            settings["affects"] = list(change.affects)
        return settings

    def _memory(self, settings: Record) -> Record:
        """Return the settings that no change of the clock undoes."""
        return {name: settings[name] for name in ("set_back", "set_backs", "peaks")}

    def _set(self, settings: Record, change: ClockChange) -> Record:
        """Set the scope's time."""
        if change.start is not None:
            settings["advanced"] = parse_instant(change.start) - self._wall()
            if settings["frozen"] is not None:
                settings["frozen"] = parse_instant(change.start)
        if change.freeze in ("now", True):
            settings["frozen"] = self._scope_time(settings)
        elif change.freeze is False and settings["frozen"] is not None:
            settings["advanced"] = settings["frozen"] - self._wall()
            settings["frozen"] = None
        elif isinstance(change.freeze, str):
            settings["frozen"] = parse_instant(change.freeze)
        seconds = parse_duration(change.advance).total_seconds() if change.advance else 0.0
        return self._advanced(settings, seconds)

    def _advanced(self, settings: Record, seconds: float) -> Record:
        settings["advanced"] += seconds
        if settings["frozen"] is not None:
            settings["frozen"] = min(max(settings["frozen"] + seconds, 0.0), _LATEST)
        wall = self._wall()
        settings["advanced"] = min(max(settings["advanced"], -wall), _LATEST - wall)
        return settings
