"""Registered keys, and what may be called their fingerprint."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)

from emulator.core.errors import (
    ConfigurationError,
)
from emulator.core.pem import read_public_key
from emulator.schemes.encoding import from_base64, to_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A registered key.

    Attributes:
        owner: The client it proves.
        public_key: On P-256.

    Raises:
        ConfigurationError: The key is on another curve.
    """

    owner: str
    public_key: EllipticCurvePublicKey

    def __post_init__(self) -> None:
        demand_p256(self.public_key)


def demand_p256(key: EllipticCurvePublicKey | EllipticCurvePrivateKey) -> None:
    """Demand a key for ES256.

    Raises:
        ConfigurationError: The key is on another curve.
    """
    if not isinstance(key.curve, SECP256R1):
        raise ConfigurationError(f"The key is on the curve {key.curve.name}; ES256 needs P-256")


@lru_cache(maxsize=256)
def load_public_key(pem: str) -> EllipticCurvePublicKey:
    """Return the key to register.

    Args:
        pem: PEM text of a public key on P-256, or of a certificate, whose names and dates do not
            matter.

    Raises:
        ConfigurationError: It is something else; told which.
    """
    key = read_public_key(pem)
    if not isinstance(key, EllipticCurvePublicKey):
        kind = type(key).__name__.removesuffix("PublicKey")
        raise ConfigurationError(f"This public key is {kind}; ES256 needs one on P-256")
    demand_p256(key)
    return key


def thumbprint(key: EllipticCurvePublicKey) -> str:
    """Return the JWK thumbprint: 43 characters of base64url.

    Raises:
        ConfigurationError: The key is not on P-256.

    Source:
        RFC 7638.
    """
    demand_p256(key)
    point = key.public_numbers()
    x, y = (to_base64url(n.to_bytes(32, "big")) for n in (point.x, point.y))
    jwk = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return to_base64url(hashlib.sha256(jwk.encode("ascii")).digest())


def spki_sha256(key: EllipticCurvePublicKey) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo: 64 hexadecimal digits."""
    return hashlib.sha256(_spki(key)).hexdigest()


def ssh_fingerprint(key: EllipticCurvePublicKey) -> str:
    """Return what `ssh-keygen -l` prints: `SHA256:` and 43 characters of Base64."""
    digest = hashlib.sha256(_ssh_blob(key)).digest()
    return "SHA256:" + b64encode(digest).decode("ascii").rstrip("=")


def fingerprints(key: EllipticCurvePublicKey) -> dict[str, str]:
    """Return what may be called the fingerprint of a key, by kind.

    The first three are those worth registering as aliases.

    Raises:
        ConfigurationError: The key is not on P-256.
    """
    spki, blob = _spki(key), _ssh_blob(key)
    sha256 = hashlib.sha256(spki).digest()
    return {
        "RFC 7638 thumbprint": thumbprint(key),
        "SPKI SHA-256": sha256.hex(),
        "SSH SHA-256": ssh_fingerprint(key),
        "SPKI SHA-256 in Base64": b64encode(sha256).decode("ascii"),
        "SPKI SHA-1": hashlib.sha1(spki, usedforsecurity=False).hexdigest(),
        "SPKI MD5": hashlib.md5(spki, usedforsecurity=False).hexdigest(),
        "SSH MD5": hashlib.md5(blob, usedforsecurity=False).hexdigest(),
    }


def _spki(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ssh_blob(key: EllipticCurvePublicKey) -> bytes:
    line = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return from_base64(line.split()[1].decode("ascii"))
