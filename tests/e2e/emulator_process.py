"""The command line, as a subprocess."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("emulator"))


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    url: str
    control: str = ""
    """Where the control API is, if it has its own address."""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        """Stop it; return the exit code and all it printed."""
        self.process.send_signal(how)
        output, _ = self.process.communicate(timeout=10)
        return self.process.returncode, output


Start = Callable[..., Served]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    return {**kept, **variables}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(**variables),
        check=False,
    )
