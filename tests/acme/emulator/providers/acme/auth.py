"""Authentication: three headers, one of them the signature of timestamp and body.

::

    x-acme-key: key id
    x-acme-timestamp: 1767225600
    x-acme-signature: hex of HMAC-SHA256(secret, timestamp + "." + raw body)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core import json_text
from emulator.core.errors import SchemeError
from emulator.provider.body import check_encoding
from emulator.providers.acme.failures import HEADER, KEY_UNKNOWN, NOT_JSON, refusal
from emulator.schemes import timestamped_hmac

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange, Request
    from emulator.provider import Context
    from emulator.providers.acme.settings import Settings

KEY, TIMESTAMP, SIGNATURE = "x-acme-key", "x-acme-timestamp", "x-acme-signature"


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check who sent the request; `exchange.payload` is then the body.

    Raises:
        Refusal: `acme.header`, `acme.key-unknown`, a code of `emulator.provider.body`, a
            `timestamped-hmac.*` code, `acme.not-json`.

    Source:
        Acme API reference, "Authentication".
    """
    exchange.credential, exchange.payload = "", None
    request = exchange.request
    key_id, timestamp, signature = (_only(request, each) for each in (KEY, TIMESTAMP, SIGNATURE))
    merchant = context.credential(key_id)
    if merchant is None:
        raise refusal(
            "signature",
            KEY_UNKNOWN.diagnose(
                f"headers.{KEY}",
                expected="the key_id of a merchant",
                received=key_id,
                hint="`emulator credentials acme` shows the key_id of the merchant for clients",
            ),
        )
    exchange.credential = key_id
    if wrong := check_encoding(request):
        raise refusal("bad-request", wrong)
    try:
        timestamped_hmac.verify(
            signature,
            merchant["secret"],
            timestamp,
            request.body,
            now=context.clock.timestamp("verify"),
            window=context.settings.window_seconds,
        )
    except SchemeError as error:
        wrong = error.diagnosis
        raise refusal("signature", wrong.at(f"headers.x-acme-{wrong.where}")) from error
    exchange.payload = _read(request.body)


def _only(request: Request, name: str) -> str:
    """Return a header that must be there once."""
    found = [value for key, value in request.headers if key == name]
    if len(found) != 1:
        raise refusal(
            "signature",
            HEADER.diagnose(
                f"headers.{name}",
                expected="one value",
                received=f"{len(found)} values",
                hint=f"Send the header {name} once",
            ),
        )
    return found[0]


def _read(body: bytes) -> dict[str, object]:
    """Return the members of a body; none of an empty one."""
    if not body:
        return {}
    try:
        return json_text.read_object(body)
    except ValueError as error:
        from emulator.core import json_faults

        fault = json_faults.explain(body, error)
        raise refusal(
            "bad-request",
            NOT_JSON.diagnose(
                "body", expected="a JSON object", received=fault.received, hint=fault.hint
            ),
        ) from error
