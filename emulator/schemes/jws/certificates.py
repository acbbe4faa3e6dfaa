"""Keys that come in a certificate."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from emulator.core.errors import (
    ConfigurationError,
)
from emulator.core.pem import public_key_of, read_certificate, serial_of

if TYPE_CHECKING:
    from datetime import datetime


MINIMUM_BITS = 2048  # RFC 7518, section 3.3


@lru_cache(maxsize=256)
def load_certificate_key(pem: str) -> RSAPublicKey:
    """Return the public key of a certificate.

    The certificate is only an envelope for the key: X.509 v1, self-signed, expired and
    without any extension are all accepted, as the provider's own key ceremony makes such.

    Args:
        pem: PEM text with exactly one certificate.

    Raises:
        ConfigurationError: It is something else (told which), or the key is not RSA of at
            least 2048 bits.
    """
    key = public_key_of(read_certificate(pem))
    if not isinstance(key, RSAPublicKey):
        kind = type(key).__name__.removesuffix("PublicKey")
        raise ConfigurationError(f"The key in this certificate is {kind}; RS256 needs RSA")
    if key.key_size < MINIMUM_BITS:
        raise ConfigurationError(
            f"The key in this certificate has {key.key_size} bits; RS256 needs {MINIMUM_BITS}"
        )
    return key


def certificate_validity(pem: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment of a certificate's validity, aware.

    Raises:
        ConfigurationError: As `load_certificate_key`, but any kind of key will do.
    """
    certificate = read_certificate(pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def certificate_serial(pem: str) -> int:
    """Return a certificate's serial number.

    Raises:
        ConfigurationError: As `load_certificate_key`, but any kind of key will do.
    """
    return serial_of(read_certificate(pem))
