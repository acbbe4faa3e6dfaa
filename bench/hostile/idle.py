"""A server that is not attacked: what the other figures start from."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.hostile.figures import Figure, measure
from bench.hostile.serving import serving, watching_health


@measure("idle")
def idle(short: bool) -> Iterator[Figure]:
    with serving() as target:
        with watching_health(target) as health:
            time.sleep(1 if short else 5)
        yield Figure("slowest /health, nothing else asked", health.worst_ms, "ms", at_most=100)
        yield Figure("resident memory", target.resident_mib, "MiB")
        before = target.cpu_seconds
        time.sleep(1 if short else 5)
        used = (target.cpu_seconds - before) / (1 if short else 5) * 100
        yield Figure("processor, nothing asked", used, "%", at_most=2)
