"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from emulator.emulator import Emulator
from emulator.schemes.mistakes import outputs, search

settings.register_profile("emulator", deadline=None)  # tests never time: machines are noisy
settings.register_profile("fast", deadline=None, max_examples=20)  # for `make test-fast`
settings.load_profile("emulator")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A fresh emulator in this process, with the shipped keys."""
    return Emulator()


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of refusals in one test, of which only the verdict counts."""
    monkeypatch.setattr(search, "MOST_TRIES", 0)
    monkeypatch.setattr(outputs, "read", lambda _: outputs.Received({}, {}, ()))
