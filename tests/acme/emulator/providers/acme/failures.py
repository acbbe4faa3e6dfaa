"""What Acme refuses, and in which form.

::

    {"error": {"code": "signature", "message": "Bad signature"}}
"""

from __future__ import annotations

from emulator.core.errors import FailureMode
from emulator.core.exchange import Reply
from emulator.provider import ErrorCatalogue, ProviderError, Refused, usual_errors
from emulator.providers.acme.behaviours import OWN, PAGE, PAYMENTS

KEY_UNKNOWN = FailureMode("acme.key-unknown", "No merchant has this key id", PAGE)
INACTIVE = FailureMode("acme.inactive", "The merchant is not active", PAGE)
MEMBER = FailureMode("acme.member", "A member is missing, or not what it must be", PAYMENTS)
PAYMENT_UNKNOWN = FailureMode("acme.payment-unknown", "There is no such payment", PAYMENTS)


def _render(refused: Refused) -> Reply:
    error = refused.error
    return Reply.json({"error": {"code": error.code, "message": error.message}}, error.status)


def _entry(name: str, status: int, message: str, summary: str) -> ProviderError:
    return ProviderError(name, status, summary, _render, OWN, name, message)


ERRORS = ErrorCatalogue(
    *usual_errors(_entry),
    _entry("signature", 401, "Bad signature", "Key id, timestamp or signature is wrong"),
    _entry("forbidden", 403, "Forbidden", "The merchant is not active"),
    aliases={"401": "signature", "403": "forbidden", "404": "not-found", "500": "server-error"},
)
