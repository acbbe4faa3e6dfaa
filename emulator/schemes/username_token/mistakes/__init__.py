"""Which mistake made a UsernameToken wrong; asked only after it was refused."""

from emulator.schemes.username_token.mistakes.diagnose import RefusedDigest, explain, hint, received
from emulator.schemes.username_token.mistakes.fields import base64_fault, masked

__all__ = [
    "RefusedDigest",
    "base64_fault",
    "explain",
    "hint",
    "masked",
    "received",
]
