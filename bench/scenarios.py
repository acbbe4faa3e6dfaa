"""What scenarios cost: none loaded, one rule, and a thousand of which one matches.

Both sides of a ratio serve in this process, in turn, block by block; processor time is taken, so
that neighbours on the machine do not count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.faults.fault import Turn
from emulator.provider import Provider
from emulator.runtime.namespace import Namespace
from emulator.runtime.serve import answer, judge
from emulator.scenario.loader import load

BLOCK = 50
MANY = 1_000
PROVIDER, ENDPOINT = "placetopay", "session.create"

Serve = Callable[[Namespace, Provider[Any], Request], Awaitable[Exchange]]

_HEAD = "scenario: bench\nversion: 1\nseed: 7\nrules:\n"
_RULE = "- {{id: r{},match: {{{}}},do: {{sign_with: next}}}}\n"
_MATCHING = f"provider: {PROVIDER}, endpoint: {ENDPOINT}, payload: {{/payment/amount/total: 12000}}"

SPREADS: dict[str, Callable[[int], str]] = {
    "providers": lambda n: f"provider: {('goat', 'tesabiz', 'gestopago', 'pagsmile')[n % 4]}",
    "endpoints": lambda n: f"provider: {PROVIDER}, endpoint: [session.query, session.cancel]",
    "credentials": lambda n: f"provider: {PROVIDER}, endpoint: {ENDPOINT}, credential: c{n}",
    "values": lambda n: (
        f"provider: {PROVIDER}, endpoint: {ENDPOINT}, payload: {{/payment/amount/total: {n}}}"
    ),
    "value ranges": lambda n: (
        f"provider: {PROVIDER}, payload: {{/payment/amount/total: {{gt: {20_000 + n}}}}}"
    ),
}
"""What the rules that do not match are about; ranges cannot be looked up and are each tested."""


def scenario(others: Callable[[int], str] | None) -> str:
    """Return the text of a scenario whose last rule matches."""
    before = [_RULE.format(n, others(n)) for n in range(MANY - 1)] if others else []
    return _HEAD + "".join(before) + _RULE.format("-last", _MATCHING)


def direct(emulator: Emulator) -> Serve:
    """Return `Emulator.serve` as it were if there were no scenarios."""

    async def serve(namespace: Namespace, provider: Provider[Any], request: Request) -> Exchange:
        started = time.perf_counter()
        endpoint, parameters = provider.route(request.path)
        exchange = Exchange(
            number=namespace.next_number(),
            namespace=namespace.name,
            provider=provider.name,
            endpoint=endpoint.name if endpoint else request.path,
            request=request,
            received_at=namespace.clock.time(),
            parameters=parameters,
        )
        turn = Turn(provider, exchange, namespace.contexts[provider.name], emulator.sleep)
        exchange.reply = answer(turn, endpoint, judge(turn, endpoint))
        exchange.scratch.clear()
        exchange.duration_ms = (time.perf_counter() - started) * 1000
        namespace.clock.tick()
        namespace.journal.enter(exchange)
        return exchange

    return serve


class Side:
    """One side of a comparison: a namespace, and how requests to it are served."""

    def __init__(self, emulator: Emulator, name: str, serve: Serve, text: str = "") -> None:
        self._namespace = emulator.namespace(name)
        self._provider = emulator.providers[PROVIDER]
        self._serve = serve
        self._message: dict[str, Any] = {
            "payment": {
                "reference": "B-1",
                "description": "Dos cafés",
                "amount": {"currency": "COP", "total": 12000},
            },
            "returnUrl": "https://shop.example/return",
            "ipAddress": "127.0.0.1",
            "userAgent": "bench",
        }
        if text:
            self._namespace.load(load(text, name, emulator.providers))
        self.loaded = bool(text)

    def measure(self) -> float:
        """Return seconds of processor time for a block of requests."""
        context = self._namespace.contexts[PROVIDER]
        requests = [
            self._provider.sign(ENDPOINT, self._message, context, "http://localhost").request
            for _ in range(BLOCK)
        ]
        return asyncio.run(self._send(requests))

    async def _send(self, requests: list[Request]) -> float:
        started = time.process_time()
        exchanges = [await self._serve(self._namespace, self._provider, each) for each in requests]
        spent = time.process_time() - started
        for exchange in exchanges:
            if exchange.verdict != "accepted" or len(exchange.rules) != self.loaded:
                raise RuntimeError(f"{exchange.diagnosis} {exchange.rules}")
        return spent


def compare(one: Side, other: Side, rounds: int) -> tuple[float, float]:
    """Return microseconds per request of both, from the best blocks of many in turn."""
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        order = ((0, one), (1, other)) if number % 2 else ((1, other), (0, one))
        for index, side in order:
            took = side.measure()
            if number:  # the first use imports, and finds the rules of the endpoint
                spent[index].append(took)
    best = [sorted(each)[len(each) // 4] for each in spent]  # the quarter that was least disturbed
    return best[0] / BLOCK * 1e6, best[1] / BLOCK * 1e6


def comparisons(rounds: int, repeats: int) -> Iterator[tuple[str, str, str, list[float], str]]:
    """Yield rows: name, one side, the other, ratios, and what is aimed at."""

    def row(name: str, ours: Side, theirs: Side, aim: str) -> Any:
        pairs = [compare(ours, theirs, rounds) for _ in range(repeats)]
        times = [f"{sorted(column)[repeats // 2]:.0f} µs" for column in zip(*pairs, strict=True)]
        return name, *times, [a / b for a, b in pairs], aim

    async def at_once(seconds: float) -> None:  # a latency must not wait for others
        if seconds:
            raise RuntimeError("nothing is to be late")

    emulator = Emulator(sleep=at_once)
    bare = Side(emulator, "bare", direct(emulator))
    yield row("no scenario / engine bypassed", Side(emulator, "none", emulator.serve), bare, "1")
    single = Side(emulator, "one", emulator.serve, scenario(None))
    yield row("one rule / no scenario", single, Side(emulator, "none", emulator.serve), "")
    for name, others in SPREADS.items():
        started = time.process_time()
        side = Side(emulator, name.replace(" ", "-"), emulator.serve, scenario(others))
        took = time.process_time() - started
        aim = "" if name == "value ranges" else "at most 1.3"
        yield row(f"{MANY} rules, other {name} / one rule", side, single, aim)
        yield f"loading these {MANY} rules", f"{took * 1000:.0f} ms", "", [], ""
