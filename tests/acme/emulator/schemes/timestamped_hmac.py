"""HMAC-SHA256 over a timestamp and the raw body.

::

    signature = lower-case hex of HMAC-SHA256(secret, timestamp + "." + raw body)

The body is signed as it is sent, byte for byte. Method and path are not signed.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from emulator.core.errors import FailureMode, SchemeError, Source

if TYPE_CHECKING:
    from collections.abc import Callable

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


def canonical(timestamp: str, body: bytes) -> bytes:
    """Return the bytes that are signed."""
    return timestamp.encode() + b"." + body


def make(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature: 64 hex digits.

    Args:
        secret: The shared secret.
        timestamp: Whole seconds since 1970, as text.
        body: Raw bytes.
    """
    return hmac.digest(secret.encode(), canonical(timestamp, body), "sha256").hex()


MISTAKES: tuple[tuple[str, Callable[[str, str, bytes], str]], ...] = (
    (
        "The body was signed alone. Sign timestamp, a dot and the body",
        lambda secret, _, body: hmac.digest(secret.encode(), body, "sha256").hex(),
    ),
    (
        "The dot between timestamp and body is missing",
        lambda secret, stamp, body: hmac.digest(
            secret.encode(), stamp.encode() + body, "sha256"
        ).hex(),
    ),
    (
        "The digits are right. Write them in lower case",
        lambda secret, stamp, body: make(secret, stamp, body).upper(),
    ),
)
"""A hint, and the wrong recipe that it is about."""


def verify(
    signature: str, secret: str, timestamp: str, body: bytes, *, now: float, window: float
) -> None:
    """Check a signature.

    Args:
        signature: What came.
        secret: The shared secret.
        timestamp: What came, as text.
        body: Raw bytes.
        now: Seconds since 1970.
        window: Seconds that the timestamp may be off.

    Raises:
        SchemeError: `timestamped-hmac.timestamp`, `.stale` or `.signature`.
    """
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 10):
        raise SchemeError(
            TIMESTAMP.diagnose(
                "timestamp",
                expected="up to 10 digits",
                received=timestamp,
                hint="Send whole seconds since 1970, in UTC. Milliseconds have 13 digits",
            )
        )
    if abs(int(timestamp) - now) > window:
        raise SchemeError(
            STALE.diagnose(
                "timestamp",
                expected=f"{int(now)}, {window:g} seconds more or less",
                received=timestamp,
                hint="Sign each request anew, and set the clock of this machine by NTP",
            )
        )
    right = make(secret, timestamp, body)
    if not hmac.compare_digest(signature.encode(), right.encode()):
        raise SchemeError(
            SIGNATURE.diagnose(
                "signature",
                expected=right,
                received=signature,
                hint=lambda: _mistake(signature, secret, timestamp, body),
            )
        )


def _mistake(signature: str, secret: str, timestamp: str, body: bytes) -> str:
    for hint, recipe in MISTAKES:
        if recipe(secret, timestamp, body) == signature:
            return hint
    return "Check the secret, and sign the bytes of the body that you send"
