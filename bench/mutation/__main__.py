"""Changes the schemes and the request path, and counts the changes that the tests notice.

    python -m bench.mutation --seconds 300

Each run draws other changes; `--seed` repeats a run. Exit code 1 if fewer than `--least` percent
are noticed.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from bench.mutation.changes import Change, changes

ROOT = Path(__file__).parents[2]
COPIED = ("emulator", "tests", "keys", "scenarios", "docs", "pyproject.toml", "README.md")
REQUEST_PATH = (
    "tests/contract/test_contract.py",
    "tests/spine",
    "tests/scenarios/test_engine.py",
    "tests/faults/test_faults.py",
)
SLOWER = 4.0
"""A run that takes so many times longer than without a change counts as noticed."""


@dataclass(frozen=True)
class Target:
    """A module to change, and the tests that must notice it."""

    path: Path
    tests: tuple[str, ...]


def targets() -> Iterator[Target]:
    """Find the modules that decide: the schemes without their hints, and the path of a request."""
    tests = sorted((ROOT / "tests" / "schemes").glob("test_*.py"))
    for path in sorted((ROOT / "emulator" / "schemes").glob("*/*.py")):
        scheme = path.parent.name
        if scheme == "mistakes" or path.stem in ("__init__", "failures"):
            continue
        own = [each for each in tests if scheme in each.read_text("utf-8")]
        names = (str(each.relative_to(ROOT)) for each in own)
        yield Target(path.relative_to(ROOT), (*names, "tests/contract/test_contract.py"))
    for path in sorted((ROOT / "emulator" / "runtime").glob("*.py")):
        yield Target(path.relative_to(ROOT), REQUEST_PATH)


def drawn(chance: random.Random) -> Iterator[tuple[Target, Change]]:
    """Draw changes, a module after the other, so that a short run sees all of them."""
    rows: list[list[tuple[Target, Change]]] = []
    for target in targets():
        row = [(target, each) for each in changes((ROOT / target.path).read_text("utf-8"))]
        chance.shuffle(row)
        rows.append(row)
    chance.shuffle(rows)
    yield from (each for each in chain.from_iterable(zip_longest(*rows)) if each is not None)


class Workshop:
    """A copy of the tree, in which modules are changed and tests run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usual: dict[tuple[str, ...], float] = {}
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "node_modules")
                shutil.copytree(source, folder / name, ignore=ignored)
            else:
                shutil.copy(source, folder / name)

    def notices(self, target: Target, change: Change) -> bool:
        """Tell whether the tests of a module notice a change of it."""
        limit = SLOWER * self._usual_seconds(target.tests) + 10
        file = self._folder / target.path
        before = file.read_text("utf-8")
        file.write_text(change.source, "utf-8")
        try:
            return not self._passes(target.tests, limit)
        finally:
            file.write_text(before, "utf-8")

    def _usual_seconds(self, tests: tuple[str, ...]) -> float:
        if tests not in self._usual:
            began = time.monotonic()
            if not self._passes(tests, 600):
                raise SystemExit(f"without any change these tests fail: {' '.join(tests)}")
            self._usual[tests] = time.monotonic() - began
        return self._usual[tests]

    def _passes(self, tests: tuple[str, ...], seconds: float) -> bool:
        options = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow")
        command = [sys.executable, "-B", "-m", "pytest", *options, *tests]
        try:
            done = subprocess.run(command, cwd=self._folder, capture_output=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0


def main() -> int:
    """Change and count until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--least", type=float, default=0, help="percent that must be noticed")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    noticed = survived = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        for target, change in drawn(random.Random(seed)):
            if time.monotonic() - began > options.seconds:
                break
            if workshop.notices(target, change):
                noticed += 1
            else:
                survived += 1
                print(f"survived  {target.path}:{change.line}  {change.what}", flush=True)
    total = noticed + survived
    percent = 100 * noticed / total if total else 100.0
    print(f"{noticed} of {total} changes noticed ({percent:.0f} %)")
    return 0 if percent >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
