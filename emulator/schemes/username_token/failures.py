"""How a UsernameToken can be wrong, by which rule, and what we assume."""

from __future__ import annotations

from emulator.core.errors import Behaviour, FailureMode, Source, Standing

PROFILE = Source("WSS UsernameToken Profile 1.1", "section 3.1")

NONCE_NOT_BASE64 = FailureMode(
    "username-token.nonce-not-base64",
    "The nonce is not the canonical Base64 of one byte or more",
    PROFILE.but(Standing.CHOSEN),
)
DIGEST_MALFORMED = FailureMode(
    "username-token.digest-malformed",
    "The password digest is not the Base64 of 32 bytes (SHA-256) or 20 bytes (SHA-1)",
    PROFILE.but(Standing.INFERRED),
)
DIGEST_MISMATCH = FailureMode(
    "username-token.digest-mismatch", "The password digest does not match", PROFILE
)
CREATED_MALFORMED = FailureMode(
    "username-token.created-malformed", "The time of creation is not ISO 8601", PROFILE
)
CREATED_WITHOUT_ZONE = FailureMode(
    "username-token.created-without-zone",
    "The time of creation has no zone",
    PROFILE.but(Standing.INFERRED),
)
CREATED_TOO_OLD = FailureMode(
    "username-token.created-too-old",
    "The time of creation is too long ago",
    PROFILE,
    about_time=True,
)
CREATED_IN_FUTURE = FailureMode(
    "username-token.created-in-future",
    "The time of creation is too far in the future",
    PROFILE.but(Standing.INFERRED),
    about_time=True,
)

HASH_BY_LENGTH = Behaviour(
    "SHA-256 and SHA-1 digests are both accepted; the length of the digest tells which",
    Source("Requests of clients that work", "2023 to 2026", Standing.OBSERVED),
)
WINDOW_INCLUSIVE = Behaviour(
    "A time of creation exactly at the edge of the window is accepted",
    PROFILE.but(Standing.CHOSEN),
)
T_REQUIRED = Behaviour(
    "A time of creation with a space in place of the T is refused, unless the provider reads it",
    Source("ISO 8601:2004", "section 4.3.2", Standing.CHOSEN),
)
