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

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from emulator.core.clock_change import USES, ClockChange, Use
from emulator.core.instants import LATEST, iso, parse_drift, parse_duration, parse_instant
from emulator.core.store import Record, Space

Reading = Literal["passed", "believed"]
"""The reading of a due time: the time that has passed, or the time that the provider believes."""

_SETTINGS = "settings"
_PEAKS = 256  # kept of the times from which the clock was set back


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
        return min(max(scope + ahead, 0.0), LATEST)

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
            settings["offset"] = min(max(gained, -LATEST), LATEST)
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
            settings["frozen"] = min(max(settings["frozen"] + seconds, 0.0), LATEST)
        wall = self._wall()
        settings["advanced"] = min(max(settings["advanced"], -wall), LATEST - wall)
        return settings
