"""Signatures that are an HMAC, with a text as its secret that everybody has."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.schemes.jws.make import Compact

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


def pem_texts(key: RSAPublicKey | EllipticCurvePublicKey, *more: str) -> Iterator[bytes]:
    """Yield the texts that may have been taken for a shared secret instead of the key."""
    texts = list(more)
    formats = [PublicFormat.SubjectPublicKeyInfo]
    if isinstance(key, RSAPublicKey):
        formats.append(PublicFormat.PKCS1)
    texts += [key.public_bytes(Encoding.PEM, each).decode("ascii") for each in formats]
    for text in texts:
        bare = text.strip()
        for variant in dict.fromkeys((text, bare, f"{bare}\n", bare.replace("\n", "\\n"))):
            yield variant.encode("utf-8", "surrogatepass")


def is_hmac(compact: Compact, secrets: Iterable[bytes]) -> bool:
    """Tell whether the signature is an HMAC under one of `secrets`, whatever `alg` says."""
    name = {32: "sha256", 48: "sha384", 64: "sha512"}.get(len(compact.signature))
    return name is not None and any(
        hmac.compare_digest(hmac.digest(secret, compact.signing_input, name), compact.signature)
        for secret in secrets
    )
