"""The ways in which the check fails."""

from __future__ import annotations

from emulator.core.errors import FailureMode, Source

PAGE = Source("RFC 2104", "section 2, over timestamp and body as webhooks of many services do")

TIMESTAMP = FailureMode(
    "timestamped-hmac.timestamp", "The timestamp is not whole seconds since 1970", PAGE
)
STALE = FailureMode(
    "timestamped-hmac.stale", "The timestamp is too far in the past or future", PAGE, True
)
SIGNATURE = FailureMode(
    "timestamped-hmac.signature", "The signature does not match timestamp and body", PAGE
)
