"""Issue access tokens that are JSON Web Tokens, and forge any other."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from emulator.core.errors import (
    ConfigurationError,
)
from emulator.schemes.encoding import from_base64url, to_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


# What languages print for a variable that was never set: token68, and no token.
PLACEHOLDERS = frozenset(("undefined", "null", "none", "nil", "nan"))
SECRET_LENGTH = 32  # bytes, at least: RFC 7518, section 3.2


def issue(claims: Mapping[str, Any], secret: bytes) -> str:
    """Sign claims: a JWT with the header `{"alg":"HS256","typ":"JWT"}`.

    Args:
        claims: RFC 7519 claims; `exp` in seconds is needed for `verify` to accept it.
        secret: At least 32 raw bytes.

    Raises:
        ConfigurationError: The secret is too short, or the PEM text of a key.

    Source:
        RFC 7519, section 7.1; RFC 7518, section 3.2.
    """
    import jwt  # not needed to verify, and slow to import

    check_secret(secret)
    try:
        return jwt.encode(dict(claims), secret, algorithm="HS256")
    except jwt.InvalidKeyError as error:
        raise ConfigurationError(f"the access token secret will not do: {error}") from error


Algorithm = Literal["none", "HS256", "RS256", "ES256"]


def forge(claims: Mapping[str, Any], secret: bytes, algorithm: Algorithm = "HS256") -> str:
    """Sign any claims at all, right or wrong, with any of four algorithms.

    Args:
        claims: Plain data; nothing is checked.
        secret: For HS256; the others have random keys, or none.
        algorithm: What the header says, truly: `none` has an empty signature.

    Source:
        RFC 7515, section 7.1; RFC 7518, section 3.1.
    """
    import jwt  # not needed to verify, and slow to import

    key = secret if algorithm == "HS256" else _random_key(algorithm)
    # The claims as bytes: PyJWT would refuse some that are wrong.
    contents = json.dumps(dict(claims), separators=(",", ":")).encode()
    return jwt.PyJWS().encode(contents, cast("Any", key), algorithm=algorithm)


@cache
def _random_key(algorithm: Algorithm) -> PrivateKeyTypes | None:
    """Return a key that signs with the algorithm, made when first asked for and then kept."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else None


def check_secret(secret: bytes) -> None:
    """Demand a secret that is long enough.

    Raises:
        ConfigurationError: It is too short.
    """
    if len(secret) < SECRET_LENGTH:
        raise ConfigurationError(
            f"the access token secret must have at least {SECRET_LENGTH} bytes, not {len(secret)}"
        )


def mac(signing_input: str, secret: bytes) -> str:
    """Return the signature that belongs to the first two parts of a JWT."""
    return to_base64url(hmac.digest(secret, signing_input.encode("ascii"), "sha256"))


def read_object(segment: str) -> dict[str, Any]:
    """Read a part of a JWT as a JSON object.

    Raises:
        ValueError: It is not one, or not canonical base64url.
        RecursionError: It is nested too deep.
    """
    return object_of(from_base64url(segment))


def object_of(text: bytes) -> dict[str, Any]:
    """Read JSON text as an object.

    Raises:
        ValueError: It is something else.
        RecursionError: It is nested too deep.
    """
    # Decoded first: `json.loads` would guess UTF-16 from bytes.
    value: object = json.loads(text.decode())
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return cast("dict[str, Any]", value)
