"""Finding the field `signed`, and decrypting it."""

from __future__ import annotations

from functools import partial
from typing import Any

from emulator.core.errors import Diagnosis, FailureMode, SchemeError
from emulator.core.exchange import Exchange, Request
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, State
from emulator.providers.gestopago.behaviours import OURS
from emulator.providers.gestopago.form import (
    MEDIA_TYPE,
    MULTIPART,
    URLENCODED,
    body_fields,
    has_form,
    query_fields,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed.keys import encryption
from emulator.providers.gestopago.signed.lines import in_lines, on_one_line
from emulator.providers.gestopago.signed.misplaced import misplaced, missing
from emulator.providers.gestopago.signed.plaintext import EXAMPLE, FIELD, Payload
from emulator.schemes import aes_cbc

WARNINGS = State[list[Diagnosis]]("warnings")
"""The warnings of the check of an exchange, which may run twice."""

FIELD_CONFLICT = FailureMode(
    "gestopago.field-conflict", "Query and body give the same field differently", OURS
)


def read_payload(
    exchange: Exchange, record: Record, context: Context[Settings], *, required: bool
) -> None:
    """Decrypt `signed` into the exchange's payload.

    Args:
        exchange: Whose token has been checked.
        record: The credential, whose key and IV are used.
        context: Tells the settings.
        required: Whether it must be there.

    Raises:
        SchemeError: A code of `form`, `gestopago.field-conflict`, `gestopago.signed-missing`
            or an `aes-cbc.*`.
    """
    try:
        signed, place = _find(exchange.request, required=required)
    except SchemeError as error:
        if error.diagnosis.code != MEDIA_TYPE.code:
            raise
        raise SchemeError(misplaced(exchange.request, record, error.diagnosis)) from error
    if signed is not None:
        exchange.payload = _decrypt(signed, place, record, exchange, context)
    elif required:
        raise SchemeError(missing(exchange.request, record))


def conflict(name: str) -> Diagnosis:
    """Say that query and body differ in a field."""
    return FIELD_CONFLICT.diagnose(
        f"query.{name}", expected="the same in query and body", hint=Message("Send it in one place")
    )


def _find(request: Request, *, required: bool) -> tuple[str | None, str]:
    """Return the field and its place. As in a servlet, the HTTP method makes no difference."""
    in_query = query_fields(request).get(FIELD)
    read = has_form(request) or (required and in_query is None)
    in_body = body_fields(request, URLENCODED, MULTIPART).get(FIELD) if read else None
    if in_body is None:
        return in_query, f"query.{FIELD}"
    if in_query is not None and in_query != in_body:
        raise SchemeError(conflict(FIELD))
    return in_body, f"body.{FIELD}"


def _decrypt(
    signed: str, place: str, record: Record, exchange: Exchange, context: Context[Settings]
) -> dict[str, Any]:
    if context.settings.repair_plus:
        signed = signed.replace(" ", "+")
    text = on_one_line(signed)
    key, iv = encryption(record)
    payload = Payload()
    warnings = list[Diagnosis]()
    WARNINGS.set(exchange, warnings)
    try:
        aes_cbc.decrypt_text(
            key,
            iv,
            text,
            plausible=payload.take,
            others=partial(_others, record, context),
            remark=lambda found: warnings.append(found.at(place)),
        )
    except SchemeError as error:
        raise SchemeError(_advised(error.diagnosis.at(place))) from error
    if text != signed:
        warnings.append(in_lines(signed, place))
    return payload.members


def _others(record: Record, context: Context[Settings]) -> dict[str, tuple[bytes, bytes]]:
    """Return the keys and IVs of the other devices, by the name of the device."""
    own = encryption(record)
    every = {
        f"device {device}": encryption(other)
        for device, other in context.store.table(CREDENTIALS).items()
    }
    return {whose: keys for whose, keys in every.items() if keys != own}


def _advised(diagnosis: Diagnosis) -> Diagnosis:
    from emulator.schemes.aes_cbc.mistakes import CHECKS

    return diagnosis.but(
        lambda hint: (
            Message("{hint}. {example}").with_(hint=hint, example=EXAMPLE)
            if CHECKS in hint
            else hint
        )
    )
