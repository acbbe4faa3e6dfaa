"""The frame itself: every measurement is found, every aim is judged."""

from __future__ import annotations

import pytest
from counting import bytes_kept, lines_run
from raw_http import get, send

from bench.hostile.figures import Figure, measurements


def test_server_on_a_real_socket(server):
    answer = send(server, get("/_emulator/health"))
    assert answer.status == 200
    assert b'"ok"' in answer.body


def test_measurements_are_found():
    """A module of `bench/hostile` needs no entry in a list."""
    assert "idle" in measurements()


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("a", 3, "ms"), True),
        (Figure("a", 3, "ms", at_most=3), True),
        (Figure("a", 3.1, "ms", at_most=3), False),
        (Figure("a", 3, "1/s", at_least=4), False),
    ],
)
def test_aims(figure, met):
    assert figure.met is met


@pytest.mark.slow
def test_work_is_counted():
    def loop(times):
        for _ in range(times):
            pass

    assert lines_run(lambda: loop(2000)) > 1.9 * lines_run(lambda: loop(1000))
    assert bytes_kept(lambda: b"x" * 100_000) > 90_000
