"""Those who wait: they cost the others nothing, end with their client, and are not without end."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from counting import lines_run
from raw_http import connect, get, read_answer, send

from emulator.cli.requests import _since
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.limits import Limits
from emulator.journal.journal import Journal
from emulator.journal.waiting import Filter

WAIT = "/_emulator/requests/wait?provider=tesabiz&timeout=60"


def exchange(number: int, provider: str = "goat", **more) -> Exchange:
    return Exchange(
        number=number,
        namespace="default",
        provider=provider,
        endpoint="whoami",
        request=Request(method="GET", path="/v1/whoami"),
        received_at=0.0,
        reply=Reply(),
        **more,
    )


def reached(count, wanted: int) -> bool:
    """Tell whether the server comes to it; it is asked again until it has had ample time."""
    deadline = time.monotonic() + 30
    while count() != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return count() == wanted


def lines_of_entering(waiters: int, full: int = 0) -> int:
    """Return the lines that run when an exchange comes while so many wait for something else."""

    async def count() -> int:
        journal = Journal(10_000)
        for number in range(full):
            journal.enter(exchange(number + 1))
        waits = [
            asyncio.create_task(journal.wait(Filter(provider="tesabiz", since=each), 60))
            for each in range(waiters)
        ]
        while journal.waiting < waiters:
            await asyncio.sleep(0)
        lines = lines_run(lambda: journal.enter(exchange(full + 1)))
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits)
        return lines

    return asyncio.run(count())


def test_who_waits_for_something_else_costs_nothing():
    """Neither by their number nor by the length of the journal."""
    assert lines_of_entering(200) == lines_of_entering(1)
    assert lines_of_entering(20, full=500) == lines_of_entering(20)


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(provider="goat"),
        Filter(endpoint="whoami"),
        Filter(provider="goat", endpoint="whoami"),
        Filter(endpoint="who*"),
        Filter(provider="goat", endpoint="*ami", verdict="accepted"),
        Filter(since=1),
        Filter(diagnosis="*"),
    ],
)
def test_the_one_who_is_meant_is_told(wanted):
    """However it says so; and others are not."""

    async def told() -> list[int]:
        journal = Journal(10)
        journal.enter(exchange(1, "pagsmile")) if wanted.since else None
        wait = asyncio.create_task(journal.wait(wanted, 60))
        other = asyncio.create_task(journal.wait(Filter(verdict="refused"), 0.0))
        await other
        while not journal.waiting:
            await asyncio.sleep(0)
        journal.enter(exchange(2))
        found = await wait
        assert (await other, journal.waiting) == ([], 0)
        return [each.number for each in found]

    assert asyncio.run(told()) == [2]


def test_the_wait_ends_when_its_client_hangs_up(server):
    """Long before its time is up."""
    journal = server.emulator.namespace("default").journal
    clients = [connect(server) for _ in range(20)]
    for client in clients:
        client.sendall(get(WAIT))
    assert reached(lambda: journal.waiting, 20)
    for client in clients:
        client.close()
    assert reached(lambda: journal.waiting, 0)
    assert reached(lambda: server.emulator.waits, 0)


def test_more_waits_than_may_be_are_refused(serving):
    """The answer says what to do; when one has ended there is room again."""
    server = serving(limits=Limits(waits=2))
    clients = [connect(server) for _ in range(2)]
    for client in clients:
        client.sendall(get(WAIT))
    assert reached(lambda: server.emulator.waits, 2)
    answer = send(server, get(WAIT))
    assert answer.status == 503
    assert "2 calls wait already" in json.loads(answer.body)["error"]
    assert "`waits` in the section [limits]" in json.loads(answer.body)["error"]
    send(server, get("/tesabiz/none"))
    assert [read_answer(client).status for client in clients] == [200, 200]
    for client in clients:
        client.close()
    assert send(server, get(WAIT)).status == 200
    assert server.emulator.waits == 0


def test_a_delivery_is_waited_for_by_the_same_rule(serving):
    """A trigger waits for the merchant."""
    server = serving(limits=Limits(waits=1))
    with connect(server) as client:
        client.sendall(get(WAIT))
        assert reached(lambda: server.emulator.waits, 1)
        body = b"{}"
        trigger = (
            b"POST /_emulator/trigger/tesabiz/qrPagado HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n" + body
        )
        assert send(server, trigger).status == 503


def test_a_wait_goes_on_over_a_reset():
    """Numbers begin again: `since` the fiftieth must not let fifty more pass unseen."""

    async def told() -> list[int]:
        journal = Journal(100)
        journal.enter(exchange(50))
        waits = asyncio.create_task(journal.wait(Filter(since=50), 60))
        while not journal.waiting:
            await asyncio.sleep(0)
        journal.restart()
        assert journal.newest == 0
        journal.enter(exchange(1))
        return [each.number for each in await waits]

    assert asyncio.run(told()) == [1]


def test_those_who_follow_see_that_numbers_begin_again():
    """`requests --follow` that was not waiting at the reset asks from the start."""
    assert _since(50, {"requests": [], "newest": 50}) == 50
    assert _since(50, {"requests": [], "newest": 3}) == 0
    assert _since(50, {"requests": [{"number": 1}, {"number": 2}], "newest": 2}) == 2
