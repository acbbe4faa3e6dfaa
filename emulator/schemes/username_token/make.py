"""Make the password digest, as a client does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from emulator.schemes.encoding import to_base64, utf8

HashName = Literal["sha1", "sha256"]


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """What a client sends to prove that it knows the password.

    Attributes:
        username: Who the client says it is; not part of the digest.
        password_digest: Base64 text, as received.
        nonce: Raw bytes, decoded exactly once.
        created: ISO 8601 text, as received; it is hashed as text.
        nonce_text: Base64 text of the nonce, as received; only used to recognise mistakes.
    """

    username: str
    password_digest: str
    nonce: bytes
    created: str
    nonce_text: str = ""


def password_digest(
    nonce: bytes, created: str, password: str, hash_name: HashName = "sha256"
) -> str:
    """Compute the password digest.

    Args:
        nonce: Raw bytes, not their Base64 text.
        created: ISO 8601 time with an offset, such as `2026-01-31T09:56:06-05:00`; hashed
            as text.
        password: The shared secret, in the clear.
        hash_name: `sha1` as in the profile, or `sha256`.

    Returns:
        Base64 text of the raw digest: 28 characters for SHA-1, 44 for SHA-256.

    Source:
        WSS UsernameToken Profile 1.1, section 3.1.
    """
    data = preimage(nonce, created, password)
    digest = hashlib.sha256(data) if hash_name == "sha256" else hashlib.new(hash_name, data)
    return to_base64(digest.digest())


def preimage(nonce: bytes, created: str, password: str) -> bytes:
    """Return what is hashed."""
    return nonce + utf8(created) + utf8(password)
