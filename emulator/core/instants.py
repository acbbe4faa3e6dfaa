"""Durations, drifts and instants as text: how they are read and written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from emulator.core.errors import ConfigurationError

_DURATION = re.compile(r"[+-]?(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_PART = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_DRIFT = re.compile(r"([+-]?\d+(?:\.\d+)?(?:ms|s))/(s|m|h)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(1, 1, 1, tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
"""The latest time that a clock can show, in seconds since the epoch; also the longest duration."""


def parse_duration(text: str) -> timedelta:
    """Read a duration such as `24h`, `+4m50s`, `-90s` or `250ms`.

    Raises:
        ConfigurationError: If it is not one.
    """
    if not isinstance(text, str) or not _DURATION.fullmatch(text):  # pyright: ignore[reportUnnecessaryIsInstance] - comes from JSON
        message = f"{text!r} is not a duration; write for example 24h, +4m50s"
        raise ConfigurationError(message + _unit_lacking(text))
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if seconds > LATEST:
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
    if not 0 <= seconds <= LATEST:
        raise ConfigurationError(f"{text!r} is not between the years 1970 and 9000")
    return seconds


def iso(seconds: float) -> str:
    """Write an instant in UTC; one beyond the years 1 to 9999 as their first or last second.

    A scenario may put off a retry by thousands of years.
    """
    return datetime.fromtimestamp(min(_LAST, max(_FIRST, seconds)), UTC).isoformat()
