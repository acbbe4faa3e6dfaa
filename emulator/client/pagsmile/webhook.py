"""The check of a Pagsmile webhook: the signature in its header covers the whole body."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import cast

from emulator.client.core import checks, webhooks
from emulator.client.pagsmile.messages import PayoutWebhook
from emulator.core.errors import FailureMode, SchemeError, Source
from emulator.schemes import sorted_digest

_WEBHOOK = Source("Pagsmile Payout documentation", "Payout notification")
NOT_A_NOTIFICATION = FailureMode(
    "pagsmile-client.not-a-notification", "The body is not the notification of a payout", _WEBHOOK
)
WRONG_SIGNATURE = FailureMode(
    "pagsmile-client.wrong-signature", "The signature does not match the notification", _WEBHOOK
)


def verify_webhook(body: bytes | str, headers: Mapping[str, str], *, app_key: str) -> PayoutWebhook:
    """Return what a webhook says, if the app's key signed it.

    The signature is in the header `Authorization` and covers the whole body, which must be given
    as it came. It can come more than once.

    Args:
        body: The request's body.
        headers: Of the request.
        app_key: The app's key.

    Raises:
        ConfigurationError: There is no key.
        WebhookError: `pagsmile-client.not-a-notification`, `pagsmile-client.wrong-signature`.

    Source:
        Pagsmile Payout documentation, "Payout notification".
    """
    checks.text("app_key", app_key)
    content = webhooks.json_object(body)
    if not all(isinstance(content.get(name), str) for name in ("payoutId", "status")):
        raise webhooks.refused(
            NOT_A_NOTIFICATION.diagnose("body", expected="payoutId and status", received="others")
        )
    given = webhooks.header(headers, "authorization")
    try:
        expected = sorted_digest.signature(sorted_digest.parse(webhooks.raw(body)), app_key)
    except SchemeError as error:
        raise webhooks.refused(error.diagnosis) from error
    if not hmac.compare_digest(expected.encode(), given.strip().encode("utf-8", "replace")):
        raise webhooks.refused(
            WRONG_SIGNATURE.diagnose(
                "headers.authorization",
                expected="hex SHA-256 of the sorted members + app_key",
                received=given,
                hint="Give the app key of the app that made the payout, and the body as it came",
            )
        )
    return cast("PayoutWebhook", content)
