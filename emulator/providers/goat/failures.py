"""What Goat refuses, and in which form.

::

    400   {"errorId": "…", "code": 1000, "message": "Invalid payload",
           "detail": [{"path": "appId", "message": "…", "type": "invalid"}]}
    else  {"errorId": "…", "code": 2000, "message": "Unauthorized"}

The page shows these two forms and no values; what it does not show has the second form.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.provider import ErrorCatalogue, ProviderError, Refused
from emulator.providers.goat.behaviours import KEY_ALIASES, OURS, TOKEN, USE

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange

# --- the body of the token request -----------------------------------------------------------

MEDIA_TYPE = FailureMode(
    "goat.media-type",
    "The body is not sent as application/json",
    TOKEN.but(Standing.DOCUMENTED, "Petición de ejemplo"),
)
NOT_JSON = FailureMode(
    "goat.not-json",
    "The body is not a JSON object with each member once",
    TOKEN.but(Standing.INFERRED, "Petición de ejemplo"),
)
MEMBER_MISSING = FailureMode(
    "goat.member-missing",
    "A member is missing or empty",
    TOKEN.but(Standing.INFERRED, "400 Bad Request"),
)
MEMBER_TYPE = FailureMode(
    "goat.member-type", "A member is not text", TOKEN.but(Standing.INFERRED, "400 Bad Request")
)
MEMBER_UNKNOWN = FailureMode(
    "goat.member-unknown",
    "The body has a member besides appId, token and grantType",
    TOKEN.but(Standing.CHOSEN, "Petición de ejemplo"),
)
GRANT_TYPE = FailureMode(
    "goat.grant-type",
    "grantType is not client_credentials",
    TOKEN.but(Standing.INFERRED, "Petición de ejemplo"),
)

# --- who asks --------------------------------------------------------------------------------

CLIENT_INACTIVE = FailureMode(
    "goat.client-inactive", "The registration of the client's key is not active", OURS
)
CLIENT_UNKNOWN = FailureMode(
    "goat.client-unknown", "The access token's client or its key is not registered any more", OURS
)
KEY_REPLACED = FailureMode(
    "goat.key-replaced",
    "The access token was bought with a key that has been replaced under the same keyId",
    OURS,
)
KEY_ALIAS = FailureMode(
    "goat.kid-alias",
    "kid is another fingerprint of the key than the registered keyId",
    KEY_ALIASES.source,
)
FRACTION = FailureMode(
    "goat.fraction",
    "A time of the assertion has a fraction",
    Source("RFC 7519", "section 2, NumericDate"),
)
TOKEN_CLAIMS = FailureMode(
    "goat.token-claims", "The access token does not have the claims that this server issues", OURS
)
ANOTHER_RUN = FailureMode(
    "goat.token-of-another-run",
    "The access token was issued by another emulator, in another namespace, or before a reset",
    OURS,
)
TOKEN_REVOKED = FailureMode(
    "goat.token-revoked", "The access token was revoked before its time, by a scenario", OURS
)
SCOPE_MISSING = FailureMode(
    "goat.scope-missing",
    "The access token lacks a scope",
    USE.but(Standing.INFERRED, "permisos necesarios para los scopes"),
)

# --- how it is said --------------------------------------------------------------------------

_DETAIL = [{"path": "token", "message": "token is invalid", "type": "invalid"}]
"""For an error that a scenario asks for, without a request at fault."""


def error_id(exchange: Exchange) -> str:
    """Return the id of an exchange's refusal: always the same for the same exchange."""
    named = f"{exchange.namespace}\n{exchange.number}\n{exchange.received_at!r}"
    return str(UUID(bytes=blake2b(named.encode(), digest_size=16).digest(), version=4))


def _render(refused: Refused) -> Reply:
    error = refused.error
    body: dict[str, Any] = {
        "errorId": error_id(refused.exchange),
        "code": error.code,
        "message": error.message,
    }
    if error.status == 400:
        body["detail"] = refused.detail.get("detail") or _DETAIL
    return Reply.json(body, error.status)


def _entry(
    name: str, status: int, code: int, message: str, summary: str, source: Source = OURS
) -> ProviderError:
    return ProviderError(name, status, summary, _render, source, code, message)


_INVALID = TOKEN.but(Standing.DOCUMENTED, "400 Bad Request")
_UNAUTHORIZED = TOKEN.but(Standing.DOCUMENTED, "401 Unauthorized")
_REJECTED = USE.but(Standing.INFERRED)


def _unauthorized(name: str, code: int, summary: str, source: Source) -> ProviderError:
    return _entry(name, 401, code, "Unauthorized", summary, source)


_ALIASES = {
    "400": "token.invalid-payload",
    "401": "unauthorized",
    "403": "scope-missing",
    "404": "not-found",
    "405": "method-not-allowed",
    "413": "too-large",
    "415": "unsupported-media-type",
    "429": "too-many-requests",
    "500": "server-error",
    "503": "unavailable",
}

ERRORS = ErrorCatalogue(
    _entry(
        "token.invalid-payload",
        400,
        1000,
        "Invalid payload",
        "A member of the token request is missing or wrong, or its token is no JWT",
        _INVALID,
    ),
    _entry("bad-request", 400, 1001, "Invalid payload", "The body is not JSON", _INVALID),
    _unauthorized("unauthorized", 2000, "No access token was sent, or none in form", _REJECTED),
    _unauthorized("assertion-algorithm", 2001, "Not signed with ES256", _UNAUTHORIZED),
    _unauthorized("assertion-key", 2002, "No kid, or an unknown one", _UNAUTHORIZED),
    _unauthorized("assertion-signature", 2003, "The signature does not match", _UNAUTHORIZED),
    _unauthorized(
        "assertion-client", 2004, "iss, sub, appId and the key's owner differ", _UNAUTHORIZED
    ),
    _unauthorized("assertion-audience", 2005, "aud is not Goat's", _UNAUTHORIZED),
    _unauthorized("assertion-claims", 2006, "iat or exp is wrong in itself", _UNAUTHORIZED),
    _unauthorized("assertion-expired", 2007, "The assertion has expired", _UNAUTHORIZED),
    _unauthorized("assertion-not-yet-valid", 2008, "iat or nbf is in the future", _UNAUTHORIZED),
    _unauthorized("client-inactive", 2009, "The client's key is not active", OURS),
    _unauthorized("token-invalid", 2010, "The access token was not issued here", _REJECTED),
    _unauthorized("token-expired", 2011, "The access token has expired", _REJECTED),
    _entry("scope-missing", 403, 2012, "Forbidden", "The access token lacks a scope", _REJECTED),
    _entry("not-found", 404, 3000, "Not Found", "There is no such endpoint"),
    _entry("method-not-allowed", 405, 3001, "Method Not Allowed", "Not with this HTTP method"),
    _entry("too-large", 413, 3002, "Payload Too Large", "The body is too large"),
    _entry(
        "unsupported-media-type",
        415,
        3003,
        "Unsupported Media Type",
        "The body is compressed or not in UTF-8",
    ),
    _entry("too-many-requests", 429, 3004, "Too Many Requests", "Scenarios only: slow down"),
    _entry("server-error", 500, 3005, "Internal Server Error", "Scenarios only: Goat failed"),
    _entry("unavailable", 503, 3006, "Service Unavailable", "Scenarios only: Goat is down"),
    aliases=_ALIASES,
)
