"""What stands in the place of the file that `--watch` looks at."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.hostile.figures import Figure, measure
from bench.hostile.serving import serving, watching_health

_RULE = "  - {{id: r{0}, match: {{provider: goat}}, when: {{hits: [{0}]}}, do: {{latency: 1ms}}}}\n"
_HEAD = "scenario: watched\nversion: 1\nrules:\n"


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _long(path: Path) -> None:
    path.unlink()
    rules = (_RULE.format(number) for number in range(1, 100_000 // len(_RULE)))
    path.write_text(_HEAD + "".join(rules))


_CASES: tuple[tuple[str, Callable[[Path], None], float | None], ...] = (
    ("a pipe", _pipe, 100),
    ("a link to /dev/zero", _endless, 100),
    ("a scenario of 90 kB", _long, None),  # three seconds of work, in a thread
)

_SETTLES = 2.0
"""Seconds after which a server has loaded all that it will ever need."""


@measure("watched")
def watched(short: bool) -> Iterator[Figure]:
    seconds = 2 if short else 6
    with TemporaryDirectory() as directory:
        path = Path(directory, "watched.yaml")
        for name, put, aim in _CASES:
            path.unlink(missing_ok=True)
            path.write_text(_HEAD + _RULE.format(1))
            with serving("--scenario", str(path), "--watch") as target:
                put(path)
                with watching_health(target) as health:
                    time.sleep(seconds)
                yield Figure(
                    f"slowest /health, watched: {name}", health.worst_ms, "ms", at_most=aim
                )
        path.unlink()
        path.write_text(_HEAD + _RULE.format(1))
        with serving("--scenario", str(path), "--watch") as target:
            time.sleep(_SETTLES)
            before = target.cpu_seconds
            time.sleep(seconds)
            used = (target.cpu_seconds - before) / seconds * 100
            yield Figure("processor, a file is watched", used, "%", at_most=2)
