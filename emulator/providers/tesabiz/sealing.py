"""The provider's own key: it signs the answers of the JWS services, and the notices.

    {"codReturn": "0", "txtReturn": "SUCCESS", "payload": "<JWS of the plain answer>"}

The outer `codReturn` is flat; the plain answer inside has its own, in `header`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from emulator.errors import ConfigurationError
from emulator.exchange import Reply
from emulator.schemes import jws

if TYPE_CHECKING:
    from emulator.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

PROVIDER_KEY = "provider.key.pem"
PROVIDER_CERTIFICATE = "provider.crt.pem"

SECURE = "/tesabiz-ws-security/sc/jws/"
"""Below it, messages are signed in both directions."""


@lru_cache(maxsize=64)
def load_private_key(pem: str) -> RSAPrivateKey:
    """Return an RSA private key, parsed once for each text.

    Raises:
        ConfigurationError: If it is not one, is encrypted, or has less than 2048 bits.
    """
    try:
        # Proving the primes anew costs 40 ms, a start-up; nobody attacks with his own key.
        key = load_pem_private_key(pem.encode("utf-8"), None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("private_key: not an unencrypted RSA key in PEM") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < jws.MINIMUM_BITS:
        raise ConfigurationError("private_key: RS256 needs an RSA key of 2048 bits or more")
    return key


def is_secure(exchange: Exchange) -> bool:
    """Tell whether the exchange is with one of the JWS services."""
    return exchange.request.path.startswith(SECURE)


def sign(message: bytes, context: Context[Settings]) -> str:
    """Return `message` signed by the provider."""
    return jws.sign(message, load_private_key(context.keys.text(PROVIDER_KEY)))


def seal(reply: Reply, exchange: Exchange, context: Context[Settings]) -> Reply:
    """Sign a reply of the JWS services; leave a plain one as it is.

    Source:
        Tesabiz, Proceso de seguridad, "Respuesta de servicios seguros".
    """
    if not is_secure(exchange):
        return reply
    # A compact JWS needs no escaping inside a JSON string.
    token = sign(reply.body, context).encode("ascii")
    reply.body = b'{"codReturn":"0","txtReturn":"SUCCESS","payload":"' + token + b'"}'
    return reply
