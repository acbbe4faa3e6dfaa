"""Where the ciphertext is, if it is not in the field `signed`.

This only makes hints. The ciphertext is never read from another place.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Any, cast

from emulator.core import json_text
from emulator.core.errors import Diagnosis, FailureMode, SchemeError
from emulator.core.exchange import Request
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.providers.gestopago.behaviours import EXCHANGE
from emulator.providers.gestopago.form import (
    MULTIPART,
    URLENCODED,
    body_fields,
    has_form,
    names_of,
    query_fields,
)
from emulator.providers.gestopago.signed.keys import encryption
from emulator.providers.gestopago.signed.plaintext import EXAMPLE, FIELD, Payload
from emulator.schemes import aes_cbc

SIGNED_MISSING = FailureMode("gestopago.signed-missing", "The field `signed` is missing", EXCHANGE)
_CLEAR = {"idServicio", "idProducto", "referencia", "telefono"}
_IN_THE_CLEAR = Message(
    "The fields were sent without encryption; encrypt them as one JSON object, "
    "and send its Base64 as the form field {field}"
).with_(field=FIELD)


def missing(request: Request, record: Record) -> Diagnosis:
    """Say that `signed` is missing, and where the ciphertext is instead."""
    fields = {**query_fields(request), **_form(request)}
    names = sorted(set(fields) - {"random"})
    found = SIGNED_MISSING.diagnose(
        f"body.{FIELD}" if request.method != "GET" else f"query.{FIELD}",
        expected="Base64 of the encrypted JSON",
        received=names_of(names),
    )
    if _CLEAR & set(names):
        return found.but(_IN_THE_CLEAR)
    return misplaced(request, record, found)


def _form(request: Request) -> dict[str, str]:
    return body_fields(request, URLENCODED, MULTIPART) if has_form(request) else {}


def misplaced(request: Request, record: Record, found: Diagnosis) -> Diagnosis:
    """Return the diagnosis with a hint that names the wrong place of the ciphertext, if any."""
    for hint, text in _other_places(request):
        if _decrypts(text, record):
            return found.but(hint)
    if _CLEAR & set(_json_members(request.body)):
        return found.but(_IN_THE_CLEAR)
    if found.hint:
        return found
    return found.but(
        Message("Encrypt the JSON and send its Base64 in the form field {field}; {example}").with_(
            field=FIELD, example=EXAMPLE
        )
    )


def _decrypts(text: str, record: Record) -> bool:
    try:
        plaintext = aes_cbc.decrypt(*encryption(record), b64decode(text, validate=True))
    except (SchemeError, ValueError):
        return False
    return Payload().take(plaintext)


def _other_places(request: Request) -> Iterator[tuple[str, str]]:
    """Yield hints, each with the text that is the ciphertext if the hint is right."""
    try:
        fields = {**query_fields(request), **_form(request)}
    except SchemeError:
        fields = {}
    for name, value in fields.items():
        shown = names_of((name,))
        if name.lower() == FIELD:
            yield (
                Message("The field's name is in lower case: {field}, not {shown}").with_(
                    field=FIELD, shown=shown
                ),
                value,
            )
        else:
            yield (
                Message(
                    "The ciphertext is in the field {shown}; the field's name is {field}"
                ).with_(shown=shown, field=FIELD),
                value,
            )
    for name, value in _json_members(request.body).items():
        if isinstance(value, str):
            yield (
                Message(
                    "The member {name} was sent in a JSON body; send the form field "
                    "{field}, Content-Type {urlencoded}"
                ).with_(name=names_of((name,)), field=FIELD, urlencoded=URLENCODED),
                value,
            )
    text = request.body[:_MOST].decode("latin-1").strip().strip('"')
    yield (
        Message(
            "The body is the ciphertext alone; send it as the form field {field}, percent-encoded"
        ).with_(field=FIELD),
        text,
    )
    for name, value in request.headers:
        yield (
            Message(
                "The ciphertext is in the header {name}; send it as the form field {field}"
            ).with_(name=name, field=FIELD),
            value,
        )


_MOST = 1 << 16


def _json_members(body: bytes) -> dict[str, Any]:
    try:
        value = json_text.loads(body) if body.lstrip()[:1] == b"{" else None
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
