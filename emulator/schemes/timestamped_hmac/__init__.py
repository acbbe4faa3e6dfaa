"""HMAC-SHA256 over a timestamp and the raw body.

::

    signature = lower-case hex of HMAC-SHA256(secret, timestamp + "." + raw body)

The body is signed as it is sent, byte for byte. Method and path are not signed.
"""

from emulator.schemes.timestamped_hmac.failures import SIGNATURE, STALE, TIMESTAMP
from emulator.schemes.timestamped_hmac.make import canonical, signature
from emulator.schemes.timestamped_hmac.verify import verify

__all__ = ["SIGNATURE", "STALE", "TIMESTAMP", "canonical", "signature", "verify"]
