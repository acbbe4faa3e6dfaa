"""The import contracts hold for a provider that does not exist yet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import overlay
import pytest

from emulator.providers import discover

ROOT = Path(__file__).parents[2]
ANOTHER = next(iter(discover()))
FORBIDDEN = {
    "another provider": f"emulator.providers.{ANOTHER}",
    "a client": "emulator.client",
    "the scenario engine": "emulator.scenario.engine",
    "a layer above": "emulator.runtime.serve",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree with one provider more, which imports nothing yet."""
    copied = shutil.ignore_patterns("__pycache__", "_data")
    shutil.copytree(ROOT / "emulator", tmp_path / "emulator", ignore=copied)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    new = tmp_path / "emulator" / "providers" / "newbank"
    new.mkdir()
    (new / "__init__.py").write_text("")
    (new / "auth.py").write_text("")
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_provider_is_free_to_exist(tree):
    """The contracts name no provider: one more changes nothing."""
    found = lint(tree)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_example_provider_keeps_them(tree):
    """In its place in the tree."""
    shutil.copytree(overlay.TREE / "emulator", tree / "emulator", dirs_exist_ok=True)
    found = lint(tree)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.slow
@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_new_provider_that_imports_what_it_must_not_is_caught(tree, what):
    """Whatever its name, without a line in any list."""
    auth = tree / "emulator" / "providers" / "newbank" / "auth.py"
    auth.write_text(f"import {FORBIDDEN[what]}\n")
    found = lint(tree)
    assert found.returncode == 1
    assert "emulator.providers.newbank" in found.stdout
