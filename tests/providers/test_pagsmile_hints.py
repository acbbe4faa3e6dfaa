"""Pagsmile: each refusal has a hint, the hint is true, and what it proposes is accepted."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pagsmile_merchant import NOW, Merchant, refused

from emulator.core.exchange import Exchange
from emulator.emulator import Emulator
from emulator.providers.pagsmile import PROVIDER, countries, methods, signing
from emulator.schemes import sorted_digest

PIX = signing.payout("code_1")
_CHL = {
    "bank_code": "001",
    "account": "222222222222",
    "account_type": "Checking",
    "document_type": "Rut",
    "document_id": "111111111",
    "arrival_currency": "CLP",
    "country": "CHL",
    "method": "BANKTRANSFER",
    "amount": "1",
}


_BANK = {
    "method": "BANKTRANSFER",
    "bank_code": "001",
    "branch": "0001",
    "account": "123456",
    "account_type": "CHECKING",
}
_SPEI = {
    "account": "138580000007439590",
    "account_type": "clabe",
    "document_id": "MAMB780915969",
    "document_type": "RFC",
    "method": "SPEI",
    "arrival_currency": "MXN",
    "country": "MEX",
}


@pytest.fixture(scope="module")
def shared() -> Merchant:
    return Merchant(Emulator(wall=lambda: float(NOW)))


_codes = iter(range(1, 10**9))


def send(merchant: Merchant, endpoint: str, members: dict[str, Any]) -> Exchange:
    body = json.dumps({k: v for k, v in members.items() if v is not ...}).encode()
    signature = sorted_digest.signature(sorted_digest.parse(body), merchant.app["app_key"])
    return merchant.raw(signing.PATHS[endpoint], body, signature)


def create(merchant: Merchant, **changes: Any) -> Exchange:
    code = f"code_{next(_codes)}"
    return send(merchant, "payout.create", {**PIX, "custom_code": code, **changes})


def hint(exchange: Exchange) -> str:
    assert exchange.bug == ""
    assert exchange.diagnosis is not None
    assert exchange.diagnosis.hint
    return exchange.diagnosis.hint


# --- never empty -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "example", [each for each in PROVIDER.examples if each.code], ids=lambda each: each.name
)
def test_every_example_of_a_refusal_has_a_hint(example: Any) -> None:
    """None is empty, and none repeats what was sent as what to send."""
    merchant = Merchant(Emulator(wall=lambda: float(NOW)))
    by_name = {each.name: each for each in PROVIDER.examples}
    for each in (*(by_name[name] for name in example.after), example):
        exchange = merchant.serve(each.build(merchant.context))
    assert hint(exchange)


_values = (
    st.none()
    | st.booleans()
    | st.integers(-5, 10**14)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["BR", "bra", "pix", "WALLET", "PayPal", "10,00", "1e3", "Brasil", "usd"])
    | st.text("0123456789.-+@ ", max_size=20)
)
_members = st.sampled_from(
    [
        *(*PIX, "timestamp", "page_num", "page_size", "start_time", "end_time", "transaction_id"),
        *("payout_id", "bank_code", "channel", "branch", "amount_type", "timeout", "user_id"),
        *("payout_amount", "payout_currency", "return_url", "email", "phone", "region"),
    ]
)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(
    endpoint=st.sampled_from(sorted(signing.PATHS)),
    base=st.sampled_from([{}, _CHL]),
    changes=st.dictionaries(_members, _values, max_size=3),
    drop=st.sets(_members, max_size=1),
)
def test_no_refusal_without_a_hint(
    endpoint: str,
    base: dict[str, Any],
    changes: dict[str, Any],
    drop: set[str],
    shared: Merchant,
) -> None:
    """Whatever a rightly signed body holds, the refusal says what to do."""
    members = {"timestamp": NOW, **signing.default_payload(endpoint, shared.context)}
    if endpoint == "payout.create":
        members |= base
    members = {k: v for k, v in {**members, **changes}.items() if k not in drop}
    exchange = send(shared, endpoint, members)
    assert exchange.bug == ""
    if exchange.verdict == "refused":
        assert hint(exchange)
        assert shared.app["app_key"] not in hint(exchange)


# --- true ------------------------------------------------------------------------------------

_STAMPS = [
    (NOW * 1000, f"milliseconds; send whole seconds: {NOW}"),
    (str(NOW * 1000), f"milliseconds; send whole seconds: {NOW}"),
    (NOW * 1000 - 86_400_000, "milliseconds"),
    (NOW * 10**6, f"microseconds; send whole seconds: {NOW}"),
    (NOW * 10**9, f"nanoseconds; send whole seconds: {NOW}"),
    (f"{NOW}.5", f"fraction: send whole seconds, {NOW}"),
    (NOW + 0.25, "fraction"),
    ("2026-01-31T09:56:06Z", f"a number, now {NOW}"),
    ("2026-01-31 09:56:06", f"a number, now {NOW}"),
    ("31/01/2026", f"a number, now {NOW}"),
    ("Sat, 31 Jan 2026 09:56:06 GMT", f"a number, now {NOW}"),
    ("now", f"a number, now {NOW}"),
    (0, "1970"),
    (12_345, "1970"),
    (-1, "negative"),
    (1.769853366e9, ""),
    (NOW - 3 * 3600, "3 h behind: local time"),
    (NOW + 5 * 3600 + 1800 + 20, "5.5 h ahead: UTC"),
    (NOW - 301, "5 minutes old"),
    (NOW - 20 * 60, "20 minutes old"),
    (NOW + 40 * 60, "40 minutes ahead"),
    (NOW - 40 * 86_400, "40 days old"),
    (NOW * 5, "no time of these years"),
    (f" {NOW}", "blanks"),
    ("١٧٦٩٨٥٣٣٦٦", "digits 0 to 9"),
    (True, "1970"),
]


@pytest.mark.parametrize("endpoint", sorted(signing.STAMPED))
@pytest.mark.parametrize(("stamp", "said"), _STAMPS, ids=lambda each: repr(each)[:30])
def test_timestamps(endpoint: str, stamp: Any, said: str, shared: Merchant) -> None:
    """A wrong timestamp is told for what it is, at every endpoint that takes one."""
    members = {**signing.default_payload(endpoint, shared.context), "timestamp": stamp}
    exchange = send(shared, endpoint, members)
    if said == "":
        assert exchange.verdict == "refused" or isinstance(stamp, float)
    elif stamp is True:
        assert hint(exchange)
    else:
        assert said in hint(exchange)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10,00", ": 10.00"),
        ("1.234,56", ": 1234.56"),
        ("1,234.56", ": 1234.56"),
        ("1 234.56", ": 1234.56"),
        ("R$ 10", ": 10"),
        ("10.00 BRL", ": 10.00"),
        ("$10.50", ": 10.50"),
        ("BRL10", ": 10"),
        ("+10", ": 10"),
        ("010.00", ": 10.00"),
        (".50", ": 0.50"),
        ("10.", ": 10"),
        ("1e3", ": 1000"),
        ("10.001", "send 10.00, or 10001 if you meant thousands"),
        ("10.0001", "two decimal places: 10.00"),
        ("0.001", "send 0.01 or more"),
        (0.001, "send 0.01 or more"),
        ("0.000", "send 0.01 or more"),
        ("1.999", "send 2.00, or 1999 if you meant thousands"),
        (10.001, '"10.00"'),
        (30.000000000000004, '"30.00"'),
        ("0", "more than zero"),
        ("0.00", "more than zero"),
        ("-5", "negative"),
        ("ten", "digits"),
        ("NaN", "No amount was set"),
        ("undefined", "No amount was set"),
        ("Decimal('10.00')", ": 10.00"),
        ("[10]", ": 10"),
        ("", "Give amount a value"),
        (True, "as text"),
    ],
)
def test_amounts(written: Any, said: str, shared: Merchant) -> None:
    """An amount in another form is told which form it is, and the hint's own is accepted."""
    exchange = create(shared, amount=written)
    assert said in hint(exchange)
    if said.startswith(": "):
        assert create(shared, amount=said[2:]).verdict == "accepted"


def test_amounts_in_whole_units(shared: Merchant) -> None:
    """Pesos have no cents: the hint names the whole amount."""
    assert "send 150" in hint(create(shared, **{**_CHL, "amount": "150.00"}))
    assert create(shared, **{**_CHL, "amount": "150"}).verdict == "accepted"
    assert "send 1, or 1500 if" in hint(create(shared, **{**_CHL, "amount": "1.500"}))


@pytest.mark.parametrize("country", sorted(countries.SPELLINGS))
def test_countries(country: str, shared: Merchant) -> None:
    """Another code, another letter case, the name: the hint has the right code."""
    for written in (*countries.SPELLINGS[country], country.lower(), country.title(), f"{country} "):
        if methods.is_country(written):
            continue
        assert country in hint(create(shared, country=written))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source_currency": "usd"}, "as USD"),
        ({"source_currency": "US$"}, "as USD"),
        ({"source_currency": "€"}, "as EUR"),
        ({"source_currency": "JPY"}, "USD, EUR, GBP, BRL"),
        ({"source_currency": "COP"}, "USD, EUR, GBP, BRL"),
        ({"arrival_currency": "brl"}, "as BRL"),
        ({"arrival_currency": "R$"}, "as BRL"),
        ({"arrival_currency": "USD"}, "arrival_currency BRL"),
        ({"method": "SPEI"}, "BRA has PIX, BANKTRANSFER, WALLET Pagsmile, QRCODE"),
        ({"method": "SPEI"}, "goes to MEX"),
        ({"method": "TED"}, "BANKTRANSFER"),
        ({"method": "BANK_TRANSFER"}, "BANKTRANSFER"),
        ({"method": "Bank Transfer"}, "BANKTRANSFER"),
        ({"method": "PIXX"}, "PIX"),
        ({"method": "PAYPAL"}, "channel PayPal"),
        ({"method": "Boleto"}, "BRA has"),
        ({"method": "WALLET"}, "Add channel"),
        ({"method": "WALLET", "channel": "Paypall"}, "PayPal"),
        ({"method": "WALLET", "channel": "Nequi"}, "goes to COL"),
        ({"channel": "PIX"}, "Leave channel out"),
        ({"channel": "PayPal"}, "WALLET"),
        ({"account_type": "E-MAIL"}, "EMAIL"),
        ({"account_type": "random"}, "CPF, CNPJ, EVP, PHONE, EMAIL"),
        ({"account_type": "CPF", "account": "502.844.147-27"}, ": 50284414727"),
        ({"account_type": "CPF", "account": "a@example.com"}, "account_type EMAIL"),
        ({"account_type": "PHONE", "account": "(11) 98765-4321"}, ": 11987654321"),
        ({"account_type": "PHONE", "account": "5511987654321"}, "11987654321"),
        ({"account_type": "EVP", "account": "0" * 32}, "hyphens"),
        ({"document_id": "502.844.147-27"}, ": 50284414727"),
        ({"document_id": "5028441472"}, "10 digits"),
        ({"document_id": "50284414728"}, "ends with 27, not 28"),
        ({"document_id": "11222333000181"}, "document_type CNPJ"),
        ({"document_type": "cpf "}, "CPF"),
        ({"document_id": 50284414727}, "quotes"),
        ({"fee_bear": "Merchant"}, "merchant, in small letters"),
        ({"fee_bear": "receiver"}, "beneficiary"),
        ({"fee_bear": "both"}, "merchant"),
        ({"amount_type": "ARRIVAL"}, "arrival_amount"),
        ({"amount_type": "sourceAmount"}, "source_amount"),
        ({"amount": "50000.01"}, "at most 50000 BRL"),
        ({"name": "José da Silva"}, "Jose da Silva"),
        ({"name": "Ana"}, "first and last"),
        ({"additional_remark": "pagamento nº 5"}, "U+00BA"),
        ({"additional_remark": "a-b"}, "'-'"),
        ({"additional_remark": "a" * 43}, "by 3 characters"),
        ({"notify_url": "example.com"}, "https://"),
        ({"notify_url": "https://example.com/" + "a" * 120}, "by 12 characters"),
        ({"custom_code": ..., "customCode": "x_1"}, "'customCode' is called custom_code"),
        ({"custom_code": ..., "Custom_Code": "x_2"}, "'Custom_Code' is called custom_code"),
        ({"notify_url": ..., "notifyUrl": "https://a.b"}, "notifyUrl"),
        ({"additional_remark": ..., "additionl_remark": "x"}, "additionl_remark"),
        ({"arrival_currency": ..., "payout_currency": "BRL"}, "payout_currency"),
        ({"fee_bear": ..., "fee bear": "merchant"}, "'fee bear'"),
        ({"document_id": ..., "document": "50284414727"}, "'document' is called document_id"),
        ({"document_id": ..., "cpf": "50284414727"}, "'cpf' is called document_id"),
        ({"account": ..., "pixKey": "a@example.com"}, "'pixKey' is called account"),
        ({"amount": ..., "value": "10"}, "'value' is called amount"),
        ({"source_currency": ..., "currency": "USD"}, "'currency' is called source_currency"),
        ({"country": 76}, "as a string"),
        ({"document_id": "11.222.333/0001-81"}, "document_type CNPJ"),
        ({"document_id": "***.844.147-**"}, "masked"),
        ({"account_type": "TELEFONE"}, "Did you mean PHONE?"),
        ({"account_type": "chave aleatória"}, "Did you mean EVP?"),
        ({**_BANK, "account_type": "CORRENTE"}, "Did you mean CHECKING?"),
        ({**_BANK, "branch": "0001-2"}, "Send 0001; what follows"),
        ({**_BANK, "branch": "1"}, "0001"),
        ({"account_type": "EVP", "account": "{123e4567-e89b-12d3-a456-426614174000}"}, "brackets"),
        ({**_SPEI, "bank_code": "138"}, "40138"),
        ({**_SPEI, "account": "138580000007439591"}, "ends with 0, not 1"),
        ({"phone": "+5511987654321"}, "the +"),
        ({"name": ...}, "Add name"),
        ({"name": None}, "not signed"),
    ],
)
def test_business_refusals(changes: dict[str, Any], said: str, shared: Merchant) -> None:
    """Each is told what was meant, or what there is."""
    assert said in hint(create(shared, **changes))


def test_a_misspelt_optional_member_warns(shared: Merchant) -> None:
    """`amountType` is signed and ignored, which nobody notices otherwise."""
    exchange = create(shared, amountType="source_amount", bankcode="001", whatever="x")
    assert exchange.verdict == "accepted"
    warned = [each.where for each in exchange.warnings if each.code == "pagsmile.member-misspelt"]
    assert warned == ["body.amountType", "body.bankcode"]
    assert "amount_type" in exchange.warnings[0].hint


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (str.lower, "small letters"),
        (lambda known: f'"{known}"', "quotes"),
        (lambda known: f"{known[:8]}-{known[8:]}", "Hyphens"),
        (lambda known: known[:20], "cut"),
        (lambda known: f"{known[:-1]}x", "mean"),
        (lambda _: "94FAC*********************68548", "masked"),
        (lambda _: "undefined", "not filled in"),
        (lambda _: "${PAGSMILE_APP_ID}", "not filled in"),
        (lambda _: "MY-APP", "emulator credentials pagsmile"),
    ],
)
def test_unknown_apps(change: Any, said: str, shared: Merchant) -> None:
    """An AppId that nobody has: what it looks like, or where the right one is."""
    exchange = shared.raw("/api/balance", b"{}", "0" * 64, appid=change(shared.app["app_id"]))
    assert refused(exchange)[3] == "pagsmile.app-unknown"
    assert said in hint(exchange)


def test_unknown_payouts() -> None:
    """Which id it is, whose, and how it is written."""
    merchant = Merchant(Emulator(wall=lambda: float(NOW)))

    def ask(**members: Any) -> str:
        return hint(merchant.post("/api/payout/status", members))

    assert "create one first" in ask(custom_code="nothing")
    payout = merchant.created()
    assert "payout_id" in ask(custom_code=payout["id"])
    assert "custom_code" in ask(payout_id="code_1")
    assert "exactly" in ask(custom_code="CODE_1 ")
    assert payout["id"] in ask(payout_id=payout["id"][1:])
    assert "that this app created" in ask(custom_code="nothing")
    poor = next(each for each in merchant.namespace.credentials("pagsmile") if each.get("balances"))
    other = Merchant(merchant.emulator, poor)
    assert "another app's" in hint(other.post("/api/payout/status", {"custom_code": "code_1"}))
    checkout = signing.default_payload("checkout", merchant.context)
    merchant.post("/api/checkout", {**checkout, "custom_code": "page"})
    assert "checkout" in ask(custom_code="page")


def test_poor_apps(shared: Merchant) -> None:
    """What is lacking, and where it is set."""
    poor = next(each for each in shared.namespace.credentials("pagsmile") if each.get("balances"))
    merchant = Merchant(shared.emulator, poor)
    assert "holds 1 USD" in hint(create(merchant))
    assert "balances" in hint(create(merchant, source_currency="EUR"))
    assert "fees" in hint(create(merchant, source_currency="BRL"))
    eaten = hint(create(merchant, fee_bear="beneficiary", amount="0.5"))
    assert "fee and tax of 0.2 USD" in eaten


_LIST = {
    "start_time": "2026-01-31 00:00:00",
    "end_time": "2026-02-01 00:00:00",
    "page_num": 1,
    "page_size": 10,
    "timestamp": NOW,
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start_time": "2026-01-31"}, "2026-01-31 00:00:00"),
        ({"start_time": "2026-01-31T00:00:00Z"}, "in place of T"),
        ({"start_time": "31/01/2026 00:00:00"}, "Begin with the year"),
        ({"start_time": str(NOW)}, "counts seconds"),
        ({"start_time": "2026-02-30 00:00:00"}, "no such day"),
        ({"end_time": "2026-01-30 00:00:00"}, "exchange the two"),
        ({"end_time": "2026-04-30 00:00:00"}, "2026-03-03 00:00:00"),
        ({"page_num": 0}, "Pages start at 1"),
        ({"page_num": "01"}, "leading zeros"),
        ({"page_num": 1.5}, "fraction"),
        ({"page_size": 5000}, "1000"),
        ({"start_time": ..., "start_date": "2026-01-31"}, "start_date"),
        ({"page_num": ..., "pageNum": 1}, "pageNum"),
        ({"page_size": ..., "limit": 1}, "limit"),
    ],
)
def test_lists(changes: dict[str, Any], said: str, shared: Merchant) -> None:
    """Times and pages that are written otherwise."""
    assert said in hint(send(shared, "payout.list", {**_LIST, **changes}))


def test_hints_of_values_are_accepted(shared: Merchant) -> None:
    """`Write it as X` and `did you mean X`: with X in its place the request is accepted."""
    tried = 0
    for name, written in (
        ("country", "br"),
        ("country", "Brasil"),
        ("source_currency", "usd"),
        ("source_currency", "€"),
        ("arrival_currency", "brl"),
        ("account_type", "E_MAIL"),
        ("document_type", "CPFF"),
        ("document_id", "502.844.147-27"),
        ("document_id", "50284414729"),
        ("fee_bear", "MERCHANT"),
        ("method", "PIXX"),
    ):
        said = hint(create(shared, **{name: written}))
        found = re.search(
            r"as ([A-Z]{3})$|mean '?(\w+)|: (\d+)$|ends with (\d+)|Write (\w+),", said
        )
        assert found, said
        mended = next(each for each in found.groups() if each)
        if "ends with" in said:
            mended = written[: -len(mended)] + mended
        assert create(shared, **{name: mended}).verdict == "accepted", said
        tried += 1
    assert tried == 11


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"authorization": "", "x-signature": "{}"}, "Rename the header x-signature"),
        ({"authorization": "", "sign": "{}"}, "Rename the header sign"),
        ({"authorization": ""}, "Add the header Authorization"),
        ({"appid": "", "app-id": "A"}, "Rename the header app-id"),
        ({"appid": "", "x-app-id": "A"}, "Rename the header x-app-id"),
        ({"appid": "", "merchant_id": "A"}, "Rename the header merchant_id"),
        ({"appid": ""}, "emulator credentials pagsmile"),
    ],
)
def test_headers_elsewhere(change: dict[str, str], said: str, shared: Merchant) -> None:
    """The signature or the app id under another name."""
    members = {"timestamp": NOW}
    signature = sorted_digest.signature({"timestamp": str(NOW)}, shared.app["app_key"])
    headers = {name: value.format(signature) for name, value in change.items()}
    exchange = shared.raw(
        "/api/balance",
        json.dumps(members).encode(),
        headers.pop("authorization", signature),
        **headers,
    )
    assert said in hint(exchange)


@pytest.mark.parametrize("member", ["sign", "signature", "app_id", "merchantId"])
def test_headers_in_the_body(member: str, shared: Merchant) -> None:
    """The signature or the app id in the body."""
    body = json.dumps({"timestamp": NOW, member: "0" * 64}).encode()
    missing = {"appid": ""} if "id" in member.lower() else {}
    exchange = shared.raw("/api/balance", body, "0" * 64 if missing else "", **missing)
    assert "not into the body" in hint(exchange)
