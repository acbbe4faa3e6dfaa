"""The AES key and IV of a device."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from functools import lru_cache

from emulator.core.errors import ConfigurationError
from emulator.core.store import Record


def encryption(record: Record) -> tuple[bytes, bytes]:
    """Return the AES key and IV of a credential, 32 and 16 raw bytes."""
    return raw_key(record["aes_key"]), raw_key(record["aes_iv"])


@lru_cache(maxsize=256)
def raw_key(text: str) -> bytes:
    """Return the bytes of a key in Base64.

    Raises:
        ConfigurationError: It is not Base64.
    """
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise ConfigurationError(f"a key of GestoPago is not Base64: {error}") from error
