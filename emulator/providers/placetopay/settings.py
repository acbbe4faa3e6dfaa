"""Sites: the merchants' credentials, and what may be configured.

A site is a login with its secret, country, time zone, language and state. Currency decimals are
those of ISO 4217 in every country.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
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


def seed_state(context: Context[Settings]) -> None:
    """A fresh namespace has no sessions."""
