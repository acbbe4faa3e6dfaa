"""The clock: what moves provider and client together, and what moves them apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import Clock
from emulator.core.clock_change import USES, ClockChange
from emulator.core.errors import ConfigurationError
from emulator.core.instants import parse_drift, parse_duration
from emulator.core.store import MemoryEngine, Space

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


def test_reset_and_set_at_once(clock):
    """Reset comes first, whatever else is asked for in the same change."""
    clock.change(ClockChange(freeze="2000-01-01T00:00:00Z", offset="1h", affects=("issue",)))
    clock.change(ClockChange(reset=True, offset="5s"))
    assert clock.time() == START
    assert clock.timestamp() == START + 5


class TestPerRequest:
    """`advance_per_request`: each request takes its time, and the first finds none gone."""

    @pytest.mark.parametrize("freeze", [{}, {"freeze": "now"}], ids=["running", "frozen"])
    def test_passes_after_each(self, clock, freeze):
        """Frozen or not, both readings move together."""
        clock.change(ClockChange.from_json({"advance_per_request": "250ms", **freeze}))
        assert clock.time() == START
        for number in range(1, 5):
            clock.tick()
            assert clock.time() == clock.timestamp() == clock.passed() == START + number / 4

    def test_adds_to_what_the_provider_believes(self, clock):
        """An offset stays what it is; a drift grows with the time that passes."""
        clock.change(ClockChange(advance_per_request="1m", offset="10s", drift="+2s/m"))
        clock.tick()
        assert clock.time() == START + 60
        assert clock.timestamp() == pytest.approx(START + 72)

    def test_is_shown_and_taken_back(self, clock):
        """`0s` ends it, and leaves what has passed."""
        clock.change(ClockChange(advance_per_request="1s"))
        assert clock.as_json()["advance_per_request_seconds"] == 1
        clock.tick()
        clock.change(ClockChange(advance_per_request="0s"))
        clock.tick()
        assert clock.as_json()["advance_per_request_seconds"] == 0
        assert clock.time() == START + 1

    @pytest.mark.parametrize("value", ["often", 3, True, "1s/m", "\u0661s"])
    def test_wrong_it_is_named(self, value):
        """The control API says which member is wrong."""
        with pytest.raises(ConfigurationError, match="advance_per_request"):
            ClockChange.from_json({"advance_per_request": value})


class TestDrift:
    """The provider's clock gains; what it has gained it keeps."""

    def test_another_pace_goes_on_from_there(self, clock, wall):
        """Ten seconds gained do not vanish when the clock is set right."""
        clock.change(ClockChange(drift="+2s/m"))
        wall.now += 300
        clock.change(ClockChange(drift="0s/m"))
        wall.now += 300
        assert clock.timestamp() == pytest.approx(START + 610)
        assert clock.as_json()["offset_seconds"] == pytest.approx(10)

    def test_the_same_pace_again_and_again_changes_nothing(self, clock, wall):
        """A rule may say it on every request."""
        for _ in range(5):
            clock.change(ClockChange(drift="-1s/m"))
            wall.now += 60
        assert clock.timestamp() == pytest.approx(START + 295)

    def test_an_offset_beside_it_begins_anew(self, clock, wall):
        """How far ahead is then said."""
        clock.change(ClockChange(drift="+2s/m"))
        wall.now += 300
        clock.change(ClockChange(drift="0s/m", offset="3s"))
        assert clock.timestamp() == START + 303

    def test_stands_while_frozen_and_jumps_with_the_time(self, clock, wall):
        """It is a share of the time that passes."""
        clock.change(ClockChange(freeze="now", drift="+1s/m"))
        wall.now += 600
        assert clock.timestamp() == START
        clock.change(ClockChange(advance="1h"))
        assert clock.timestamp() == pytest.approx(START + 3660)

    def test_set_back_it_loses_nothing(self, clock):
        """The years between are not gained, and not lost."""
        clock.change(ClockChange(drift="+1s/m"))
        clock.change(ClockChange(start="2000-01-01T00:00:00Z"))
        clock.change(ClockChange(advance="1m"))
        assert clock.timestamp() - clock.time() == pytest.approx(1)


CHANGES = st.sampled_from(
    [
        ClockChange(freeze="now"),
        ClockChange(freeze=False),
        ClockChange(freeze="2000-01-01T00:00:00Z"),
        ClockChange(freeze="2040-01-01T00:00:00Z"),
        ClockChange(start="1999-01-01T00:00:00Z"),
        ClockChange(start="2040-01-01T00:00:00Z"),
        ClockChange(advance="1h"),
        ClockChange(advance="-400d"),
        ClockChange(advance_per_request="-1m"),
        ClockChange(advance_per_request="1m"),
        ClockChange(offset="9h", drift="1s/s"),
        ClockChange(reset=True),
        ClockChange(reset=True, freeze="2001-01-01T00:00:00Z"),
    ]
)


class TestPassed:
    """How much time has passed: what states and windows go by."""

    @given(st.lists(CHANGES | st.just("tick") | st.integers(0, 1000), max_size=20))
    def test_never_runs_backwards(self, events):
        """Set forward it jumps as the time does; set back it stands."""
        wall = Wall()
        clock = Clock(Space(MemoryEngine(), "default", "emulator"), wall)
        for event in events:
            time, passed = clock.time(), clock.passed()
            if isinstance(event, ClockChange):
                clock.change(event)
            elif event == "tick":
                clock.tick()
            else:
                wall.now += event
            gone = max(0.0, clock.time() - time)
            assert clock.passed() - passed == pytest.approx(gone, abs=1e-3)

    def test_stops_when_frozen(self, clock, wall):
        """Real time is not the scope's."""
        clock.change(ClockChange(freeze="now"))
        before = clock.passed()
        wall.now += 100
        assert clock.passed() == before


@pytest.mark.parametrize("uses", [("verify",), ("issue", "webhook"), USES])
def test_affects_limits_the_drift_too(clock, wall, uses):
    """What is not affected goes by the scope's time."""
    clock.change(ClockChange(drift="1s/s", affects=uses))
    wall.now += 10
    ahead = {each: clock.timestamp(each) - START - 10 for each in USES}
    assert ahead == {each: 10 if each in uses else 0 for each in USES}


def test_affects_never_limits_an_advance(clock):
    """It moves provider and client together, so nobody could be left out."""
    clock.change(ClockChange(advance="1h", affects=("date_header",)))
    assert {clock.timestamp(each) for each in USES} == {START + 3600}


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


@pytest.mark.parametrize("text", ["62", "-1.5", "+4"])
def test_a_bare_number_is_told_its_unit(text):
    """A test that waits writes seconds, and forgets to say so."""
    with pytest.raises(ConfigurationError, match=rf"or {re.escape(text)}s for seconds$"):
        parse_duration(text)


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


class TestReached:
    """What has happened stays happened: the latest time believed since something began."""

    def test_at_first_it_is_now(self, clock, wall):
        assert (clock.set_backs(), clock.reached(0)) == (0, START)
        wall.now += 5
        assert clock.reached(0) == START + 5

    def test_what_began_after_a_set_back_knows_nothing_of_what_was_before(self, clock):
        clock.change(ClockChange(freeze="now"))
        before = clock.set_backs()
        clock.change(ClockChange(advance="2h"))
        clock.change(ClockChange(reset=True, freeze="2026-03-01T12:00:00Z"))
        assert clock.reached(before) == START + 7200
        assert clock.reached(clock.set_backs()) == START

    def test_time_that_passes_with_each_request(self, clock):
        clock.change(ClockChange(freeze="now", advance_per_request="-1m"))
        for _ in range(300):
            clock.tick()
        assert clock.timestamp() == START - 300 * 60
        assert clock.reached(0) > clock.reached(200) > clock.timestamp()

    @given(
        st.lists(
            st.integers(0, 9000)
            | st.sampled_from(
                [
                    ClockChange(advance="1h"),
                    ClockChange(advance="-90m"),
                    ClockChange(offset="+40m"),
                    ClockChange(offset="-10m"),
                    ClockChange(freeze="now"),
                    ClockChange(freeze=False),
                    ClockChange(freeze="2026-03-01T12:30:00Z"),
                    ClockChange(start="2026-03-01T11:00:00Z"),
                    ClockChange(reset=True),
                ]
            ),
            max_size=20,
        )
    )
    def test_is_the_highest_reading_since_it_began(self, events):
        wall = Wall()
        clock = Clock(Space(MemoryEngine(), "default", "emulator"), wall)
        begun = []  # since when, the highest reading that it has seen
        for event in events:
            begun.append([clock.set_backs(), clock.timestamp()])
            for each in begun:
                each[1] = max(each[1], clock.timestamp())
            if isinstance(event, ClockChange):
                clock.change(event)
            else:
                wall.now += event
            for each in begun:
                each[1] = max(each[1], clock.timestamp())
            for since, highest in begun:
                assert clock.reached(since) == pytest.approx(highest)
