"""Which mistake made an access token or its header wrong; asked only after it was refused."""

from emulator.schemes.bearer.mistakes.header import HEADER_MISTAKES
from emulator.schemes.bearer.mistakes.masks import masked, outline
from emulator.schemes.bearer.mistakes.mistake import recognise
from emulator.schemes.bearer.mistakes.opaque import OPAQUE_MISTAKES
from emulator.schemes.bearer.mistakes.tokens import TOKEN_MISTAKES

__all__ = [
    "HEADER_MISTAKES",
    "OPAQUE_MISTAKES",
    "TOKEN_MISTAKES",
    "masked",
    "outline",
    "recognise",
]
