"""Making requests that are in order, for `emulator sign` and for the examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.provider import CREDENTIALS, Preparation, Signed
from emulator.providers.acme.auth import KEY, SIGNATURE, TIMESTAMP
from emulator.schemes import timestamped_hmac

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.acme.settings import Settings

PAYMENT = {
    "reference": "order-1",
    "amount": "10.00",
    "notify_url": "http://127.0.0.1:9/notify",  # where nothing listens
}


def sign(endpoint: str, payload: Any, context: Context[Settings], base_url: str) -> Signed:
    """Make a request ready, signed by the first merchant.

    Args:
        endpoint: `payment.create` or `payment.query`.
        payload: Members of the body; of a query, the `id` of the payment.
        context: Clock and credentials.
        base_url: Of the provider.

    Raises:
        ConfigurationError: There is no such endpoint.
    """
    match endpoint:
        case "payment.create":
            body = json.dumps({**PAYMENT, **(payload or {})}).encode()
            return signed("POST", "/charges", body, context, base_url)
        case "payment.query" if payload:
            return signed("GET", f"/charges/{payload['id']}", b"", context, base_url)
        case "payment.query":
            created = sign("payment.create", None, context, base_url)
            query = signed("GET", "/charges/{payment}", b"", context, base_url)
            before = (Preparation(created.request, {"payment": "id"}),)
            return Signed(query.request, query.canonical, query.steps, before)
        case _:
            raise ConfigurationError(
                f"acme has no endpoint {endpoint!r}; there are payment.create, payment.query"
            )


def signed(
    method: str,
    path: str,
    body: bytes,
    context: Context[Settings],
    base_url: str = "",
    of: Record | None = None,
) -> Signed:
    """Return a request signed by a merchant, the first one if none is given."""
    merchant = of or next(record for _, record in context.store.table(CREDENTIALS).items())
    timestamp = str(int(context.clock.time()))
    signature = timestamped_hmac.signature(merchant["secret"], timestamp, body)
    headers = [(KEY, merchant["key_id"]), (TIMESTAMP, timestamp), (SIGNATURE, signature)]
    if body:
        headers.append(("content-type", "application/json"))
    return Signed(
        Request(method=method, path=path, headers=headers, body=body, base_url=base_url),
        timestamped_hmac.canonical(timestamp, body).decode(),
        (f"signature = hex of HMAC-SHA256(secret, timestamp . body): {signature}",),
    )
