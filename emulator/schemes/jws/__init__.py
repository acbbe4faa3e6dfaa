"""JSON Web Signature (RFC 7515): compact serialization, RS256 only.

::

    signing input = base64url(protected header) "." base64url(payload)
    signature     = RSASSA-PKCS1-v1_5 with SHA-256 over the signing input
    text          = signing input "." base64url(signature)

The algorithm and the key are what was agreed with the sender, never what the text asks for:
`alg` must say RS256, and `kid`, `jwk`, `jku`, `x5c`, `x5u` are not even looked at.

PyJWT signs and gives the verdict. What stands here besides is the strictness it lacks
(canonical base64url, unique members, `typ`).
"""

from emulator.schemes.encoding import from_base64url, to_base64url
from emulator.schemes.jws.certificates import (
    MINIMUM_BITS,
    certificate_serial,
    certificate_validity,
    load_certificate_key,
)
from emulator.schemes.jws.failures import (
    ALG,
    HEADER,
    NOT_BASE64URL,
    NOT_COMPACT,
    PAYLOAD,
    SIGNATURE,
    TYP,
)
from emulator.schemes.jws.make import RS256, Compact, is_compact, sign
from emulator.schemes.jws.verify import parse, read_payload, verify
from emulator.schemes.shown import shown

__all__ = [
    "ALG",
    "HEADER",
    "MINIMUM_BITS",
    "NOT_BASE64URL",
    "NOT_COMPACT",
    "PAYLOAD",
    "RS256",
    "SIGNATURE",
    "TYP",
    "Compact",
    "certificate_serial",
    "certificate_validity",
    "from_base64url",
    "is_compact",
    "load_certificate_key",
    "parse",
    "read_payload",
    "shown",
    "sign",
    "to_base64url",
    "verify",
]
