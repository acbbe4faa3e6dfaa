"""What Acme refuses, and in which form.

::

    {"error": {"code": "signature", "message": "Bad signature"}}
"""

from __future__ import annotations

from emulator.core.errors import Diagnosis, FailureMode
from emulator.core.exchange import Reply
from emulator.provider import ErrorCatalogue, ProviderError, Refusal, Refused
from emulator.providers.acme.behaviours import OWN, PAGE, PAYMENTS, WEBHOOKS

HEADER = FailureMode("acme.header", "A header is missing, or there more than once", PAGE)
KEY_UNKNOWN = FailureMode("acme.key-unknown", "No merchant has this key id", PAGE)
NOT_JSON = FailureMode("acme.not-json", "The body is not a JSON object", PAYMENTS)
MEMBER = FailureMode("acme.member", "A member is missing, or not what it must be", PAYMENTS)
PAYMENT_UNKNOWN = FailureMode("acme.payment-unknown", "There is no such payment", PAYMENTS)
NOT_ACKNOWLEDGED = FailureMode("acme.webhook-answer", "The answer is not HTTP 2xx", WEBHOOKS)


def _render(refused: Refused) -> Reply:
    error = refused.error
    return Reply.json({"error": {"code": error.code, "message": error.message}}, error.status)


def _entry(name: str, status: int, message: str, summary: str) -> ProviderError:
    return ProviderError(name, status, summary, _render, OWN, name, message)


ERRORS = ErrorCatalogue(
    _entry("bad-request", 400, "Bad request", "The body is not what it must be"),
    _entry("signature", 401, "Bad signature", "Key id, timestamp or signature is wrong"),
    _entry("forbidden", 403, "Forbidden", "Scenarios only: the merchant is blocked"),
    _entry("not-found", 404, "Not found", "There is no such endpoint or payment"),
    _entry("method-not-allowed", 405, "Method not allowed", "Not with this HTTP method"),
    _entry("too-large", 413, "Too large", "The body is too large"),
    _entry("server-error", 500, "Server error", "Scenarios only: Acme failed"),
    aliases={"401": "signature", "403": "forbidden", "404": "not-found", "500": "server-error"},
)


def refusal(error: str, diagnosis: Diagnosis) -> Refusal:
    """Return the refusal to raise, with an entry of the catalogue."""
    return Refusal(ERRORS[error], diagnosis)
