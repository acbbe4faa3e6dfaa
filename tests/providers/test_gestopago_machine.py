"""GestoPago: whatever is sold, confirmed and asked, and wherever the clock goes, nothing is undone.

The model is a second, simpler provider: a bag in cents, a set of paid bills, a list of sales and
the time that has passed. Each answer must be the one that the model expects.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from gestopago_world import World, alone, bill, code, pin, top_up, unverified, xml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from emulator.core.clock_change import ClockChange

pytestmark = pytest.mark.slow

DAY = 24 * 3600
COST = {"top_up": Decimal("47.50"), "pin": Decimal("97.00")}
MOVES = [1, 30, 62, 15 * 60, 3600, DAY, 2 * DAY, 3 * DAY]
REFERENCES = ["123456789012", "210987654321", "1" * 30]
UPCS = [f"upc-{number}" for number in range(6)]
HOUR = "20260301060000"


@dataclass
class Sale:
    """What the model keeps of a sale."""

    payload: dict[str, Any]
    number: str
    at: int
    confirmed: bool = False


class Shop(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world: World = alone()
        self.now = self.passed = 0  # seconds since noon; seconds that have passed
        self.bag = Decimal("200000.00")
        self.paid: set[str] = set()
        self.sales: list[Sale] = []
        self.claims: dict[tuple[str, ...], int] = {}
        self.tokens: list[list[Any]] = []  # token, issued at, the latest time since

    # --- what may happen

    @rule(seconds=st.sampled_from(MOVES), back=st.booleans())
    def move_clock(self, seconds: int, back: bool) -> None:
        moved = -seconds if back else seconds
        self.world.namespace.clock.change(ClockChange(advance=f"{moved}s"))
        self.now += moved
        self.passed += max(moved, 0)
        for token in self.tokens:
            token[2] = max(token[2], self.now)
        self.world.token = ""

    @rule()
    def log_in(self) -> None:
        token = json.loads(self.world.log_in().reply.body)["token"]
        self.tokens.append([token, self.now, self.now])

    @rule(phone=st.integers(0, 1), upc=st.sampled_from(UPCS))
    def sell_a_top_up(self, phone: int, upc: str) -> None:
        payload = top_up(phone, upc=upc)
        claims = {("top-up", payload["telefono"]): 15 * 60}
        self._sell(payload, claims, COST["top_up"])

    @rule(upc=st.sampled_from(UPCS))
    def sell_a_pin(self, upc: str) -> None:
        self._sell(pin(upc=upc), {}, COST["pin"])

    @rule(upc=st.sampled_from(UPCS), cents=st.integers(1000, 9000))
    def pay_an_unknown_bill(self, upc: str, cents: int) -> None:
        amount = Decimal(cents) / 100
        payload = unverified(upc=upc, referencia="A-1", montoPago=str(amount))
        self._sell(payload, {("bill", "38", "A-1"): DAY}, amount - Decimal("4.00"))

    @rule(reference=st.sampled_from(REFERENCES), upc=st.sampled_from(UPCS), wrong=st.booleans())
    def pay_a_bill(self, reference: str, upc: str, wrong: bool) -> None:
        owed = self._owed(reference)
        amount = (owed or Decimal("165.00")) + (Decimal("0.01") if wrong else 0)
        payload = bill(upc=upc, referencia=reference, montoPago=f"{amount:.2f}")
        refusal = ""
        if reference in self.paid:
            refusal = "gestopago.nothing-owed"
        elif wrong:
            refusal = "gestopago.amount-owed"
        claims = {("bill", "166", reference): DAY}
        if self._sell(payload, claims, amount - Decimal("5.84"), refusal):
            self.paid.add(reference)

    @precondition(lambda self: self.sales)
    @rule(nth=st.integers(0, 20), changed=st.sampled_from(["", "upc", "horaLocal", "telefono"]))
    def confirm(self, nth: int, changed: str) -> None:
        payload = dict(self.sales[nth % len(self.sales)].payload)
        if changed:
            payload[changed] = {"upc": "none", "horaLocal": "20260301060001"}.get(
                changed, "5500000000"
            )
        exchange = self.world.call("confirmTx", payload)
        answer = xml(exchange)
        same = [sale for sale in self.sales if sale.payload == payload]
        if same and self.passed - same[-1].at >= 62:
            assert (answer["CODIGO"], answer["ID_TX"]) == ("06", same[-1].number)
            same[-1].confirmed = True
        else:
            assert answer["CODIGO"] == "70"
            assert exchange.verdict == "refused"  # each is like a sale, and differs or is early
            assert exchange.diagnosis.hint
            assert not same or not same[-1].confirmed

    def _sell(
        self,
        payload: dict[str, Any],
        claims: dict[tuple[str, ...], int],
        cost: Decimal,
        refusal: str = "",
    ) -> bool:
        claims = {("upc", payload["upc"]): 2 * DAY, **claims}
        blocked = any(
            claim in self.claims and self.passed - self.claims[claim] < seconds
            for claim, seconds in claims.items()
        )
        exchange = self.world.call("sendTx", payload)
        if blocked:
            assert code(exchange).startswith("gestopago.duplicate-")
            assert xml(exchange)["ID_TX"] in {sale.number for sale in self.sales}
            return False
        assert code(exchange) == refusal
        if refusal:
            return False
        self.bag -= cost
        self.claims |= dict.fromkeys(claims, self.passed)
        self.sales.append(Sale(payload, xml(exchange)["ID_TX"], self.passed))
        return True

    def _owed(self, reference: str) -> Decimal:
        ask = {"idServicio": 166, "idProducto": 597, "referencia": reference}
        return Decimal(xml(self.world.call("verifyReference", ask))["SALDO"])

    # --- what must be so

    @invariant()
    def the_bag_has_every_cent(self) -> None:
        told = xml(self.world.call("getBalance"))["SALDO_F"]
        assert Decimal(told.replace(",", "")) == self.bag

    @invariant()
    def what_is_paid_stays_paid(self) -> None:
        for reference in REFERENCES:
            assert (self._owed(reference) == 0) == (reference in self.paid)

    @invariant()
    def no_number_is_given_twice(self) -> None:
        numbers = [sale.number for sale in self.sales]
        assert len(set(numbers)) == len(numbers)

    @invariant()
    def a_token_that_is_over_stays_over(self) -> None:
        mine = self.world.token
        for token, issued, latest in self.tokens:
            self.world.token = token
            exchange = self.world.call("sendEcho")
            if latest >= issued + DAY:
                assert exchange.verdict == "refused"
            else:
                early = self.now < issued
                assert code(exchange) == ("bearer.not-yet-valid" if early else "")
        self.world.token = mine


TestShop = Shop.TestCase
TestShop.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
