"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from emulator.pipeline import Emulator

settings.register_profile("emulator", deadline=None)  # tests never time: machines are noisy
settings.load_profile("emulator")


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A fresh emulator in this process, with the shipped keys."""
    return Emulator()
