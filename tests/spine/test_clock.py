"""The clock: what moves provider and client together, and what moves them apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import USES, Clock, ClockChange, parse_drift, parse_duration
from emulator.errors import ConfigurationError
from emulator.store import MemoryEngine, Space

START = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


class Wall:
    """Real time, moved by hand."""

    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def clock(wall: Wall) -> Clock:
    return Clock(Space(MemoryEngine(), "default", "emulator"), wall)


def test_is_real_time_at_first(clock, wall):
    """Untouched, both readings are real time."""
    wall.now += 5
    assert clock.time() == clock.timestamp() == START + 5


def test_advance_moves_both_readings(clock, wall):
    """After `advance` time goes on from there."""
    clock.change(ClockChange(advance="24h1s"))
    wall.now += 1
    assert clock.time() == clock.timestamp() == START + 86402


def test_offset_moves_only_what_the_provider_believes(clock):
    """Plus means the provider is ahead; the scope's time stays."""
    clock.change(ClockChange(offset="+4m50s"))
    assert clock.time() == START
    assert clock.timestamp() == START + 290


def test_drift_grows(clock, wall):
    """A drift of two seconds a minute is ten after five minutes."""
    clock.change(ClockChange(drift="+2s/m"))
    wall.now += 300
    assert clock.time() == START + 300
    assert clock.timestamp() == pytest.approx(START + 310)


def test_frozen_stands_until_advanced_and_runs_again(clock, wall):
    """Freezing stops real time, advancing still jumps, and it goes on where it stood."""
    clock.change(ClockChange(freeze="now"))
    wall.now += 100
    assert clock.time() == START
    clock.change(ClockChange(advance="10s"))
    assert clock.time() == START + 10
    clock.change(ClockChange(freeze=False))
    wall.now += 1
    assert clock.time() == START + 11


def test_freezes_at_an_instant(clock):
    """An instant may be given in any zone."""
    clock.change(ClockChange(freeze="2026-01-02T03:04:05-05:00"))
    assert clock.now() == datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)


def test_start_jumps_and_runs_on(clock, wall):
    """`start` sets the time, and it goes on."""
    clock.change(ClockChange(start="2030-01-01T00:00:00Z"))
    wall.now += 2
    assert clock.now() == datetime(2030, 1, 1, 0, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize("use", USES)
def test_affects_limits_the_offset(clock, use):
    """An offset that affects one use leaves the others right."""
    clock.change(ClockChange(offset="1h", affects=(use,)))
    ahead = {each: clock.timestamp(each) - START for each in USES}
    assert ahead == {each: 3600 if each == use else 0 for each in USES}


def test_reset_returns_to_real_time(clock, wall):
    """Everything is forgotten."""
    clock.change(ClockChange(freeze="now", offset="1h", drift="1s/s"))
    clock.change(ClockChange(reset=True))
    wall.now += 7
    assert clock.time() == clock.timestamp() == START + 7


@given(st.lists(st.tuples(st.integers(0, 99999), st.sampled_from(["ms", "s", "m", "h", "d"]))))
def test_durations_add_up(parts):
    """A duration is the sum of its parts, with its sign."""
    text = "".join(f"{number}{unit}" for number, unit in parts)
    seconds = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    if not text:
        with pytest.raises(ConfigurationError):
            parse_duration(text)
        return
    total = timedelta(seconds=sum(number * seconds[unit] for number, unit in parts))
    assert parse_duration(text) == parse_duration(f"+{text}") == total
    assert parse_duration(f"-{text}") == -total


@given(st.text())
def test_any_text_is_a_duration_or_a_clear_error(text):
    """Nothing but ConfigurationError leaves the readers."""
    for read in (parse_duration, parse_drift, lambda t: ClockChange(freeze=t or "x").check()):
        try:
            read(text)
        except ConfigurationError as error:
            assert str(error)  # noqa: PT017 - the text is the point


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_refuses_an_instant_beyond_the_calendar(clock, instant):
    """What no date could show is refused with a reason."""
    with pytest.raises(ConfigurationError, match="1970"):
        clock.change(ClockChange(freeze=instant))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["freeze", "start", "offset", "drift", "advance", "affects", "reset", "x"]
                ),
                v,
                max_size=4,
            )
        ),
    )
)
def test_any_json_is_a_change_or_a_clear_error(data):
    """The control API can hand over whatever came."""
    clock = Clock(Space(MemoryEngine(), "default", "emulator"), Wall())
    try:
        clock.change(ClockChange.from_json(data))
    except ConfigurationError:
        return
    clock.as_json()


@given(
    st.lists(
        st.sampled_from(
            [
                ClockChange(freeze="now"),
                ClockChange(freeze=False),
                ClockChange(advance="1000000d"),
                ClockChange(advance="-1000000d"),
                ClockChange(offset="900000d"),
                ClockChange(offset="-99999d"),
                ClockChange(drift="+99999s/s"),
                ClockChange(start="8999-12-31T23:59:59Z"),
                ClockChange(start="1970-01-01T14:00:00+14:00"),
                ClockChange(freeze="1970-01-01T00:00:00Z"),
            ]
        ),
        max_size=12,
    )
)
def test_no_sequence_leaves_the_calendar(changes):
    """However it is moved, the clock can be read as a date."""
    clock = Clock(Space(MemoryEngine(), "default", "emulator"), Wall())
    for change in changes:
        clock.change(change)
        clock.now()
        clock.as_json()
