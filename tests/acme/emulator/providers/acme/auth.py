"""Authentication: three headers, one of them the signature of timestamp and body.

::

    x-acme-key: key id
    x-acme-timestamp: 1767225600
    x-acme-signature: hex of HMAC-SHA256(secret, timestamp + "." + raw body)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core import suggest
from emulator.provider import CREDENTIALS, one_header
from emulator.provider.body import check_body, json_object
from emulator.providers.acme.failures import ERRORS, INACTIVE, KEY_UNKNOWN
from emulator.schemes import timestamped_hmac

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.acme.settings import Settings

KEY, TIMESTAMP, SIGNATURE = "x-acme-key", "x-acme-timestamp", "x-acme-signature"


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check who sent the request; `exchange.payload` is then the body.

    Raises:
        Refusal: `request.header`, `acme.key-unknown`, `acme.inactive`, a code of
            `emulator.provider.body`, a `timestamped-hmac.*` code.

    Source:
        Acme API reference, "Authentication".
    """
    request = exchange.request
    with ERRORS.refusing("signature"):
        key_id, timestamp, signature = (
            one_header(request, name) for name in (KEY, TIMESTAMP, SIGNATURE)
        )
    merchant = context.credential(key_id)
    if merchant is None:
        known = [key for key, _ in context.store.table(CREDENTIALS).items()]
        ERRORS.refuse(
            "signature",
            KEY_UNKNOWN,
            f"headers.{KEY}",
            expected="the key_id of a merchant",
            received=key_id,
            hint=lambda: suggest.identity(key_id, known, "acme"),
        )
    exchange.credential = key_id
    with ERRORS.refusing("bad-request"):
        check_body(request)
    with ERRORS.refusing("signature", "headers.x-acme-"):
        timestamped_hmac.verify(
            signature,
            merchant["secret"],
            timestamp,
            request.body,
            now=context.clock.timestamp("verify"),
            window=context.settings.window_seconds,
        )
    if merchant["status"] != "active":
        ERRORS.refuse(
            "forbidden",
            INACTIVE,
            f"headers.{KEY}",
            expected="active",
            received=merchant["status"],
            hint="Use another merchant, or give this one the status active",
        )
    with ERRORS.refusing("bad-request"):
        exchange.payload = json_object(request.body)
