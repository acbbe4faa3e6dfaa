"""Requests that are right; some have a warning."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from emulator.core.exchange import Request
from emulator.provider import Context, Example
from emulator.providers.gestopago.examples.build import (
    by_get,
    by_multipart,
    changed,
    confirm_tx,
    good_login,
    issued_token,
    method_call,
    pay_bill,
    payload_text,
    send_tx,
    signed,
    signed_as,
    token_example,
    verify_by_multipart,
    verify_reference,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    PLAIN_METHODS,
    default_record,
    encrypt_request,
    log_in_request,
    method_request,
    sign_text,
)


def _login_by_query(context: Context[Settings]) -> Request:
    request = log_in_request(default_record(context))
    return replace(request, query=request.body.decode("ascii"), body=b"", headers=[])


def _by_get_with_body(request: Request) -> Request:
    return replace(request, method="GET")


def _encrypt(context: Context[Settings]) -> Request:
    return encrypt_request(default_record(context), '{"idServicio":115}')


def _into_query(request: Request) -> Request:
    return replace(request, query=request.body.decode("ascii"), body=b"", headers=request.headers)


def _in_lines(text: str) -> str:
    return "\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))


def _padded(context: Context[Settings]) -> Request:
    """Pad by hand, for a length where JSON reads the padding as white space."""
    record = default_record(context)
    text = payload_text("sendTx", context, {})
    text = text[:-1] + " " * ((6 - len(text.encode())) % 16) + "}" + "\n" * 10
    return method_request("sendTx", issued_token(context), {"signed": sign_text(text, record)})


def _wrapped(request: Request) -> Request:
    """Put text before and after the parts; RFC 2046 says that readers ignore it."""
    return replace(request, body=b"preamble\r\n" + request.body + b"epilogue")


def _of_utc(context: Context[Settings]) -> Request:
    """Sell with UTC in place of the local time."""
    utc = datetime.fromtimestamp(context.clock.time(), UTC)
    return signed("sendTx", horaLocal=f"{utc:%Y%m%d%H%M%S}")(context)


IN_ORDER = (
    token_example("log-in", good_login),
    token_example("log-in-by-query", _login_by_query),
    *(Example(name, name, method_call(name)) for name in PLAIN_METHODS),
    verify_reference("verifyReference", signed("verifyReference")),
    send_tx("sendTx", signed("sendTx")),
    send_tx("sendTx-multipart", by_multipart),
    send_tx("sendTx-multipart-wrapped", changed(by_multipart, _wrapped)),
    send_tx("sendTx-query", changed(signed("sendTx"), _into_query)),
    send_tx("sendTx-in-lines", signed_as(_in_lines), warnings=("gestopago.signed-in-lines",)),
    send_tx("sendTx-padded-by-hand", _padded, warnings=("aes-cbc.padded-twice",)),
    send_tx("sendTx-utc", _of_utc, warnings=("gestopago.local-time",)),
    send_tx("sendTx-amount-empty", signed("sendTx", montoPago="")),
    verify_reference("verifyReference-get", changed(signed("verifyReference"), by_get)),
    verify_reference(
        "verifyReference-get-with-body", changed(verify_by_multipart, _by_get_with_body)
    ),
    send_tx("sendTx-bill", pay_bill()),
    send_tx(
        "sendTx-pin",
        signed("sendTx", idServicio=669, idProducto=5611, telefono="#1111111111"),
    ),
    send_tx(
        "sendTx-enquiry",
        signed("sendTx", idServicio=687, idProducto=6752, telefono=None, referencia="77304070"),
    ),
    confirm_tx("confirmTx-unknown-sale", signed("confirmTx")),
    Example("encrypt", "encrypt", _encrypt),
)
