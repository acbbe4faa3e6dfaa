"""Where Acme's rules come from, and what is assumed where its page is silent."""

from __future__ import annotations

from emulator.core.errors import Behaviour, Source, Standing
from emulator.schemes import timestamped_hmac

PAGE = Source("Acme API reference", "Authentication")
PAYMENTS = Source("Acme API reference", "Payments")
OWN = Source("emulator", "acme", Standing.CHOSEN)

REPEATED = Behaviour(
    "A signed request may be sent again while its timestamp is fresh",
    PAGE.but(Standing.INFERRED),
)
EXPIRY = Behaviour("A payment that is not paid within an hour expires", PAYMENTS)

SCHEME_SOURCES = dict.fromkeys(
    (timestamped_hmac.TIMESTAMP, timestamped_hmac.STALE, timestamped_hmac.SIGNATURE), PAGE
)
"""Our document for the rules of the scheme, which no standard has."""
