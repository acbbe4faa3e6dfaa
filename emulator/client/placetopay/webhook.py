"""The check of a Placetopay webhook (the provider calls it a notification)."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, cast

from emulator.client.core import checks, webhooks
from emulator.client.core.answer import as_object
from emulator.client.placetopay.messages import Notification
from emulator.core.errors import FailureMode, Source
from emulator.schemes.username_token import HashName

_NOTIFICATION = Source("Placetopay docs, Checkout", "Notification")

NOT_A_NOTIFICATION = FailureMode(
    "placetopay-client.not-a-notification",
    "The body is not the notification of a session",
    _NOTIFICATION,
)
WRONG_ALGORITHM = FailureMode(
    "placetopay-client.wrong-algorithm",
    "The notification is signed with another hash than the site's",
    _NOTIFICATION,
)
WRONG_SIGNATURE = FailureMode(
    "placetopay-client.wrong-signature",
    "The signature does not match the notification",
    _NOTIFICATION,
)

_SIGNATURE = re.compile("[0-9a-f]{40}|sha256:[0-9a-f]{64}")
_REQUEST_ID = re.compile("[1-9][0-9]{0,18}")
_STATUS = re.compile("[A-Z_]{1,32}")
_DATE = re.compile("[0-9]{4}-[ -~]{1,32}")
# Letters between digits and digits: only one notification can read like the text that is signed.


def verify_webhook(
    body: bytes | str | Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    *,
    secret_key: str,
    algorithm: HashName | None = None,
) -> Notification:
    """Return what a webhook says, if the secret of this site signed it.

    Signed are requestId, status and date, and nothing else; it can come twice, late or never. So
    take it as a hint: query the session, and book what the query says.

    Args:
        body: The body of the request, or the JSON object that was in it.
        headers: Of the request; Placetopay signs none of them.
        secret_key: The site's.
        algorithm: The hash the site uses. Say `sha256` once support has enabled it: a webhook
            signed with SHA-1 is then refused. Either is accepted if None.

    Returns:
        `{"status": {"status", "reason", "message", "date"}, "requestId", "reference",
        "signature"}`.

    Raises:
        ConfigurationError: There is no secret.
        WebhookError: `placetopay-client.not-a-notification`, `placetopay-client.wrong-algorithm`
            or `placetopay-client.wrong-signature`.

    Source:
        Placetopay docs, Checkout, "Notification".
    """
    del headers
    checks.text("secret_key", secret_key)  # an empty one is no secret
    content = dict(body) if isinstance(body, Mapping) else webhooks.json_object(body)
    status = as_object(content.get("status"))
    number = _text("requestId", _REQUEST_ID, _number(content), "a whole number")
    name = _text("status.status", _STATUS, status.get("status"), "a status such as APPROVED")
    date = _text("status.date", _DATE, status.get("date"), "a date in ISO 8601")
    signature = _text(
        "signature", _SIGNATURE, content.get("signature"), "40 hex digits, or sha256: and 64"
    )
    used: HashName = "sha256" if ":" in signature else "sha1"
    if algorithm not in (None, used):
        raise webhooks.refused(
            WRONG_ALGORITHM.diagnose("body.signature", expected=algorithm, received=used)
        )
    signed = f"{number}{name}{date}{secret_key}".encode("utf-8", "replace")
    if not hmac.compare_digest(hashlib.new(used, signed).hexdigest(), signature.split(":")[-1]):
        raise webhooks.refused(
            WRONG_SIGNATURE.diagnose(
                "body.signature",
                expected=f"hex {used} of requestId + status.status + status.date + secretKey",
                received=signature,
                hint="Give the secretKey of the session's site, and the body as it came",
            )
        )
    return cast("Notification", content)


def _number(content: Mapping[str, Any]) -> object:
    """Return requestId as text, whether it came as a number or as text."""
    request_id = content.get("requestId")
    if isinstance(request_id, int) and not isinstance(request_id, bool):
        return str(request_id) if abs(request_id) < 10**19 else ""
    return request_id


def _text(where: str, form: re.Pattern[str], value: object, wanted: str) -> str:
    """Return a member of a webhook that has the form it must have."""
    if isinstance(value, str) and form.fullmatch(value):
        return value
    raise webhooks.refused(
        NOT_A_NOTIFICATION.diagnose(
            f"body.{where}",
            expected=wanted,
            received="nothing" if value is None else f"a {type(value).__name__} of another form",
        )
    )
