"""AES-256-CBC with PKCS#7 padding, carried as Base64 text.

::

    text = Base64(AES-256-CBC(key, iv, plaintext || n bytes of value n)),  1 <= n <= 16

There is no authentication tag, so CBC cannot notice a wrong IV (only the first block
suffers) and webhooks a wrong key only by the padding, 255 times out of 256. What decides in
the end is whether the plaintext makes sense, which only the caller knows: see
`plausible`.

After a refusal, and only then, `mistakes.aes_cbc` looks for what was done otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from emulator.core.errors import (
    Behaviour,
    ConfigurationError,
    Diagnosis,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.schemes.encoding import from_base64, to_base64

Plausible = Callable[[bytes], bool]
"""Does this plaintext make sense? Asked of any bytes at all, so it must not raise."""

Others = Callable[[], Mapping[str, tuple[bytes, bytes]]]
"""Gives other keys and IVs that are known, by whose they are; called only after a refusal."""

Remark = Callable[[Diagnosis], object]
"""Takes what is unwise in something that is accepted."""

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

PADDED_TWICE = FailureMode(
    "aes-cbc.padded-twice",
    "The plaintext was padded by hand before it was padded and encrypted",
    RFC_5652,
)

CANONICAL_BASE64 = Behaviour(
    "Ciphertext must be canonical Base64: padded, without line breaks, unused bits zero",
    RFC_4648.but(Standing.CHOSEN, "sections 3.1 to 3.5"),
)
PADDED_BY_HAND = Behaviour(
    "A plaintext padded by hand passes where the padding is white space to JSON (9, 10 or 13 bytes "
    "of that value, or blanks), with a warning; other lengths are refused",
    RFC_5652.but(Standing.CHOSEN),
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


def decrypt_text(
    key: bytes,
    iv: bytes,
    text: str,
    *,
    plausible: Plausible,
    others: Others = dict,
    remark: Remark | None = None,
) -> bytes:
    """Decrypt what `encrypt_text` makes.

    Args:
        key: 32 raw bytes.
        iv: 16 raw bytes.
        text: Standard Base64, as received.
        plausible: Whether a plaintext makes sense, for example: is it a JSON object? The
            only guard against a wrong IV, so make it strict: `json.loads` takes UTF-16
            bytes and NaN for an answer.
        others: Keys and IVs that somebody may have used instead. Only to name the mistake.
        remark: Told of `aes-cbc.padded-twice`, which is accepted.

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
        if not plausible(plaintext):
            from emulator.schemes.mistakes import aes_cbc as mistakes

            shown = mistakes.show(key, plaintext)
            raise SchemeError(PLAINTEXT.diagnose("plaintext", received=shown))
    except SchemeError as error:
        raise SchemeError(_explained(error.diagnosis, key, iv, text, plausible, others)) from None
    if remark is not None:
        _remark(plaintext, remark)
    return plaintext


def _explained(
    diagnosis: Diagnosis, key: bytes, iv: bytes, text: str, plausible: Plausible, others: Others
) -> Diagnosis:
    from emulator.schemes.mistakes import aes_cbc as mistakes

    known = others()
    return diagnosis.but(
        lambda _: mistakes.recognise(diagnosis.code, key, iv, text, plausible, known)
    )


def _remark(plaintext: bytes, remark: Remark) -> None:
    padding = len(plaintext) - len(plaintext.rstrip(_BLANKS))
    if padding and not len(plaintext) % BLOCK and (count := _padding_by_hand(plaintext)):
        remark(
            PADDED_TWICE.diagnose(
                "plaintext",
                expected="JSON, which the library pads",
                received=f"{count} bytes of padding behind the JSON, and then the library's",
                hint="Leave the padding to the library; it passes for this length only, because "
                "these bytes happen to be white space in JSON",
            )
        )


_BLANKS = b"\t\n\r "


def _padding_by_hand(plaintext: bytes) -> int:
    """Return how many bytes at the end were meant as padding: PKCS#7's, or some blanks."""
    count = plaintext[-1]
    if plaintext.endswith(bytes([count]) * count):
        return count
    blanks = len(plaintext) - len(plaintext.rstrip(b" "))
    return blanks if blanks > 1 else 0


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
