"""Pagsmile: no sequence of calls and clock moves makes or loses a cent, or takes an end back."""

from __future__ import annotations

import threading
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from pagsmile_merchant import NOW, Merchant, data

from emulator.core.clock_change import ClockChange
from emulator.core.errors import ConfigurationError
from emulator.emulator import Emulator
from emulator.provider import Context
from emulator.providers.pagsmile import ledger, state
from emulator.providers.pagsmile.webhooks import trigger

pytestmark = pytest.mark.slow

REJECT = "pagsmile_test_reject@pagsmile.com"
PAY = "pagsmile_test_paid@pagsmile.com"
OPEN = ["IN_PROCESSING", "PROCESSING"]
FINAL = ["PAID", "REJECTED", "REFUNDED", "PARTIAL_REFUNDED"]
STEPS = {
    "IN_PROCESSING": {*OPEN, *FINAL},
    "PROCESSING": {"PROCESSING", *FINAL},
    "PAID": {"PAID", "PARTIAL_REFUNDED", "REFUNDED"},
    "PARTIAL_REFUNDED": {"PARTIAL_REFUNDED", "REFUNDED"},
    "REJECTED": {"REJECTED"},
    "REFUNDED": {"REFUNDED"},
}
_MOVES = ["1s", "3s", "10m", "24h", "-1s", "-3s", "-10m", "-24h"]


class Payouts(RuleBasedStateMachine):
    """A merchant, its bank and somebody at the clock, in any order."""

    codes = Bundle("codes")

    def __init__(self) -> None:
        super().__init__()
        self.merchant = Merchant(Emulator(wall=lambda: float(NOW)))
        self.webhooks = self.merchant.listen()
        self.start = Decimal(self.merchant.balance())
        self.seen: dict[str, str] = {}
        self.taken: dict[str, Decimal] = {}
        self.ends: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.number = 0

    # --- what may happen

    @rule(
        target=codes,
        account=st.sampled_from([PAY, REJECT]),
        amount=st.sampled_from(["0.01", "0.03", "1", "10.07", "33.33"]),
        bearer=st.sampled_from(["merchant", "beneficiary"]),
        source=st.sampled_from(["USD", "BRL"]),
        kind=st.sampled_from(["arrival_amount", "source_amount"]),
    )
    def create(self, account: str, amount: str, bearer: str, source: str, kind: str) -> str:
        self.number += 1
        code = f"code_{self.number}"
        exchange = self.merchant.create(
            custom_code=code,
            account=account,
            amount=amount,
            fee_bear=bearer,
            source_currency=source,
            amount_type=kind,
            notify_url="http://127.0.0.1:9/",
        )
        if exchange.verdict == "accepted":
            self.taken[code] = Decimal(data(exchange)["source_amount"])
            self.seen[code] = "IN_PROCESSING"
        else:  # the fee eats up the amount
            assert exchange.diagnosis is not None
            assert exchange.diagnosis.code == "pagsmile.arrival-not-positive"
        return code

    @rule(code=codes)
    def retry(self, code: str) -> None:
        if code in self.taken:
            assert self.merchant.create(custom_code=code).verdict == "refused"

    @rule(code=codes, event=st.sampled_from(["paid", "rejected", "refunded", "partial_refunded"]))
    def decide(self, code: str, event: str) -> None:
        if code not in self.taken:
            return
        before = self._status(code)
        try:
            webhook = trigger(f"payout.{event}", {"custom_code": code}, self.merchant.context)
        except ConfigurationError:
            return
        self.told[f"{code} {webhook.content['status']}"] += before != webhook.content["status"]

    @rule(move=st.sampled_from(_MOVES))
    def move_clock(self, move: str) -> None:
        self.merchant.advance(move)

    @rule(change=st.sampled_from([{"reset": True}, {"freeze": "now"}, {"freeze": False}]))
    def set_clock(self, change: dict[str, Any]) -> None:
        self.merchant.namespace.clock.change(ClockChange(**change))

    @rule(offset=st.sampled_from(["+1h", "-1h", "0s"]))
    def shift_provider(self, offset: str) -> None:
        self.merchant.namespace.clock.change(ClockChange(offset=offset))

    @rule()
    def wake(self) -> None:
        self.merchant.wake()

    @rule()
    def race(self) -> None:
        """Four look at once: what is due ends once, and is told once."""
        _at_once(4, self.merchant.wake)

    def _status(self, code: str) -> str:
        record = state.find_by_code(self.merchant.app["app_id"], code, self.merchant.context)
        assert record is not None
        return state.stage(record, self.merchant.context).status

    # --- what must be so

    @invariant()
    def no_step_back(self) -> None:
        for code, before in self.seen.items():
            now = self.merchant.status(custom_code=code)["status"]
            assert now in STEPS[before], (before, now)
            self.seen[code] = now

    @invariant()
    def every_cent_is_there(self) -> None:
        self.no_step_back()
        held = ledger.balances(self.merchant.app["app_id"], self.merchant.context)
        for currency in ("USD", "BRL"):
            out = Decimal(0)
            for record in _records(self.merchant.context):
                if record["source_currency"] != currency:
                    continue
                taken, back = Decimal(record["source_amount"]), Decimal(record["given_back"])
                assert 0 <= back <= taken
                if record["final"] == "REFUNDED":
                    assert back == taken
                    assert record["refunded"] == record["arrival_amount"]
                out += Decimal(0) if record["final"] == "REJECTED" else taken - back
            assert Decimal(held[currency]) == self.start - out
            assert Decimal(held[currency]).as_tuple().exponent >= -2

    @invariant()
    def each_end_is_told_once(self) -> None:
        self.no_step_back()
        told = Counter(webhook.content["payoutId"] for webhook in self.webhooks)
        assert all(count == 1 for count in told.values())
        for record in _records(self.merchant.context):
            by_trigger = any(
                self.told[f"{record['custom_code']} {status}"] for status in ("PAID", "REJECTED")
            )
            ended = record["final"] != ""
            assert told[record["id"]] == (ended and not by_trigger)


TestPayouts = Payouts.TestCase
TestPayouts.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.slow
def test_money_at_once() -> None:
    """Creates, triggers, wakes and clock moves in eight threads: the books balance in the end."""
    merchant = Merchant(Emulator(wall=lambda: float(NOW)))
    webhooks = merchant.listen()
    context = merchant.context
    start = Decimal(merchant.balance("BRL"))
    for number in range(60):
        account = REJECT if number % 2 else PAY
        data(
            merchant.create(
                custom_code=f"code_{number}",
                account=account,
                source_currency="BRL",
                notify_url="http://127.0.0.1:9/",
            )
        )

    def turmoil() -> None:
        for number in range(60):
            merchant.namespace.clock.change(ClockChange(advance="2s" if number % 3 else "-3s"))
            merchant.wake()
            for event in ("paid", "rejected", "partial_refunded", "refunded"):
                try:
                    trigger(f"payout.{event}", {"custom_code": f"code_{number}"}, context)
                except ConfigurationError:
                    continue

    _at_once(8, turmoil)
    records = _records(context)
    assert all(record["final"] in ("REJECTED", "REFUNDED") for record in records)
    assert Decimal(merchant.balance("BRL")) == start
    told = Counter(webhook.content["payoutId"] for webhook in webhooks)
    assert all(count == 1 for count in told.values())


def test_a_rejected_payout_stays_rejected() -> None:
    """The clock goes back after the money came back: it comes back once."""
    merchant = Merchant(Emulator(wall=lambda: float(NOW)))
    before = merchant.balance()
    merchant.created(account=REJECT)
    merchant.advance("1m")
    assert merchant.balance() == before
    merchant.advance("-1m")
    assert merchant.status(custom_code="code_1")["status"] == "REJECTED"
    with pytest.raises(ConfigurationError, match="REJECTED"):
        trigger("payout.paid", {"custom_code": "code_1"}, merchant.context)
    trigger("payout.rejected", {"custom_code": "code_1"}, merchant.context)  # told once more
    merchant.advance("1m")
    assert merchant.balance() == before


def _records(context: Context[Any]) -> list[dict[str, Any]]:
    return [record for _, record in state.payouts(context).items()]


def _at_once(number: int, work: Any) -> None:
    errors: list[BaseException] = []
    gate = threading.Barrier(number)

    def run() -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
