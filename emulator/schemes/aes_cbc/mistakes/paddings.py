"""Other paddings than PKCS#7."""

from __future__ import annotations

from collections.abc import Callable

from emulator.core.messages import Message
from emulator.schemes.aes_cbc.make import BLOCK

FILLING = bytes(range(0x21)) + b"\x80"


def pkcs7(data: bytes) -> bytes | None:
    """Remove PKCS#7 padding."""
    count = data[-1] if data else 0
    if not 1 <= count <= BLOCK or not data.endswith(bytes([count]) * count):
        return None
    return data[:-count]


def _stripped(fill: bytes) -> Callable[[bytes], bytes]:
    def strip(data: bytes) -> bytes:
        if not data.endswith(fill):
            raise ValueError("another padding")
        return data.rstrip(fill)

    return strip


def _counted(data: bytes, *, zeros: bool) -> bytes:
    """ANSI X.923 and ISO 10126: filling, then the number of bytes added."""
    count = data[-1] if data else 0
    if not 1 <= count <= BLOCK or (zeros and data[-count:-1].strip(b"\0")):
        raise ValueError("another padding")
    return data[:-count]


def _wide(data: bytes) -> bytes:
    count = data[-1] if data else 0
    if not (BLOCK < count <= 32 and data.endswith(bytes([count]) * count)):
        raise ValueError("another padding")
    return data[:-count]


def _iso_7816(data: bytes) -> bytes:
    body, mark, zeros = data.rpartition(b"\x80")
    if not mark or zeros.strip(b"\0"):
        raise ValueError("another padding")
    return body


def _character(data: bytes) -> bytes:
    """A character repeated: `text + (16 - len(text) % 16) * "{"`."""
    last = data[-1:]
    if not last or last in b'}]" \0\n':
        raise ValueError("another padding")
    return data.rstrip(last)


PADDINGS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    (Message("Padded with zeros; use PKCS#7"), _stripped(b"\0")),
    (Message("Padded with spaces; use PKCS#7"), _stripped(b" ")),
    (
        Message("Not padded; use PKCS#7, also where the plaintext fills its last block"),
        lambda data: data,
    ),
    (Message("Padded as in ANSI X.923; use PKCS#7"), lambda data: _counted(data, zeros=True)),
    (Message("Padded to blocks of 32 bytes; AES has blocks of 16"), _wide),
    (Message("Padded as in ISO 7816-4 (80 00 ...); use PKCS#7"), _iso_7816),
    (
        Message("Padded as in ISO 10126 (random bytes); use PKCS#7"),
        lambda data: _counted(data, zeros=False),
    ),
    (Message("Padded with line ends; use PKCS#7"), _stripped(b"\n")),
    (Message("Padded with a character repeated; use PKCS#7"), _character),
)
"""Other paddings: the hint, and how to remove the padding."""
