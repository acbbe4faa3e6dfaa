"""Reading form fields from a body (urlencoded or multipart) and from a query, strictly.

A servlet accepts a bad escape, or a field that is given twice. A client that relies on this has a
bug: the next version of the servlet container can refuse it. So the emulator refuses all of it, and
says what is wrong. Only `SchemeError` leaves this package.
"""

from __future__ import annotations

from emulator.providers.gestopago.form.failures import MEDIA_TYPE
from emulator.providers.gestopago.form.fields import (
    MULTIPART,
    URLENCODED,
    body_fields,
    has_form,
    query_fields,
    with_field,
)
from emulator.providers.gestopago.form.names import names_of

__all__ = [
    "MEDIA_TYPE",
    "MULTIPART",
    "URLENCODED",
    "body_fields",
    "has_form",
    "names_of",
    "query_fields",
    "with_field",
]
