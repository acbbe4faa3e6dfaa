"""JWT client assertion (RFC 7523): who asks for a token proves it by signing, ES256 only.

::

    header    = {"alg": "ES256", "typ": "JWT", "kid": <name of the registered key>}
    claims    = {"aud": <the server>, "iss": <client>, "iat": now, "exp": now + 3600,
                 "sub": <client>}
    signature = ECDSA on P-256 with SHA-256 over header "." claims: R || S, 32 bytes each

`kid` selects the key and the key decides who the client is; `iss`, `sub` and the name in the
request must then agree with it. There is no `jti`: an assertion may be used again until it
expires.

PyJWT signs and gives the verdict on the signature. It takes a numeric text for a time, so times
are checked here. A NumericDate may have a fraction (RFC 7519, section 2); `fractions` tells which.
"""

from emulator.schemes.client_assertion.failures import (
    ALG,
    AUDIENCE,
    CLAIM_TYPE,
    EXPIRED,
    IAT_IN_FUTURE,
    ISSUER,
    KID_MISSING,
    KID_UNKNOWN,
    LIFETIME,
    NOT_A_JWT,
    NOT_YET_VALID,
    SIGNATURE,
    TYP,
)
from emulator.schemes.client_assertion.keys import (
    ClientKey,
    fingerprints,
    load_public_key,
    spki_sha256,
    ssh_fingerprint,
    thumbprint,
)
from emulator.schemes.client_assertion.make import ES256, SIGNATURE_BYTES, make
from emulator.schemes.client_assertion.verify import (
    ANOTHER_APPLICATION,
    ANOTHER_TYPE,
    fractions,
    verify,
)

__all__ = [
    "ALG",
    "ANOTHER_APPLICATION",
    "ANOTHER_TYPE",
    "AUDIENCE",
    "CLAIM_TYPE",
    "ES256",
    "EXPIRED",
    "IAT_IN_FUTURE",
    "ISSUER",
    "KID_MISSING",
    "KID_UNKNOWN",
    "LIFETIME",
    "NOT_A_JWT",
    "NOT_YET_VALID",
    "SIGNATURE",
    "SIGNATURE_BYTES",
    "TYP",
    "ClientKey",
    "fingerprints",
    "fractions",
    "load_public_key",
    "make",
    "spki_sha256",
    "ssh_fingerprint",
    "thumbprint",
    "verify",
]
