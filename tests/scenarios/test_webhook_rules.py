"""Rules about webhooks: what may be written, the plan it makes, and what a merchant then sees."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from emulator.cli import trigger as command
from emulator.emulator import Emulator
from emulator.faults.retry import Retry
from emulator.outbox import Plan
from emulator.provider import Delivery, Webhook
from emulator.scenario.loader import load
from emulator.scenario.webhook_plans import ReadyWebhookRule
from emulator.scenario.webhook_rules import WebhookRule

RULE = {"id": "r", "match": {"provider": "tesabiz", "event": "qrPagado"}}
URL = "http://shop.test/pagos"
ACKNOWLEDGED = json.dumps({"header": {"codReturn": "0", "txtReturn": "SUCCESS"}}).encode()


def rule(when: dict[str, Any] | None = None, **members: Any) -> WebhookRule:
    given = {"when": when} if when else {}
    return WebhookRule.model_validate({**RULE, **given, "do": members})


def plan(when: dict[str, Any] | None = None, **members: Any) -> Plan:
    return ReadyWebhookRule(rule(when, **members), "s").plan("s/r#1", lambda label: 0.25)


class TestForm:
    @pytest.mark.parametrize(
        ("members", "message"),
        [
            ({"deliver": "normal"}, "changes nothing"),
            ({}, "changes nothing"),
            ({"when": {"attempt": 2}, "delay": "1s"}, "'delay' is about the whole webhook"),
            ({"when": {"copy": 2}, "retry": {"attempts": 0}}, "'retry' is about the whole"),
            ({"when": {"attempt": 1}, "deliver": "before-response"}, "'deliver' is about the wh"),
            ({"when": {"copy": 2}, "deliver": "duplicate"}, "leave 'copy' out"),
            ({"when": {"attempt": 0}, "deliver": "drop"}, "greater than or equal to 1"),
            ({"when": {"copy": []}, "deliver": "drop"}, "at least 1 item"),
            ({"deliver": "reorder"}, "needs 'window'"),
            ({"deliver": "drop", "copies": 2}, "'copies' needs 'deliver: duplicate'"),
            ({"gap": "1s"}, "'gap' needs 'deliver: duplicate'"),
            ({"deliver": "duplicate", "window": 2}, "'window' needs 'deliver: reorder'"),
            ({"deliver": "before-response", "delay": "1s"}, "'delay' cannot go with"),
            ({"deliver": "reorder", "window": 2, "delay": "1s"}, "'delay' cannot go with"),
            ({"deliver": "duplicate", "copies": 1}, "greater than or equal to 2"),
            ({"deliver": "twice"}, "Input should be 'normal'"),
            ({"retry": {}}, "says nothing"),
            ({"retry": {"attempts": 2}}, "attempts needs 'backoff'"),
            ({"retry": {"attempts": 21, "backoff": ["1s"]}}, "less than or equal to 20"),
            ({"retry": {"until": "never"}}, "Input should be 'acked' or '2xx'"),
            ({"corrupt": {"target": "webhook.body", "how": "drop", "bytes": 2}}, "'bytes' says"),
        ],
        ids=lambda value: "" if isinstance(value, str) else "-".join(value) or "nothing",
    )
    def test_refused(self, members: dict[str, Any], message: str):
        with pytest.raises(ValidationError, match=message):
            rule(**members)

    @pytest.mark.parametrize(
        ("retry", "delays"),
        [
            ({"attempts": 0}, []),
            ({"until": "2xx"}, None),
            ({"backoff": ["1s", "5s", "30s"]}, [1.0, 6.0, 36.0]),
            ({"attempts": 1, "backoff": ["1s"]}, [1.0]),
            ({"attempts": 4, "backoff": ["1s", "5s"]}, [1.0, 6.0, 11.0, 16.0]),
        ],
        ids=["never", "own", "all", "as-many", "more"],
    )
    def test_retries_count_from_the_first_attempt(self, retry: Any, delays: Any):
        assert Retry.model_validate(retry).delays == delays

    def test_plan(self):
        made = plan(
            deliver="duplicate",
            copies=3,
            gap="40ms",
            delay={"uniform": ["1s", "5s"]},
            sign_with="rogue",
            corrupt={"target": "webhook.body", "how": "truncate", "bytes": 4},
            timestamp_offset="-10m",
            retry={"attempts": 1, "backoff": ["1s"], "until": "2xx"},
        )
        assert made == Plan(
            rule="s/r#1",
            deliver="duplicate",
            copies=3,
            gap_seconds=0.04,
            place=0.25,
            delay_seconds=2.0,
            sign_with="rogue",
            corrupt={"target": "webhook.body", "how": "truncate", "bytes": 4, "draw": 0.25},
            webhook_seconds=-600.0,
            retries=[1.0],
            until="2xx",
        )

    def test_in_words(self):
        """For `explain`, and for who reads the webhooks."""
        assert plan(deliver="duplicate", gap="40ms").in_words() == (
            "deliver: duplicate, copies: 2, gap: 0.04"
        )
        assert plan(deliver="reorder", window=4).in_words() == (
            "deliver: reorder, window: 4, place: 0.25"
        )
        assert plan(deliver="drop", retry={"attempts": 0}).in_words() == (
            "deliver: drop, retries: []"
        )


class Shop:
    """An emulator with a scenario, and a merchant in this process who acknowledges."""

    def __init__(self, *rules: str, seed: int = 3, more: str = "") -> None:
        self.slept: list[float] = []
        self.wall = 1_772_366_400.0
        self.emulator = Emulator(wall=lambda: self.wall, sleep=self.sleep)
        self.namespace = self.emulator.namespace("default")
        self.namespace.outbox._send = self.send
        self.got: list[Any] = []
        self.answer: Callable[[], Awaitable[bytes]] = self.acknowledge
        listed = "".join(
            f"  - {{ id: rule-{number}, match: {{ provider: tesabiz, event: qrPagado }},"
            f" {rule} }}\n"
            for number, rule in enumerate(rules)
        )
        text = f"scenario: test\nversion: 1\nseed: {seed}\n{more}webhooks:\n{listed}"
        self.load(text)

    def load(self, text: str) -> None:
        self.namespace.load(load(text, "test.yaml", self.emulator.providers))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def acknowledge(self) -> bytes:
        return ACKNOWLEDGED

    async def send(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        try:
            self.got.append(json.loads(delivery.body)["n"])
        except (ValueError, KeyError):
            self.got.append(delivery.body)
        return 200, await self.answer()

    def post(self, number: int) -> None:
        self.namespace.outbox.post(
            "tesabiz", Webhook("qrPagado", URL, {"n": number}, "B89", "plain")
        )

    async def over(self) -> None:
        for _ in range(20_000):
            if not self.namespace.outbox.waiting:
                return
            self.wall += 1.0
            self.namespace.outbox.wake()
            await asyncio.sleep(0)
        raise AssertionError("it never ended")

    def play(self, count: int) -> list[dict[str, Any]]:
        async def story() -> None:
            for number in range(1, count + 1):
                self.post(number)
            await self.over()

        asyncio.run(story())
        return self.namespace.outbox.records()


class TestRules:
    def test_each_on_its_hit(self):
        """The first that fires says how; each counts all that are for it."""
        shop = Shop(
            "when: { hits: [1] }, do: { deliver: drop, retry: { attempts: 1, backoff: [1s] } }",
            "when: { hits: [2] }, do: { deliver: duplicate, copies: 3, gap: 40ms }",
            "when: { hits: [1, 3] }, do: { deliver: drop, retry: { attempts: 0 } }",
        )
        first, second, third, fourth = shop.play(4)
        assert [each["rule"] for each in (first, second, third, fourth)] == [
            "test/rule-0#1",
            "test/rule-1#2",
            "test/rule-2#3",
            "",
        ]
        assert [each["diagnosis"] is None for each in first["attempts"]] == [False, True]
        assert len(second["attempts"]) == 3
        assert shop.slept == [0.04, 0.04]
        assert not third["acknowledged"]
        assert fourth["acknowledged"]
        assert sorted(shop.got) == [1, 2, 2, 2, 4]

    def test_shuffled_by_the_seed(self):
        """The same in two runs, another for another seed, never as they came."""
        orders = []
        for seed in (3, 3, 4, 5, 6):
            shop = Shop("do: { deliver: reorder, window: 6 }", seed=seed)
            assert all(each["acknowledged"] for each in shop.play(6))
            orders.append(tuple(shop.got))
        assert orders[0] == orders[1]
        assert len(set(orders)) > 2
        assert (1, 2, 3, 4, 5, 6) not in orders

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 2**32), window=st.integers(2, 5))
    def test_never_as_they_came(self, seed: int, window: int):
        shop = Shop(f"do: {{ deliver: reorder, window: {window} }}", seed=seed)
        shop.play(window)
        assert sorted(shop.got) == list(range(1, window + 1))
        assert shop.got != sorted(shop.got)

    def test_the_plan_outlives_the_scenario(self):
        """Unloaded, or its time up: who is on his way keeps to his plan."""
        shop = Shop(
            "when: { hits: [1] }, do: { delay: 10s, corrupt: { target: webhook.body, how: drop } }",
            "do: { deliver: reorder, window: 9 }",
        )

        async def story() -> None:
            shop.post(1)
            shop.post(2)
            shop.post(3)
            shop.namespace.unload()
            await shop.over()

        asyncio.run(story())
        assert shop.got == [2, 3, b""]
        assert shop.namespace.outbox.records()[0]["rule"] == "test/rule-0#1"

    def test_nothing_to_corrupt_is_told(self):
        shop = Shop("do: { corrupt: { target: webhook.jws.signature, how: drop } }")
        (record,) = shop.play(1)
        (attempt,) = record["attempts"]
        assert attempt["remark"]["code"] == "scenario.nothing-to-corrupt"
        assert shop.got == [1]

    def test_a_key_for_what_is_not_signed_is_told(self):
        """A plain webhook has no signature that a stranger could forge."""
        shop = Shop("do: { sign_with: rogue }")
        (record,) = shop.play(1)
        (attempt,) = record["attempts"]
        assert attempt["remark"]["code"] == "scenario.nothing-to-change"
        assert attempt["remark"]["received"] == "sign_with: rogue"

    def test_reset_gives_up_what_is_held(self):
        shop = Shop("do: { deliver: reorder, window: 9 }")

        async def story() -> None:
            shop.post(1)
            await shop.namespace.reset()
            shop.post(2)
            shop.namespace.unload()
            await shop.over()

        asyncio.run(story())
        assert shop.got == [2]


async def ask(shop: Shop, method: str, path: str, **more: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(shop.emulator.app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://localhost:8900", timeout=None
    ) as client:
        return await client.request(method, path, **more)


async def pay(shop: Shop) -> Any:
    """Have a QR made and paid: the provider posts the webhook within this exchange."""
    provider = shop.emulator.providers["tesabiz"]
    examples = {each.name: each for each in provider.examples}
    exchange = None
    for name in ("encript", "read", "pay"):
        request = examples[name].build(shop.namespace.contexts["tesabiz"])
        exchange = await shop.emulator.serve(shop.namespace, provider, request)
        assert not exchange.bug
    return exchange


def notified(shop: Shop) -> None:
    record = dict(shop.namespace.credentials("tesabiz")[0])
    context = shop.namespace.contexts["tesabiz"]
    key = next(key for key, each in context.store.table("credentials").items() if each == record)
    context.store.table("credentials").update(
        key, lambda each: {**each, "notify_url": URL, "notify_mode": "plain"}
    )


class TestBeforeResponse:
    def test_the_webhook_beats_the_answer(self):
        """The merchant has answered, and asked the emulator back, before the reply is out."""
        shop = Shop("do: { deliver: before-response }")
        notified(shop)
        order: list[str] = []

        async def handler() -> bytes:
            answer = await ask(shop, "GET", "/_emulator/webhooks")
            asked = await ask(shop, "GET", "/tesabiz/none")
            order.append(f"webhook {answer.status_code} {asked.status_code}")
            return ACKNOWLEDGED

        shop.answer = handler

        async def story() -> None:
            await pay(shop)
            order.append("reply")
            await shop.over()

        asyncio.run(story())
        assert order[0].startswith("webhook 200")
        assert order[1:] == ["reply"]
        assert shop.namespace.outbox.records()[0]["acknowledged"]

    def test_without_the_rule_the_reply_goes_first(self):
        shop = Shop("when: { hits: [9] }, do: { deliver: before-response }")
        notified(shop)

        async def story() -> None:
            await pay(shop)
            assert shop.got == []
            await shop.over()

        asyncio.run(story())
        assert len(shop.got) == 1

    def test_a_merchant_who_never_answers(self):
        """He is given up after a while, as ever; a reset before that lets the reply go."""
        shop = Shop("do: { deliver: before-response }")
        notified(shop)
        asked = asyncio.Event()

        async def never() -> bytes:
            asked.set()
            await asyncio.Event().wait()
            return b""

        shop.answer = never

        async def story() -> Any:
            paying = asyncio.create_task(pay(shop))
            await asked.wait()
            assert not paying.done()
            await shop.namespace.reset()
            return await paying

        assert asyncio.run(story()).reply.status == 200

    def test_a_client_who_leaves(self):
        """The exchange is over and in the journal, and the webhook goes on."""
        shop = Shop("do: { deliver: before-response }")
        notified(shop)
        asked, may_answer = asyncio.Event(), asyncio.Event()

        async def late() -> bytes:
            asked.set()
            await may_answer.wait()
            return ACKNOWLEDGED

        shop.answer = late

        async def story() -> None:
            paying = asyncio.create_task(pay(shop))
            await asked.wait()
            paying.cancel()
            await asyncio.wait([paying])
            may_answer.set()
            await shop.over()

        asyncio.run(story())
        assert len(shop.namespace.journal) == 3
        assert shop.namespace.journal.last.reply.status == 200
        assert shop.namespace.outbox.records()[0]["acknowledged"]


class TestTrigger:
    def made(self, shop: Shop, path: str) -> httpx2.Response:
        body = {"url": URL, "mode": "plain"}
        return asyncio.run(ask(shop, "POST", f"/_emulator/trigger/tesabiz/{path}", json=body))

    def test_copies(self):
        """In place of what the scenario says, and not counted by it."""
        shop = Shop("do: { deliver: drop }")
        record = self.made(shop, "qrPagado?copies=3").json()
        assert [each["copy"] for each in record["attempts"]] == [1, 2, 3]
        assert (record["rule"], record["plan"]) == ("trigger", "deliver: duplicate, copies: 3")
        assert shop.namespace.scenario.as_json()["webhooks"][0]["hits"] == 0

    def test_the_scenario_is_asked_else(self):
        record = self.made(Shop("do: { deliver: drop, retry: { attempts: 0 } }"), "qrPagado").json()
        assert record["attempts"][0]["diagnosis"]["code"] == "webhook.dropped"
        assert record["rule"] == "test/rule-0#1"
        assert record["plan"] == "deliver: drop, retries: []"

    def test_a_held_one_is_answered_for_at_once(self):
        record = self.made(Shop("do: { deliver: reorder, window: 4 }"), "qrPagado").json()
        assert record["held"] is True
        assert record["attempts"] == []

    @pytest.mark.parametrize(
        ("query", "status", "said"),
        [
            ("copies=0", 400, "copies: 0 is not"),
            ("copies=51", 400, "copies"),
            ("copies=x", 400, "copies"),
            (f"copies={'9' * 5000}", 400, "copies"),
            ("sign_with=rouge", 422, "did you mean 'rogue'"),
        ],
        ids=["none", "too-many", "no-number", "huge", "unknown-key"],
    )
    def test_refused(self, query: str, status: int, said: str):
        answer = self.made(Shop("do: { deliver: drop }"), f"qrPagado?{query}")
        assert (answer.status_code, said in answer.json()["error"]) == (status, True)

    def test_signed_by_a_stranger(self):
        record = self.made(Shop("do: { deliver: drop }"), "qrPagado?sign_with=rogue").json()
        assert record["plan"] == "sign_with: rogue"

    @pytest.mark.parametrize(
        ("arguments", "path", "query"),
        [
            (["tesabiz", "qrPagado"], "/trigger/tesabiz/qrPagado", {}),
            (["tesabiz.qrPagado", "--copies", "2"], "/trigger/tesabiz/qrPagado", {"copies": 2}),
            (
                ["pagsmile.payout.paid", "--sign-with", "rogue"],
                "/trigger/pagsmile/payout.paid",
                {"sign_with": "rogue"},
            ),
            (["tesabiz", "a/b"], "/trigger/tesabiz/a%2Fb", {}),
        ],
        ids=["two-words", "one-word", "dots", "odd"],
    )
    def test_command(self, arguments, path, query, monkeypatch):
        asked: list[Any] = []

        def call(root: str, method: str, path: str, *, query: Any, **more: Any) -> Any:
            asked.append((method, path, {name: value for name, value in query.items() if value}))
            attempt = {"status": 200, "diagnosis": None}
            return {"event": "e", "url": URL, "attempts": [attempt] * 2, "acknowledged": True}

        monkeypatch.setattr(command, "call", call)
        result = CliRunner().invoke(command.COMMAND, arguments)
        assert result.exit_code == 0
        assert result.output.splitlines() == [f"e -> {URL} 200 acknowledged"] * 2
        assert asked == [("POST", path, query)]

    def test_command_without_an_event(self):
        assert CliRunner().invoke(command.COMMAND, ["tesabiz"]).exit_code == 2
