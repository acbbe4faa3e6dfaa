"""The suite itself: each deliberate bug is found by the check that it is for, and by no other."""

from __future__ import annotations

import overlay
import properties
import pytest
from sabotages import SABOTAGES
from subject import Subject

CHECKS = properties.discover()


def failing() -> dict[str, str]:
    """Return the checks that fail on Acme as it is now, each with what it says."""
    subject = Subject(overlay.NAME)
    found: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            check(subject)
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    return found


@pytest.mark.slow
@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda each: each.patch.__name__)
def test_a_bug_is_found_by_the_check_that_is_for_it(sabotage, monkeypatch):
    sabotage.patch(monkeypatch)
    found = failing()
    assert set(found) == {sabotage.found_by}, found


def test_each_sabotage_names_a_check():
    assert {each.found_by for each in SABOTAGES} <= set(CHECKS)
