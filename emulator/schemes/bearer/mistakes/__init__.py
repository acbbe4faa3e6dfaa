"""Which mistake made an access token or its header wrong; asked only after it was refused."""

from emulator.schemes.bearer.mistakes.diagnose import (
    HEADER_MISTAKES,
    MISTAKES,
    OPAQUE_MISTAKES,
    TOKEN_MISTAKES,
    masked,
    outline,
    recognise,
)

__all__ = [
    "HEADER_MISTAKES",
    "MISTAKES",
    "OPAQUE_MISTAKES",
    "TOKEN_MISTAKES",
    "masked",
    "outline",
    "recognise",
]
