"""Which mistake made a ciphertext wrong. Used only after a refusal."""

from emulator.schemes.aes_cbc.mistakes.diagnose import (
    CHECKS,
    EMPTY,
    SIGN_EXTENDED,
    UNFILLED,
    masked,
    recognise,
    show,
)

__all__ = [
    "CHECKS",
    "EMPTY",
    "SIGN_EXTENDED",
    "UNFILLED",
    "masked",
    "recognise",
    "show",
]
