"""Which mistake made a signature or a timestamp wrong; asked only after it was refused."""

from emulator.schemes.timestamped_hmac.mistakes.diagnose import (
    KEYS,
    OUTPUTS,
    TEXTS,
    signature_hint,
    stale_hint,
    timestamp_hint,
)

__all__ = ["KEYS", "OUTPUTS", "TEXTS", "signature_hint", "stale_hint", "timestamp_hint"]
