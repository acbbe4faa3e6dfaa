"""Placetopay: the notification, once and signed; and the triggers."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placetopay_shop import (
    APPROVED,
    CHALLENGED,
    DATE,
    DECLINED,
    HOOK,
    LOGIN,
    PENDING,
    Shop,
)
from starlette.testclient import TestClient

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.emulator import Emulator
from emulator.provider import Changes, MerchantAnswer, Webhook
from emulator.providers.placetopay import PROVIDER
from emulator.providers.placetopay.state import payer
from emulator.providers.placetopay.webhooks import EVENT, signed

VECTOR = {
    "status": {"status": "APPROVED", "date": "2026-01-02T03:04:05-05:00"},
    "requestId": 83,
    "reference": "R",
}


def sealed(shop, webhook=None, **changes):
    context = replace(shop.context, changes=Changes(**changes))
    return PROVIDER.webhooks.seal(webhook or shop.webhooks[-1], context)


def trigger(shop, event, **members):
    return PROVIDER.webhooks.trigger(event, members, shop.context)


# The body ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("sha1", "e3c72372000413c32847cab4710c2cd90197fd76"),
        (
            "sha256",
            "sha256:79f799f6eb4f3ca2856fb427e635ab708e5f79c2d36a42c95d97b0b62baffa08",
        ),
    ],
)
def test_vectors(name, signature):
    """
    Over requestId, status, date and secret, nothing between them.
    """
    site = {"secretKey": "demo_secret_key", "notificationAlgorithm": name}
    assert signed(VECTOR, site)["signature"] == signature


def test_body_is_exact(shop):
    """
    Five members, in the order recorded; requestId a number.
    """
    request_id = shop.create()
    shop.pay(request_id)
    (webhook,) = shop.webhooks
    assert (webhook.event, webhook.url, webhook.credential) == (EVENT, HOOK, LOGIN)
    delivery = sealed(shop)
    assert delivery.headers == (("content-type", "application/json"),)
    secret = shop.context.credential(LOGIN)["secretKey"]
    digest = hashlib.sha1(f"{request_id}APPROVED{DATE}{secret}".encode()).hexdigest()
    assert delivery.body.decode() == (
        '{"status":{"status":"APPROVED","reason":"00",'
        f'"message":"La petición ha sido aprobada exitosamente","date":"{DATE}"}},'
        f'"requestId":{request_id},"reference":"ORDER-1","signature":"{digest}"}}'
    )
    assert shop.view(request_id)["notification"] == json.loads(delivery.body)


def test_sha256_site():
    """
    With the prefix, in lower-case hex.
    """
    shop = Shop()
    shop.site("emulator-co-sha256", notificationUrl=HOOK)
    request_id = shop.create(login="emulator-co-sha256")
    shop.pay(request_id)
    secret = shop.context.credential("emulator-co-sha256")["secretKey"]
    digest = hashlib.sha256(f"{request_id}APPROVED{DATE}{secret}".encode()).hexdigest()
    assert json.loads(sealed(shop).body)["signature"] == f"sha256:{digest}"


@pytest.mark.parametrize("name", ["next", "previous", "rogue"])
def test_signed_with_another_key(shop, name):
    """
    The secret that the name stands for; the right one under `current`.
    """
    shop.pay(shop.create())
    right = json.loads(sealed(shop).body)
    assert json.loads(sealed(shop, sign_with="current").body) == right
    changed = json.loads(sealed(shop, sign_with=name).body)
    assert changed["signature"] != right["signature"]
    site = shop.context.rekey(shop.context.credential(LOGIN), name, shop.context.keys)
    del right["signature"]
    assert changed == signed(right, site)
    assert name in PROVIDER.signing_keys


def test_dates_are_bent_before_they_are_signed(shop):
    """
    A shifted date with a signature that fits it.
    """
    shop.pay(shop.create())
    body = json.loads(sealed(shop, webhook_seconds=-3600).body)
    assert body["status"]["date"] == "2026-01-31T08:56:06-05:00"
    signature = body.pop("signature")
    assert signed(body, shop.context.credential(LOGIN))["signature"] == signature


def test_clock_for_webhooks(shop):
    """
    An offset that reaches only webhooks dates only them.
    """
    shop.clock(offset="+1h", affects=("webhook",))
    request_id = shop.create()
    shop.pay(request_id)
    assert shop.webhooks[0].content["status"]["date"] == "2026-01-31T10:56:06-05:00"
    assert shop.query(request_id)["status"]["date"] == DATE


# When -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        ("pay", "APPROVED", "00"),
        ("pending", "APPROVED", "00"),
        ("cancel", "REJECTED", "MC"),
        ("give up", "REJECTED", "?C"),
        ("expire", "REJECTED", "EX"),
        ("decline", "REJECTED", "XN"),
    ],
)
def test_each_end_is_notified_once(end, status, reason):
    """
    By whoever finds the session final first; nothing before, nothing after.
    """
    shop = Shop(failed_attempts=1)
    request_id = shop.create()
    shop.view(request_id)
    shop.query(request_id)
    assert shop.webhooks == []
    match end:
        case "pay":
            shop.pay(request_id)
        case "pending":
            shop.pay(request_id, PENDING)
            assert shop.webhooks == []
            shop.advance(30)
        case "cancel":
            shop.cancel(request_id)
        case "give up":
            payer.cancel_by_payer(str(request_id), shop.context)
        case "expire":
            shop.advance(1800)
        case _:
            shop.pay(request_id, DECLINED)
    for _ in range(3):
        shop.query(request_id)
        shop.view(request_id)
        shop.advance(5000)
    (webhook,) = shop.webhooks
    assert webhook.content["requestId"] == request_id
    found = webhook.content["status"]
    assert (found["status"], found["reason"]) == (status, reason)


def test_nothing_before_the_end(shop):
    """
    Neither a part nor a rejected attempt is told.
    """
    request_id = shop.create(payment={"allowPartial": True})
    shop.pay(request_id, amount=5000)
    shop.pay(request_id, DECLINED)
    assert shop.webhooks == []
    shop.pay(request_id)
    assert len(shop.webhooks) == 1


@pytest.mark.parametrize(
    ("number", "seconds", "status"),
    [
        (None, 1800, "REJECTED"),
        (PENDING, 30, "APPROVED"),
        ("4048370000000037", 1800, "REJECTED"),
        (CHALLENGED, 1800, "REJECTED"),
        ("4110760000000024", 180, "APPROVED"),
    ],
)
def test_end_that_nobody_sees(shop, number, seconds, status):
    """
    The clock alone brings the notification, at its moment.
    """
    request_id = shop.create()
    if number:
        shop.pay(request_id, number)
    shop.advance(29)
    shop.wake()
    shop.advance(seconds - 30)
    shop.wake()
    assert shop.webhooks == []
    shop.advance(1)
    for _ in range(2):
        shop.wake()
    (webhook,) = shop.webhooks
    assert webhook.content["status"]["status"] == status
    assert len(shop.context.agenda) == 0


def test_challenge_that_turns_pending_wakes_too(shop):
    """
    From the OTP on.
    """
    request_id = shop.create()
    shop.pay(request_id, "4110760000000032")
    payer.answer_challenge(str(request_id), "12345", shop.context)
    shop.advance(30)
    shop.wake()
    assert len(shop.webhooks) == 1


def test_clock_of_the_control_api_wakes():
    """
    To advance the clock is enough, and nobody else is called.
    """
    emulator = Emulator()
    namespace = emulator.namespace("default")
    sent = []

    async def send(url, delivery):
        sent.append(json.loads(delivery.body)["status"]["reason"])
        return 200, b""

    namespace.outbox._send = send
    table = namespace.contexts["placetopay"].store.table("credentials")
    table.update(LOGIN, lambda record: {**record, "notificationUrl": HOOK})
    with TestClient(emulator.app, base_url="http://localhost") as client:
        client.patch("/_emulator/clock", json={"freeze": "2026-01-31T14:56:06Z"})
        signed_ = PROVIDER.sign(
            "session.create", None, namespace.contexts["placetopay"], "http://localhost/placetopay"
        ).request
        made = client.post(
            "/placetopay/api/session",
            content=signed_.body,
            headers={"content-type": "application/json"},
        )
        assert made.status_code == 200
        told = client.post("/_emulator/trigger/placetopay/pay", json={"card": PENDING}).json()
        assert (told["webhook"], told["session"]["status"]["reason"]) == (None, "PT")
        client.patch("/_emulator/clock", json={"advance": "30s"})
        assert client.get("/_emulator/webhooks").json()["webhooks"]
        again = client.post("/_emulator/trigger/placetopay/notification", json={}).json()
        assert again["acknowledged"] is True
        refused = client.post("/_emulator/trigger/placetopay/pay", json={})
        assert refused.status_code == 422
    assert sent == ["00", "00"]


def test_refund_is_not_told(shop):
    """
    The session stays as it is.
    """
    request_id = shop.create()
    shop.pay(request_id)
    reference = shop.query(request_id)["payment"][0]["internalReference"]
    shop.post("/api/reverse", {"internalReference": reference})
    shop.query(request_id)
    assert len(shop.webhooks) == 1


def test_site_without_a_url():
    """
    Nothing is sent, also when the URL comes later; that is entered among the webhooks.
    """
    shop = Shop(notified=False)
    request_id = shop.create()
    shop.pay(request_id)
    shop.site(LOGIN, notificationUrl=HOOK)
    shop.query(request_id)
    assert [webhook.url for webhook in shop.webhooks] == [""]


def test_language(shop):
    """
    That of the session.
    """
    shop.pay(shop.create(locale="en_US"))
    message = shop.webhooks[0].content["status"]["message"]
    assert message == "The request has been successfully approved"


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_part_to_damage(shop, name):
    """
    The hex of the signature, without its prefix; another key's is well-formed and wrong.
    """
    shop.site(LOGIN, notificationAlgorithm=name)
    shop.pay(shop.create())
    delivery, part = sealed(shop), PROVIDER.parts["webhook.signature"]
    raw = part.read(delivery)
    assert len(bytes.fromhex(raw.decode())) == {"sha1": 20, "sha256": 32}[name]
    assert part.write(delivery, raw) == delivery
    damaged = json.loads(part.write(delivery, b"00").body)
    assert damaged["signature"] == ("00" if name == "sha1" else "sha256:00")
    without = part.write(delivery, None)
    assert "signature" not in json.loads(without.body)
    assert part.read(without) is None
    other = part.remake["wrong_key"](delivery, LOGIN, shop.context)
    assert len(part.read(other)) == len(raw)
    assert part.read(other) != raw
    assert part.remake["wrong_key"](delivery, "nobody", shop.context) == delivery


# The answer -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_acknowledged(shop, status):
    """
    Any 2xx, whatever the body.
    """
    webhook = Webhook(EVENT, HOOK, VECTOR, LOGIN)
    assert PROVIDER.webhooks.judge(MerchantAnswer(webhook, status, b"no", shop.context)) is None


@pytest.mark.parametrize("status", [199, 301, 400, 404, 500])
def test_not_acknowledged(shop, status):
    """
    Said so, and not sent again.
    """
    webhook = Webhook(EVENT, HOOK, VECTOR, LOGIN)
    diagnosis = PROVIDER.webhooks.judge(MerchantAnswer(webhook, status, b"", shop.context))
    assert diagnosis.code == "placetopay.webhook-not-acknowledged"
    assert PROVIDER.webhooks.retries == ()


# Triggers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({}, "APPROVED 00"),
        ({"outcome": "approve"}, "APPROVED 00"),
        ({"card": APPROVED}, "APPROVED 00"),
        ({"card": int(APPROVED)}, "APPROVED 00"),
        ({"card": "4012888888881881"}, "APPROVED 00"),
        ({"card": {"number": APPROVED, "installments": 3}}, "APPROVED 00"),
        ({"bank": "1022"}, "APPROVED 00"),
        ({"cancel": True}, "REJECTED ?C"),
        ({"cancel": "true"}, "REJECTED ?C"),
    ],
    ids=str,
)
@pytest.mark.parametrize("named", [True, False])
def test_trigger_pay(shop, members, status, named):
    """
    It ends the session: the notification is for the caller to send, and sent by nobody else.
    """
    request_id = shop.create()
    given = {"requestId": request_id, **members} if named else members
    webhook = trigger(shop, "pay", **given)
    assert isinstance(webhook, Webhook)
    assert webhook.content["requestId"] == request_id
    assert shop.status(request_id) == status
    assert shop.webhooks == []


@pytest.mark.parametrize("members", [{"outcome": "decline"}, {"card": DECLINED}, {"card": PENDING}])
def test_trigger_pay_that_ends_nothing(shop, members):
    """
    The session as a query shows it, and no webhook.
    """
    request_id = shop.create()
    told = trigger(shop, "pay", **members)
    assert told == {"webhook": None, "unsent": None, "session": shop.query(request_id)}


def test_trigger_pay_without_a_url():
    """
    Paid, and nobody to tell.
    """
    shop = Shop(notified=False)
    shop.create()
    told = trigger(shop, "pay")
    assert (told["webhook"], told["session"]["status"]["status"]) == (None, "APPROVED")


def test_trigger_answers_a_challenge_and_resolves(shop):
    """
    Step by step.
    """
    shop.create()
    trigger(shop, "pay", card=CHALLENGED)
    assert isinstance(trigger(shop, "pay", otp="12345"), Webhook)
    shop.create()
    trigger(shop, "pay", card=PENDING)
    assert isinstance(trigger(shop, "pay", outcome="approve"), Webhook)


def test_trigger_pays_with_a_stored_card(shop):
    """
    By its subtoken.
    """
    token = shop.token()
    shop.create()
    assert isinstance(trigger(shop, "pay", subtoken=token["subtoken"]), Webhook)


@pytest.mark.parametrize(
    ("event", "members", "said"),
    [
        ("pay", {"requestId": 99}, "no such session"),
        ("pay", {"requestId": []}, "requestId: expected text or a whole number"),
        ("pay", {"requestId": 10**40}, "no such session"),
        ("pay", {"outcom": "approve"}, "did you mean 'outcome'"),
        ("pay", {"outcome": "win"}, "outcome: unknown value 'win'"),
        ("pay", {"outcome": "aprove"}, "did you mean 'approve'"),
        ("pay", {"cancel": 1}, "cancel: expected true, or leave it out to pay"),
        ("pay", {"cancel": "yes"}, "cancel: expected true"),
        ("pay", {"cancel": False}, "cancel: expected true"),
        ("pay", {"outcome": "decline", "card": APPROVED}, "contradict each other"),
        ("pay", {"cancel": True, "amount": 5}, "contradict each other"),
        ("pay", {"cvv": "123"}, "cvv"),
        ("pay", {"/status/status": "APPROVED"}, "takes no JSON pointers"),
        ("notification", {"/requestId": "x"}, "/requestId: expected a number"),
        ("notification", {"/reference": None}, "/reference: expected text"),
        ("pay", {"card": "1"}, "body.card.number"),
        ("pay", {"card": 10**30}, "body.card.number"),
        ("pay", {"card": []}, "card: expected text"),
        ("pay", {"card": {"cvv": "123"}}, "number: it is missing"),
        ("pay", {"card": {"number": APPROVED, "cvc": "1"}}, "unknown member of card 'cvc'"),
        ("pay", {"payer": {"nombre": "Ana"}}, "unknown member of payer 'nombre'"),
        ("pay", {"otp": "1"}, "placetopay.no-challenge"),
        ("notification", {"url": 1}, "url: expected text"),
        ("notification", {"algorithm": "md5"}, "algorithm"),
        ("notification", {"/status/stat": 1}, "did you mean '/status/status'"),
        ("notified", {}, "did you mean 'notification'"),
    ],
    ids=str,
)
def test_trigger_refuses(shop, event, members, said):
    """
    In one clear line.
    """
    shop.create()
    with pytest.raises(ConfigurationError, match=said.replace("[", r"\[")):
        trigger(shop, event, **members)


def test_trigger_pay_twice(shop):
    """
    The second is refused.
    """
    shop.create()
    trigger(shop, "pay")
    with pytest.raises(ConfigurationError, match="session-not-payable"):
        trigger(shop, "pay")


def test_trigger_notification(shop):
    """
    As often as one likes; it may lie, and its signature fits the lie.
    """
    request_id = shop.create()
    shop.pay(request_id)
    again = trigger(shop, "notification", requestId=request_id)
    assert sealed(shop, again) == sealed(shop)
    lie = trigger(
        shop,
        "notification",
        url="https://other.test/",
        algorithm="sha256",
        **{"/status/status": "REJECTED", "/requestId": "7", "/reference": "B-2"},
    )
    assert lie.url == "https://other.test/"
    body = json.loads(sealed(shop, lie).body)
    assert (body["status"]["status"], body["requestId"], body["reference"]) == (
        "REJECTED",
        7,
        "B-2",
    )
    secret = shop.context.credential(LOGIN)["secretKey"]
    digest = hashlib.sha256(f"7REJECTED{DATE}{secret}".encode()).hexdigest()
    assert body["signature"] == f"sha256:{digest}"
    forged = trigger(shop, "notification", **{"/signature": "00"})
    assert json.loads(sealed(shop, forged).body)["signature"] == "00"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    event=st.sampled_from(["pay", "notification"]),
    members=st.dictionaries(
        st.sampled_from(
            [
                "requestId",
                "outcome",
                "card",
                "bank",
                "subtoken",
                "otp",
                "cancel",
                "payer",
                "amount",
                "url",
                "/status/date",
                "/status/status",
                "/requestId",
                "/signature",
            ]
        ),
        VALUES,
        max_size=4,
    ),
    seconds=st.floats(-1e12, 1e12),
)
@settings(max_examples=300, deadline=None)
def test_any_trigger(event, members, seconds):
    """
    Anything is done, or refused in one line; what comes of it can be sealed.
    """
    FUZZED.create()
    try:
        made = trigger(FUZZED, event, **members)
    except ConfigurationError:
        return
    if isinstance(made, Webhook):
        assert sealed(FUZZED, made, webhook_seconds=seconds).body
    else:
        json.dumps(made)


FUZZED = Shop()


def test_delivery_through_the_outbox():
    """
    One POST, its answer in the log, no second one after a failure.
    """
    shop = Shop()
    namespace = shop.emulator.namespace("placetopay-delivery")
    sent = []

    async def send(url, delivery):
        sent.append((url, json.loads(delivery.body)))
        return 500, b"down"

    async def run():
        namespace.outbox._send = send
        context = namespace.contexts["placetopay"]
        table = context.store.table("credentials")
        table.update(LOGIN, lambda record: {**record, "notificationUrl": HOOK})
        shop.namespace, shop.context = namespace, context
        body = {"auth": shop.auth(), **shop.message()}
        request = Request(
            method="POST",
            path="/api/session",
            headers=[("content-type", "application/json")],
            body=json.dumps(body).encode(),
        )
        await shop.emulator.serve(namespace, PROVIDER, request)
        payer.pay("1", {"outcome": "approve"}, context)
        for _ in range(5):
            await asyncio.sleep(0)
        records = namespace.outbox.records()
        await namespace.outbox.close()
        return records

    (record,) = asyncio.run(run())
    assert [url for url, _ in sent] == [HOOK]
    assert [attempt["status"] for attempt in record["attempts"]] == [500]
    assert record["attempts"][0]["diagnosis"]["code"] == "placetopay.webhook-not-acknowledged"
