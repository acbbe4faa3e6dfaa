"""Placetopay: every sandbox card does what its legend says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placetopay_shop import PAYER, Shop, refusal

from emulator.masking import luhn
from emulator.providers.placetopay.state import payer
from emulator.providers.placetopay.state.cards import (
    BANKS,
    BRANDS,
    CARDS,
    SLOW_SECONDS,
    card_of,
)

# A second copy of the legend, by brand and meaning: number of cards.
COUNTS = {
    ("visa", "approve"): 6,
    ("visa", "decline"): 4,
    ("master", "approve"): 3,
    ("amex", "approve"): 2,
    ("diners", "manual-approve"): 2,
    ("ath", "pending-decline"): 2,
}
SECONDS = {"pending": 30, "manual": 300, "slow": SLOW_SECONDS}
OK, NO = "APPROVED 00", "REJECTED 05"


def typed(card):
    expiration, cvv = card.only or ("12/29", "123")
    return {"expiration": expiration, "cvv": cvv}


@pytest.mark.parametrize("number", CARDS)
def test_card(number):
    """
    Approved, declined, pending until its moment, challenged first, or below 200 only.
    """
    card = CARDS[number]
    shop = Shop(notified=False)
    request_id = shop.create(total=150, currency="USD")
    shop.pay(request_id, number, card=typed(card))
    if card.three_ds == "C":
        assert shop.attempts(request_id) == ["PENDING ?-"]
        assert shop.view(request_id)["challenge"] == {"kind": "otp", "hint": "12345"}
        payer.answer_challenge(str(request_id), "12345", shop.context)
    payment = shop.query(request_id)["payment"][0]
    assert payment["paymentMethod"] == card.brand.method
    assert payment["paymentMethodName"] == card.brand.name
    assert payment["franchise"] == card.brand.service("CO")
    pace, _, becomes = card.does.partition("-")
    if card.does == "exception":
        assert shop.attempts(request_id) == ["FAILED XH"]
        assert shop.status(request_id) == "PENDING PT"
        return
    if pace in SECONDS:
        assert payment["authorization"] == "000000"
        assert shop.attempts(request_id) == ["PENDING ?-"]
        shop.advance(SECONDS[pace] - 1)
        assert (shop.attempts(request_id), shop.status(request_id)) == (
            ["PENDING ?-"],
            "PENDING PT",
        )
        shop.advance(1)
        expected = OK if becomes == "approve" else NO
    else:
        expected = NO if card.does == "decline" else OK
    assert shop.attempts(request_id) == [expected]
    assert shop.status(request_id) == ("APPROVED 00" if expected == OK else "PENDING PT")


@pytest.mark.parametrize("number", [n for n, card in CARDS.items() if card.does == "below-200"])
def test_two_hundred_is_declined(number):
    """
    Below 200 means below.
    """
    for total, expected in ((199.99, OK), (200, NO)):
        shop = Shop(notified=False)
        request_id = shop.create(total=total, currency="USD")
        shop.pay(request_id, number)
        assert shop.attempts(request_id) == [expected]


@pytest.mark.parametrize("number", [n for n, card in CARDS.items() if card.only])
@pytest.mark.parametrize("wrong", [{"cvv": "111"}, {"expiration": "12/30"}])
def test_only_one_expiry_and_code(number, wrong):
    """
    Any other expiry or code is declined.
    """
    shop = Shop(notified=False)
    request_id = shop.create()
    shop.pay(request_id, number, card={**typed(CARDS[number]), **wrong})
    assert shop.attempts(request_id) == [NO]


def test_table():
    """
    None is missing: 78 cards, of twelve brands.
    """
    assert len(CARDS) == 78
    assert {card.brand.method for card in CARDS.values()} == set(BRANDS)
    for (brand, does), wanted in COUNTS.items():
        found = [c for c in CARDS.values() if (c.brand.method, c.does) == (brand, does)]
        assert len(found) == wanted


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4242424242424242", "visa"),
        ("5555555555554444", "master"),
        ("378282246310005", "amex"),
        ("30569309025904", "diners"),
        ("6011111111111117", "discover"),
        ("6304000000000000", "visa"),
    ],
)
def test_other_cards_are_declined(number, brand):
    """
    A number that is not in the table is declined under its brand.
    """
    shop = Shop(notified=False)
    request_id = shop.create()
    shop.pay(request_id, number)
    assert shop.attempts(request_id) == [NO]
    assert shop.query(request_id)["payment"][0]["paymentMethod"] == brand


@pytest.mark.parametrize("code", BANKS)
def test_bank(code):
    """
    A transfer approves or declines, at once or later; its marks are those of PSE.
    """
    shop = Shop(notified=False)
    request_id = shop.create()
    shop.choose(request_id, {"method": "bank", "bank": code, "payer": PAYER})
    shop.advance(30)
    does = BANKS[code].does
    assert shop.attempts(request_id) == [OK if does.endswith("approve") else NO]
    payment = shop.query(request_id)["payment"][0]
    assert (payment["franchise"], payment["paymentMethod"]) == ("_PSE_", "pse")
    assert payment["receipt"] == str(payment["internalReference"])
    assert [each["keyword"] for each in payment["processorFields"]] == [
        "merchantCode",
        "terminalNumber",
        "transactionCycle",
        "trazabilyCode",
    ]


def test_ecuador_has_its_own_service_codes_and_no_banks():
    """
    ID_VS there, and no PSE.
    """
    shop = Shop(notified=False)
    request_id = shop.create(login="emulator-ec", total=10, currency="USD")
    assert shop.view(request_id)["methods"] == ["card", "token"]
    record = shop.pay(request_id)
    payment = shop.post(f"/api/session/{record['request_id']}", login="emulator-ec")["payment"][0]
    assert payment["franchise"] == "ID_VS"


@pytest.mark.parametrize("otp", ["", "12346", "123456", "x"])
def test_wrong_otp(otp):
    """
    It fails the attempt; the session may be paid again.
    """
    shop = Shop(notified=False)
    request_id = shop.create()
    shop.pay(request_id, "4110760000000008")
    payer.answer_challenge(str(request_id), otp, shop.context)
    assert (shop.attempts(request_id), shop.status(request_id)) == (["REJECTED OT1"], "PENDING PT")
    diagnosis = refusal(payer.answer_challenge, str(request_id), "12345", shop.context)
    assert diagnosis.code == "placetopay.no-challenge"
    shop.pay(request_id)
    assert shop.attempts(request_id) == [OK, "REJECTED OT1"]


@pytest.mark.parametrize(
    ("card", "where"),
    [
        ({"number": ...}, "body.card.number"),
        ({"number": 4110760000000081}, "body.card.number"),
        ({"number": "4110 7600"}, "body.card.number"),
        ({"number": "4110760000000082"}, "body.card.number"),
        ({"number": "x" * 16}, "body.card.number"),
        ({"expiration": ...}, "body.card.expiration"),
        ({"expiration": "13/29"}, "body.card.expiration"),
        ({"expiration": "1229"}, "body.card.expiration"),
        ({"expiration": "12/1929"}, "body.card.expiration"),
        ({"expiration": "12/25"}, "body.card.expiration"),
        ({"expiration": 1229}, "body.card.expiration"),
        ({"cvv": ...}, "body.card.cvv"),
        ({"cvv": "12"}, "body.card.cvv"),
        ({"cvv": 123}, "body.card.cvv"),
        ({"cvv": "١٢٣"}, "body.card.cvv"),
        ({"installments": 100}, "body.card.installments"),
        ({"installments": True}, "body.card.installments"),
        ({"holder": "x" * 61}, "body.card.holder"),
        ({"holder": 1}, "body.card.holder"),
    ],
    ids=str,
)
def test_card_that_is_typed_wrongly(card, where):
    """
    It is refused before any attempt, the member named, what was typed not shown.
    """
    shop = Shop(notified=False)
    request_id = shop.create()
    whole = {"number": "4110760000000081", "expiration": "12/29", "cvv": "123", **card}
    whole = {name: value for name, value in whole.items() if value is not ...}
    diagnosis = refusal(shop.choose, request_id, {"method": "card", "card": whole})
    assert diagnosis.where == where
    shown = str(diagnosis.as_json())
    assert not any(str(whole.get(name)) in shown for name in ("number", "cvv") if name in card)
    assert shop.status(request_id) == "PENDING PC"


def test_card_is_good_to_the_end_of_its_month():
    """
    01/26 in January 2026, in the site's zone.
    """
    shop = Shop(notified=False)
    shop.clock(freeze="2026-02-01T04:59:59Z")
    shop.pay(shop.create(), card={"expiration": "01/26"})
    shop.advance(1)
    diagnosis = refusal(shop.pay, shop.create(), card={"expiration": "01/26"})
    assert diagnosis.code == "placetopay.field-value"


@given(st.from_regex(r"[0-9]{12,19}", fullmatch=True))
def test_any_number_is_some_card(number):
    """
    Every number has a brand; the last digit alone makes its check digit right.
    """
    assert card_of(number).brand in BRANDS.values()
    assert sum(luhn.passes(number[:-1] + str(digit)) for digit in range(10)) == 1
