"""The methods: what each takes out of the payload, and what it answers.

Money is in `sendTx` alone. `confirmTx` only looks: it is for the client that got no answer, comes
62 s after the sale and repeats its parameters exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, cast

from emulator.errors import Diagnosis, FailureMode, SchemeError
from emulator.exchange import Exchange, Reply
from emulator.provider import CREDENTIALS, Context, Handle, Refusal
from emulator.providers.gestopago import answers, auth, failures, products, state
from emulator.providers.gestopago.answers import element, java_double, message, text
from emulator.providers.gestopago.behaviours import (
    CATALOGUE_READS,
    CONFIRM_ONCE,
    TOKEN_PER_REQUEST,
)
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.form import URLENCODED, body_fields, query_fields
from emulator.providers.gestopago.products import CENT, Product
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.state import Claim
from emulator.schemes import aes_cbc
from emulator.store import Record

MATCHED = ("idServicio", "idProducto", "telefono", "referencia", "montoPago", "upc", "horaLocal")
"""What makes a confirmTx mean a sale."""

_MEMBERS = (*MATCHED, "operator", "unidad", "idSucursal")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_AMOUNT = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,2})?")
_PHONE = re.compile(r"[1-9][0-9]{9}")
_PIN_PHONE = re.compile(r"#?1{10}")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,50}")
_LOCAL_TIME = re.compile("([0-9]{4})" + 5 * "([0-9]{2})")
_UPC = re.compile(r"[\x21-\x7e]{1,15}")
_DONE = "Operacion realizada con exito"
_CATALOGUES_A_DAY = 3


# Login


def issue_token(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Answer a login that is right."""
    device = exchange.credential
    token = auth.issue_token(
        device, state.next_token(context), context, context.clock.timestamp("issue")
    )
    if state.note_login(device, context):
        exchange.notices.append(
            Diagnosis(
                code="gestopago.token-per-request",
                summary="A new token is fetched for each request, which is not allowed",
                where="endpoint.token",
                expected="one token for 24 hours, and all calls",
                received=f"another login within {context.settings.token_fetch_seconds} s, again",
                hint="Keep the token; get a new one when a call is refused with 401 or 403",
                source=TOKEN_PER_REQUEST.source,
            )
        )
    return Reply.json({"token": token, "success": True})


def encrypt(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Encrypt the field `data` for a distributor: the provider's helper for testing a client."""
    try:
        query = query_fields(exchange.request)
        body = body_fields(exchange.request, URLENCODED)
    except SchemeError as error:
        raise Refusal(ERRORS["technical"], error.diagnosis) from error
    wanted = query.get("idDistribuidor", body.get("idDistribuidor", ""))
    if body.get("idDistribuidor", wanted) != wanted:
        raise Refusal(ERRORS["technical"], auth.conflict("idDistribuidor"))
    devices = [
        (device, context.credential(device) or record)  # what it encrypts, it can decrypt
        for device, record in context.store.table(CREDENTIALS).items()
        if str(record["idDistribuidor"]) == wanted and "data" in body
    ]
    for device, record in devices:
        if record["status"] == auth.ACTIVE:
            exchange.credential = device
            key, iv = auth.encryption(record)
            ciphertext = aes_cbc.encrypt_text(key, iv, body["data"].encode())
            return Reply(200, ciphertext.encode("ascii"), "text/plain;charset=UTF-8")
    if devices:
        idle = auth.inactive(devices[0][1]).at("query.idDistribuidor")
        raise Refusal(ERRORS["technical"], idle)
    raise _refuse(
        "technical",
        failures.PAYLOAD_FIELD_MISSING,
        "body.data" if "data" not in body else "query.idDistribuidor",
        expected="idDistribuidor in the query, data in the form",
        received=wanted,
    )


# Methods without a payload


def send_echo(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Say whose token it is."""
    return answers.response(context.settings, text("ECHO", exchange.credential), text("VALID", 1))


def validate_me(exchange: Exchange, context: Context[Settings]) -> Reply:  # noqa: ARG001
    """Say who the merchant is."""
    return answers.response(
        context.settings,
        message(
            failures.IDENTIFIED,
            "Dispositivo identificado",
            text("NOMBRECOMERCIO", "COMERCIO DE PRUEBA"),
            text("DIRECCION", "CALLE DE PRUEBA 1, CIUDAD DE MEXICO"),
        ),
        element("IDENTIFYME", text("VALID", 1)),
    )


def get_balance(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Say what the distributor's bag holds."""
    bag = state.balance(_distributor(exchange), context)
    return answers.response(
        context.settings,
        message(failures.SUCCESS, "OPERACION REALIZADA CON EXITO"),
        text("SALDO_F", answers.grouped(bag)),
        text("SALDO", java_double(bag)),
    )


def get_product_list(exchange: Exchange, context: Context[Settings]) -> Reply:
    """List what can be sold."""
    day = f"{answers.issue_time(context).astimezone(answers.MEXICO_CITY):%Y%m%d}"
    reads = state.count_catalogue(_distributor(exchange), day, context)
    if reads > _CATALOGUES_A_DAY:
        exchange.notices.append(
            Diagnosis(
                code="gestopago.catalogue-too-often",
                summary="The catalogue is fetched more often than three times a day",
                where="endpoint.getProductList",
                expected=f"at most {_CATALOGUES_A_DAY} a day",
                received=f"{reads} today",
                hint="Fetch it once a day, at 00:05, and keep it",
                source=CATALOGUE_READS.source,
            )
        )
    lines = (product.as_xml() for product in products.PRODUCTS)
    return answers.response(
        context.settings, message(failures.SUCCESS, _DONE), element("PRODUCTOS", *lines)
    )


# Methods with a payload


def verify_reference(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Ask a biller about a reference, before paying.

    Raises:
        Refusal: `technical` with `gestopago.payload-field-missing`, `gestopago.payload-field`;
            `unknown-product`; `verify.04`; `verify.02`; `verify.05`.
    """
    payload = _payload(exchange)
    service = _number(payload, "idServicio")
    product = (
        products.find(service, _number(payload, "idProducto"))
        if payload.get("idProducto") is not None
        else products.of_service(service)
    )
    if product is None:
        raise _unknown_product(payload)
    reference = _text(payload, "referencia")
    if reference is None:
        raise _missing("referencia", payload)
    if not product.verifiable:
        raise _refuse(
            "verify.04",
            failures.NOT_VERIFIABLE,
            "signed.idServicio",
            received=f"{service}",
            hint="Go on and pay",
        )
    _check_reference(product, reference, malformed="verify.02", length="verify.05")
    owed = products.balance_of(reference)
    return answers.response(
        context.settings,
        message(failures.SUCCESS, "Referencia Válida", text("SALDO", f"{owed:.2f}")),
    )


def send_tx(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Sell.

    Raises:
        Refusal: `technical` with `gestopago.payload-field-missing`, `gestopago.payload-field`;
            `unknown-product`; `phone`; `reference`; `amount`; `duplicate` with
            `gestopago.duplicate-upc`, `gestopago.duplicate-top-up` or
            `gestopago.duplicate-bill`; `balance`.
    """
    payload = _payload(exchange)
    order = _read_order(payload)
    distributor = _distributor(exchange)
    if order.product.front == products.ENQUIRY:
        return _enquire(order, distributor, context)
    number = state.next_sale(context)
    asked = parameters(payload)
    claims = _claims(order, distributor, asked, context.settings)
    if taken := state.take_claims(claims, number, context):
        raise _duplicate(*taken, context)
    commission = order.product.commission(order.amount)
    left = state.debit(distributor, order.amount - commission, context)
    if left is None:
        state.release(claims, context)
        raise _refuse(
            "balance",
            failures.BALANCE,
            "signed.montoPago",
            expected=f"at most {state.balance(distributor, context)}",
            received=order.amount,
        )
    sale = {
        "id_tx": number,
        "autorizacion": state.next_authorization(context),
        "saldo": java_double(left),
        "fecha": answers.sale_date(answers.issue_time(context)),
        "monto": java_double(order.amount),
        "at": context.clock.time(),
        "issued_at": context.clock.timestamp("issue"),
        "device": exchange.credential,
        "parameters": asked,
        "confirmations": 0,
    }
    state.enter_sale(sale, _match(distributor, asked, context), context)
    return answers.response(
        context.settings,
        text("ID_TX", number),
        text("NUM_AUTORIZACION", sale["autorizacion"]),
        text("SALDO", sale["saldo"]),
        text("COMISION", java_double(commission)),
        text("SALDO_F", answers.grouped(left)),
        text("COMISION_F", answers.grouped(commission)),
        text("FECHA", sale["fecha"]),
        text("MONTO", sale["monto"]),
        message(
            failures.SUCCESS, _DONE, text("REFERENCIA", order.reference), *_ticket(order, number)
        ),
    )


def confirm_tx(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell whether a sale was made, for the client that got no answer.

    Raises:
        Refusal: `not-applied` with `gestopago.confirm-mismatch`, `gestopago.confirm-early`.
    """
    payload = _payload(exchange)
    asked = parameters(payload)
    distributor = _distributor(exchange)
    sale = state.find_sale(_match(distributor, asked, context), context)
    if sale is None:
        _look_for_mismatch(asked, distributor, context)
        entry = ERRORS["not-applied"]
        return entry.reply(exchange, context)
    settings = context.settings
    age = context.clock.time() - sale["at"]
    # To the millisecond: 62 s on a clock that was advanced are not always 62.0.
    if settings.early_confirm == "70" and round(age, 3) < settings.confirm_after_seconds:
        raise _refuse(
            "not-applied",
            failures.CONFIRM_EARLY,
            "time",
            expected=f"at least {settings.confirm_after_seconds} s after sendTx",
            received=f"{age:.1f} s",
            hint="Wait: the sale stands, but an early confirmTx may say that it does not",
        )
    if state.count_confirmation(sale, context) > 1:
        exchange.notices.append(
            Diagnosis(
                code="gestopago.confirm-repeated",
                summary="The sale has been confirmed before",
                where="endpoint.confirmTx",
                expected="one confirmTx",
                received="another",
                source=CONFIRM_ONCE.source,
            )
        )
    number, authorization = sale["id_tx"], sale["autorizacion"]
    wording = (
        f"La transaccion fue aplicada exitosamente. "
        f"Autorizacion [{authorization}] idTicket[{number}]"
    )
    return answers.response(
        settings,
        text("NUM_AUTORIZACION", authorization),
        text("FECHA", answers.confirmation_date(sale["issued_at"])),
        message(failures.APPLIED, wording, text("ID_TX", number)),
    )


def counting(handle: Handle) -> Handle:
    """Return `handle`, with each call counted as a use of the token."""

    def counted(exchange: Exchange, context: Context[Settings]) -> Reply:
        state.note_use(exchange.credential, context)
        return handle(exchange, context)

    return counted


# The order in a payload


@dataclass(frozen=True, slots=True)
class Order:
    """What a sendTx asks for, checked.

    Attributes:
        product: What.
        phone: For whom, as sent.
        account: The biller's reference; empty for a top-up.
        amount: How much.
        upc: The integrator's own number of it.
    """

    product: Product
    phone: str
    account: str
    amount: Decimal
    upc: str

    @property
    def reference(self) -> str:
        """What the ticket names: the bill, or the phone."""
        return self.account or self.phone


def _read_order(payload: Mapping[str, Any]) -> Order:
    service, number = _number(payload, "idServicio"), _number(payload, "idProducto")
    product = products.find(service, number)
    if product is None:
        raise _unknown_product(payload)
    upc = _text(payload, "upc")
    if upc is None:
        raise _missing("upc", payload)
    if not _UPC.fullmatch(upc):
        raise _malformed("upc", "1 to 15 characters without spaces", upc)
    hour = _text(payload, "horaLocal")
    if hour is None:
        raise _missing("horaLocal", payload)
    if not _is_local_time(hour):
        raise _malformed("horaLocal", "yyyyMMddHHmmss", hour)
    phone = _read_phone(product, _text(payload, "telefono") or "")
    account = ""
    if product.front != products.TOP_UP:
        account = _text(payload, "referencia") or ""
        _check_reference(product, account, malformed="reference", length="reference")
    return Order(product, phone, account, _read_amount(product, payload), upc)


def _read_phone(product: Product, phone: str) -> str:
    if (_PIN_PHONE if product.is_pin else _PHONE).fullmatch(phone):
        return phone
    raise _refuse(
        "phone",
        failures.PHONE,
        "signed.telefono",
        expected="#1111111111 or 1111111111 for a PIN" if product.is_pin else "ten digits",
        received=phone,
        hint="Leave out the country code" if re.fullmatch(r"\+?521?\d{10}", phone) else "",
    )


def _read_amount(product: Product, payload: Mapping[str, Any]) -> Decimal:
    value = payload.get("montoPago")
    sent = _amount(value)
    if value is None and product.front != products.BILL:
        return product.price
    if sent is not None and (
        sent >= max(product.price, CENT)
        if product.front == products.BILL
        else sent == product.price
    ):
        return sent.quantize(CENT)
    least = max(product.price, CENT)
    raise _refuse(
        "amount",
        failures.AMOUNT,
        "signed.montoPago",
        expected=f"at least {least}, two decimals"
        if product.front == products.BILL
        else f"{product.price}, or nothing",
        received="nothing" if value is None else value,
    )


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    lexeme = value if isinstance(value, str) else repr(value)
    return Decimal(lexeme) if _AMOUNT.fullmatch(lexeme) else None


def _check_reference(product: Product, reference: str, *, malformed: str, length: str) -> None:
    if not _REFERENCE.fullmatch(reference):
        raise _refuse(
            malformed,
            failures.REFERENCE,
            "signed.referencia",
            expected="1 to 50 letters and digits",
            received=reference or "nothing",
        )
    if len(reference) not in product.lengths:
        raise _refuse(
            length,
            failures.REFERENCE_LENGTH,
            "signed.referencia",
            expected=f"{' or '.join(map(str, product.lengths))} characters",
            received=f"{len(reference)} characters",
        )


def _claims(
    order: Order, distributor: int, asked: Mapping[str, str], settings: Settings
) -> list[Claim]:
    upc, bill, top_up = _claims_of(distributor, asked, settings)
    if order.product.front == products.BILL:
        return [upc, bill]
    return [upc] if order.product.is_pin else [upc, top_up]  # PINs all go to a phone of ones


def _claims_of(
    distributor: int, asked: Mapping[str, str], settings: Settings
) -> tuple[Claim, Claim, Claim]:
    service, number = asked["idServicio"], asked["idProducto"]
    return (
        Claim(
            f"{distributor}|upc|{asked['upc']}",
            settings.duplicate_upc_seconds,
            failures.DUPLICATE_UPC,
            "signed.upc",
        ),
        Claim(
            f"{distributor}|bill|{service}|{asked['referencia']}",
            settings.duplicate_bill_seconds,
            failures.DUPLICATE_BILL,
            "signed.referencia",
        ),
        Claim(
            f"{distributor}|top-up|{service}|{number}|{asked['telefono']}",
            settings.duplicate_topup_seconds,
            failures.DUPLICATE_TOP_UP,
            "signed.telefono",
        ),
    )


def _duplicate(claim: Claim, holder: Record, context: Context[Settings]) -> Refusal:
    sale = state.sale_of(holder, context)
    hint = (
        "After an answer that did not come, ask with confirmTx; do not send the sale again"
        if claim.mode is failures.DUPLICATE_UPC
        else ""
    )
    diagnosis = claim.mode.diagnose(
        claim.where,
        expected=f"none like it within {claim.seconds} s",
        received=f"{context.clock.time() - holder['at']:.0f} s after ID_TX {holder['sale']}",
        hint=hint,
    )
    return Refusal(ERRORS["duplicate"], diagnosis, sale)


def _enquire(order: Order, distributor: int, context: Context[Settings]) -> Reply:
    """Answer a sale that asks for a balance and moves no money."""
    bag = state.balance(distributor, context)
    return answers.response(
        context.settings,
        text("ID_TX", -1),
        text("NUM_AUTORIZACION", 1),
        text("SALDO", java_double(bag)),
        text("COMISION", "0.0"),
        text("SALDO_F", answers.grouped(bag)),
        text("COMISION_F", "0.00"),
        text("FECHA", answers.sale_date(answers.issue_time(context))),
        text("MONTO", "0.0"),
        message(
            failures.SUCCESS,
            _DONE,
            text("REFERENCIA", order.account),
            text("SALDOCLIENTE", f"{products.balance_of(order.account):.2f}"),
        ),
    )


def _ticket(order: Order, number: str) -> tuple[str, ...]:
    if not order.product.is_pin:
        return ()
    legend = element("legend", f"<![CDATA[{order.product.legend}]]>")
    return text("PIN", f"{int(number) * 7_919 % 10**12:012d}"), legend


# Confirmation


def parameters(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the members a confirmTx is matched by, as text that compares by value."""
    return {name: _comparable(name, payload.get(name)) for name in MATCHED}


def _comparable(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "montoPago" and (amount := _amount(value)) is not None:
        return f"{amount:.2f}"
    return _told(value)


def _match(distributor: int, asked: Mapping[str, str], context: Context[Settings]) -> str:
    names = MATCHED if context.settings.confirm_match == "all" else ("upc",)
    return json.dumps([distributor, *(asked[name] for name in names)])


def _look_for_mismatch(
    asked: Mapping[str, str], distributor: int, context: Context[Settings]
) -> None:
    """Find a sale that was probably meant, and say in what it differs."""
    for claim in _claims_of(distributor, asked, context.settings):
        sale = state.holder_of(claim, context)
        if sale is None:
            continue
        made: dict[str, str] = sale["parameters"]
        different = [name for name in MATCHED if made[name] != asked[name]]
        if different:
            raise _refuse(
                "not-applied",
                failures.CONFIRM_MISMATCH,
                f"signed.{different[0]}",
                expected=", ".join(f"{name} {made[name] or 'absent'}" for name in different),
                received=", ".join(f"{name} {asked[name] or 'absent'}" for name in different),
                hint="Repeat the sendTx's parameters exactly, horaLocal and upc too",
            )


# Members of a payload


def _payload(exchange: Exchange) -> dict[str, Any]:
    return cast("dict[str, Any]", exchange.payload)


def _distributor(exchange: Exchange) -> int:
    return exchange.scratch[auth.DEVICE]["idDistribuidor"]


def _number(payload: Mapping[str, Any], name: str) -> int:
    value = payload.get(name)
    if value is None:
        raise _missing(name, payload)
    lexeme = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(lexeme, str) or not _NUMBER.fullmatch(lexeme):
        raise _malformed(name, "a whole number", value)
    return int(lexeme)


def _text(payload: Mapping[str, Any], name: str) -> str | None:
    """Return a member as text; None where it is absent or null. Numbers count as text."""
    value = payload.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _malformed(name, "a string", value)


def _is_local_time(text: str) -> bool:
    parts = _LOCAL_TIME.fullmatch(text)
    try:
        return parts is not None and bool(datetime(*map(int, parts.groups()), tzinfo=UTC))
    except ValueError:
        return False


def _missing(name: str, payload: Mapping[str, Any]) -> Refusal:
    others = [other for other in payload if other not in _MEMBERS]
    close = get_close_matches(name, others, n=1, cutoff=0.6)
    return _refuse(
        "technical",
        failures.PAYLOAD_FIELD_MISSING,
        f"signed.{name}",
        expected=name,
        received=", ".join(sorted(payload)) or "an empty object",
        hint=f"{close[0]!r} must be written {name!r}" if close else "",
    )


def _malformed(name: str, expected: str, value: object) -> Refusal:
    return _refuse(
        "technical",
        failures.PAYLOAD_FIELD,
        f"signed.{name}",
        expected=expected,
        received=_told(value),
    )


def _told(value: object) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    try:
        return json.dumps(value)
    except RecursionError:  # it was read with less of the stack in use
        return "a deeply nested value"


def _unknown_product(payload: Mapping[str, Any]) -> Refusal:
    service, number = str(payload.get("idServicio")), str(payload.get("idProducto"))
    swapped = f"{number}/{service}" in products.known_ids().split(", ")
    return _refuse(
        "unknown-product",
        failures.UNKNOWN_PRODUCT,
        "signed.idServicio",
        expected=products.known_ids(),
        received=f"{service}/{number}",
        hint="idServicio and idProducto are exchanged" if swapped else "",
    )


def _refuse(error: str, mode: FailureMode, where: str, **told: Any) -> Refusal:
    return Refusal(ERRORS[error], mode.diagnose(where, **told))
