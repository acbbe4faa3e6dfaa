"""Fixtures of the scheme tests."""

from __future__ import annotations

import pytest

from emulator.schemes.mistakes import search


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a search finds depends on its tries, never on how busy the machine is."""
    monkeypatch.setattr(search, "MOST_SECONDS", 600)
