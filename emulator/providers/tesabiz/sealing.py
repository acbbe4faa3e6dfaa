"""The provider's own key: it signs the answers of the JWS services, and the webhooks.

    {"codReturn": "0", "txtReturn": "SUCCESS", "payload": "<JWS of the plain answer>"}

The outer `codReturn` is flat; the plain answer inside has its own, in `header`. A scenario may
have another key sign, or the header name another algorithm; a merchant must believe neither.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Reply
from emulator.core.pem import read_private_key
from emulator.provider import CURRENT
from emulator.schemes import jws
from emulator.schemes.encoding import to_base64url

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context, KeyFiles
    from emulator.providers.tesabiz.settings import Settings

PROVIDER_KEY = "provider.key.pem"
PROVIDER_CERTIFICATE = "provider.crt.pem"

SIGNING_KEYS = {CURRENT: "provider", "next": "next", "previous": "previous", "rogue": "rogue"}
"""What a scenario can have sign -> the stem of its two key files."""

SECURE = "/tesabiz-ws-security/sc/jws/"
"""Below it, messages are signed in both directions."""


@lru_cache(maxsize=64)
def load_private_key(pem: str) -> RSAPrivateKey:
    """Return an RSA private key, parsed once for each text.

    Raises:
        ConfigurationError: If it is not one, is encrypted, or has less than 2048 bits.
    """
    key = read_private_key(pem, checked=False)  # the merchant's own key is no attack
    if not isinstance(key, RSAPrivateKey) or key.key_size < jws.MINIMUM_BITS:
        raise ConfigurationError("RS256 needs an RSA key of 2048 bits or more")
    return key


def is_secure(exchange: Exchange) -> bool:
    """Tell whether the exchange is with one of the JWS services."""
    return exchange.request.path.startswith(SECURE)


@lru_cache(maxsize=16)
def public_key_pem(certificate: str) -> str:
    """Return the public key of a certificate as PEM text, SubjectPublicKeyInfo."""
    key = jws.load_certificate_key(certificate)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def signing_key(name: str, keys: KeyFiles) -> RSAPrivateKey:
    """Return the provider's key of this name; the right one where it has no such key.

    Raises:
        ConfigurationError: If the key file is missing.
    """
    return load_private_key(keys.text(f"{_stem(name)}.key.pem"))


def _stem(name: str) -> str:
    # A rule for all providers may name a key that only another one has.
    return SIGNING_KEYS.get(name, SIGNING_KEYS[CURRENT])


def sign(message: bytes, context: Context[Settings]) -> str:
    """Return `message` signed by the provider, or as a scenario wants it."""
    changes = context.changes
    alg = changes.token.alg if changes.token else ""
    if alg in ("", "RS256"):
        return jws.sign(message, signing_key(changes.sign_with, context.keys))
    return _forge(message, alg, context)


def _forge(message: bytes, alg: str, context: Context[Settings]) -> str:
    """Return a JWS that only who believes its header takes for signed.

    `none` has no signature. HS256 is a MAC with the public key as PEM text, which everybody
    knows. ES256 is 64 bytes that no key made.
    """
    header = b'{"alg":"%s","typ":"JWT"}' % alg.encode("ascii")
    signing_input = f"{to_base64url(header)}.{to_base64url(message)}"
    signature = b""
    if alg == "HS256":
        certificate = context.keys.text(f"{_stem(context.changes.sign_with)}.crt.pem")
        secret = public_key_pem(certificate).encode("ascii")
        signature = hmac.digest(secret, signing_input.encode("ascii"), "sha256")
    elif alg == "ES256":
        signature = hashlib.sha512(signing_input.encode("ascii")).digest()
    return f"{signing_input}.{to_base64url(signature)}"


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
