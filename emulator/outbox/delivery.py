"""Why a webhook does not reach the merchant, and the type of the function that sends it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from emulator.core.errors import Behaviour, Diagnosis, FailureMode, Source, Standing
from emulator.core.hosts import host_of
from emulator.outbox.egress import Egress, Reach, RefusedHostError
from emulator.provider import Delivery, Webhook

TIMEOUT_SECONDS = 30.0
"""How long a merchant can take to answer. The providers' pages do not say."""

_OURS = Source("emulator", "webhooks", Standing.CHOSEN)
UNREACHABLE = FailureMode(
    "webhook.unreachable", "The merchant's URL could not be reached, or did not answer", _OURS
)
UNSENDABLE = FailureMode("webhook.no-url", "No URL to send the webhook to is configured", _OURS)
_WHERE_TO = (
    "Give the credential a notify_url (or notificationUrl, where the provider calls it so): in the "
    "configuration file, or with POST /_emulator/credentials/{provider}; or name it in the request"
)
_NOT_THERE = (
    "See whether your shop listens on that host and port; seen from a container, 127.0.0.1 is the "
    "container itself: use the name of the service, or host.docker.internal"
)
_CERTIFICATE = (
    "The certificate of the shop is not trusted here: start the emulator with SSL_CERT_FILE set to"
    " a PEM file of it, or of its authority; or use a URL with http://"
)
_NO_TLS = "What listens there does not speak TLS: write http:// in place of https://"
_ONLY_TLS = (
    "The shop ended the connection without an answer: see its log; if it speaks TLS, write https://"
)
_CAUSES = (
    ("CERTIFICATE_VERIFY_FAILED", _CERTIFICATE),
    ("WRONG_VERSION_NUMBER", _NO_TLS),
    ("RECORD_LAYER_FAILURE", _NO_TLS),
    ("ReadError", _ONLY_TLS),
    ("RemoteProtocolError", _ONLY_TLS),
)
"""Parts of error texts, and their meaning."""
_TOO_SLOW = "Answer first, and do the work afterwards"
_SLOW = ("TimeoutError", "ReadTimeout")
"""Names of the errors when a merchant accepts the connection but does not answer."""
BAD_URL = FailureMode("webhook.bad-url", "The URL is not one that a webhook can be sent to", _OURS)
WITHHELD = FailureMode(
    "webhook.withheld", "The webhook is not sent, because the settings say so", _OURS
)
FORBIDDEN = FailureMode(
    "webhook.forbidden-host",
    "No webhook is sent to a link-local or metadata address",
    _OURS,
)
_ELSEWHERE = (
    "Use a URL on localhost, of a service of your compose file, or of a private network; or start "
    "with `emulator serve --webhook-hosts any`"
)
_NEVER = "Use a URL of your shop: such an address belongs to the machine or to its cloud"
NO_PROXY = Behaviour(
    "HTTP_PROXY and its like are for public names: webhooks to this machine and its network take no"
    " proxy",
    _OURS,
)


class Send(Protocol):
    """Sends a webhook to the merchant; returns the status and the body of the answer."""

    def __call__(self, url: str, delivery: Delivery) -> Awaitable[tuple[int, bytes]]: ...  # noqa: D102


def unsendable(webhook: Webhook, egress: Egress) -> Diagnosis | None:
    """Tell why a webhook cannot be sent at all; None if it can be tried."""
    if webhook.withheld:
        return WITHHELD.diagnose("webhook.url", received=webhook.url, hint=webhook.withheld)
    if not webhook.url:
        return UNSENDABLE.diagnose("webhook.url", expected="a URL", hint=_WHERE_TO)
    scheme = webhook.url.partition("://")[0].lower()
    if scheme not in ("http", "https") or not host_of(webhook.url):
        return BAD_URL.diagnose(
            "webhook.url",
            expected="http:// or https:// and a host",
            received=webhook.url,
            hint="Give a whole URL, such as http://127.0.0.1:9000/notify",
        )
    reach = egress.refusal(webhook.url)
    return refused(reach, webhook.url) if reach is not None else None


def refused(reach: Reach, received: str) -> Diagnosis:
    """Say that no webhook goes to an address of this kind."""
    mode, expected, hint = (
        (FORBIDDEN, "an address of a host", _NEVER)
        if reach == "forbidden"
        else (WITHHELD, "an address of this machine or of a private network", _ELSEWHERE)
    )
    return mode.diagnose("webhook.url", expected=expected, received=received, hint=hint)


def unreachable(error: Exception) -> Diagnosis:
    """Say that the merchant was not reached, or did not answer in time."""
    if isinstance(error, RefusedHostError):
        return refused(error.reach, str(error))
    received = f"{type(error).__name__}: {error}"
    otherwise = _TOO_SLOW if type(error).__name__ in _SLOW else _NOT_THERE
    return UNREACHABLE.diagnose(
        "webhook.url",
        expected=f"an answer within {TIMEOUT_SECONDS:g} s",
        received=received,
        hint=next((hint for sign, hint in _CAUSES if sign in received), otherwise),
    )
