"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.pipeline import Emulator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A fresh emulator in this process, with the shipped keys."""
    return Emulator()
