"""Counters and states of each order, whatever else is going on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playing import Play, played
from small_bank import World, findings_of, scenario

from emulator.client import ClientError
from emulator.scenario import engine

BY_REFERENCE = """\
scenario: by-order
version: 1
scope: {payload: /payment/reference}
rules:
  - id: first
    match: {provider: placetopay, endpoint: session.create}
    when: {times: 1}
    do: {error: placetopay.401}
"""
ORDERS = """\
scenario: by-order
version: 1
scope: {path: request_id}
states:
  initial: new
  names: [new, late, settled]
  transitions:
    - {from: new, to: late, on: {elapsed: 10m}}
    - {from: late, to: settled, on: {fired: {rule: late, times: 2}}}
rules:
  - id: late
    match: {provider: placetopay, endpoint: session.query}
    when: {state: late}
    do: {respond: {status: 503}}
expect:
  - {that: each order is settled, state: settled}
"""


async def create(client: Any, reference: str) -> int:
    """Return the status, or the number of the session."""
    try:
        session = await client.create_session(reference, 100, return_url="https://shop.example/")
    except ClientError as error:
        return error.status
    return session["requestId"]


async def query(client: Any, number: int) -> int:
    try:
        await client.query_session(number)
    except ClientError as error:
        return error.status
    return 200


class TestStories:
    @played
    async def test_the_first_request_of_each_order(self):
        play = Play(BY_REFERENCE)
        client = play.client("placetopay")
        references = ["A", "B", "A", "B", "A", "C"]
        seen = [await create(client, reference) for reference in references]
        assert [status == 401 for status in seen] == [True, True, False, False, False, True]
        assert play.rules["first"] == (6, 3)
        play.check()

    @played
    async def test_orders_in_parallel(self):
        play = Play(BY_REFERENCE)
        client = play.client("placetopay")
        orders = [f"order-{number}" for number in range(8)]
        seen = await asyncio.gather(*(create(client, order) for order in orders * 3))
        assert seen.count(401) == len(orders)

    @played
    async def test_each_order_has_a_state_from_when_it_is_first_seen(self):
        play = Play(ORDERS)
        client = play.client("placetopay")
        early, other = await create(client, "A"), await create(client, "B")
        assert await query(client, early) == 200
        play.advance("10m")
        assert await query(client, early) == 503
        assert await query(client, other) == 200  # seen only now, so it is new
        states = play.namespace.scenario.as_json()["states"]
        assert states == {f"placetopay/{early}": "late", f"placetopay/{other}": "new"}
        assert await query(client, early) == 503
        assert await query(client, early) == 200
        play.advance("10m")
        assert [await query(client, other) for _ in range(3)] == [503, 503, 200]
        assert set(play.namespace.scenario.states.values()) == {"settled"}

    def test_header(self):
        text = scenario(
            "{id: r, match: {provider: acme}, when: {times: 1}, do: {error: acme.401}}",
            scope="{header: X-Order}",
        )
        world = World(text)

        def sent(*orders: str) -> int:
            return world.send(headers=[("x-order", order) for order in orders]).status

        assert [sent("1"), sent("1"), sent("2"), sent("2", "1")] == [401, 200, 401, 200]
        assert [sent(), sent()] == [401, 200]  # those without one have a count of their own

    @pytest.mark.parametrize("value", ["7", 7])
    def test_a_number_and_its_text_are_one_order(self, value: Any):
        text = scenario(
            "{id: r, match: {provider: acme}, when: {times: 1}, do: {error: acme.401}}",
            scope="{payload: /id}",
        )
        world = World(text)
        assert world.send(payload={"id": 7}).status == 401
        assert world.send(payload={"id": value}).status == 200
        assert world.send(payload={"id": [value]}).status == 401  # no value: a count of its own
        assert world.send(payload={}).status == 200


class TestBounds:
    RULE = "{id: r, match: {provider: acme}, when: {after: 1}, do: {error: acme.401}}"

    def test_the_counters_that_were_not_used_the_longest_leave(
        self, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("emulator.scenario.counters.KEPT_COUNTERS", 200)
        world = World(scenario(self.RULE, scope="{payload: /id}"))
        for number in range(1000):
            assert world.send(payload={"id": number}).status == 200
        assert world.send(payload={"id": 999}).status == 401
        assert world.send(payload={"id": 0}).status == 200  # begins again
        assert world.counts("r") == (1002, 1)  # in all, nothing is lost

    def test_the_states_seen_first_leave(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(engine, "KEPT_STATES", 10)
        text = scenario(
            "{id: r, match: {provider: acme}, do: {goto: b}}",
            scope="{payload: /id}",
            states="{initial: a, names: [a, b]}",
        )
        world = World(text)
        for number in range(30):
            world.send(payload={"id": number})
        assert world.engine.states == {f"acme/{number}": "b" for number in range(20, 30)}

    def test_a_long_value_is_kept_as_its_digest(self):
        world = World(
            scenario(self.RULE, scope="{payload: /id}", states="{initial: a, names: [a]}")
        )
        for last in "ab":
            assert world.send(payload={"id": "x" * 100_000 + last}).status == 200
        assert max(map(len, world.engine.states)) < 80


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("{}", "scope: give one of 'payload', 'path', 'header'"),
        ("{path: a, header: b}", "scope: give one of 'payload', 'path', 'header'"),
        ("{payload: id}", "scope.payload: 'id' is not a JSON pointer"),
        ("{path: requestid}", "scope.path: 'requestid' is no part of any endpoint's path"),
        ("order", "scope: 'order' is not one of"),
        ("{order: 1}", "unknown key 'order'"),
    ],
)
def test_what_is_no_scope(scope: str, found: str):
    text = scenario("{id: r, match: {provider: acme}, do: {pass: true}}", scope=scope)
    assert any(found in line for line in findings_of(text)), findings_of(text)
