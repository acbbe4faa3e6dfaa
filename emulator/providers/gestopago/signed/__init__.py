"""The payload: JSON encrypted with AES-256-CBC, as Base64 in the form field `signed`.

::

    signed = Base64(AES-256-CBC(key, iv, JSON))     which is ciphertext, not a signature

CBC has no authentication tag. Two things protect the payload: the token is checked first, and the
plaintext must be a JSON object.
"""

from __future__ import annotations

from emulator.providers.gestopago.signed.keys import encryption, raw_key
from emulator.providers.gestopago.signed.lines import on_one_line
from emulator.providers.gestopago.signed.plaintext import FIELD
from emulator.providers.gestopago.signed.read import WARNINGS, conflict, read_payload

__all__ = [
    "FIELD",
    "WARNINGS",
    "conflict",
    "encryption",
    "on_one_line",
    "raw_key",
    "read_payload",
]
