"""The ways in which the check fails."""

from __future__ import annotations

from emulator.core.errors import FailureMode
from emulator.schemes.sources import PROVIDER

TIMESTAMP = FailureMode(
    "timestamped-hmac.timestamp", "The timestamp is not whole seconds since 1970", PROVIDER
)
STALE = FailureMode(
    "timestamped-hmac.stale", "The timestamp is too far in the past or future", PROVIDER, True
)
SIGNATURE = FailureMode(
    "timestamped-hmac.signature", "The signature does not match timestamp and body", PROVIDER
)
