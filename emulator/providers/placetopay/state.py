"""What the provider keeps: sites (its credentials) and sessions, and how a session lives.

    PENDING ── paid ──> APPROVED
       │ └─ paid in part ──> APPROVED_PARTIAL ── time is up ──> PARTIAL_EXPIRED
       └── cancelled, or time is up ──> REJECTED

A session ends by itself: whoever looks at it after its expiration finds it ended, and from
then on it is final, even if the clock is set back.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

from emulator.configuration import nearest
from emulator.errors import Behaviour, ConfigurationError, Source, Standing
from emulator.providers.placetopay.status import LOCALE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.provider import Context
    from emulator.providers.placetopay.message import SessionRequest
    from emulator.store import Record, Table

PROCESS_URL_KEY = "process-url.key"
"""Key file: the secret that makes the end of a processUrl unguessable."""

EXPIRY = Behaviour(
    "An expired session is REJECTED EX from the moment of its expiration, on the provider's clock",
    Source("Placetopay docs, Checkout", "Expiration", Standing.INFERRED),
)
PROCESS_URL = Behaviour(
    "processUrl is {base}/spa/session/{requestId}/{32 hex}",
    Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.OBSERVED),
)
PAGE_CODE = Behaviour(
    "The 32 hex digits of a processUrl are derived from a key file, namespace and requestId",
    Source("emulator", "placetopay", Standing.CHOSEN),
)
REQUEST_ID = Behaviour(
    "requestId is a JSON integer that grows by one with each session",
    Source("Answers of checkout-test.placetopay.com", "2023 to 2026", Standing.INFERRED),
)
SAME_REFERENCE = Behaviour(
    "Two sessions may have the same reference",
    Source("Answers of checkout-test.placetopay.ec", "2023-08", Standing.OBSERVED),
)


@dataclass(frozen=True)
class Settings:
    """What may be configured in the section `[placetopay]`.

    Attributes:
        nonce_replay: `notice` notes in the journal that a nonce was used again; `accept` saves
            the look-up. Production is not known to refuse one, so neither does.
        first_request_id: requestId of the first session of a namespace.
        expiration_minutes: How long a session without `expiration` lives.
    """

    nonce_replay: Literal["notice", "accept"] = "notice"
    first_request_id: int = 1
    expiration_minutes: int = 30


# Sites ------------------------------------------------------------------------------------

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
    for name in credential:
        if name not in _DEFAULTS:
            raise ConfigurationError(f"unknown member {name!r}{nearest(str(name), _DEFAULTS)}")
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


# Sessions ---------------------------------------------------------------------------------

_OPEN = {"PENDING": ("REJECTED", "EX"), "APPROVED_PARTIAL": ("PARTIAL_EXPIRED", "PX")}
"""The statuses that are not final, each with what it becomes when the time is up."""

_UNDER_WAY = ("APPROVED", "APPROVED_PARTIAL", "PENDING", "PENDING_CONFIRMATION")
"""Statuses of a payment that keep its session from being cancelled."""


def sessions(context: Context[Settings]) -> Table:
    """Return the table of sessions, by requestId as text."""
    return context.store.table("sessions")


def open_session(
    request: SessionRequest, login: str, base_url: str, context: Context[Settings]
) -> Record:
    """Enter a new session, PENDING and not yet visited by the payer."""
    table = sessions(context)
    request_id = table.increment("sessions") + context.settings.first_request_id - 1
    now = context.clock.timestamp("issue")
    record: Record = {
        "request_id": request_id,
        "login": login,
        "created_at": now,
        "changed_at": now,
        "expires_at": request.expires_at,
        "process_url": f"{base_url}/spa/session/{request_id}/{page_code(request_id, context)}",
        "status": "PENDING",
        "reason": "PC",
        "request": request.echo,
        "options": request.options,
        "payment": None,
        "subscription": None,
    }
    if "autopay" in request.echo:
        record["autopay"] = None
    table.put(str(request_id), record)
    return record


def find_session(request_id: str, context: Context[Settings]) -> Record | None:
    """Return the session, ended if its time is up; None if there is none."""
    table = sessions(context)
    record = table.get(request_id)
    if record is None or record["status"] not in _OPEN:
        return record
    now = context.clock.timestamp("verify")
    if now < record["expires_at"]:
        return record

    def expire(current: Record) -> Record | None:
        ended = _OPEN.get(current["status"])
        return ended and _changed(current, *ended, current["expires_at"])

    return table.update(request_id, expire)


def cancel_session(request_id: str, context: Context[Settings]) -> Record | None:
    """Cancel the session for the merchant; return it, or None if it cannot be cancelled."""
    now = context.clock.timestamp("issue")
    cancelled = False

    def cancel(current: Record) -> Record | None:
        nonlocal cancelled
        cancelled = current["status"] == "PENDING" and not any(
            payment["status"]["status"] in _UNDER_WAY for payment in current["payment"] or ()
        )
        return _changed(current, "REJECTED", "MC", now) if cancelled else None

    record = sessions(context).update(request_id, cancel)
    return record if cancelled else None


def page_code(request_id: int, context: Context[Settings]) -> str:
    """Return the 32 hex digits that end a processUrl: a MAC of namespace and requestId."""
    mac = _keyed(context.keys.text(PROCESS_URL_KEY)).copy()
    mac.update(f"{context.store.namespace}/{request_id}".encode())
    return mac.hexdigest()[:32]


@lru_cache(maxsize=8)
def _keyed(key: str) -> hmac.HMAC:
    return hmac.new(key.strip().encode(), digestmod="sha256")


def _changed(record: Record, status: str, reason: str, at: float) -> Record:
    return {**record, "status": status, "reason": reason, "changed_at": at}
