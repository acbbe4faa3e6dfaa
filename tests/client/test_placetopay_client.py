"""The clients for Placetopay against the emulator in this process."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_process import InProcess

from emulator import providers
from emulator.client import (
    AsyncPlacetopay,
    ClientError,
    ConfigurationError,
    Placetopay,
    WebhookError,
)
from emulator.client.placetopay import verify_webhook
from emulator.core.clock_change import ClockChange
from emulator.emulator import Emulator
from emulator.providers.placetopay import PROVIDER

BASE = "http://emulator.test/placetopay"
RETURN = "https://shop.example/return"


@pytest.fixture
def emulator(monkeypatch):
    """An emulator with this provider only."""
    monkeypatch.setattr(providers, "discover", lambda: {"placetopay": PROVIDER})
    return Emulator()


def credentials(emulator, login="emulator-co"):
    record = emulator.namespace("default").contexts["placetopay"].credential(login)
    return {"login": record["login"], "secret_key": record["secretKey"]}


def blocking(emulator, **change):
    members = {**credentials(emulator), **change}
    return Placetopay(BASE, transport=InProcess(emulator.app), **members)


@pytest.mark.parametrize("hash_name", ["sha256", "sha1"])
def test_round_trip(emulator, hash_name):
    """
    Create, query, cancel.
    """
    with blocking(emulator, hash_name=hash_name) as client:
        created = client.create_session("A-1", Decimal("12000.50"), return_url=RETURN)
        assert created["processUrl"].startswith(f"{BASE}/spa/session/1/")
        session = client.query_session(created["requestId"])
        assert session["status"]["status"] == "PENDING"
        assert session["request"]["payment"]["amount"] == {"currency": "COP", "total": 12000.5}
        assert client.cancel_session(1)["session"]["status"]["reason"] == "MC"
        assert client.query_session(1)["status"]["status"] == "REJECTED"


def test_round_trip_async(emulator):
    """
    The same, asynchronously, with further members.
    """

    async def run():
        transport = httpx2.ASGITransport(emulator.app)
        async with AsyncPlacetopay(BASE, transport=transport, **credentials(emulator)) as client:
            created = await client.create_session(
                "A-1",
                "12000",
                "USD",
                return_url=RETURN,
                expiration=datetime.now(UTC) + timedelta(minutes=20),
                locale="en_US",
                payment={"description": "Two coffees", "subscribe": True},
            )
            session = await client.query_session(created["requestId"])
            assert session["status"]["message"] == "The request is active"
            assert session["request"]["payment"]["amount"]["total"] == 12000
            assert session["request"]["payment"]["subscribe"] is True
            cancelled = await client.cancel_session(created["requestId"])
            assert cancelled["status"]["status"] == "OK"
            with pytest.raises(ClientError) as refused:
                await client.cancel_session(created["requestId"])
            assert refused.value.status == 400
            said = refused.value.answer.json()["status"]
            assert refused.value.code == str(said["reason"]) != ""

    asyncio.run(run())


def test_refusal(emulator):
    """
    The provider's message, and the emulator's diagnosis beside it.
    """
    with blocking(emulator, secret_key="another") as client, pytest.raises(ClientError) as refused:
        client.create_session("A-1", 12000, return_url=RETURN)
    assert "Autenticación fallida 102" in str(refused.value)
    assert (refused.value.status, refused.value.code) == (401, "102")
    assert refused.value.diagnosis is not None
    assert refused.value.diagnosis.code == "username-token.digest-mismatch"
    assert refused.value.exchange == 1


def test_every_request_has_its_own_auth(emulator):
    """
    No nonce is used twice.
    """
    with blocking(emulator) as client:
        for _ in range(20):
            client.create_session("A-1", 12000, return_url=RETURN)
    journal = emulator.namespace("default").journal
    assert [exchange.warnings for exchange in journal] == [[]] * 20


def test_clock_of_the_client(emulator):
    """
    The client signs with the clock it is given.
    """
    emulator.namespace("default").clock.change(ClockChange(freeze="2030-01-01T00:00:00Z"))
    clock = emulator.namespace("default").clock.time
    with blocking(emulator, clock=clock) as client:
        assert client.create_session("A-1", 12000, return_url=RETURN)["requestId"] == 1
    with blocking(emulator) as client, pytest.raises(ClientError, match="103"):
        client.create_session("A-1", 12000, return_url=RETURN)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b'{"status":{"status":"FAILED","reason":0,"message":"no","date":""}}'),
        (200, b"[]"),
        (200, b""),
        (500, b"<html>"),
        (403, b'{"status":"x"}'),
        (302, b'{"requestId":1}'),
    ],
)
def test_answers_that_are_refusals(status, content):
    """
    Whatever is not the answer wanted raises, also with status 200.
    """
    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, content=content))
    client = Placetopay("https://real.test", "login", "secret", transport=transport)
    with client, pytest.raises(ClientError) as refused:
        client.query_session(1)
    assert refused.value.diagnosis is None
    assert refused.value.status == status


# The whole checkout -------------------------------------------------------------------------

PAYER = {
    "document": "1040035000",
    "documentType": "CC",
    "name": "Ana",
    "surname": "Gómez",
    "email": "ana@example.com",
}
APPROVED, DECLINED = "4110760000000081", "4110760000000016"


def trigger(emulator, event="pay", **members):
    """What the control API answers; only an emulator has it."""

    async def send():
        transport = httpx2.ASGITransport(emulator.app)
        async with httpx2.AsyncClient(transport=transport) as http:
            return await http.post(
                f"http://emulator.test/_emulator/trigger/placetopay/{event}", json=members
            )

    answer = asyncio.run(send())
    assert answer.status_code == 200, answer.text
    return answer.json()


def paid(emulator, client, reference="A-1", amount=12000, **members):
    """A session that was paid, as a query shows it."""
    request_id = client.create_session(reference, amount, return_url=RETURN, **members)["requestId"]
    trigger(emulator, requestId=request_id, card=APPROVED)
    return client.query_session(request_id)


def stored(emulator, client):
    """Token and subtoken of a card that a payer stored."""
    made = client.create_subscription("S-1", "Club", return_url=RETURN)
    trigger(emulator, requestId=made["requestId"], card=APPROVED)
    subscription = client.query_session(made["requestId"])["subscription"]
    found = {each["keyword"]: each["value"] for each in subscription["instrument"]}
    return found["token"], found["subtoken"]


def test_paid_then_reversed(emulator):
    with blocking(emulator) as client:
        session = paid(emulator, client)
        assert session["status"]["status"] == "APPROVED"
        number = session["payment"][0]["internalReference"]
        given_back = client.reverse(number)
        assert given_back["status"]["status"] == "APPROVED"
        assert given_back["payment"]["internalReference"] != number
        with pytest.raises(ClientError, match="ya ha sido reembolsada") as refused:
            client.reverse(number)
        assert refused.value.status == 400
        again = client.query_session(session["requestId"])
        assert again["payment"][0]["refunded"] is True


def test_a_part_is_reversed_in_english(emulator):
    """Before the settlement it is refused, in the language asked for."""
    with blocking(emulator) as client:
        session = paid(emulator, client)
        number = session["payment"][0]["internalReference"]
        with pytest.raises(ClientError):
            client.reverse(number, 5000, locale="en_US")
        clock = emulator.namespace("default").clock
        clock.change(ClockChange(advance="2d"))
        with blocking(emulator, clock=clock.time) as later:
            part = later.reverse(number, Decimal("5000"), "COP", locale="en_US")
        assert part["payment"]["amount"]["to"] == {"total": 5000, "currency": "COP"}


@pytest.mark.parametrize("which", [0, 1], ids=["token", "subtoken"])
def test_a_stored_card_is_charged_shown_and_invalidated(emulator, which):
    with blocking(emulator) as client:
        token = stored(emulator, client)[which]
        charged = client.collect("C-1", "9000", payer=PAYER, token=token)
        assert charged["status"]["status"] == "APPROVED"
        again = client.collect("C-1", "9000", payer=PAYER, token=token)
        assert again["requestId"] == charged["requestId"]
        assert client.look_up_token(token)["lastDigits"] == "0081"
        assert client.card_information(9000, token=token)["serviceCode"] == "CR_VS"
        assert client.invalidate_token(token)["status"]["status"] == "APPROVED"
        for call in (client.look_up_token, client.invalidate_token):
            with pytest.raises(ClientError):
                call(token)
        with pytest.raises(ClientError, match="El token usado es inválido"):
            client.collect("C-2", 9000, payer=PAYER, token=token)


def test_a_declined_collect_is_an_answer(emulator):
    """The session is REJECTED; nobody raises."""
    with blocking(emulator) as client:
        made = client.create_subscription("S-1", "Club", return_url=RETURN)
        trigger(emulator, requestId=made["requestId"], card="4110760000000057")
        shown = client.query_session(made["requestId"])["subscription"]
        token = next(each["value"] for each in shown["instrument"] if each["keyword"] == "token")
        answer = client.collect("C-1", 900_000, "USD", payer=PAYER, token=token)
        assert answer["status"]["status"] == "REJECTED"


def test_a_declined_payment_leaves_the_session_open(emulator):
    with blocking(emulator) as client:
        request_id = client.create_session("A-1", 12000, return_url=RETURN)["requestId"]
        trigger(emulator, requestId=request_id, card=DECLINED)
        session = client.query_session(request_id)
        assert session["status"]["reason"] == "PT"
        assert session["payment"][0]["status"]["status"] == "REJECTED"


def test_a_check_in_is_reauthorized_and_captured(emulator):
    with blocking(emulator) as client:
        session = paid(emulator, client, type="checkin")
        number = session["payment"][0]["internalReference"]
        more = client.transaction("reauthorization", number, 15000)
        assert more["payment"]["amount"]["to"]["total"] == 15000
        captured = client.transaction("checkout", number, "14000", "COP")
        assert captured["status"]["status"] == "APPROVED"
        assert captured["payment"]["amount"]["to"]["total"] == 14000


@pytest.mark.parametrize(("action", "end"), [("confirm", "APPROVED"), ("cancel", "REJECTED")])
def test_a_payment_that_waits_is_decided(emulator, action, end):
    site = {**emulator.namespace("default").contexts["placetopay"].credential("emulator-co")}
    emulator.namespace("default").register("placetopay", {**site, "allowed": ["confirmation"]})
    with blocking(emulator) as client:
        session = paid(emulator, client, metadata={"requiresConfirmation": True})
        assert session["payment"][0]["status"]["status"] == "PENDING_CONFIRMATION"
        number = session["payment"][0]["internalReference"]
        assert client.transaction(action, number)["status"]["status"] == end
        with pytest.raises(ClientError):
            client.transaction(action, number)


def test_what_a_card_can_do(emulator):
    with blocking(emulator) as client:
        told = client.card_information("120.50", "USD", card="5367680000000005")
        assert told["serviceCode"] == "RM_MC"
        with pytest.raises(ClientError):
            client.card_information(120)


def test_members_are_passed_on(emulator):
    """Partial payments, dispersion, recurring, subscribe and autopay are members of a message."""
    sent = []

    def answer(request):
        sent.append(json.loads(request.content))
        return httpx2.Response(
            200, json={"status": {"status": "OK"}, "requestId": 1, "processUrl": "x"}
        )

    transport = httpx2.MockTransport(answer)
    with Placetopay("https://real.test", "login", "secret", transport=transport) as client:
        client.create_session(
            "A-1", 10, "USD", return_url=RETURN, payment={"allowPartial": True}, skipResult=True
        )
        client.create_subscription("S-1", "Club", return_url=RETURN, subscription={"fields": []})
        client.create_autopay(
            "P-1",
            "Light",
            {"type": "TOTAL_BALANCE"},
            return_url=RETURN,
            expiration=datetime(2030, 1, 1, tzinfo=UTC),
            autopay={"dueDay": 5},
        )
    for message in sent:
        assert set(message.pop("auth")) == {"login", "tranKey", "nonce", "seed"}
    visit = {
        "returnUrl": RETURN,
        "ipAddress": "127.0.0.1",
        "userAgent": "latam-payment-emulator",
    }
    assert sent == [
        {
            "payment": {
                "reference": "A-1",
                "amount": {"currency": "USD", "total": 10},
                "allowPartial": True,
            },
            "skipResult": True,
            **visit,
        },
        {"subscription": {"reference": "S-1", "description": "Club", "fields": []}, **visit},
        {
            "type": "autopay",
            "autopay": {
                "action": "CREATE",
                "reference": "P-1",
                "description": "Light",
                "recurring": {"type": "TOTAL_BALANCE"},
                "dueDay": 5,
            },
            **visit,
            "expiration": "2030-01-01T00:00:00+00:00",
        },
    ]


def test_both_clients_have_the_same_methods():
    def public(kind):
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(Placetopay) == public(AsyncPlacetopay)
    assert "pay" not in public(Placetopay)  # that is the payer's, and no provider's API


def test_money_and_tokens_async(emulator):
    """The other world, end to end."""
    with blocking(emulator) as client:
        session, (token, _) = paid(emulator, client), stored(emulator, client)

    async def run():
        transport = httpx2.ASGITransport(emulator.app)
        async with AsyncPlacetopay(BASE, transport=transport, **credentials(emulator)) as client:
            made = await client.create_subscription("S-2", "Club", return_url=RETURN)
            assert made["processUrl"]
            charged = await client.collect("C-1", 10, payer=PAYER, token=token)
            number = charged["payment"][0]["internalReference"]
            done = await client.transaction("reverse", number)
            assert done["status"]["status"] == "APPROVED"
            done = await client.reverse(session["payment"][0]["internalReference"])
            assert done["status"]["status"] == "APPROVED"
            assert (await client.look_up_token(token))["token"] == token
            assert (await client.card_information(10, card=APPROVED))["provider"]
            assert (await client.invalidate_token(token))["status"]["reason"] == "00"

    asyncio.run(run())


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.transaction("confirm", 5),
        lambda client: client.reverse(5),
        lambda client: client.invalidate_token("0" * 64),
    ],
    ids=["confirm", "reverse", "invalidate"],
)
def test_what_failed_with_status_200_raises(call):
    """As a confirmation does that could not be processed; a query may show a FAILED session."""
    failed = {"status": "FAILED", "reason": "BR", "message": "could not be processed"}
    content = {"status": failed, "payment": {}, "requestId": 5}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=content))
    with Placetopay("https://real.test", "login", "secret", transport=transport) as client:
        with pytest.raises(ClientError, match="could not be processed"):
            call(client)
        assert client.query_session(5)["status"] == failed


# Notifications ------------------------------------------------------------------------------

SECRET = "demo_secret_key"
SHA1 = "e3c72372000413c32847cab4710c2cd90197fd76"
SHA256 = "sha256:79f799f6eb4f3ca2856fb427e635ab708e5f79c2d36a42c95d97b0b62baffa08"


def notification(signature=SHA256, **change):
    """The vector of the facts, with changes to it."""
    status = {
        "status": "APPROVED",
        "reason": "00",
        "message": "La petición ha sido aprobada exitosamente",
        "date": "2026-01-02T03:04:05-05:00",
    }
    content = {"status": status, "requestId": 83, "reference": "A-1", "signature": signature}
    status.update({name: change.pop(name) for name in list(change) if name in status})
    return {**content, **change}


@pytest.mark.parametrize("signature", [SHA1, SHA256], ids=["sha1", "sha256"])
@pytest.mark.parametrize(
    "form",
    [
        lambda content: content,
        json.dumps,
        lambda content: json.dumps(content, ensure_ascii=False).encode(),
        lambda content: json.dumps(content, indent=2).encode(),
    ],
    ids=["mapping", "text", "bytes", "spaced"],
)
def test_a_true_notification(signature, form):
    content = notification(signature)
    assert verify_webhook(form(content), secret_key=SECRET) == content
    name = "sha256" if ":" in signature else "sha1"
    assert verify_webhook(form(content), secret_key=SECRET, algorithm=name) == content


@pytest.mark.parametrize(("signature", "wanted"), [(SHA1, "sha256"), (SHA256, "sha1")])
def test_the_other_hash_is_refused(signature, wanted):
    """A right SHA-1 also, where the site uses SHA-256: no downgrade."""
    with pytest.raises(WebhookError) as refused:
        verify_webhook(notification(signature), secret_key=SECRET, algorithm=wanted)
    assert refused.value.diagnosis.code == "placetopay-client.wrong-algorithm"


@pytest.mark.parametrize(
    "change",
    [
        {"requestId": 84},
        {"requestId": 8},
        {"status": "REJECTED"},
        {"date": "2026-01-02T03:04:06-05:00"},
        {"signature": SHA1[:-1] + "7"},
        {"signature": SHA256[:-1] + "9"},
        {"signature": f"sha256:{SHA1}{'0' * 24}"},
        {"signature": SHA256.removeprefix("sha256:")[:40]},
    ],
    ids=str,
)
def test_an_altered_notification(change):
    with pytest.raises(WebhookError) as refused:
        verify_webhook(notification(**change), secret_key=SECRET)
    assert refused.value.diagnosis.code == "placetopay-client.wrong-signature"
    assert SECRET not in str(refused.value.diagnosis.as_json())
    assert SHA256.removeprefix("sha256:") not in refused.value.diagnosis.expected  # no oracle


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "requestId"),
        (b"null", "requestId"),
        (b"[]", "requestId"),
        (b"\xff\xfe", "requestId"),
        ('{"requestId": 83, "requestId": 84}', "requestId"),
        ("[" * 100_000, "requestId"),
        ({}, "requestId"),
        (notification(requestId=None), "requestId"),
        (notification(requestId=True), "requestId"),
        (notification(requestId=83.0), "requestId"),
        (notification(requestId=10**5000), "requestId"),
        (notification(requestId="083"), "requestId"),
        (notification(requestId="83A"), "requestId"),
        (notification(status=None), "status.status"),
        (notification(status="83APPROVED"), "status.status"),
        (notification(status="APPROVED2026"), "status.status"),
        (notification(date=None), "status.date"),
        (notification(date="D2026-01-02T03:04:05-05:00"), "status.date"),
        ({**notification(), "status": "APPROVED"}, "status.status"),
        (notification(None), "signature"),
        (notification(""), "signature"),
        (notification(SHA1.upper()), "signature"),
        (notification(f"sha1:{SHA1}"), "signature"),
        (notification(f"SHA256{SHA256[6:]}"), "signature"),
        (notification(f"{SHA256}\n"), "signature"),
        (notification("é" * 40), "signature"),
        (notification(f"md5:{'0' * 32}"), "signature"),
    ],
    ids=lambda value: "" if isinstance(value, str) and len(value) > 99 else None,
)
def test_what_is_no_notification(body, where):
    with pytest.raises(WebhookError) as refused:
        verify_webhook(body, secret_key=SECRET)
    assert refused.value.diagnosis.code == "placetopay-client.not-a-notification"
    assert refused.value.diagnosis.where == f"body.{where}"


def test_another_secret_and_none():
    with pytest.raises(WebhookError, match="wrong-signature"):
        verify_webhook(notification(), secret_key="demo_secret_kez")
    with pytest.raises(ConfigurationError):
        verify_webhook(notification(), secret_key="")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    content=st.fixed_dictionaries(
        {},
        optional={
            "requestId": JSON,
            "status": JSON | st.fixed_dictionaries({"status": JSON, "date": JSON}),
            "signature": JSON | st.just(SHA256) | st.from_regex("[0-9a-f]{40}", fullmatch=True),
        },
    )
)
def test_nothing_a_stranger_writes_is_believed(content):
    with pytest.raises(WebhookError):
        verify_webhook(content, secret_key=SECRET)


@given(body=st.binary() | st.text())
def test_any_body_is_refused_and_nothing_else(body):
    with pytest.raises(WebhookError):
        verify_webhook(body, secret_key=SECRET)


DIGITS, NAMES = st.integers(1, 10**12), st.from_regex("[A-Z_]{1,12}", fullmatch=True)


@given(
    request_id=DIGITS,
    status=NAMES,
    day=st.dates(date(1000, 1, 1)),
    cuts=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_a_signed_text_can_be_read_in_one_way_only(request_id, status, day, cuts):
    """Moving a border between the members of a true notification makes another one never."""
    parts = (str(request_id), status, day.isoformat())
    signed = "".join(parts)
    digest = hashlib.sha256(f"{signed}{SECRET}".encode()).hexdigest()
    first, second = sorted(cuts)
    for one, two, three in (parts, (signed[:first], signed[first:second], signed[second:])):
        members = {"status": two, "date": three}
        content = {"requestId": one, "status": members, "signature": f"sha256:{digest}"}
        if (one, two, three) == parts:
            assert verify_webhook(content, secret_key=SECRET) == content
        else:
            with pytest.raises(WebhookError):
                verify_webhook(content, secret_key=SECRET)


@pytest.mark.parametrize("login", ["emulator-co", "emulator-co-sha256"])
def test_the_emulators_own_notification(emulator, login):
    """What the emulator sends, the client of that site believes, and of no other."""
    namespace = emulator.namespace("default")
    context = namespace.contexts["placetopay"]
    site = {**context.credential(login), "notificationUrl": "https://shop.test/notify"}
    namespace.register("placetopay", site)
    sent = []

    async def send(url, delivery):
        sent.append(delivery.body)
        return 204, b""

    namespace.outbox._send = send
    with blocking(emulator, **credentials(emulator, login)) as client:
        made = client.create_session("A-1", 12000, return_url=RETURN)
        assert trigger(emulator, requestId=made["requestId"])["acknowledged"] is True
        algorithm = site["notificationAlgorithm"]
        content = client.verify_webhook(sent[0], algorithm=algorithm)
        assert (content["requestId"], content["status"]["status"]) == (1, "APPROVED")
        with pytest.raises(WebhookError):
            client.verify_webhook(sent[0].replace(b"APPROVED", b"REJECTED"))
    other = "emulator-co-sha256" if login == "emulator-co" else "emulator-co"
    with (
        blocking(emulator, **credentials(emulator, other)) as stranger,
        pytest.raises(WebhookError, match="wrong-signature"),
    ):
        stranger.verify_webhook(sent[0])
