"""Placetopay: tokens, collect, reverse and the actions upon a transaction."""

from __future__ import annotations

import asyncio
import json
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placetopay_shop import APPROVED, DATE, DECLINED, LOGIN, PAYER, PENDING, Shop

from emulator.core.exchange import Request
from emulator.journal.showing import full
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.state import payer

OK, NO = "APPROVED 00", "REJECTED 05"
NO_TRANSACTION = (
    "placetopay.transaction-unknown",
    400,
    "request_not_valid",
    "No existe la transacción que busca",
)
REFUNDED = (
    "placetopay.transaction-refunded",
    400,
    "BR",
    "La transacción ya ha sido reembolsada",
)
INVALID_TOKEN = ("placetopay.token-invalid", 400, "XN", "El token usado es inválido")
DAY = 24 * 3600


def paid(shop, number=APPROVED, **change):
    request_id = shop.create(**change)
    shop.pay(request_id, number)
    return request_id, shop.query(request_id)["payment"][0]["internalReference"]


def cop(total, currency="COP"):
    return {"currency": currency, "total": total}


def charge(token, total=5000, reference="C-1", **change):
    return {
        "payer": PAYER,
        "payment": {"reference": reference, "amount": cop(total)},
        "instrument": {"token": {"token": token["token"]}},
        **change,
    }


# Collect ----------------------------------------------------------------------------------


def test_collect_is_exact(shop):
    """
    The object of a query, what was left out filled in, but for the expiration.
    """
    token = shop.token()
    body = shop.post("/api/collect", charge(token))
    assert list(body) == ["requestId", "status", "request", "payment", "subscription"]
    assert body["status"] == {
        "status": "APPROVED",
        "reason": "00",
        "message": "La petición ha sido aprobada exitosamente",
        "date": DATE,
    }
    assert json.dumps(body["request"]) == json.dumps(
        {
            "locale": "es_CO",
            "payer": PAYER,
            "payment": {
                "reference": "C-1",
                "amount": {"currency": "COP", "total": 5000},
                "allowPartial": False,
                "subscribe": False,
            },
            "returnUrl": "https://pay.test/placetopay/home",
            "ipAddress": "203.0.113.9",
            "userAgent": "shop/1",
        }
    )
    payment = body["payment"][0]
    assert list(payment) == [
        "amount",
        "status",
        "receipt",
        "refunded",
        "franchise",
        "reference",
        "issuerName",
        "authorization",
        "paymentMethod",
        "processorFields",
        "internalReference",
        "paymentMethodName",
    ]
    total = {"total": 5000, "currency": "COP"}
    assert json.dumps(payment["amount"]) == json.dumps({"to": total, "from": total, "factor": 1})
    own = "2026-01-31T11:00:00-05:00"
    other = shop.post("/api/collect", charge(token, 6000, expiration=own))
    assert list(other["request"])[-1] == "expiration"
    assert other["request"]["expiration"] == own
    assert shop.status(body["requestId"]) == OK
    assert (
        shop.query(body["requestId"])["payment"][0]["internalReference"]
        == (payment["internalReference"])
    )


def test_collect_declined(shop):
    """
    REJECTED XN at once, with its payment.
    """
    token = shop.token("4110760000000057")  # below 200
    body = shop.post("/api/collect", charge(token, 200))
    assert (body["status"]["status"], body["status"]["reason"]) == ("REJECTED", "XN")
    assert body["status"]["message"] == "Se ha rechazado la petición"
    assert body["payment"][0]["status"]["reason"] == "05"


@pytest.mark.parametrize(("number", "expected"), [(PENDING, OK), ("4110760000000024", OK)])
def test_collect_pending(shop, number, expected):
    """
    PENDING PT with payment null, as the official samples have it; a query shows the payment.
    """
    request_id = shop.subscribe()
    shop.pay(request_id, number)
    shop.advance(180)
    stored = shop.query(request_id)["subscription"]["instrument"]
    token = {each["keyword"]: each["value"] for each in stored}
    body = shop.post("/api/collect", charge(token))
    assert (body["status"]["status"], body["status"]["reason"]) == ("PENDING", "PT")
    assert body["payment"] is None
    assert shop.attempts(body["requestId"]) == ["PENDING ?-"]
    shop.advance(180)
    assert shop.status(body["requestId"]) == expected


def test_collect_twice_charges_once(shop):
    """
    Within 24 hours: the first session again. Another total is another charge.
    """
    token = shop.token()
    first = shop.post("/api/collect", charge(token))
    shop.advance(DAY - 1)
    again = shop.post("/api/collect", charge(token))
    assert again["requestId"] == first["requestId"]
    assert again["payment"] == first["payment"]
    assert shop.post("/api/collect", charge(token, 5001))["requestId"] != first["requestId"]
    assert (
        shop.post("/api/collect", charge(token, reference="C-2"))["requestId"]
        > (first["requestId"])
    )
    shop.advance(1)
    assert shop.post("/api/collect", charge(token))["requestId"] > first["requestId"]


def test_collect_many_times_at_once_charges_once(shop):
    """
    Whoever comes first charges; all get the same answer, and one notification goes out.
    """
    token, count = shop.token(), 6
    shop.webhooks.clear()
    start, answers = threading.Barrier(count), []

    def charge_it():
        start.wait()
        answers.append(shop.post("/api/collect", charge(token)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            threads = [threading.Thread(target=charge_it) for _ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(answers) == count
            assert {each["status"]["status"] for each in answers} == {"APPROVED"}
            assert len({each["payment"][0]["internalReference"] for each in answers}) == 1
            assert [webhook.content["requestId"] for webhook in shop.webhooks] == [
                answers[0]["requestId"]
            ]
            answers.clear()
            shop.webhooks.clear()
            shop.advance(DAY)
    finally:
        sys.setswitchinterval(interval)


def test_diagnosis_says_what_became_of_a_token(shop):
    """
    Invalidated, of another site, or never heard of.
    """

    def hint(token, login=LOGIN):
        exchange = shop.exchange("/api/gateway/token", {"instrument": {"token": token}}, login)
        assert exchange.diagnosis.code == "placetopay.token-invalid"
        return exchange.diagnosis.hint

    stored = shop.token()
    mine = {"subtoken": stored["subtoken"]}
    shop.site("other")
    assert f"It belongs to the site {LOGIN}" in hint(mine, "other")
    shop.post("/api/instrument/invalidate", {"instrument": {"token": mine}})
    assert hint(mine) == hint({"token": stored["token"]})
    assert "It was invalidated" in hint(mine)
    assert "subscription.instrument" in hint({"subtoken": "9" * 16})


@pytest.mark.parametrize(
    "card",
    [
        {"number": APPROVED, "cvv": "9173"},
        {"Number": APPROVED, "CVV": "9173"},
        {"cardNumber": APPROVED, "securityCode": "9173"},
        {"pan": int(APPROVED), "cvc": 9173},
        APPROVED,
    ],
)
@pytest.mark.parametrize("path", ["/api/session", "/api/collect", "/api/gateway/information"])
@pytest.mark.parametrize("known", [True, False])
def test_journal_shows_no_card(shop, card, path, known):
    """
    Whatever it is called, whether or not it is wanted, and whoever sends it.
    """
    if not known:
        shop.site(LOGIN, status="inactive")
    body = shop.message(instrument={"card": card}, payer=PAYER)
    exchange = shop.exchange(path, body)
    shown = full(exchange, shop.namespace.mask())
    text = json.dumps([shown[name] for name in ("diagnosis", "request", "payload", "reply")])
    assert APPROVED not in text
    assert "9173" not in text


def test_collect_of_another_site_with_the_same_reference(shop):
    """
    The guard is the site's own.
    """
    first = shop.post("/api/collect", charge(shop.token()))
    other = shop.token(login="emulator-co-sha256")
    second = shop.post("/api/collect", charge(other), "emulator-co-sha256")
    assert second["requestId"] > first["requestId"]


def test_collect_by_subtoken_in_installments(shop):
    """
    A subtoken does as well, and says in how many parts.
    """
    token = {"subtoken": shop.token()["subtoken"], "installments": 3}
    body = shop.post("/api/collect", charge({"token": ""}, instrument={"token": token}))
    fields = {each["keyword"]: each["value"] for each in body["payment"][0]["processorFields"]}
    assert fields["installments"] == 3


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"payer": {"name": "Ana"}}, "placetopay.field-required", "payer_data_not_valid"),
        ({"payment": None}, "placetopay.field-required", "request_not_valid"),
        ({"instrument": None}, "placetopay.field-required", "request_not_valid"),
        ({"instrument": {}}, "placetopay.field-required", "request_not_valid"),
        ({"instrument": "x"}, "placetopay.field-type", "request_not_valid"),
        ({"instrument": {"token": {}}}, "placetopay.field-required", "request_not_valid"),
        ({"instrument": {"token": {"token": 7}}}, "placetopay.field-type", "request_not_valid"),
        (
            {"instrument": {"token": {"token": "0" * 64, "installments": "x"}}},
            "placetopay.token-invalid",
            "XN",
        ),
        ({"payment": {"reference": "R"}}, "placetopay.field-required", "request_not_valid"),
    ],
    ids=str,
)
def test_collect_that_is_wrong(shop, change, code, reason):
    """
    400, and nothing is charged.
    """
    body = {**charge(shop.token()), **change}
    found = shop.refused("/api/collect", body)
    assert (found[0], found[1], found[2]) == (code, 400, reason)


@pytest.mark.parametrize("path", ["collect", "instrument/invalidate", "gateway/token"])
@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (
            {"token": "abc"},
            (
                "placetopay.token-length",
                400,
                "request_not_valid",
                "La longitud del token no es correcta",
            ),
        ),
        ({"subtoken": "9" * 16}, INVALID_TOKEN),
        ({"token": "0" * 64}, INVALID_TOKEN),
    ],
    ids=str,
)
def test_token_that_is_none(shop, path, token, expected):
    """
    Of another length, or unknown; the look-up has words of its own.
    """
    body = {**charge({"token": ""}), "instrument": {"token": token}}
    found = shop.refused(f"/api/{path}", body)
    if path == "gateway/token" and found[0] == "placetopay.token-invalid":
        assert found[1:] == (400, "XN", "El token proporcionado es inválido")
        english = shop.refused(f"/api/{path}", {**body, "locale": "en_US"})
        assert english[3] == "Invalid token provided"
    else:
        assert found == expected


# Tokens -----------------------------------------------------------------------------------


def test_look_up(shop):
    """
    Every member in its order.
    """
    request_id = shop.subscribe()
    shop.pay(request_id, "4111111111111111", card={"holder": "ANA GOMEZ"})
    stored = shop.query(request_id)["subscription"]["instrument"]
    token = {each["keyword"]: each["value"] for each in stored}
    body = shop.post("/api/gateway/token", {"instrument": {"token": {"token": token["token"]}}})
    assert json.dumps(body, ensure_ascii=False) == json.dumps(
        {
            "status": {
                "status": "OK",
                "reason": "00",
                "message": "La petición se ha procesado correctamente",
                "date": DATE,
            },
            "data": {
                "id": body["data"]["id"],
                "type": "card",
                "token": token["token"],
                "subtoken": token["subtoken"],
                "franchise": "visa",
                "franchiseName": "Visa",
                "issuerName": "JPMORGAN CHASE BANK, N.A.",
                "lastDigits": "1111",
                "validUntil": "12/29",
                "owner": "ANA GOMEZ",
                "bin": "411111",
                "accountType": None,
            },
        },
        ensure_ascii=False,
    )


def test_invalidate(shop):
    """
    For good: it can be neither charged, looked up nor invalidated any more.
    """
    token = shop.token()
    named = {"instrument": {"token": {"subtoken": token["subtoken"]}}}
    body = shop.post("/api/instrument/invalidate", named)
    assert list(body) == ["status"]
    assert (body["status"]["status"], body["status"]["reason"]) == ("APPROVED", "00")
    assert shop.refused("/api/instrument/invalidate", named) == INVALID_TOKEN
    assert shop.refused("/api/collect", charge(token)) == INVALID_TOKEN
    english = shop.refused("/api/instrument/invalidate", {**named, "locale": "en_US"})
    assert english[3] == "The token used is invalid"


def test_token_of_another_site(shop):
    """
    Unknown to it.
    """
    token = shop.token()
    assert shop.refused("/api/collect", charge(token), "emulator-ec") == INVALID_TOKEN
    named = {"instrument": {"token": {"token": token["token"]}}}
    assert shop.refused("/api/instrument/invalidate", named, "emulator-ec") == INVALID_TOKEN


@pytest.mark.parametrize(
    ("number", "service", "three_ds"),
    [
        (APPROVED, "CR_VS", "unsupported"),
        ("4110760000000008", "CR_VS", "required"),
        ("5180300000000005", "RM_MC", "optional"),
    ],
)
def test_information(shop, number, service, three_ds):
    """
    The brand's service code, and what 3-D Secure does; the number does not get into the journal.
    """
    body = {
        "payment": {"reference": "R", "amount": cop(5)},
        "instrument": {"card": {"number": number}},
        "ipAddress": "::1",
        "userAgent": "x",
    }
    exchange = shop.exchange("/api/gateway/information", body)
    answer = json.loads(exchange.reply.body)
    assert (answer["serviceCode"], answer["threeDS"]) == (service, three_ds)
    assert list(answer)[:4] == ["status", "provider", "serviceCode", "cardType"]
    assert number not in str(exchange.payload)
    assert number not in shop.namespace.mask().text(exchange.request.body.decode())
    token = {**body, "instrument": {"token": {"token": shop.token()["token"]}}}
    assert shop.post("/api/gateway/information", token)["serviceCode"] == "CR_VS"
    found = shop.refused("/api/gateway/information", {**body, "instrument": None})
    assert found[0] == "placetopay.field-required"
    alone = {"instrument": body["instrument"]}  # all that the documentation requires
    assert shop.post("/api/gateway/information", alone)["serviceCode"] == service


# Reverse ----------------------------------------------------------------------------------


def test_reverse_is_exact(shop):
    """
    A new transaction with the marks of the old one; that says refunded, its session stays.
    """
    request_id, reference = paid(shop, "4111111111111111")
    payment = shop.query(request_id)["payment"][0]
    body = shop.post("/api/reverse", {"internalReference": reference})
    status = {"status": "APPROVED", "reason": "00", "message": "Aprobada", "date": DATE}
    assert json.dumps(body) == json.dumps(
        {
            "status": status,
            "payment": {
                "status": status,
                "internalReference": body["payment"]["internalReference"],
                "paymentMethod": "visa",
                "paymentMethodName": "Visa",
                "issuerName": "JPMORGAN CHASE BANK, N.A.",
                "amount": {"from": cop(12000), "to": cop(12000), "factor": 1},
                "authorization": payment["authorization"],
                "reference": "ORDER-1",
                "receipt": payment["receipt"],
                "franchise": "CR_VS",
                "refunded": False,
                "processorFields": [
                    {"keyword": keyword, "value": value, "displayOn": "none"}
                    for keyword, value in (
                        ("merchantCode", "011271442"),
                        ("terminalNumber", "00057742"),
                        ("cardType", "C"),
                        ("bin", "411111"),
                        ("expiration", "1229"),
                        ("installments", 1),
                        ("lastDigits", "1111"),
                        ("id", body["payment"]["processorFields"][-2]["value"]),
                        ("b24", "000"),
                    )
                ],
            },
        }
    )
    assert body["payment"]["internalReference"] > reference
    after = shop.query(request_id)
    assert after["payment"][0]["refunded"] is True
    assert after["status"]["status"] == "APPROVED"
    assert len(after["payment"]) == 1


@pytest.mark.parametrize("as_text", [False, True])
def test_reverse_twice(shop, as_text):
    """
    400 BR, however the reference is written.
    """
    _, reference = paid(shop)
    named = {"internalReference": str(reference) if as_text else reference}
    shop.post("/api/reverse", named)
    assert shop.refused("/api/reverse", named) == REFUNDED
    english = shop.refused("/api/reverse", {**named, "locale": "en_US"})
    assert english[3] == "Transaction already refunded"


@pytest.mark.parametrize("reference", [..., None, "", 0.5, True, [], {}, "9" * 33, 10**40])
def test_reverse_of_nothing(shop, reference):
    """
    400, reason 0, an integer.
    """
    body = {} if reference is ... else {"internalReference": reference}
    assert shop.refused("/api/reverse", body) == (
        "placetopay.reference-length",
        400,
        0,
        "Referencia inválida, debe ser de 1 a 32 caracteres",
    )


@pytest.mark.parametrize("reference", [1, 999, "x", -5, "９"])
def test_reverse_of_an_unknown_transaction(shop, reference):
    """
    Whether it is a requestId or made up.
    """
    paid(shop)
    assert shop.refused("/api/reverse", {"internalReference": reference}) == NO_TRANSACTION


def test_reverse_with_a_request_id_is_named(shop):
    """
    The mistake that integrators make.
    """
    request_id, _ = paid(shop)
    exchange = shop.exchange("/api/reverse", {"internalReference": request_id})
    assert exchange.diagnosis.hint.startswith("That is a requestId.")


def test_reverse_of_another_site(shop):
    """
    Unknown to it, and nothing is refunded.
    """
    request_id, reference = paid(shop)
    named = {"internalReference": reference}
    assert shop.refused("/api/reverse", named, "emulator-co-sha256") == NO_TRANSACTION
    assert shop.query(request_id)["payment"][0]["refunded"] is False


@pytest.mark.parametrize("number", [DECLINED, PENDING, "4110760000000065"])
def test_reverse_of_what_is_not_approved(shop, number):
    """
    400 BR.
    """
    _, reference = paid(shop, number)
    found = shop.refused("/api/reverse", {"internalReference": reference})
    assert found[:3] == ("placetopay.transaction-not-refundable", 400, "BR")


def test_reverse_of_a_refund(shop):
    """
    A refund cannot be refunded.
    """
    _, reference = paid(shop)
    refund = shop.post("/api/reverse", {"internalReference": reference})["payment"]
    found = shop.refused("/api/reverse", {"internalReference": refund["internalReference"]})
    assert found[0] == "placetopay.transaction-not-refundable"


def test_reverse_before_settlement(shop):
    """
    All or nothing; a part is refused.
    """
    _, reference = paid(shop)
    part = {"internalReference": reference, "amount": cop(5000)}
    found = shop.refused("/api/reverse", part)
    assert found[:3] == ("placetopay.transaction-not-settled", 400, "BR")
    shop.advance(DAY - 1)
    assert shop.refused("/api/reverse", part)[0] == "placetopay.transaction-not-settled"
    whole = {"internalReference": reference, "amount": cop("12000")}
    assert shop.post("/api/reverse", whole)["payment"]["amount"]["to"] == cop(12000)


def test_reverse_in_parts(shop):
    """
    After settlement, until nothing is left; it says refunded from the first part on.
    """
    request_id, reference = paid(shop)
    shop.advance(DAY)
    part = {"internalReference": reference, "amount": cop(5000)}
    assert shop.query(request_id)["payment"][0]["refunded"] is False
    shop.post("/api/reverse", part)
    assert shop.query(request_id)["payment"][0]["refunded"] is True
    shop.post("/api/reverse", part)
    found = shop.refused("/api/reverse", part)
    assert found[:3] == ("placetopay.amount-exceeds", 400, "request_not_valid")
    rest = shop.post("/api/reverse", {"internalReference": reference})
    assert rest["payment"]["amount"]["to"] == cop(2000)
    assert shop.query(request_id)["payment"][0]["refunded"] is True
    assert shop.refused("/api/reverse", part) == REFUNDED


@pytest.mark.parametrize("amount", [cop(12001), cop(12000, "USD"), cop(0), cop(-1), cop("x"), "x"])
def test_reverse_of_a_wrong_amount(shop, amount):
    """
    More than there is, another currency, or no amount.
    """
    request_id, reference = paid(shop)
    shop.advance(DAY)
    found = shop.refused("/api/reverse", {"internalReference": reference, "amount": amount})
    assert found[1:3] == (400, "request_not_valid")
    assert shop.query(request_id)["payment"][0]["refunded"] is False


# Transactions -----------------------------------------------------------------------------


def act(shop, action, reference, total=None):
    body = {"action": action, "internalReference": reference}
    return body if total is None else {**body, "amount": cop(total)}


def test_transaction_reverse(shop):
    """
    As /api/reverse.
    """
    _, reference = paid(shop)
    body = shop.post("/api/transaction", act(shop, "reverse", reference))
    assert list(body) == ["status", "payment"]
    assert body["payment"]["internalReference"] > reference
    assert shop.refused("/api/transaction", act(shop, "reverse", reference)) == REFUNDED


@pytest.mark.parametrize("action", [None, "", "void", 1, "CONFIRM"])
def test_unknown_action(shop, action):
    """
    One of five.
    """
    _, reference = paid(shop)
    found = shop.refused("/api/transaction", {"action": action, "internalReference": reference})
    assert found[1:3] == (400, "request_not_valid")


@pytest.mark.parametrize("action", ["confirm", "cancel", "checkout", "reauthorization"])
def test_action_of_another_kind_of_session(shop, action):
    """
    In the words of the documentation.
    """
    _, reference = paid(shop)
    assert shop.refused("/api/transaction", act(shop, action, reference)) == (
        "placetopay.action-unsupported",
        400,
        "request_not_valid",
        f"La acción [{action}] no está soportada para esta sesión",
    )
    english = shop.refused("/api/transaction", {**act(shop, action, reference), "locale": "en_US"})
    assert english[3] == f"The [{action}] action is not supported for this session"


def test_checkin(shop):
    """
    Reauthorized as often as one likes, captured once, refunded then; each a new transaction.
    """
    request_id, reference = paid(shop, type="checkin")
    assert shop.status(request_id) == OK
    first = shop.post("/api/transaction", act(shop, "reauthorization", reference, 15000))
    again = shop.post(
        "/api/transaction",
        act(shop, "reauthorization", first["payment"]["internalReference"], 20000),
    )
    numbers = [each["payment"]["internalReference"] for each in (first, again)]
    assert reference < numbers[0] < numbers[1]
    found = shop.refused("/api/transaction", act(shop, "checkout", reference, 20001))
    assert found[0] == "placetopay.amount-exceeds"
    captured = shop.post("/api/transaction", act(shop, "checkout", numbers[1], 18000))
    assert captured["payment"]["amount"]["to"] == cop(18000)
    for action in ("checkout", "reauthorization"):
        found = shop.refused("/api/transaction", act(shop, action, reference, 1))
        assert found[:2] == ("placetopay.transaction-not-unconfirmed", 400)
    refund = shop.post("/api/reverse", {"internalReference": reference})
    assert refund["payment"]["amount"]["to"] == cop(18000)
    assert shop.query(request_id)["payment"][0]["amount"]["to"] == {
        "total": 12000,
        "currency": "COP",
    }


def test_no_reauthorization_in_puerto_rico(shop):
    """
    A capture is all there is.
    """
    shop.site("boricua", country="PR")
    request_id = shop.create(login="boricua", type="checkin")
    shop.pay(request_id)
    session = shop.post(f"/api/session/{request_id}", login="boricua")
    reference = session["payment"][0]["internalReference"]
    found = shop.refused(
        "/api/transaction", act(shop, "reauthorization", reference, 5), login="boricua"
    )
    assert found[:3] == ("placetopay.action-unsupported", 400, "request_not_valid")
    shop.post("/api/transaction", act(shop, "checkout", reference, 5), login="boricua")


def test_checkin_is_released(shop):
    """
    A capture of zero; nothing is left to refund.
    """
    _, reference = paid(shop, type="checkin")
    body = shop.post("/api/transaction", act(shop, "checkout", reference, 0))
    assert body["payment"]["amount"]["to"] == cop(0)
    assert shop.refused("/api/reverse", {"internalReference": reference}) == REFUNDED


@pytest.mark.parametrize(
    "amount", [cop(5, "USD"), {"currency": "COP"}, {"total": -1}, {"total": "x"}, "x"], ids=str
)
def test_checkin_of_a_wrong_amount(shop, amount):
    """
    The currency is fixed, the total a number.
    """
    _, reference = paid(shop, type="checkin")
    for action in ("checkout", "reauthorization"):
        body = {**act(shop, action, reference), "amount": amount}
        assert shop.refused("/api/transaction", body)[1:3] == (400, "request_not_valid")


def confirmable(shop, number=APPROVED):
    shop.site(LOGIN, allowed=["confirmation"])
    return paid(shop, number, metadata={"requiresConfirmation": True})


def test_confirmation(shop):
    """
    The session waits PENDING PT, its payment PENDING_CONFIRMATION PT; confirm executes it, once.
    """
    request_id, reference = confirmable(shop)
    payment = shop.query(request_id)["payment"][0]
    assert (shop.status(request_id), payment["authorization"]) == ("PENDING PT", "000000")
    assert payment["status"]["status"] == "PENDING_CONFIRMATION"
    assert payment["status"]["message"] == "Transacción pendiente de confirmación"
    body = shop.post("/api/transaction", act(shop, "confirm", reference))
    assert body["status"]["status"] == "APPROVED"
    assert body["payment"]["internalReference"] == reference
    assert shop.status(request_id) == OK
    assert shop.refused("/api/transaction", act(shop, "confirm", reference)) == (
        "placetopay.transaction-not-unconfirmed",
        400,
        "request_not_valid",
        "La acción [confirm] solo está disponible para transacciones en estado pendiente de"
        " confirmación",
    )
    assert len(shop.webhooks) == 1


def test_confirmation_cancelled(shop):
    """
    REJECTED ?C in the merchant's name; the session is over.
    """
    request_id, reference = confirmable(shop)
    body = shop.post("/api/transaction", act(shop, "cancel", reference))
    assert (body["status"]["reason"], body["status"]["message"]) == (
        "?C",
        "Cancelada por el comercio",
    )
    assert shop.status(request_id) == "REJECTED MC"


def test_confirmation_too_late(shop):
    """
    400 transaction_request_error.
    """
    request_id, reference = confirmable(shop)
    shop.advance(1800)
    for action in ("confirm", "cancel"):
        assert shop.refused("/api/transaction", act(shop, action, reference)) == (
            "placetopay.transaction-expired",
            400,
            "transaction_request_error",
            "La transacción ya ha sido expirada",
        )
    assert shop.status(request_id) == "REJECTED EX"
    assert shop.attempts(request_id) == ["REJECTED EX"]


@pytest.mark.parametrize(
    ("number", "status", "reason", "session"),
    [
        (DECLINED, "REJECTED", "05", "PENDING PT"),
        (PENDING, "PENDING", "?-", "PENDING PT"),
        ("4110760000000065", "FAILED", "BR", "PENDING PT"),
    ],
)
def test_confirmation_that_is_not_approved(shop, number, status, reason, session):
    """
    The bank has the last word.
    """
    request_id, reference = confirmable(shop, number)
    body = shop.post("/api/transaction", act(shop, "confirm", reference))
    assert (body["status"]["status"], body["status"]["reason"]) == (status, reason)
    assert shop.status(request_id) == session
    if number == PENDING:
        shop.advance(30)
        assert shop.status(request_id) == OK


def test_confirmation_after_a_challenge(shop):
    """
    The payer first, then the merchant.
    """
    request_id, reference = confirmable(shop, "4110760000000008")
    found = shop.refused("/api/transaction", act(shop, "confirm", reference))
    assert found[0] == "placetopay.transaction-not-unconfirmed"
    payer.answer_challenge(str(request_id), "12345", shop.context)
    shop.post("/api/transaction", act(shop, "confirm", reference))
    assert shop.status(request_id) == OK


# Everywhere -------------------------------------------------------------------------------

ENDPOINTS = [
    "collect",
    "reverse",
    "transaction",
    "instrument/invalidate",
    "gateway/token",
    "gateway/information",
]


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("prefix", ["/api", "/redirection/api"])
def test_authentication_comes_first(shop, path, prefix):
    """
    401 before anything is looked at.
    """
    found = shop.refused(f"{prefix}/{path}", {"auth": {}})
    assert found[1:3] == (401, 401)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from([1500000001, "1500000001", "confirm", "reverse", "COP", "0" * 64, "9" * 16])
)
NAMES = st.sampled_from(
    [
        "internalReference",
        "action",
        "amount",
        "currency",
        "total",
        "payer",
        "payment",
        "reference",
        "instrument",
        "token",
        "subtoken",
        "card",
        "number",
        "installments",
        "locale",
        "ipAddress",
        "userAgent",
        "name",
        "document",
        "metadata",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


@pytest.mark.slow
@given(path=st.sampled_from(ENDPOINTS), body=st.dictionaries(NAMES, TREES, max_size=8))
@settings(max_examples=400, deadline=None)
def test_any_message(path, body):
    """
    Any signed message is answered as the provider would, and never a bug.
    """
    assert FUZZED.exchange(f"/api/{path}", body).reply.status in (200, 400)
    base = {**charge(TOKEN), **act(FUZZED, "checkout", REFERENCE), **body}
    assert FUZZED.exchange(f"/api/{path}", base).reply.status in (200, 400)


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("depth", [70, 300, 450, 900])
def test_deep_nesting(shop, path, depth):
    """
    As deep as can be read at all.
    """
    whole = json.dumps({"auth": shop.auth(), "internalReference": 1})
    deep = "[" * depth + "]" * depth
    request = Request(
        method="POST",
        path=f"/api/{path}",
        headers=[("content-type", "application/json")],
        body=f'{whole[:-1]},"card":{deep},"instrument":{{"token":{deep}}}}}'.encode(),
    )
    exchange = asyncio.run(shop.emulator.serve(shop.namespace, PROVIDER, request))
    assert exchange.bug == ""
    assert exchange.reply.status in (400, 401)


FUZZED = Shop()
TOKEN = FUZZED.token()
REFERENCE = paid(FUZZED, type="checkin")[1]
