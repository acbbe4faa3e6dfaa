"""Every property, held to every provider that there is: no list of either."""

from __future__ import annotations

from functools import cache

import properties
import pytest
from subject import Subject, names

CHECKS = properties.discover()


@cache
def subject(name: str) -> Subject:
    return Subject(name)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("check", CHECKS)
def test_conformance(name, check):
    CHECKS[check](subject(name))
