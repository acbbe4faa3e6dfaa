"""Fixtures of the scenarios."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.emulator import Emulator
from emulator.http.server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server on a real socket, with default settings."""
    with Server(Emulator()) as running:
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that latencies would have waited; nobody waits."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setitem(Emulator.__init__.__kwdefaults__, "sleep", sleep)
    return waited
