"""What it costs to keep secrets out of what is shown, with few secrets and with thousands."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator

from bench.hostile.figures import Figure, measure
from emulator.cli._console import Console
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.masking.mask import Mask

_TEXT = (
    "The signature does not match the body; expected "
    "5200fec9e55a2b6d7570c778c3fe39185b44d7c876c9fd10e4bd17ec87894e36, number {}"
)
_MEMBERS = ("password", "token", "number", "cardNumber", "cvv", "app_key")
_ROUNDS = 5


def fastest(work: Callable[[int], object], times: int) -> float:
    """Return the seconds that one of `times` takes, in the fastest round: others run besides."""
    rounds: list[float] = []
    for at in range(_ROUNDS):
        started = time.process_time()
        for number in range(times):
            work(at * times + number)
        rounds.append((time.process_time() - started) / times)
    return min(rounds)


def _dropped(line: str) -> None:
    pass


def secret(number: int) -> str:
    return f"{number * 2654435761 % 2**64:016x}-{number:08d}"


@measure("masking")
def masking(short: bool) -> Iterator[Figure]:
    times = 50 if short else 400
    for count in (5, 500, 5_000):
        mask = Mask(_MEMBERS, map(secret, range(count)))
        each = fastest(lambda number, mask=mask: mask.text(_TEXT.format(number)), times)
        yield Figure(f"a text of 120 characters, {count:,} secrets", each * 1e6, "µs", at_most=100)
    body = json.dumps({"items": [{"name": f"Café {n}", "amount": 1700} for n in range(400)]})
    each = fastest(lambda number: mask.text(f"{body}{number}"), times // 10)
    yield Figure(f"a body of {len(body):,} characters, 5,000 secrets", each * 1e6, "µs")
    for count in (1, 5_000):
        yield from exchanges(count, times)


def exchanges(count: int, times: int) -> Iterator[Figure]:
    """Yield what a refused and an accepted request take with so many credentials."""
    console = Console("text")
    emulator = console.emulator = Emulator(log=console.exchange, journal_size=10)
    vars(console)["_print"] = _dropped  # what it costs to write is another figure
    namespace = emulator.namespace("default")
    for number in range(count):
        credential = {"login": f"site-{number}", "secretKey": secret(number)}
        namespace.register("placetopay", credential)
    goat = emulator.providers["goat"]

    def ask(number: int) -> None:
        request = Request(
            method="GET",
            path="/v1/whoami",
            headers=[("authorization", f"Bearer a.b{number}.c"), ("host", "localhost")],
        )
        asyncio.run(emulator.serve(namespace, goat, request))

    ask(0)
    with_console = fastest(ask, times)
    emulator.log = None
    without = fastest(ask, times)
    what = f"console line of a refusal, {count:,} credentials"
    yield Figure(what, (with_console - without) * 1e6, "µs", at_most=1000)
