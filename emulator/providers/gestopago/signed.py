"""The payload: JSON encrypted with AES-256-CBC, as Base64 in the form field `signed`.

::

    signed = Base64(AES-256-CBC(key, iv, JSON))     which is ciphertext, not a signature

CBC has no authentication tag: what guards the payload is the token before it, and that the
plaintext must be a JSON object.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, cast

from emulator.core import json_text
from emulator.core.errors import ConfigurationError, Diagnosis, FailureMode, SchemeError
from emulator.core.exchange import Exchange, Request
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, State
from emulator.providers.gestopago.behaviours import EXCHANGE, OURS, SIGNED_LINES
from emulator.providers.gestopago.form import (
    MEDIA_TYPE,
    MULTIPART,
    URLENCODED,
    body_fields,
    has_form,
    names_of,
    query_fields,
)
from emulator.providers.gestopago.settings import Settings
from emulator.schemes import aes_cbc

FIELD = "signed"

WARNINGS = State[list[Diagnosis]]("warnings")
"""The warnings of the check of an exchange, which may run twice."""

SIGNED_MISSING = FailureMode("gestopago.signed-missing", "The field `signed` is missing", EXCHANGE)
SIGNED_IN_LINES = FailureMode(
    "gestopago.signed-in-lines",
    "The Base64 text of `signed` is broken into lines",
    SIGNED_LINES.source,
)
FIELD_CONFLICT = FailureMode(
    "gestopago.field-conflict", "Query and body give the same field differently", OURS
)

_LINE_LENGTHS = (60, 64, 76)  # Ruby; openssl; MIME: Java, PHP's chunk_split, Python
_LINE_END = re.compile(r"\r\n|\n")
_EXAMPLE = "`emulator sign gestopago sendTx` shows each step"


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
        raise SchemeError(_misplaced(exchange.request, record, error.diagnosis)) from error
    if signed is not None:
        exchange.payload = _decrypt(signed, place, record, exchange, context)
    elif required:
        raise SchemeError(_missing(exchange.request, record))


def encryption(record: Record) -> tuple[bytes, bytes]:
    """Return the AES key and IV of a credential, 32 and 16 raw bytes."""
    return raw_key(record["aes_key"]), raw_key(record["aes_iv"])


@lru_cache(maxsize=256)
def raw_key(text: str) -> bytes:
    """Return the bytes of a key in Base64.

    Raises:
        ConfigurationError: It is not Base64.
    """
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise ConfigurationError(f"a key of GestoPago is not Base64: {error}") from error


def conflict(name: str) -> Diagnosis:
    """Say that query and body differ in a field."""
    return FIELD_CONFLICT.diagnose(
        f"query.{name}", expected="the same in query and body", hint="Send it in one place"
    )


def _find(request: Request, *, required: bool) -> tuple[str | None, str]:
    """Return the field and its place; as a servlet does, whatever the HTTP method is."""
    in_query = query_fields(request).get(FIELD)
    read = has_form(request) or (required and in_query is None)
    in_body = body_fields(request, URLENCODED, MULTIPART).get(FIELD) if read else None
    if in_body is None:
        return in_query, f"query.{FIELD}"
    if in_query is not None and in_query != in_body:
        raise SchemeError(conflict(FIELD))
    return in_body, f"body.{FIELD}"


# Decrypting


def _decrypt(
    signed: str, place: str, record: Record, exchange: Exchange, context: Context[Settings]
) -> dict[str, Any]:
    if context.settings.repair_plus:
        signed = signed.replace(" ", "+")
    text = on_one_line(signed)
    key, iv = encryption(record)
    payload = _Payload()
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
        warnings.append(_in_lines(signed, place))
    return payload.members


def _others(record: Record, context: Context[Settings]) -> dict[str, tuple[bytes, bytes]]:
    """Return the keys and IVs of the other devices, by whose they are."""
    own = encryption(record)
    every = {
        f"device {device}": encryption(other)
        for device, other in context.store.table(CREDENTIALS).items()
    }
    return {whose: keys for whose, keys in every.items() if keys != own}


def _advised(diagnosis: Diagnosis) -> Diagnosis:
    from emulator.schemes.aes_cbc.mistakes import CHECKS

    return diagnosis.but(lambda hint: f"{hint}. {_EXAMPLE}" if CHECKS in hint else hint)


def on_one_line(signed: str) -> str:
    """Return Base64 that is broken into lines as languages break it on one line; else as it is."""
    *lines, last = _LINE_END.split(signed)
    if not last and lines:
        last = lines.pop()
    widths = {len(line) for line in lines}
    whole = not widths or (len(widths) == 1 and widths <= {*_LINE_LENGTHS})
    longest = max(widths, default=max(_LINE_LENGTHS))
    return "".join((*lines, last)) if whole and 0 < len(last) <= longest else signed


def _in_lines(signed: str, place: str) -> Diagnosis:
    return SIGNED_IN_LINES.diagnose(
        place,
        expected="Base64 on one line",
        received=f"{len(_LINE_END.findall(signed))} line ends",
        hint="Leave out the line ends: Base64.getEncoder() in Java, strict_encode64 in Ruby, "
        "no chunk_split in PHP, openssl base64 -A, b64encode in Python",
    )


class _Payload:
    """Keeps the object that was parsed to find out whether the plaintext is plausible.

    Attributes:
        members: The object.
    """

    __slots__ = ("members",)

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}

    def take(self, plaintext: bytes) -> bool:
        """Tell whether it is one JSON object without repeated members."""
        try:
            self.members = json_text.read_object(plaintext)
        except ValueError:
            return False
        return True


# Why it was not found. What follows only says where the ciphertext is; it is never taken from there


_CLEAR = {"idServicio", "idProducto", "referencia", "telefono"}
_IN_THE_CLEAR = (
    "The fields were sent in the clear; encrypt them as one JSON object, and send its Base64 as "
    f"the form field {FIELD}"
)


def _missing(request: Request, record: Record) -> Diagnosis:
    fields = {**query_fields(request), **_form(request)}
    names = sorted(set(fields) - {"random"})
    found = SIGNED_MISSING.diagnose(
        f"body.{FIELD}" if request.method != "GET" else f"query.{FIELD}",
        expected="Base64 of the encrypted JSON",
        received=names_of(names),
    )
    if _CLEAR & set(names):
        return found.but(_IN_THE_CLEAR)
    return _misplaced(request, record, found)


def _form(request: Request) -> dict[str, str]:
    return body_fields(request, URLENCODED, MULTIPART) if has_form(request) else {}


def _misplaced(request: Request, record: Record, found: Diagnosis) -> Diagnosis:
    """Return the diagnosis with a hint that names where the ciphertext is, if it is anywhere."""
    for hint, text in _other_places(request):
        if _decrypts(text, record):
            return found.but(hint)
    if _CLEAR & set(_json_members(request.body)):
        return found.but(_IN_THE_CLEAR)
    if found.hint:
        return found
    return found.but(f"Encrypt the JSON and send its Base64 in the form field {FIELD}; {_EXAMPLE}")


def _decrypts(text: str, record: Record) -> bool:
    try:
        plaintext = aes_cbc.decrypt(*encryption(record), b64decode(text, validate=True))
    except (SchemeError, ValueError):
        return False
    return _Payload().take(plaintext)


def _other_places(request: Request) -> Iterator[tuple[str, str]]:
    """Go through hints, each with the text that would be the ciphertext if it were true."""
    try:
        fields = {**query_fields(request), **_form(request)}
    except SchemeError:
        fields = {}
    for name, value in fields.items():
        shown = names_of((name,))
        if name.lower() == FIELD:
            yield f"The field's name is in lower case: {FIELD}, not {shown}", value
        else:
            yield f"The ciphertext is in the field {shown}; the field's name is {FIELD}", value
    for name, value in _json_members(request.body).items():
        if isinstance(value, str):
            yield (
                f"The member {names_of((name,))} was sent in a JSON body; send the form field "
                f"{FIELD}, Content-Type {URLENCODED}",
                value,
            )
    text = request.body[:_MOST].decode("latin-1").strip().strip('"')
    yield (
        f"The body is the ciphertext alone; send it as the form field {FIELD}, percent-encoded",
        text,
    )
    for name, value in request.headers:
        yield f"The ciphertext is in the header {name}; send it as the form field {FIELD}", value


_MOST = 1 << 16


def _json_members(body: bytes) -> dict[str, Any]:
    try:
        value = json_text.loads(body) if body.lstrip()[:1] == b"{" else None
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
