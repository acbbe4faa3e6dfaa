"""Webhooks: sent, retried by the emulator's clock, and never lost without a word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.core.clock import Clock
from emulator.core.clock_change import ClockChange
from emulator.core.errors import FailureMode, Source
from emulator.core.store import MemoryEngine, Space
from emulator.emulator import Emulator
from emulator.masking.mask import Mask
from emulator.outbox import Outbox, Places, Plan
from emulator.outbox.delivery import unsendable
from emulator.outbox.egress import Egress
from emulator.provider import RIGHT, Context, Delivery, KeyFiles, MerchantAnswer, Webhook

REFUSED = FailureMode("bank.refused", "The merchant said no", Source("made up"))


def send(url: str, *, advance: str = "") -> dict:
    emulator = Emulator()
    namespace = emulator.namespace("default")
    content = {"qrPagado": {"idTrans": "1"}}

    async def story() -> dict:
        webhook = Webhook("qrPagado", url, content, "B89", "plain")
        record = await namespace.outbox.send_now("tesabiz", webhook)
        if advance:
            namespace.clock.change(ClockChange(advance=advance))
            while len(namespace.outbox.as_json()[0]["attempts"]) < len(record["due"]):
                await asyncio.sleep(0.01)
        await emulator.close()
        return namespace.outbox.as_json()[0]

    return asyncio.run(story())


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/x", "http://127.0.0.1:1/x", "http://a b/"])
def test_an_odd_url_is_an_attempt_with_a_reason(url):
    """Whatever the client library makes of it."""
    webhook = send(url)
    assert not webhook["acknowledged"]
    assert webhook["attempts"][0]["diagnosis"]["code"] == "webhook.unreachable"
    assert "listens on that host and port" in webhook["attempts"][0]["diagnosis"]["hint"]


def test_no_url_is_told_once():
    """Nobody will answer, so nobody is asked again."""
    webhook = send("")
    assert [each["diagnosis"]["code"] for each in webhook["attempts"]] == ["webhook.no-url"]
    assert webhook["due"] == []


def test_retries_come_when_their_time_has_come():
    """A day passes at once, and all of the provider's own retries with it."""
    webhook = send("http://127.0.0.1:1/x", advance="24h")
    assert len(webhook["attempts"]) == 4


def test_secrets_in_a_webhook_are_masked():
    """Its URL is the merchant's, and may carry one."""
    emulator = Emulator()
    secret = emulator.namespace("default").credentials("pagsmile")[0]["app_key"]
    said: list[str] = []
    emulator.log_line = said.append
    namespace = Emulator(log_line=said.append).namespace("default")

    async def story() -> None:
        url = f"http://127.0.0.1:1/{secret}"
        webhook = Webhook("qrPagado", url, {"qrPagado": {"info": secret}}, "B89", "plain")
        await namespace.outbox.send_now("tesabiz", webhook)
        await namespace.outbox.close()

    asyncio.run(story())
    assert secret not in str(namespace.outbox.as_json())
    assert said
    assert secret not in "".join(said)


class World:
    """An outbox alone: a bank whose webhooks are JSON, and a merchant who answers as told."""

    def __init__(self, *plans: Plan | None, answers: Iterable[int] = (), retries=(10.0, 60.0)):
        self.wall = 1_772_366_400.0
        self.plans = list(plans)
        self.answers = iter(answers)
        self.got: list[dict] = []
        self.slept: list[float] = []
        self.said: list[str] = []
        self.bugs: list[BaseException] = []
        self.open = 0
        self.most_open = 0
        space = Space(MemoryEngine(), "default", "emulator")
        self.clock = Clock(space, lambda: self.wall)
        bank: Any = SimpleNamespace(
            name="bank",
            webhooks=SimpleNamespace(retries=retries, seal=self.seal, judge=self.judge),
        )
        context: Any = Context(self.clock, space, KeyFiles(Path()), None, lambda webhook: None)
        self.outbox = Outbox(
            table=space.table("webhooks"),
            clock=self.clock,
            provider=lambda name: bank,
            context=lambda name: context,
            mask=lambda: Mask((), ()),
            log=self.said.append,
            report=self.bugs.append,
            plan=lambda provider, webhook: self.plans.pop(0) if self.plans else None,
            damage=self.damage,
            sleep=self.sleep,
            send=lambda url, delivery: self.send(url, delivery),
            unsendable=lambda webhook: unsendable(webhook, Egress()),
            places=Places(),
        )

    def seal(self, webhook: Webhook, context: Context) -> Delivery:
        changes = context.changes
        told = {**webhook.content, "key": changes.sign_with, "late": changes.webhook_seconds}
        return Delivery(json.dumps(told).encode(), ())

    def judge(self, answer: MerchantAnswer) -> Any:
        assert answer.context.changes == RIGHT, "the merchant's answer is judged as ever"
        return None if answer.body == b"ok" else REFUSED.diagnose("answer")

    def damage(self, provider: Any, delivery: Delivery, what: Any, key: str, context: Any) -> Any:
        told = {**json.loads(delivery.body), "damaged": what["how"]}
        return Delivery(json.dumps(told).encode(), ()), None

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def send(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        self.got.append(json.loads(delivery.body))
        for _ in range(5):
            await asyncio.sleep(0)
        self.open -= 1
        status = next(self.answers, 200)
        if not status:
            raise ConnectionResetError
        return status, b"ok" if status == 200 else b"no"

    def post(self, number: int = 1) -> str:
        return self.outbox.post("bank", Webhook("paid", "http://shop/", {"n": number}, "c"))

    async def until(self, condition: Callable[[], bool], *, moving: float = 0.0) -> None:
        for _ in range(20_000):
            if condition():
                return
            if moving:
                self.pass_by(moving)
            await asyncio.sleep(0)
        raise AssertionError("it never came to that")

    def pass_by(self, seconds: float) -> None:
        """Let time pass that is not this machine's."""
        self.wall += seconds
        self.outbox.wake()

    def over(self) -> bool:
        return not self.outbox.waiting

    @property
    def order(self) -> list[int]:
        return [each["n"] for each in self.got]


def play(world: World, count: int = 1, *, moving: float = 1.0) -> list[dict]:
    """Post some webhooks, let the time run, and return their records when all is over."""

    async def story() -> None:
        for number in range(1, count + 1):
            world.post(number)
        await world.until(world.over, moving=moving)

    asyncio.run(story())
    return world.outbox.records()


def codes(record: dict) -> list[str]:
    return [each["diagnosis"]["code"] if each["diagnosis"] else "" for each in record["attempts"]]


class TestPlans:
    def test_none_is_as_ever(self):
        (record,) = play(world := World(answers=[500, 200]))
        assert codes(record) == ["bank.refused", ""]
        assert (record["plan"], record["rule"], record["held"]) == (None, "", False)
        assert world.got == [{"n": 1, "key": "", "late": 0.0}] * 2

    def test_bent(self):
        """Another key, another time, damage: at each attempt."""
        plan = Plan(
            rule="s/r#1",
            sign_with="rogue",
            webhook_seconds=-600.0,
            corrupt={"target": "webhook.body", "how": "zero", "bytes": None, "draw": 0.5},
        )
        (record,) = play(world := World(plan, answers=[500, 200]))
        assert world.got == [{"n": 1, "key": "rogue", "late": -600.0, "damaged": "zero"}] * 2
        assert record["rule"] == "s/r#1"
        assert all("(s/r#1)" in line for line in world.said)
        (shown,) = world.outbox.as_json()
        assert shown["plan"] == "sign_with: rogue, corrupt: zero webhook.body, webhook: -600"

    def test_dropped_then_sent(self):
        """The first is lost without a call; the provider's own retries come."""
        (record,) = play(world := World(Plan(rule="s/r#1", deliver="drop")))
        assert codes(record) == ["webhook.dropped", ""]
        assert record["attempts"][0]["status"] == 0
        assert record["acknowledged"]
        assert len(world.got) == 1

    def test_dropped_for_ever(self):
        (record,) = play(world := World(Plan(rule="s/r#1", deliver="drop", retries=[])))
        assert codes(record) == ["webhook.dropped"]
        assert not record["acknowledged"]
        assert world.got == []

    def test_copies_overlap(self):
        """The race, not only the repeat: nobody waits for an answer."""
        plan = Plan(rule="s/r#1", deliver="duplicate", copies=3, gap_seconds=0.04)
        (record,) = play(world := World(plan, answers=[500, 200, 500]), moving=0)
        assert world.most_open > 1
        assert world.slept == [0.04, 0.04]
        assert sorted(each["copy"] for each in record["attempts"]) == [1, 2, 3]
        assert record["acknowledged"]
        assert world.got == [world.got[0]] * 3

    def test_only_the_first_attempt_is_doubled(self):
        plan = Plan(rule="s/r#1", deliver="duplicate", copies=2)
        (record,) = play(World(plan, answers=[500, 500, 200]))
        assert [each.get("copy") for each in record["attempts"]] == [1, 2, None]

    def test_late(self):
        """By the scope's clock, and the retries after that."""
        world = World(Plan(rule="s/r#1", delay_seconds=3600.0), answers=[500, 200])

        async def story() -> None:
            world.post()
            for _ in range(50):
                await asyncio.sleep(0)
            assert world.got == []
            world.pass_by(3600.0)
            await world.until(lambda: len(world.got) == 1)
            world.pass_by(9.0)
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(world.got) == 1
            world.pass_by(1.0)
            await world.until(world.over)

        asyncio.run(story())
        assert len(world.got) == 2

    @pytest.mark.parametrize(
        ("until", "answers", "attempts", "acknowledged"),
        [
            ("acked", [204, 204, 204, 204], 4, False),
            ("2xx", [204], 1, True),
            ("2xx", [500, 302, 204], 3, True),
            ("2xx", [500, 0, 302, 500], 4, False),
        ],
        ids=lambda value: str(value),
    )
    def test_own_retries(self, until, answers, attempts, acknowledged):
        plan = Plan(rule="s/r#1", retries=[1.0, 6.0, 36.0], until=until)
        (record,) = play(World(plan, answers=answers))
        assert len(record["attempts"]) == attempts
        assert record["acknowledged"] is acknowledged

    def test_triggered_copies(self):
        """Who asks for a plan himself gets that one; the scenario is not asked."""
        world = World(Plan(rule="s/r#1", deliver="drop"))
        own = Plan(rule="trigger", deliver="duplicate", copies=2)

        async def story() -> dict:
            return await world.outbox.send_now("bank", Webhook("paid", "http://x/", {"n": 1}), own)

        record = asyncio.run(story())
        assert [each["copy"] for each in record["attempts"]] == [1, 2]
        assert len(world.plans) == 1

    def test_a_trigger_waits_for_nobody(self):
        """What a scenario holds or delays is answered for at once."""
        late = Plan(rule="s/a#1", delay_seconds=5.0)
        held = Plan(rule="s/b#1", deliver="reorder", window=2)
        world = World(late, held)

        async def story() -> list[dict]:
            webhook = Webhook("paid", "http://x/", {"n": 1})
            return [await world.outbox.send_now("bank", webhook) for _ in range(2)]

        records = asyncio.run(story())
        assert [each["attempts"] for each in records] == [[], []]
        assert [each["held"] for each in records] == [False, True]

    def test_no_url_is_told_whatever_the_plan(self):
        """A plan cannot lose what could not have been sent."""
        for deliver in ("drop", "duplicate", "before-response"):
            world = World(Plan(rule="s/r#1", deliver=deliver, copies=2, retries=[1.0]))

            async def story(world: World = world) -> None:
                world.outbox.post("bank", Webhook("paid", "", {"n": 1}))
                await world.until(world.over)

            asyncio.run(story())
            (record,) = world.outbox.records()
            assert codes(record) == ["webhook.no-url"]


def held(*places: float, window: int = 0) -> list[Plan]:
    return [
        Plan(rule=f"s/r#{hit}", deliver="reorder", window=window or len(places), place=place)
        for hit, place in enumerate(places, 1)
    ]


class TestReorder:
    def test_in_the_order_of_their_places(self):
        world = World(*held(0.9, 0.1, 0.5))
        records = play(world, 3, moving=0)
        assert world.order == [2, 3, 1]
        assert world.most_open == 1, "each waits for the answer to the one before"
        assert all(each["acknowledged"] and not each["held"] for each in records)

    def test_never_as_they_came(self):
        world = World(*held(0.1, 0.2, 0.3))
        play(world, 3, moving=0)
        assert world.order == [2, 3, 1]

    def test_window_after_window(self):
        world = World(*held(0.9, 0.1, 0.8, 0.2, window=2))
        play(world, 4, moving=0)
        assert world.order.index(2) < world.order.index(1)
        assert world.order.index(4) < world.order.index(3)

    def test_held_for_a_minute_at_most(self):
        """Fewer than the window come: what there is leaves, in another order."""
        world = World(*held(0.1, 0.2, window=9), answers=[500])

        async def story() -> None:
            world.post(1)
            world.post(2)
            world.pass_by(59.0)
            for _ in range(50):
                await asyncio.sleep(0)
            assert world.got == []
            assert all(each["held"] for each in world.outbox.as_json())
            world.pass_by(1.0)
            await world.until(lambda: len(world.got) == 2)
            world.pass_by(9.0)
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(world.got) == 2, "retries are counted from the first attempt"
            world.pass_by(1.0)
            await world.until(world.over)

        asyncio.run(story())
        assert world.order == [2, 1, 2]

    def test_released_as_they_came(self):
        """The scenario is gone: there is nothing to wait for."""
        world = World(*held(0.9, 0.1, window=9))

        async def story() -> None:
            world.post(1)
            world.post(2)
            await asyncio.sleep(0)
            world.outbox.release()
            await world.until(world.over)

        asyncio.run(story())
        assert world.order == [1, 2]

    def test_given_up(self):
        """A reset leaves nothing that waits, and who is held later waits for a new window."""
        world = World(*held(0.1, 0.9, 0.8, window=2))

        async def story() -> None:
            world.post(1)
            await asyncio.sleep(0)
            await world.outbox.close()
            world.post(2)
            for _ in range(50):
                await asyncio.sleep(0)
            assert world.got == []
            world.post(3)
            await world.until(world.over)

        asyncio.run(story())
        assert world.order == [3, 2]


class TestAhead:
    def test_what_the_reply_waits_for(self):
        """Only a webhook that is to be first; and it is over when it was answered or given up."""
        world = World(None, Plan(rule="s/r#2", deliver="before-response"), answers=[500, 500])

        async def story() -> None:
            ahead: list[asyncio.Future[None]] = []
            webhook = Webhook("paid", "http://shop/", {"n": 1})
            world.outbox.post("bank", webhook, ahead)
            assert ahead == []
            world.outbox.post("bank", webhook, ahead)
            await asyncio.wait(ahead)
            assert len(world.outbox.records()[1]["attempts"]) == 1
            await world.outbox.close()

        asyncio.run(story())

    def test_given_up_it_holds_nobody(self):
        world = World(Plan(rule="s/r#1", deliver="before-response"))

        async def never(url: str, delivery: Delivery) -> tuple[int, bytes]:
            await asyncio.Event().wait()
            raise AssertionError

        world.send = never

        async def story() -> None:
            ahead: list[asyncio.Future[None]] = []
            world.outbox.post("bank", Webhook("paid", "http://shop/", {"n": 1}), ahead)
            for _ in range(5):
                await asyncio.sleep(0)
            await world.outbox.close()
            await asyncio.wait(ahead)

        asyncio.run(story())


PLANS = st.builds(
    Plan,
    rule=st.sampled_from(["s/a#1", "s/b#1"]),
    deliver=st.sampled_from(["normal", "drop", "duplicate", "reorder", "before-response"]),
    copies=st.integers(1, 3),
    gap_seconds=st.sampled_from([0.0, 0.1]),
    window=st.integers(2, 4),
    place=st.floats(0, 1, exclude_max=True),
    delay_seconds=st.sampled_from([0.0, 5.0]),
    retries=st.none() | st.lists(st.floats(0, 100), max_size=3).map(sorted),
    until=st.sampled_from(["acked", "2xx"]),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    plans=st.lists(st.none() | PLANS, min_size=1, max_size=6),
    answers=st.lists(st.sampled_from([200, 204, 302, 500, 0]), max_size=30),
    release=st.booleans(),
)
def test_no_webhook_is_lost(plans, answers, release):
    """Whatever the plan and the answers: acknowledged, or all attempts used up."""
    world = World(*plans, answers=answers)

    async def story() -> None:
        for number in range(len(plans)):
            world.post(number)
            if release and number % 2:
                await asyncio.sleep(0)
                world.outbox.release()
        await world.until(world.over, moving=1.0)

    asyncio.run(story())
    for record in world.outbox.records():
        assert record["acknowledged"] or record["rounds"] == len(record["due"])
        assert record["attempts"]
        assert not record["held"]


def test_a_bug_of_ours_is_an_attempt():
    """It is reported, and the webhook does not wait for ever."""
    world = World(answers=[])

    def broken(*arguments: Any) -> Any:
        raise ZeroDivisionError

    world.damage = broken
    world.outbox._damage = broken
    world.plans = [Plan(rule="s/r#1", retries=[], corrupt={"target": "webhook.body", "how": "x"})]
    (record,) = play(world)
    assert codes(record) == ["webhook.emulator-bug"]
    assert [type(each) for each in world.bugs] == [ZeroDivisionError]
