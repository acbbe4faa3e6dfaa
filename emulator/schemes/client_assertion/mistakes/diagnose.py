"""Which mistake made an assertion wrong; asked only after `client_assertion` has refused it.

Mistakes of form, such as padded base64url, are those of `jws.mistakes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
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
    NOT_YET_VALID,
    SIGNATURE,
)
from emulator.schemes.client_assertion.keys import ClientKey, spki_sha256
from emulator.schemes.client_assertion.mistakes import ec_signature
from emulator.schemes.client_assertion.mistakes.audience import OF_AUDIENCE
from emulator.schemes.client_assertion.mistakes.client import OF_CLIENT
from emulator.schemes.client_assertion.mistakes.header import OF_HEADER, is_hmac_with_pem
from emulator.schemes.client_assertion.mistakes.key_names import OF_KEY_NAMES
from emulator.schemes.client_assertion.mistakes.recogniser import Recogniser
from emulator.schemes.client_assertion.mistakes.times import OF_TIMES

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def recognise(mode: FailureMode, refused: Assertion) -> str:
    """Return the hint of the first mistake that fits; where none does, what to check."""
    fallback = CHECKS.get(mode, "")
    return next((hint for hint, recogniser in RECOGNISERS[mode] if recogniser(refused)), fallback)


def recognise_signature(assertion: Assertion, key: ClientKey) -> str:
    """Return what to say of a wrong signature: whose key made it, or the mistake."""
    signature = assertion.compact.signature
    own = spki_sha256(key.public_key)
    others = {
        whose: other
        for whose, other in assertion.other_keys.items()
        if spki_sha256(other) != own  # the right key under another name is not another key
    }
    return (
        recognise(SIGNATURE, assertion)
        or ec_signature.explain(assertion.compact, key.public_key, others)
        or (HMAC_USED if is_hmac_with_pem(assertion) else "")
        or (_over_or_by_another(signature) if ec_signature.is_signature(signature) else "")
        or ec_signature.of_length(signature)
        or NO_SIGNATURE
    )


def _over_or_by_another(signature: bytes) -> str:
    return DER_AND_MORE if ec_signature.from_der(signature) else ANOTHER_KEY


DER_AND_MORE = Message(
    "The signature is in DER, and by another key or over another text besides; ES256 wants R and "
    "S, 32 bytes each, joined"
)

HMAC_USED = Message(
    "HMAC was used although alg says ES256, with the public key as its secret; sign with ES256 and "
    "the private key"
)

ANOTHER_KEY = Message(
    "Not made with the private key of the key that kid names, or header or claims were "
    "changed after signing; sign last, with the private key of the registered one"
)

NO_SIGNATURE = Message(
    "This is not an ES256 signature in any known form: send all 64 bytes, R and S joined, as "
    "base64url"
)

RECOGNISERS: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    **OF_HEADER,
    **OF_KEY_NAMES,
    SIGNATURE: ((Message("The signature is empty"), lambda a: not a.compact.signature),),
    **OF_CLIENT,
    **OF_AUDIENCE,
    **OF_TIMES,
}
"""What to try after each way to fail, the most telling first."""

CHECKS: Mapping[FailureMode, str] = {
    ALG: Message("Set alg to ES256 in the header, and sign with a key on P-256 and SHA-256"),
    KID_MISSING: Message("Put the keyId of the registered key into the header as kid"),
    KID_UNKNOWN: Message(
        "No key of this name is registered; send the keyId that the credentials show, or "
        "register the public key of the one that signs"
    ),
    ISSUER: Message("iss and sub must both be the name of the client that owns the key"),
    AUDIENCE: Message("aud must be this fixed text, as text or in an array of texts"),
    CLAIM_TYPE: Message(
        "The time must be a number: seconds since 1970, such as iat + 3600 for exp"
    ),
    EXPIRED: Message("Make a new assertion: iat is now, exp is iat + 3600"),
    IAT_IN_FUTURE: Message("Take iat from a clock that is right, in seconds since 1970"),
    LIFETIME: Message("Set exp to iat + 3600 at most"),
    NOT_YET_VALID: Message("Leave nbf out, or set it to now"),
}
"""What to do where no mistake is known."""

MISTAKES: tuple[tuple[str, Recogniser], ...] = tuple(
    dict.fromkeys(pair for recognisers in RECOGNISERS.values() for pair in recognisers)
)
"""Every known mistake but those of `jws` in form: the hint, and what tells that it was made."""
