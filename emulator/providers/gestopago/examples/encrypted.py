"""Calls whose field `signed` cannot be read."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from itertools import count

from emulator.core.exchange import Request
from emulator.provider import Context
from emulator.providers.gestopago.examples.build import (
    by_get,
    by_multipart,
    changed,
    issued_token,
    payload_text,
    send_tx,
    signed,
    signed_as,
    with_header,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    default_record,
    method_request,
    sign_text,
)


def _empty_form(context: Context[Settings]) -> Request:
    return method_request("sendTx", issued_token(context), {})


def _plus_lost(context: Context[Settings]) -> Request:
    record, token = default_record(context), issued_token(context)
    texts = (sign_text(payload_text("sendTx", context, {"upc": f"{n}"}), record) for n in count())
    text = next(text for text in texts if "+" in text)
    request = method_request("sendTx", token, {"signed": text})
    return replace(request, body=f"signed={text}".encode("ascii"))


def _not_json(context: Context[Settings]) -> Request:
    signed = sign_text("{idServicio:115}", default_record(context))
    return method_request("sendTx", issued_token(context), {"signed": signed})


def _other_in_query(request: Request) -> Request:
    return replace(request, query="signed=AAAA")


ENCRYPTED = (
    send_tx(
        "compressed",
        with_header(signed("sendTx"), "content-encoding", "gzip"),
        "request.content-encoding",
    ),
    send_tx("signed-missing", _empty_form, "gestopago.signed-missing"),
    send_tx("sendTx-get", changed(signed("sendTx"), by_get), "request.method"),
    send_tx(
        "signed-differs-in-query",
        changed(signed("sendTx"), _other_in_query),
        "gestopago.field-conflict",
    ),
    send_tx(
        "multipart-cut",
        changed(by_multipart, lambda request: replace(request, body=request.body[:-8])),
        "gestopago.malformed-multipart",
    ),
    send_tx("plus-unencoded", _plus_lost, "aes-cbc.not-base64"),
    send_tx(
        "not-encrypted",
        signed_as(lambda _: b64encode(b'{"idServicio":115}').decode("ascii")),
        "aes-cbc.ciphertext-length",
    ),
    send_tx(
        "ciphertext-cut",
        signed_as(lambda _text: b64encode(bytes(16)).decode("ascii")),
        "aes-cbc.padding",
    ),
    send_tx("not-json", _not_json, "aes-cbc.plaintext"),
)
