"""Making the requests of the examples: a right one, or one with a change."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from emulator.core.exchange import Request
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Context, Example
from emulator.providers.gestopago.auth import LOGIN_FIELDS, issue_token
from emulator.providers.gestopago.form import MULTIPART
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    default_payload,
    default_record,
    log_in_request,
    method_request,
    sign_text,
)

Build = Callable[[Context[Settings]], Request]
_BOUNDARY = "example-boundary"
DAY = 24 * 3600


def record_with(context: Context[Settings], status: str) -> Record:
    """Return the first credential with a status."""
    records = (record for _, record in context.store.table(CREDENTIALS).items())
    return next(record for record in records if record["status"] == status)


def issued_token(context: Context[Settings], age: float = 0, device: str = "") -> str:
    """Return a token of a device that was issued `age` seconds ago."""
    owner = device or default_record(context)["codigoDispositivo"]
    return issue_token(owner, 0, context, context.clock.timestamp() - age)


def payload_text(endpoint: str, context: Context[Settings], changes: Mapping[str, Any]) -> str:
    """Return a default payload as JSON, with changes; a member given as `...` is left out."""
    members = {**default_payload(endpoint, context.clock.time()), **changes}
    return json.dumps({name: value for name, value in members.items() if value is not ...})


def signed(endpoint: str, **changes: Any) -> Build:
    """Call a method with a payload; a member given as `...` is left out."""

    def build(context: Context[Settings]) -> Request:
        signed = sign_text(payload_text(endpoint, context, changes), default_record(context))
        return method_request(endpoint, issued_token(context), {"signed": signed})

    return build


def signed_as(write: Callable[[str], str]) -> Build:
    """Call sendTx with `signed` changed after the encryption."""

    def build(context: Context[Settings]) -> Request:
        text = sign_text(payload_text("sendTx", context, {}), default_record(context))
        return method_request("sendTx", issued_token(context), {"signed": write(text)})

    return build


def changed(build: Build, change: Callable[[Request], Request]) -> Build:
    """Return a request with a change."""
    return lambda context: change(build(context))


def with_header(build: Build, header: str, value: str | None) -> Build:
    """Replace a header, or remove it."""

    def change(request: Request) -> Request:
        others = [(name, old) for name, old in request.headers if name != header]
        return replace(request, headers=others if value is None else [*others, (header, value)])

    return changed(build, change)


def method_call(endpoint: str) -> Build:
    """Call a method without a payload."""
    return lambda context: method_request(endpoint, issued_token(context))


def login_with(**changes: str) -> Build:
    """Log in with other values; a field given as empty text is left out."""

    def build(context: Context[Settings]) -> Request:
        record = {**default_record(context), **changes}
        fields = {name: record[name] for name in LOGIN_FIELDS if record[name] != ""}
        return replace(log_in_request(record), body=urlencode(fields).encode("ascii"))

    return build


def by_get(request: Request) -> Request:
    """Send the fields by GET, in the query."""
    return replace(request, method="GET", query=request.body.decode("ascii"), body=b"")


def verify_by_multipart(context: Context[Settings]) -> Request:
    """Send verifyReference as multipart."""
    return _multipart("verifyReference", context)


def by_multipart(context: Context[Settings]) -> Request:
    """Send sendTx as multipart."""
    return _multipart("sendTx", context)


def _multipart(endpoint: str, context: Context[Settings]) -> Request:
    signed = sign_text(payload_text(endpoint, context, {}), default_record(context))
    body = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="signed"\r\n\r\n'
        f"{signed}\r\n--{_BOUNDARY}--\r\n"
    )
    return replace(
        method_request(endpoint, issued_token(context)),
        method="POST",
        headers=[
            ("authorization", f"Bearer {issued_token(context)}"),
            ("content-type", f"{MULTIPART}; boundary={_BOUNDARY}"),
        ],
        body=body.encode("ascii"),
    )


def pay_bill(**changes: Any) -> Build:
    """Pay the bill of CFE that the catalogue names."""
    bill: dict[str, Any] = {
        "idServicio": 166,
        "idProducto": 597,
        "telefono": "1111111111",
        "referencia": "123456789012",
        "montoPago": "165.00",
    }
    return signed("sendTx", **{**bill, **changes})


def _of(endpoint: str) -> Callable[..., Example]:
    """Return a maker of examples for one endpoint."""

    def example(
        name: str,
        build: Build,
        code: str = "",
        after: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
    ) -> Example:
        return Example(name, endpoint, build, code, after, warnings)

    return example


token_example = _of("token")
send_echo = _of("sendEcho")
get_product_list = _of("getProductList")
verify_reference = _of("verifyReference")
send_tx = _of("sendTx")
confirm_tx = _of("confirmTx")


def good_login(context: Context[Settings]) -> Request:
    """Log in."""
    return log_in_request(default_record(context))
