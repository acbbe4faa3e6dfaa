"""Placetopay: no sequence of calls brings a session into an impossible state or loses a payment."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from placetopay_shop import (
    APPROVED,
    CHALLENGED,
    DECLINED,
    LOGIN,
    PAYER,
    PENDING,
    Shop,
)

from emulator.provider import Refusal
from emulator.providers.placetopay.state import payer

pytestmark = pytest.mark.slow

POSSIBLE = {
    "PENDING PC",
    "PENDING PT",
    "APPROVED 00",
    "APPROVED_PARTIAL P0",
    "PARTIAL_EXPIRED PX",
    "REJECTED ?C",
    "REJECTED EX",
    "REJECTED MC",
    "REJECTED XN",
}
OPEN = {"PENDING PC", "PENDING PT", "APPROVED_PARTIAL P0"}
STEPS = {
    "PENDING PC": POSSIBLE,
    "PENDING PT": POSSIBLE - {"PENDING PC"},
    "APPROVED_PARTIAL P0": {"APPROVED_PARTIAL P0", "APPROVED 00", "PARTIAL_EXPIRED PX"},
}
CARDS = [APPROVED, DECLINED, PENDING, CHALLENGED, "4048370000000037", "4110760000000065"]
TOTAL = 10_000


class Checkout(RuleBasedStateMachine):
    sessions = Bundle("sessions")

    def __init__(self):
        super().__init__()
        self.shop = Shop(failed_attempts=3, settlement_hours=1)
        self.shop.site(LOGIN, allowed=["confirmation"])
        self.token = self.shop.token()
        self.shop.webhooks.clear()
        self.seen = {}  # requestId -> status as last seen
        self.final = {}  # requestId -> its query once final, but for what may change
        self.accepted = Counter()  # requestId -> attempts that were accepted
        self.refunded = Counter()  # internalReference -> sum
        self.collected = {}
        self.latest = {}  # session or payment -> the latest time that it has seen

    # --- what may happen

    @rule(
        target=sessions,
        partial=st.booleans(),
        kind=st.sampled_from(["", "checkin", "confirmation", "subscription"]),
    )
    def create(self, partial, kind):
        change = {}
        if kind == "subscription":
            request_id = self.shop.subscribe()
        else:
            if kind == "checkin":
                change, partial = {"type": "checkin"}, False
            if kind == "confirmation":
                change = {"metadata": {"requiresConfirmation": True}}
            request_id = self.shop.create(total=TOTAL, payment={"allowPartial": partial}, **change)
        self.seen[request_id] = "PENDING PC"
        return request_id

    @rule(session=sessions, card=st.sampled_from(CARDS), amount=st.none() | st.integers(0, TOTAL))
    def pay(self, session, card, amount):
        self._try(session, self.shop.pay, session, card, amount=amount)

    @rule(
        session=sessions,
        outcome=st.sampled_from(["approve", "decline", "pending", "challenge", "exception"]),
    )
    def pick(self, session, outcome):
        before = len(self._attempts(session))
        self._try(session, self.shop.choose, session, {"outcome": outcome})
        if len(self._attempts(session)) == before:  # it resolved one, or was refused
            self.accepted[session] = before

    @rule(session=sessions, otp=st.sampled_from(["12345", "0"]))
    def answer(self, session, otp):
        refused = self._refused(payer.answer_challenge, str(session), otp, self.shop.context)
        assert refused in ("", "placetopay.no-challenge")

    @rule(session=sessions)
    def give_up(self, session):
        refused = self._refused(payer.cancel_by_payer, str(session), self.shop.context)
        assert refused in ("", "placetopay.session-not-payable")

    @rule(session=sessions)
    def cancel(self, session):
        assert self.shop.exchange(f"/api/session/{session}/cancel").reply.status in (200, 400)

    @rule(session=sessions, seconds=st.sampled_from([1, 30, 300, 1500, 1800, 4000]))
    def wait(self, session, seconds):
        self._move(advance=f"{seconds}s")

    @rule(seconds=st.sampled_from([30, 1800]))
    def set_back(self, seconds):
        self._move(advance=f"-{seconds}s")

    @rule(seconds=st.sampled_from([31, 301, 1801, 90_000]), way=st.sampled_from([1, -1]))
    def there_and_back(self, seconds, way):
        """Nobody looks in between; what has happened stays happened."""
        self._move(advance=f"{way * seconds}s")
        self._move(advance=f"{-way * seconds}s")

    @rule(minutes=st.sampled_from([1, 31]))
    def pass_with_a_request_and_reset(self, minutes):
        """Time passes after a request is answered, then the clock returns to what it was."""
        now = self.shop.context.clock.now().isoformat()
        self._move(advance_per_request=f"{minutes}m")
        self.shop.exchange("/api/session/999999999")
        self._note_time()
        self._move(advance_per_request="0s", freeze=now)

    def _move(self, **change):
        self.shop.clock(**change)
        self._note_time()

    def _note_time(self):
        now = self.shop.context.clock.timestamp()
        for name in ("sessions", "payments"):
            for key in dict(self.shop.context.store.table(name, 100_000).items()):
                self.latest[name, key] = max(now, self.latest.get((name, key), now))

    @rule(
        session=sessions,
        action=st.sampled_from(["reverse", "checkout", "reauthorization", "confirm", "cancel"]),
        total=st.none() | st.integers(0, TOTAL),
        nth=st.integers(0, 3),
    )
    def act(self, session, action, total, nth):
        payments = self.shop.query(session)["payment"] or []
        if not payments:
            return
        reference = payments[nth % len(payments)]["internalReference"]
        body = {"action": action, "internalReference": reference}
        if total is not None:
            body["amount"] = {"currency": "COP", "total": total}
        exchange = self.shop.exchange("/api/transaction", body)
        assert exchange.reply.status in (200, 400)
        if action == "reverse" and exchange.reply.status == 200:
            given = exchange.reply.content["payment"]["amount"]["to"]["total"]
            assert given > 0
            self.refunded[reference] += given

    @rule(total=st.integers(1, 3), reference=st.sampled_from(["A", "B"]))
    def collect(self, total, reference):
        body = self.shop.post(
            "/api/collect",
            {
                "payer": PAYER,
                "payment": {
                    "reference": reference,
                    "amount": {"currency": "COP", "total": total},
                },
                "instrument": {"token": {"token": self.token["token"]}},
            },
        )
        assert body["status"]["status"] == "APPROVED"
        known = self.collected.setdefault((reference, total), [])
        if body["requestId"] not in known:
            known.append(body["requestId"])
            self.accepted[body["requestId"]] = 1
            self.seen[body["requestId"]] = "PENDING PC"

    @rule(session=consumes(sessions))
    def forget(self, session):
        """The merchant no longer asks about it; the invariants go on doing so."""

    def _try(self, session, call, *arguments, **named):
        self.accepted[session] += not self._refused(call, *arguments, **named)

    def _refused(self, call, *arguments, **named):
        """The code of the refusal, empty if there is none."""
        try:
            call(*arguments, **named)
        except Refusal as refused:
            return refused.diagnosis.code
        return ""

    def _attempts(self, session):
        record = self.shop.context.store.table("sessions").get(str(session))
        return record["attempts"]

    # --- what must be so

    def sessions_are_possible(self):
        for session, before in list(self.seen.items()):
            body = self.shop.query(session)
            status = f"{body['status']['status']} {body['status']['reason']}"
            assert status in POSSIBLE
            assert status in STEPS.get(before, {before}), (before, status)
            self.seen[session] = status
            payments = body["payment"] or []
            approved = [p for p in payments if p["status"]["status"] == "APPROVED"]
            waiting = [p for p in payments if p["status"]["status"].startswith("PENDING")]
            paid = sum(p["amount"]["to"]["total"] for p in approved)
            asked = body["request"].get("payment", {}).get("amount", {}).get("total")
            assert len(self._attempts(session)) == self.accepted[session]  # none is lost
            assert len(waiting) <= 1
            if asked is not None:
                assert paid <= asked
                assert (status == "APPROVED 00") == (paid == asked)
                assert (0 < paid < asked) == (
                    status in ("APPROVED_PARTIAL P0", "PARTIAL_EXPIRED PX")
                )
            else:
                assert (body["subscription"] is not None) == (status == "APPROVED 00")
            if status not in OPEN:
                assert not waiting
                frozen = [(p["internalReference"], p["status"]) for p in payments]
                assert self.final.setdefault(session, (status, frozen)) == (status, frozen)

    @invariant()
    def what_has_happened_stays_happened(self):
        self.sessions_are_possible()
        tables = [self.shop.context.store.table(name, 100_000) for name in ("sessions", "payments")]
        for key, session in tables[0].items():
            if self.latest.get(("sessions", key), 0) >= session["expires_at"]:
                waiting = [tables[1].get(str(number)) for number in session["attempts"][-1:]]
                assert (
                    f"{session['status']} {session['reason']}" not in OPEN or waiting[0]["due_at"]
                )
        for key, payment in tables[1].items():
            due = payment["due_at"]
            assert due is None or self.latest.get(("payments", key), 0) < due

    @invariant()
    def each_final_session_was_notified_once(self):
        self.sessions_are_possible()
        sent = Counter(webhook.content["requestId"] for webhook in self.shop.webhooks)
        assert sent == Counter(list(self.final))
        for webhook in self.shop.webhooks:
            status = webhook.content["status"]
            assert (
                f"{status['status']} {status['reason']}"
                == self.final[webhook.content["requestId"]][0]
            )

    @invariant()
    def no_more_is_refunded_than_was_held(self):
        table = self.shop.context.store.table("payments", 100_000)
        for reference, given in self.refunded.items():
            payment = table.get(str(reference))
            checkin = payment["checkin"]
            assert given == sum(total for _, total in payment["refunds"])
            assert given <= (checkin["total"] if checkin else payment["amount"]["total"])


TestCheckout = Checkout.TestCase
TestCheckout.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
