"""Which mistake made a JWS wrong; asked only after it was refused."""

from emulator.schemes.jws.mistakes.diagnose import (
    MISTAKES,
    RECOGNISERS,
    recognise,
    recognise_signature,
)
from emulator.schemes.jws.mistakes.macs import is_hmac, pem_texts
from emulator.schemes.jws.mistakes.refused import RefusedText

__all__ = [
    "MISTAKES",
    "RECOGNISERS",
    "RefusedText",
    "is_hmac",
    "pem_texts",
    "recognise",
    "recognise_signature",
]
