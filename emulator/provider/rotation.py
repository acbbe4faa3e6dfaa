"""Secrets of another name, such as `next`: derived, so that a client can be set to one."""

from __future__ import annotations

import hmac

from emulator.provider.key_files import CURRENT


def named(secret: bytes, name: str) -> bytes:
    """Return the secret of this name: `secret` itself for `current`, else HMAC-SHA256 of the name.

    Args:
        secret: The right one, raw.
        name: Of the wanted one; empty stands for `current`.

    Returns:
        32 bytes, or the secret itself.
    """
    return secret if name in ("", CURRENT) else hmac.digest(secret, name.encode(), "sha256")


def named_text(secret: str, name: str) -> str:
    """Return the secret of this name as text.

    Returns:
        The hex digits of `named`, as many as the secret has characters, but 16 to 64.
    """
    if name in ("", CURRENT):
        return secret
    return named(secret.encode(), name).hex()[: max(16, len(secret))]
