"""What can be wrong with a form or a query, and how it is said."""

from __future__ import annotations

from emulator.core.errors import FailureMode, SchemeError, Source, Standing
from emulator.providers.gestopago.behaviours import EXCHANGE

URL_STANDARD = Source("WHATWG URL", "application/x-www-form-urlencoded")
MEDIA_TYPE = FailureMode(
    "gestopago.media-type", "The body is not in a form that the endpoint reads", EXCHANGE
)
MALFORMED_FORM = FailureMode(
    "gestopago.malformed-form",
    "The form or the query cannot be decoded",
    URL_STANDARD.but(Standing.CHOSEN),
)
MALFORMED_MULTIPART = FailureMode(
    "gestopago.malformed-multipart",
    "The multipart body cannot be taken apart",
    Source("RFC 7578", "section 4"),
)
DUPLICATE_FIELD = FailureMode(
    "gestopago.duplicate-field",
    "A field is given twice",
    URL_STANDARD.but(Standing.CHOSEN),
)


def malformed(where: str, received: str, hint: str) -> SchemeError:
    """Refuse a form or a query that cannot be decoded."""
    return SchemeError(
        MALFORMED_FORM.diagnose(
            where, expected="name=value&…, percent-encoded UTF-8", received=received, hint=hint
        )
    )


def bad_multipart(where: str, expected: str, received: str, hint: str) -> SchemeError:
    """Refuse a multipart body that cannot be read."""
    return SchemeError(
        MALFORMED_MULTIPART.diagnose(where, expected=expected, received=received, hint=hint)
    )
