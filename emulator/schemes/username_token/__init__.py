"""WSS UsernameToken Profile 1.1, as REST APIs carry it in JSON.

    password_digest = Base64(HASH(nonce + created + password))

The nonce is hashed as raw bytes, `created` as the very text that was sent, the password as
UTF-8; the digest is the Base64 of raw bytes, never hex. The profile knows SHA-1 only. SHA-256
is the usual extension, and the length of the digest tells which of the two a client means.

The digest is checked before the time: only a client that knows the password learns that its
clock is wrong. It is compared as text, with the one canonical text that is right, so no other
spelling of the right bytes can pass.
"""

from emulator.schemes.username_token.created import read_time
from emulator.schemes.username_token.failures import (
    CREATED_IN_FUTURE,
    CREATED_MALFORMED,
    CREATED_TOO_OLD,
    CREATED_WITHOUT_ZONE,
    DIGEST_MALFORMED,
    DIGEST_MISMATCH,
    NONCE_NOT_BASE64,
)
from emulator.schemes.username_token.make import HashName, UsernameToken, password_digest
from emulator.schemes.username_token.verify import decode_nonce, verify

__all__ = [
    "CREATED_IN_FUTURE",
    "CREATED_MALFORMED",
    "CREATED_TOO_OLD",
    "CREATED_WITHOUT_ZONE",
    "DIGEST_MALFORMED",
    "DIGEST_MISMATCH",
    "NONCE_NOT_BASE64",
    "HashName",
    "UsernameToken",
    "decode_nonce",
    "password_digest",
    "read_time",
    "verify",
]
