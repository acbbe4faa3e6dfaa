"""A real `emulator serve`, as a subprocess."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from emulator_process import COMMAND, Served, Start, environment


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Start]:
    """Start servers; those still running at the end are stopped."""
    running: list[Served] = []

    def start(*arguments: str, **variables: str) -> Served:
        ready = tmp_path / f"url-{len(running)}"
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", "--ready-file", str(ready), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(**variables),
        )
        deadline = time.monotonic() + 30
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                pytest.fail(f"did not start: {process.communicate()[0]}")
            time.sleep(0.01)
        running.append(Served(process, *ready.read_text().split()))
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.process.kill()
            served.process.communicate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder is slow."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
