"""Fixtures of the provider tests."""

from __future__ import annotations

import pytest
from gestopago_world import World, alone
from placetopay_shop import Shop


@pytest.fixture
def shop() -> Shop:
    """A merchant of Placetopay, with an emulator of its own."""
    return Shop()


@pytest.fixture
def world() -> World:
    """GestoPago alone, with an emulator of its own."""
    return alone()
