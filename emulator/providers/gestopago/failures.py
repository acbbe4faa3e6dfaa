"""What GestoPago answers when it says no, and why a business rule says it.

Business codes are two digits in `CODIGO`, in an XML body with HTTP 200; only the token has HTTP
its own statuses. Never conclude from the status: a wrong login is a 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.provider import Context, ErrorCatalogue, ProviderError, Refused, Render
from emulator.providers.gestopago import answers
from emulator.providers.gestopago.answers import element, message, text
from emulator.providers.gestopago.behaviours import (
    CLIENTS,
    DATASHEET,
    DEBTS,
    FLOW,
    GUIDE,
    OPENAPI,
    OURS,
)
from emulator.providers.gestopago.settings import Settings

SUCCESS = "01"
IDENTIFIED = "10"
APPLIED = "06"
DONE = "Operacion realizada con exito"

PAYLOAD_FIELD_MISSING = FailureMode(
    "gestopago.payload-field-missing", "The payload lacks a member the method needs", OPENAPI
)
PAYLOAD_FIELD = FailureMode(
    "gestopago.payload-field", "A member of the payload has a wrong type or form", OPENAPI
)
UNKNOWN_PRODUCT = FailureMode(
    "gestopago.unknown-product",
    "idServicio and idProducto are no pair of the catalogue",
    OPENAPI.but(Standing.INFERRED),
)
AMOUNT = FailureMode("gestopago.amount", "montoPago is not an amount this product takes", OPENAPI)
PHONE = FailureMode("gestopago.phone", "telefono is not what this product wants", OPENAPI)
REFERENCE = FailureMode("gestopago.reference", "referencia is missing or malformed", OPENAPI)
REFERENCE_LENGTH = FailureMode(
    "gestopago.reference-length", "referencia does not have this biller's length", GUIDE
)
NOT_VERIFIABLE = FailureMode(
    "gestopago.not-verifiable", "The service cannot be asked about a reference", OPENAPI
)
DUPLICATE_UPC = FailureMode("gestopago.duplicate-upc", "The upc was used before", GUIDE)
DUPLICATE_TOP_UP = FailureMode(
    "gestopago.duplicate-top-up", "The number has just had the same top-up", GUIDE, about_time=True
)
DUPLICATE_BILL = FailureMode(
    "gestopago.duplicate-bill", "The same bill has been paid within a day", GUIDE, about_time=True
)
BALANCE = FailureMode(
    "gestopago.balance", "The distributor's bag holds less than the sale costs", OURS
)
NOT_OWED = FailureMode(
    "gestopago.amount-owed", "montoPago is not what is owed under the reference", DEBTS.source
)
NOTHING_OWED = FailureMode(
    "gestopago.nothing-owed", "Nothing is owed under the reference: it is paid", DEBTS.source
)
CONFIRM_EARLY = FailureMode(
    "gestopago.confirm-early",
    "confirmTx comes too soon after sendTx to be reliable",
    FLOW,
    about_time=True,
)
CONFIRM_MISMATCH = FailureMode(
    "gestopago.confirm-mismatch", "confirmTx has other parameters than the sale", GUIDE
)

POST_ONLY = ("token", "sendTx", "confirmTx", "encrypt")
"""Endpoints that take no GET."""

_TOMCAT = Source("Apache Tomcat", "error page", Standing.INFERRED)
_GATEWAY = Source("AWS API Gateway", "error body", Standing.INFERRED)
_OAS_STATUS = {"55": 400, "06": 401, "70": 401, "04": 401, "82": 500}


def _json(content: Mapping[str, Any]) -> Render:
    def render(refused: Refused) -> Reply:
        return Reply.json(content, refused.error.status)

    return render


def _page(refused: Refused) -> Reply:
    """Make a servlet container's error page."""
    error, exchange = refused.error, refused.exchange
    title = f"HTTP Status {error.status} – {HTTPStatus(error.status).phrase}"
    page = (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1></body></html>"
    )
    reply = Reply(error.status, page.encode(), "text/html;charset=utf-8")
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        reply.headers.append(("allow", "POST" if exchange.endpoint in POST_ONLY else "GET, POST"))
    return reply


def _unauthorized(refused: Refused) -> Reply:
    exchange, settings = refused.exchange, refused.context.settings
    if exchange.endpoint != "sendEcho":
        return _page(refused)
    device, valid = text("ECHO", exchange.credential), text("VALID", 0)
    return answers.response(settings, device, valid, status=refused.error.status)


def _status(code: str, context: Context[Settings]) -> int:
    return _OAS_STATUS.get(code, 200) if context.settings.business_status == "oas" else 200


def _business(refused: Refused) -> Reply:
    """Make a refusal as the method spells it."""
    error, exchange, context = refused.error, refused.exchange, refused.context
    code = str(error.code or context.settings.technical_code)
    settings, status = context.settings, _status(code, context)
    if exchange.endpoint == "confirmTx":
        spelt = message(code, error.message, text("ID_TX", -1))
        return answers.response(settings, text("NUM_AUTORIZACION", 0), spelt, status=status)
    spelt = message(code, error.message)
    if exchange.endpoint == "sendTx":
        return answers.response(settings, text("NUM_AUTORIZACION", -1), spelt, status=status)
    return answers.response(settings, spelt, status=status)


def _duplicate(refused: Refused) -> Reply:
    """Repeat the sale that stands; without one (a scenario asked for it), one that is plausible."""
    context, detail = refused.context, refused.detail
    number = detail.get("autorizacion", "109863")
    date = answers.sale_date(answers.issue_time(context))
    return answers.response(
        context.settings,
        text("ID_TX", detail.get("id_tx", "108121")),
        text("NUM_AUTORIZACION", number),
        text("SALDO", detail.get("saldo", "0.0")),
        text("FECHA", detail.get("fecha", date)),
        text("MONTO", detail.get("monto", "0.0")),
        message(APPLIED, refused.error.message.format(number)),
        status=_status(APPLIED, context),
    )


def _timeout(refused: Refused) -> Reply:
    context = refused.context
    date = answers.sale_date(answers.issue_time(context))
    return answers.response(
        context.settings,
        text("NUM_AUTORIZACION", -1),
        message("82", refused.error.message, text("COMISION", 0), text("FECHA", date)),
        status=_status("82", context),
    )


def _not_identified(refused: Refused) -> Reply:
    spelt = message(str(refused.error.code), refused.error.message)
    no_client = element("IDENTIFYME", text("VALID", 0))
    return answers.response(refused.context.settings, spelt, no_client)


def _code(name: str, code: str, wording: str, summary: str, source: Source) -> ProviderError:
    return ProviderError(name, 200, summary, _business, source, code, wording)


_NO_TOKEN = {"token": "INVALID", "success": False}
_OLD_TOKEN = {"token": "EXPIRED", "success": False}
_NO_KEY = {"message": "Forbidden"}

_ALIASES = {
    "400": "bad-request",
    "401": "token-missing",
    "403": "token-expired",
    "404": "not-found",
    "405": "method-not-allowed",
    "413": "too-large",
    "02": "technical",
    "03": "verify.03",
    "04": "verify.04",
    "05": "verify.05",
    "06": "duplicate",
    "11": "not-identified",
    "55": "reference",
    "70": "not-applied",
    "82": "timeout",
    "96": "postpaid.96",
    "97": "postpaid.97",
    "98": "postpaid.98",
    "INVALID": "login-invalid",
    "EXPIRED": "token-expired",
}

ERRORS = ErrorCatalogue(
    ProviderError("login-invalid", 200, "The login is wrong", _json(_NO_TOKEN), CLIENTS, "INVALID"),
    ProviderError("token-missing", 401, "There is no token", _unauthorized, DATASHEET),
    ProviderError("token-incorrect", 401, "The token is incorrect", _unauthorized, DATASHEET),
    ProviderError(
        "token-expired", 403, "The token has expired", _json(_OLD_TOKEN), DATASHEET, "EXPIRED"
    ),
    ProviderError("api-key", 403, "X-API-Key is missing or wrong", _json(_NO_KEY), _GATEWAY),
    _code("technical", "", "Error al procesar la transaccion", "A technical error", OURS),
    _code("unknown-product", "", "Producto no disponible", "There is no such product", OURS),
    _code("amount", "", "Monto invalido", "The product does not take this amount", OURS),
    _code("no-debt", "", "Referencia sin adeudo", "Nothing is owed under the reference", OURS),
    _code("balance", "", "Saldo insuficiente", "The distributor's bag is too small", OURS),
    _code("verify.02", "02", "Referencia invalida", "The reference is invalid", GUIDE),
    _code(
        "verify.03", "03", "Referencia asociada a fraude", "The reference is one of fraud", GUIDE
    ),
    _code(
        "verify.04",
        "04",
        "Servicio no disponible para verificación",
        "The service cannot be verified; go on and pay",
        OPENAPI,
    ),
    _code(
        "verify.05",
        "05",
        "Longitud de referencia invalida",
        "The reference's length is wrong",
        GUIDE,
    ),
    ProviderError(
        "duplicate",
        200,
        "The sale was made before and is not made again",
        _duplicate,
        OPENAPI,
        APPLIED,
        "Transaccion aplicada anteriormente Autorización [{}] "
        "No es posible pagar la misma factura 2 veces",
    ),
    ProviderError(
        "not-identified",
        200,
        "The device is not identified",
        _not_identified,
        CLIENTS,
        "11",
        "Dispositivo no identificado",
    ),
    _code(
        "phone",
        "55",
        "Por favor ingresa los 10 digitos de tu Numero de Telefono ",
        "The phone number is invalid",
        OPENAPI,
    ),
    _code("reference", "55", "Referencia Invalida", "The reference is invalid", OPENAPI),
    _code(
        "not-applied",
        "70",
        "La transaccion no fue aplicada",
        "The sale was not made; it may be sent again",
        FLOW,
    ),
    ProviderError(
        "timeout",
        200,
        "The biller did not answer in time; confirm later",
        _timeout,
        OPENAPI,
        "82",
        "Tiempo de espera alcanzado, la transacción no ha sido registrada",
    ),
    _code("postpaid.96", "96", "Error en la consulta", "Telcel postpaid: any error", GUIDE),
    _code("postpaid.97", "97", "Linea en despacho de abogados", "Telcel: line with lawyers", GUIDE),
    _code(
        "postpaid.98",
        "98",
        "Linea sin responsabilidad de pago",
        "Telcel: line without payment responsibility",
        GUIDE,
    ),
    ProviderError("bad-request", 400, "The request cannot be read", _page, _TOMCAT),
    ProviderError("not-found", 404, "There is no such method", _page, _TOMCAT),
    ProviderError(
        "method-not-allowed", 405, "The method takes another HTTP method", _page, _TOMCAT
    ),
    ProviderError("too-large", 413, "The body is too large", _page, _TOMCAT),
    aliases=_ALIASES,
)
