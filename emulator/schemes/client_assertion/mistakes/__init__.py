"""Which mistake made an assertion wrong; asked only after it was refused."""

from emulator.schemes.client_assertion.mistakes.diagnose import (
    CHECKS,
    MISTAKES,
    RECOGNISERS,
    recognise,
    recognise_signature,
)
from emulator.schemes.client_assertion.mistakes.key_names import registered_as

__all__ = [
    "CHECKS",
    "MISTAKES",
    "RECOGNISERS",
    "recognise",
    "recognise_signature",
    "registered_as",
]
