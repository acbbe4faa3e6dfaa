"""The nightly hunts find what they look for, and show it with the fewest changes."""

from __future__ import annotations

import random

import pytest

from bench.fuzz.__main__ import wrongly
from bench.fuzz.changes import Change, draw, shrunk
from bench.fuzz.schemes import SCHEMES, Scheme


@pytest.mark.parametrize("name", SCHEMES)
def test_right_request(name):
    """Unchanged, it is accepted, and the formula of the standard agrees."""
    scheme = SCHEMES[name]()
    scheme.verify(scheme.texts)
    assert scheme.is_right(scheme.texts)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMES)
def test_changes_are_refused(name, no_search):
    scheme = SCHEMES[name]()
    chance = random.Random(name)
    for _ in range(60):
        assert wrongly(scheme, draw(chance, len(scheme.texts))) == ""


def test_false_accept_is_found():
    accepts_all = Scheme(["abc"], lambda texts: None, lambda texts: texts == ["abc"])
    cut = Change(0, "cut", 0.0, "")
    nothing = Change(0, "case", 0.999, "")
    both = [nothing, nothing, cut]
    assert wrongly(accepts_all, both) == "accepted what the standard does not"
    assert len(shrunk(both, lambda changes: bool(wrongly(accepts_all, changes)))) == 1


def test_other_exceptions_are_found():
    def verify(texts):
        raise KeyError(texts[0])

    assert "KeyError" in wrongly(Scheme(["a"], verify, lambda texts: True), [])


def test_same_seed_same_changes():
    assert draw(random.Random(7), 3) == draw(random.Random(7), 3)
