"""Pagsmile Payout: authentication, validation, money, life cycle, webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import random
import string
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pagsmile_merchant import NOW, Merchant, app_where, data, envelope, refused, sign

from emulator.core.clock_change import ClockChange
from emulator.core.errors import ConfigurationError, FailureMode, SchemeError
from emulator.core.exchange import Exchange, Request
from emulator.core.http_problems import BODY_TOO_LARGE
from emulator.core.instants import parse_duration
from emulator.emulator import Emulator
from emulator.provider import CREDENTIALS, MerchantAnswer, Webhook
from emulator.providers.pagsmile import PROVIDER, identities, methods, money, signing, state
from emulator.providers.pagsmile.webhooks import judge_answer, seal_webhook, trigger
from emulator.schemes import sorted_digest

BY_NAME = {example.name: example for example in PROVIDER.examples}
MODULES = ("auth", "failures", "webhooks")


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator with this provider only, at a fixed time."""
    monkeypatch.setattr("emulator.providers.discover", lambda: {"pagsmile": PROVIDER})
    return Emulator(wall=lambda: float(NOW))


@pytest.fixture
def merchant(emulator: Emulator) -> Merchant:
    return Merchant(emulator)


# --- examples, catalogue, failure modes ------------------------------------------------------


@pytest.mark.parametrize("name", BY_NAME)
def test_example(name: str, merchant: Merchant) -> None:
    """An example in order is accepted, a spoiled one refused for its reason."""
    example = BY_NAME[name]
    for each in (*(BY_NAME[before] for before in example.after), example):
        exchange = merchant.serve(each.build(merchant.context))
    assert exchange.bug == ""
    assert (exchange.diagnosis.code if exchange.diagnosis else "") == example.code
    assert exchange.endpoint == example.endpoint


def test_every_endpoint_has_a_good_example() -> None:
    """No endpoint is without an example that it accepts."""
    shown = {example.endpoint for example in PROVIDER.examples if not example.code}
    assert shown == {endpoint.name for endpoint in PROVIDER.endpoints}


def test_every_failure_mode_is_shown() -> None:
    """Every way to fail has an example; the one of webhooks has tests of its own."""
    found = {
        value.code
        for module in MODULES
        for value in vars(import_module(f"emulator.providers.pagsmile.{module}")).values()
        if isinstance(value, FailureMode)
    }
    found |= {v.code for v in vars(sorted_digest).values() if isinstance(v, FailureMode)}
    shown = {code for each in PROVIDER.examples for code in (each.code, *each.warnings)}
    assert found - shown == {"pagsmile.webhook-not-acknowledged"}


@pytest.mark.parametrize("name", PROVIDER.errors)
def test_error_renders(name: str, merchant: Merchant) -> None:
    """Every entry of the catalogue comes in the envelope, with its own status."""
    exchange = merchant.create()
    error = PROVIDER.errors[name]
    for detail in ({}, {"err": "why"}):
        reply = error.reply(exchange, merchant.context, detail)
        body = json.loads(reply.body)
        assert reply.status == error.status
        assert (body["code"], body["msg"]) == (error.code, error.message)
        assert body["time"] == NOW
        if not name.startswith("status-"):
            assert body["data"] == detail


def test_catalogue_is_the_published_table() -> None:
    """The catalogue has the 53 published refusals; every number is also a short name."""
    from emulator.providers.pagsmile.failures import TABLE

    assert len({error.code for error in TABLE}) == len(TABLE) == 53
    for error in TABLE:
        assert PROVIDER.errors.find(str(error.code)) is error
    for name in ("401", "403", "404", "500"):
        entry = PROVIDER.errors.find(name)
        assert entry is not None
        assert str(entry.status) == name


# --- authentication --------------------------------------------------------------------------


def test_documented_signature() -> None:
    """The page's own example, app key ABCDE; its fields are those of the retired API.

    Source: Pagsmile Payout documentation, Security, signature example.
    """
    members = {
        "account_digit": "4",
        "account_number": "1234567",
        "account_type": "CHECKING",
        "additional_remark": "1234567_test",
        "amount": "10.00",
        "bankcode": "001",
        "branch": "0001",
        "custom_code": "1234567",
        "document_id": "50284414727",
        "document_type": "CPF",
        "fee": "merchant",
        "name": "Test User Name",
        "notify_url": "https://www.pagsmile.com",
        "payout_currency": "BRL",
        "source_currency": "BRL",
    }
    expected = "b15f900705867ecc3f66088054c14a80f9f12b1fb31c82320c4cbfe181876abb"
    assert sign(members, "ABCDE") == expected
    body = json.dumps(members).encode()
    assert sorted_digest.verify(body, expected, "ABCDE") == members


@pytest.mark.parametrize("lexeme", ["1.50", "1.5", "10.00", "150", "0.50"])
def test_number_is_signed_as_written(lexeme: str, merchant: Merchant) -> None:
    """1.50 stays 1.50 in what is signed, and is the same amount."""
    members = {**signing.payout("code_1"), "amount": "@"}
    body = json.dumps(members).replace('"@"', lexeme).encode()
    signature = sign({**members, "amount": lexeme}, merchant.app["app_key"])
    assert data(merchant.raw("/api/payout", body, signature))["arrival_amount"] == money.text(
        Decimal(lexeme)
    )
    other = "1.500" if lexeme == "1.50" else f"{lexeme}1"
    wrong = sign({**members, "amount": other}, merchant.app["app_key"])
    assert refused(merchant.raw("/api/payout", body, wrong))[3] == "sorted-digest.mismatch"


def test_order_of_checks(emulator: Emulator) -> None:
    """What comes first in the documented numbers is refused first."""
    apps = [
        record
        for _, record in emulator.namespace("default")
        .contexts["pagsmile"]
        .store.table(CREDENTIALS)
        .items()
    ]
    default, inactive, closed, fenced, _ = (Merchant(emulator, app) for app in apps)
    body, wrong = b"not json", "x"
    path = "/api/payout"
    assert refused(default.raw(path, body, "", appid=""))[1] == 4004100
    assert refused(default.raw(path, body, ""))[1] == 4004101
    assert refused(default.raw(path, body, "", appid="nobody"))[1] == 4004101
    assert refused(default.raw(path, body, wrong, appid="nobody"))[1] == 4001203
    assert refused(inactive.raw(path, body, wrong))[1] == 4001202
    assert refused(closed.raw(path, body, wrong))[1] == 4001201
    assert refused(fenced.raw(path, body, wrong))[1] == 4004103
    exchange = default.raw(path, body, wrong)
    assert refused(exchange)[:3] == (400, 4001000, "invalid parameter")
    assert "err" in envelope(exchange)["data"]
    exchange = default.raw(path, b"{}", wrong)
    assert refused(exchange)[:3] == (401, 4004003, "permission denied")
    assert envelope(exchange)["data"] == {}


def test_unknown_app_as_permission_denied(merchant: Merchant) -> None:
    """The setting unknown_app gives the other answer."""
    merchant.configured(unknown_app="4004003")
    assert refused(merchant.raw("/api/balance", b"{}", "x", appid="nobody"))[:2] == (401, 4004003)


@pytest.mark.parametrize("client", ["203.0.113.7", "::ffff:203.0.113.7"])
def test_address_allowed(client: str, emulator: Emulator) -> None:
    """The registered address passes, also where the socket is IPv6."""
    app = app_where(emulator, lambda record: "ip_allow" in record)
    fenced = Merchant(emulator, app)
    members = {"timestamp": NOW}
    headers = [
        ("appid", app["app_id"]),
        ("authorization", sign(members, app["app_key"])),
        ("content-type", "application/json"),
    ]
    request = Request(
        method="POST",
        path="/api/balance",
        headers=headers,
        body=json.dumps(members).encode(),
        client=client,
    )
    assert data(fenced.serve(request))
    for other in ("203.0.113.8", "", "testclient"):
        request.client = other
        assert refused(fenced.serve(request))[1] == 4004103


def test_credential_is_known_before_the_verdict(merchant: Merchant) -> None:
    """The journal names the app also where the signature is wrong."""
    exchange = merchant.raw("/api/payout", b"{}", "0" * 64)
    assert exchange.credential == merchant.app["app_id"]
    assert exchange.payload is None


def test_unknown_path(merchant: Merchant) -> None:
    """A path that is no endpoint is authenticated, then 404; a slash at the end counts."""
    for path in ("/api/payout/", "/api/payout/cancel", "/"):
        assert refused(merchant.raw(path, b"{}", "x"))[1] == 4004003
        assert refused(merchant.post(path, {"a": "1"}))[:3] == (404, 4004004, "not found")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods(method: str, merchant: Merchant) -> None:
    """Reads too are POST."""
    exchange = merchant.serve(Request(method=method, path="/api/balance"))
    assert refused(exchange)[0] == 405


def test_too_large(merchant: Merchant) -> None:
    """A body beyond the limit is a 413 in the envelope."""
    request = Request(method="POST", path="/api/payout", problem=BODY_TOO_LARGE.found())
    assert refused(merchant.serve(request))[0] == 413


@pytest.mark.slow
def test_mistakes_are_told_here_too(merchant: Merchant) -> None:
    """Two mistakes at once, with the path and the payin key among what can be mistaken."""
    members = {**signing.payout("code 1&"), "phone": "", "a": "0", "z": "A ção/&"}
    body = json.dumps(members, ensure_ascii=False).encode()
    text = sorted_digest.canonical(sorted_digest.parse(body))
    key = merchant.app["app_key"]
    unsorted = "&".join(f"{name}={value}" for name, value in members.items() if value != "")
    for sent, said in (
        (sorted_digest.sha256(unsorted, key, "\n"), ["not sorted", "A line feed after the key"]),
        (sorted_digest.sha256("/api/payout", text, key), ["path"]),
        (sorted_digest.sha256(key, text).upper(), ["put first", "in capital letters"]),
        (sorted_digest.sha256("nothing known"), ["Check in this order: the app key", text]),
    ):
        exchange = merchant.raw("/api/payout", body, sent)
        assert refused(exchange)[:2] == (401, 4004003)
        assert exchange.diagnosis is not None
        assert all(each in exchange.diagnosis.hint for each in said), exchange.diagnosis.hint


def test_other_secrets_are_recognised_and_masked(merchant: Merchant) -> None:
    """Signed with payin's key or another app's: said so. A secret sent is never shown."""
    others = state.other_secrets(merchant.app["app_id"], merchant.context)
    body = b'{"timestamp":1}'
    for what, secret in others.items():
        exchange = merchant.raw("/api/balance", body, sign({"timestamp": 1}, secret))
        assert exchange.diagnosis is not None
        assert what[1:] in exchange.diagnosis.hint
        assert secret not in str(exchange.diagnosis.as_json())
    for secret in (merchant.app["app_key"], *others.values()):
        for exchange in (
            merchant.raw("/api/balance", body, secret),
            merchant.raw("/api/balance", body, "x", appid=secret),
        ):
            assert exchange.diagnosis is not None
            assert secret not in str(exchange.diagnosis.as_json())


# --- many requests ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("no_search")
def test_no_mutation_is_accepted(merchant: Merchant) -> None:
    """1,000 requests changed in one byte or one member after signing are all refused."""
    chance = random.Random(4)
    key = merchant.app["app_key"]
    for number in range(1_000):
        members = signing.payout(f"code_{number}")
        signature = sign(members, key)
        body = json.dumps(members).encode()
        match number % 3:
            case 0:  # a byte of the signature
                at = chance.randrange(64)
                wrong = chance.choice([c for c in string.printable if c != signature[at]])
                signature = signature[:at] + wrong + signature[at + 1 :]
            case 1:  # a member's value
                name = chance.choice(list(members))
                changed = members[name] + chance.choice(string.ascii_letters + string.digits)
                body = json.dumps({**members, name: changed}).encode()
            case _:  # a member more, or less
                name = chance.choice(list(members))
                kept = {k: v for k, v in members.items() if k != name}
                body = json.dumps(chance.choice([kept, {**members, "x": "1"}])).encode()
        exchange = merchant.raw("/api/payout", body, signature)
        assert exchange.bug == ""
        assert exchange.verdict == "refused"
        assert exchange.credential == merchant.app["app_id"]
    assert not list(state.payouts(merchant.context).items())


@pytest.mark.slow
@pytest.mark.usefixtures("no_search")
def test_no_flipped_bit_of_the_body_is_accepted(merchant: Merchant) -> None:
    """Whichever byte of the values is flipped, the signature no longer fits."""
    members = signing.payout("code_1")
    body = json.dumps(members).encode()
    signature = sign(members, merchant.app["app_key"])
    before = sorted_digest.canonical(sorted_digest.parse(body))
    for at in range(len(body)):
        for bit in range(8):
            spoiled = bytearray(body)
            spoiled[at] ^= 1 << bit
            try:
                after = sorted_digest.canonical(sorted_digest.parse(bytes(spoiled)))
            except SchemeError:
                after = ""
            if bit == 0 or after == before:
                exchange = merchant.raw("/api/payout/status", bytes(spoiled), signature)
                assert exchange.credential
                signed = exchange.diagnosis is None or not exchange.diagnosis.code.startswith(
                    "sorted-digest"
                )
                assert signed == (after == before)


@pytest.mark.slow
def test_good_requests_are_accepted(merchant: Merchant) -> None:
    """1,000 requests signed by the code above are accepted."""
    chance = random.Random(5)
    for number in range(1_000):
        whole = chance.randrange(1, 400)
        amount: Any = chance.choice([str(whole), f"{whole}.{chance.randrange(100):02}", whole])
        exchange = merchant.create(
            custom_code=f"código {number}"[: chance.randrange(11, 16)] + str(number),
            amount=amount,
            name=chance.choice(["Ana Maria", "JOSE DA SILVA", "Test User Name"]),
            fee_bear=chance.choice(["merchant", "beneficiary"]) if whole > 1 else "merchant",
            amount_type=chance.choice(["", None, "arrival_amount", "source_amount"]),
            source_currency=chance.choice(["USD", "EUR", "GBP", "BRL"]),
            unknown=chance.choice(["", "x&y=z", "ção 😀", 7]),
            additional_remark="a_b c",
        )
        assert data(exchange)["status"] == "IN_PROCESSING"


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["BRA", "PIX", "WALLET", "10.00", "2021-08-10 07:34:05"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
_members = st.sampled_from(
    [
        *signing.payout(""),
        *("timestamp", "page_num", "page_size", "start_time", "end_time", "transaction_id"),
        *("payout_id", "bank_code", "channel", "branch", "amount_type", "timeout", "user_id"),
        *("payout_amount", "payout_currency", "return_url", "email", "phone", "region"),
    ]
)
_ENDPOINTS = sorted(signing.PATHS)
_fuzz = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@pytest.mark.usefixtures("no_search")
@_fuzz
@given(
    endpoint=st.sampled_from(_ENDPOINTS),
    changes=st.dictionaries(_members | st.text(), _values, max_size=4),
    drop=st.sets(_members, max_size=2),
)
def test_signed_nonsense_is_never_a_bug(
    endpoint: str, changes: dict[str, Any], drop: set[str], merchant: Merchant
) -> None:
    """Whatever a rightly signed body holds, the answer is the provider's."""
    members = signing.default_payload(endpoint, merchant.context)
    members = {"timestamp": NOW, **members, **changes}
    body = json.dumps({k: v for k, v in members.items() if k not in drop}).encode()
    try:
        params = sorted_digest.parse(body)
    except SchemeError:
        params = {}
    signature = sorted_digest.signature(params, merchant.app["app_key"])
    exchange = merchant.raw(signing.PATHS[endpoint], body, signature)
    assert exchange.bug == ""
    envelope(exchange)


@pytest.mark.slow
@pytest.mark.usefixtures("no_search")
@_fuzz
@given(
    body=st.binary() | st.text().map(lambda t: t.encode("utf-8", "surrogatepass")),
    header=st.text(st.characters(max_codepoint=255)),
    app_id=st.booleans(),
)
def test_unsigned_nonsense_is_refused(
    body: bytes, header: str, app_id: bool, merchant: Merchant
) -> None:
    """Bytes that nobody signed are refused, whatever they are."""
    headers = {"appid": merchant.app["app_id"] if app_id else header, "x": header}
    exchange = merchant.raw("/api/payout", body, header, **headers)
    assert exchange.bug == ""
    assert exchange.verdict == "refused"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"amount": ' + b"9" * 10_000 + b"}",
        b'{"amount": 1e999999999}',
        b'{"timestamp": -1}',
        b'{"timestamp": 99999999999999999999999}',
    ],
    ids=lambda b: repr(b[:12]),
)
def test_traps(body: bytes, merchant: Merchant) -> None:
    """Bodies that break parsers are refused, signed or not."""
    try:
        signature = sorted_digest.signature(sorted_digest.parse(body), merchant.app["app_key"])
    except SchemeError:
        signature = "0" * 64
    for path in signing.PATHS.values():
        exchange = merchant.raw(path, body, signature)
        assert exchange.bug == ""
        assert exchange.verdict == "refused"


# --- payouts ---------------------------------------------------------------------------------

# The bodies of the page "Data for test", the blanks of two of them repaired.
_COMMON = {"fee_bear": "merchant", "source_currency": "USD", "name": "test name"}
_CPF = {"document_type": "CPF", "document_id": "11032341882", "country": "BRA"}
_MEX = {
    "phone": "111111111111",
    "email": "test@pagsmile.com",
    "account_type": "clabe",
    "document_id": "MAMB780915969",
    "document_type": "RFC",
    "method": "SPEI",
    "arrival_currency": "MXN",
    "country": "MEX",
    "amount": "1",
}
_CHL = {
    "bank_code": "001",
    "account_type": "Checking",
    "document_type": "Rut",
    "document_id": "111111111",
    "arrival_currency": "CLP",
    "country": "CHL",
    "method": "BANKTRANSFER",
    "amount": "1",
}
_COL = {"arrival_currency": "COP", "country": "COL", "amount": "1"}
_PER = {
    "bank_code": "0001",
    "account_type": "Savings",
    "document_type": "DNI",
    "document_id": "11111111",
    "arrival_currency": "PEN",
    "country": "PER",
    "method": "BANKTRANSFER",
    "region": "La Libertad",
    "amount": "1",
}
_ECU = {
    "bank_code": "0001",
    "account_type": "Checking",
    "document_type": "CEDULA",
    "document_id": "1111111111",
    "arrival_currency": "USD",
    "country": "ECU",
    "method": "BANKTRANSFER",
    "amount": "0.5",
}
_PIX = {
    **_CPF,
    "account_type": "Email",
    "arrival_currency": "BRL",
    "method": "PIX",
    "amount": "10",
}
_BRA = {
    **_CPF,
    "document_id": "50284414727",
    "bank_code": "001",
    "branch": "0002",
    "account_digit": "1",
    "account_type": "CHECKING",
    "arrival_currency": "BRL",
    "method": "BANKTRANSFER",
    "amount": "1",
}
_COL_BANK = {
    **_COL,
    "phone": "573020481705",
    "email": "test@pagsmile.com",
    "bank_code": "007",
    "account_type": "CHECKING",
    "document_type": "CC",
    "document_id": "123456789",
    "method": "BANKTRANSFER",
}
_TPAGA = {**_COL, "account_type": "PHONE", "method": "WALLET", "channel": "Tpaga", "name": ""}
_TRANSFIYA = {
    **_COL,
    "account_type": "PHONE",
    "document_id": "123456789",
    "document_type": "CC",
    "method": "Transfiya",
}
_VITA = {
    "account_type": "EMAIL",
    "arrival_currency": "CLP",
    "country": "CHL",
    "method": "WALLET",
    "channel": "Vita",
    "amount": "1",
    "name": "",
}
_PAYPAL = {
    "account_type": "EMAIL",
    "arrival_currency": "USD",
    "country": "DEU",
    "method": "WALLET",
    "channel": "PayPal",
    "amount": "5",
}
SANDBOX = [
    (_PIX, "pagsmile_test_paid@pagsmile.com", "PAID", "3s"),
    (_PIX, "anybody@example.com", "PAID", "3s"),
    (_PIX, "pagsmile_test_reject@pagsmile.com", "REJECTED", "3s"),
    (_BRA, "22222222", "PAID", "10m1s"),
    (_BRA, "11111111", "REJECTED", "10m1s"),
    ({**_MEX, "bank_code": "90646"}, "646020146401877826", "PAID", "10m1s"),
    ({**_MEX, "bank_code": "40138"}, "138580000007439590", "REJECTED", "10m1s"),
    ({**_MEX, "bank_code": "40002"}, "002010077777777771", "PAID", "10m1s"),
    (_MEX, "014027000005555558", "REJECTED", "10m1s"),
    (_CHL, "222222222222", "PAID", "24h1s"),
    (_CHL, "111111111111", "REJECTED", "24h1s"),
    (_VITA, "paid@pagsmile.com", "PAID", "3s"),
    (_VITA, "rejected@pagsmile.com", "REJECTED", "3s"),
    (_COL_BANK, "222222222222", "PAID", "72h1s"),
    (_COL_BANK, "111111111111", "REJECTED", "72h1s"),
    (_TPAGA, "+57322222222", "PAID", "3s"),
    (_TPAGA, "+57311111111", "REJECTED", "3s"),
    (_TRANSFIYA, "572222222222", "PAID", "3s"),
    (_TRANSFIYA, "571111111111", "REJECTED", "3s"),
    (_PER, "2222222222222", "PAID", "24h1s"),
    (_PER, "1111111111111", "REJECTED", "24h1s"),
    (_ECU, "2222222222", "PAID", "24h1s"),
    (_ECU, "1111111111", "REJECTED", "24h1s"),
    (_PAYPAL, "paid@pagsmile.com", "PAID", "3s"),
    (_PAYPAL, "anybody@example.com", "REJECTED", "3s"),
]


@pytest.mark.parametrize(("body", "account", "outcome", "lasts"), SANDBOX)
def test_sandbox(
    body: dict[str, Any], account: str, outcome: str, lasts: str, merchant: Merchant
) -> None:
    """The sandbox's accounts end as its page says, not before the time it says."""
    merchant.namespace.clock.change(ClockChange(freeze="now"))
    before = merchant.balance()
    members = {
        **_COMMON,
        "custom_code": "code_1",
        "notify_url": "https://sandbox.transfersmile.com/api/notify/demo",
        "additional_remark": "banktransfer payout request",
        **body,
        "account": account,
    }
    payout = data(merchant.post("/api/payout", members))
    assert payout["status"] == "IN_PROCESSING"
    assert merchant.balance() == money.text(Decimal(before) - Decimal(payout["source_amount"]))
    merchant.advance("1s")
    assert merchant.status(custom_code="code_1")["status"] == "PROCESSING"
    merchant.advance(f"{parse_duration(lasts).total_seconds() - 2:g}s")
    assert merchant.status(payout_id=payout["id"])["status"] == "PROCESSING"
    merchant.advance("1s")
    found = merchant.status(payout_id=payout["id"], custom_code="code_1")
    assert found["status"] == outcome
    assert (found["description"] == "success") == (outcome == "PAID")
    row = merchant.detail(payout["id"])
    assert row["transaction_status"] == outcome
    assert row["update_time"] == merchant.now()
    given_back = before if outcome == "REJECTED" else merchant.balance()
    assert merchant.balance() == given_back
    assert merchant.balance() == given_back


def test_id_holds_the_time(merchant: Merchant) -> None:
    """The id tells the time of the answer in UTC, and the method and country."""
    exchange = merchant.create()
    payout = data(exchange)
    assert payout["id"].startswith("TS20260131095606")
    assert payout["id"].endswith("PB")
    assert merchant.detail(payout["id"])["create_time"] == envelope(exchange)["time"] == NOW


def test_detail_has_the_documented_members(merchant: Merchant) -> None:
    """Names, order and types of a row are those of the page's example."""
    row = merchant.detail(merchant.created()["id"])
    assert list(row) == [
        "reference_id",
        "transaction_id",
        "user_name",
        "bank_id",
        "amount",
        "source_amount",
        "settlement_amount",
        "source_currency",
        "arrival_amount",
        "arrival_currency",
        "exchange_rate",
        "tax",
        "fee",
        "fee_user",
        "transaction_status",
        "create_time",
        "update_time",
    ]
    assert row["bank_id"] == ""
    merchant.advance("1m")
    assert len(merchant.detail(row["transaction_id"])["bank_id"]) == 32


def test_custom_code_is_used_up_once(merchant: Merchant, emulator: Emulator) -> None:
    """A second create is an error, also after a fault; a refused one does not use it up."""
    assert refused(merchant.create(amount="49999999"))[1] == 4001006
    assert (
        refused(merchant.create(source_currency="EUR", amount="0.01", fee_bear="beneficiary"))[1]
        == 5001004
    )
    merchant.created()
    assert refused(merchant.create())[:3] == (400, 4001020, "order already existed")
    assert refused(merchant.create(amount="11"))[1] == 4001020
    other = Merchant(emulator, app_where(emulator, lambda record: "balances" in record))
    assert refused(other.create())[1] == 5001102
    assert data(other.create(amount="0.5"))["source_amount"] == "0.3"


def test_legacy_numbers(merchant: Merchant) -> None:
    """The setting legacy_codes answers as the pages' examples do."""
    merchant.configured(legacy_codes=True)
    payout = merchant.created()
    assert refused(merchant.create())[:3] == (400, 4001010, "order already existed")
    late = {"transaction_id": payout["id"], "timestamp": NOW - 301}
    assert refused(merchant.post("/api/payout/detail", late))[:2] == (400, 4001009)


def test_other_apps_payouts_are_unknown(merchant: Merchant, emulator: Emulator) -> None:
    """An app sees its own payouts only."""
    payout = merchant.created()
    other = Merchant(emulator, app_where(emulator, lambda record: "balances" in record))
    for members in ({"payout_id": payout["id"]}, {"custom_code": "code_1"}):
        assert refused(other.post("/api/payout/status", members))[1] == 4001021
    members = {"transaction_id": payout["id"], "timestamp": NOW}
    assert refused(other.post("/api/payout/detail", members))[1] == 4001021
    both = {"payout_id": payout["id"], "custom_code": "other"}
    assert refused(merchant.post("/api/payout/status", both))[1] == 4001021


def test_status_short_codes(merchant: Merchant) -> None:
    """A status without a reference has the page's short code and the member error."""
    exchange = merchant.post("/api/payout/status", {})
    assert refused(exchange)[:3] == (400, 400, "invalid parameters")
    assert envelope(exchange)["data"] == {"error": "custom_code or payout_id required"}


@pytest.mark.parametrize("path", ["/api/payout/detail", "/api/payout/list", "/api/balance"])
@pytest.mark.parametrize(
    ("seconds", "fresh"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_freshness(path: str, seconds: int, fresh: bool, merchant: Merchant) -> None:
    """The window is 300 seconds, either way, ends included."""
    payout = merchant.created()
    members = {
        "transaction_id": payout["id"],
        "start_time": "2026-01-31 00:00:00",
        "end_time": "2026-02-01 00:00:00",
        "page_num": 1,
        "page_size": 10,
        "timestamp": NOW + seconds,
    }
    exchange = merchant.post(path, members)
    assert (exchange.verdict == "accepted") is fresh
    if not fresh:
        assert exchange.diagnosis is not None
        assert exchange.diagnosis.code == "pagsmile.request-expired"


def test_freshness_goes_by_the_provider_clock(merchant: Merchant) -> None:
    """A provider ten minutes ahead finds a right timestamp too old."""
    merchant.namespace.clock.change(ClockChange(offset="+10m"))
    exchange = merchant.post("/api/balance", {"timestamp": NOW})
    assert refused(exchange)[1] == 4001000
    assert envelope(exchange)["data"] == {"err": "request has expired"}
    assert data(merchant.post("/api/balance", {"timestamp": NOW + 600}))


def test_frozen_clock_holds_a_payout(merchant: Merchant) -> None:
    """Without time nothing goes on; the offset of the provider's watch changes nothing."""
    merchant.namespace.clock.change(ClockChange(freeze="now", offset="+24h"))
    merchant.created()
    for _ in range(3):
        assert merchant.status(custom_code="code_1")["status"] == "IN_PROCESSING"
    merchant.advance("3s")
    assert merchant.status(custom_code="code_1")["status"] == "PAID"


def warnings(exchange: Exchange) -> list[tuple[str, str]]:
    return [(each.code, each.where) for each in exchange.warnings]


def test_whole_numbers_as_text(merchant: Merchant) -> None:
    """Clients that keep all parameters as text get through, with a warning for each."""
    exchange = merchant.post("/api/balance", {"timestamp": str(NOW)})
    assert data(exchange)
    assert warnings(exchange) == [("pagsmile.number-as-text", "body.timestamp")]
    members = {
        "start_time": "2026-01-31 00:00:00",
        "end_time": "2026-02-01 00:00:00",
        "page_num": "1",
        "page_size": "10",
        "timestamp": NOW,
    }
    exchange = merchant.post("/api/payout/list", members)
    assert data(exchange) == []
    assert warnings(exchange) == [
        ("pagsmile.number-as-text", "body.page_num"),
        ("pagsmile.number-as-text", "body.page_size"),
    ]
    members = {**signing.default_payload("checkout", merchant.context), "timeout": "60"}
    exchange = merchant.post("/api/checkout", members)
    assert data(exchange)
    assert warnings(exchange) == [("pagsmile.number-as-text", "body.timeout")]


@pytest.mark.parametrize("stamp", ["1769853366.0", 1769853366.0, True, None, 1769853366000, " 1"])
def test_timestamp_type(stamp: Any, merchant: Merchant) -> None:
    """A timestamp is whole seconds; fractions, blanks and milliseconds are refused."""
    body = json.dumps({"timestamp": stamp}).encode()
    signature = sorted_digest.signature(sorted_digest.parse(body), merchant.app["app_key"])
    assert refused(merchant.raw("/api/balance", body, signature))[1] == 4001000


def test_list_pages(merchant: Merchant) -> None:
    """Pages come oldest first and do not overlap; other times have none."""
    codes = [f"code_{number}" for number in range(7)]
    for code in codes:
        merchant.created(custom_code=code)
        merchant.advance("1s")
    shown: list[str] = []
    for page in (1, 2, 3, 4):
        members = {
            "start_time": "2026-01-31 09:56:06",
            "end_time": "2026-01-31 09:56:12",
            "page_num": page,
            "page_size": 3,
            "timestamp": NOW,
        }
        rows = data(merchant.post("/api/payout/list", members))
        shown += [row["reference_id"] for row in rows]
    assert shown == codes
    members |= {"start_time": "2026-01-31 09:56:13", "end_time": "2026-01-31 23:59:59"}
    assert data(merchant.post("/api/payout/list", {**members, "page_num": 1})) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"page_num": 0}, 4001000),
        ({"page_num": "0"}, 4001000),
        ({"page_num": "1.0"}, 4001000),
        ({"page_num": "one"}, 4001000),
        ({"page_size": 0}, 4001000),
        ({"page_size": 1001}, 4001000),
        ({"start_time": "2026-02-30 00:00:00"}, 4001008),
        ({"end_time": "2026-13-01 00:00:00"}, 4001000),
        ({"end_time": "2020-01-01 00:00:00"}, 4001000),
        ({"start_time": "2025-12-01 00:00:00"}, 4001012),
    ],
)
def test_list_refusals(changes: dict[str, Any], code: int, merchant: Merchant) -> None:
    """Pages start at 1, times are UTC and at most 31 days apart."""
    members = {
        "start_time": "2026-01-31 00:00:00",
        "end_time": "2026-02-01 00:00:00",
        "page_num": 1,
        "page_size": 10,
        "timestamp": NOW,
        **changes,
    }
    assert refused(merchant.post("/api/payout/list", members))[1] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Ana"}, 4001000),
        ({"name": "a" * 101}, 4001000),
        ({"name": "José da Silva"}, 4001000),
        ({"document_id": "11111111111"}, 4001001),
        ({"document_id": "502.844.147-27"}, 4001001),
        ({"document_type": "RFC"}, 4001001),
        ({"document_type": "CNPJ", "document_id": "11222333000182"}, 4001001),
        ({"account_type": "CPF", "account": "50284414728"}, 4001002),
        ({"account_type": "EVP", "account": "1"}, 4001002),
        ({"account_type": "PHONE", "account": "+5511"}, 4001002),
        ({"account_type": "clabe"}, 4001003),
        ({"amount": "10,00"}, 4001004),
        ({"amount": "0"}, 4001004),
        ({"amount": "-1"}, 4001004),
        ({"amount": "1e3"}, 4001004),
        ({"amount": " 1"}, 4001004),
        ({"amount": "٣"}, 4001004),
        ({"amount": True}, 4001000),
        ({"amount_type": "both"}, 4001005),
        ({"amount": "0.001"}, 4001004),
        ({"amount": "50000.01"}, 4001006),
        ({"fee_bear": "Merchant"}, 4001007),
        ({"additional_remark": "é"}, 4001010),
        ({"additional_remark": "a" * 41}, 4001009),
        ({"country": "bra"}, 4001100),
        ({"arrival_currency": "USD"}, 4001101),
        ({"channel": "PayPal"}, 4001105),
        ({"method": "WALLET"}, 4001105),
        ({"method": "WALLET", "channel": "Qiwi"}, 4001105),
        ({"method": "TED"}, 4001104),
        ({"source_currency": "usd"}, 4001106),
        ({"source_currency": "COP"}, 4001111),
        ({"notify_url": "ftp://example.com"}, 4001000),
        ({"notify_url": "https://example.com/" + "a" * 120}, 4001000),
        ({"custom_code": "a" * 51}, 4001000),
        ({"custom_code": 17}, 4001000),
        ({"email": "nobody"}, 4001000),
        ({"phone": "+5511999999999"}, 4001000),
    ],
)
def test_payout_refusals(changes: dict[str, Any], code: int, merchant: Merchant) -> None:
    """Each member is checked, and nothing is created or debited."""
    before = merchant.balance()
    members = {**signing.payout("code_1"), **changes}
    body = json.dumps(members).encode()
    signature = sorted_digest.signature(sorted_digest.parse(body), merchant.app["app_key"])
    assert refused(merchant.raw("/api/payout", body, signature))[1] == code
    assert merchant.balance() == before
    assert not list(state.payouts(merchant.context).items())


@pytest.mark.parametrize("name", [*signing.payout("")])
def test_required_members(name: str, merchant: Merchant) -> None:
    """Left out, null or empty is refused alike."""
    members = signing.payout("code_1")
    kept = {key: value for key, value in members.items() if key != name}
    for spoiled in (kept, {**members, name: None}, {**members, name: ""}):
        exchange = merchant.post("/api/payout", spoiled)
        assert refused(exchange)[3] == "pagsmile.member-missing"
        assert envelope(exchange)["data"] == {"err": f"{name} is required"}


@pytest.mark.parametrize(
    ("body", "account", "changes", "code"),
    [
        (_MEX, "646020146401877827", {}, 4001002),
        (_MEX, "64602014640187782", {}, 4001002),
        (_MEX, "646020146401877826", {"bank_code": "40138"}, 4001302),
        (_MEX, "5512345678", {"account_type": "phone"}, 4001000),
        (_MEX, "646020146401877826", {"name": "a" * 41}, 4001000),
        (_CHL, "222222222222", {"amount": "1.00"}, 4001004),
        (_CHL, "222222222222", {"bank_code": "999"}, 4001302),
        (_CHL, "222222222222", {"document_id": "11111111-1"}, 4001001),
        (_PER, "2222222222222", {"region": "Texas"}, 4001000),
        (_PER, "2222222222222", {"bank_code": "1"}, 4001302),
        (_COL_BANK, "222222222222", {"phone": ""}, 4001000),
        (_BRA, "22222222", {"branch": "2"}, 4001000),
        (_ECU, "2222222222", {"additional_remark": "a" * 41}, 4001009),
        (_PAYPAL, "paid@pagsmile.com", {"country": "CHN"}, 4001100),
        (_PAYPAL, "paid@pagsmile.com", {"source_currency": "BRL"}, 4001111),
    ],
)
def test_country_rules(
    body: dict[str, Any], account: str, changes: dict[str, Any], code: int, merchant: Merchant
) -> None:
    """Each country has rules of its own."""
    members = {
        **signing.payout("code_1"),
        "document_id": "",
        "document_type": "",
        **_COMMON,
        **body,
        "account": account,
        **changes,
    }
    assert refused(merchant.post("/api/payout", members))[1] == code


def test_peru_0010_and_other_bank_codes(merchant: Merchant) -> None:
    """0010 counts although the table lacks it; a setting lets any code pass."""
    members = {**_COMMON, **_PER, "account": "2222222222", "bank_code": "0010"}
    assert merchant.created(**members)
    merchant.configured(bank_codes="any", clabe_check_digit=False)
    assert merchant.created(**{**members, "bank_code": "7777", "custom_code": "code_2"})
    spei = {**_COMMON, **_MEX, "account": "112233445566778899", "custom_code": "code_3"}
    assert merchant.created(**spei)


def test_other_accounts_stay_processing(merchant: Merchant) -> None:
    """The setting other_accounts leaves accounts of no documented outcome where they are."""
    merchant.configured(other_accounts="processing")
    merchant.created(**{**_COMMON, **_BRA, "account": "33333333"})
    merchant.advance("90d")
    assert merchant.status(custom_code="code_1")["status"] == "PROCESSING"


# --- money -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "bearer", "charges", "source", "arrival"),
    [
        # Source: Pagsmile Payout documentation, dry run, detail and list examples.
        ("10", "merchant", "0.2", "10.2", "10"),
        ("0.55", "merchant", "3.03", "3.58", "0.55"),
        ("0.6", "beneficiary", "0.03", "0.6", "0.57"),
    ],
)
def test_documented_arithmetic(
    amount: str, bearer: str, charges: str, source: str, arrival: str
) -> None:
    """The provider's three examples come out exactly."""
    quote = money.quote(
        Decimal(amount),
        amount_type="arrival_amount",
        fee_bear=bearer,
        at=Decimal(1),
        charges=Decimal(charges),
        source="BRL",
        arrival="BRL",
    )
    assert (money.text(quote.source), money.text(quote.arrival)) == (source, arrival)
    assert money.text(quote.settlement) == amount


def test_between_currencies(merchant: Merchant) -> None:
    """The fixed rate is in arrival units for each source unit; CLP has no cents."""
    payout = merchant.created(amount="100")
    assert (payout["source_amount"], payout["arrival_amount"]) == ("20.2", "100")
    payout = merchant.created(amount="100", amount_type="source_amount", custom_code="code_2")
    assert (payout["source_amount"], payout["arrival_amount"]) == ("100.2", "500")
    chile = {**_COMMON, **_CHL, "account": "222222222222", "custom_code": "code_3"}
    payout = merchant.created(**{**chile, "amount": "1", "source_currency": "USD"})
    assert (payout["source_amount"], payout["arrival_amount"]) == ("0.2", "1")


def test_dry_run(merchant: Merchant) -> None:
    """A dry run tells the same sums and moves nothing; only BRA, MEX and PayPal have it."""
    members = {
        "source_currency": "USD",
        "arrival_currency": "USD",
        "amount": "10",
        "fee_bear": "merchant",
        "method": "WALLET",
        "channel": "PayPal",
        "country": "USA",
        "timestamp": NOW,
    }
    before = merchant.balance()
    # Source: Pagsmile Payout documentation, dry run example.
    assert data(merchant.post("/api/payout/dry-run", members)) == {
        "fee": "0.2",
        "tax": "0",
        "amount": "10",
        "settlement_amount": "10",
        "arrival_currency": "USD",
        "arrival_amount": "10",
        "source_currency": "USD",
        "source_amount": "10.2",
        "exchange_rate": "1",
    }
    assert merchant.balance() == before
    chile = {**members, "country": "CHL", "channel": "Vita", "arrival_currency": "CLP"}
    assert refused(merchant.post("/api/payout/dry-run", chile))[1] == 4001100
    local = {
        **members,
        "country": "BRA",
        "channel": "",
        "method": "PIX",
        "arrival_currency": "BRL",
        "source_currency": "BRL",
    }
    assert refused(merchant.post("/api/payout/dry-run", local))[1] == 4001111


def test_balance_never_goes_below_zero(merchant: Merchant, emulator: Emulator) -> None:
    """Payouts are made as long as there is money; what a rejected one took can be spent again."""
    poor = Merchant(emulator, app_where(emulator, lambda record: "balances" in record))
    reject = {"account": "pagsmile_test_reject@pagsmile.com"}
    assert data(poor.create(custom_code="a", amount="4", **reject))["source_amount"] == "1"
    assert poor.balance() == "0"
    assert refused(poor.create(custom_code="b", amount="1"))[1] == 5001102
    poor.advance("1m")
    assert data(poor.create(custom_code="b", amount="1"))["source_amount"] == "0.4"
    assert poor.balance() == "0.6"


def test_checkout(merchant: Merchant) -> None:
    """The link holds a token with the claims of the page's sample; the code is used up."""
    import jwt

    members = {**signing.default_payload("checkout", merchant.context), "custom_code": "code_1"}
    url = data(merchant.post("/api/checkout", members))["checkout_url"]
    assert url.startswith("https://sandbox-payout.pagsmile.com/?t=")
    token = url.partition("t=")[2]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] == claims["created_at"] + 1800 == NOW + 1800
    assert claims["iss"] == "Pagsmile - Transfersmile"
    assert refused(merchant.post("/api/checkout", members))[1] == 4001020
    assert refused(merchant.create(custom_code="code_1"))[1] == 4001020
    assert refused(merchant.post("/api/payout/status", {"custom_code": "code_1"}))[1] == 4001021


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"country": "CHL"}, 4001100),
        ({"method": "SPEI"}, 4001107),
        ({"payout_currency": "MXN"}, 4001110),
        ({"source_currency": "GBP"}, 4001110),
        ({"payout_amount": "ten"}, 4001004),
        ({"return_url": "nowhere"}, 4001000),
        ({"timeout": 1801}, 4001000),
        ({"timeout": "60s"}, 4001000),
        ({"user_id": ""}, 4001000),
    ],
)
def test_checkout_refusals(changes: dict[str, Any], code: int, merchant: Merchant) -> None:
    """A checkout joins the documented countries, methods and currencies only."""
    members = {**signing.default_payload("checkout", merchant.context), **changes}
    assert refused(merchant.post("/api/checkout", members))[1] == code


@pytest.mark.parametrize(
    "document", ["11032341882", "50284414727", "52998224725"], ids=["sandbox", "page", "other"]
)
def test_cpf(document: str) -> None:
    """Right check digits pass; any single digit changed fails."""
    assert identities.is_cpf(document)
    _walk_digits(document, identities.is_cpf)
    assert not identities.is_cpf("11111111111")


def test_cnpj_and_clabe() -> None:
    """Right check digits pass; any single digit changed fails."""
    # 11222333000181: a well-known test number. CLABEs: the sandbox's.
    assert identities.is_cnpj("11222333000181")
    _walk_digits("11222333000181", identities.is_cnpj)
    for clabe in (
        "646020146401877826",
        "138580000007439590",
        "002010077777777771",
        "014027000005555558",
    ):
        assert identities.is_clabe(clabe)
        _walk_digits(clabe, identities.is_clabe)
    assert not identities.is_clabe("112233445566778899")


def _walk_digits(text: str, check: Any) -> None:
    for at, digit in enumerate(text):
        for other in set(string.digits) - {digit}:
            spoiled = text[:at] + other + text[at + 1 :]
            # Modulo 11 maps two rests to 0, so a few slips beyond the last digits pass.
            if at >= len(text) - 1 or check is identities.is_clabe:
                assert not check(spoiled)


def test_figures() -> None:
    """The figures shipped are those of the provider's tables."""
    counts = {c: len(methods.banks(c)) for c in ("ARG", "BRA", "CHL", "COL", "ECU", "GTM", "MEX")}
    assert counts == {
        "ARG": 69,
        "BRA": 282,
        "CHL": 29,
        "COL": 50,
        "ECU": 21,
        "GTM": 18,
        "MEX": 84,
    }
    assert methods.is_paypal_country("VNM")
    assert not methods.is_paypal_country("RUS")


# --- webhooks ---------------------------------------------------------------------------------


def test_webhook_goes_out_once_when_settled(merchant: Merchant) -> None:
    """The webhook of the end is posted when it is first seen, wherever it is to go."""
    posted = merchant.listen()
    local = "http://127.0.0.1:9/notify"
    merchant.created(custom_code="a", notify_url=local)
    merchant.created(custom_code="b", notify_url="http://127.0.0.1.example.com/notify")
    reject = "pagsmile_test_reject@pagsmile.com"
    merchant.created(custom_code="c", notify_url="http://localhost:9/", account=reject)
    for _ in range(2):
        merchant.status(custom_code="a")
        assert posted == []
    merchant.advance("1m")
    for _ in range(2):
        for code in ("a", "b", "c"):
            merchant.status(custom_code=code)
    assert [(n.event, n.url, bool(n.withheld)) for n in posted] == [
        ("payout.paid", local, False),
        ("payout.paid", "http://127.0.0.1.example.com/notify", False),
        ("payout.rejected", "http://localhost:9/", False),
    ]
    assert list(posted[0].content) == ["payoutId", "custom_code", "status", "msg", "timestamp"]
    assert posted[2].content["msg"] == "Invalid PIX Key"


@pytest.mark.parametrize(
    ("notify", "url", "said"),
    [
        ("always", "http://127.0.0.1:9/n", ()),
        ("always", "http://shop:9/n", ()),
        ("always", "https://example.com/n", ("localhost", "--webhook-hosts any")),
        ("never", "http://127.0.0.1:9/n", ("configuration file", 'notify = "never"')),
    ],
)
def test_a_withheld_webhook_names_what_to_change(
    notify: str, url: str, said: tuple[str, ...], merchant: Merchant
) -> None:
    """Somebody who only typed `emulator serve` does not know of a section."""
    merchant.configured(notify=notify)
    exchange = merchant.create(notify_url=url)
    hints = [each.hint for each in exchange.warnings if each.code == "webhook.withheld"]
    assert bool(hints) == bool(said)
    assert all(word in hints[0] for word in said)


def test_webhooks_leave_with_nobody_asking(merchant: Merchant) -> None:
    """A payout that ends is told at once, by the emulator's clock and once, asked for or not."""
    posted = merchant.listen()
    local = "http://127.0.0.1:9/notify"
    merchant.created(custom_code="a", notify_url=local)
    merchant.created(custom_code="b", notify_url=local, account="pagsmile_test_reject@pagsmile.com")
    bank = {**_COMMON, **_BRA, "account": "22222222", "custom_code": "c", "notify_url": local}
    merchant.created(**bank)
    merchant.wake()
    assert posted == []
    merchant.advance("3s")
    for _ in range(3):
        merchant.wake()
    assert [n.event for n in posted] == ["payout.paid", "payout.rejected"]
    merchant.advance("-1h")
    merchant.wake()
    merchant.advance("2h")
    merchant.wake()
    assert [n.content["custom_code"] for n in posted] == ["a", "b", "c"]
    for code in "abc":
        merchant.status(custom_code=code)
    assert len(posted) == 3


def test_partial_refunds(merchant: Merchant) -> None:
    """Parts add up to the whole; each gives back its share of what the payout took."""
    before = Decimal(merchant.balance())
    taken = Decimal(merchant.created(amount="10.00")["source_amount"])
    trigger("payout.paid", {}, merchant.context)
    for amount, status in (("3.33", "PARTIAL_REFUNDED"), ("6.66", "PARTIAL_REFUNDED")):
        webhook = trigger("payout.partial_refunded", {"amount": amount}, merchant.context)
        assert (webhook.event, webhook.content["status"]) == (f"payout.{status.lower()}", status)
        assert before - taken < Decimal(merchant.balance()) < before
    for wrong in ("0.02", "0", "x", "0.001"):
        with pytest.raises(ConfigurationError, match="amount: expected more than 0"):
            trigger("payout.partial_refunded", {"amount": wrong}, merchant.context)
    webhook = trigger("payout.partial_refunded", {"amount": "0.01"}, merchant.context)
    assert webhook.content["status"] == "REFUNDED"
    assert Decimal(merchant.balance()) == before
    with pytest.raises(ConfigurationError, match="is REFUNDED"):
        trigger("payout.partial_refunded", {}, merchant.context)


def test_refunds_by_method(merchant: Merchant) -> None:
    """Only some methods have refunds, and only Brazil's PIX and bank transfers in parts."""
    colombia = {**_COMMON, **_COL_BANK, "account": "222222222222", "custom_code": "col"}
    spei = {**_COMMON, **_MEX, "account": "646020146401877826", "custom_code": "mex"}
    for members in (colombia, spei):
        merchant.created(**members)
        trigger("payout.paid", {"custom_code": members["custom_code"]}, merchant.context)
    with pytest.raises(ConfigurationError, match="no refunds"):
        trigger("payout.refunded", {"custom_code": "col"}, merchant.context)
    with pytest.raises(ConfigurationError, match="as a whole"):
        trigger("payout.partial_refunded", {"custom_code": "mex"}, merchant.context)
    with pytest.raises(ConfigurationError, match="amount"):
        trigger("payout.refunded", {"custom_code": "mex", "amount": "1"}, merchant.context)
    webhook = trigger("payout.refunded", {"custom_code": "mex"}, merchant.context)
    assert webhook.content["status"] == "REFUNDED"


@pytest.mark.parametrize(("notify", "count"), [("always", 1), ("never", 0)])
def test_notify_setting(notify: str, count: int, merchant: Merchant) -> None:
    """The setting may keep them all back."""
    merchant.configured(notify=notify)
    posted = merchant.listen()
    merchant.created(notify_url="http://127.0.0.1:9/")
    merchant.advance("1m")
    merchant.status(custom_code="code_1")
    assert sum(not webhook.withheld for webhook in posted) == count


def test_webhook_is_signed_as_documented(merchant: Merchant) -> None:
    """The signature covers the five members, with the app's key; timestamp is an integer.

    Source: Pagsmile Payout documentation, Notification, example.
    """
    content = {
        "payoutId": "TS202202071548044sGt3ADbmpGsPB",
        "custom_code": "custom_code_test",
        "status": "PAID",
        "msg": "success",
        "timestamp": 1628564650,
    }
    webhook = Webhook("payout.paid", "http://127.0.0.1/", content, merchant.app["app_id"])
    delivery = seal_webhook(webhook, merchant.context)
    joined = (
        "custom_code=custom_code_test&msg=success&payoutId=TS202202071548044sGt3ADbmpGsPB"
        "&status=PAID&timestamp=1628564650"
    )
    expected = hashlib.sha256((joined + merchant.app["app_key"]).encode()).hexdigest()
    assert dict(delivery.headers)["authorization"] == expected
    assert json.loads(delivery.body) == content


@pytest.mark.parametrize(
    ("status", "body", "is_acknowledged"),
    [
        (200, b"success", True),
        (200, b" success\n", True),
        (200, b"SUCCESS", False),
        (200, b'"success"', False),
        (200, b'{"result":"success"}', False),
        (200, b"ok", False),
        (200, b"", False),
        (201, b"success", False),
        (302, b"", False),
        (500, b"success", False),
        (200, b"\xff", False),
        (200, b"\xef\xbb\xbfsuccess", False),
        (200, b"<html>", False),
        (204, b"", False),
        (404, b"", False),
    ],
)
def test_acknowledgement(
    status: int, body: bytes, is_acknowledged: bool, merchant: Merchant
) -> None:
    """Only HTTP 200 with the bare word counts."""
    webhook = Webhook("payout.paid", "", {}, "")
    diagnosis = judge_answer(MerchantAnswer(webhook, status, body, merchant.context))
    assert (diagnosis is None) is is_acknowledged
    if diagnosis is not None:
        assert diagnosis.code == "pagsmile.webhook-not-acknowledged"
        assert diagnosis.hint


def test_triggers_drive_the_life_cycle(merchant: Merchant) -> None:
    """A trigger pays, rejects or refunds with the money that belongs to it, where that can be."""
    before = merchant.balance()
    payout = merchant.created()
    with pytest.raises(ConfigurationError, match="cannot follow"):
        trigger("payout.refunded", {}, merchant.context)
    webhook = trigger("payout.paid", {"url": "http://127.0.0.1/x"}, merchant.context)
    assert (webhook.url, webhook.content["status"]) == ("http://127.0.0.1/x", "PAID")
    assert merchant.status(custom_code="code_1")["status"] == "PAID"
    trigger("payout.paid", {}, merchant.context)  # sent once more
    with pytest.raises(ConfigurationError, match="cannot follow"):
        trigger("payout.rejected", {}, merchant.context)
    webhook = trigger("payout.refunded", {"payout_id": payout["id"]}, merchant.context)
    assert webhook.content["status"] == "REFUNDED"
    assert merchant.detail(payout["id"])["transaction_status"] == "REFUNDED"
    assert merchant.balance() == before
    trigger("payout.refunded", {}, merchant.context)
    assert merchant.balance() == before

    merchant.created(custom_code="code_2", account="pagsmile_test_reject@pagsmile.com")
    trigger("payout.rejected", {"custom_code": "code_2", "/status": "PAID"}, merchant.context)
    merchant.advance("1h")
    assert merchant.balance() == before  # given back once, not twice
    merchant.created(custom_code="code_3", account="pagsmile_test_reject@pagsmile.com")
    trigger("payout.paid", {}, merchant.context)
    merchant.advance("1h")
    assert merchant.status(custom_code="code_3")["status"] == "PAID"
    assert merchant.balance() != before


@pytest.mark.parametrize(
    "overrides",
    [{"x": 1}, {"/x": 1}, {"/status": []}, {"url": 1}, {"payout_id": "no"}],
)
def test_bad_triggers(overrides: dict[str, Any], merchant: Merchant) -> None:
    """What a trigger cannot do is a clear error, and nothing changes."""
    with pytest.raises(ConfigurationError, match="no such payout"):
        trigger("payout.paid", {}, merchant.context)
    merchant.created()
    with pytest.raises(ConfigurationError):
        trigger("payout.paid", overrides, merchant.context)
    with pytest.raises(ConfigurationError):
        trigger("payout.gone", {}, merchant.context)
    assert merchant.status(custom_code="code_1")["status"] == "IN_PROCESSING"


# --- credentials, settings, sign -------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        {"app_id": ""},
        {"app_id": 1},
        {"app_key": ""},
        {"app_key": "a b"},
        {"status": "gone"},
        {"ip_allow": "127.0.0.1"},
        {"ip_allow": ["nowhere"]},
        {"balances": []},
        {"balances": {"USD": 1}},
        {"balances": {"XXX": "1"}},
        {"balances": {"CLP": "1000.50"}},
        {"fees": {"COP": {"fee": "0.2", "tax": "0"}}},
        {"fees": {"USD": "0.2"}},
        {"fees": {"USD": {"fee": "0.2", "tax": "-1"}}},
        {"app_kee": "x"},
        {"security_key": None},
    ],
)
def test_bad_credentials(spoil: dict[str, Any], merchant: Merchant) -> None:
    """Each member of a credential is checked."""
    good = {"app_id": "A1", "app_key": "key"}
    assert PROVIDER.credentials.register(good, merchant.context)[0] == "A1"
    with pytest.raises(ConfigurationError):
        PROVIDER.credentials.register({**good, **spoil}, merchant.context)


@pytest.mark.parametrize(
    "values",
    [{"fee": "x"}, {"exchange_rates": "BRL"}, {"exchange_rates": "BRL=0"}, {"instant_seconds": -1}],
)
def test_bad_settings(values: dict[str, Any], merchant: Merchant) -> None:
    """A setting that cannot be read stops the start."""
    merchant.configured(**values)
    with pytest.raises(ConfigurationError):
        PROVIDER.credentials.register({"app_id": "A1", "app_key": "key"}, merchant.context)


def test_credential_view(merchant: Merchant) -> None:
    """Clients are told just what interface and provider agree on."""
    view = PROVIDER.credentials.view(merchant.app, merchant.context.keys, "http://x/pagsmile")
    assert view == {
        "base_url": "http://x/pagsmile",
        "app_id": merchant.app["app_id"],
        "app_key": merchant.app["app_key"],
    }


def test_fresh_keys_serve(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What make_keys writes is what an emulator starts with, examples included."""
    monkeypatch.setattr("emulator.providers.discover", lambda: {"pagsmile": PROVIDER})
    (tmp_path / "pagsmile").mkdir()
    PROVIDER.credentials.make_keys(tmp_path / "pagsmile")
    merchant = Merchant(Emulator(keys=tmp_path))
    for example in PROVIDER.examples:
        if not example.after:
            assert merchant.serve(example.build(merchant.context)).bug == ""
    assert merchant.app["app_id"].isupper()


@pytest.mark.parametrize("endpoint", _ENDPOINTS)
def test_sign(endpoint: str, merchant: Merchant) -> None:
    """What `emulator sign` makes is accepted, and shows what it hashed."""

    def answer(request: Request) -> bytes:
        if request.path.startswith("/_emulator/trigger/"):
            trigger(request.path.rpartition("/")[2], json.loads(request.body), merchant.context)
            return b"{}"
        return json.dumps(data(merchant.serve(request))).encode()

    signed = PROVIDER.sign(endpoint, None, merchant.context, "http://x/pagsmile")
    assert data(merchant.serve(signed.ready(answer))) is not None
    key = merchant.app["app_key"]
    digest = hashlib.sha256((signed.canonical + key).encode()).hexdigest()
    assert signed.request.header("authorization") == digest
    assert key not in "".join(signed.steps) + signed.canonical


@pytest.mark.parametrize("payload", [[], "x", {"a": {}}, {"a": "\ud800"}])
def test_sign_refuses(payload: Any, merchant: Merchant) -> None:
    """What cannot be signed is a clear error."""
    with pytest.raises(ConfigurationError):
        PROVIDER.sign("payout.create", payload, merchant.context, "")
    with pytest.raises(ConfigurationError):
        PROVIDER.sign("payout.creat", None, merchant.context, "")


def test_behaviours_are_told() -> None:
    """Every choice is a Behaviour with a summary; none ends with a full stop."""
    from emulator.core.errors import Behaviour
    from emulator.providers.pagsmile import behaviours

    found = [v for _, v in inspect.getmembers(behaviours) if isinstance(v, Behaviour)]
    assert len(found) > 20
    assert not [b for b in found if b.summary.endswith(".")]


@pytest.mark.parametrize("name", ["appid", "authorization"])
def test_header_twice_even_if_identical(name: str, emulator: Emulator) -> None:
    """Which of two counts is up to the server; two the same are refused too."""
    by_name = {each.name: each for each in PROVIDER.examples}
    namespace = emulator.namespace("default")
    request = by_name["balance"].build(namespace.contexts["pagsmile"])
    request.headers += [(key, value) for key, value in request.headers if key == name]
    exchange = asyncio.run(emulator.serve(namespace, PROVIDER, request))
    assert exchange.diagnosis is not None
    assert (exchange.diagnosis.code, exchange.diagnosis.where) == (
        "pagsmile.header-twice",
        f"headers.{name}",
    )
