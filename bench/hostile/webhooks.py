"""Webhooks: many at once, many that wait, merchants who hang or send without end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx2

from bench.hostile.figures import Figure, measure
from bench.hostile.merchant import Shop, merchant
from bench.hostile.serving import Target, serving, watching_health
from emulator.client import Pagsmile, Placetopay
from emulator.providers.pagsmile.signing import payout

_PATIENCE_SECONDS = 300.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came to that")
        time.sleep(0.05)


def control(target: Target) -> httpx2.Client:
    return httpx2.Client(base_url=f"{target.url}/_emulator", timeout=_PATIENCE_SECONDS)


def pagsmile(target: Target, api: httpx2.Client) -> Pagsmile:
    found = api.get("/credentials").json()["pagsmile"]
    return Pagsmile(
        f"{target.url}/pagsmile", app_id=found["app_id"], app_key=found["app_key"], timeout=60
    )


@measure("webhooks-at-once")
def at_once(short: bool) -> Iterator[Figure]:
    """Sessions that expire in the same second, each of which is told."""
    count = 200 if short else 2000
    with merchant() as shop, serving() as target, control(target) as api:
        site = api.get("/credentials").json()["placetopay"]
        url = f"http://127.0.0.1:{shop.port}/ok"
        new = {"login": "crowd", "secretKey": "s3cr3t", "notificationUrl": url}
        api.post("/credentials/placetopay", json=new).raise_for_status()
        with Placetopay(site["base_url"], login="crowd", secret_key="s3cr3t", timeout=60) as client:
            for number in range(count):
                client.create_session(f"A-{number}", 100, return_url="https://shop.example/")
        time.sleep(1)
        before = target.cpu_seconds
        with watching_health(target) as health:
            api.patch("/clock", json={"advance": "1h"}).raise_for_status()
            until(lambda: shop.got("/ok") >= count)
        used = (target.cpu_seconds - before) * 1000
    yield Figure(f"slowest /health, {count} sessions expire", health.worst_ms, "ms", at_most=100)
    yield Figure("processor for each, with what /health takes", used / count, "ms", at_most=2)


@measure("webhooks-pending")
def pending(short: bool) -> Iterator[Figure]:
    """Webhooks that were refused, and wait for their next attempt."""
    count = 500 if short else 5000
    with merchant() as shop, serving() as target, control(target) as api:
        with pagsmile(target, api) as client:
            url = f"http://127.0.0.1:{shop.port}/refuse"
            client.create_payout(**{**payout("code_1"), "notify_url": url})
        started = time.perf_counter()
        for _ in range(count):
            api.post("/trigger/pagsmile/payout.paid", json={}).raise_for_status()
        taken = (time.perf_counter() - started) * 1000 / count
        yield Figure("trigger, answered", taken, "ms")
        time.sleep(1)
        before, seconds = target.cpu_seconds, 2 if short else 10
        time.sleep(seconds)
        used = (target.cpu_seconds - before) / seconds * 100
        yield Figure(f"processor, {count} webhooks pending", used, "%", at_most=2)
        yield Figure("memory", target.resident_mib, "MiB")


@measure("webhooks-hanging")
def hanging(short: bool) -> Iterator[Figure]:
    """Merchants who take a webhook and never answer, each at an address of its own."""
    count = 60 if short else 300
    with merchant() as shop, serving() as target, control(target) as api:
        with pagsmile(target, api) as client:
            send(api, shop, client, "/ok")
            before = target.resident_mib
            for number in range(count):
                url = f"http://127.0.{1 + number // 200}.{1 + number % 200}:{shop.port}/hang"
                client.create_payout(**{**payout(f"h_{number}"), "notify_url": url})
        with watching_health(target) as health:
            api.patch("/clock", json={"advance": "1h"}).raise_for_status()
            time.sleep(5)
        yield Figure(f"memory more, {count} hang", target.resident_mib - before, "MiB", at_most=32)
        yield Figure("connections that hang", shop.got("/hang"), "", at_most=128)
        yield Figure("slowest /health", health.worst_ms, "ms", at_most=100)


@measure("webhooks-answers")
def answers(short: bool) -> Iterator[Figure]:
    """Merchants who answer with a gigabyte."""
    for path, what in (("/endless", "a gigabyte"), ("/bomb", "a gzip bomb of a gigabyte")):
        with merchant() as shop, serving() as target, control(target) as api:
            with pagsmile(target, api) as client:
                send(api, shop, client, "/ok")
                before = target.peak_mib
                with watching_health(target) as health:
                    send(api, shop, client, path)
            yield Figure(f"peak memory more, {what}", target.peak_mib - before, "MiB", at_most=8)
            yield Figure("slowest /health", health.worst_ms, "ms", at_most=100)


def send(api: httpx2.Client, shop: Shop, client: Pagsmile, path: str) -> None:
    """Have one webhook sent to a path, and wait for its outcome."""
    url = f"http://127.0.0.1:{shop.port}{path}"
    client.create_payout(**{**payout(f"to_{path[1:]}"), "notify_url": url})
    api.post("/trigger/pagsmile/payout.paid", json={}).raise_for_status()
