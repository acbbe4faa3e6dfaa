"""Placetopay: how a session lives, and what a query shows of it at each step."""

from __future__ import annotations

import asyncio
import json
import re

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placetopay_shop import (
    APPROVED,
    BASE,
    CHALLENGED,
    DATE,
    DECLINED,
    PAYER,
    PENDING,
    Shop,
    refusal,
)

from emulator.client import AsyncPlacetopay
from emulator.provider import Refusal
from emulator.providers.placetopay.message.money import added, number
from emulator.providers.placetopay.message.person import DOCUMENTS
from emulator.providers.placetopay.state import payer
from emulator.providers.placetopay.state.people import international, invent
from emulator.providers.placetopay.state.sessions import page_code

OK, NO = "APPROVED 00", "REJECTED 05"
CLOSED = "placetopay.session-not-payable"


def cancel_by_payer(shop, request_id):
    return payer.cancel_by_payer(str(request_id), shop.context)


def challenge(shop, request_id, otp="12345"):
    return payer.answer_challenge(str(request_id), otp, shop.context)


# The whole of an answer -------------------------------------------------------------------


def test_query_of_a_paid_session_is_exact(shop):
    """
    Every member, its type and its place, as recorded.
    """
    request_id = shop.create()
    shop.pay(request_id, APPROVED)
    body = shop.query(request_id)
    payment = body["payment"][0]
    fields = {each["keyword"]: each["value"] for each in payment["processorFields"]}
    code = page_code(request_id, shop.context)
    assert json.dumps(body) == json.dumps(
        {
            "requestId": request_id,
            "status": {
                "status": "APPROVED",
                "reason": "00",
                "message": "La petición ha sido aprobada exitosamente",
                "date": DATE,
            },
            "request": {
                "locale": "es_CO",
                "payer": {**PAYER, "mobile": "+573006108300"},
                "payment": {
                    "reference": "ORDER-1",
                    "description": "Dos cafés",
                    "amount": {"currency": "COP", "total": 12000},
                    "allowPartial": False,
                    "subscribe": False,
                },
                "fields": [
                    {
                        "keyword": "_processUrl_",
                        "value": f"{BASE}/spa/session/{request_id}/{code}",
                        "displayOn": "none",
                    },
                    {"keyword": "_session_", "value": request_id, "displayOn": "none"},
                ],
                "returnUrl": "https://shop.test/return?order=1",
                "ipAddress": "::1",
                "userAgent": "Mozilla/5.0",
            },
            "payment": [
                {
                    "amount": {
                        "to": {"total": 12000, "currency": "COP"},
                        "from": {"total": 12000, "currency": "COP"},
                        "factor": 1,
                    },
                    "status": {
                        "date": DATE,
                        "reason": "00",
                        "status": "APPROVED",
                        "message": "Aprobada -",
                    },
                    "receipt": payment["receipt"],
                    "refunded": False,
                    "franchise": "CR_VS",
                    "reference": "ORDER-1",
                    "issuerName": "BANCO DE GUAYAQUIL, S.A.",
                    "authorization": payment["authorization"],
                    "paymentMethod": "visa",
                    "processorFields": [
                        {"value": value, "keyword": keyword, "displayOn": "none"}
                        for keyword, value in {
                            "merchantCode": "011271442",
                            "terminalNumber": "00057742",
                            "bin": "411076",
                            "expiration": "1229",
                            "installments": 1,
                            "lastDigits": "0081",
                            "id": fields["id"],
                            "b24": "000",
                        }.items()
                    ],
                    "internalReference": payment["internalReference"],
                    "paymentMethodName": "Visa",
                }
            ],
            "subscription": None,
        }
    )
    assert payment["receipt"].isdigit()
    assert len(payment["receipt"]) == 12
    assert len(payment["authorization"]) == 6
    assert len(fields["id"]) == 32
    assert type(payment["internalReference"]) is int


def test_unknown_issuer_is_left_out(shop):
    """
    Not null: absent.
    """
    request_id = shop.create()
    shop.pay(request_id, DECLINED)
    payment = shop.query(request_id)["payment"][0]
    assert "issuerName" not in payment
    assert payment["authorization"] == "000000"
    assert payment["processorFields"][-1]["value"] == "050"


def test_newest_payment_first(shop):
    """
    Rejected ones are listed too, each at its own time; the session's status is dated now.
    """
    request_id = shop.create()
    shop.pay(request_id, DECLINED)
    shop.advance(60)
    shop.pay(request_id, APPROVED)
    shop.advance(60)
    body = shop.query(request_id)
    dates = [each["status"]["date"] for each in body["payment"]]
    assert dates == ["2026-01-31T09:57:06-05:00", DATE]
    assert body["status"]["date"] == "2026-01-31T09:58:06-05:00"
    assert shop.attempts(request_id) == [OK, NO]


def test_fields_appear_with_the_visit(shop):
    """
    Until the payer comes the merchant's own fields stand alone.
    """
    own = {"keyword": "order", "value": 7, "displayOn": "none"}
    request_id = shop.create(fields=[own])
    assert shop.query(request_id)["request"]["fields"] == [own]
    shop.view(request_id)
    fields = shop.query(request_id)["request"]["fields"]
    assert [each["keyword"] for each in fields] == ["order", "_processUrl_", "_session_"]
    shop.view(request_id)
    assert shop.query(request_id)["request"]["fields"] == fields
    assert list(shop.query(request_id)["request"]) == [
        "locale",
        "payment",
        "fields",
        "returnUrl",
        "ipAddress",
        "userAgent",
    ]
    shop.pay(request_id)
    assert list(shop.query(request_id)["request"])[:3] == ["locale", "payer", "payment"]


def test_messages_in_english(shop):
    """
    An English session speaks English, its payments too.
    """
    request_id = shop.create(locale="en_US")
    shop.pay(request_id, DECLINED)
    body = shop.query(request_id)
    assert body["status"]["message"] == "The request is pending"
    assert body["payment"][0]["status"]["message"].startswith("Declined")
    shop.pay(request_id, APPROVED)
    assert shop.query(request_id)["status"]["message"] == (
        "The request has been successfully approved"
    )


# Attempts ---------------------------------------------------------------------------------


def test_rejected_attempt_leaves_it_open(shop):
    """
    PENDING PC, then PT, until the payer succeeds.
    """
    request_id = shop.create()
    assert shop.status(request_id) == "PENDING PC"
    assert shop.query(request_id)["payment"] is None
    shop.pay(request_id, DECLINED)
    assert shop.status(request_id) == "PENDING PT"
    shop.pay(request_id, APPROVED)
    assert shop.status(request_id) == OK


@pytest.mark.parametrize("limit", [1, 3])
def test_attempts_limit(limit):
    """
    So many rejected attempts end it; exceptions do not count.
    """
    shop = Shop(failed_attempts=limit)
    request_id = shop.create()
    shop.pay(request_id, "4110760000000065")
    for _ in range(limit):
        assert shop.status(request_id) == "PENDING PT"
        shop.pay(request_id, DECLINED)
    assert shop.status(request_id) == "REJECTED XN"
    assert len(shop.attempts(request_id)) == limit + 1
    assert refusal(shop.pay, request_id).code == CLOSED


def test_attempts_limit_of_a_partly_paid_session():
    """
    PARTIAL_EXPIRED PX: something was paid.
    """
    shop = Shop(failed_attempts=1)
    request_id = shop.create(payment={"allowPartial": True})
    shop.pay(request_id, amount=5000)
    shop.pay(request_id, DECLINED)
    assert shop.status(request_id) == "PARTIAL_EXPIRED PX"


@pytest.mark.parametrize("number", [PENDING, CHALLENGED])
def test_one_payment_at_a_time(shop, number):
    """
    While one is in process there is no other, and the merchant cannot cancel.
    """
    request_id = shop.create()
    shop.pay(request_id, number)
    assert refusal(shop.pay, request_id).code == CLOSED
    assert shop.refused(f"/api/session/{request_id}/cancel") == (
        "placetopay.session-not-pending",
        400,
        "action_not_allowed",
        "No se pueden cancelar sesiones que no están pendientes.",
    )
    assert len(shop.attempts(request_id)) == 1


def test_paid_session_cannot_be_paid_again(shop):
    """
    Nor cancelled, by anyone.
    """
    request_id = shop.create()
    shop.pay(request_id)
    assert refusal(shop.pay, request_id).code == CLOSED
    assert refusal(cancel_by_payer, shop, request_id).code == CLOSED
    assert shop.refused(f"/api/session/{request_id}/cancel")[0] == "placetopay.session-not-pending"


def test_challenge_then_pending(shop):
    """
    P→A behind a challenge: first the OTP, then the time.
    """
    request_id = shop.create()
    shop.pay(request_id, "4110760000000032")
    shop.advance(60)
    assert shop.attempts(request_id) == ["PENDING ?-"]
    challenge(shop, request_id)
    assert shop.view(request_id)["challenge"] is None
    shop.advance(29)
    assert shop.attempts(request_id) == ["PENDING ?-"]
    shop.advance(1)
    assert shop.status(request_id) == OK


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("approve", OK),
        ("decline", NO),
        ("pending", "PENDING ?-"),
        ("pending-approve", "PENDING ?-"),
        ("pending-decline", "PENDING ?-"),
        ("challenge", "PENDING ?-"),
        ("exception", "FAILED XH"),
    ],
)
def test_outcomes_of_the_drawer(shop, outcome, expected):
    """
    Each does what it says, with a payer invented.
    """
    request_id = shop.create()
    shop.choose(request_id, {"outcome": outcome})
    assert shop.attempts(request_id) == [expected]
    person = shop.query(request_id)["request"]["payer"]
    assert list(person) == ["document", "documentType", "name", "surname", "email", "mobile"]


@pytest.mark.parametrize(("outcome", "expected"), [("approve", OK), ("decline", NO)])
def test_outcome_resolves_what_is_in_process(shop, outcome, expected):
    """
    A tester need not wait.
    """
    request_id = shop.create()
    shop.choose(request_id, {"outcome": "pending"})
    shop.choose(request_id, {"outcome": outcome})
    assert shop.attempts(request_id) == [expected]
    shop.advance(301)
    assert shop.attempts(request_id) == [expected]


def test_date_of_a_payment_that_resolved_alone(shop):
    """
    The moment at which it did, whenever somebody looks; setting the clock back changes nothing.
    """
    request_id = shop.create()
    shop.pay(request_id, PENDING)
    shop.advance(1000)
    assert shop.query(request_id)["payment"][0]["status"]["date"] == "2026-01-31T09:56:36-05:00"
    shop.clock(freeze="2026-01-31T14:56:06Z")
    assert shop.status(request_id) == OK


# The end ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [None, DECLINED, CHALLENGED])
def test_payer_cancels(shop, first):
    """
    REJECTED ?C, also after a declined attempt; a challenge is aborted with it.
    """
    request_id = shop.create()
    if first:
        shop.pay(request_id, first)
    cancel_by_payer(shop, request_id)
    status = shop.query(request_id)["status"]
    assert (status["status"], status["reason"]) == ("REJECTED", "?C")
    assert status["message"] == "La petición ha sido cancelada por el usuario"
    expected = {None: [], DECLINED: [NO], CHALLENGED: ["REJECTED ?C"]}[first]
    assert shop.attempts(request_id) == expected
    assert refusal(shop.pay, request_id).code == CLOSED


def test_payer_cannot_cancel_what_is_in_process(shop):
    """
    The bank has it.
    """
    request_id = shop.create()
    shop.pay(request_id, PENDING)
    assert refusal(cancel_by_payer, shop, request_id).code == CLOSED
    shop.advance(30)
    assert shop.status(request_id) == OK


def test_leaving_a_challenge_can_be_one_attempt_too_many():
    """
    Then the limit ends the session, not the payer.
    """
    shop = Shop(failed_attempts=1)
    request_id = shop.create()
    shop.pay(request_id, CHALLENGED)
    assert cancel_by_payer(shop, request_id)["status"] == "REJECTED"
    assert shop.status(request_id) == "REJECTED XN"


@pytest.mark.parametrize("first", [None, DECLINED, CHALLENGED])
def test_expiration(shop, first):
    """
    REJECTED EX at its moment.
    """
    request_id = shop.create()
    if first:
        shop.pay(request_id, first)
    shop.advance(1799)
    assert shop.status(request_id).startswith("PENDING")
    shop.advance(1)
    assert shop.status(request_id) == "REJECTED EX"
    assert refusal(shop.pay, request_id).code == CLOSED
    assert refusal(challenge, shop, request_id).code == "placetopay.no-challenge"


@pytest.mark.parametrize(
    ("number", "expected"), [("4110760000000024", OK), ("4110760000000115", "REJECTED EX")]
)
def test_payment_in_process_outlives_the_expiration(shop, number, expected):
    """
    What the bank approves late is not lost; what it declines late ends the session.
    """
    request_id = shop.create()
    shop.advance(1790)
    shop.pay(request_id, number)
    shop.advance(60)
    assert shop.status(request_id) == "PENDING PT"
    shop.advance(120)
    assert shop.status(request_id) == expected


def test_rejected_while_nobody_looked(shop):
    """
    First the payment resolves, then the time is up.
    """
    request_id = shop.create()
    shop.pay(request_id, PENDING)
    shop.advance(7200)
    assert (shop.status(request_id), shop.attempts(request_id)) == (OK, [OK])


def test_merchant_cancels_after_a_declined_attempt(shop):
    """
    REJECTED MC, the attempt still listed.
    """
    request_id = shop.create()
    shop.pay(request_id, DECLINED)
    body = shop.cancel(request_id)
    assert body["session"]["status"]["reason"] == "MC"
    assert shop.attempts(request_id) == [NO]


# Partial payments -------------------------------------------------------------------------


def test_partial_payments(shop):
    """
    APPROVED_PARTIAL until the total is reached.
    """
    request_id = shop.create(payment={"allowPartial": True})
    shop.pay(request_id, amount=5000)
    assert shop.status(request_id) == "APPROVED_PARTIAL P0"
    view = shop.view(request_id)
    assert (view["paid"], view["remaining"], view["minimum"]) == (5000, 7000, 1)
    shop.pay(request_id, DECLINED, amount=7000)
    assert shop.status(request_id) == "APPROVED_PARTIAL P0"
    shop.pay(request_id, "5367680000000005")
    assert shop.status(request_id) == OK
    totals = [each["amount"]["to"]["total"] for each in shop.query(request_id)["payment"]]
    assert totals == [7000, 7000, 5000]


@pytest.mark.parametrize("end", ["expire", "cancel"])
def test_partly_paid_session_ends(shop, end):
    """
    PARTIAL_EXPIRED PX, whether the time is up or the payer gives up; the merchant cannot cancel.
    """
    request_id = shop.create(payment={"allowPartial": True})
    shop.pay(request_id, amount=5000)
    assert shop.refused(f"/api/session/{request_id}/cancel")[0] == "placetopay.session-not-pending"
    if end == "expire":
        shop.advance(1800)
    else:
        cancel_by_payer(shop, request_id)
    status = shop.query(request_id)["status"]
    assert (status["status"], status["reason"]) == ("PARTIAL_EXPIRED", "PX")
    assert status["message"] == "La petición esta expirada o cancelada y se han realizado pagos"


@pytest.mark.parametrize("amount", [0, 0.5, 12000.01, 12001, -1, "x", True, [], 10**13])
def test_amount_out_of_range(shop, amount):
    """
    From 1 to what is left.
    """
    request_id = shop.create(payment={"allowPartial": True})
    if amount == []:
        shop.pay(request_id, amount=amount)  # empty is absent: all of it
        return
    diagnosis = refusal(shop.pay, request_id, amount=amount)
    assert (diagnosis.where, diagnosis.code[:17]) == ("body.amount", "placetopay.field-")


def test_part_of_a_payment_that_may_not_be_parted(shop):
    """
    Refused; the whole by its number is not.
    """
    request_id = shop.create()
    assert refusal(shop.pay, request_id, amount=5000).code == "placetopay.field-value"
    shop.pay(request_id, amount="12000")
    assert shop.status(request_id) == OK


@given(
    parts=st.lists(st.decimals("0.01", "99.99", places=2), min_size=1, max_size=8),
    left=st.decimals("0.01", "99.99", places=2),
)
@settings(max_examples=30, deadline=None)
def test_cents_add_up(parts, left):
    """
    However a total is parted, the last part leaves nothing.
    """
    parts = [part + 1 for part in parts]
    total = number(sum(parts) + left + 1)
    shop = Shop(notified=False)
    request_id = shop.create(total=total, currency="USD", payment={"allowPartial": True})
    for part in parts:
        shop.pay(request_id, amount=float(part))
    assert shop.status(request_id) == "APPROVED_PARTIAL P0"
    shop.pay(request_id)
    assert shop.status(request_id) == OK
    paid = [each["amount"]["to"]["total"] for each in shop.query(request_id)["payment"]]
    assert number(added(paid)) == total


# What is paid for -------------------------------------------------------------------------


def test_subscription(shop):
    """
    A card is stored, nothing is paid: the instrument in its order.
    """
    request_id = shop.subscribe()
    shop.pay(request_id, DECLINED)
    body = shop.query(request_id)
    assert (shop.status(request_id), body["payment"], body["subscription"]) == (
        "PENDING PT",
        None,
        None,
    )
    shop.pay(request_id, "4111111111111111")
    body = shop.query(request_id)
    assert body["payment"] is None
    stored = body["subscription"]
    assert list(stored) == ["type", "status", "instrument"]
    assert stored["type"] == "token"
    assert stored["status"] == {
        "status": "OK",
        "reason": "00",
        "message": "La petición se ha procesado correctamente",
        "date": DATE,
    }
    values = {each["keyword"]: each["value"] for each in stored["instrument"]}
    assert list(stored["instrument"][0]) == ["keyword", "value", "displayOn"]
    assert len(values["token"]) == 64
    assert len(values["subtoken"]) == 16
    assert values["subtoken"].endswith("1111")
    del values["token"], values["subtoken"]
    assert list(values.items()) == [
        ("franchise", "visa"),
        ("franchiseName", "Visa"),
        ("issuerName", "JPMORGAN CHASE BANK, N.A."),
        ("lastDigits", "1111"),
        ("validUntil", "2029-12-31"),
        ("installments", None),
    ]


def test_cancelled_subscription(shop):
    """
    REJECTED ?C, and subscription null.
    """
    request_id = shop.subscribe()
    cancel_by_payer(shop, request_id)
    assert shop.status(request_id) == "REJECTED ?C"
    assert shop.query(request_id)["subscription"] is None


def test_pending_subscription(shop):
    """
    The card is stored once the bank says so.
    """
    request_id = shop.subscribe()
    shop.pay(request_id, PENDING)
    assert shop.query(request_id)["subscription"] is None
    shop.advance(30)
    assert shop.query(request_id)["subscription"]["type"] == "token"


@pytest.mark.parametrize("number", [APPROVED, DECLINED])
def test_payment_that_subscribes(shop, number):
    """
    Both payment and subscription, or neither.
    """
    request_id = shop.create(payment={"subscribe": True})
    shop.pay(request_id, number)
    body = shop.query(request_id)
    assert (body["subscription"] is not None) is (number == APPROVED)
    assert len(body["payment"]) == 1


def test_autopay(shop):
    """
    payment and subscription null, autopay a list once a card is stored.
    """
    recurring = {
        "type": "TOTAL_BALANCE",
        "periodicity": "M",
        "interval": 1,
        "nextPayment": "2026-02-28",
    }
    autopay = {
        "action": "CREATE",
        "reference": "A-1",
        "description": "Luz",
        "dueDay": 5,
        "recurring": recurring,
    }
    message = shop.message(type="autopay", autopay=autopay)
    del message["payment"]
    request_id = shop.post("/api/session", message)["requestId"]
    assert shop.query(request_id)["autopay"] is None
    shop.pay(request_id)
    body = shop.query(request_id)
    assert (body["payment"], body["subscription"]) == (None, None)
    assert list(body["autopay"][0]) == ["id", "status", "instrument"]
    assert shop.view(request_id)["type"] == "autopay"


def test_recurring_stores_a_card_in_silence(shop):
    """
    The request is echoed; subscription stays null.
    """
    recurring = {"periodicity": "M", "interval": 1, "maxPeriods": -1}
    request_id = shop.create(payment={"recurring": recurring})
    shop.pay(request_id)
    body = shop.query(request_id)
    assert body["request"]["payment"]["recurring"] == recurring
    assert body["subscription"] is None
    assert shop.view(request_id)["tokens"]


def test_dispersion(shop):
    """
    The parts stand in the payment, each with its own number.
    """
    parts = [
        {
            "amount": {"currency": "COP", "total": 5000},
            "agreement": "1",
            "agreementType": "MERCHANT",
        },
        {"amount": {"currency": "COP", "total": 7000}},
    ]
    request_id = shop.create(payment={"dispersion": parts})
    shop.pay(request_id)
    payment = shop.query(request_id)["payment"][0]
    first, second = payment["dispersion"]
    assert set(first) == {
        "status",
        "internalReference",
        "amount",
        "authorization",
        "receipt",
        "franchise",
        "refunded",
        "agreement",
        "agreementType",
    }
    assert first["agreement"] == 1
    assert "agreement" not in second
    assert first["amount"]["to"]["total"] + second["amount"]["to"]["total"] == 12000
    numbers = {each["internalReference"] for each in (payment, first, second)}
    assert len(numbers) == 3


# Choosing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "methods", "refused"),
    [
        (None, ["card", "bank", "token"], []),
        ("visa,master", ["card", "token"], ["bank", "diners"]),
        ("pse", ["bank"], ["card"]),
        ("diners", ["card", "token"], ["bank", "visa"]),
        ("_PSE_", ["bank"], ["card"]),
        ("_PSE_,CR_VS", ["card", "bank", "token"], ["diners"]),
        ("ID_DN", ["card", "token"], ["bank", "visa"]),
    ],
)
def test_methods_are_restricted(shop, codes, methods, refused):
    """
    What paymentMethod leaves out is not offered, and refused.
    """
    request_id = shop.create(paymentMethod=codes)
    assert shop.view(request_id)["methods"] == methods
    choices = {
        "bank": {"method": "bank", "bank": "1022"},
        "card": {"method": "card", "card": {}},
    }
    cards = {"visa": APPROVED, "diners": "36545400000008"}
    for name in refused:
        if name in cards:
            assert refusal(shop.pay, request_id, cards[name]).where == "body.card"
        else:
            assert refusal(shop.choose, request_id, choices[name]).where == "body.method"


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        ({}, "body.method"),
        ({"method": "cash"}, "body.method"),
        ({"method": 1}, "body.method"),
        ({"outcome": "win"}, "body.outcome"),
        ({"method": "card"}, "body.card"),
        ({"method": "card", "card": "4110"}, "body.card"),
        ({"method": "bank"}, "body.bank"),
        ({"method": "bank", "bank": "9"}, "body.bank"),
        ({"method": "token"}, "body.subtoken"),
        ({"method": "token", "subtoken": "9" * 16, "cvv": "123"}, "body.subtoken"),
        ({"outcome": "approve", "payer": {"name": "Ana"}}, "body.payer.surname"),
        ({"outcome": "approve", "payer": "Ana"}, "body.payer"),
        ({"outcome": "approve", "payer": {**PAYER, "email": "no"}}, "body.payer.email"),
        ({"outcome": "approve", "payer": {**PAYER, "document": "x"}}, "body.payer.document"),
        ({"outcome": "approve", "payer": {**PAYER, "name": APPROVED}}, "body.payer.name"),
    ],
    ids=str,
)
def test_choice_that_is_wrong(shop, choice, where):
    """
    The member is named, and no attempt is made.
    """
    request_id = shop.create()
    assert refusal(shop.choose, request_id, choice).where == where
    assert shop.status(request_id) == "PENDING PC"


@pytest.mark.parametrize("call", ["pay", "challenge", "cancel"])
def test_payer_of_no_session(shop, call):
    """
    There is none.
    """
    calls = {
        "pay": lambda: shop.choose("99", {"outcome": "approve"}),
        "challenge": lambda: challenge(shop, "99"),
        "cancel": lambda: cancel_by_payer(shop, "99"),
    }
    assert refusal(calls[call]).code == "placetopay.session-unknown"
    assert payer.visit("99", shop.context) is None


def test_payer_of_the_request_counts(shop):
    """
    Forced members stay, others are filled in; what was typed at a first attempt can be corrected.
    """
    request_id = shop.create(payer={"name": "Eva", "surname": "Ruiz", "document": "123456"})
    assert shop.view(request_id)["payer"]["locked"] is True
    shop.pay(request_id, DECLINED)
    person = shop.query(request_id)["request"]["payer"]
    assert (person["name"], person["document"], person["email"]) == (
        "Eva",
        "123456",
        "ana@example.com",
    )
    shop.pay(request_id, payer={**PAYER, "email": "eva@example.com"})
    assert shop.query(request_id)["request"]["payer"]["email"] == "eva@example.com"


def test_buyer_is_only_a_suggestion(shop):
    """
    It is shown, and used where nobody types anything.
    """
    buyer = {"name": "Leo", "surname": "Paz", "email": "leo@example.com"}
    request_id = shop.create(buyer=buyer)
    assert shop.view(request_id)["buyer"] == buyer
    assert shop.view(request_id)["payer"] == {"locked": False}
    shop.choose(request_id, {"outcome": "decline"})
    assert shop.query(request_id)["request"]["payer"]["name"] == "Leo"
    shop.pay(request_id)
    assert shop.query(request_id)["request"]["payer"]["name"] == "Ana"
    assert list(shop.query(request_id)["request"])[:4] == ["locale", "buyer", "payer", "payment"]


def test_stored_card_is_offered_and_pays(shop):
    """
    To the payer with that document; not on another site.
    """
    stored = shop.token()
    request_id = shop.create(payer=PAYER)
    assert shop.view(request_id)["tokens"] == [
        {"subtoken": stored["subtoken"], "franchiseName": "Visa", "lastDigits": "0081"}
    ]
    choice = {"method": "token", "subtoken": stored["subtoken"], "cvv": "123"}
    shop.choose(request_id, choice)
    assert shop.status(request_id) == OK
    other = shop.create(login="emulator-co-sha256", payer=PAYER)
    assert shop.view(other)["tokens"] == []
    assert refusal(shop.choose, other, choice).code == "placetopay.token-invalid"


@pytest.mark.parametrize("zone", ["-11:00", "-05:00", "+14:00"])
@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59+00:00"])
def test_session_that_never_expires_has_a_page(shop, zone, end):
    """
    Its last moment is a date in every zone.
    """
    shop.site("far", timeZone=zone)
    request_id = shop.create(login="far", expiration=end)
    assert shop.view(request_id)["expiration"].startswith("9999-12-3")
    assert shop.post(f"/api/session/{request_id}", login="far")["request"]["expiration"] == end


@pytest.mark.parametrize(
    "choice",
    [
        {"method": "card", "card": APPROVED},
        {"method": "card", "card": {"number": [APPROVED], "expiration": "12/29", "cvv": "123"}},
        {"method": "card", "card": {"number": "1", "expiration": APPROVED, "cvv": "123"}},
        {"method": "card", "card": {"number": APPROVED, "expiration": APPROVED, "cvv": "123"}},
        {"method": "card", "card": {"number": APPROVED, "expiration": "12/29", "cvv": APPROVED}},
        {"method": "token", "subtoken": APPROVED, "cvv": "123"},
        {"method": APPROVED},
        {"outcome": int(APPROVED)},
        {"method": "bank", "bank": APPROVED},
    ],
)
def test_no_diagnosis_shows_a_card_number(shop, choice):
    """
    Wherever it was typed.
    """
    found = refusal(shop.choose, shop.create(), choice)
    assert APPROVED not in str(found.as_json())


def test_view_of_a_new_session(shop):
    """
    What the page is promised, and nothing that is secret.
    """
    request_id = shop.create(cancelUrl="https://shop.test/cart", skipResult=True, locale="pt_BR")
    view = shop.view(request_id)
    assert (view["id"], view["language"], view["cancelUrl"]) == (
        request_id,
        "pt",
        "https://shop.test/cart",
    )
    assert (view["skipResult"], view["final"], view["notification"]) == (True, False, None)
    assert (view["amount"], view["remaining"], view["paid"]) == (12000, 12000, 0)
    assert shop.context.credential("emulator-co")["secretKey"] not in json.dumps(view)
    subscription = shop.view(shop.subscribe())
    assert (subscription["amount"], subscription["currency"], subscription["minimum"]) == (
        None,
        None,
        None,
    )
    assert (subscription["type"], subscription["methods"]) == ("subscription", ["card"])


# People -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "country", ["BR", "BZ", "CL", "CO", "CR", "EC", "HN", "PA", "PE", "UY", "PR", "XX"]
)
def test_invented_people(shop, country):
    """
    Always the same, with a document of the country, and in order as a payer.
    """
    for seed in map(str, range(20)):
        person = invent(seed, country)
        assert person == invent(seed, country)
        assert re.fullmatch(DOCUMENTS[person["documentType"]], person["document"])
        shop.create(payer=person)


@pytest.mark.parametrize(
    ("mobile", "country", "expected"),
    [
        ("3006108300", "CO", "+573006108300"),
        ("300-610 8300", "CO", "+573006108300"),
        ("+573006108300", "CO", "+573006108300"),
        ("0991234567", "EC", "+593991234567"),
        ("3006108300", "XX", "3006108300"),
        ("call me", "CO", "call me"),
    ],
)
def test_mobile(mobile, country, expected):
    """
    With the country's code.
    """
    assert international(mobile, country) == expected


# Fuzz -------------------------------------------------------------------------------------

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["card", "bank", "token", APPROVED, "12/29", "123", "1022", "approve"])
)
NAMES = st.sampled_from(
    [
        "method",
        "card",
        "bank",
        "subtoken",
        "outcome",
        "payer",
        "amount",
        "number",
        "expiration",
        "cvv",
        "installments",
        "holder",
        "name",
        "surname",
        "email",
        "document",
        "documentType",
        "mobile",
        "address",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


@pytest.mark.slow
@given(choice=st.dictionaries(NAMES, TREES, max_size=8), card=st.dictionaries(NAMES, TREES))
@settings(max_examples=300, deadline=None)
def test_any_choice(choice, card):
    """
    A payer may send anything: it pays or is refused.
    """
    shop = FUZZED
    for each in (choice, {**choice, "method": "card", "card": {"number": APPROVED, **card}}):
        request_id = shop.create(payment={"allowPartial": True}, total=10**9)
        try:
            shop.choose(request_id, each)
        except Refusal:
            assert shop.status(request_id) == "PENDING PC"
        else:
            assert shop.attempts(request_id)
        json.dumps(shop.view(request_id))


FUZZED = Shop(notified=False)


@pytest.mark.parametrize("notified", [True, False], ids=["notified", "not-notified"])
def test_what_has_passed_has_passed_though_nobody_looked(emulator, notified):
    """The clock is moved on, and back: sessions ended in between stay ended, notified or not."""
    namespace = emulator.namespace("default")
    site = namespace.credentials("placetopay")[0]
    url = "http://127.0.0.1:9/notify" if notified else ""

    async def story() -> tuple[str, str]:
        namespace.register("placetopay", {**site, "notificationUrl": url})
        transport = httpx2.ASGITransport(emulator.app)
        async with (
            AsyncPlacetopay(
                "http://localhost/placetopay",
                login=site["login"],
                secret_key=site["secretKey"],
                transport=transport,
            ) as client,
            httpx2.AsyncClient(transport=transport, base_url="http://localhost") as control,
        ):
            session = await client.create_session("A-1", 100, return_url="https://shop.example/")
            await control.patch("/_emulator/clock", json={"advance": "31m"})
            refused = await control.post(
                f"/placetopay/api/session/{session['requestId']}",
                content=client_auth(client),
                headers={"content-type": "application/json"},
            )
            await control.patch("/_emulator/clock", json={"reset": True})
            found = await client.query_session(session["requestId"])
            await emulator.close()
            return found["status"]["reason"], refused.headers["emulator-warning"]

    assert asyncio.run(story()) == ("EX", "emulator.clock-moved")


def client_auth(client) -> bytes:
    return json.dumps({"auth": client._auth()}).encode()
