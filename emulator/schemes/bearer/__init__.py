"""Bearer tokens: reading the header, and two kinds of access token that we issue ourselves.

::

    Authorization: Bearer token68                                      RFC 6750, section 2.1
    JWT     = base64url(header) "." base64url(claims) "." base64url(HMAC-SHA256(secret, ...))
    opaque  = Base64(c || HMAC-SHA256(k2, c)),  c = AES-256-CBC(k1, constant block || claims)

An opaque token means nothing to its bearer. Ours looks like those seen in the wild: standard
Base64 with `+`, `/` and `=`, 112 bytes, the first 16 always the same. Unlike AES-CBC alone it
cannot be forged, because the MAC covers the whole ciphertext and is checked before it is
decrypted.

PyJWT signs. It does not verify here: it asks the wall clock, lets several spellings of one
token pass, and takes several times as long, on the path of every request. Tests hold the
few lines that do it against PyJWT and joserfc.
"""

from emulator.schemes.bearer.claims import Ends
from emulator.schemes.bearer.failures import (
    ALG,
    AUDIENCE,
    CLAIMS,
    EXPIRED,
    ISSUER,
    MALFORMED,
    MISSING,
    NOT_A_JWT,
    NOT_YET_VALID,
    OPAQUE_TOKEN,
    SCHEME,
    SIGNATURE,
)
from emulator.schemes.bearer.header import read
from emulator.schemes.bearer.lifetime import Lifetime, lifetime
from emulator.schemes.bearer.make import PLACEHOLDERS, SECRET_LENGTH, Algorithm, forge, issue
from emulator.schemes.bearer.opaque import OPAQUE_KEY_LENGTH, issue_opaque, open_opaque
from emulator.schemes.bearer.verify import verify, verify_opaque

__all__ = [
    "ALG",
    "AUDIENCE",
    "CLAIMS",
    "EXPIRED",
    "ISSUER",
    "MALFORMED",
    "MISSING",
    "NOT_A_JWT",
    "NOT_YET_VALID",
    "OPAQUE_KEY_LENGTH",
    "OPAQUE_TOKEN",
    "PLACEHOLDERS",
    "SCHEME",
    "SECRET_LENGTH",
    "SIGNATURE",
    "Algorithm",
    "Ends",
    "Lifetime",
    "forge",
    "issue",
    "issue_opaque",
    "lifetime",
    "open_opaque",
    "read",
    "verify",
    "verify_opaque",
]
