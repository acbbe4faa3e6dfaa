"""Issue and open opaque access tokens: encrypted claims and a MAC, as those seen in the wild."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from emulator.core.errors import (
    ConfigurationError,
)
from emulator.schemes.aes_cbc.make import decrypt, encrypt
from emulator.schemes.bearer.make import object_of
from emulator.schemes.encoding import from_base64, to_base64

OPAQUE_KEY_LENGTH = 32
_FIRST_BLOCK = b"an access token\n"
_CONTENTS = 63  # bytes; with the first block, the padding and the MAC that makes 112
MAC_LENGTH = 32


def issue_opaque(claims: Mapping[str, Any], key: bytes) -> str:
    """Encrypt and authenticate claims.

    Args:
        claims: As little as possible: a name, `exp`, `iat`. The same claims give the same token.
        key: 32 raw bytes.

    Returns:
        Standard Base64: 152 characters of 112 bytes if the claims fit into 63 bytes of JSON,
        else some blocks more.

    Raises:
        ConfigurationError: The key has another length.
    """
    cipher_key, mac_key = _opaque_keys(key)
    contents = json.dumps(dict(claims), separators=(",", ":"), allow_nan=False).encode()
    plaintext = _FIRST_BLOCK + contents.ljust(_CONTENTS)
    ciphertext = encrypt(cipher_key, bytes(16), plaintext)
    return to_base64(ciphertext + hmac.digest(mac_key, ciphertext, "sha256"))


def _opaque_keys(key: bytes) -> tuple[bytes, bytes]:
    if len(key) != OPAQUE_KEY_LENGTH:
        raise ConfigurationError(
            f"the opaque token key must be {OPAQUE_KEY_LENGTH} bytes long, not {len(key)}"
        )
    # Two independent keys of one: encryption and authentication must not share theirs.
    derived = hmac.digest(key, b"opaque access token", "sha512")
    return derived[:32], derived[32:]


def open_opaque(token: str, key: bytes) -> dict[str, Any]:
    """Return the claims of an opaque token that we issued, whatever they say.

    Raises:
        ValueError: It is none of ours.
        RecursionError: Its claims are nested too deep.
        SchemeError: As `decrypt`.
        ConfigurationError: The key has another length than 32 bytes.
    """
    cipher_key, mac_key = _opaque_keys(key)
    data = from_base64(token)
    ciphertext, tag = data[:-MAC_LENGTH], data[-MAC_LENGTH:]
    if not hmac.compare_digest(hmac.digest(mac_key, ciphertext, "sha256"), tag):
        raise ValueError("forged")
    plaintext = decrypt(cipher_key, bytes(16), ciphertext)
    return object_of(plaintext.removeprefix(_FIRST_BLOCK))
