"""Which mistake made a UsernameToken wrong; asked only after it was refused."""

from emulator.schemes.username_token.mistakes.diagnose import Attempt, explain, hint, received
from emulator.schemes.username_token.mistakes.fields import base64_fault, masked

__all__ = [
    "Attempt",
    "base64_fault",
    "explain",
    "hint",
    "masked",
    "received",
]
