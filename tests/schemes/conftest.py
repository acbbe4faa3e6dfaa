"""Fixtures of the scheme tests."""

from __future__ import annotations

import pytest

from emulator.schemes.mistakes import outputs, search


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a search finds depends on its tries, never on how busy the machine is."""
    monkeypatch.setattr(search, "MOST_SECONDS", 600)


@pytest.fixture
def no_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of refusals in one test, of which only the verdict counts."""
    monkeypatch.setattr(search, "MOST_TRIES", 0)
    monkeypatch.setattr(outputs, "read", lambda _: outputs.Received({}, {}, (), b""))
