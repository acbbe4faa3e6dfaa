"""Connections that are slow, silent or too many: what do they cost the others?"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

from bench.hostile.figures import Figure, measure
from bench.hostile.serving import Target, serving, watching_health

_HEAD = b"POST /placetopay/api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
_BODY = b"POST /goat/oauth/app/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
_DOCUMENT = b"GET /_emulator/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_LET_GO_SECONDS = 90


def _connect(target: Target, stack: ExitStack) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", target.port), 60)
    return stack.enter_context(closing(connection))


@measure("slow")
def slow(short: bool) -> Iterator[Figure]:
    with serving() as target, ExitStack() as stack:
        before = target.resident_mib
        dripping = [_connect(target, stack) for _ in range(100 if short else 500)]
        for number, connection in enumerate(dripping):
            connection.sendall(_BODY if number % 2 else _HEAD)
        with watching_health(target) as health:
            for _ in range(2 if short else 10):
                for connection in dripping:
                    connection.sendall(b"x")
                time.sleep(0.5)
        yield Figure("slowest /health, 500 slow heads and bodies", health.worst_ms, "ms", 100)
        yield Figure("memory of 500 slow heads and bodies", target.resident_mib - before, "MiB", 20)
        if not short:
            for connection in dripping:
                connection.settimeout(_LET_GO_SECONDS)
            let_go = sum(_is_let_go(connection) for connection in dripping)
            yield Figure("slow connections that are closed in the end", let_go, "of 500", None, 500)


@measure("unread")
def unread(short: bool) -> Iterator[Figure]:
    with serving() as target, ExitStack() as stack:
        before = target.resident_mib
        for _ in range(20 if short else 200):
            reader = _connect(target, stack)
            reader.sendall(_DOCUMENT * 50)
        _come_to_rest(target)
        with watching_health(target) as health:
            time.sleep(1 if short else 5)
        yield Figure("slowest /health, 200 clients that read nothing", health.worst_ms, "ms", 100)
        held = target.resident_mib - before
        yield Figure("memory of 200 clients that read nothing", held, "MiB", 100)


@measure("crowd")
def crowd(short: bool) -> Iterator[Figure]:
    with serving() as target, ExitStack() as stack:
        for _ in range(1000):
            _connect(target, stack).sendall(_HEAD)
        answered = 0
        started = time.perf_counter()
        for _ in range(20 if short else 200):
            with ExitStack() as one:
                connection = _connect(target, one)
                connection.sendall(b"GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                answered += connection.recv(1000).startswith(b"HTTP/1.1 200")
        took = (time.perf_counter() - started) * 1000
        share = answered / (20 if short else 200) * 100
        yield Figure("/health answered above 1,000 connections", share, "%", None, 100)
        yield Figure("mean of these answers", took / (20 if short else 200), "ms", 100)


def _come_to_rest(target: Target) -> None:
    """Wait until the server has nothing to do any more."""
    before = -1.0
    while target.cpu_seconds > before:
        before = target.cpu_seconds
        time.sleep(0.5)


def _is_let_go(connection: socket.socket) -> bool:
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@measure("endless")
def endless(short: bool) -> Iterator[Figure]:
    with serving() as target:
        before = target.resident_mib
        for name, start, piece in _ENDLESS:
            with ExitStack() as one:
                connection = _connect(target, one)
                sent, wanted = 0, (10 if short else 100) * 2**20
                with suppress(OSError):
                    connection.sendall(start)
                    while sent < wanted:
                        connection.sendall(piece)
                        sent += len(piece)
            grown = target.peak_mib - before
            yield Figure(f"memory at its peak, {name} without an end", grown, "MiB", 20)


_LINE = b"GET /goat/v1/whoami"
_CHUNKED = b"POST /goat/oauth/app/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
_ENDLESS = (
    ("a request line", _LINE, b"x" * 65536),
    ("a head", _LINE + b" HTTP/1.1\r\nHost: a\r\n", b"x: y\r\n" * 10_000),
    ("a chunked body", _CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    ("trailers", _CHUNKED + b"0\r\n", b"x: y\r\n" * 10_000),
)
