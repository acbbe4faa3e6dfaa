"""How a client assertion can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import FailureMode, Source, Standing
from emulator.schemes.sources import PROVIDER_INFERRED

RFC = Source("RFC 7523", "section 3")

NOT_A_JWT = FailureMode(
    "client-assertion.not-a-jwt",
    "The assertion is not a JWT in compact form",
    Source("RFC 7519", "section 7.2"),
)
ALG = FailureMode(
    "client-assertion.alg",
    "The assertion is not signed with the algorithm ES256",
    PROVIDER_INFERRED,
)
TYP = FailureMode(
    "client-assertion.typ",
    "The header declares another type than JWT",
    Source("RFC 7519", "section 5.1", Standing.CHOSEN),
)
KID_MISSING = FailureMode(
    "client-assertion.kid-missing", "The header does not name a key", PROVIDER_INFERRED
)
KID_UNKNOWN = FailureMode(
    "client-assertion.kid-unknown",
    "The header names a key that is not registered",
    PROVIDER_INFERRED,
)
SIGNATURE = FailureMode(
    "client-assertion.signature",
    "The signature does not match",
    Source("RFC 7518", "section 3.4"),
)
ISSUER = FailureMode(
    "client-assertion.issuer",
    "Issuer, subject, application and owner of the key are not one and the same client",
    RFC.but(Standing.INFERRED, "section 3, points 1 and 2"),
)
AUDIENCE = FailureMode(
    "client-assertion.audience",
    "The assertion is meant for another audience",
    RFC.but(Standing.DOCUMENTED, "section 3, point 3"),
)
CLAIM_TYPE = FailureMode(
    "client-assertion.claim-type",
    "A time is missing or is not a number of seconds",
    Source("RFC 7519", "section 2, NumericDate", Standing.CHOSEN),
)
EXPIRED = FailureMode(
    "client-assertion.expired",
    "The assertion has expired",
    RFC.but(Standing.DOCUMENTED, "section 3, point 4"),
    about_time=True,
)
IAT_IN_FUTURE = FailureMode(
    "client-assertion.iat-in-future",
    "The assertion was issued in the future",
    RFC.but(Standing.INFERRED, "section 3, point 6"),
    about_time=True,
)
LIFETIME = FailureMode(
    "client-assertion.lifetime",
    "The assertion lives too long, or ends before it begins",
    PROVIDER_INFERRED,
)
NOT_YET_VALID = FailureMode(
    "client-assertion.not-yet-valid",
    "The assertion is not valid yet",
    RFC.but(Standing.DOCUMENTED, "section 3, point 5"),
    about_time=True,
)
