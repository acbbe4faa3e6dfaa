"""The error catalogue: every refusal is a lone Status object, FAILED, without a requestId.

    {"status": {"status": "FAILED", "reason": 401, "message": "Autenticación fallida 102",
                "date": "2026-01-31T09:56:06-05:00"}}

The reason of a failed authentication is a JSON integer, that of other refusals mostly text;
the number that tells authentication failures apart stands at the end of the message only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.provider import ErrorCatalogue, ProviderError, Refused
from emulator.providers.placetopay.state.exchange_state import LOCALE, SITE
from emulator.providers.placetopay.state.status import (
    date_text,
    in_words,
    language,
    site_locale,
    status_object,
)

if TYPE_CHECKING:
    pass

AUTHENTICATION = Source("Placetopay docs, Checkout", "Autenticación, Posibles errores")
SESSION = Source("Placetopay docs, Checkout", "Session")
CREATE = Source("Placetopay docs, Checkout", "Session, RedirectRequest")
CHANGELOG = Source("Placetopay docs, Checkout", "API changelog")
_RECORDED = Source("Answers of checkout-test.placetopay.com", "", Standing.OBSERVED)
_FIXTURE = Source("andrextor/python-checkout, test fixtures", "2024-12", Standing.OBSERVED)
_OURS = Source("emulator", "placetopay", Standing.CHOSEN)

FIELD_REQUIRED = FailureMode(
    "placetopay.field-required",
    "A required member is missing, null or empty",
    CREATE.but(Standing.INFERRED),
)
FIELD_TYPE = FailureMode(
    "placetopay.field-type",
    "A member has another JSON type than it should",
    CREATE.but(Standing.INFERRED),
)
FIELD_TOO_LONG = FailureMode(
    "placetopay.field-too-long", "A member is longer than its limit", CREATE.but(Standing.INFERRED)
)
FIELD_VALUE = FailureMode(
    "placetopay.field-value",
    "A member has a value that is not allowed",
    CREATE.but(Standing.INFERRED),
)
CONTROL_CHARACTER = FailureMode(
    "placetopay.control-character",
    "A text has a control character, or a reference an invisible one",
    CREATE.but(Standing.CHOSEN),
)
LOOSE_TYPE = FailureMode(
    "placetopay.loose-type",
    "A member has another JSON type than documented, and is read all the same",
    CREATE.but(Standing.INFERRED),
)
REFERENCE_LENGTH = FailureMode(
    "placetopay.reference-length",
    "The reference is not a text of 1 to 32 characters",
    CREATE.but(Standing.INFERRED),
)
EXPIRATION_TOO_SOON = FailureMode(
    "placetopay.expiration-too-soon",
    "The expiration is less than five minutes ahead",
    SESSION,
    about_time=True,
)
CARD_IN_NAME = FailureMode(
    "placetopay.card-number-in-name",
    "The payer's name or surname holds a card number",
    CHANGELOG.but(Standing.DOCUMENTED, "2.21.9"),
)
TOO_MANY_DISPERSIONS = FailureMode(
    "placetopay.too-many-dispersions",
    "The payment has more than three dispersions",
    CHANGELOG.but(Standing.DOCUMENTED, "2.23.0"),
)
DISPERSION_SUM = FailureMode(
    "placetopay.dispersion-sum",
    "The dispersions do not add up to the total, in its currency",
    SESSION.but(Standing.DOCUMENTED, "Dispersion"),
)
NOT_COMBINABLE = FailureMode(
    "placetopay.not-combinable",
    "Two members that exclude each other were sent together",
    CHANGELOG.but(Standing.DOCUMENTED, "2.19.22"),
)
NOT_ALLOWED = FailureMode(
    "placetopay.not-allowed",
    "The site is not allowed this flow",
    SESSION.but(Standing.INFERRED, "Confirmation flow"),
)
SESSION_UNKNOWN = FailureMode(
    "placetopay.session-unknown", "There is no session with this requestId", SESSION
)
SESSION_OF_ANOTHER_SITE = FailureMode(
    "placetopay.session-of-another-site",
    "The session belongs to another site",
    _FIXTURE,
)
SESSION_NOT_PENDING = FailureMode(
    "placetopay.session-not-pending",
    "The session is final, or a payment of it is approved or in process",
    SESSION.but(Standing.DOCUMENTED, "Cancel session"),
)

REQUIRED = ("El campo {} es obligatorio.", "The {} field is required.")
INVALID = ("El campo {} no es válido.", "The {} field is invalid.")
_REFERENCE = (
    "Referencia inválida, debe ser de 1 a 32 caracteres",
    "Invalid reference, it must be 1 to 32 characters long",
)

_ENGLISH = {
    **{f"auth.{code}": f"Failed authentication {code}" for code in range(100, 108)},
    "auth.malformed": "Malformed authentication",
    "session.unauthorized": "The session does not belong to your site",
    "session.not-found": "The requested session does not exist",
    "session.not-pending": "Sessions that are not pending cannot be cancelled",
    "session.expiration": "The time to make the payment is too short",
    "session.reference": _REFERENCE[1],
    "session.not-payable": "The session can no longer be paid",
    "challenge.not-found": "There is no authentication to answer",
    "token.length": "The length of the token is not correct",
    "token.invalid": "The token used is invalid",
    "token.not-found": "Invalid token provided",
    "transaction.not-found": "The transaction you are looking for does not exist",
    "transaction.refunded": "Transaction already refunded",
    "transaction.not-refundable": "The transaction cannot be refunded",
    "transaction.not-settled": "Until it is settled, the transaction can only be voided in full",
    "transaction.action": "The action is not supported for this session",
    "transaction.expired": "The transaction has already expired",
    "payer-data-not-valid": "The data of the payer is not valid",
    "shipping-address-data-not-valid": "The shipping data is not valid",
    "metadata-not-valid": "The metadata is not valid",
    "max-dispersion-error": "The maximum number of dispersions has been exceeded",
    "request-not-valid": "The request is not valid",
    "not-found": "Page not found",
    "method-not-allowed": "Method not allowed",
    "too-large": "The request is too large",
    "bad-request": "The request is not valid",
}

_FORBIDDEN = (
    b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n"
    b"<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n"
)


def _render(refused: Refused) -> Reply:
    """Make the refusal; `detail` may have `words`, the message in Spanish and English."""
    error, exchange = refused.error, refused.exchange
    site = SITE.find(exchange)
    spoken = language(LOCALE.find(exchange), site_locale(site))
    words = refused.detail.get("words") or (error.message, _ENGLISH[error.name])
    date = date_text(refused.context, site)
    status = status_object("FAILED", error.code, in_words(words, spoken), date)
    return Reply.json({"status": status}, error.status)


def _render_page(refused: Refused) -> Reply:
    return Reply(refused.error.status, _FORBIDDEN, "text/html")


def _authentication(code: int, summary: str) -> ProviderError:
    message = f"Autenticación fallida {code}"
    return ProviderError(
        f"auth.{code}", 401, summary, _render, AUTHENTICATION, code=401, message=message
    )


_ALIASES = {
    "400": "bad-request",
    "401": "auth.102",
    "403": "forbidden",
    "404": "not-found",
    "405": "method-not-allowed",
    "413": "too-large",
}
"""401 means a wrong digest: of the documented causes the one integrators meet most."""

ERRORS = ErrorCatalogue(
    _authentication(100, "The UsernameToken was not provided"),
    _authentication(101, "The login is unknown in this environment"),
    _authentication(102, "The digest in tranKey does not match"),
    _authentication(103, "The seed is more than five minutes away"),
    _authentication(104, "The site is inactive"),
    _authentication(105, "The site has expired"),
    _authentication(106, "The credentials have expired"),
    _authentication(107, "The UsernameToken is badly defined"),
    ProviderError(
        "auth.malformed",
        401,
        "login, tranKey, nonce or seed is missing, or the body is not JSON",
        _render,
        AUTHENTICATION.but(Standing.INFERRED, "Autenticación, Errores frecuentes"),
        code=401,
        message="Autenticación mal formada",
    ),
    ProviderError(
        "session.unauthorized",
        401,
        "The session belongs to another site",
        _render,
        _FIXTURE,
        code="unauthorized",
        message="La sesión no pertenece a su sitio",
    ),
    ProviderError(
        "session.not-found",
        404,
        "There is no such session",
        _render,
        SESSION.but(Standing.DOCUMENTED, "Cancel session"),
        code="request_not_valid",
        message="No existe la sesión que busca",
    ),
    ProviderError(
        "session.not-pending",
        400,
        "The session can no longer be cancelled",
        _render,
        SESSION.but(Standing.DOCUMENTED, "Cancel session"),
        code="action_not_allowed",
        message="No se pueden cancelar sesiones que no están pendientes.",
    ),
    ProviderError(
        "session.not-payable",
        400,
        "The session is final, or a payment of it is in process",
        _render,
        _OURS,
        code="action_not_allowed",
        message="La sesión ya no se puede pagar",
    ),
    ProviderError(
        "challenge.not-found",
        400,
        "No payment of the session waits for 3-D Secure",
        _render,
        _OURS,
        code="action_not_allowed",
        message="No hay una autenticación por responder",
    ),
    ProviderError(
        "token.length",
        400,
        "A token or subtoken of the wrong length",
        _render,
        _FIXTURE,
        code="request_not_valid",
        message="La longitud del token no es correcta",
    ),
    ProviderError(
        "token.invalid",
        400,
        "The site has no such token, or it was invalidated",
        _render,
        SESSION.but(Standing.DOCUMENTED, "Tokens"),
        code="XN",
        message="El token usado es inválido",
    ),
    ProviderError(
        "token.not-found",
        400,
        "The look-up finds no such token",
        _render,
        SESSION.but(Standing.INFERRED, "Tokens; the Spanish is ours"),
        code="XN",
        message="El token proporcionado es inválido",
    ),
    ProviderError(
        "transaction.not-found",
        400,
        "The site has no transaction with this internalReference",
        _render,
        _FIXTURE,
        code="request_not_valid",
        message="No existe la transacción que busca",
    ),
    ProviderError(
        "transaction.refunded",
        400,
        "The transaction was refunded as a whole",
        _render,
        SESSION.but(Standing.DOCUMENTED, "Refund"),
        code="BR",
        message="La transacción ya ha sido reembolsada",
    ),
    ProviderError(
        "transaction.not-refundable",
        400,
        "The transaction is not an approved payment",
        _render,
        _OURS,
        code="BR",
        message="La transacción no se puede reembolsar",
    ),
    ProviderError(
        "transaction.not-settled",
        400,
        "A part cannot be refunded before the settlement",
        _render,
        SESSION.but(Standing.INFERRED, "Refund; the text is ours"),
        code="BR",
        message="Antes de la liquidación la transacción solo se puede anular por el total",
    ),
    ProviderError(
        "transaction.action",
        400,
        "The session does not support the action, or not in this state",
        _render,
        SESSION.but(Standing.DOCUMENTED, "Transaction"),
        code="request_not_valid",
        message="La acción no está soportada para esta sesión",
    ),
    ProviderError(
        "transaction.expired",
        400,
        "The transaction expired before it was confirmed",
        _render,
        SESSION.but(Standing.DOCUMENTED, "Confirmation flow"),
        code="transaction_request_error",
        message="La transacción ya ha sido expirada",
    ),
    ProviderError(
        "session.expiration",
        400,
        "The expiration is less than five minutes ahead",
        _render,
        _RECORDED.but(Standing.OBSERVED, "2020; the HTTP status is inferred"),
        code=0,
        message="El tiempo para realizar el pago es muy poco",
    ),
    ProviderError(
        "session.reference",
        400,
        "The reference is not 1 to 32 characters long",
        _render,
        Source("dnetix/redirection, tests", "reverse", Standing.INFERRED),
        code=0,
        message=_REFERENCE[0],
    ),
    ProviderError(
        "request-not-valid",
        400,
        "A member of the message is missing or wrong",
        _render,
        CREATE.but(Standing.INFERRED),
        code="request_not_valid",
        message="La petición no es válida",
    ),
    ProviderError(
        "payer-data-not-valid",
        400,
        "A member of payer is wrong",
        _render,
        CHANGELOG.but(Standing.INFERRED, "2.20.0, 2.21.9; the text is ours"),
        code="payer_data_not_valid",
        message="Los datos del pagador no son válidos",
    ),
    ProviderError(
        "shipping-address-data-not-valid",
        400,
        "A member of payment.shipping is wrong",
        _render,
        CREATE.but(Standing.INFERRED, "Response codes; the text is ours"),
        code="shipping_address_data_not_valid",
        message="Los datos de envío no son válidos",
    ),
    ProviderError(
        "metadata-not-valid",
        400,
        "A member of metadata is wrong",
        _render,
        CREATE.but(Standing.INFERRED, "Response codes; the text is ours"),
        code="metadata_not_valid",
        message="Los metadatos no son válidos",
    ),
    ProviderError(
        "max-dispersion-error",
        400,
        "The payment has more than three dispersions",
        _render,
        CHANGELOG.but(Standing.INFERRED, "2.23.0; the text is ours"),
        code="max_dispersion_error",
        message="Se ha superado el número máximo de dispersiones",
    ),
    ProviderError(
        "not-found",
        404,
        "There is no such page",
        _render,
        SESSION,
        code="NA",
        message="Pagina no encontrada",
    ),
    ProviderError(
        "method-not-allowed",
        405,
        "The endpoint takes POST only",
        _render,
        _OURS,
        code="NA",
        message="Método no permitido",
    ),
    ProviderError(
        "too-large",
        413,
        "The body is too large",
        _render,
        _OURS,
        code="request_not_valid",
        message="La petición es demasiado grande",
    ),
    ProviderError(
        "bad-request",
        400,
        "The request cannot be read",
        _render,
        _OURS,
        code="request_not_valid",
        message="La petición no es válida",
    ),
    ProviderError(
        "forbidden",
        403,
        "A web application firewall stands before the service; it answers in HTML",
        _render_page,
        _OURS,
        code=403,
        message="403 Forbidden",
    ),
    aliases=_ALIASES,
)

refuse = ERRORS.refuse
