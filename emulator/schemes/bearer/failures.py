"""How an access token or its header can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import (
    Behaviour,
    FailureMode,
    Source,
    Standing,
)

RFC_6750 = Source("RFC 6750", "section 2.1")
RFC_7519 = Source("RFC 7519", "section 7.2")
RFC_9110 = Source("RFC 9110", "section 11.1")

MISSING = FailureMode("bearer.missing", "The request carries no Authorization header", RFC_6750)
SCHEME = FailureMode("bearer.scheme", "The authentication scheme is not Bearer", RFC_9110)
MALFORMED = FailureMode(
    "bearer.malformed", "Bearer is not followed by one space and one token", RFC_6750
)
NOT_A_JWT = FailureMode("bearer.not-a-jwt", "The token is not a signed JWT", RFC_7519)
ALG = FailureMode(
    "bearer.alg",
    "The token's header asks for something else than HS256",
    Source("RFC 8725", "section 3.1"),
)
SIGNATURE = FailureMode(
    "bearer.signature", "The token's signature does not match", Source("RFC 7515", "section 5.2")
)
OPAQUE_TOKEN = FailureMode(
    "bearer.opaque-token",
    "The token was not issued by this server",
    Source("RFC 6749", "section 1.4"),
)
CLAIMS = FailureMode(
    "bearer.claims",
    "A claim of the token is missing or of the wrong type",
    RFC_7519.but(Standing.CHOSEN, "section 4.1"),
)
NOT_YET_VALID = FailureMode(
    "bearer.not-yet-valid",
    "The token is not valid yet",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.5"),
    about_time=True,
)
EXPIRED = FailureMode(
    "bearer.expired",
    "The token has expired",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.4"),
    about_time=True,
)
ISSUER = FailureMode(
    "bearer.issuer",
    "The token was issued by somebody else",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.1"),
)
AUDIENCE = FailureMode(
    "bearer.audience",
    "The token is meant for somebody else",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.3"),
)

ONE_SPACE = Behaviour(
    "Exactly one space separates Bearer from the token; RFC 6750 allows several",
    RFC_6750.but(Standing.CHOSEN),
)
ISSUED_AT = Behaviour(
    "An access token issued in the future is refused, and one without exp",
    RFC_7519.but(Standing.CHOSEN, "sections 4.1.4 and 4.1.6"),
)
OPAQUE_FORM = Behaviour(
    "Opaque tokens are standard Base64 of 112 bytes that begin with the same block",
    Source("tokens in public clients", standing=Standing.OBSERVED),
)
OPAQUE_CONTENTS = Behaviour(
    "Opaque tokens contain encrypted claims and a MAC",
    Source("RFC 6749", "section 1.4", Standing.CHOSEN),
)
