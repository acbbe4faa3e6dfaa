"""Examples: for each endpoint requests in order, and for each way to fail one spoiled so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from emulator.core.exchange import Request
from emulator.provider import CREDENTIALS, Context, Example
from emulator.providers.acme import state
from emulator.providers.acme.auth import KEY, SIGNATURE, TIMESTAMP
from emulator.providers.acme.settings import Settings
from emulator.providers.acme.signing import PAYMENT, signed

Build = Callable[[Context[Settings]], Request]


def _create(**changes: Any) -> Build:
    return _post(json.dumps({**PAYMENT, **changes}).encode())


def _post(body: bytes) -> Build:
    return lambda context: signed("POST", "/charges", body, context).request


def _query(payment_id: str = "") -> Build:
    def build(context: Context[Settings]) -> Request:
        newest = [key for key, _ in state.payments(context).items()][-1:]
        path = f"/charges/{payment_id or newest[0]}"
        return signed("GET", path, b"", context).request

    return build


def _of_inactive(context: Context[Settings]) -> Request:
    records = (record for _, record in context.store.table(CREDENTIALS).items())
    inactive = next(record for record in records if record["status"] == "inactive")
    return signed("POST", "/charges", json.dumps(PAYMENT).encode(), context, of=inactive).request


def _header(name: str, *values: str) -> Build:
    """Make a request with other values of a header."""

    def build(context: Context[Settings]) -> Request:
        request = _create()(context)
        request.headers = [
            *(each for each in request.headers if each[0] != name),
            *((name, value) for value in values),
        ]
        return request

    return build


_MADE = ("create",)

EXAMPLES = (
    Example("create", "payment.create", _create()),
    Example("query", "payment.query", _query(), after=_MADE),
    Example("no-key", "payment.create", _header(KEY), "request.header"),
    Example("unknown-key", "payment.create", _header(KEY, "nobody"), "acme.key-unknown"),
    Example(
        "milliseconds",
        "payment.create",
        _header(TIMESTAMP, "1767225600000"),
        "timestamped-hmac.timestamp",
    ),
    Example("stale", "payment.create", _header(TIMESTAMP, "1"), "timestamped-hmac.stale"),
    Example(
        "wrong-signature",
        "payment.create",
        _header(SIGNATURE, "0" * 64),
        "timestamped-hmac.signature",
    ),
    Example(
        "gzip", "payment.create", _header("content-encoding", "gzip"), "request.content-encoding"
    ),
    Example("inactive", "payment.create", _of_inactive, "acme.inactive"),
    Example("not-json", "payment.create", _post(b"reference=1"), "request.not-json"),
    Example("no-amount", "payment.create", _create(amount=""), "acme.member"),
    Example("unknown", "payment.query", _query("pay_0"), "acme.payment-unknown", _MADE),
)
