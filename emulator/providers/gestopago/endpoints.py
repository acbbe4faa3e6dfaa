"""The methods that do not sell: login, echo, identity, balance, catalogue, verifyReference.

The methods that sell and confirm are in `sales/`.
"""

from __future__ import annotations

from emulator.core.errors import FailureMode
from emulator.core.exchange import Exchange, Reply
from emulator.core.messages import Message
from emulator.provider import CREDENTIALS, Context, Handle, Refusal
from emulator.providers.gestopago import answers, auth, failures, products, state
from emulator.providers.gestopago.answers import element, java_double, message, text
from emulator.providers.gestopago.behaviours import CATALOGUE_READS, TOKEN_PER_REQUEST
from emulator.providers.gestopago.failures import DONE, ERRORS
from emulator.providers.gestopago.form import URLENCODED, body_fields, query_fields
from emulator.providers.gestopago.sales import order
from emulator.providers.gestopago.sales.members import read_number, refusal, required_text
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import WARNINGS, conflict, encryption
from emulator.providers.gestopago.state import debts
from emulator.schemes import aes_cbc

TOKEN_PER_CALL = FailureMode(
    "gestopago.token-per-request",
    "A new token is fetched for each request, which is not allowed",
    TOKEN_PER_REQUEST.source,
)
CATALOGUE_TOO_OFTEN = FailureMode(
    "gestopago.catalogue-too-often",
    "The catalogue is fetched more often than three times a day",
    CATALOGUE_READS.source,
)

_CATALOGUES_A_DAY = 3


# Login


def issue_token(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Answer a login that is right."""
    device = exchange.credential
    token = auth.issue_token(
        device, auth.TOKENS.next_number(context), context, context.clock.timestamp("issue")
    )
    if state.note_login(device, context):
        exchange.warnings.append(
            TOKEN_PER_CALL.diagnose(
                "endpoint.token",
                expected="one token for 24 hours, and all calls",
                received=f"another login within {context.settings.token_fetch_seconds} s, again",
                hint=Message(
                    "Keep the token; get a new one when a call is refused with 401 or 403"
                ),
            )
        )
    return Reply.json({"token": token, "success": True})


def encrypt(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Encrypt the field `data` for a distributor: the provider's helper for testing a client."""
    with ERRORS.refusing("technical"):
        query = query_fields(exchange.request)
        body = body_fields(exchange.request, URLENCODED)
    wanted = query.get("idDistribuidor", body.get("idDistribuidor", ""))
    if body.get("idDistribuidor", wanted) != wanted:
        raise Refusal(ERRORS["technical"], conflict("idDistribuidor"))
    devices = [
        (device, context.credential(device) or record)  # the methods decrypt with the same keys
        for device, record in context.store.table(CREDENTIALS).items()
        if str(record["idDistribuidor"]) == wanted and "data" in body
    ]
    for device, record in devices:
        if record["status"] == auth.ACTIVE:
            exchange.credential = device
            key, iv = encryption(record)
            ciphertext = aes_cbc.encrypt_text(key, iv, body["data"].encode())
            return Reply(200, ciphertext.encode("ascii"), "text/plain;charset=UTF-8")
    if devices:
        idle = auth.inactive(devices[0][1]).at("query.idDistribuidor")
        raise Refusal(ERRORS["technical"], idle)
    lacks_data = "data" not in body
    raise refusal(
        "technical",
        failures.PAYLOAD_FIELD_MISSING,
        "body.data" if lacks_data else "query.idDistribuidor",
        expected="idDistribuidor in the query, data in the form",
        received=wanted,
        hint=Message("Send the JSON to encrypt in the form field data")
        if lacks_data
        else Message(
            "Send a registered idDistribuidor; `emulator credentials gestopago` prints one"
        ),
    )


# Methods without a payload


def send_echo(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return the device that the token belongs to."""
    return answers.response(context.settings, text("ECHO", exchange.credential), text("VALID", 1))


def validate_me(_exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return the name and address of the merchant."""
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
    bag = state.balance(auth.distributor_of(exchange), context)
    return answers.response(
        context.settings,
        message(failures.SUCCESS, "OPERACION REALIZADA CON EXITO"),
        text("SALDO_F", answers.grouped(bag)),
        text("SALDO", java_double(bag)),
    )


def get_product_list(exchange: Exchange, context: Context[Settings]) -> Reply:
    """List what can be sold."""
    day = f"{answers.issue_time(context).astimezone(answers.MEXICO_CITY):%Y%m%d}"
    reads = state.count_catalogue(auth.distributor_of(exchange), day, context)
    if reads > _CATALOGUES_A_DAY:
        exchange.warnings.append(
            CATALOGUE_TOO_OFTEN.diagnose(
                "endpoint.getProductList",
                expected=f"at most {_CATALOGUES_A_DAY} a day",
                received=f"{reads} today",
                hint=Message("Fetch it once a day, at 00:05, and keep it"),
            )
        )
    lines = (product.as_xml() for product in products.PRODUCTS)
    return answers.response(
        context.settings, message(failures.SUCCESS, DONE), element("PRODUCTOS", *lines)
    )


# Methods with a payload


def verify_reference(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Ask a biller about a reference, before paying.

    Raises:
        Refusal: `technical` with `gestopago.payload-field-missing`, `gestopago.payload-field`;
            `unknown-product`; `verify.04`; `verify.02`; `verify.05`.
    """
    payload = exchange.payload
    if payload.get("idProducto") is None:
        service = read_number(payload, "idServicio")
        product = products.of_service(service)
        if product is None:
            raise order.unknown_product(service, None)
    else:
        product = order.read_product(payload)
    reference = required_text(payload, "referencia")
    if not product.verifiable:
        raise refusal(
            "verify.04",
            failures.NOT_VERIFIABLE,
            "signed.idServicio",
            expected="a service that can be verified",
            received=f"{product.service}",
            hint=Message("Go on and pay"),
        )
    order.check_reference(product, reference, payload, malformed="verify.02", length="verify.05")
    owed = debts.owed(product, reference, auth.distributor_of(exchange), context)
    return answers.response(
        context.settings,
        message(failures.SUCCESS, "Referencia Válida", text("SALDO", f"{owed:.2f}")),
    )


def counting(handle: Handle) -> Handle:
    """Return `handle` with two additions: it counts the use of the token, and adds the warnings."""

    def counted(exchange: Exchange, context: Context[Settings]) -> Reply:
        state.note_use(exchange.credential, context)
        exchange.warnings += WARNINGS.find(exchange) or ()
        return handle(exchange, context)

    return counted
