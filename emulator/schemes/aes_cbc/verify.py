"""Decrypting what a client sent. A text without sense is refused, and the mistake is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.core.errors import (
    Diagnosis,
    SchemeError,
)
from emulator.core.messages import Message
from emulator.schemes.aes_cbc.failures import NOT_BASE64, PADDED_TWICE, PLAINTEXT
from emulator.schemes.aes_cbc.make import BLOCK, check, decrypt
from emulator.schemes.encoding import from_base64

Plausible = Callable[[bytes], bool]
"""Does this plaintext make sense? It is called with any bytes, so it must not raise."""

Others = Callable[[], Mapping[str, tuple[bytes, bytes]]]
"""Returns other known keys and IVs, by the name of the owner; called only after a refusal."""

Remark = Callable[[Diagnosis], object]
"""Receives a warning about a text that is accepted."""


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
    check(key, iv)
    try:
        plaintext = decrypt(key, iv, _read_base64(key, text))
        if not plausible(plaintext):
            from emulator.schemes.aes_cbc import mistakes

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
    from emulator.schemes.aes_cbc import mistakes

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
                hint=Message(
                    "Leave the padding to the library; it passes for this length only, because "
                    "these bytes happen to be white space in JSON"
                ),
            )
        )


_BLANKS = b"\t\n\r "


def _padding_by_hand(plaintext: bytes) -> int:
    """Return how many bytes at the end are padding by hand: PKCS#7's, or blanks."""
    count = plaintext[-1]
    if plaintext.endswith(bytes([count]) * count):
        return count
    blanks = len(plaintext) - len(plaintext.rstrip(b" "))
    return blanks if blanks > 1 else 0


def _read_base64(key: bytes, text: str) -> bytes:
    try:
        return from_base64(text)
    except ValueError:
        from emulator.schemes.aes_cbc import mistakes

        raise SchemeError(
            NOT_BASE64.diagnose(
                "ciphertext",
                expected="Base64, padded, on one line",
                received=mistakes.masked(key, text),
            )
        ) from None
