"""AES-256-CBC with PKCS#7 padding, carried as Base64 text.

::

    text = Base64(AES-256-CBC(key, iv, plaintext || n bytes of value n)),  1 <= n <= 16

There is no authentication tag. So CBC cannot detect a wrong IV: it changes only the first block.
CBC detects a wrong key by the padding, 255 times out of 256. So the caller must say whether the
plaintext makes sense: see `decrypt_text`.

After a refusal, and only then, `mistakes` looks for what was done otherwise.
"""

from emulator.schemes.aes_cbc.failures import (
    CIPHERTEXT_LENGTH,
    NOT_BASE64,
    PADDED_TWICE,
    PADDING,
    PLAINTEXT,
)
from emulator.schemes.aes_cbc.make import (
    BLOCK,
    KEY_LENGTH,
    decrypt,
    decrypt_blocks,
    encrypt,
    encrypt_blocks,
    encrypt_text,
    pad,
    unpad,
)
from emulator.schemes.aes_cbc.verify import Others, Plausible, Remark, decrypt_text

__all__ = [
    "BLOCK",
    "CIPHERTEXT_LENGTH",
    "KEY_LENGTH",
    "NOT_BASE64",
    "PADDED_TWICE",
    "PADDING",
    "PLAINTEXT",
    "Others",
    "Plausible",
    "Remark",
    "decrypt",
    "decrypt_blocks",
    "decrypt_text",
    "encrypt",
    "encrypt_blocks",
    "encrypt_text",
    "pad",
    "unpad",
]
