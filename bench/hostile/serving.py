"""A real server to attack, and a watch on how long `/health` takes meanwhile."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.processes import cpu_seconds, emulator_command, free_port, resident_mib, running

_PAUSE_SECONDS = 0.01
_LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class Target:
    """A running `emulator serve`.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        pid: Its process.
    """

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident_mib(self) -> float:
        return resident_mib(self.pid)

    @property
    def peak_mib(self) -> float:
        return resident_mib(self.pid, "VmHWM")

    @property
    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)


@contextmanager
def serving(*options: str) -> Iterator[Target]:
    """Run `emulator serve` with these options on a free port; its output goes nowhere."""
    port = free_port()
    with running([emulator_command(), "serve", "--port", str(port), *options], port) as (server, _):
        yield Target(port, server.pid)


@dataclass
class Health:
    """How long `GET /_emulator/health` took, again and again.

    Attributes:
        seconds: Each answer's time.
    """

    seconds: list[float] = field(default_factory=list)

    @property
    def worst_ms(self) -> float:
        return max(self.seconds, default=0.0) * 1000


@contextmanager
def watching_health(target: Target) -> Iterator[Health]:
    """Ask for `/health` a hundred times a second, in a thread, while the block runs."""
    health, over = Health(), threading.Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=_LONGEST_SECONDS)
        while not over.wait(_PAUSE_SECONDS):
            started = time.perf_counter()
            try:
                connection.request("GET", "/_emulator/health")
                connection.getresponse().read()
            except OSError:  # no answer counts as a slow one
                connection.close()
                health.seconds.append(_LONGEST_SECONDS)
                return
            health.seconds.append(time.perf_counter() - started)
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield health
    finally:
        over.set()
        thread.join()
