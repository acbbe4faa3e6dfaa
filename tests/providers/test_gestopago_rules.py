"""GestoPago: what passes and what does not, member by member, and what the hint says then."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from gestopago_world import (
    FORM,
    LOGIN,
    World,
    aes,
    bill,
    code,
    hint,
    multipart,
    multipart_type,
    pin,
    top_up,
    unverified,
    xml,
)

from emulator.core.clock_change import ClockChange
from emulator.core.messages import Message
from emulator.providers.gestopago import PROVIDER
from emulator.providers.gestopago.sales import local_time

SEND, VERIFY = "/sistema/service/sendTx.do", "/sistema/service/verifyReference.do"


def enquiry(**changes: Any) -> dict[str, Any]:
    ask = {"idServicio": 687, "idProducto": 6752, "montoPago": None, "telefono": None}
    return bill(**{**ask, **changes})


def warnings(exchange: Any) -> list[str]:
    return [warning.code for warning in exchange.warnings]


def bag(world: World) -> Decimal:
    return Decimal(xml(world.call("getBalance"))["SALDO_F"].replace(",", ""))


# How `signed` comes


@pytest.mark.parametrize("width", [60, 64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_base64_in_lines(world: World, width: int, end: str, last: bool) -> None:
    """
    Ruby, openssl, Java's MIME encoder and PHP's chunk_split break lines: read, with a warning.
    """
    text = aes(world.credential, json.dumps(top_up(nota="x" * 40)))
    lines = end.join(text[at : at + width] for at in range(0, len(text), width))
    lines += end if last else ""
    body = urlencode({"signed": lines})
    exchange = world.send("POST", SEND, body, FORM, world.bearer())
    assert code(exchange) == ""
    assert warnings(exchange) == ["gestopago.signed-in-lines"]
    assert "openssl base64 -A" in exchange.warnings[0].hint
    parts = multipart(("signed", lines))
    exchange = world.send("POST", SEND, parts, multipart_type(), world.bearer())
    assert (code(exchange), warnings(exchange)) == (
        "gestopago.duplicate-upc",
        ["gestopago.signed-in-lines"],
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:10] + "\n" + text[10:],
        lambda text: text[:64] + "\n\n" + text[64:],
        lambda text: "\n" + text,
        lambda text: text[:64] + " \n" + text[64:],
        lambda text: text[:64] + "\r" + text[64:],
        lambda text: text[:60] + "\n" + text[60:124] + "\n" + text[124:],
        lambda text: text + "\n",
    ],
)
def test_base64_broken_otherwise(world: World, spoil: Any) -> None:
    """
    Other line breaks are damage.
    """
    text = aes(world.credential, json.dumps(top_up(nota="x" * 60)))
    body = urlencode({"signed": spoil(text)})
    exchange = world.send("POST", SEND, body, FORM, world.bearer())
    assert code(exchange) == "aes-cbc.not-base64"
    assert hint(exchange)


def test_multipart_as_libraries_write_it(world: World) -> None:
    """
    Text before and after the parts, a leading CR LF, other headers and parameters of a part.
    """
    text = aes(world.credential, json.dumps({"idServicio": 166, "referencia": "123456789012"}))
    good = multipart(("signed", text))
    apache = "\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit"
    for body in (
        b"\r\n" + good,
        b"This is a message with multiple parts in MIME format.\r\n" + good,
        good + b"epilogue",
        good + b"\r\n--b0\r\nno part of it",
        good.rstrip(),
        good.replace(b"--b0--", b"--b0--  "),
        good.replace(b"--b0\r\n", b"--b0 \t\r\n"),
        multipart(("signed", text), extra=apache),
        multipart(("signed", text), extra="\r\nContent-Type: text/plain; charset=windows-1252"),
        multipart(("signed", text), extra='; size="12"'),
        good.replace(b'name="signed"', b"name=signed"),
        good.replace(b'form-data; name="signed"', b'form-data; charset=utf-8; name="signed"'),
    ):
        exchange = world.send("POST", VERIFY, body, multipart_type(), world.bearer())
        assert code(exchange) == "", body


@pytest.mark.parametrize(
    ("send", "hinted"),
    [
        (lambda text: ({"Signed": text}, ""), "signed, not Signed"),
        (lambda text: ({"SIGNED": text}, ""), "signed, not SIGNED"),
        (lambda text: ({"firma": text}, ""), "field firma"),
        (lambda text: ({"data": text}, ""), "field data"),
        (lambda text: ({}, urlencode({"sign": text})), "field sign"),
        (lambda _: ({"idServicio": "166"}, ""), "without encryption"),
        (lambda _: ({}, ""), "emulator sign gestopago sendTx"),
        (lambda _: ({"random": "1"}, ""), "form field signed"),
    ],
)
def test_signed_elsewhere(world: World, send: Any, hinted: str) -> None:
    """
    Where the ciphertext is in another field, the hint names the field.
    """
    text = aes(world.credential, json.dumps({"idServicio": 166, "referencia": "123456789012"}))
    fields, query = send(text)
    exchange = world.send("POST", VERIFY, urlencode(fields), FORM, world.bearer(), query=query)
    assert code(exchange) == "gestopago.signed-missing"
    assert hinted in hint(exchange)


def test_signed_in_other_bodies(world: World) -> None:
    """
    As a JSON member, as the whole body, as a header.
    """
    text = aes(world.credential, json.dumps({"idServicio": 166, "referencia": "123456789012"}))
    typed = ("content-type", "application/json")
    for body, header, hinted in (
        (json.dumps({"signed": text}), typed, "member signed was sent in a JSON body"),
        (text, ("content-type", "text/plain"), "alone"),
        (json.dumps(text), typed, "alone"),
        ("", ("signed", text), "in the header signed"),
        (json.dumps(top_up()), typed, "encrypt them as one JSON object"),
    ):
        exchange = world.send("POST", VERIFY, body, header, world.bearer())
        assert hinted in hint(exchange)
        assert exchange.reply.status == 200


def test_signed_differs(world: World) -> None:
    """
    Query and body with different ciphertexts: send it in one place.
    """
    other = urlencode({"signed": aes(world.credential, "{}")})
    body = urlencode({"signed": aes(world.credential, json.dumps(top_up()))})
    exchange = world.send("POST", SEND, body, FORM, world.bearer(), query=other)
    assert (code(exchange), hint(exchange)) == ("gestopago.field-conflict", "Send it in one place")


def test_every_example_that_is_refused_has_a_hint(world: World) -> None:
    """
    And every warning too.
    """
    examples = {example.name: example for example in PROVIDER.examples}
    for number, example in enumerate(examples.values()):
        fresh = world.fresh(f"n{number}")
        for name in (*example.after, example.name):
            exchange = fresh.serve(examples[name].build(fresh.context))
        told = [exchange.diagnosis, *exchange.warnings] if exchange.diagnosis else exchange.warnings
        assert all(each.hint for each in told), example.name


def test_hints_keep_what_stands_in_their_places(world: World) -> None:
    """
    A refusal by the provider's own rule has the template and the values.
    """
    refused = world.call("sendTx", unverified(montoPago="165,00"))
    said = refused.diagnosis.hint
    assert isinstance(said, Message)
    assert said.template == "Write a point, not a comma: {amount}"
    assert said.values == {"amount": "165.00"}


def test_token_elsewhere(world: World) -> None:
    """
    A missing bearer token is looked for, and never taken from there.
    """
    world.bearer()
    path = "/sistema/service/sendEcho.do"
    for headers, query, hinted in (
        ((("token", world.token),), "", "in the header token"),
        ((("x-access-token", f"Bearer {world.token}"),), "", "in the header x-access-token"),
        ((), f"token={world.token}", "query parameter token"),
        ((), "", "Log in at /sistema/app/jwt-gp/authenticate/"),
    ):
        exchange = world.send("GET", path, b"", *headers, query=query)
        assert (exchange.reply.status, code(exchange)) == (401, "bearer.missing")
        assert hinted in hint(exchange)
        assert world.token not in str(exchange.diagnosis.as_json())
    in_form = world.send("POST", path, urlencode({"token": world.token}), FORM)
    assert "form field token" in hint(in_form)


def test_login_by_query_with_another_body(world: World) -> None:
    """
    A client that sends all three in the query may have a body of its own, which nobody reads.
    """
    names = ("idDistribuidor", "codigoDispositivo", "password")
    query = urlencode({name: world.credential[name] for name in names})
    for body in ("", "{}", "null"):
        typed = ("content-type", "application/json")
        assert code(world.send("POST", LOGIN, body, typed, query=query)) == ""


def test_legacy_methods(world: World) -> None:
    """
    The methods of the time before tokens are not there; the hint names their successors.
    """
    for name, successor in (("getSaldo", "getBalance"), ("abonar", "sendTx")):
        for headers in ((), (world.bearer(),)):
            path = f"/sistema/service/{name}.do"
            exchange = world.send("POST", path, "password=x", FORM, *headers)
            assert (exchange.reply.status, code(exchange)) == (404, "gestopago.legacy-method")
            assert f"/sistema/service/{successor}.do" in hint(exchange)


# Amounts


@pytest.mark.parametrize("value", ["", None, 0, 0.0, "0", "0.0", "0.00", "50", "50.00", 50, 50.0])
def test_amount_that_a_top_up_may_have(world: World, value: Any) -> None:
    """
    Nothing, as languages write it, and the price; also for a PIN and an enquiry.
    """
    assert code(world.call("sendTx", top_up(montoPago=value))) == ""
    price = 100 if value in ("50", "50.00", 50, 50.0) else value
    assert code(world.call("sendTx", pin(1, montoPago=price))) == ""
    if price != 100:
        assert code(world.call("sendTx", enquiry(montoPago=value))) == ""
    assert bag(world) == Decimal("200000.00") - Decimal("47.50") - Decimal("97.00")
    world.advance("62s")
    assert xml(world.call("confirmTx", top_up(montoPago=value)))["CODIGO"] == "06"


@pytest.mark.parametrize(
    ("payload", "hinted"),
    [
        (top_up(montoPago="49.99"), "leave out montoPago, or write 50.00"),
        (enquiry(montoPago="10"), "moves no money"),
        (bill(montoPago=None), "verifyReference"),
        (bill(montoPago=""), "is empty"),
        (bill(montoPago=0), "1.00 at least"),
        (bill(montoPago="165,00"), "not a comma: 165.00"),
        (unverified(montoPago="1,650.00"), "1650.00"),
        (unverified(montoPago="1.650,00"), "1650.00"),
        (bill(montoPago="$165.00"), "no currency or blanks: 165.00"),
        (bill(montoPago="165.00 MXN"), "no currency or blanks: 165.00"),
        (bill(montoPago="165 pesos"), "no currency or blanks: 165"),
        (bill(montoPago=" 165.00"), "no currency or blanks: 165.00"),
        (bill(montoPago="165.001"), "165.00"),
        (unverified(montoPago=100.10000000000001), "100.10"),
        (bill(montoPago="-165.00"), "negative"),
        (bill(montoPago=-165), "negative"),
        (bill(montoPago="1.65e2"), "without exponent"),
        (bill(montoPago=True), '"165.00"'),
        (bill(montoPago={"total": 165}), '"165.00"'),
        (unverified(montoPago="123456789.00"), "9999999.99"),
        (unverified(montoPago="9.99"), "10.00 at least"),
    ],
)
def test_amount_refused(world: World, payload: Any, hinted: str) -> None:
    """
    The hint has the right spelling, or what is to be paid.
    """
    exchange = world.call("sendTx", payload)
    assert code(exchange) == "gestopago.amount"
    assert hinted in hint(exchange)
    assert bag(world) == Decimal("200000.00")


def test_misspelt_amount(world: World) -> None:
    """
    A bill whose amount is under another name.
    """
    payload = bill(montoPago=...)
    del payload["montoPago"]
    for name in ("monto_pago", "MontoPago", "montopago", "montoPagar"):
        assert f"{name!r} must be written 'montoPago'" in hint(
            world.call("sendTx", {**payload, name: "165.00"})
        )


# Debts


def ask(world: World, reference: str = "123456789012", service: int = 166) -> Decimal:
    answer = world.call("verifyReference", {"idServicio": service, "referencia": reference})
    return Decimal(xml(answer)["SALDO"])


def test_debt_is_paid_once(world: World) -> None:
    """
    Asked, paid by its exact amount, and gone; a second payment is 06 for a day, then refused.
    """
    assert ask(world) == Decimal("165.00")
    for wrong in ("164.99", "165.01", "1", 16500):
        refused = world.call("sendTx", bill(montoPago=wrong))
        assert code(refused) == "gestopago.amount-owed"
        assert refused.diagnosis.expected == "165.00"
        assert "165.00" in hint(refused)
    assert "in cents" in hint(world.call("sendTx", bill(montoPago="16500")))
    assert ask(world) == Decimal("165.00")
    assert code(world.call("sendTx", bill())) == ""
    assert ask(world) == 0
    assert code(world.call("sendTx", bill(upc="again"))) == "gestopago.duplicate-bill"
    world.advance("24h")
    world.token = ""
    for amount in ("165.00", "1.00"):
        refused = world.call("sendTx", bill(upc="again", montoPago=amount))
        assert (code(refused), xml(refused)["CODIGO"]) == ("gestopago.nothing-owed", "02")
    assert ask(world) == 0
    assert bag(world) == Decimal("200000.00") - Decimal("165.00") + Decimal("5.84")


def test_any_debt_can_be_paid(world: World) -> None:
    """
    What verifyReference says is what can be paid, whatever the reference.
    """
    paid = Decimal(0)
    for number in range(30):
        reference = f"{987654321000 + number}"
        owed = ask(world, reference)
        sold = world.call("sendTx", bill(number, referencia=reference, montoPago=f"{owed}"))
        assert code(sold) == ""
        assert ask(world, reference) == 0
        paid += owed - Decimal("5.84")
    assert bag(world) == Decimal("200000.00") - paid


def test_debts_are_apart(world: World) -> None:
    """
    Another biller's, another distributor's and another namespace's debts stay.
    """
    reference = "123456789012"
    other_biller = ask(world, reference, 107)
    world.call("sendTx", bill())
    assert ask(world, reference, 107) == other_biller > 0
    assert ask(world.fresh("other")) == Decimal("165.00")
    device = {**world.credential, "idDistribuidor": 22, "codigoDispositivo": "GPS22-TPV-01"}
    world.namespace.register("gestopago", device)
    world.credential, world.token = device, ""
    assert ask(world) == Decimal("165.00")


def test_debt_stays_where_the_bag_is_too_small(world: World) -> None:
    """
    A payment that is refused for the bag pays nothing, and may be sent again.
    """
    world.context.store.table("bags").put("1", {"saldo": "164.99"})
    refused = world.call("sendTx", bill())
    assert code(refused) == "gestopago.balance"
    assert ask(world) == Decimal("165.00")
    world.context.store.table("bags").put("1", {"saldo": "165.00"})
    assert code(world.call("sendTx", bill())) == ""
    assert bag(world) == Decimal("5.84")


def test_enquiry_shows_the_debt(world: World) -> None:
    """
    SALDOCLIENTE is what verifyReference says; no telefono is needed, and no money moves.
    """
    owed = ask(world, "77304070", 687)
    for phone in (..., None, "", "1111111111", "5512134073"):
        payload = enquiry(referencia="77304070", telefono=phone)
        if phone is ...:
            del payload["telefono"]
        told = world.call("sendTx", payload)
        assert code(told) == ""
        assert Decimal(xml(told)["SALDOCLIENTE"]) == owed
    assert code(world.call("sendTx", enquiry(telefono="12"))) == "gestopago.phone"
    assert bag(world) == Decimal("200000.00")


def test_bag_holds_the_amount(world: World) -> None:
    """
    The commission is credited after the debit: it cannot pay for the sale itself.
    """
    bags = world.context.store.table("bags")
    bags.put("1", {"saldo": "49.99"})
    refused = world.call("sendTx", top_up())
    assert (code(refused), xml(refused)["CODIGO"]) == ("gestopago.balance", "02")
    assert "The bag holds 49.99" in hint(refused)
    bags.put("1", {"saldo": "50.00"})
    assert xml(world.call("sendTx", top_up()))["SALDO_F"] == "2.50"


# References and phones


@pytest.mark.parametrize(
    ("reference", "expected", "hinted"),
    [
        ("123456789012", "", ""),
        ("1" * 30, "", ""),
        ("12345678901A", "reference", "digits only"),
        ("1234 5678 9012", "reference", "123456789012"),
        ("1234-5678-9012", "reference", "123456789012"),
        ("12345678901", "reference-length", "leading zeros"),
        ("1" * 13, "reference-length", "12 or 30 digits"),
        ("1" * 31, "reference-length", "12 or 30 digits"),
        ("", "reference", "referencia"),
        (None, "reference", "referencia is null"),
        ("١٢٣٤٥٦٧٨٩٠١٢", "reference", "digits"),
    ],
)
def test_references_of_cfe(world: World, reference: Any, expected: str, hinted: str) -> None:
    """
    12 or 30 digits, in verifyReference and in sendTx.
    """
    owed = "165.00"
    if not expected:
        owed = str(ask(world, reference))
    exchange = world.call("sendTx", bill(referencia=reference, montoPago=owed))
    assert code(exchange) == (f"gestopago.{expected}" if expected else "")
    assert hinted in hint(exchange)
    if reference:
        ask_it = {"idServicio": 166, "idProducto": 597, "referencia": reference}
        asked = world.call("verifyReference", ask_it)
        assert code(asked) == (f"gestopago.{expected}" if expected else "")
        number = {"": "01", "reference": "02", "reference-length": "05"}[expected]
        assert xml(asked)["CODIGO"] == number


@pytest.mark.parametrize(
    ("make", "value", "hinted"),
    [
        (top_up, "2234567890", None),
        (top_up, "9934567890", None),
        (top_up, "1111111111", "not a phone"),
        (top_up, "#1111111111", "not a phone"),
        (top_up, "1234567890", "begins with 2 to 9"),
        (top_up, "0512134073", "begins with 2 to 9"),
        (top_up, "+525512134073", "prefix, blanks or signs: 5512134073"),
        (top_up, "525512134073", ": 5512134073"),
        (top_up, "5215512134073", ": 5512134073"),
        (top_up, "+52 1 55 1213 4073", ": 5512134073"),
        (top_up, "00525512134073", ": 5512134073"),
        (top_up, "0445512134073", ": 5512134073"),
        (top_up, "(55) 1213-4073", ": 5512134073"),
        (top_up, "551213407", "9 digits"),
        (top_up, "5512134073 ext 5", "11 digits"),
        (top_up, "５５１２１３４０７３", "ASCII"),
        (top_up, "", "Add telefono"),
        (top_up, None, "Add telefono"),
        (bill, "1111111111", None),
        (bill, "5512134073", None),
        (bill, "#1111111111", "Only a PIN"),
        (bill, None, "1111111111"),
        (pin, "1111111111", None),
        (pin, "#1111111111", None),
        (pin, "5512134073", "#1111111111"),
        (pin, None, "#1111111111"),
    ],
)
def test_phones(world: World, make: Any, value: Any, hinted: str | None) -> None:
    """
    A customer's number for a top-up, the placeholder for a PIN, either for a bill.
    """
    exchange = world.call("sendTx", make(telefono=value))
    assert code(exchange) == ("" if hinted is None else "gestopago.phone")
    if hinted is not None:
        assert hinted in hint(exchange)
        assert xml(exchange)["CODIGO"] == "55"


# Other members


@pytest.mark.parametrize(
    ("payload", "hinted"),
    [
        (top_up(idServicio=115.0), "without decimals: 115"),
        (top_up(idServicio="0115"), "Write 115"),
        (top_up(idServicio=" 115 "), "Write 115"),
        (top_up(idServicio="115.0"), "Write 115"),
        (top_up(idServicio="AT&T"), "getProductList"),
        (top_up(idServicio=True), "getProductList"),
        (top_up(idServicio=298, idProducto=115), "exchanged"),
        (top_up(idServicio=115, idProducto=1), "idServicio 115 has idProducto 298"),
        (top_up(idServicio=1, idProducto=298), "belongs to idServicio 115"),
        (top_up(idServicio=1, idProducto=1), "getProductList"),
        (top_up(idServicio=None), "idServicio is null"),
        (top_up(upc="0b0e7c3a-8d1e-4c35-9a3e-2c1f4f3b6a10"), "a UUID is too long"),
        (top_up(upc="1234567890123456"), "16 characters"),
        (top_up(upc="a b"), "blanks"),
        (top_up(upc="ñ"), "ASCII"),
        (top_up(upc=""), "empty"),
        (top_up(upc=1.5), "double quotes"),
        (top_up(upc=["1"]), "not a list"),
        (top_up(telefono=5512134073.0), '"5512134073"'),
        (top_up(telefono={}), "not an object"),
        (top_up(horaLocal=False), "not true or false"),
        (top_up(operator=["x"]), "not a list"),
        (top_up(referencia={"a": 1}), "not an object"),
    ],
)
def test_member_refused(world: World, payload: Any, hinted: str) -> None:
    """
    The hint says what to write; the same where it comes in confirmTx.
    """
    exchange = world.call("sendTx", payload)
    assert exchange.verdict == "refused"
    assert hinted in hint(exchange)
    confirm = world.call("confirmTx", payload)
    assert (confirm.verdict, xml(confirm)["CODIGO"]) == ("refused", "70")
    assert hint(confirm) == hint(exchange)


@pytest.mark.parametrize("name", ["idServicio", "idProducto", "upc", "horaLocal", "telefono"])
@pytest.mark.parametrize("endpoint", ["sendTx", "confirmTx"])
def test_misspelt_members(world: World, endpoint: str, name: str) -> None:
    """
    Letter case, snake_case, a blank, a letter too few: the right spelling is named.
    """
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    for other in {name.lower(), name.upper(), name.capitalize(), snake, name[:-1], f" {name}"}:
        if other == name:
            continue
        payload = {other if key == name else key: value for key, value in top_up().items()}
        exchange = world.call(endpoint, payload)
        assert exchange.verdict == "refused"
        assert hint(exchange) == f"{other!r} must be written {name!r}"


def test_nested_members(world: World) -> None:
    """
    A payload inside another object, or as JSON text in a member.
    """
    for payload in ({"data": top_up()}, {"payload": json.dumps(top_up())}):
        exchange = world.call("sendTx", payload)
        assert code(exchange) == "gestopago.payload-field-missing"
        assert f"inside {next(iter(payload))!r}" in hint(exchange)


# horaLocal. The world's clock says 06:00 in Mexico City, on 1 March 2026


@pytest.mark.parametrize(
    "text",
    ["20260301060000", "20260301062900", "20260301040000", "20260301070000", "20260301053100"],
)
def test_local_time_in_mexico(world: World, text: str) -> None:
    """
    Any of Mexico's zones, and a clock that is somewhat off.
    """
    assert world.call("sendTx", top_up(horaLocal=text)).warnings == []


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("20260301120000", "This is the time in UTC"),
        ("20260301130000", "zone at UTC+1"),
        ("20260301090000", "zone at UTC-3"),
        ("20260228230000", "7 hours in the past"),
        ("20260228180000", "12-hour clock"),
        ("20260201060000", "counted from 0"),
        ("25690301060000", "Buddhist"),
        ("14050301060000", "Persian"),
        ("20250301060000", "365 days in the past"),
        ("20201222104555", "days in the past"),
        ("20360301060000", "days in the future"),
        ("00010101000000", "days in the past"),
        ("99991231235959", "days in the future"),
    ],
)
def test_local_time_far_off(world: World, text: str, hinted: str) -> None:
    """
    The sale is made, and a warning says whose time it is; a confirmTx repeats it without one.
    """
    exchange = world.call("sendTx", top_up(horaLocal=text))
    assert (code(exchange), warnings(exchange)) == ("", ["gestopago.local-time"])
    assert hinted in exchange.warnings[0].hint
    assert "20260301060000" in exchange.warnings[0].hint
    world.advance("62s")
    confirmed = world.call("confirmTx", top_up(horaLocal=text))
    assert (xml(confirmed)["CODIGO"], confirmed.warnings) == ("06", [])


def test_local_time_goes_by_the_scopes_clock(world: World) -> None:
    """
    A provider whose clock is wrong warns nobody whose own is right.
    """
    world.bearer()
    world.namespace.clock.change(ClockChange(offset="+5h"))
    assert world.call("sendTx", top_up()).warnings == []


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("2026-03-01T06:00:00", "ISO 8601"),
        ("2026-03-01T06:00:00-06:00", "with a zone"),
        ("2026-03-01T12:00:00.000Z", "with a zone"),
        ("2026-03-01 06:00:00", "leave out the - : and T"),
        ("01/03/2026 06:00:00", "between the digits"),
        ("20260301 060000", "between date and time"),
        ("20260301T06:00:00", "between date and time"),
        ("2026/03/01 06:00:00 AM", "12-hour"),
        ("20260301060000 p.m.", "12-hour"),
        ("1772366400", "seconds since 1970"),
        ("1772366400000", "milliseconds since 1970"),
        ("2026030160000", "A zero is missing"),
        ("2026030106", "Minutes and seconds are missing"),
        ("20260301060000123", "It has milliseconds"),
        ("202603010600", "seconds are missing"),
        ("20260301", "time of day"),
        ("060000", "date is missing"),
        ("01032026060000", "begin with the year"),
        ("20261301060000", "month is 13"),
        ("20260001060000", "month is 00"),
        ("20260301240000", "hour is 24"),
        ("20260231060000", "no such day"),
        (" 20260301060000", "blanks"),
        ("Sun Mar 01 2026", "digits only"),
        ("1 de marzo de 2026", "digits only"),
        ("", "not 14 digits"),
        ("２０２６０３０１０６００００", "ASCII digits"),
        ("٢٠٢٦٠٣٠١٠٦٠٠٠٠", "ASCII digits"),
        ("Invalid date", "never set"),
        ("undefined", "never set"),
        ("yyyyMMddHHmmss", "pattern"),
        ("%Y%m%d%H%M%S", "pattern"),
        ("639079632000000000", ".NET ticks"),
        ("134168400000000000", "FILETIME"),
        ("1772366400000000", "microseconds"),
    ],
)
def test_local_time_malformed(world: World, text: str, hinted: str) -> None:
    """
    The hint names the other format, and shows the present time in the right one.
    """
    exchange = world.call("sendTx", top_up(horaLocal=text))
    assert code(exchange) == "gestopago.payload-field"
    assert hinted in hint(exchange)
    assert "20260301060000" in hint(exchange)
    assert local_time.read(text) is None


# confirmTx


@pytest.mark.parametrize(
    ("make", "changes", "named"),
    [
        (top_up, {"horaLocal": "20260301060102"}, {"horaLocal"}),
        (top_up, {"upc": "new"}, {"upc"}),
        (top_up, {"upc": "new", "horaLocal": "20260301060102"}, {"upc", "horaLocal"}),
        (top_up, {"telefono": "5599999999"}, {"telefono"}),
        (top_up, {"montoPago": "50"}, {"montoPago"}),
        (bill, {"upc": "new", "horaLocal": "20260301060102"}, {"upc", "horaLocal"}),
        (bill, {"montoPago": "165.01"}, {"montoPago"}),
        (bill, {"referencia": "123456789013"}, {"referencia"}),
        (pin, {"upc": "new", "horaLocal": "20260301060102"}, {"upc", "horaLocal"}),
        (pin, {"horaLocal": "20260301060102"}, {"horaLocal"}),
        (pin, {"telefono": "1111111111"}, {"telefono"}),
    ],
)
@pytest.mark.parametrize("age", ["62s", "20m"])
def test_confirm_that_differs(
    world: World, make: Any, changes: Any, named: set[str], age: str
) -> None:
    """
    It is warned of for each kind of product, also after the time of duplicates; 70 on the wire.
    """
    world.call("sendTx", make())
    world.advance(age)
    exchange = world.call("confirmTx", make(**changes))
    assert (code(exchange), xml(exchange)["CODIGO"]) == ("gestopago.confirm-mismatch", "70")
    for told in (exchange.diagnosis.expected, exchange.diagnosis.received):
        assert {part.split()[0] for part in told.split(", ")} == named
    assert "Repeat the payload" in hint(exchange)
    assert xml(world.call("confirmTx", make()))["CODIGO"] == "06"


@pytest.mark.parametrize("make", [top_up, bill, pin])
def test_confirm_that_differs_days_later(world: World, make: Any) -> None:
    """
    The same upc, or the same horaLocal for the same target, is the same sale at any age.
    """
    world.call("sendTx", make())
    world.advance("3d")
    world.token = ""
    for changes in ({"horaLocal": "20260301060102"}, {"upc": "new"}):
        exchange = world.call("confirmTx", make(**changes))
        assert code(exchange) == "gestopago.confirm-mismatch"
        assert exchange.diagnosis.where == f"signed.{next(iter(changes))}"


def test_confirm_of_another_sale(world: World) -> None:
    """
    A sale that is not like any other is just not made: 70, without a diagnosis.
    """
    world.call("sendTx", top_up(1))
    world.call("sendTx", pin(2))
    world.advance("62s")
    for number, make in ((3, top_up), (4, bill)):
        unknown = world.call("confirmTx", make(number, horaLocal="20260301060102"))
        assert (code(unknown), xml(unknown)["CODIGO"]) == ("", "70")
    # A PIN confirmed rightly is not taken for the next one
    assert xml(world.call("confirmTx", pin(2)))["CODIGO"] == "06"
    unknown = world.call("confirmTx", pin(5, horaLocal="20260301060102"))
    assert (code(unknown), xml(unknown)["CODIGO"]) == ("", "70")


def test_nearest_sale_is_named(world: World) -> None:
    """
    Of several sales to one phone, the one that differs least is meant.
    """
    world.call("sendTx", top_up(upc="one"))
    world.advance("16m")
    world.call("sendTx", top_up(upc="two", horaLocal="20260301061600"))
    world.advance("62s")
    exchange = world.call("confirmTx", top_up(upc="other"))
    assert exchange.diagnosis.expected == "upc one"
    exchange = world.call("confirmTx", top_up(upc="other", horaLocal="20260301061600"))
    assert exchange.diagnosis.expected == "upc two"


@pytest.mark.parametrize("make", [top_up, bill, pin])
def test_confirm_with_members_missing(world: World, make: Any) -> None:
    """
    Each member that its product needs is asked for by name; the sale can still be confirmed.
    """
    world.call("sendTx", make())
    world.advance("62s")
    payload = make()
    for name in payload:
        rest = {key: value for key, value in payload.items() if key != name}
        exchange = world.call("confirmTx", rest)
        assert exchange.verdict == "refused"
        assert exchange.diagnosis.where == f"signed.{name}"
        assert hint(exchange)
        assert xml(exchange)["CODIGO"] == "70"
    assert xml(world.call("confirmTx", payload))["CODIGO"] == "06"
    assert code(world.call("confirmTx", "{}")) == "gestopago.payload-field-missing"


# The clock goes back


def back(world: World, seconds: int) -> None:
    world.namespace.clock.change(ClockChange(advance=f"-{seconds}s"))


def test_token_stays_expired(world: World) -> None:
    """
    After its 24 hours a token is over, wherever the clock is set; a new one lives as ever.
    """
    world.bearer()
    old = world.token
    world.advance("24h")
    back(world, 12 * 3600)
    expired = world.call("sendEcho")
    assert (expired.reply.status, code(expired)) == (403, "bearer.expired")
    assert hint(expired)
    world.token = ""
    assert code(world.call("sendEcho")) == ""
    world.advance("23h")
    assert code(world.call("sendEcho")) == ""
    world.token = old
    assert code(world.call("sendEcho")) == "bearer.expired"


def test_confirmation_stays(world: World) -> None:
    """
    What could be confirmed once can be confirmed again.
    """
    world.call("sendTx", top_up())
    world.advance("62s")
    back(world, 62)
    assert xml(world.call("confirmTx", top_up()))["CODIGO"] == "06"
    back(world, 3600)
    world.token = ""
    assert xml(world.call("confirmTx", top_up()))["CODIGO"] == "06"


def test_duplicates_stay(world: World) -> None:
    """
    A block that stands is not lifted by a clock set back, and one that is over does not return.
    """
    world.call("sendTx", top_up())
    back(world, 24 * 3600)
    world.token = ""
    assert code(world.call("sendTx", top_up(upc="new"))) == "gestopago.duplicate-top-up"
    world.advance("15m")
    back(world, 14 * 60)
    assert code(world.call("sendTx", top_up(upc="new"))) == ""


def test_debts_stay_paid(world: World) -> None:
    """
    A bill that is paid is paid.
    """
    world.call("sendTx", bill())
    back(world, 30 * 24 * 3600)
    world.token = ""
    assert ask(world) == 0
    assert code(world.call("sendTx", bill(upc="new"))) == "gestopago.duplicate-bill"


def test_token_per_request_after_the_clock_was_set_back(world: World) -> None:
    """
    Logins hours apart are not taken for quick ones.
    """
    for _ in range(4):
        assert world.log_in().warnings == []
        world.advance("2h")
        back(world, 3 * 3600)


# Hints that say what to write

APPLIED = re.compile(r": ([0-9.]+)$")


@pytest.mark.parametrize(
    "payload",
    [
        *(
            unverified(montoPago=text)
            for text in ("165,00", "1,650.00", "1.650,00", "$165.00", "165 pesos", "165.001")
        ),
        *(
            top_up(telefono=text)
            for text in ("+52 55 1213 4073", "5215512134073", "(55) 1213-4073", "0445512134073")
        ),
        *(bill(referencia=text) for text in ("1234 5678 9012", "1234-5678-9012")),
        *(top_up(idServicio=value) for value in (115.0,)),
        *(bill(montoPago=text) for text in ("16500", "164.99", "1")),
    ],
    ids=str,
)
def test_hint_applied(world: World, payload: dict[str, Any]) -> None:
    """
    What a hint says to write is accepted.
    """
    refused = world.call("sendTx", payload)
    assert refused.verdict == "refused"
    value = APPLIED.search(hint(refused))
    assert value, hint(refused)
    member = refused.diagnosis.where.removeprefix("signed.")
    assert code(world.call("sendTx", {**payload, member: value[1]})) == ""


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T06:00:00", "1772366400", "202603010600", "01032026060000", "20261301060000", ""],
)
def test_time_of_a_hint_applied(world: World, text: str) -> None:
    """
    The time that a hint shows is accepted, without a warning.
    """
    refused = world.call("sendTx", top_up(horaLocal=text))
    shown = re.search("[0-9]{14}$", hint(refused))
    assert shown
    sold = world.call("sendTx", top_up(horaLocal=shown[0]))
    assert (code(sold), sold.warnings) == ("", [])


# No refusal without a hint


def test_every_refusal_has_a_hint(world: World) -> None:
    """
    Whatever is wrong with a login, a token or a payload, the next step is named.
    """
    c = world.credential
    names = ("idDistribuidor", "codigoDispositivo", "password")
    form = {name: c[name] for name in names}
    login = "/sistema/app/jwt-gp/authenticate/"
    exchanges = [
        world.log_in(password="Zz9" * 4),
        world.log_in(idDistribuidor="77"),
        world.log_in(codigoDispositivo="GPS77-TPV-01"),
        *(world.log_in(**{name: ""}) for name in names),
        world.send("POST", login, urlencode({**form, "extra": "1"}) + "&extra=2", FORM),
        world.send("POST", login),
        world.send("POST", login[:-1], urlencode(form), FORM),
        world.send("GET", "/sistema/service/sendEcho.do"),
        *(
            world.call("verifyReference", payload)
            for payload in (
                {"idServicio": 9, "referencia": "1"},
                {"idServicio": 9, "idProducto": 9, "referencia": "1"},
                {"idServicio": 166},
                {"idServicio": 166, "referencia": "1"},
                {"idServicio": 115, "referencia": "1"},
                {"referencia": "1"},
            )
        ),
        *(
            world.send("POST", SEND, f"signed={quote(text, safe='')}", FORM, world.bearer())
            for text in (
                "",
                "x",
                "AAAA",
                b64encode(bytes(16)).decode(),
                b64encode(bytes(64)).decode(),
            )
        ),
        world.call("sendTx", "[1]"),
        world.call("sendTx", "hello"),
    ]
    for exchange in exchanges:
        assert exchange.verdict == "refused"
        assert hint(exchange), code(exchange)
        for secret in ("password", "aes_key", "aes_iv", "api_key"):
            assert c[secret] not in str(exchange.diagnosis.as_json())
