"""Encrypting: the padding, the cipher and the Base64 text; and decrypting, block by block."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from emulator.core.errors import (
    ConfigurationError,
    SchemeError,
)
from emulator.schemes.aes_cbc.failures import CIPHERTEXT_LENGTH, PADDING
from emulator.schemes.encoding import to_base64

BLOCK = 16
KEY_LENGTH = 32


def pad(data: bytes) -> bytes:
    """Append PKCS#7 padding: 1 to 16 bytes, a whole block if `data` fills its last one.

    Source:
        RFC 5652, section 6.3.
    """
    count = BLOCK - len(data) % BLOCK
    return data + bytes([count]) * count


def unpad(data: bytes) -> bytes:
    """Remove PKCS#7 padding; every byte of it is checked.

    Raises:
        SchemeError: `aes-cbc.padding`.

    Source:
        RFC 5652, section 6.3.
    """
    count = data[-1] if data else 0
    whole = len(data) % BLOCK == 0
    if not (whole and 1 <= count <= BLOCK and data.endswith(bytes([count]) * count)):
        raise SchemeError(
            PADDING.diagnose(
                "plaintext",
                expected="n bytes of value n, 1 to 16",
                received=f"last byte 0x{count:02x}" if data else "nothing",
            )
        )
    return data[:-count]


def encrypt(key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Pad and encrypt.

    Args:
        key: 32 raw bytes, not their Base64 text.
        iv: 16 raw bytes.
        plaintext: Any length.

    Returns:
        16 to 31 bytes more than `plaintext`, rounded down to whole blocks; no IV in front.

    Raises:
        ConfigurationError: The key or the IV has another length.

    Source:
        NIST SP 800-38A, section 6.2; RFC 5652, section 6.3.
    """
    check(key, iv)
    return encrypt_blocks(key, iv, pad(plaintext))


def decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Decrypt and remove the padding.

    Raises:
        SchemeError: `aes-cbc.ciphertext-length`, `aes-cbc.padding`.
        ConfigurationError: The key or the IV has another length than 32 and 16 bytes.

    Source:
        NIST SP 800-38A, section 6.2; RFC 5652, section 6.3.
    """
    check(key, iv)
    if not ciphertext or len(ciphertext) % BLOCK:
        raise SchemeError(
            CIPHERTEXT_LENGTH.diagnose(
                "ciphertext",
                expected="a positive multiple of 16 bytes",
                received=f"{len(ciphertext)} bytes",
            )
        )
    return unpad(decrypt_blocks(key, iv, ciphertext))


def encrypt_text(key: bytes, iv: bytes, plaintext: bytes) -> str:
    """Encrypt to standard Base64, padded, on one line.

    Raises:
        ConfigurationError: The key or the IV has another length than 32 and 16 bytes.
    """
    return to_base64(encrypt(key, iv, plaintext))


def encrypt_blocks(key: bytes, iv: bytes, blocks: bytes) -> bytes:
    """Encrypt whole blocks in CBC mode, without padding."""
    context = Cipher(AES(key), CBC(iv)).encryptor()
    return context.update(blocks) + context.finalize()


def decrypt_blocks(key: bytes, iv: bytes, blocks: bytes) -> bytes:
    """Decrypt whole blocks in CBC mode; the padding stays."""
    context = Cipher(AES(key), CBC(iv)).decryptor()
    return context.update(blocks) + context.finalize()


def check(key: bytes, iv: bytes) -> None:
    """Check the lengths of key and IV for AES-256.

    Raises:
        ConfigurationError: The key or the IV has another length than 32 and 16 bytes.
    """
    if len(key) != KEY_LENGTH:
        raise ConfigurationError(f"the AES key must be 32 bytes long, not {len(key)}")
    if len(iv) != BLOCK:
        raise ConfigurationError(f"the AES initialization vector must be 16 bytes, not {len(iv)}")
