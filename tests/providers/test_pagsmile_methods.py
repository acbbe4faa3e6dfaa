"""Pagsmile: where payouts can go, by which rules; what is taken, and what cannot be."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pagsmile_merchant import NOW, Merchant, data, refused

from emulator.core.exchange import Exchange
from emulator.emulator import Emulator
from emulator.providers.pagsmile import countries, identities, methods, money, signing
from emulator.schemes import sorted_digest

_PERSON = {"name": "Maria Perez", "notify_url": "https://example.com/n", "fee_bear": "merchant"}
_REST = {"source_currency": "USD", "additional_remark": "a test", "custom_code": "code_1"}


def body(country: str, method: str, currency: str, amount: str, **members: str) -> dict[str, Any]:
    return {
        **_PERSON,
        **_REST,
        "country": country,
        "method": method,
        "arrival_currency": currency,
        "amount": amount,
        **members,
    }


KAZ = body("KAZ", "BANKTRANSFER", "KZT", "250", account="KZ86125KZT5004100100")
BRA_QR = body(
    *("BRA", "QRCODE", "BRL", "15000"),
    account="00020126330014br.gov.bcb.pix0111502844147270305Maria6304ABCD",
    account_type="qrcode",
    document_type="CPF",
    document_id="50284414727",
)
PER_QR = body("PER", "QRCODE", "PEN", "1", account="0002010102113939", account_type="qrcode")
PER_QR.pop("name")
YAPE = body(
    *("PER", "Wallet", "PEN", "3500"),
    channel="yape",
    account="912345678",
    account_type="PHONE",
    document_type="DNI",
    document_id="11111111",
)
PLIN = {**YAPE, "channel": "Plin", "amount": "500"}
CASHOUT = body(
    *("COL", "CASHOUT", "COP", "20000"),
    phone="570123456789",
    document_type="PPT",
    document_id="1234567",
)
NEQUI = body(
    *("COL", "WALLET", "COP", "2000000"),
    channel="Nequi",
    account="+573001234567",
    account_type="PHONE",
)
COL_BANK = body(
    *("COL", "BANKTRANSFER", "COP", "20000000"),
    phone="573020481705",
    email="test@pagsmile.com",
    bank_code="007",
    account="12345678",
    account_type="ElECTRONIC DEPOSIT",
    document_type="CC",
    document_id="123456789",
)
BOL = body(
    *("BOL", "BANKTRANSFER", "BOB", "1"),
    bank_code="1001",
    account="1234567",
    account_type="SAVINGS",
    document_type="CI",
    document_id="7794986",
)
CRI = body(
    *("CRI", "BANKTRANSFER", "CRC", "800"),
    bank_code="152",
    account="CR05015202001026284066",
    account_type="CHECKING",
    document_type="CI",
    document_id="114712748",
)
PAK = body(
    *("PAK", "WALLET", "PKR", "50"),
    channel="Easypaisa",
    account="03001234567",
    account_type="PHONE",
)
CHL = body(
    *("CHL", "BANKTRANSFER", "CLP", "1000"),
    bank_code="001",
    account="1234567",
    account_type="CHECKING",
    document_type="RUT",
    document_id="111111111",
)
ECU = body(
    *("ECU", "BANKTRANSFER", "USD", "5"),
    bank_code="0001",
    account="1234567",
    account_type="CHECKING",
    document_type="CEDULA",
    document_id="1111111111",
)
SPEI = body(
    *("MEX", "SPEI", "MXN", "5"),
    bank_code="40138",
    account="4111111111111111",
    account_type="debit",
    document_type="CURP",
    document_id="HEGG560427MVZRRL04",
)
PAPARA = body(
    *("TUR", "WALLET", "TRY", "5"),
    channel="Papara",
    account="5321234567",
    account_type="PHONE",
)
PIX = signing.payout("code_1")


@pytest.fixture(scope="module")
def shared() -> Merchant:
    return Merchant(Emulator(wall=lambda: float(NOW))).configured(balance="900000000000")


_codes = iter(range(1, 10**9))


def create(merchant: Merchant, members: dict[str, Any], **changes: Any) -> Exchange:
    members = {**members, "custom_code": f"code_{next(_codes)}", **changes}
    members = {name: value for name, value in members.items() if value is not ...}
    written = json.dumps(members).encode()
    signature = sorted_digest.signature(sorted_digest.parse(written), merchant.app["app_key"])
    return merchant.raw("/api/payout", written, signature)


def number_of(exchange: Exchange) -> int:
    return 200 if exchange.verdict == "accepted" else refused(exchange)[1]


# --- the newer methods -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "changes", "code"),
    [
        (KAZ, {}, 200),
        (KAZ, {"source_currency": "KZT"}, 200),
        (KAZ, {"source_currency": "BRL"}, 4001111),
        (KAZ, {"account": "KZ86 125K"}, 4001002),
        (BRA_QR, {}, 200),
        (BRA_QR, {"account_type": "QRCODE", "amount": "0.01"}, 200),
        (BRA_QR, {"amount": "15000.01"}, 4001006),
        (BRA_QR, {"account_type": "EVP"}, 4001003),
        (BRA_QR, {"account": "a" * 256}, 4001000),
        (BRA_QR, {"name": "José Pérez"}, 4001000),
        (PER_QR, {}, 200),
        (PER_QR, {"amount": "0.99"}, 4001006),
        (PER_QR, {"amount": "500000"}, 200),
        (PER_QR, {"amount": "500000.01"}, 4001006),
        (YAPE, {}, 200),
        (YAPE, {"amount": "3500.01"}, 4001006),
        (YAPE, {"amount": "9.99"}, 4001006),
        (YAPE, {"account": "51912345678"}, 4001002),
        (YAPE, {"channel": "Tpaga"}, 4001105),
        (PLIN, {}, 200),
        (PLIN, {"amount": "500.01"}, 4001006),
        (CASHOUT, {}, 200),
        *((CASHOUT, {"document_type": kind}, 200) for kind in ("CC", "CE", "PEP", "CV", "TI")),
        (CASHOUT, {"document_type": "pas", "amount": "1500000"}, 200),
        (CASHOUT, {"document_type": "RUT"}, 4001001),
        (CASHOUT, {"amount": "19999"}, 4001006),
        (CASHOUT, {"amount": "1500001"}, 4001006),
        (CASHOUT, {"phone": ""}, 4001000),
        (NEQUI, {}, 200),
        (NEQUI, {"amount": "999"}, 4001006),
        (NEQUI, {"amount": "2000001"}, 4001006),
        (COL_BANK, {}, 200),
        (COL_BANK, {"account": "1" * 20, "account_type": "SAVINGS"}, 200),
        (COL_BANK, {"account": "1" * 21}, 4001002),
        (COL_BANK, {"account": "1" * 7}, 4001002),
        (COL_BANK, {"amount": "20000001"}, 4001006),
        (COL_BANK, {"account_type": "DEPOSIT"}, 4001003),
        (BOL, {}, 200),
        (BOL, {"account": "1" * 14, "amount": "10000000", "document_type": "NIT"}, 200),
        (BOL, {"account": "1" * 15}, 4001002),
        (BOL, {"account": "1" * 6}, 4001002),
        (BOL, {"amount": "0.99"}, 4001006),
        (BOL, {"document_type": "CC"}, 4001001),
        (CRI, {}, 200),
        (CRI, {"amount": "799.99"}, 4001006),
        (CRI, {"account": "CR0501520200102628406"}, 4001002),
        (CRI, {"document_type": "CE"}, 4001001),
        (PAK, {}, 200),
        (PAK, {"channel": "JazzCash", "source_currency": "PKR"}, 200),
        (PAK, {"account": "13001234567"}, 4001002),
        (PAK, {"account": "0300123456"}, 4001002),
        (CHL, {}, 200),
        (CHL, {"bank_code": "012"}, 4001002),
        (CHL, {"bank_code": "012", "account": "12345678"}, 200),
        (CHL, {"bank_code": "012", "account": "12345678", "account_type": "RUT"}, 200),
        (CHL, {"bank_code": "012", "account": "123456789", "account_type": "RUT"}, 4001002),
        (CHL, {"account": "123456"}, 4001002),
        (ECU, {}, 200),
        (ECU, {"account": "1" * 20}, 200),
        (ECU, {"account": "123456"}, 4001002),
        (ECU, {"bank_code": "0017", "account": "12345"}, 200),
        (ECU, {"bank_code": "0017", "account": "1" * 11}, 4001002),
        (PIX, {"additional_remark": "a" * 40}, 200),
        (PIX, {"additional_remark": "a" * 41}, 4001009),
    ],
)
def test_methods(
    members: dict[str, Any], changes: dict[str, Any], code: int, shared: Merchant
) -> None:
    """Each method takes what its page takes, up to its limits and not beyond."""
    assert number_of(create(shared, members, **changes)) == code


def test_a_withdrawn_method_warns(shared: Merchant) -> None:
    """Costa Rica still passes, and somebody says that it ends."""
    exchange = create(shared, CRI, notify_url="http://127.0.0.1:9/")
    assert [each.code for each in exchange.warnings] == ["pagsmile.method-withdrawn"]


def test_guatemala_as_its_page_prints_it(shared: Merchant) -> None:
    """The page has the currency for the country: taken, with a warning."""
    members = body(
        *("GTQ", "BANKTRANSFER", "GTQ", "100"),
        phone="50212345678",
        email="test@example.com",
        account="12345678",
        account_type="SAVINGS",
        bank_code=min(methods.banks("GTM")),
        document_type="CUI",
        document_id="1234567890123",
        notify_url="http://127.0.0.1:9/",
    )
    exchange = create(shared, members)
    assert data(exchange)["arrival_currency"] == "GTQ"
    assert [each.code for each in exchange.warnings] == ["pagsmile.country-misprinted"]
    assert create(shared, members, country="GTM").warnings == []


def test_every_row_is_in_order() -> None:
    """Each country has its other spellings; each source its rate; limits are in order."""
    from emulator.providers.pagsmile.settings import Settings

    rates = money.rates(Settings().exchange_rates)
    assert set(countries.SPELLINGS) == {each.country for each in countries.METHODS} - {""}
    for each in countries.METHODS:
        assert 0 < each.low < each.high
        assert each.currency in rates
        assert methods.find(each.country or "USA", each.name, each.channel.upper()) is each
        assert not (each.currency in money.WHOLE and each.low % 1)


# --- no fraction where there is none ---------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "changes"),
    [
        (CHL, {"source_currency": "CLP", "amount_type": "source_amount", "amount": "1000.50"}),
        (CHL, {"source_currency": "CLP", "amount": "1000.50"}),
        (NEQUI, {"source_currency": "COP", "amount_type": "source_amount", "amount": "1000.00"}),
        (CASHOUT, {"source_currency": "COP", "amount": 30000.5}),
    ],
)
def test_no_fractions_of_pesos_come_in(
    members: dict[str, Any], changes: dict[str, Any], shared: Merchant
) -> None:
    """An amount in pesos is whole, whichever side it fixes."""
    assert number_of(create(shared, members, **changes)) == 4001004


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    members=st.sampled_from([CHL, NEQUI, COL_BANK, CASHOUT, PIX, SPEI]),
    source=st.sampled_from(["USD", "EUR", "GBP", "CLP", "COP", "BRL", "MXN"]),
    kind=st.sampled_from(["arrival_amount", "source_amount"]),
    bearer=st.sampled_from(["merchant", "beneficiary"]),
    cents=st.integers(1, 3_000_000),
    fee=st.sampled_from(["0.2", "0", "1.55", "0.5"]),
    rates=st.sampled_from(["", "CLP=933.7 COP=3871.3 BRL=5.27 MXN=18.31 EUR=0.87 GBP=0.77"]),
)
def test_no_fractions_come_out(
    members: dict[str, Any],
    source: str,
    kind: str,
    bearer: str,
    cents: int,
    fee: str,
    rates: str,
    shared: Merchant,
) -> None:
    """Whatever is converted, no amount has more decimals than its currency, balances included."""
    shared.configured(fee=fee, **({"exchange_rates": rates} if rates else {}))
    amount_in = source if kind == "source_amount" else members["arrival_currency"]
    amount = str(cents) if amount_in in money.WHOLE else f"{cents / 100:.2f}"
    exchange = create(
        shared,
        members,
        source_currency=source,
        amount_type=kind,
        fee_bear=bearer,
        amount=amount,
        name="Maria Perez",
    )
    if exchange.verdict == "refused":
        return
    payout = data(exchange)
    row = shared.detail(payout["id"])
    for currency, amounts in (
        (row["source_currency"], (row["source_amount"], row["fee"], row["tax"])),
        (row["arrival_currency"], (row["arrival_amount"], row["settlement_amount"])),
    ):
        places = 0 if currency in money.WHOLE else 2
        for each in (*amounts, shared.balance(currency)):
            assert Decimal(each) == round(Decimal(each), places), (currency, each)
    assert len(row["exchange_rate"].partition(".")[2]) <= 8
    if bearer == "merchant":
        assert row["arrival_amount"] == row["settlement_amount"]


# --- what cannot be --------------------------------------------------------------------------

BLANKS = [" ", "\t", "\u00a0", "\u200b", "\ufeff", " \u3000 ", "\u2060\u200d", "\u2800", "\u3164"]


@pytest.mark.parametrize("blank", BLANKS, ids=lambda text: f"U+{ord(text[0]):04X}")
@pytest.mark.parametrize("name", [*PIX])
def test_blanks_are_no_value(name: str, blank: str, shared: Merchant) -> None:
    """A required member of characters that do not show is missing."""
    exchange = create(shared, PIX, **{name: blank * 6})
    assert refused(exchange)[1::2] == (4001000, "pagsmile.member-missing")
    assert exchange.diagnosis is not None
    assert f"U+{ord(blank[0]):04X}" in exchange.diagnosis.received


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "   Ana   "}, 4001000),
        ({"name": "Ana\nLuz Perez"}, 4001000),
        ({"name": "Maria\u200bPerez"}, 4001000),
        ({"custom_code": "a\nb"}, 4001000),
        ({"custom_code": "a\u200bb"}, 4001000),
        ({"custom_code": "a\x00"}, 4001000),
        ({"custom_code": "a\u202eb"}, 4001000),
    ],
)
def test_what_does_not_show(changes: dict[str, Any], code: int, shared: Merchant) -> None:
    """Names and codes hold no control or zero-width characters."""
    assert number_of(create(shared, {**SPEI, **changes}, **changes)) == code


@pytest.mark.parametrize("name", ["12345", "-----", "......"])
def test_a_name_has_letters(name: str, shared: Merchant) -> None:
    """Digits and signs alone are no name."""
    assert number_of(create(shared, SPEI, name=name)) == 4001000


EMAILS = [
    *("a", "a@b", "@example.com", "a@", "a@@example.com", "a b@example.com", "a@example.c"),
    *(".a@example.com", "a.@example.com", "a..b@example.com", "a@.example.com", "a@example..com"),
    *("a@-example.com", "a@example-.com", "a@example.com.", "a@127.0.0.1", "a@example.123"),
    *("Ana <a@example.com>", "mailto:a@example.com", "a@exam_ple.com", "á@example.com", "a@b.c0m"),
]


@pytest.mark.parametrize("email", EMAILS)
def test_addresses_that_cannot_be(email: str, shared: Merchant) -> None:
    """As a PIX key, and as the beneficiary's address."""
    assert number_of(create(shared, PIX, account=email)) == 4001002
    assert number_of(create(shared, PIX, email=email)) == 4001000


@pytest.mark.parametrize(
    "email", ["a@example.com", "a.b+c@mail.example.com.br", "o'neil@example.museum", "1@xn--a.br"]
)
def test_addresses_that_can_be(email: str, shared: Merchant) -> None:
    """Unusual ones too."""
    assert number_of(create(shared, PIX, account=email, email=email)) == 200


URLS = [
    *("example.com/n", "//example.com", "ftp://example.com", "http://", "http:///n", "https:/a.b"),
    *("http://a..b/", "http://.a/", "http://-a.com/", "http://a-.com", "http://a b.com"),
    *("http://example.com:0/", "http://example.com:65536/", "http://example.com:x/"),
    *("http://256.1.1.1/", "http://1.2.3/", "http://[::1/", "http://[g::1]/", "http://u:p@a.com/"),
    *("http://exämple.com/", "http://example.com/ä", "http://example.com\\n", "http://a_@/", " "),
    *("http://" + "a" * 64 + ".com/", "https://example.com/\n"),
]


@pytest.mark.parametrize("url", URLS)
def test_urls_that_cannot_be(url: str, shared: Merchant) -> None:
    """A notify_url names a host that can exist."""
    assert number_of(create(shared, PIX, notify_url=url)) == 4001000


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:9/n", "http://merchant:9000/n", "http://[::1]:9/", "HTTP://A.B/"),
        *("http://127.0.0.1", "https://example.com./n?a=1#b", "http://my_service:80/x%20y"),
        "https://xn--exmple-cua.com/",
    ],
)
def test_urls_that_can_be(url: str, shared: Merchant) -> None:
    """Names of a compose file, IPv6, any letter case."""
    assert number_of(create(shared, PIX, notify_url=url)) == 200


PHONES = ["1", "123456", "0000000000", "+5511999999999", "55 11 99999", "1" * 16, "١٢٣٤٥٦٧٨"]


@pytest.mark.parametrize("phone", PHONES)
def test_phones_that_cannot_be(phone: str, shared: Merchant) -> None:
    """7 to 15 digits, not zeros alone."""
    assert number_of(create(shared, PIX, phone=phone)) == 4001000


@pytest.mark.parametrize(
    ("members", "changes", "code"),
    [
        (PIX, {"account_type": "PHONE", "account": "+5511987654321"}, 200),
        (PIX, {"account_type": "PHONE", "account": "11987654321"}, 200),
        (PIX, {"account_type": "PHONE", "account": "1132654321"}, 200),
        (PIX, {"account_type": "PHONE", "account": "11887654321"}, 4001002),
        (PIX, {"account_type": "PHONE", "account": "00000000000"}, 4001002),
        (PIX, {"account_type": "PHONE", "account": "10987654321"}, 4001002),
        (SPEI, {}, 200),
        (SPEI, {"account": "4111111111111112"}, 4001002),
        (SPEI, {"account": "0000000000000000"}, 4001002),
        (SPEI, {"document_id": "HEGG560427MVZRRL05"}, 4001001),
        (SPEI, {"document_id": "HEGG561327MVZRRL04"}, 4001001),
        (SPEI, {"document_id": "HEGG560427MXXRRL04"}, 4001001),
        (SPEI, {"document_id": "A" * 18}, 4001001),
        (SPEI, {"document_type": "RFC", "document_id": "MAMB780915969"}, 200),
        (SPEI, {"document_type": "RFC", "document_id": "mamb780915969"}, 200),
        (SPEI, {"document_type": "RFC", "document_id": "GODE561231GR8"}, 200),
        (SPEI, {"document_type": "RFC", "document_id": "SAT970701NN3"}, 200),
        (SPEI, {"document_type": "RFC", "document_id": "XAXX010101000"}, 200),
        (SPEI, {"document_type": "RFC", "document_id": "XEXX010101000"}, 200),
        (SPEI, {"document_type": "RFC", "document_id": "MAMB780915968"}, 4001001),
        (SPEI, {"document_type": "RFC", "document_id": "MAM\u212a780915968"}, 4001001),
        (SPEI, {"document_type": "RFC", "document_id": "MAM\u0130780915968"}, 4001001),
        (SPEI, {"document_type": "RFC", "document_id": "\u017fAT970701NN3"}, 4001001),
        (SPEI, {"document_type": "RFC", "document_id": "MAMB781315969"}, 4001001),
        (SPEI, {"document_type": "RFC", "document_id": "123456789012"}, 4001001),
        (PAPARA, {}, 200),
        (PAPARA, {"account": "+905321234567"}, 200),
        (PAPARA, {"account": "1234"}, 4001002),
        (PAPARA, {"account_type": "EMAIL"}, 4001002),
        (PAPARA, {"account_type": "EMAIL", "account": "a@example.com"}, 200),
        (PAPARA, {"account_type": "WalletNumber", "account": "1234567890"}, 200),
        (PAPARA, {"account_type": "WalletNumber", "account": "123456789"}, 4001002),
        (PAPARA, {"account_type": "DocumentID", "account": "10000000146"}, 200),
        (PAPARA, {"account_type": "DocumentID", "account": "10000000147"}, 4001002),
        (PAPARA, {"document_type": "NIN", "document_id": "10000000146"}, 200),
        (PAPARA, {"document_type": "NIN", "document_id": "00000000000"}, 4001001),
    ],
)
def test_check_digits(
    members: dict[str, Any], changes: dict[str, Any], code: int, shared: Merchant
) -> None:
    """Identities are checked by their form, their date and their check digits."""
    assert number_of(create(shared, members, **changes)) == code


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (identities.CPF, "50284414727"),
        (identities.CNPJ, "11222333000181"),
        (identities.CLABE, "646020146401877826"),
        (identities.DEBIT_CARD, "4111111111111111"),
        (identities.RFC, "MAMB780915969"),
        (identities.CURP, "HEGG560427MVZRRL04"),
        (identities.NIN, "10000000146"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_the_hint_mends_a_check_digit(rule: identities.IdentityRule, text: str) -> None:
    """What the hint says the last characters must be is accepted."""
    for wrong in set("0123456789") - {text[-1]}:
        spoiled = text[:-1] + wrong
        if rule.accepts(spoiled):
            continue
        hint = identities.explain(rule, spoiled)
        mended = hint.partition(" ends with ")[2].partition(",")[0]
        assert rule.accepts(spoiled[: -len(mended)] + mended), hint
