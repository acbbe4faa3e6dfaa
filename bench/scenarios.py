"""What scenarios cost: one rule beside none, and a thousand of which one matches.

Both sides of a ratio serve by `Emulator.serve`, the path of every request: in this process, in
turn, block by block. Processor time is taken, so that neighbours on the machine do not count.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.scenario.loader import load

BLOCK = 50
MANY = 1_000
PROVIDER, ENDPOINT = "placetopay", "session.create"

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


class Side:
    """One side of a comparison: a namespace, with or without a scenario."""

    def __init__(self, emulator: Emulator, name: str, text: str = "") -> None:
        self._emulator = emulator
        self._namespace = emulator.namespace(name)
        self._provider = emulator.providers[PROVIDER]
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
        serve = self._emulator.serve
        exchanges = [await serve(self._namespace, self._provider, each) for each in requests]
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
    single = Side(emulator, "one", scenario(None))
    yield row("one rule / no scenario", single, Side(emulator, "none"), "")
    for name, others in SPREADS.items():
        started = time.process_time()
        side = Side(emulator, name.replace(" ", "-"), scenario(others))
        took = time.process_time() - started
        aim = "" if name == "value ranges" else "at most 1.3"
        yield row(f"{MANY} rules, other {name} / one rule", side, single, aim)
        yield f"loading these {MANY} rules", f"{took * 1000:.0f} ms", "", [], ""
