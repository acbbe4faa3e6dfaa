"""The clients are typed exactly, as pyright and mypy see them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = "# wrong"


def wrong_lines():
    lines = (HERE / "wrong.py").read_text("utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith(MARK)}


def run(*command):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def pyright_lines(file):
    """Lines of a file at which pyright finds an error."""
    pytest.importorskip("pyright")
    report = json.loads(run("pyright", "--outputjson", str(HERE / file)).stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    return {
        each["range"]["start"]["line"] + 1: each["message"]
        for each in report["generalDiagnostics"]
        if each["severity"] == "error" and each.get("rule") != "reportUnusedExpression"
    }


def mypy_lines(file):
    """Lines of a file, and of the clients, at which mypy finds an error."""
    pytest.importorskip("mypy")
    cache = ROOT / ".pytest_cache" / "mypy"
    done = run("mypy", "--strict", "--cache-dir", str(cache), str(HERE / file))
    assert done.returncode in (0, 1), done.stderr
    found = re.findall(r"^(\S+?):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return {
        int(line): message
        for where, line, message in found
        if where.endswith(file) or "emulator/client/" in where
    }


@pytest.mark.slow
@pytest.mark.parametrize("lines", [pyright_lines, mypy_lines])
def test_right(lines):
    """Parameters and results are exactly what they are, in both worlds."""
    assert lines("right.py") == {}


@pytest.mark.slow
@pytest.mark.parametrize("lines", [pyright_lines, mypy_lines])
def test_wrong(lines):
    """A wrong argument, a wrong result and a wrong world are errors, and nothing else is one."""
    assert set(lines("wrong.py")) == wrong_lines()


def test_the_package_is_marked_as_typed():
    assert (ROOT / "emulator" / "py.typed").is_file()
