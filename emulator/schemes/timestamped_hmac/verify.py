"""Checking a signature."""

from __future__ import annotations

import hmac

from emulator.core.errors import SchemeError
from emulator.schemes.timestamped_hmac.failures import SIGNATURE, STALE, TIMESTAMP
from emulator.schemes.timestamped_hmac.make import signature


def verify(
    received: str, secret: str, timestamp: str, body: bytes, *, now: float, window: float
) -> None:
    """Check a signature.

    Args:
        received: The signature that came.
        secret: The shared secret.
        timestamp: What came, as text.
        body: Raw bytes.
        now: Seconds since 1970.
        window: Seconds that the timestamp may be off.

    Raises:
        SchemeError: `timestamped-hmac.timestamp`, `.stale` or `.signature`.
    """
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 10):
        from emulator.schemes.timestamped_hmac import mistakes

        raise SchemeError(
            TIMESTAMP.diagnose(
                "timestamp",
                expected="up to 10 digits",
                received=timestamp,
                hint=mistakes.timestamp_hint(timestamp, now),
            )
        )
    if abs(int(timestamp) - now) > window:
        from emulator.schemes.timestamped_hmac import mistakes

        raise SchemeError(
            STALE.diagnose(
                "timestamp",
                expected=f"{int(now)}, {window:g} seconds more or less",
                received=timestamp,
                hint=mistakes.stale_hint(timestamp, now),
            )
        )
    right = signature(secret, timestamp, body)
    if not hmac.compare_digest(received.encode(), right.encode()):
        from emulator.schemes.timestamped_hmac import mistakes

        raise SchemeError(
            SIGNATURE.diagnose(
                "signature",
                expected=right,
                received=received,
                hint=lambda: mistakes.signature_hint(received, secret, timestamp, body),
            )
        )
