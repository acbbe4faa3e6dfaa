"""Placetopay: what production reads although it is not as documented, and what it does not."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import b64encode
from datetime import datetime, timedelta

import pytest
from placetopay_shop import BASE, DATE, LOGIN, NOW, PAYER

from emulator.core.exchange import Request
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.endpoints.collect import POCKETS
from emulator.providers.placetopay.message.moments import is_iso, read_moment

COP = {"currency": "COP", "total": 5000}


def codes(exchange):
    assert exchange.verdict == "accepted", str(exchange.diagnosis)
    return [warning.code for warning in exchange.warnings]


def asked(shop, **change):
    """`request` of the query of a session created with these members."""
    return shop.query(shop.create(**change))["request"]


# Flags and numbers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "read", "noted"),
    [
        (True, True, False),
        (False, False, False),
        (None, False, False),
        ("", False, False),
        (1, True, True),
        (0, False, True),
        ("1", True, True),
        ("0", False, True),
        ("true", True, True),
        ("false", False, True),
    ],
)
def test_flags(shop, sent, read, noted):
    """
    In every place where a flag may stand.
    """
    payment = {"allowPartial": sent, "subscribe": sent}
    message = shop.message(payment=payment, skipResult=sent, noBuyerFill=sent, captureAddress=sent)
    exchange = shop.exchange("/api/session", message)
    assert codes(exchange) == ["placetopay.loose-type"] * 5 * noted
    request = shop.query(json.loads(exchange.reply.body)["requestId"])["request"]
    assert request["payment"]["allowPartial"] is read
    assert request["payment"]["subscribe"] is read
    assert [request.get(name, False) for name in ("skipResult", "noBuyerFill")] == [read, read]


@pytest.mark.parametrize("sent", ["yes", "on", "True", "TRUE", " true", 2, -1, 1.0, [1], {"a": 1}])
def test_not_a_flag(shop, sent):
    """
    What another language writes is not read, and the hint says what to send.
    """
    found = shop.refused("/api/session", shop.message(skipResult=sent))
    assert found[0] == "placetopay.field-type"


NUMBERS = [
    (("payment", "reference"), 1001),
    (("payment", "description"), 2002),
    (("buyer", "document"), 1040035000),
    (("buyer", "address", "postalCode"), 50012),
    (("buyer", "address", "phone"), 4442310),
    (("buyer", "address", "state"), 5),
    (("buyer", "address", "city"), 5001),
    (("buyer", "address", "street"), 10),
]


@pytest.mark.parametrize(("path", "number"), NUMBERS, ids=str)
def test_number_for_a_text(shop, path, number):
    """
    A query echoes it as it was sent, and the journal notes it.
    """
    change = number
    for name in reversed(path):
        change = {name: change}
    exchange = shop.exchange("/api/session", shop.message(**change))
    assert codes(exchange) == ["placetopay.loose-type"]
    assert exchange.warnings[0].where == f"body.{'.'.join(path)}"
    shown = shop.query(json.loads(exchange.reply.body)["requestId"])["request"]
    for name in path:
        shown = shown[name]
    assert (shown, type(shown)) == (number, int)


def test_mobile_number_comes_back_as_text(shop):
    """
    Recorded in 2023.
    """
    assert asked(shop, buyer={"mobile": 3006108300})["buyer"]["mobile"] == "3006108300"


def test_number_as_reference_is_text_elsewhere(shop):
    """
    In the payment and in the notification.
    """
    request_id = shop.create(payment={"reference": 1001})
    shop.pay(request_id)
    assert shop.query(request_id)["payment"][0]["reference"] == "1001"
    assert shop.webhooks[0].content["reference"] == "1001"


@pytest.mark.parametrize("member", ["name", "surname", "email", "company"])
def test_number_as_a_name(shop, member):
    """
    That is a mistake.
    """
    assert shop.refused("/api/session", shop.message(buyer={member: 5}))[0] == (
        "placetopay.field-type"
    )


@pytest.mark.parametrize("state", ["ANT", "05", "CO-ANT", "Antioquia", "s" * 60])
def test_state(shop, state):
    """
    Up to sixty characters, with a warning over three.
    """
    exchange = shop.exchange("/api/session", shop.message(buyer={"address": {"state": state}}))
    assert codes(exchange) == ["placetopay.state-long"] * (len(state) > 3)
    shown = shop.query(json.loads(exchange.reply.body)["requestId"])["request"]
    assert shown["buyer"]["address"] == {"state": state}


@pytest.mark.parametrize(
    ("kind", "document", "right"),
    [
        ("RC", "1033332222", True),
        ("CD", "CD12345", True),
        ("SSN", "123456789", True),
        ("SSN", "123-45-6789", False),
        ("RC", "1", False),
    ],
)
def test_documents_of_the_sdk(shop, kind, document, right):
    """
    RC, CD and SSN.
    """
    message = shop.message(buyer={"documentType": kind, "document": document})
    assert (shop.exchange("/api/session", message).verdict == "accepted") == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("ORDER-1", True),
        ("á ñ <>=:#%&@", True),
        ("A\n", False),
        ("\tA", False),
        *((f"A{sign}1", False) for sign in "\x00\x1f\x7f\x85\u2028\u200b\u202e\ufeff"),
    ],
)
@pytest.mark.parametrize("part", ["payment", "subscription"])
def test_characters_of_a_reference(shop, text, right, part):
    """
    No control character, no line break, nothing invisible.
    """
    message = shop.message(**{part: {**shop.message()["payment"], "reference": text}})
    exchange = shop.exchange("/api/session", message)
    code = exchange.diagnosis.code if exchange.diagnosis else ""
    assert code == ("" if right else "placetopay.control-character")


def test_line_breaks_of_a_description(shop):
    """
    They may be there; a NUL may not.
    """
    text = "1 x Café\r\n2 x Pan\t"
    assert asked(shop, payment={"description": text})["payment"]["description"] == text
    found = shop.refused("/api/session", shop.message(payment={"description": "\x00"}))
    assert found[0] == "placetopay.control-character"


@pytest.mark.parametrize("periodicity", ["D", "W", "M", "Y", "Q"])
def test_autopay(shop, periodicity):
    """
    Four periods; what belongs to the rule comes back.
    """
    rule = {
        "type": "TOTAL_BALANCE",
        "periodicity": periodicity,
        "interval": "1",
        "nextPayment": "2026-02-01",
        "maxPeriods": 12,
        "startDate": "2026-02-01",
        "notificationUrl": "https://shop.test/autopay",
    }
    autopay = {"action": "CREATE", "reference": "A", "description": "d", "recurring": rule}
    message = shop.message(type="autopay", autopay=autopay)
    del message["payment"]
    exchange = shop.exchange("/api/session", message)
    if periodicity == "Q":
        assert exchange.diagnosis.code == "placetopay.field-value"
        return
    request_id = json.loads(exchange.reply.body)["requestId"]
    assert shop.query(request_id)["request"]["autopay"]["recurring"] == rule


# The seed ---------------------------------------------------------------------------------

SEEDS = [
    (DATE, True, True),
    ("2026-01-31T09:56-0500", True, True),
    ("2026-01-31T14:56:06.123456789Z", True, True),
    ("2026-01-31 09:56:06-05:00", True, False),
    ("2026-01-31 14:56:06Z", True, False),
    ("2026-01-31 09:56:06 -0500", True, False),
    ("Sat, 31 Jan 2026 09:56:06 -0500", True, False),
    ("Sat, 31 Jan 2026 14:56:06 GMT", True, False),
    ("Sun, 31 Jan 2026 14:56:06 GMT", False, False),
    ("Sat, 31 Jan 2026 14:56:06 -0000", False, False),
    ("Sat, 31 Jan 2026 14:56:06", False, False),
    ("2026-01-31 09:56:06", False, False),
    ("2026-01-31T09:56:06", False, True),
    ("2026-01-31T14:56:06", False, True),
    ("2026-01-31T09:56:06 05:00", False, False),
    ("2026-01-31  09:56:06-05:00", False, False),
    ("2026-01-31 14:56:06.123456789 +00:00", False, False),  # 36 characters
    ("31/01/2026 09:56:06 -0500", False, False),
    ("1769871366", False, False),
    ("now", False, False),
]


def signed(shop, seed, path="/api/session"):
    secret = shop.context.credential(LOGIN)["secretKey"]
    nonce = b"9273"
    digest = hashlib.sha256(nonce + seed.encode() + secret.encode()).digest()
    auth = {
        "login": LOGIN,
        "tranKey": b64encode(digest).decode(),
        "nonce": b64encode(nonce).decode(),
        "seed": seed,
    }
    request = Request(
        method="POST",
        path=path,
        headers=[("content-type", "application/json")],
        body=json.dumps({"auth": auth, **shop.message()}).encode(),
        base_url=BASE,
    )
    return asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))


@pytest.mark.parametrize(("seed", "right", "iso"), SEEDS)
def test_seed(shop, seed, right, iso):
    """
    A blank for the T and RFC 2822 are read, and noted; a time without a zone never is.
    """
    assert is_iso(seed) == iso
    exchange = signed(shop, seed)
    if right:
        assert codes(exchange) == ["placetopay.time-not-iso"] * (not iso)
        return
    assert json.loads(exchange.reply.body)["status"]["message"] == "Autenticación fallida 103"
    assert exchange.diagnosis.where == "body.auth.seed"


def test_seed_without_a_zone_is_told_why(shop):
    """
    The hint says what production does with it, and what to send.
    """
    exchange = signed(shop, "2026-01-31T09:56:06")
    assert exchange.diagnosis.code == "username-token.created-without-zone"
    assert "in the zone of its server" in exchange.diagnosis.hint
    assert DATE in exchange.diagnosis.hint
    assert signed(shop, DATE).verdict == "accepted"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_seed_in_another_form_has_the_same_window(shop, minutes):
    """
    Five minutes.
    """
    seed = datetime.fromisoformat(NOW) + timedelta(minutes=minutes)
    exchange = signed(shop, seed.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert exchange.diagnosis.code in (
        "username-token.created-too-old",
        "username-token.created-in-future",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 31 Jan 0026 09:56:06 GMT",
        "Sat, 31 Jan 2026 25:00:00 GMT",
        "2026-02-30 09:56:06Z",
        "Xyz, 31 Jan 2026 09:56:06 Z",
    ],
)
def test_impossible_times(text):
    """
    There is no such moment.
    """
    assert read_moment(text) is None


# Collect ----------------------------------------------------------------------------------


def charge(shop, token, **change):
    body = {
        "payer": PAYER,
        "payment": {"reference": "C-1", "amount": COP},
        "instrument": {"token": {"token": token["token"]}},
        **change,
    }
    return shop.exchange("/api/collect", {k: v for k, v in body.items() if v is not ...})


@pytest.mark.parametrize("payer", [..., None, {}, [], ""])
def test_collect_without_payer(shop, payer):
    """
    Charged, and noted.
    """
    exchange = charge(shop, shop.token(), payer=payer)
    assert "placetopay.collect-without-payer" in codes(exchange)
    answer = json.loads(exchange.reply.body)
    assert answer["status"]["status"] == "APPROVED"
    assert "payer" not in answer["request"]


@pytest.mark.parametrize(
    ("cvv", "right"),
    [
        ("123", True),
        ("4637", True),
        (None, True),
        ([], True),
        ("12", False),
        ("12a", False),
        ("12345", False),
        ("１２３", False),
        (123, False),
    ],
)
def test_cvv_of_a_collect(shop, cvv, right):
    """
    Three or four digits, if it is there; a refusal does not show it.
    """
    token = shop.token()
    instrument = {"token": {"token": token["token"], "cvv": cvv}}
    exchange = charge(shop, token, instrument=instrument)
    assert (exchange.verdict == "accepted") == right
    if not right:
        assert exchange.diagnosis.where == "body.instrument.token.cvv"
        assert exchange.diagnosis.received == "(masked)"
        assert not list(shop.context.store.table("collected").items())


@pytest.mark.parametrize(
    ("pocket", "right"),
    [*((each, True) for each in POCKETS), (10, True), ("15", False), ("x", False)],
)
def test_pocket_of_a_collect(shop, pocket, right):
    """
    One of four.
    """
    token = shop.token()
    instrument = {"token": {"token": token["token"]}, "pocket": pocket}
    assert (charge(shop, token, instrument=instrument).verdict == "accepted") == right


def test_credit_of_a_collect(shop):
    """
    An object.
    """
    token = shop.token()
    for credit, right in (({"code": 1, "groupCode": "C"}, True), ("C", False)):
        instrument = {"token": {"token": token["token"]}, "credit": credit}
        assert (charge(shop, token, instrument=instrument).verdict == "accepted") == right


def test_expired_card_is_declined(shop):
    """
    From the first moment of the month after its own, in the zone of the site.
    """
    token = shop.token()
    shop.clock(freeze="2029-12-31T23:59:59-05:00")
    assert json.loads(charge(shop, token).reply.body)["status"]["status"] == "APPROVED"
    shop.clock(freeze="2030-01-01T00:00:00-05:00")
    payment = {"reference": "C-2", "amount": COP}
    exchange = charge(shop, token, payment=payment)
    assert "placetopay.stored-card-expired" in codes(exchange)
    answer = json.loads(exchange.reply.body)
    assert (answer["status"]["status"], answer["status"]["reason"]) == ("REJECTED", "XN")
    assert answer["payment"][0]["status"]["reason"] == "05"
    assert answer["payment"][0]["authorization"] == "000000"


def test_expired_card_on_the_page(shop):
    """
    It is not offered; who names it all the same is declined.
    """
    token = shop.token()
    shop.clock(freeze="2030-01-01T00:00:00-05:00")
    request_id = shop.create(payer=PAYER)
    assert shop.view(request_id)["tokens"] == []
    shop.choose(request_id, {"method": "token", "subtoken": token["subtoken"], "cvv": "123"})
    assert shop.attempts(request_id) == ["REJECTED 05"]


def test_expired_while_unconfirmed(shop):
    """
    A confirmation asks the bank, and the card has expired by then.
    """
    shop.site(LOGIN, allowed=["confirmation"])
    shop.clock(freeze="2029-12-31T23:50:00-05:00")
    request_id = shop.create(metadata={"requiresConfirmation": True})
    shop.pay(request_id, card={"expiration": "12/29"})
    number = shop.query(request_id)["payment"][0]["internalReference"]
    shop.clock(freeze="2030-01-01T00:05:00-05:00")
    answer = shop.post("/api/transaction", {"action": "confirm", "internalReference": number})
    assert answer["status"]["status"] == "REJECTED"


@pytest.mark.parametrize("path", ["collect", "gateway/token", "instrument/invalidate"])
def test_token_with_a_foreign_subtoken(shop, path):
    """
    The two must be of one card.
    """
    mine, other = shop.token(), shop.token("4111111111111111")
    payment = {"reference": "C-1", "amount": COP}

    def send(token, subtoken):
        instrument = {"token": {"token": token["token"], "subtoken": subtoken}}
        body = {"payer": PAYER, "payment": payment, "instrument": instrument}
        return shop.exchange(f"/api/{path}", body)

    for subtoken in (other["subtoken"], "9" * 16, "x", 5):
        exchange = send(mine, subtoken)
        assert exchange.diagnosis.code == "placetopay.token-invalid"
        assert exchange.diagnosis.where == "body.instrument.token.subtoken"
        assert exchange.reply.status == 400
    assert send(mine, mine["subtoken"]).verdict == "accepted"


# Answers and hosts ------------------------------------------------------------------------


def test_invalidate_in_both_languages(shop):
    """
    The English is recorded.
    """
    for locale, words in (
        ("en_US", "The petition has been successfully approved"),
        ("es_CO", "La petición ha sido aprobada exitosamente"),
    ):
        named = {"instrument": {"token": {"token": shop.token()["token"]}}, "locale": locale}
        status = shop.post("/api/instrument/invalidate", named)["status"]
        assert (status["status"], status["reason"], status["message"]) == ("APPROVED", "00", words)


@pytest.mark.parametrize(
    ("country", "franchise"), [("CO", "ID_DN"), ("EC", "ID_DN"), ("CL", "CR_DN")]
)
def test_diners(shop, country, franchise):
    """
    The service code is that of the site's country.
    """
    shop.site(LOGIN, country=country)
    request_id = shop.create()
    shop.pay(request_id, "36545400000008")
    payment = shop.query(request_id)["payment"][0]
    assert (payment["franchise"], payment["issuerName"]) == (franchise, "Diners Club")


@pytest.mark.parametrize(
    "action", [{"action": "reauthorization", "amount": COP}, {"action": "checkout"}]
)
def test_answer_of_a_capture(shop, action):
    """
    Without processorFields, as in the documentation's samples.
    """
    request_id = shop.create(type="checkin")
    shop.pay(request_id)
    number = shop.query(request_id)["payment"][0]["internalReference"]
    answer = shop.post("/api/transaction", {"internalReference": number, **action})
    assert list(answer["payment"])[-1] == "refunded"
    shop.post("/api/reverse", {"internalReference": number})
    assert shop.query(request_id)["payment"][0]["processorFields"]


@pytest.mark.parametrize(
    "host",
    [
        "checkout-test.placetopay.ec",
        "CHECKOUT-test.PlacetoPay.ec",
        "checkout-test.placetopay.ec.",
        "checkout-test.placetopay.ec:443",
        "checkout-test.placetopay.ec.:8900",
    ],
)
def test_host_of_another_country(shop, host):
    """
    However it is written.
    """
    request = Request(
        method="POST",
        path="/api/session",
        headers=[("content-type", "application/json"), ("host", host)],
        body=json.dumps({"auth": shop.auth(), **shop.message()}).encode(),
        base_url=BASE,
    )
    exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
    assert exchange.diagnosis.code == "placetopay.login-of-another-host"
