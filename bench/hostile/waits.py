"""Two hundred clients that wait for a request, and what they cost all others."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

from bench.hostile.figures import Figure, measure
from bench.hostile.serving import Target, serving

_WAITERS = 200
_FIRST = 1_000
"""Exchanges that the journal has before anybody waits."""


def milliseconds(target: Target, count: int) -> float:
    """Return how long the median request takes, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    taken: list[float] = []
    for _ in range(count):
        started = time.perf_counter()
        connection.request("GET", "/goat/v1/whoami")
        connection.getresponse().read()
        taken.append(time.perf_counter() - started)
    connection.close()
    return sorted(taken)[count // 2] * 1000


def wait(target: Target, number: int) -> socket.socket:
    """Begin to wait for what never comes; each asks for something else."""
    query = f"provider=tesabiz&since={number}&timeout=300"
    client = socket.create_connection(("127.0.0.1", target.port), 60)
    client.sendall(
        f"GET /_emulator/requests/wait?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    )
    return client


@measure("waits")
def waits(short: bool) -> Iterator[Figure]:
    count = 100 if short else 1_000
    with serving() as target, ExitStack() as clients:
        milliseconds(target, 200 if short else _FIRST)
        alone = milliseconds(target, count)
        yield Figure("a request, no client waits", alone, "ms")
        before = target.resident_mib
        for number in range(_WAITERS):
            clients.enter_context(wait(target, number))
        time.sleep(1)
        each = (target.resident_mib - before) * 1024 / _WAITERS
        yield Figure(f"a waiting client, {_WAITERS} of them", each, "KiB")
        watched = milliseconds(target, count)
        yield Figure(f"a request, {_WAITERS} wait", watched, "ms", at_most=1.5 * alone)
        clients.close()
        time.sleep(1)
        left = milliseconds(target, count)
        yield Figure("a request, they have all hung up", left, "ms", at_most=1.5 * alone)
