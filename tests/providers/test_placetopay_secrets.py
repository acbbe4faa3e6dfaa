"""Placetopay: a card number gets into no name, and out of nothing that is shown."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placetopay_shop import BASE, PAYER

from emulator.core.exchange import Request
from emulator.journal.showing import full
from emulator.masking import luhn
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.message.card_text import hide_cards, holds_card
from emulator.providers.placetopay.state.cards import CARDS

CARD = "4110760000000081"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
SPELLINGS = [
    CARD,
    *(
        sign.join((CARD[:4], CARD[4:8], CARD[8:12], CARD[12:]))
        for sign in " -./_,|·\t\n\u00a0\u2003\u2009\u2011\u2013\u3000\u200b"
    ),
    "-".join(CARD),
    "4110 - 7600 - 0000 - 0081",
    CARD.translate(FULL_WIDTH),
    CARD.translate(ARABIC),
    f"12 {CARD} 99",
    f"Ana({CARD})Gómez",
]


def journal(shop, exchange):
    """All that the control API tells of an exchange, as text without escapes."""
    told = full(exchange, shop.namespace.mask())
    return json.dumps(told, ensure_ascii=False, default=str)


def digits(text):
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


@pytest.mark.parametrize("text", SPELLINGS)
def test_card_is_found(text):
    """
    However it is written, and as JSON and URLs escape it.
    """
    assert holds_card(text)
    for written in (text, json.dumps(text), json.dumps(text, ensure_ascii=False)):
        hidden = hide_cards(written)
        assert "…0081" in hidden
        assert CARD not in digits(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T09:56:06.123456-05:00",
        "2026-01-31 14:56:06.123456 1500000001",
        "1769871366000000",  # microseconds
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/120.0.0.0",
        "4110760000000082",  # the check digit is wrong
        "0081",
        '"internalReference": 1500000001, "receipt": "328089251335"',
    ],
)
def test_other_numbers_stay(text):
    """
    A time, a version or an id is no card number.
    """
    assert hide_cards(text) == text


@given(
    number=st.sampled_from(sorted(CARDS)),
    signs=st.lists(
        st.sampled_from(["", " ", ".", "-", "_", "\u00a0", " - "]), min_size=19, max_size=19
    ),
    before=st.text(alphabet="Ana é:", max_size=5),
)
def test_every_test_card_is_hidden(number, signs, before):
    """
    With any signs between its digits.
    """
    text = before + "".join(a + b for a, b in zip(number, signs, strict=False))
    assert hide_cards(text).startswith(f"{before}…{number[-4:]}")
    assert number not in digits(hide_cards(text))


@given(st.text(max_size=300) | st.text(alphabet="0123456789 .\\u%00aF1-", max_size=300))
def test_any_text(text):
    """
    Hiding twice hides no more.
    """
    assert hide_cards(hide_cards(text)) == hide_cards(text)


MEMBERS = [
    {"buyer": {"name": CARD}},
    {"buyer": {"surname": "4110.7600.0000.0081"}},
    {"buyer": {"company": "4110 7600 0000 0081"}},
    {"buyer": {"document": int(CARD)}},
    {"buyer": {"address": {"street": "4110_7600_0000_0081"}}},
    {"payer": {**PAYER, "name": "4110/7600/0000/0081"}},
    {"payer": {**PAYER, "name": CARD.translate(FULL_WIDTH)}},
    {"payment": {"reference": CARD, "amount": {"currency": "COP", "total": 5}}},
    {"payment": {"reference": int(CARD), "amount": {"currency": "COP", "total": 5}}},
    {"payment": {"reference": "1", "description": f"con {CARD}", "amount": {}}},
    {"fields": [{"keyword": "pan2", "value": CARD}]},
    {"fields": [{"keyword": "n", "value": {"deep": [int(CARD)]}}]},
    {"userAgent": f"shop/{CARD}"},
    {"locale": CARD},
    {"ipAddress": "4110-7600-0000-0081"},
    {"returnUrl": f"https://shop.test/{CARD}?pan=4110%207600%200000%200081"},
    {"type": CARD},
    {"payment": {"reference": "1", "amount": {"currency": CARD, "total": CARD}}},
    {"unknown": {"n": "4110 7600 0000 0081"}},
]


@pytest.mark.parametrize("change", MEMBERS, ids=lambda change: json.dumps(change)[:60])
def test_journal_shows_no_card(shop, change):
    """
    In no member of a message, known or not, accepted or refused.
    """
    exchange = shop.exchange("/api/session", shop.message(**change))
    assert CARD not in digits(journal(shop, exchange))
    assert CARD not in digits(str(exchange.diagnosis))


def test_journal_shows_no_card_beside_the_body(shop):
    """
    Neither in the query, nor in a header, nor in the path.
    """
    request = Request(
        method="POST",
        path=f"/api/session/{CARD}",
        query="card=4110%207600%200000%200081&n=4110.7600.0000.0081",
        headers=[("content-type", "application/json"), ("x-card", "4110 7600 0000 0081")],
        body=json.dumps({"auth": shop.auth()}).encode(),
        base_url=BASE,
    )
    exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
    assert CARD not in digits(journal(shop, exchange))


@pytest.mark.parametrize("text", SPELLINGS)
def test_card_as_the_payers_name(shop, text):
    """
    A payer's is refused, a buyer's is dropped, with any signs between the digits.
    """
    refused = shop.refused("/api/session", shop.message(payer={**PAYER, "surname": text}))
    assert refused[:3] == ("placetopay.card-number-in-name", 400, "payer_data_not_valid")
    request_id = shop.create(buyer={"name": "Ana", "surname": text})
    assert shop.query(request_id)["request"]["buyer"] == {"name": "Ana"}


def test_a_subtoken_is_no_card_number(shop):
    """
    So the journal shows it.
    """
    stored = shop.token()
    assert not luhn.passes(stored["subtoken"])
    body = {"instrument": {"token": {"subtoken": stored["subtoken"]}}}
    exchange = shop.exchange("/api/gateway/token", body)
    assert stored["subtoken"] in journal(shop, exchange)
