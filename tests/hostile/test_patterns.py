"""No regular expression of the product takes more than linear time.

recheck (of npm) judges each pattern as it is applied. What it finds is mended, or stands in
`HARMLESS` with what bounds the text that the pattern is given.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from javascript import javascript
from pattern_sources import TABLES, Pattern, find, places

NODE = Path(__file__).with_name("node")

HARMLESS: dict[str, tuple[str, int]] = {
    r"((?:/[^/]+)+)\1(?=/|\Z)": ("a path: emulator.wrong_path.LONGEST", 300),
    r"[$#@:]?\{+ *[\w.-]{1,40} *\}+|": ("a setting: emulator.suggest.LONGEST", 128),
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.": ("an e-mail address: IdentityRule.longest", 64),
    r"[A-Za-z]+/[A-Z][A-Za-z_]+|": ("a time: emulator.schemes.mistakes.times", 200),
    r"[A-Za-z][A-Za-z0-9+.-]*://\S+": ("a URL: Members.text checks its length before", 255),
    r"(?i).*(?:yyyy|%Y|HH:?mm).*": ("a time: gestopago.sales.local_time._LONGEST", 100),
    r".*[A-Za-z]{3}.*": ("a time: gestopago.sales.local_time._LONGEST", 100),
    r"(?:\\u(?:[fF]{2}1|06[6fF])[0-9]|%3[0-9]|\d)(?:(?:(?:(?!": (
        "12 digits with at most 3 signs between each two: emulator.card_numbers, measured linear",
        0,
    ),
    r"\r?\n(?:[^\r\n]{1,200}\r?\n){0,8}\r?\n": (
        "eight lines of 200 signs behind a name: emulator.masking",
        0,
    ),
    r"(?s:(?>.*?a.[b-d])(?>": ("a glob of Python: atomic groups, which recheck does not know", 0),
}
"""A part of a pattern that is given short texts only -> what bounds them, in characters."""


@pytest.mark.slow
def test_every_pattern_is_known():
    """A pattern that the walk cannot find would escape the check."""
    assert find().uncovered == []
    assert len(find().patterns) > 300


@pytest.mark.slow
def test_no_table_is_left_over():
    """An entry for a place that is gone would cover nothing."""
    assert set(TABLES) <= {place.key for place in places()}


def test_nothing_is_imported_from_re():
    """The walk knows `re.compile` and the like, not names taken out of the module."""
    root = Path(__file__).parents[2] / "emulator"
    assert [path for path in root.rglob("*.py") if "from re import" in path.read_text()] == []


@pytest.mark.slow
def test_super_linear_patterns():
    """Each is mended, or is given short texts only."""
    if not shutil.which("node") or not (NODE / "node_modules/recheck").exists():
        if os.environ.get("CI"):
            pytest.fail("CI must have node and `npm ci --prefix tests/hostile/node`")
        pytest.skip("recheck is not installed: npm ci --prefix tests/hostile/node")
    by_form: dict[tuple[str, int, str], list[Pattern]] = {}
    for each in find().patterns:
        by_form.setdefault((each.source, each.flags, each.applied), []).append(each)
    done = subprocess.run(
        ["node", "check.js"],
        cwd=NODE,
        input=json.dumps([javascript(*form) for form in by_form]),
        capture_output=True,
        text=True,
        check=True,
    )
    slow = {
        form: (verdict["complexity"] or verdict["error"], [each.where for each in patterns])
        for (form, patterns), verdict in zip(by_form.items(), json.loads(done.stdout), strict=True)
        if verdict["status"] != "safe" and not any(part in form[0] for part in HARMLESS)
    }
    assert slow == {}


JSON_READERS = {
    "emulator/core/json_text.py": "catches RecursionError",
    "emulator/provider/signed.py": "reads an answer of ours",
    "emulator/scenario/yaml12.py": "catches RecursionError",
    "emulator/schemes/bearer/make.py": "says that it raises RecursionError; its callers catch it",
}
"""Modules that call `json.loads`, which raises RecursionError on deep nesting, and why they may."""


@pytest.mark.slow
def test_json_is_read_in_one_place():
    """Everything a stranger sends goes through `emulator.core.json_text`."""
    root = Path(__file__).parents[2]
    found = {
        path.relative_to(root).as_posix()
        for path in (root / "emulator").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "json.loads"
        and "keys.text" not in ast.unparse(node)
        and "_asset" not in ast.unparse(node)
        and path.name != "examples.py"
        and "cli" not in path.parts
        and "client" not in path.parts
    }
    assert found == set(JSON_READERS)
