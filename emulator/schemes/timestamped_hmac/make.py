"""Making a signature."""

from __future__ import annotations

import hmac


def canonical(timestamp: str, body: bytes) -> bytes:
    """Return the bytes that are signed."""
    return timestamp.encode() + b"." + body


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature: 64 hex digits.

    Args:
        secret: The shared secret.
        timestamp: Whole seconds since 1970, as text.
        body: Raw bytes.
    """
    return hmac.digest(secret.encode(), canonical(timestamp, body), "sha256").hex()
