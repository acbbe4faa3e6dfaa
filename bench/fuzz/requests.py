"""Wild requests to every provider and to the control API, over ASGI in this process."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bench.fuzz.changes import Change, applied, draw, shrunk
from bench.hostile.long_texts import SHAPES, attacks
from emulator.core.exchange import Request
from emulator.emulator import Emulator

_MOST_FOUND = 20
_CONTROL = [
    "requests",
    "requests/1",
    "requests/wait?timeout=0",
    "webhooks",
    "webhooks",
    "webhooks/wait?timeout=0",
    "providers",
    "credentials/goat",
    "scenario",
    "scenario/load",
    "scenario/signal",
    "clock",
    "reset",
    "namespaces",
    "openapi.json",
    "state",
    "trigger/placetopay/pay",
    "requests/verify",
]
_BODIES = """
{"offset": "4m50s", "advance": "10s"}
{"name": "placetopay-clock-skew", "seed": 7}
{"login": "x", "secretKey": "y", "country": "CO"}
{"signal": "a"}
{"all": true}
{scenario: a, version: 1, rules: [{id: a, match: {provider: goat}, do: {error: goat.401}}]}
{"expect": [{"that": "x", "order": ["goat.oauth.token 200"]}]}
{"freeze": "9999-12-31T23:59:59Z"}
{"clientId": "c", "public_key": "-----BEGIN PUBLIC KEY-----"}
""".strip().split("\n")


def wild_requests(seconds: float, seed: int) -> Iterator[str]:
    """Yield what was answered with a 500 that no provider gives."""
    chance = random.Random(seed)
    emulator = Emulator(journal_size=16)
    places = list(attacks(emulator))
    statuses: Counter[int] = Counter()
    end = time.monotonic() + seconds
    found = 0
    while time.monotonic() < end and found < _MOST_FOUND:
        if chance.random() < 0.3:
            path, texts = f"/_emulator/{chance.choice(_CONTROL)}", [chance.choice(_BODIES)]
            method = chance.choice(("GET", "POST", "PUT", "PATCH", "DELETE"))
            base = Request(method=method, path=path, headers=[])
            kind = chance.choice(("application/json", "application/yaml"))
            base.headers.append(("content-type", kind))
        else:
            place = chance.choice(places)
            shape = SHAPES[chance.choice(list(SHAPES))]
            made = place.make(shape(chance.choice((0, 1, 7, 100, 3_000))))
            base = replace(made, path=f"/{place.provider}{made.path}")
            texts = [made.body.decode("latin-1"), made.query, *(value for _, value in made.headers)]
        changes = draw(chance, len(texts)) if chance.random() < 0.7 else []

        def send(
            changes: list[Change], base: Request = base, texts: list[str] = texts
        ) -> tuple[int, str]:
            changed = applied(changes, texts)
            return asyncio.run(_send(emulator, base, changed))

        status, problem = send(changes)
        statuses[status] += 1
        if problem:
            found += 1
            fewest = shrunk(changes, lambda fewer, send=send: bool(send(fewer)[1]))
            shown = [text[:300] for text in applied(fewest, texts)]
            yield f"{base.method} {base.path[:200]}: {problem}; {fewest} gives {shown!r}"
    print(f"{statuses.total()} requests, answers {dict(sorted(statuses.items()))}", flush=True)


async def _send(emulator: Emulator, base: Request, texts: list[str]) -> tuple[int, str]:
    """Send a request with these texts; return the status and what is wrong with the answer."""
    body, *rest = texts
    query, *values = rest or [base.query]
    names = [name for name, _ in base.headers]
    headers = [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in zip(names, values or [value for _, value in base.headers], strict=True)
    ]
    path, _, own = base.path.partition("?")
    raw_path = path.encode("utf-8", "replace")
    answer: dict[str, object] = {}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body.encode("utf-8", "replace"), "more_body": False}

    async def send(message: dict[str, object]) -> None:
        answer.update(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": base.method, "path": path, "raw_path": raw_path, "root_path": "",
        "query_string": (own or query).encode("latin-1", "replace"),
        "headers": [(b"host", b"127.0.0.1"), *headers],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8900), "state": {},
    }  # fmt: skip
    try:
        await emulator.app(scope, receive, send)
    except Exception as error:  # whatever it is, a server would answer with a bare 500
        return 500, f"raised {error!r}"
    await emulator.close()
    raw_status, sent = answer.get("status", 0), dict(answer.get("headers", ()))
    status = int(str(raw_status))
    if b"emulator-bug" in sent:
        return status, "is a bug of ours: emulator-bug"
    return status, "is a bare 500" if status == 500 and b"emulator-diagnosis" not in sent else ""
