"""What GestoPago answers when it refuses, and which business rule is broken.

A business code has two digits, in `CODIGO` of an XML body with HTTP 200. Only the token and the API
key have HTTP statuses. So a status says little: a wrong login is a 200.
"""

from __future__ import annotations

from emulator.providers.gestopago.failures.catalogue import ERRORS
from emulator.providers.gestopago.failures.modes import (
    AMOUNT,
    BALANCE,
    CONFIRM_EARLY,
    CONFIRM_MISMATCH,
    DUPLICATE_BILL,
    DUPLICATE_TOP_UP,
    DUPLICATE_UPC,
    NOT_OWED,
    NOT_VERIFIABLE,
    NOTHING_OWED,
    PAYLOAD_FIELD,
    PAYLOAD_FIELD_MISSING,
    PHONE,
    REFERENCE,
    REFERENCE_LENGTH,
    UNKNOWN_PRODUCT,
)
from emulator.providers.gestopago.failures.replies import (
    APPLIED,
    DONE,
    IDENTIFIED,
    POST_ONLY,
    SUCCESS,
)

__all__ = [
    "AMOUNT",
    "APPLIED",
    "BALANCE",
    "CONFIRM_EARLY",
    "CONFIRM_MISMATCH",
    "DONE",
    "DUPLICATE_BILL",
    "DUPLICATE_TOP_UP",
    "DUPLICATE_UPC",
    "ERRORS",
    "IDENTIFIED",
    "NOTHING_OWED",
    "NOT_OWED",
    "NOT_VERIFIABLE",
    "PAYLOAD_FIELD",
    "PAYLOAD_FIELD_MISSING",
    "PHONE",
    "POST_ONLY",
    "REFERENCE",
    "REFERENCE_LENGTH",
    "SUCCESS",
    "UNKNOWN_PRODUCT",
]
