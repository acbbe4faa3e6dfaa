"""Placetopay: each refusal says what to do next, and doing it works."""

from __future__ import annotations

import asyncio
import json

import pytest
from placetopay_shop import BASE, LOGIN, PENDING, Shop, refusal

from emulator.core.exchange import Request
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.message import auth_hints
from emulator.providers.placetopay.state import payer


def amount(total=12000, currency="COP", **more):
    return {"payment": {"amount": {"currency": currency, "total": total, **more}}}


def person(**members):
    return {"buyer": members}


def address(**members):
    return {"buyer": {"address": members}}


# (what is sent, where it is wrong, words of the hint, what the hint says to send)
MESSAGES = [
    (amount("12.000,50"), "payment.amount.total", "Send 12000.50", amount("12000.50")),
    (amount("12,000.50"), "payment.amount.total", "Send 12000.50", amount("12000.50")),
    (amount("12000,5"), "payment.amount.total", "Send 12000.5", amount("12000.5")),
    (amount("1.200.000"), "payment.amount.total", "Send 1200000", amount("1200000")),
    (amount("$ 12000"), "payment.amount.total", "Send 12000", amount("12000")),
    (amount("12000 COP"), "payment.amount.total", "without currency", amount("12000")),
    (amount(" 12000"), "payment.amount.total", "Send 12000", amount("12000")),
    (amount("12 000"), "payment.amount.total", "Send 12000", amount("12000")),
    (amount("1.2e4"), "payment.amount.total", "digits", amount("12000")),
    (amount(-5), "payment.amount.total", "without the sign", amount(5)),
    (amount("doce"), "payment.amount.total", "Send a number such as 12000", amount("12000")),
    (amount(12000, "cop"), "payment.amount.currency", "Send COP, in capital", amount()),
    (amount(12000, " COP"), "payment.amount.currency", "Send COP, without", amount()),
    (amount(12000, "170"), "payment.amount.currency", "Send COP: 170", amount()),
    (amount(12000, 170), "payment.amount.currency", "Send COP: 170", amount()),
    (amount(12000, "$"), "payment.amount.currency", "not its sign", amount()),
    (amount(12000, "pesos"), "payment.amount.currency", "three capital letters", amount()),
    (amount(currency=None), "payment.amount.currency", "It is empty", amount()),
    (
        {"payment": {"amount": '{"currency":"COP","total":5}'}},
        "payment.amount",
        "JSON in a text",
        amount(5),
    ),
    (
        {"payment": {"amount": [{"currency": "COP", "total": 5}]}},
        "payment.amount",
        "without the brackets",
        amount(5),
    ),
    (
        {"payment": {"amount": None, "total": 5, "Amount": {"currency": "COP", "total": 5}}},
        "payment.amount",
        "Rename 'Amount' to 'amount'",
        amount(5),
    ),
    (
        amount(taxes={"kind": "ice", "amount": 1}),
        "payment.amount.taxes",
        "in a list",
        amount(taxes=[{"kind": "ice", "amount": 1}]),
    ),
    (
        amount(details=[{"kind": "discount", "amount": -1}]),
        "payment.amount.details.0.amount",
        "its kind says",
        amount(details=[{"kind": "discount", "amount": 1}]),
    ),
    ({"payment": {"reference": ""}}, "payment.reference", "It is empty", {}),
    ({"payment": {"reference": "r" * 40}}, "payment.reference", "it has 40", {}),
    ({"payment": {"reference": "A\u200b1"}}, "payment.reference", "U+200B", {}),
    (
        {"payment": {"reference": None, "Reference": "A"}},
        "payment.reference",
        "Rename 'Reference'",
        {},
    ),
    ({"expiration": "2026-01-31T10:30:00"}, "expiration", "no zone", {}),
    ({"expiration": 1769873400}, "expiration", "Unix time in seconds", {}),
    ({"expiration": 1769873400000}, "expiration", "in milliseconds", {}),
    ({"expiration": "1769873400000"}, "expiration", "in milliseconds", {}),
    ({"expiration": "31/01/2026 10:30"}, "expiration", "day comes first", {}),
    ({"expiration": "2026-01-31"}, "expiration", "Only a date", {}),
    ({"expiration": "soon"}, "expiration", "Send a time such as 2026", {}),
    ({"expiration": "2026-01-31T10:30:00Z"}, "expiration", "It is in the past", {}),
    ({"expiration": "2025-01-31T10:30:00Z"}, "expiration", "It is in the past", {}),
    ({"expiration": "2026-01-31T09:58:00-05:00"}, "expiration", "Send a later time", {}),
    ({"returnUrl": "shop.example/return"}, "returnUrl", "scheme too", {}),
    ({"returnUrl": "localhost:8000/return"}, "returnUrl", "scheme too", {}),
    ({"returnUrl": "/return"}, "returnUrl", "whole URL", {}),
    ({"returnUrl": "//shop.example/return"}, "returnUrl", "scheme too", {}),
    ({"returnUrl": " https://shop.example"}, "returnUrl", "blanks", {}),
    ({"returnUrl": "https://shop.example/a b"}, "returnUrl", "%20", {}),
    (
        {"returnUrl": None, "return_url": "https://x.example"},
        "returnUrl",
        "Rename 'return_url'",
        {},
    ),
    ({"returnUrl": ["https://shop.example"]}, "returnUrl", "Send a text", {}),
    ({"userAgent": None}, "userAgent", "It is empty", {}),
    ({"userAgent": ...}, "userAgent", "Add body.userAgent", {}),
    ({"userAgent": ..., "UserAgent": "x"}, "userAgent", "Rename 'UserAgent' to 'userAgent'", {}),
    ({"ipAddress": ..., "ip": "::1"}, "ipAddress", "Add body.ipAddress", {}),
    (
        {"ipAddress": ..., "payment": {"ipAddress": "::1"}},
        "ipAddress",
        "Move body.payment.ipAddress to body.ipAddress",
        {},
    ),
    ({"paymentMethod": "visa, master"}, "paymentMethod", "Send visa,master", {}),
    ({"paymentMethod": "visa;master"}, "paymentMethod", "Send visa,master", {}),
    ({"type": "Checkin"}, "type", "Send 'checkin'", {"type": "checkin"}),
    ({"type": "check-in"}, "type", "Send 'checkin'", {"type": "checkin"}),
    ({"type": "autopay"}, "autopay", "Add the object autopay", {}),
    ({"skipResult": "yes"}, "skipResult", "without quotes", {"skipResult": True}),
    ({"skipResult": 2}, "skipResult", "Send true or false", {"skipResult": True}),
    ({"fields": {"keyword": "a"}}, "fields", "in a list", {"fields": [{"keyword": "a"}]}),
    ({"fields": [{"key": "a"}]}, "fields.0.keyword", "keyword", {"fields": [{"keyword": "a"}]}),
    (
        {"fields": [{"keyword": "a", "displayOn": "Both"}]},
        "fields.0.displayOn",
        "Send 'both'",
        {"fields": [{"keyword": "a", "displayOn": "both"}]},
    ),
    (
        {"metadata": {"initiatorIndicator": "merchant_cof"}},
        "metadata.initiatorIndicator",
        "Send 'MERCHANT_COF'",
        {"metadata": {"initiatorIndicator": "MERCHANT_COF"}},
    ),
    (
        {"metadata": {"openingDate": "31/01/2020"}},
        "metadata.openingDate",
        "with hyphens",
        {"metadata": {"openingDate": "2020-01-31"}},
    ),
    ({"metadata": {"requiresConfirmation": True}}, "metadata.requiresConfirmation", "allowed", {}),
    (person(documentType="cc"), "buyer.documentType", "Send 'CC'", person(documentType="CC")),
    (person(documentType="C.C."), "buyer.documentType", "Send 'CC'", person(documentType="CC")),
    (person(documentType="Cédula"), "buyer.documentType", "CC", person(documentType="CC")),
    (
        person(documentType="CC", document="1.040.035.000"),
        "buyer.document",
        "without dots",
        person(documentType="CC", document="1040035000"),
    ),
    (
        person(documentType="NIT", document="900123456-1"),
        "buyer.document",
        "hyphens",
        person(documentType="NIT", document="9001234561"),
    ),
    (
        person(documentType="CC", document="01040035"),
        "buyer.document",
        "zeros",
        person(documentType="CC", document="1040035"),
    ),
    (person(documentType="CC", document="A"), "buyer.document", "form", {}),
    (person(email="ana"), "buyer.email", "one @", person(email="ana@example.com")),
    (person(email="ana@example"), "buyer.email", "point", person(email="ana@example.com")),
    (person(email=" ana@example.com"), "buyer.email", "blanks", person(email="ana@example.com")),
    (person(mobile="3" * 31), "buyer.mobile", "it has 31", person(mobile="3" * 10)),
    (person(name=["Ana"]), "buyer.name", "Send a text", person(name="Ana")),
    (person(name=5), "buyer.name", "in quotes", person(name="5")),
    (person(name="A\x00na"), "buyer.name", "U+0000", person(name="Ana")),
    (address(country="Colombia"), "buyer.address.country", "code CO", address(country="CO")),
    (address(country="COL"), "buyer.address.country", "code CO", address(country="CO")),
    (address(country="co"), "buyer.address.country", "code CO", address(country="CO")),
    (address(country="Panamá"), "buyer.address.country", "code PA", address(country="PA")),
    (address(country=57), "buyer.address.country", "in letters", address(country="CO")),
    (address(country="Francia"), "buyer.address.country", "ISO 3166", address(country="FR")),
    (address(phone="1" * 21), "buyer.address.phone", "it has 21", address(phone="1" * 20)),
    (
        {"payment": {"recurring": {"periodicity": "monthly", "interval": 1, "maxPeriods": 1}}},
        "payment.recurring.periodicity",
        "one of D, M, Y",
        {},
    ),
    (
        {"payment": {"recurring": {"periodicity": "M", "interval": 1}}},
        "payment.recurring.maxPeriods",
        "-1 for no end",
        {},
    ),
    (
        {"payment": {"allowPartial": True, "recurring": {"a": 1}}},
        "payment.recurring",
        "either recurring or allowPartial",
        {"payment": {"allowPartial": True}},
    ),
]


def merged(shop, change):
    """A message in order, changed; a payment keeps what is not changed in it."""
    whole = shop.message()
    own = {**whole["payment"], **change.get("payment", {})}
    changed = {**whole, **change, "payment": own}
    return {name: value for name, value in changed.items() if value is not ...}


@pytest.mark.parametrize(
    ("change", "where", "words", "better"),
    MESSAGES,
    ids=lambda value: json.dumps(value, default=str)[:50],
)
def test_hint_of_a_message(shop, change, where, words, better):
    """
    It names what to send; that is accepted.
    """
    exchange = shop.exchange("/api/session", merged(shop, change))
    assert exchange.verdict == "refused", exchange.reply.body.decode()
    assert exchange.reply.status == 400
    assert exchange.diagnosis.where == f"body.{where}"
    assert words in exchange.diagnosis.hint
    shop.post("/api/session", merged(shop, better))


@pytest.mark.parametrize(
    "expiration", ["2026-01-31T10:30:00", "soon", 1769873400, "2026-01-31T10:30:00Z", ""]
)
def test_example_of_an_expiration_works(shop, expiration):
    """
    The time that a hint gives is one that is accepted.
    """
    exchange = shop.exchange("/api/session", shop.message(expiration=expiration or "x"))
    example = next(word for word in exchange.diagnosis.hint.split() if word.startswith("2026-"))
    shop.create(expiration=example.strip(".:,"))


NOTED = [
    ({"locale": "es-CO"}, "placetopay.locale-unreadable", "Send es_CO"),
    ({"locale": "es"}, "placetopay.locale-unreadable", "Send es_CO"),
    ({"locale": "EN-us"}, "placetopay.locale-unreadable", "Send en_US"),
    ({"locale": 5}, "placetopay.locale-unreadable", "Send es_CO"),
    ({"locale": "fr_FR"}, "placetopay.locale-unreadable", "in Spanish"),
    ({"ipAddress": "203.0.113.9:443"}, "placetopay.not-an-ip-address", "Send 203.0.113.9,"),
    ({"ipAddress": "203.0.113.9, 10.0.0.1"}, "placetopay.not-an-ip-address", "203.0.113.9"),
    ({"ipAddress": "[2001:db8::7]:443"}, "placetopay.not-an-ip-address", "Send 2001:db8::7,"),
    ({"ipAddress": "localhost"}, "placetopay.not-an-ip-address", "and not a name"),
    (amount("12.000"), "placetopay.amount-ambiguous", "take the point out"),
    ({"skipResult": 1}, "placetopay.loose-type", "Send true"),
    ({"noBuyerFill": "0"}, "placetopay.loose-type", "Send false"),
    ({"payment": {"allowPartial": "true"}}, "placetopay.loose-type", "Send true"),
    ({"payment": {"reference": 77}}, "placetopay.loose-type", '"77"'),
    (address(state="CO-ANT"), "placetopay.state-long", "three"),
    ({"expiration": "2026-01-31 10:30:00-05:00"}, "placetopay.time-not-iso", "ISO 8601"),
    ({"expiration": "Sat, 31 Jan 2026 10:30:00 -0500"}, "placetopay.time-not-iso", "ISO 8601"),
]


@pytest.mark.parametrize(("change", "code", "words"), NOTED, ids=str)
def test_accepted_but_unwise(shop, change, code, words):
    """
    The journal notes it, and says what to send.
    """
    exchange = shop.exchange("/api/session", merged(shop, change))
    assert exchange.verdict == "accepted", str(exchange.diagnosis)
    (warning,) = exchange.warnings
    assert (warning.code, words in warning.hint) == (code, True), warning.hint


@pytest.mark.parametrize("address_", ["::1", "2001:db8::7", "203.0.113.9", "::ffff:203.0.113.9"])
def test_nothing_to_note_of_an_address(shop, address_):
    """
    Any IP address will do.
    """
    assert shop.exchange("/api/session", shop.message(ipAddress=address_)).warnings == []


# Where auth is ----------------------------------------------------------------------------


def send(shop, body, headers=()):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(
        method="POST",
        path="/api/session",
        headers=[("content-type", "application/json"), *headers],
        body=raw,
        base_url=BASE,
    )
    exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
    assert exchange.bug == ""
    return exchange


WRAPPED = [
    (lambda auth, body: {"data": {"auth": auth, **body}}, "inside 'data'"),
    (lambda auth, body: {"request": json.dumps({"auth": auth, **body})}, "text 'request'"),
    (
        lambda auth, body: {"payment": {"auth": auth, **body["payment"]}},
        "Move auth out of 'payment'",
    ),
    (lambda auth, body: {"auth": json.dumps(auth), **body}, "JSON in a text"),
    (lambda auth, body: {"auth": [auth], **body}, "without the brackets"),
    (lambda auth, body: {"auth": None, **body}, "auth is null"),
    (lambda auth, body: {"Auth": auth, **body}, "Rename 'Auth' to 'auth'"),
    (lambda auth, body: {"authentication": auth, **body}, "Rename 'authentication' to 'auth'"),
    (lambda auth, body: {**auth, **body}, "into an object named auth"),
    (lambda auth, body: body, "Add auth"),
    (lambda auth, body: {"auth": {**auth, "login": ""}, **body}, "emulator credentials placetopay"),
    (lambda auth, body: {"auth": {**auth, "seed": 1769871366}, **body}, "ISO 8601"),
    (lambda auth, body: {"auth": {**auth, "nonce": 927342197}, **body}, "in quotes"),
    (lambda auth, body: {"auth": {**auth, "nonce": None}, **body}, "Base64 of random bytes"),
    (lambda auth, body: {"auth": {**auth, "login": "nobody-at-all"}, **body}, "credentials"),
]


@pytest.mark.parametrize(("wrap", "words"), WRAPPED, ids=[words for _, words in WRAPPED])
def test_hint_of_auth(shop, wrap, words):
    """
    It says where auth stands, or what is wrong with its form.
    """
    exchange = send(shop, wrap(shop.auth(), shop.message()))
    assert exchange.reply.status == 401
    assert words in exchange.diagnosis.hint


@pytest.mark.parametrize(
    ("told", "own"),
    [
        (
            "Hashed secret + nonce + created; the order is nonce + created + secret",
            "Hashed secretKey + nonce + seed; the order is nonce + seed + secretKey",
        ),
        ("Hashed the username too", "Hashed the login too"),
        ("The secretKey of site B was used", "The secretKey of site B was used"),
        ("The placeholder ${secret} was used", "The placeholder ${secret} was used"),
        ("The word 'secret' was used", "The word 'secret' was used"),
        ("was used in place of the secret: it was", "was used in place of the secretKey: it was"),
    ],
)
def test_hints_speak_of_placetopays_names(told, own):
    """The reader knows seed and secretKey; created and the secret are the scheme's terms."""
    assert auth_hints.in_own_words(told) == own


def test_digest_in_placetopays_words(shop):
    """What does not match is told in the names that stand in the body."""
    body = {"auth": {**shop.auth(), "tranKey": "A" * 43 + "="}, **shop.message()}
    told = send(shop, body).diagnosis.hint
    assert "secretKey" in told
    assert "created" not in told


def test_hint_of_a_header(shop):
    """
    A header authenticates nothing.
    """
    exchange = send(shop, shop.message(), [("authorization", "Basic eDp5")])
    assert "Authorization is not read" in exchange.diagnosis.hint


def test_message_beside_auth_in_another_object(shop):
    """
    Auth is in its place, the rest is wrapped.
    """
    exchange = send(shop, {"auth": shop.auth(), "data": shop.message()})
    assert exchange.diagnosis.code == "placetopay.field-required"
    assert "inside body.data" in exchange.diagnosis.hint


# What was paid ----------------------------------------------------------------------------


def hint(shop, path, body=None, login=LOGIN):
    exchange = shop.exchange(path, body, login)
    assert exchange.verdict == "refused"
    return exchange.diagnosis.hint


def test_hints_of_a_session(shop):
    """
    What the number is, or why it cannot be cancelled.
    """
    assert "create one first" in hint(shop, "/api/session/7")
    assert "into the path" in hint(shop, "/api/session/undefined")
    request_id = shop.create()
    shop.pay(request_id, PENDING)
    assert "in process" in hint(shop, f"/api/session/{request_id}/cancel")
    shop.advance(31)
    assert "/api/reverse" in hint(shop, f"/api/session/{request_id}/cancel")
    number = shop.query(request_id)["payment"][0]["internalReference"]
    assert "That is an internalReference" in hint(shop, f"/api/session/{number}")
    closed = refusal(shop.pay, request_id)
    assert "Create a new one" in closed.hint
    assert (
        "card that is challenged"
        in refusal(payer.answer_challenge, str(request_id), "1", shop.context).hint
    )


def test_hints_of_a_refund(shop):
    """
    Which number it is, and what can be done with it.
    """
    request_id = shop.create()
    shop.pay(request_id)
    payment = shop.query(request_id)["payment"][0]
    number = payment["internalReference"]
    for name in ("receipt", "authorization", "reference"):
        said = hint(shop, "/api/reverse", {"internalReference": payment[name]})
        assert f"That is the {name}" in said
        assert str(number) in said
    assert "another" not in hint(shop, "/api/reverse", {"internalReference": "x"})
    shop.site("other")
    foreign = hint(shop, "/api/reverse", {"internalReference": number}, "other")
    assert f"site {LOGIN}" in foreign
    assert str(number) not in hint(
        shop, "/api/reverse", {"internalReference": payment["receipt"]}, "other"
    )
    usd = {"internalReference": number, "amount": {"currency": "USD", "total": 1}}
    assert "Send at most 12000 COP" in hint(shop, "/api/reverse", usd)
    refund = shop.post("/api/reverse", {"internalReference": number})["payment"]
    again = {"internalReference": refund["internalReference"]}
    assert "That is a refund" in hint(shop, "/api/reverse", again)
    assert "Nothing of it is left" in hint(shop, "/api/reverse", {"internalReference": number})
    action = {"internalReference": number, "action": "checkout"}
    assert "type checkin" in hint(shop, "/api/transaction", action)
    assert "Send 'confirm'" in hint(shop, "/api/transaction", {**action, "action": "Confirm"})


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        ({"outcome": "decline", "method": "card"}, "method"),
        ({"outcome": "decline", "card": {"number": "4110760000000081"}}, "card"),
        ({"outcome": "approve", "subtoken": "1"}, "subtoken"),
        ({"method": "card", "card": {"number": "4110760000000081"}, "bank": "1022"}, "bank"),
        ({"method": "bank", "bank": "1022", "card": {"number": "1"}}, "card"),
        ({"method": "token", "subtoken": "1", "card": {"number": "1"}}, "card"),
    ],
)
def test_choice_that_contradicts_itself(shop, choice, where):
    """
    Nothing is paid, approved or declined.
    """
    request_id = shop.create()
    said = refusal(shop.choose, request_id, choice)
    assert (said.code, said.where) == ("placetopay.not-combinable", f"body.{where}")
    assert said.hint.startswith("Send either")
    assert shop.attempts(request_id) == []


def test_card_and_token(shop):
    """
    Which of the two is meant?
    """
    token = {"token": shop.token()["token"]}
    both = {"instrument": {"card": {"number": "4110760000000081"}, "token": token}}
    assert hint(shop, "/api/gateway/information", both) == "Send either card or token"


def test_hints_of_a_token(shop):
    """
    Which of the two it is.
    """
    stored = shop.token()

    def of(**token):
        return hint(shop, "/api/gateway/token", {"instrument": {"token": token}})

    assert "That is a subtoken" in of(token=stored["subtoken"])
    assert "That is a token" in of(subtoken=stored["token"])
    assert "blanks" in of(token=f" {stored['token']}")
    assert "the whole token" in of(token=stored["token"][:20])
    assert "subscription.instrument" in of(token="0" * 64)


@pytest.mark.parametrize(
    "example", [each for each in PROVIDER.examples if each.code], ids=lambda each: each.name
)
def test_no_refusal_without_a_hint(example):
    """
    Whatever is refused for a reason of Placetopay's own.
    """
    shop = Shop(notified=False)
    by_name = {each.name: each for each in PROVIDER.examples}
    for each in (*(by_name[name] for name in example.after), example):
        request = each.build(shop.context)
        exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
    if example.code.startswith("placetopay."):
        assert exchange.diagnosis.hint
