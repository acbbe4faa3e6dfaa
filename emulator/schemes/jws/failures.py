"""How a JWS can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import FailureMode, Source, Standing
from emulator.schemes.sources import PROVIDER_INFERRED

RFC = Source("RFC 7515")

NOT_COMPACT = FailureMode(
    "jws.not-compact",
    "The text is not three parts joined by dots",
    RFC.but(Standing.DOCUMENTED, "section 7.1"),
)
NOT_BASE64URL = FailureMode(
    "jws.not-base64url",
    "A part is not base64url without padding",
    RFC.but(Standing.DOCUMENTED, "section 2"),
)
HEADER = FailureMode(
    "jws.header",
    "The protected header is not a JSON object this side understands",
    RFC.but(Standing.DOCUMENTED, "section 5.2, steps 3 to 5"),
)
ALG = FailureMode(
    "jws.alg",
    "The signature algorithm is not RS256",
    PROVIDER_INFERRED,
)
TYP = FailureMode(
    "jws.typ",
    "The header declares another type than JWT or JOSE",
    RFC.but(Standing.CHOSEN, "section 4.1.9"),
)
SIGNATURE = FailureMode(
    "jws.signature",
    "The signature does not match",
    RFC.but(Standing.DOCUMENTED, "section 5.2, step 8"),
)
PAYLOAD = FailureMode(
    "jws.payload",
    "The payload is not a JSON object",
    PROVIDER_INFERRED,
)
