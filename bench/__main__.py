"""Measures the emulator against a bare application that does the same cryptography.

    python -m bench [--short] [--only start,throughput,memory,stop,scenarios,refusals]

Each figure is a ratio of two things measured in turn, in one run, on one machine; the table
shows the median of the rounds. Nothing is judged here: machines are noisy, and tests never time.
"""

from __future__ import annotations

import argparse
import asyncio
import compileall
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from bench import refusals
from bench.processes import emulator_command, free_port, resident_mib, running
from bench.scenarios import comparisons
from emulator.core.configuration import shipped
from emulator.emulator import Emulator
from emulator.http.server import Server
from emulator.providers.gestopago.answers import MEXICO_CITY

CONNECTIONS = 16
WARM_UP = 200
CONFIGURATION = Path(__file__).with_name("emulator.toml")


def sale(number: int) -> dict[str, Any]:
    return {
        "idProducto": 298,
        "idServicio": 115,
        "telefono": f"55{number:08}",
        "horaLocal": f"{datetime.now(MEXICO_CITY):%Y%m%d%H%M%S}",
        "upc": f"B{number:011}",
    }


def session(number: int) -> dict[str, Any]:
    return {
        "payment": {
            "reference": f"B-{number}",
            "description": "Dos cafés",
            "amount": {"currency": "COP", "total": 12000},
        },
        "returnUrl": "https://shop.example/return",
        "ipAddress": "127.0.0.1",
        "userAgent": "bench",
    }


def qr(number: int) -> dict[str, Any]:
    return {
        "infoTx": {"sisOrigen": "SO_1"},
        "qrCobro": {
            "idTrans": f"B{number}",
            "codMoneda": "BOB",
            "importe": 1700,
            "glosa": "Tramite",
            "fechaVencimiento": "2030-12-31",
            "usoUnico": True,
            "tiempoDuracion": 60,
            "cuentaAbono": "CUENTA1_BOB",
        },
    }


def payout(number: int) -> dict[str, Any]:
    return {
        "name": "Test User Name",
        "account_type": "EMAIL",
        "account": "pagsmile_test_paid@pagsmile.com",
        "document_type": "CPF",
        "document_id": "50284414727",
        "method": "PIX",
        "country": "BRA",
        "custom_code": f"B_{number}",
        "fee_bear": "merchant",
        "amount": "10.00",
        "source_currency": "USD",
        "arrival_currency": "BRL",
        "notify_url": "https://example.com/notify",
        "additional_remark": "bench",
    }


CALLS: dict[str, tuple[str, Callable[[int], Any]]] = {
    "gestopago": ("sendTx", sale),
    "placetopay": ("session.create", session),
    "tesabiz": ("jws.encript", qr),
    "goat": ("oauth.token", lambda number: None),
    "pagsmile": ("payout.create", payout),
}
"""Each provider's main authenticated call, and the n-th message of it."""


def command(kind: str, port: int) -> list[str]:
    if kind == "bare":
        return [sys.executable, "-m", "bench.bare", str(port), str(shipped("keys"))]
    return [emulator_command(), "serve", "--port", str(port), "--config", str(CONFIGURATION)]


@contextmanager
def serving(kind: str) -> Iterator[tuple[int, int, float]]:
    """Run a server; give its port, its process and the seconds until it answered."""
    port = free_port()
    with running(command(kind, port), port) as (server, seconds):
        yield port, server.pid, seconds


def log_in(emulator: Emulator, provider: str, port: int | None) -> str:
    """Get a token where the call needs one: from the server on `port`, or from this process."""
    endpoint, message = CALLS[provider]
    found = emulator.providers[provider]
    namespace = emulator.namespace("default")
    base_url = f"http://127.0.0.1:{port}/{provider}"
    signed = found.sign(endpoint, message(0), namespace.contexts[provider], base_url)
    if not signed.before:
        return ""
    (fetch,) = signed.before
    if port is None:
        exchange = asyncio.run(emulator.serve(namespace, found, fetch.request))
        return fetch.read(exchange.reply.body)["token"]
    url = fetch.request.base_url + fetch.request.path
    answer = httpx2.post(url, content=fetch.request.body, headers=fetch.request.headers)
    return fetch.read(answer.raise_for_status().content)["token"]


def prepare(emulator: Emulator, provider: str, count: int, path: Path, token: str) -> None:
    """Write requests that are right, as raw bytes in hex, one a line."""
    endpoint, message = CALLS[provider]
    found = emulator.providers[provider]
    context = emulator.namespace("default").contexts[provider]
    base_url = f"http://127.0.0.1/{provider}"
    lines = []
    for number in range(count):
        request = found.sign(endpoint, message(number), context, base_url).request
        headers = "".join(
            f"{name}: {value.replace('{token}', token)}\r\n" for name, value in request.headers
        )
        head = (
            f"{request.method} /{provider}{request.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"{headers}Content-Length: {len(request.body)}\r\n\r\n"
        )
        lines.append((head.encode() + request.body).hex())
    path.write_text("\n".join(lines))


def load(port: int, requests: Path, first: int, count: int) -> dict[str, Any]:
    arguments = [str(port), str(requests), str(CONNECTIONS), str(first), str(count)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=400,
    )
    return json.loads(done.stdout)


def measure_start(rounds: int) -> None:
    ratios, ours, bare = [], [], []
    for _ in range(rounds):
        with serving("bare") as (_, _, seconds):
            bare.append(seconds)
        with serving("emulator") as (_, _, seconds):
            ours.append(seconds)
        ratios.append(ours[-1] / bare[-1])
    row(
        "ready after start",
        f"{statistics.median(ours) * 1000:.0f} ms",
        f"{statistics.median(bare) * 1000:.0f} ms",
        ratios,
        "at most 1.5",
    )


def measure_throughput(rounds: int, count: int, scratch: Path) -> None:
    emulator = Emulator()
    for provider, (endpoint, _) in CALLS.items():
        path = scratch / f"{provider}.requests"
        ready_for = None
        ratios, ours, bare = [], [], []
        for _ in range(rounds):
            for kind, rates in (("bare", bare), ("emulator", ours)):
                with serving(kind) as (port, _, _):
                    token = log_in(emulator, provider, port if kind == "emulator" else None)
                    if ready_for != token:  # a token is good for the server that gave it
                        prepare(emulator, provider, WARM_UP + count, path, token)
                        ready_for = token
                    load(port, path, 0, WARM_UP)  # first use imports, and parses keys
                    result = load(port, path, WARM_UP, count)
                if set(result["outcomes"]) != {"200"}:
                    raise RuntimeError(f"{kind} {provider}: {result['outcomes']}")
                rates.append(result["requests"] / result["seconds"])
            ratios.append(ours[-1] / bare[-1])
        row(
            f"requests/s, {provider} {endpoint}",
            f"{statistics.median(ours):.0f}",
            f"{statistics.median(bare):.0f}",
            ratios,
            "at least 0.7",
        )


def measure_memory(count: int, scratch: Path) -> None:
    emulator = Emulator()
    with serving("bare") as (port, pid, _):
        bare = resident_mib(pid)
    with serving("emulator") as (port, pid, _):
        after_start = resident_mib(pid)
        row(
            "resident memory after start",
            f"{after_start:.1f} MiB",
            f"{bare:.1f} MiB",
            [after_start / bare],
            "at most 1.5",
        )
        steps = []
        for tenth in range(10):
            for provider in CALLS:
                path = scratch / f"{provider}.memory"
                if tenth in (0, 5):  # a seed is good for five minutes
                    token = log_in(emulator, provider, port)
                    prepare(emulator, provider, 500, path, token)
                load(port, path, 0, count // 50)
            steps.append(resident_mib(pid))
    row(
        f"resident memory after {count} requests",
        f"{steps[-1]:.1f} MiB",
        f"{bare:.1f} MiB",
        [steps[-1] / bare],
        "at most 1.5",
    )
    print("  MiB after each tenth: " + " ".join(f"{each:.1f}" for each in steps))


def measure_stop(rounds: int) -> None:
    starts, stops = [], []
    for _ in range(rounds):
        server = Server(Emulator())
        started = time.perf_counter()
        server.start()
        starts.append(time.perf_counter() - started)
        with socket.create_connection(("127.0.0.1", server.port)):
            started = time.perf_counter()
            server.stop()
            stops.append(time.perf_counter() - started)
    row("embedded server, start", f"{statistics.median(starts) * 1000:.1f} ms", "", [], "")
    row("embedded server, stop", f"{statistics.median(stops) * 1000:.1f} ms", "", [], "under 50 ms")


def row(name: str, ours: str, bare: str, ratios: list[float], aim: str) -> None:
    ratio = f"{statistics.median(ratios):.2f}" if ratios else ""
    span = f"{min(ratios):.2f}-{max(ratios):.2f}" if len(ratios) > 1 else ""
    print(
        f"| {name:<42} | {ours:>10} | {bare:>10} | {ratio:>5} | {span:>9} | {aim:<12} |", flush=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="fewer rounds: does it run at all?")
    parser.add_argument("--only", default="start,throughput,memory,stop,scenarios,refusals")
    options = parser.parse_args()
    wanted = options.only.split(",")
    print(
        f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, "
        f"{CONNECTIONS} connections, journal on"
    )
    print(f"| {'what':<42} | {'emulator':>10} | {'bare':>10} | ratio | {'span':>9} | {'aim':<12} |")
    print(f"|{'-' * 44}|{'-' * 12}|{'-' * 12}|-------|{'-' * 11}|{'-' * 14}|")
    for package in ("emulator", "bench"):  # as an installation does
        compileall.compile_dir(Path(__file__).parents[1] / package, quiet=2)
    with tempfile.TemporaryDirectory() as scratch:
        if "start" in wanted:
            measure_start(3 if options.short else 11)
        if "throughput" in wanted:
            measure_throughput(*((1, 1000) if options.short else (5, 6000)), Path(scratch))
        if "memory" in wanted:
            measure_memory(5_000 if options.short else 200_000, Path(scratch))
        if "refusals" in wanted:
            for name, refused, accepted, ratios in refusals.comparisons(3 if options.short else 11):
                row(name, refused, accepted, ratios, "below 20 ms")
        if "stop" in wanted:
            measure_stop(3 if options.short else 11)
        if "scenarios" in wanted:
            for each in comparisons(*((6, 1) if options.short else (20, 5))):
                row(*each)


if __name__ == "__main__":
    main()
