"""What Tesabiz refuses, and in which words.

The documentation knows one return code, "0" for success, and says nothing of the others; the
table here is the emulator's own. Two forms, by service::

    plain   {"header": {"codReturn": "4", "txtReturn": "…"}}
    JWS     {"codReturn": "4", "txtReturn": "…", "payload": null}

`codReturn` is text, and the HTTP status is 200, as is this vendor's custom. The entries named
`auth.*` answer 401 where the setting `error_status` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.provider import ErrorCatalogue, ProviderError, Refused
from emulator.providers.tesabiz.sealing import is_secure, seal

if TYPE_CHECKING:
    pass

SECURITY = Source("Tesabiz, Proceso de seguridad")
WEBHOOK = Source("Tesabiz, Webhook (Notificación de pago)")
QR_CLIENT = Source("QRGenerator, a public client of the test host", standing=Standing.OBSERVED)
PAYER_CLIENT = Source("a public script of the payer's side", standing=Standing.OBSERVED)
FRONT = Source("a public front end with the same envelope", standing=Standing.INFERRED)
OWN = Source("emulator", standing=Standing.CHOSEN)

_TABLE = OWN.but(Standing.CHOSEN, "table of codReturn")

# --- who sends -------------------------------------------------------------------------------

MEDIA_TYPE = FailureMode(
    "tesabiz.media-type",
    "The body is not declared as application/json",
    QR_CLIENT.but(Standing.INFERRED, "Content-Type"),
)
NOT_JSON = FailureMode(
    "tesabiz.not-json",
    "The body is not a JSON object with each member once",
    SECURITY.but(Standing.INFERRED, "Construcción de la trama JSON normal"),
)
ENVELOPE = FailureMode(
    "tesabiz.envelope",
    "The body is not the envelope {code, payload}",
    SECURITY.but(Standing.DOCUMENTED, "Construcción del payload para seguridad"),
)
CODE_MISSING = FailureMode(
    "tesabiz.code-missing",
    "The envelope does not name the merchant",
    SECURITY.but(Standing.DOCUMENTED, "Construcción del payload para seguridad"),
)
CODE_UNKNOWN = FailureMode(
    "tesabiz.code-unknown",
    "No merchant is registered under this code",
    SECURITY.but(Standing.DOCUMENTED, "Tabla importante: code"),
)
INACTIVE = FailureMode(
    "tesabiz.inactive", "The merchant is not active", OWN.but(Standing.CHOSEN, "status")
)
CERTIFICATE_DATES = FailureMode(
    "tesabiz.certificate-dates",
    "The merchant's registered certificate is not valid at this time",
    SECURITY.but(Standing.CHOSEN, "Generación de firma: -days 365"),
    about_time=True,
)
TIMESTAMP = FailureMode(
    "tesabiz.timestamp-claim",
    "The signed message has a time stamp that a JWT library put there",
    SECURITY.but(Standing.INFERRED, "noTimestamp: true, IMPORTANTE"),
)
ORIGIN_UNKNOWN = FailureMode(
    "tesabiz.origin-unknown",
    "No merchant is registered for this source system",
    QR_CLIENT.but(Standing.INFERRED, "infoTx.sisOrigen"),
)
ORIGIN_FOREIGN = FailureMode(
    "tesabiz.origin-foreign",
    "The source system is not the one of the merchant who signed",
    OWN.but(Standing.CHOSEN, "infoTx.sisOrigen"),
)

# --- what it says ----------------------------------------------------------------------------

MEMBER_MISSING = FailureMode(
    "tesabiz.member-missing",
    "A member that must be there is not",
    QR_CLIENT.but(Standing.INFERRED, "request model"),
)
MEMBER_UNKNOWN = FailureMode(
    "tesabiz.member-unknown",
    "No schema has a member of this name here",
    QR_CLIENT.but(Standing.INFERRED, "request model"),
)
MEMBER_FORM = FailureMode(
    "tesabiz.member-form",
    "A member has another type or length than it should",
    QR_CLIENT.but(Standing.INFERRED, "request model"),
)
MEMBER_TYPE = FailureMode(
    "tesabiz.member-type",
    "A member has another JSON type than documented, and is taken for what it says",
    WEBHOOK.but(Standing.INFERRED, "importe as text in qrPagado"),
)
LONG_MEMBER = FailureMode(
    "tesabiz.member-long",
    "A member is beyond the form of the public client",
    QR_CLIENT.but(Standing.OBSERVED, "form: glosa 50 characters, importe 7 digits"),
)
AMOUNT = FailureMode(
    "tesabiz.amount",
    "importe is not a whole number of minor units, 1 or more",
    QR_CLIENT.but(Standing.INFERRED, "Amount (Cents)"),
)
CURRENCY = FailureMode(
    "tesabiz.currency",
    "codMoneda is not a currency of the merchant's country",
    QR_CLIENT.but(Standing.INFERRED, "codMoneda"),
)
ACCOUNT_UNKNOWN = FailureMode(
    "tesabiz.account-unknown",
    "cuentaAbono is not an account of the merchant",
    QR_CLIENT.but(Standing.INFERRED, "cuentaAbono"),
)
ACCOUNT_CURRENCY = FailureMode(
    "tesabiz.account-currency",
    "cuentaAbono is an account in another currency than codMoneda",
    QR_CLIENT.but(Standing.INFERRED, "cuentaAbono"),
)
EXPIRY_FORM = FailureMode(
    "tesabiz.expiry-form",
    "fechaVencimiento is not a date written yyyy-MM-dd",
    QR_CLIENT.but(Standing.OBSERVED, "fechaVencimiento"),
)
EXPIRY_PAST = FailureMode(
    "tesabiz.expiry-past",
    "fechaVencimiento is in the past, by the date of the merchant's country",
    OWN.but(Standing.CHOSEN, "fechaVencimiento"),
    about_time=True,
)
SINGLE_USE = FailureMode(
    "tesabiz.single-use",
    "usoUnico is not true or false",
    QR_CLIENT.but(Standing.OBSERVED, "usoUnico"),
)

# --- what it asks for ------------------------------------------------------------------------

DUPLICATE = FailureMode(
    "tesabiz.duplicate",
    "The source system has used this idTrans before",
    OWN.but(Standing.CHOSEN, "idTrans"),
)
QR_UNKNOWN = FailureMode(
    "tesabiz.qr-unknown", "There is no such QR of this merchant", OWN.but(Standing.CHOSEN, "idQr")
)
QR_BLOCKED = FailureMode(
    "tesabiz.qr-blocked", "The QR is blocked", OWN.but(Standing.CHOSEN, "life cycle")
)
QR_PAID = FailureMode(
    "tesabiz.qr-paid",
    "The QR is for one payment and has been paid",
    WEBHOOK.but(Standing.INFERRED, "usoUnico"),
)
QR_EXPIRED = FailureMode(
    "tesabiz.qr-expired",
    "The QR has expired",
    OWN.but(Standing.CHOSEN, "life cycle"),
    about_time=True,
)
QR_UNREADABLE = FailureMode(
    "tesabiz.qr-unreadable",
    "The text is not that of a QR this emulator has made",
    PAYER_CLIENT.but(Standing.INFERRED, "readQr"),
)
PAYMENT_MISMATCH = FailureMode(
    "tesabiz.payment-mismatch",
    "The payment differs from the QR in amount or currency",
    PAYER_CLIENT.but(Standing.INFERRED, "payQr"),
)
READING_CODE = FailureMode(
    "tesabiz.reading-code",
    "codigoLectura is not that of an unused reading of this QR",
    PAYER_CLIENT.but(Standing.INFERRED, "payQr"),
)
PAYMENT_DUPLICATE = FailureMode(
    "tesabiz.payment-duplicate",
    "The bank has used this codTransComercio before",
    OWN.but(Standing.CHOSEN, "codTransComercio"),
)

# --- the replies -----------------------------------------------------------------------------


def render(refused: Refused) -> Reply:
    """Make the refusal in the form of the service asked.

    `detail` may have `member`, which is put behind the text.
    """
    error, exchange, context = refused.error, refused.exchange, refused.context
    detail = refused.detail
    text = f"{error.message}: {detail['member']}" if detail.get("member") else error.message
    said = {"codReturn": error.code, "txtReturn": text}
    is_about_signer = error.name.startswith("auth.")
    status = 401 if is_about_signer and context.settings.error_status == "401" else error.status
    if not is_secure(exchange):
        return Reply.json({"header": said}, status)
    is_business = status == 200 and not is_about_signer
    if is_business and context.settings.business_errors == "inside":
        return seal(Reply.json({"header": said}), exchange, context)
    return Reply.json({**said, "payload": None}, status)


def _gateway(refused: Refused) -> Reply:
    error = refused.error
    page = (
        f"<html><head><title>{error.message}</title></head>"
        f"<body><h1>{error.message}</h1></body></html>\n"
    )
    return Reply(error.status, page.encode("ascii"), "text/html; charset=utf-8")


def _error(name: str, code: str, message: str, summary: str, status: int = 200) -> ProviderError:
    return ProviderError(name, status, summary, render, _TABLE, code, message)


_ALIASES = {
    "401": "http.401",
    "403": "http.403",
    "404": "not-found",
    "500": "http.500",
    "503": "http.503",
    "signature": "auth.signature",
    "iat": "claims",
    "duplicate": "transaction.duplicate",
    "expired": "qr.expired",
}

ERRORS = ErrorCatalogue(
    _error("auth.envelope", "1", "TRAMA DE SEGURIDAD INVALIDA", "Not {code, payload}"),
    _error("auth.code", "2", "CODIGO DE COMERCIO NO REGISTRADO", "Unknown merchant code"),
    _error("auth.inactive", "3", "COMERCIO INACTIVO", "The merchant is not active"),
    _error("auth.signature", "4", "FIRMA DIGITAL INVALIDA", "The JWS does not verify"),
    _error("auth.certificate", "5", "CERTIFICADO NO VIGENTE", "Certificate out of date"),
    _error("auth.payload", "6", "CONTENIDO FIRMADO INVALIDO", "Signed, but not a JSON object"),
    _error("claims", "7", "CAMPO NO PERMITIDO EN LA TRAMA", "Signed with iat, exp or nbf"),
    _error("auth.origin", "8", "SISTEMA ORIGEN NO REGISTRADO", "Unknown sisOrigen"),
    _error("data", "20", "DATO INVALIDO", "A member is missing, unknown or wrong"),
    _error("transaction.duplicate", "30", "TRANSACCION DUPLICADA", "idTrans used before"),
    _error("qr.unknown", "31", "QR NO ENCONTRADO", "No such QR"),
    _error("qr.blocked", "32", "QR BLOQUEADO", "The QR is blocked"),
    _error("qr.paid", "33", "QR YA PAGADO", "The QR has been paid"),
    _error("qr.expired", "34", "QR VENCIDO", "The QR has expired"),
    _error("qr.unreadable", "35", "QR ILEGIBLE", "Not the text of a QR"),
    _error("payment.mismatch", "40", "IMPORTE O MONEDA NO CORRESPONDE", "Differs from the QR"),
    _error("payment.reading", "41", "CODIGO DE LECTURA INVALIDO", "The QR was not read first"),
    _error("payment.duplicate", "42", "PAGO DUPLICADO", "codTransComercio used before"),
    _error("bad-request", "90", "SOLICITUD MAL FORMADA", "Not a JSON object", 400),
    _error("not-found", "91", "SERVICIO NO ENCONTRADO", "No such service", 404),
    _error("method-not-allowed", "92", "METODO NO PERMITIDO", "Not POST", 405),
    _error("too-large", "93", "SOLICITUD DEMASIADO GRANDE", "The body is too large", 413),
    _error("media-type", "94", "TIPO DE CONTENIDO NO SOPORTADO", "Not application/json", 415),
    _error("http.401", "95", "NO AUTORIZADO", "Not authorized, as HTTP says it", 401),
    ProviderError(
        "http.403",
        403,
        "The VPN or firewall before the services blocks every request",
        _gateway,
        SECURITY.but(Standing.CHOSEN, "Se recomienda uso de VPN"),
        message="403 Forbidden",
    ),
    _error("http.500", "98", "ERROR INTERNO", "The service broke down", 500),
    _error("http.503", "99", "SERVICIO NO DISPONIBLE", "The service is down", 503),
    aliases=_ALIASES,
)
