"""All that GestoPago answers when it refuses."""

from __future__ import annotations

from emulator.core.errors import Source, Standing
from emulator.provider import ErrorCatalogue, ProviderError
from emulator.providers.gestopago.behaviours import (
    CLIENTS,
    DATASHEET,
    FLOW,
    GUIDE,
    OPENAPI,
    OURS,
)
from emulator.providers.gestopago.failures.replies import (
    APPLIED,
    business,
    duplicate,
    json_reply,
    not_identified,
    page,
    timed_out,
    unauthorized,
)

_TOMCAT = Source("Apache Tomcat", "error page", Standing.INFERRED)
_GATEWAY = Source("AWS API Gateway", "error body", Standing.INFERRED)


def _code(name: str, code: str, wording: str, summary: str, source: Source) -> ProviderError:
    return ProviderError(name, 200, summary, business, source, code, wording)


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
    ProviderError(
        "login-invalid", 200, "The login is wrong", json_reply(_NO_TOKEN), CLIENTS, "INVALID"
    ),
    ProviderError("token-missing", 401, "There is no token", unauthorized, DATASHEET),
    ProviderError("token-incorrect", 401, "The token is incorrect", unauthorized, DATASHEET),
    ProviderError(
        "token-expired", 403, "The token has expired", json_reply(_OLD_TOKEN), DATASHEET, "EXPIRED"
    ),
    ProviderError("api-key", 403, "X-API-Key is missing or wrong", json_reply(_NO_KEY), _GATEWAY),
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
        duplicate,
        OPENAPI,
        APPLIED,
        "Transaccion aplicada anteriormente Autorización [{}] "
        "No es posible pagar la misma factura 2 veces",
    ),
    ProviderError(
        "not-identified",
        200,
        "The device is not identified",
        not_identified,
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
        timed_out,
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
    ProviderError("bad-request", 400, "The request cannot be read", page, _TOMCAT),
    ProviderError("not-found", 404, "There is no such method", page, _TOMCAT),
    ProviderError("method-not-allowed", 405, "The method takes another HTTP method", page, _TOMCAT),
    ProviderError("too-large", 413, "The body is too large", page, _TOMCAT),
    aliases=_ALIASES,
)
