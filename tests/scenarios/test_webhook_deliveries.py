"""Rules about some of the deliveries of a webhook: one attempt, one copy."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from playing import Play, played
from small_bank import findings_of, scenario

from emulator.outbox import Plan
from emulator.provider import Delivery, Webhook

MATCH = "match: {provider: pagsmile, event: payout.paid}"
TWICE = f"{{id: twice, {MATCH}, do: {{deliver: duplicate, copies: 3, gap: 40ms}}}}"


class Merchant:
    """A merchant in this process, who keeps what comes and answers as told."""

    def __init__(self, play: Play, *answers: int) -> None:
        self.play = play
        self.answers = list(answers)
        self.signatures: list[str] = []
        play.namespace.outbox._send = self.send

    async def send(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        self.signatures.append(dict(delivery.headers)["authorization"])
        status = self.answers.pop(0) if self.answers else 200
        return status, b"success" if status == 200 else b"error"

    async def paid(self, **content: Any) -> dict[str, Any]:
        """Have a payout paid, and let time pass until its webhook is over."""
        outbox = self.play.namespace.outbox
        key = self.play.namespace.credentials("pagsmile")[0]["app_id"]
        webhook = Webhook("payout.paid", "http://localhost/hook", {"id": "1", **content}, key)
        number = outbox.post("pagsmile", webhook)
        async with asyncio.timeout(30):  # the copies come in real time
            while outbox.waiting:
                await asyncio.sleep(0.001)
                self.play.advance("10m")
        record = outbox.one_as_json(int(number))
        assert record is not None
        return record


def story(*rules: str, more: str = "") -> str:
    listed = "".join(f"  - {rule}\n" for rule in rules)
    return f"scenario: test\nversion: 1\nseed: 3\n{more}webhooks:\n{listed}"


def codes(record: dict[str, Any]) -> list[str]:
    return [(each["diagnosis"] or {"code": ""})["code"] for each in record["attempts"]]


@played
async def test_the_second_copy_has_a_wrong_signature():
    play = Play(
        story(TWICE, f"{{id: wrong, {MATCH}, when: {{copy: 2}}, do: {{sign_with: rogue}}}}")
    )
    merchant = Merchant(play)
    record = await merchant.paid()
    one, two, three = merchant.signatures
    assert one == three != two
    assert [each["copy"] for each in record["attempts"]] == [1, 2, 3]
    assert record["rule"] == "test/twice#1, test/wrong#1"
    assert record["plan"] == "deliver: duplicate, copies: 3, gap: 0.04, (copy 2: sign_with: rogue)"


@played
async def test_the_third_attempt_is_lost():
    text = story(f"{{id: lost, {MATCH}, when: {{attempt: 3}}, do: {{deliver: drop}}}}")
    play = Play(text)
    merchant = Merchant(play, 500, 500, 200)
    record = await merchant.paid()
    assert codes(record)[2:] == ["webhook.dropped", ""]
    assert len(merchant.signatures) == 3
    assert play.namespace.scenario.fired("lost") == 1


@played
async def test_one_copy_of_one_attempt_is_lost():
    rule = f"{{id: lost, {MATCH}, when: {{attempt: 1, copy: [1, 3]}}, do: {{deliver: drop}}}}"
    record = await Merchant(Play(story(TWICE, rule))).paid()
    assert sorted((each["copy"], each["diagnosis"] is None) for each in record["attempts"]) == [
        (1, False),
        (2, True),
        (3, False),
    ]


@played
async def test_a_later_attempt_is_doubled():
    rule = f"{{id: r, {MATCH}, when: {{attempt: 2}}, do: {{deliver: duplicate, gap: 10ms}}}}"
    record = await Merchant(Play(story(rule)), 500).paid()
    assert [each.get("copy") for each in record["attempts"]] == [None, 1, 2]


@played
async def test_match_by_what_it_says_and_by_credential():
    text = story(
        "{id: big, match: {provider: pagsmile, payload: {/amount: {gt: 100}}},"
        " do: {deliver: drop}}",
        "{id: other, match: {provider: pagsmile, event: [payout.paid], credential: nobody},"
        " do: {deliver: drop}}",
    )
    merchant = Merchant(Play(text))
    assert codes(await merchant.paid(amount="99.00")) == [""]
    assert codes(await merchant.paid(amount="100.01")) == ["webhook.dropped", ""]


@played
async def test_steps():
    text = story(
        f"{{id: r, {MATCH}, repeat: loop,"
        " steps: [{do: {deliver: drop}}, {times: 2, do: {sign_with: rogue}}]}"
    )
    merchant = Merchant(Play(text))
    seen = [len(codes(await merchant.paid())) for _ in range(6)]
    assert seen == [2, 1, 1, 2, 1, 1]


@played
async def test_each_order_has_its_own_count():
    rule = f"{{id: r, {MATCH}, when: {{times: 1}}, do: {{deliver: drop}}}}"
    merchant = Merchant(Play(story(rule, more="scope: {payload: /order}\n")))
    seen = [len(codes(await merchant.paid(order=order))) for order in ("a", "b", "a", "b", "c")]
    assert seen == [2, 2, 1, 1, 2]


@played
async def test_a_queued_webhook_keeps_its_plan():
    play = Play(story(f"{{id: lost, {MATCH}, when: {{attempt: 2}}, do: {{deliver: drop}}}}"))
    merchant = Merchant(play, 500)
    webhook = Webhook("payout.paid", "http://localhost/hook", {"id": "1"}, "")
    number = play.namespace.outbox.post("pagsmile", webhook)
    play.namespace.unload()
    merchant.answers.append(500)
    record = play.namespace.outbox._table.get(number)
    assert Plan.from_record(json.loads(json.dumps(record["plan"]))).copies_at(2) == 0
    await play.namespace.close()


@pytest.mark.parametrize(
    ("old", "hint"),
    [
        ("provider: acme, event: paid, deliver: drop", "'provider'; it stands under 'match'"),
        ("provider: acme, event: paid, deliver: drop", "'event'; it stands under 'match'"),
        ("provider: acme, event: paid, deliver: drop", "'deliver'; it stands under 'do'"),
        ("match: {provider: acme}, sign_with: rogue", "'sign_with'; it stands under 'do'"),
    ],
)
def test_the_old_spelling_is_refused_with_the_new_one(old: str, hint: str):
    text = scenario("{id: a, match: {provider: acme}, do: {pass: true}}")
    found = findings_of(f"{text}webhooks:\n  - {{id: b, {old}}}\n")
    assert any(hint in line for line in found), found
