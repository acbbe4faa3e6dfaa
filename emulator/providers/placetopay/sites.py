"""Sites: the merchants' credentials, and what may be configured.

A site is a login with its secret, country, time zone, language and state. Currency decimals are
those of ISO 4217 in every country.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from emulator.core.errors import ConfigurationError
from emulator.core.members import check_names
from emulator.providers.placetopay.status import LOCALE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record
    from emulator.provider import Context


@dataclass(frozen=True)
class Settings:
    """What may be configured in the section `[placetopay]`.

    Attributes:
        nonce_replay: `warning` notes in the journal that a nonce was used again; `accept` saves
            the look-up. Production is not known to refuse one, so neither does.
        first_request_id: requestId of the first session of a namespace.
        expiration_minutes: How long a session without `expiration` lives.
        first_internal_reference: internalReference of the first transaction of a namespace.
        failed_attempts: Rejected attempts that end a session.
        pending_seconds: How long a pending payment takes to resolve.
        manual_seconds: How long one takes that people look at.
        settlement_hours: How long after its approval a payment is settled: before that it can
            only be voided as a whole, from then on it can be refunded in parts.
        partial_with_taxes: What becomes of a payment with allowPartial and taxes or details:
            `webhook` accepts it and notes it in the journal, `refuse` refuses it.
    """

    nonce_replay: Literal["warning", "accept"] = "warning"
    first_request_id: int = 1
    expiration_minutes: int = 30
    first_internal_reference: int = 1_500_000_001
    failed_attempts: int = 10
    pending_seconds: float = 30
    manual_seconds: float = 300
    settlement_hours: float = 24
    partial_with_taxes: Literal["warning", "refuse"] = "warning"


SITE_STATUSES = ("active", "inactive", "expired", "credentials-expired")
FLOWS = ("confirmation",)
"""What support must enable for a site before it may be used."""

_FORMS: dict[str, tuple[str, str]] = {
    "login": (r"[!-~]{1,32}", "1 to 32 printable ASCII characters"),
    "secretKey": (r"[!-~]+", "printable ASCII characters without spaces"),
    "locale": (LOCALE.pattern, "a locale such as es_CO"),
    "timeZone": (r"[+-](0\d|1[0-4]):[0-5]\d", "an offset such as -05:00"),
    "country": (r"[A-Z]{2}", "a country code such as CO"),
    "status": ("|".join(SITE_STATUSES), f"one of {', '.join(SITE_STATUSES)}"),
    "notificationAlgorithm": ("sha1|sha256", "sha1 or sha256"),
    "notificationUrl": (r"(https?://\S+)?", "an http or https URL, or empty"),
}

_DEFAULTS: dict[str, Any] = {
    "login": "",
    "secretKey": "",
    "locale": "es_CO",
    "timeZone": "-05:00",
    "country": "CO",
    "status": "active",
    "notificationAlgorithm": "sha1",
    "notificationUrl": "",
    "allowed": [],
}


def register(credential: Mapping[str, Any], context: Context[Settings]) -> tuple[str, Record]:  # noqa: ARG001
    """Check a site; its key is its login.

    Args:
        credential: `login` and `secretKey`, and where they differ from a Colombian site's
            `locale`, `timeZone`, `country`, `status`, `notificationAlgorithm`,
            `notificationUrl` and `allowed`.
        context: Not used.

    Raises:
        ConfigurationError: Names the member at fault.
    """
    check_names(credential, _DEFAULTS, ("login", "secretKey"))
    site = {**_DEFAULTS, **credential}
    for name, (form, wanted) in _FORMS.items():
        value = site[name]
        if not isinstance(value, str) or not re.fullmatch(form, value, re.ASCII):
            shown = "" if name == "secretKey" else f"{value!r} is not valid, "
            raise ConfigurationError(f"{name}: {shown}expected {wanted}")
    allowed = site["allowed"]
    if not isinstance(allowed, list) or any(
        flow not in FLOWS for flow in cast("list[object]", allowed)
    ):
        raise ConfigurationError(f"allowed: expected a list of {', '.join(FLOWS)}")
    return site["login"], {**site, "allowed": list(cast("list[str]", allowed))}


def seed_state(context: Context[Settings]) -> None:
    """A fresh namespace has no sessions."""
