"""Ten thousand namespaces with one request each, and what a reset gives back."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator

from bench.__main__ import session
from bench.hostile.figures import Figure, measure
from bench.hostile.serving import Target, serving
from emulator.core.exchange import Request
from emulator.emulator import Emulator

_LONG_BODY = 4_000


def signed_session() -> Request:
    """Return a session of Placetopay that is in order, for any namespace: each has its nonces."""
    emulator = Emulator()
    context = emulator.namespace("default").contexts["placetopay"]
    provider = emulator.providers["placetopay"]
    return provider.sign("session.create", session(1), context, "").request


def ask_each(target: Target, names: Iterator[str], request: Request) -> None:
    """Send the request once into each namespace, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    headers = dict(request.headers)
    for name in names:
        path = f"/_ns/{name}/placetopay{request.path}"
        connection.request(request.method, path, request.body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"namespace {name}: {answer.status}")
    connection.close()


@measure("namespaces")
def namespaces(short: bool) -> Iterator[Figure]:
    request = signed_session()
    with serving() as target:
        ask_each(target, iter(["warm-up"]), request)
        start, made = target.resident_mib, 0
        for count in (10, 1_000) if short else (10, 1_000, 10_000):
            ask_each(target, (f"n{number}" for number in range(made, count)), request)
            made = count
            each = (target.resident_mib - start) * 1024 / count
            yield Figure(f"a namespace and its request, {count:,} of them", each, "KiB")
        aim = None if short else 150
        yield Figure("resident memory, with them all", target.resident_mib, "MiB", at_most=aim)


@measure("reset")
def reset(short: bool) -> Iterator[Figure]:
    body = json.dumps({"text": "x" * _LONG_BODY})
    headers = {"content-type": "application/json"}
    with serving() as target:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)

        def ask(method: str, path: str, content: str) -> None:
            connection.request(method, path, content, headers)
            connection.getresponse().read()

        ask("POST", "/placetopay/api/session", body)
        start = target.resident_mib
        for _ in range(1_000 if short else 10_000):
            ask("POST", "/placetopay/api/session", body)
        full = target.resident_mib
        yield Figure("resident memory, a full journal", full, "MiB")
        ask("POST", "/_emulator/reset", "{}")
        given_back = (full - target.resident_mib) / (full - start) * 100
        yield Figure("of what it grew by, given back by reset", given_back, "%", at_least=50)
        connection.close()
