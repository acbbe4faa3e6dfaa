"""Webhooks cannot freeze the server, fill it, or take each other's places."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from emulator.client import AsyncPlacetopay
from emulator.core.agenda import Agenda
from emulator.core.clock_change import ClockChange
from emulator.emulator import Emulator
from emulator.outbox import Plan, courier, outgoing
from emulator.outbox.courier import Courier
from emulator.outbox.egress import Egress
from emulator.provider import Delivery, Webhook

ACKNOWLEDGED = b'{"header": {"codReturn": "0", "txtReturn": "SUCCESS"}}'


class Shops:
    """An emulator whose webhooks go to shops in this process.

    Attributes:
        open: Deliveries under way, by host.
        most: The most that were, of all hosts together.
        most_of: The most that were, by host.
        got: How many came, by host.
    """

    def __init__(self, **settings: Any) -> None:
        self.wall = 1_772_366_400.0
        self.looked = 0
        self.emulator = Emulator(wall=self.now, **settings)
        self.open: Counter[str] = Counter()
        self.most = 0
        self.most_of: Counter[str] = Counter()
        self.got: Counter[str] = Counter()
        self.hang = asyncio.Event()
        self.hanging: set[str] = set()
        self.status = 200

    def now(self) -> float:
        self.looked += 1
        return self.wall

    def namespace(self, name: str = "default") -> Any:
        namespace = self.emulator.namespace(name)
        namespace.outbox._send = self.send
        return namespace

    async def send(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        host = httpx2.URL(url).host
        self.open[host] += 1
        self.got[host] += 1
        self.most = max(self.most, self.open.total())
        self.most_of[host] = max(self.most_of[host], self.open[host])
        try:
            if host in self.hanging:
                await self.hang.wait()
            await asyncio.sleep(0)
        finally:
            self.open[host] -= 1
        return self.status, ACKNOWLEDGED

    def post(self, host: str = "shop", name: str = "default") -> None:
        webhook = Webhook("qrPagado", f"http://{host}/n", {"n": 1}, "B89", "plain")
        self.emulator.namespace(name).outbox.post("tesabiz", webhook)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


def play(story: Callable[[], Any]) -> Any:
    return asyncio.run(story())


def test_what_is_pending_is_no_task_and_looks_at_no_clock() -> None:
    """Records and entries of a heap: the loop has nothing to do until the first is due."""

    async def story() -> None:
        shops = Shops()
        namespace = shops.namespace()
        shops.status = 500
        for _ in range(500):
            shops.post()
        await until(lambda: shops.got["shop"] == 500 and not shops.open.total())
        await until(lambda: len(asyncio.all_tasks()) == 1)
        assert namespace.outbox.waiting == 500
        for _ in range(20):
            await asyncio.sleep(0)
        looked = shops.looked
        for _ in range(2_000):
            await asyncio.sleep(0)
        assert shops.looked == looked
        shops.status = 200
        namespace.clock.change(ClockChange(advance="10s"))
        await until(lambda: not namespace.outbox.waiting)
        assert shops.got["shop"] == 1_000
        await shops.emulator.close()

    play(story)


@pytest.mark.parametrize("change", [{"freeze": "now"}, {"advance": "-2h"}])
def test_a_clock_that_stands_or_goes_back_sends_nothing_twice(change: dict[str, Any]) -> None:
    async def story() -> None:
        shops = Shops()
        namespace = shops.namespace()
        shops.status = 500
        shops.post()
        await until(lambda: namespace.outbox.records()[0]["rounds"] == 1)
        namespace.clock.change(ClockChange(**change))
        for _ in range(100):
            await asyncio.sleep(0)
        assert shops.got["shop"] == 1
        namespace.clock.change(ClockChange(advance="10s"))
        await until(lambda: shops.got["shop"] == 2)
        namespace.clock.change(ClockChange(advance="24h"))
        await until(lambda: not namespace.outbox.waiting)
        assert shops.got["shop"] == 4
        await shops.emulator.close()

    play(story)


def test_a_clock_moved_by_another_thread_is_seen() -> None:
    """As a test suite does that runs the server in a thread."""

    async def story() -> None:
        shops = Shops()
        namespace = shops.namespace()
        shops.status = 500
        shops.post()
        await until(lambda: namespace.outbox.records()[0]["rounds"] == 1)
        mover = threading.Thread(target=namespace.clock.change, args=(ClockChange(advance="10s"),))
        mover.start()
        await until(lambda: shops.got["shop"] == 2)
        mover.join()
        await shops.emulator.close()

    play(story)


def test_places_are_bounded_and_one_host_takes_a_quarter() -> None:
    """A shop that hangs delays its own webhooks; those of others pass it."""

    async def story() -> None:
        shops = Shops(webhook_connections=16)
        namespace = shops.namespace()
        shops.hanging.add("slow")
        for _ in range(100):
            shops.post("slow")
        for number in range(300):
            shops.post(f"shop-{number % 50}")
        await until(lambda: shops.got.total() == 304)
        assert shops.got["slow"] == shops.most_of["slow"] == 4
        assert shops.most <= 16
        await until(lambda: len(asyncio.all_tasks()) == 5)  # what waits for a place is no task
        shops.hang.set()
        await until(lambda: not namespace.outbox.waiting)
        assert shops.got["slow"] == 100
        assert shops.most <= 16
        await shops.emulator.close()

    play(story)


def test_copies_overlap_within_the_bound() -> None:
    """A race stays a race: a webhook with copies takes as many places, and waits for none."""

    async def story() -> None:
        shops = Shops(webhook_connections=8)
        namespace = shops.namespace()
        plan = Plan(rule="trigger", deliver="duplicate", copies=50)
        webhook = Webhook("qrPagado", "http://shop/n", {"n": 1}, "B89", "plain")
        await asyncio.gather(
            *(namespace.outbox.send_now("tesabiz", webhook, plan) for _ in range(3))
        )
        assert shops.got["shop"] == 150
        assert shops.most == 50
        await shops.emulator.close()

    play(story)


def test_a_reset_gives_up_what_is_under_way_and_what_waits() -> None:
    """Nothing is sent afterwards, nothing is sent twice, and the places are free again."""

    async def story() -> None:
        shops = Shops(webhook_connections=8)
        one, two = shops.namespace("one"), shops.namespace("two")
        shops.hanging.add("slow")
        for _ in range(20):
            shops.post("slow", "one")
        await until(lambda: shops.got["slow"] == 2)
        for _ in range(20):
            shops.post("slow", "two")
        await one.reset()
        assert one.outbox.waiting == 0
        assert one.outbox.records() == []
        await until(lambda: shops.got["slow"] == 4)  # those of two have the places now
        await two.reset()
        assert not shops.open.total()
        shops.hanging.clear()
        shops.post("slow", "one")
        await until(lambda: not one.outbox.waiting)
        assert shops.got["slow"] == 5
        assert len(one.outbox.records()[0]["attempts"]) == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await shops.emulator.close()

    play(story)


def test_a_webhook_posted_during_a_reset_is_not_taken_for_another() -> None:
    """Numbers begin at 1 again: an attempt of the old 1 must not end up in the new one."""

    async def story() -> None:
        shops = Shops()
        namespace = shops.namespace()
        shops.hanging.add("slow")
        shops.post("slow")
        await until(lambda: shops.got["slow"] == 1)
        resetting = asyncio.create_task(namespace.reset())
        await asyncio.sleep(0)
        shops.post("slow")
        await resetting
        shops.post("shop")
        shops.hang.set()
        await until(lambda: not namespace.outbox.waiting)
        (record,) = namespace.outbox.records()
        assert (record["number"], len(record["attempts"])) == (1, 1)
        assert shops.got == {"slow": 1, "shop": 1}
        await shops.emulator.close()

    play(story)


@pytest.mark.parametrize("delay", [1e12, 3e11, -1e12])
def test_due_times_beyond_the_calendar_are_shown(delay: float) -> None:
    """A retry may be put off by thousands of years; the control API shows the last there is."""

    async def story() -> list[httpx2.Response]:
        shops = Shops()
        namespace = shops.namespace()
        shops.status = 500
        webhook = Webhook("qrPagado", "http://shop/n", {"n": 1}, "B89", "plain")
        plan = Plan(rule="r", retries=[delay, delay * 2])
        await namespace.outbox.send_now("tesabiz", webhook, plan)
        transport = httpx2.ASGITransport(shops.emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as api:
            shown = await api.get("/_emulator/webhooks")
            expect = {"expect": [{"that": "nothing came", "count": {"exactly": 0}}]}
            verified = await api.post("/_emulator/requests/verify", json=expect)
        await shops.emulator.close()
        return [shown, verified]

    shown, verified = play(story)
    assert shown.status_code == 200
    assert all(each[:5] in ("9999-", "0001-") for each in shown.json()["webhooks"][0]["due"])
    assert verified.status_code < 500


# --- answers -----------------------------------------------------------------------------------


def answered(*pieces: bytes, then: bytes = b"") -> Any:
    """Send a webhook to a merchant who answers with these bytes, and goes on with `then` for ever.

    Returns:
        Status and body, or the error; how many bytes the merchant could send.
    """
    sent, over = 0, asyncio.Event()

    async def merchant(reader: Any, writer: Any) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            while then:
                writer.write(then)
                sent += len(then)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
            over.set()

    async def story() -> Any:
        server = await asyncio.start_server(merchant, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                return await Courier(Egress()).send(
                    f"http://127.0.0.1:{port}/n", Delivery(b"{}", ())
                )
            except Exception as error:
                return error
            finally:
                await over.wait()

    return play(story), sent


_OK = b"HTTP/1.1 200 OK\r\n"


def test_an_answer_is_read_to_its_limit() -> None:
    """A gigabyte costs 64 KiB, and what fits into the sockets on the way."""
    (status, body), sent = answered(_OK + b"content-length: 1073741824\r\n\r\n", then=b"x" * 65_536)
    assert (status, len(body)) == (200, outgoing.ANSWER_LIMIT)
    assert sent < 32 * 2**20


def test_an_encoded_answer_is_shown_as_it_is() -> None:
    """No encoding was asked for; a bomb stays as small as it came."""
    packed = gzip.compress(bytes(10_000_000))
    head = _OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    (status, body), _ = answered(head, packed)
    assert (status, body) == (200, packed)


@pytest.mark.parametrize(
    ("start", "then"),
    [
        (_OK, b"x-more: 1\r\n" * 50),
        (_OK + b"x-long: ", b"x" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
        (b"", b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 50),
        (b"", b"\x00" * 1000),
        (b"", b"\r\n" * 500),
        (_OK + b"transfer-encoding: chunked\r\n\r\n", b"1;" + b"y" * 500 + b"\r\nx\r\n"),
        (_OK + b"transfer-encoding: chunked\r\n\r\n", b"1" * 1000),
    ],
    ids=["headers", "header", "continue", "hints", "zeros", "lines", "extensions", "chunk-size"],
)
def test_an_answer_without_end_comes_to_one(start: bytes, then: bytes) -> None:
    """Whatever it is made of: an error with a reason, after a bounded number of bytes."""
    found, sent = answered(start, then=then)
    assert isinstance(found, Exception)
    assert str(found) or type(found).__name__
    assert sent < 32 * 2**20


def test_an_answer_in_the_smallest_of_chunks_ends_too() -> None:
    """Each chunk takes time: their number is bounded, and what came of the body is shown."""
    (status, body), _ = answered(
        _OK + b"transfer-encoding: chunked\r\n\r\n", then=b"1\r\nx\r\n" * 100
    )
    assert (status, body) == (200, b"x" * 1000)


def test_an_answer_that_drips_is_over_with_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for the whole: each byte does not start it again."""
    monkeypatch.setattr(courier, "TIMEOUT_SECONDS", 0.3)
    over = asyncio.Event()

    async def drip(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_OK + b"content-length: 1000000\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass
        finally:
            writer.close()
            over.set()

    async def story() -> None:
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            try:
                await Courier(Egress()).send(f"http://127.0.0.1:{port}/", Delivery(b"", ()))
            finally:
                await over.wait()

    with pytest.raises(TimeoutError):
        play(story)


def test_tls_is_set_up_once_and_never_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    whole = httpx2.create_ssl_context

    def counted() -> Any:
        made.append(threading.current_thread().name)
        return whole()

    monkeypatch.setattr(outgoing.httpx2, "create_ssl_context", counted)

    async def story() -> None:
        sender = Courier(Egress())
        for scheme, count in (("http", 20), ("https", 20)):
            failed = await asyncio.gather(
                *(sender.send(f"{scheme}://127.0.0.1:1/", Delivery(b"", ())) for _ in range(count)),
                return_exceptions=True,
            )
            assert all(
                isinstance(each, httpx2.ConnectError | OSError | Exception) for each in failed
            )
            assert len(made) == (scheme == "https")

    play(story)
    assert made != [threading.main_thread().name], "it takes too long for the loop"


# --- timers ------------------------------------------------------------------------------------


async def sessions(shops: Shops, count: int) -> AsyncIterator[int]:
    site = {**shops.namespace().credentials("placetopay")[0], "notificationUrl": "http://shop/n"}
    shops.namespace().register("placetopay", site)
    async with AsyncPlacetopay(
        "http://localhost/placetopay",
        login=site["login"],
        secret_key=site["secretKey"],
        transport=httpx2.ASGITransport(shops.emulator.app),
        clock=lambda: shops.wall,
    ) as client:
        for number in range(count):
            made = await client.create_session(f"A-{number}", 1, return_url="https://a.example/")
            yield made["requestId"]


def test_sessions_that_wait_cost_nothing_and_end_in_turns() -> None:
    """No table is gone through; many that end at once leave others their turn in between."""

    async def story() -> None:
        shops = Shops()
        namespace = shops.namespace()
        made = [each async for each in sessions(shops, 60)]
        agenda = namespace.contexts["placetopay"].agenda
        assert len(agenda) == 60
        looked = shops.looked
        for _ in range(500):
            await asyncio.sleep(0)
        assert shops.looked == looked
        namespace.clock.change(ClockChange(advance="1h"))
        work = namespace.waking.catch_up()
        next(work)
        assert len(agenda) == 59, "one at a time"
        work.close()
        await until(lambda: shops.got["shop"] == len(made))
        assert len(agenda) == 0
        await shops.emulator.close()

    play(story)


def test_what_a_wake_puts_off_for_ever_does_not_spin() -> None:
    """A session may stay open beyond its time, for a payment under way: it is looked at once."""
    from emulator.providers.placetopay.state import sessions as placetopay

    async def story() -> int:
        shops = Shops()
        namespace = shops.namespace()
        (number,) = [each async for each in sessions(shops, 1)]
        context = namespace.contexts["placetopay"]
        record = placetopay.sessions(context).get(str(number))
        namespace.clock.change(ClockChange(advance="1h"))
        placetopay.look_again(record, context, after=context.clock.timestamp("verify"))
        for _ in namespace.waking.catch_up():
            pass
        await shops.emulator.close()
        return len(context.agenda)

    assert play(story) == 0


def test_an_agenda_does_not_grow_with_changes() -> None:
    """A key that is put off again and again is one entry; the oldest leave when there are many."""
    agenda = Agenda(retain=100)
    for number in range(10_000):
        agenda.put("same", float(number))
    assert len(agenda) == 1
    assert len(agenda._heap) < 200
    for number in range(1_000):
        agenda.put(str(number), -float(number))
    assert len(agenda) == 100
    assert list(agenda.due(0.0))[:2] == ["999", "998"]
    assert agenda.first() is None


@pytest.mark.parametrize(
    ("change", "seconds"),
    [
        ({}, 100.0),
        ({"advance": "40s"}, 60.0),
        ({"offset": "40s"}, 60.0),
        ({"drift": "1s/s"}, 50.0),
        ({"drift": "-1s/s"}, None),
        ({"freeze": "now"}, None),
        ({"offset": "10m"}, 0.0),
        ({"offset": "10m", "affects": ("issue",)}, 100.0),
    ],
)
def test_the_alarm_goes_by_the_providers_clock(change: dict[str, Any], seconds: Any) -> None:
    shops = Shops()
    clock = shops.namespace().clock
    at = clock.timestamp("verify") + 100.0
    if change:
        clock.change(ClockChange(**change))
    found = clock.seconds_to(at, "believed")
    assert found == seconds if seconds is None else found == pytest.approx(seconds)
