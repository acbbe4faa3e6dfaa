"""One client sends long texts in one place after the other; how long do the others wait?"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import suppress

from bench.hostile.figures import Figure, measure
from bench.hostile.long_texts import SHAPES, Attack, attacks
from bench.hostile.serving import Target, serving, watching_health
from emulator.core.exchange import Request
from emulator.emulator import Emulator


@measure("fields")
def fields(short: bool) -> Iterator[Figure]:
    every = list(attacks(Emulator(journal_size=2)))
    for size in (4_000, 60_000):
        with serving() as target:
            worst, sent, place = _worst(target, every[:: 40 if short else 12], size)
        what = f"slowest /health, {sent} texts of {size}: {place}"
        yield Figure(what[:58], worst, "ms", at_most=100)


def _worst(target: Target, places: list[Attack], size: int) -> tuple[float, int, str]:
    """Return the slowest answer of `/health`, how many requests there were, and which was it."""
    worst, sent, slowest = 0.0, 0, ""
    for place in places:
        for name, shape in SHAPES.items():
            with suppress(ValueError):  # a text that this place cannot hold
                request = place.make(shape(size))
                with watching_health(target) as health:
                    _send(target, place.provider, request)
                sent += 1
                if health.worst_ms > worst:
                    worst, slowest = health.worst_ms, f"{place}, {name}"
    return worst, sent, slowest


def _send(target: Target, provider: str, request: Request) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=120)
    with suppress(OSError, http.client.HTTPException, UnicodeError):
        connection.putrequest(request.method, f"/{provider}{request.path}")
        for name, value in request.headers:
            if name != "content-length":
                connection.putheader(name, value.encode("latin-1"))
        connection.putheader("content-length", str(len(request.body)))
        connection.endheaders(request.body)
        connection.getresponse().read()
    connection.close()
