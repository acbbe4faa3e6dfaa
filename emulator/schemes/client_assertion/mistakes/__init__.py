"""Which mistake made an assertion wrong; asked only after it was refused."""

from emulator.schemes.client_assertion.mistakes.diagnose import (
    CHECKS,
    MISTAKES,
    RECIPES,
    recognise,
    recognise_signature,
    registered_as,
)

__all__ = [
    "CHECKS",
    "MISTAKES",
    "RECIPES",
    "recognise",
    "recognise_signature",
    "registered_as",
]
