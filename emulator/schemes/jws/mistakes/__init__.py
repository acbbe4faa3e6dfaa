"""Which mistake made a JWS wrong; asked only after it was refused."""

from emulator.schemes.jws.mistakes.diagnose import (
    MISTAKES,
    RECIPES,
    Attempt,
    is_hmac,
    pem_texts,
    recognise,
    recognise_signature,
)

__all__ = [
    "MISTAKES",
    "RECIPES",
    "Attempt",
    "is_hmac",
    "pem_texts",
    "recognise",
    "recognise_signature",
]
