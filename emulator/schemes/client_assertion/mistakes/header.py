"""Mistakes in `alg`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.core.messages import Message
from emulator.schemes.client_assertion.assertion import Assertion
from emulator.schemes.client_assertion.failures import (
    ALG,
)
from emulator.schemes.client_assertion.mistakes.recogniser import Recogniser
from emulator.schemes.jws.mistakes.macs import is_hmac, pem_texts

if TYPE_CHECKING:
    from emulator.core.errors import FailureMode


def is_hmac_with_pem(assertion: Assertion) -> bool:
    """Tell whether the signature is an HMAC with the text of a public key."""
    keys = [*assertion.other_keys.values(), *([assertion.key.public_key] if assertion.key else [])]
    return any(is_hmac(assertion.compact, pem_texts(key)) for key in keys)


OF_HEADER: Mapping[FailureMode, tuple[tuple[str, Recogniser], ...]] = {
    ALG: (
        (
            Message("alg is none: the assertion is not signed; sign with ES256"),
            lambda a: a.alg.lower() == "none",
        ),
        (
            Message(
                "HMAC with the public key as its secret, which everybody has; "
                "sign with ES256 and the private key"
            ),
            is_hmac_with_pem,
        ),
        (
            Message("HMAC uses a shared secret; sign with ES256 and the private key"),
            lambda a: a.alg.startswith("HS"),
        ),
        (
            Message("RSA was used; use a key on P-256 and ES256"),
            lambda a: a.alg.startswith(("RS", "PS")),
        ),
        (
            Message("Another curve or hash was used; use a key on P-256 and ES256"),
            lambda a: a.alg in ("ES384", "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448"),
        ),
        (
            Message("The header names no algorithm; set alg to ES256"),
            lambda a: "alg" not in a.compact.protected,
        ),
        (
            Message("The algorithm is to be written ES256"),
            lambda a: (
                re.sub("[^A-Z0-9]", "", a.alg.upper())
                in ("ES256", "ECDSA", "SHA256WITHECDSA", "ECDSASHA256", "ECDSAWITHSHA256")
            ),
        ),
    ),
}
