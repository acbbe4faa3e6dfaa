"""How an AES-CBC text can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import (
    Behaviour,
    FailureMode,
    Source,
    Standing,
)

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
