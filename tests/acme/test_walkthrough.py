"""The code of the walk-through is the code of the example, which the conformance suite runs."""

from __future__ import annotations

import re

import walkthrough

PAGE = walkthrough.PAGE.read_text("utf-8")


def test_each_block_stands_in_the_example():
    """`make regenerate` writes the page again."""
    assert walkthrough.written(PAGE) == PAGE


def test_no_block_of_python_is_without_a_file():
    blocks = re.findall(r"^```python$", PAGE, re.M)
    named = re.findall(r"^<!-- \S+?(?:: [^>]+?)? -->\n```python$", PAGE, re.M)
    assert len(blocks) == len(named)


def test_each_file_of_the_example_is_named():
    """A reader who follows the page has all of them."""
    for path in walkthrough.TREE.rglob("emulator/**/*.py"):
        assert f"`{path.name}`" in PAGE, path
