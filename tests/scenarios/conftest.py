"""Fixtures of the scenarios."""

from __future__ import annotations

import pytest

from emulator.emulator import Emulator


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that latencies would have waited; nobody waits."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setitem(Emulator.__init__.__kwdefaults__, "sleep", sleep)
    return waited
