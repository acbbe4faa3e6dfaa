"""Which mistake made a JWS wrong; asked only after `jws` has refused it.

Here are the mistakes of form, of the header and of the payload; `rsa_signature` knows those of the
signature, `signed_texts` what may have been signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulator.core.messages import Message
from emulator.schemes.jws.failures import (
    ALG,
    HEADER,
    NOT_BASE64URL,
    NOT_COMPACT,
    PAYLOAD,
    SIGNATURE,
)
from emulator.schemes.jws.mistakes import rsa_signature
from emulator.schemes.jws.mistakes.form import SHAPES
from emulator.schemes.jws.mistakes.macs import is_hmac, pem_texts
from emulator.schemes.jws.mistakes.parts import (
    has_member_twice,
    is_base64_json,
    is_encoded_twice,
    is_object,
    is_signed_twice,
)
from emulator.schemes.jws.mistakes.refused import Recogniser, RefusedText
from emulator.schemes.mistakes import content

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def _detached(refused: RefusedText) -> bool:
    return not refused.compact.payload and bool(refused.compact.signature)


LONGEST = 65_536
"""Characters of a text that is searched for mistakes; a JWS has a few thousand."""

ANOTHER_KEY = Message(
    "Not made with the private key that belongs to the registered certificate; sign with that key, "
    "or register the certificate of this one"
)

CUT = Message(
    "The signature does not have the length of the registered key: it is in another form, was cut, "
    "or a key of another size made it; send all bytes that the signing function returns"
)

RECOGNISERS: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    NOT_COMPACT: SHAPES,
    NOT_BASE64URL: SHAPES,
    HEADER: (
        (Message("A member of the header occurs twice"), lambda a: has_member_twice(a.header)),
        (
            Message("The header was encoded twice"),
            lambda a: is_base64_json(a.header) or is_encoded_twice(a.header),
        ),
        (Message("The header is empty; it must name the algorithm"), lambda a: a.header == b""),
        (Message("Extensions marked critical are not understood"), lambda a: b'"crit"' in a.header),
        (
            Message("The payload must be encoded; leave b64 out"),
            lambda a: re.search(rb'"b64"\s*:\s*false', a.header) is not None,
        ),
    ),
    ALG: (
        (
            Message("alg is none: the text is not signed; sign with RS256"),
            lambda a: a.alg.lower() == "none",
        ),
        (
            Message(
                "HMAC with the public key or certificate as its secret, which everybody has; "
                "sign with RS256 and the private key"
            ),
            lambda a: (
                a.public_key is not None and is_hmac(a.compact, pem_texts(a.public_key, *a.pems))
            ),
        ),
        (
            Message("HMAC uses a shared secret; sign with RS256 and the private key"),
            lambda a: a.alg.startswith("HS"),
        ),
        (Message("PSS padding was used; use PKCS#1 v1.5, RS256"), lambda a: a.alg.startswith("PS")),
        (
            Message("The right kind of key, another hash: use RS256"),
            lambda a: a.alg in ("RS384", "RS512"),
        ),
        (
            Message("An elliptic curve was used; use an RSA key and RS256"),
            lambda a: a.alg.startswith(("ES", "Ed")),
        ),
        (
            Message("The header names no algorithm; set alg to RS256"),
            lambda a: "alg" not in a.compact.protected,
        ),
        (
            Message("alg is of encryption; a JWS is signed: set alg to RS256"),
            lambda a: (
                a.alg.startswith(("RSA", "A128", "A256", "dir", "ECDH")) and "SHA" not in a.alg
            ),
        ),
        (
            Message("The algorithm is to be written RS256"),
            lambda a: (
                re.sub("[^A-Z0-9]", "", a.alg.upper())
                in ("RS256", "RSASHA256", "SHA256WITHRSA", "SHA256RSA", "SHA256")
            ),
        ),
    ),
    SIGNATURE: (
        (Message("The signature is empty"), lambda a: not a.compact.signature),
        (Message("The payload is missing (detached); send it between the dots"), _detached),
    ),
    PAYLOAD: (
        (Message("The payload is empty"), lambda a: not a.compact.payload),
        (
            Message("The payload is a JWS itself: it was signed twice"),
            lambda a: is_signed_twice(a.compact.payload),
        ),
        (
            Message(
                "The payload is a JSON string with JSON inside: it was encoded twice; "
                "sign the object, not its text"
            ),
            lambda a: is_encoded_twice(a.compact.payload),
        ),
        (
            Message("The payload was encoded with Base64 before signing; signing does that"),
            lambda a: is_base64_json(a.compact.payload),
        ),
        (
            Message("A member of the payload occurs twice"),
            lambda a: has_member_twice(a.compact.payload),
        ),
    ),
}
"""What to try after each way to fail, the most telling first."""

MISTAKES: tuple[tuple[str, Recogniser], ...] = tuple(
    dict.fromkeys(pair for recognisers in RECOGNISERS.values() for pair in recognisers)
)
"""Every known mistake: the hint, and what tells that it was made."""


def recognise(mode: FailureMode, refused: RefusedText) -> str:
    """Return the hint of the first mistake that fits; where none does, what to check."""
    if len(refused.text) > LONGEST and mode in (NOT_COMPACT, NOT_BASE64URL):
        return f"{_CHECKS[mode]}; this text has {len(refused.text)} characters"
    if hint := next((hint for hint, recogniser in RECOGNISERS[mode] if recogniser(refused)), ""):
        return hint
    part = {PAYLOAD: refused.compact.payload, HEADER: refused.header}.get(mode)
    if part is not None:
        return content.told(part, is_object, "signed") or content.fault(part)
    return "" if mode is SIGNATURE else _CHECKS[mode]


_CHECKS = {
    NOT_COMPACT: Message(
        "Send header.payload.signature, three parts of base64url joined by two dots"
    ),
    NOT_BASE64URL: Message(
        "A part holds characters that base64url has not: send the text as it was signed"
    ),
    ALG: Message("Set alg to RS256 in the header, and sign with RSA, PKCS#1 v1.5 and SHA-256"),
}
"""What to do where no mistake is known."""


def recognise_signature(refused: RefusedText, also: Mapping[str, RSAPublicKey]) -> str:
    """Return what to say of a wrong signature: the mistake, or whose key made it, or what."""
    compact, key = refused.compact, refused.public_key
    if hint := recognise(SIGNATURE, refused):
        return hint
    if key is None:
        return ANOTHER_KEY
    if hint := rsa_signature.explain(compact, key, also):
        return hint
    if is_hmac(compact, pem_texts(key, *refused.pems)):
        return rsa_signature.HMAC_USED
    if len(compact.signature) == refused.key_bytes:
        return ANOTHER_KEY
    return _OF_LENGTH.get(len(compact.signature), CUT)


_OF_LENGTH = {
    64: Message(
        "The signature has 64 bytes, as of an elliptic curve or HMAC-SHA512; use RSA: RS256"
    ),
    32: Message("The signature has 32 bytes, as of HMAC-SHA256 or a bare digest; sign with RS256"),
}
