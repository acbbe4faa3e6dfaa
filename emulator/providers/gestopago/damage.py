"""What a scenario can damage in GestoPago's messages, and the damage that needs a key.

::

    signed=<Base64 of the ciphertext>     request.aes.ciphertext, .padding, .iv
    Authorization: Bearer a.b.signature   request.jwt.signature
    {"token": "a.b.signature", …}         response.jwt.signature

The IV is not sent, and CBC hides the padding. So the emulator damages them by encrypting the same
plaintext again. A message without the part, or one that cannot be read, is not changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from emulator.core import json_text
from emulator.core.errors import SchemeError
from emulator.core.exchange import Reply, Request
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, KeyFiles, Part, Remake
from emulator.providers.gestopago.credentials import DEVICES, ROLLED_IV, ROLLED_KEY
from emulator.providers.gestopago.form import (
    MULTIPART,
    URLENCODED,
    body_fields,
    has_form,
    query_fields,
    with_field,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import FIELD, encryption, on_one_line
from emulator.schemes import aes_cbc
from emulator.schemes.encoding import from_base64, to_base64

_TOKEN = re.compile(r"(?<![\w-])([\w-]+\.[\w-]+\.)([\w-]*)", re.ASCII)
_BEARER = re.compile(r"(bearer [\w-]+\.[\w-]+\.)([\w-]*)", re.ASCII | re.IGNORECASE)

_Change = Callable[[Record, bytes, KeyFiles], bytes]
"""Makes ciphertext of the padded plaintext, given the right credential."""


# The field `signed`


def _read_signed(request: Request) -> bytes | None:
    try:
        query = query_fields(request)
        body = body_fields(request, URLENCODED, MULTIPART) if has_form(request) else {}
    except SchemeError:
        return None
    signed = body.get(FIELD, query.get(FIELD))
    return None if signed is None else on_one_line(signed).encode()


def _write_signed(request: Request, signed: bytes | None) -> Request:
    return request if _read_signed(request) is None else with_field(request, FIELD, signed)


def _cannot_write(request: Request, _part: bytes | None) -> Request:
    """Change nothing: the part is not sent by itself."""
    return request


def _rekeyed(name: str) -> _Change:
    """Encrypt with the key and IV that a name of `Credentials.key_names` stands for."""

    def change(record: Record, padded: bytes, keys: KeyFiles) -> bytes:
        return aes_cbc.encrypt_blocks(*encryption(DEVICES.rekeyed(record, name, keys)), padded)

    return change


def _flip_iv(record: Record, padded: bytes, _keys: KeyFiles) -> bytes:
    key, iv = encryption(record)
    return aes_cbc.encrypt_blocks(key, bytes([iv[0] ^ 1]) + iv[1:], padded)


def _spoil_padding(record: Record, padded: bytes, _keys: KeyFiles) -> bytes:
    # PKCS#7 has no padding of value 0.
    return aes_cbc.encrypt_blocks(*encryption(record), padded[:-1] + b"\0")


def _remake(change: _Change) -> Remake:
    """Return damage that makes other ciphertext of the plaintext that arrived."""

    def remake(request: Request, credential: str, context: Context[Settings]) -> Request:
        signed = _read_signed(request)
        # Not `context.credential`: a scenario may have changed it, unknown to the client.
        record = context.store.table(CREDENTIALS).get(credential)
        if signed is None or record is None:
            return request
        try:
            padded = aes_cbc.decrypt_blocks(*encryption(record), from_base64(signed.decode()))
        except ValueError:
            return request
        if not padded:
            return request
        ciphertext = change(record, padded, context.keys)
        return _write_signed(request, to_base64(ciphertext).encode())

    return remake


# The signature of a token


def _read_bearer(request: Request) -> bytes | None:
    value = request.header("authorization")
    found = _BEARER.fullmatch(value) if value else None
    return found[2].encode() if found else None


def _write_bearer(request: Request, signature: bytes | None) -> Request:
    if _read_bearer(request) is None:
        return request
    headers = list(request.headers)
    place = [name for name, _ in headers].index("authorization")
    found = _BEARER.fullmatch(headers[place][1])
    assert found is not None  # it was read
    headers[place] = ("authorization", found[1] + (signature or b"").decode("latin-1"))
    return replace(request, headers=headers)


def _answer(reply: Reply) -> dict[str, Any]:
    try:
        value = json_text.loads(reply.body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _read_issued(reply: Reply) -> bytes | None:
    token = _answer(reply).get("token")
    found = _TOKEN.fullmatch(token) if isinstance(token, str) else None
    return found[2].encode() if found else None


def _write_issued(reply: Reply, signature: bytes | None) -> Reply:
    if _read_issued(reply) is None:
        return reply
    content = _answer(reply)
    kept, _, _ = content["token"].rpartition(".")
    content["token"] = f"{kept}.{(signature or b'').decode('latin-1')}"
    return replace(reply, body=Reply.json(content).body, content=content)


PARTS = {
    "request.aes.ciphertext": Part(
        _read_signed,
        _write_signed,
        "base64",
        remake={
            "bad_padding": _remake(_spoil_padding),
            "wrong_key": _remake(_rekeyed(ROLLED_KEY)),
            "wrong_iv": _remake(_rekeyed(ROLLED_IV)),
        },
    ),
    "request.aes.padding": Part(
        _read_signed,
        _cannot_write,
        "base64",
        remake={"bad_padding": _remake(_spoil_padding)},
        hidden=True,
    ),
    "request.aes.iv": Part(
        _read_signed,
        _cannot_write,
        "base64",
        remake={"wrong_iv": _remake(_rekeyed(ROLLED_IV)), "flip_bit": _remake(_flip_iv)},
        hidden=True,
    ),
    "request.jwt.signature": Part(_read_bearer, _write_bearer, "base64url"),
    "response.jwt.signature": Part(_read_issued, _write_issued, "base64url"),
}
