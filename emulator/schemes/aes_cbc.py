"""AES-256-CBC with PKCS#7 padding, carried as Base64 text.

::

    text = Base64(AES-256-CBC(key, iv, plaintext || n bytes of value n)),  1 <= n <= 16

There is no authentication tag, so CBC cannot notice a wrong IV (only the first block
suffers) and notices a wrong key only by the padding, 255 times out of 256. What decides in
the end is whether the plaintext makes sense, which only the caller knows; hence
`plausible`.

After a refusal, and only then, the known mistakes (`mistakes.aes_cbc`) are undone one by one;
the first that leads to a plausible plaintext is the hint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from emulator.errors import (
    Behaviour,
    ConfigurationError,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.schemes.encoding import from_base64, to_base64

Plausible = Callable[[bytes], bool]
"""Does this plaintext make sense? Asked of any bytes at all, so it must not raise."""

BLOCK = 16
KEY_LENGTH = 32

RFC_4648 = Source("RFC 4648", "section 4")
SP_800_38A = Source("NIST SP 800-38A", "section 6.2")
RFC_5652 = Source("RFC 5652", "section 6.3")

NOT_BASE64 = FailureMode(
    "aes-cbc.not-base64", "The ciphertext is not standard Base64 on one line", RFC_4648
)
CIPHERTEXT_LENGTH = FailureMode(
    "aes-cbc.ciphertext-length", "The ciphertext is not a whole number of blocks", SP_800_38A
)
PADDING = FailureMode("aes-cbc.padding", "The plaintext does not end in PKCS#7 padding", RFC_5652)
PLAINTEXT = FailureMode(
    "aes-cbc.plaintext",
    "The ciphertext decrypts to something that makes no sense",
    SP_800_38A.but(Standing.INFERRED, "appendix D"),
)

CANONICAL_BASE64 = Behaviour(
    "Ciphertext must be canonical Base64: padded, without line breaks, unused bits zero",
    RFC_4648.but(Standing.CHOSEN, "sections 3.1 to 3.5"),
)


def pad(data: bytes) -> bytes:
    """Append PKCS#7 padding: 1 to 16 bytes, a whole block if `data` fills its last one.

    Source:
        RFC 5652, section 6.3.
    """
    count = BLOCK - len(data) % BLOCK
    return data + bytes([count]) * count


def unpad(data: bytes) -> bytes:
    """Take PKCS#7 padding off; every byte of it is checked.

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
    _check(key, iv)
    return encrypt_blocks(key, iv, pad(plaintext))


def decrypt(key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Decrypt and take the padding off.

    Raises:
        SchemeError: `aes-cbc.ciphertext-length`, `aes-cbc.padding`.
        ConfigurationError: The key or the IV has another length than 32 and 16 bytes.

    Source:
        NIST SP 800-38A, section 6.2; RFC 5652, section 6.3.
    """
    _check(key, iv)
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


def decrypt_text(key: bytes, iv: bytes, text: str, *, plausible: Plausible) -> bytes:
    """Decrypt what `encrypt_text` makes.

    Args:
        key: 32 raw bytes, not their Base64 text.
        iv: 16 raw bytes.
        text: Standard Base64, as received.
        plausible: Whether a plaintext makes sense, for example: is it a JSON object? The
            only guard against a wrong IV, so make it strict: `json.loads` takes UTF-16
            bytes and NaN for an answer.

    Raises:
        SchemeError: `aes-cbc.not-base64`, `aes-cbc.ciphertext-length`, `aes-cbc.padding`,
            `aes-cbc.plaintext`.
        ConfigurationError: The key or the IV has another length than 32 and 16 bytes.

    Source:
        RFC 4648, section 4; NIST SP 800-38A, section 6.2; RFC 5652, section 6.3.
    """
    _check(key, iv)
    try:
        plaintext = decrypt(key, iv, _read_base64(key, text))
        if plausible(plaintext):
            return plaintext
        from emulator.schemes.mistakes import aes_cbc as mistakes

        raise SchemeError(PLAINTEXT.diagnose("plaintext", received=mistakes.show(key, plaintext)))
    except SchemeError as error:
        from emulator.schemes.mistakes import aes_cbc as mistakes

        hint = mistakes.recognise(key, iv, text, plausible)
        raise SchemeError(replace(error.diagnosis, hint=hint)) from None


def encrypt_blocks(key: bytes, iv: bytes, blocks: bytes) -> bytes:
    """Encrypt whole blocks in CBC mode, without padding."""
    context = Cipher(AES(key), CBC(iv)).encryptor()
    return context.update(blocks) + context.finalize()


def decrypt_blocks(key: bytes, iv: bytes, blocks: bytes) -> bytes:
    """Decrypt whole blocks in CBC mode, the padding left on."""
    context = Cipher(AES(key), CBC(iv)).decryptor()
    return context.update(blocks) + context.finalize()


def _check(key: bytes, iv: bytes) -> None:
    if len(key) != KEY_LENGTH:
        raise ConfigurationError(f"the AES key must be 32 bytes long, not {len(key)}")
    if len(iv) != BLOCK:
        raise ConfigurationError(f"the AES initialization vector must be 16 bytes, not {len(iv)}")


def _read_base64(key: bytes, text: str) -> bytes:
    try:
        return from_base64(text)
    except ValueError:
        from emulator.schemes.mistakes import aes_cbc as mistakes

        raise SchemeError(
            NOT_BASE64.diagnose(
                "ciphertext",
                expected="Base64, padded, on one line",
                received=mistakes.masked(key, text),
            )
        ) from None
