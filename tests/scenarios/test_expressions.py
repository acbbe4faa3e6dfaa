"""`regex` in a scenario: matched without backtracking, refused at load where that is impossible."""

from __future__ import annotations

import pytest

from emulator.scenario.expressions import (
    LONGEST_PATTERN,
    LONGEST_TEXT,
    ExpressionError,
    search,
)


def test_no_backtracking():
    """Python's `re` would need 2 ** 60000 steps."""
    assert not search("^(a+)+$")("a" * 60_000 + "!")
    assert search("^(a+)+$")("a" * 60_000)


def test_found_anywhere():
    assert search("b[0-9]")("ab1")
    assert not search("^b[0-9]")("ab1")


def test_text_is_bounded():
    """What follows the first 64 KiB is not looked at."""
    assert not search("b$")("a" * LONGEST_TEXT + "b")
    assert search("b$")("a" * (LONGEST_TEXT - 1) + "b")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(?=a)b", "look-around, including look-ahead and look-behind, is not supported"),
        (r"(a)\1", "backreferences are not supported at character 4; write the text once more"),
        (r"a\Z", r"unrecognized escape sequence at character 2; the end of the text is \z or $"),
        ("(?P<x>a)(?P=x)", "write the text once more"),
        ("a{,3}", "write a count with its least number: {0,3}"),
        ("(", "unclosed group at character 1"),
        ("(a{1000}){1000}", "use smaller counts"),
        ("a" * (LONGEST_PATTERN + 1), "at most 1000 are taken"),
    ],
)
def test_refused(pattern, told):
    with pytest.raises(ExpressionError) as refused:
        search(pattern)
    assert told in str(refused.value)
