"""The business rules that a request can break."""

from __future__ import annotations

from emulator.core.errors import FailureMode, Standing
from emulator.providers.gestopago.behaviours import (
    DEBTS,
    FLOW,
    GUIDE,
    OPENAPI,
    OURS,
)

PAYLOAD_FIELD_MISSING = FailureMode(
    "gestopago.payload-field-missing", "The payload lacks a member the method needs", OPENAPI
)
PAYLOAD_FIELD = FailureMode(
    "gestopago.payload-field", "A member of the payload has a wrong type or form", OPENAPI
)
UNKNOWN_PRODUCT = FailureMode(
    "gestopago.unknown-product",
    "idServicio and idProducto are no pair of the catalogue",
    OPENAPI.but(Standing.INFERRED),
)
AMOUNT = FailureMode("gestopago.amount", "montoPago is not an amount this product takes", OPENAPI)
PHONE = FailureMode("gestopago.phone", "telefono is not what this product wants", OPENAPI)
REFERENCE = FailureMode("gestopago.reference", "referencia is missing or malformed", OPENAPI)
REFERENCE_LENGTH = FailureMode(
    "gestopago.reference-length", "referencia does not have this biller's length", GUIDE
)
NOT_VERIFIABLE = FailureMode(
    "gestopago.not-verifiable", "The service cannot be asked about a reference", OPENAPI
)
DUPLICATE_UPC = FailureMode("gestopago.duplicate-upc", "The upc was used before", GUIDE)
DUPLICATE_TOP_UP = FailureMode(
    "gestopago.duplicate-top-up", "The number has just had the same top-up", GUIDE, about_time=True
)
DUPLICATE_BILL = FailureMode(
    "gestopago.duplicate-bill", "The same bill has been paid within a day", GUIDE, about_time=True
)
BALANCE = FailureMode(
    "gestopago.balance", "The distributor's bag holds less than the sale costs", OURS
)
NOT_OWED = FailureMode(
    "gestopago.amount-owed", "montoPago is not what is owed under the reference", DEBTS.source
)
NOTHING_OWED = FailureMode(
    "gestopago.nothing-owed", "Nothing is owed under the reference: it is paid", DEBTS.source
)
CONFIRM_EARLY = FailureMode(
    "gestopago.confirm-early",
    "confirmTx comes too soon after sendTx to be reliable",
    FLOW,
    about_time=True,
)
CONFIRM_MISMATCH = FailureMode(
    "gestopago.confirm-mismatch", "confirmTx has other parameters than the sale", GUIDE
)
