"""WSS UsernameToken Profile 1.1, as REST APIs carry it in JSON.

    password_digest = Base64(HASH(nonce + created + password))

The nonce is hashed as raw bytes, `created` as the very text that was sent, the password as
UTF-8; the digest is the Base64 of raw bytes, never hex. The profile knows SHA-1 only. SHA-256
is the usual extension, and the length of the digest tells which of the two a client means.

The digest is checked before the time: only who knows the password is told about a clock. It
is compared as text, with the one canonical text that is right, so no other spelling of the
right bytes can pass.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NoReturn

from emulator.core.errors import Behaviour, FailureMode, SchemeError, Source, Standing
from emulator.schemes.encoding import from_base64, to_base64, utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta, tzinfo

HashName = Literal["sha1", "sha256"]

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


@dataclass(frozen=True, slots=True)
class UsernameToken:
    """What a client sends to prove that it knows the password.

    Attributes:
        username: Who the client says it is; not part of the digest.
        password_digest: Base64 text, as received.
        nonce: Raw bytes, decoded exactly once.
        created: ISO 8601 text, as received; it is hashed as text.
        nonce_text: Base64 text of the nonce, as received; only used to recognise mistakes.
    """

    username: str
    password_digest: str
    nonce: bytes
    created: str
    nonce_text: str = ""


def decode_nonce(text: str) -> bytes:
    """Return the raw bytes of a nonce.

    Args:
        text: Standard Base64 with its padding, and nothing around it.

    Raises:
        SchemeError: `username-token.nonce-not-base64`. The text itself is not shown: who
            mixes up the fields may have sent a secret.
    """
    nonce = _decode(text)
    if not nonce:
        from emulator.schemes.mistakes import username_token as mistakes

        raise SchemeError(
            NONCE_NOT_BASE64.diagnose(
                "nonce",
                expected="Base64 as in RFC 4648, section 4",
                received=f"{len(text)} characters",
                hint=f"{mistakes.base64_fault(text)}; send the Base64 of the bytes that you hash",
            )
        )
    return nonce


def password_digest(
    nonce: bytes, created: str, password: str, hash_name: HashName = "sha256"
) -> str:
    """Compute the password digest.

    Args:
        nonce: Raw bytes, not their Base64 text.
        created: ISO 8601 time with an offset, such as `2026-01-31T09:56:06-05:00`; hashed
            as text.
        password: The shared secret, in the clear.
        hash_name: `sha1` as in the profile, or `sha256`.

    Returns:
        Base64 text of the raw digest: 28 characters for SHA-1, 44 for SHA-256.

    Source:
        WSS UsernameToken Profile 1.1, section 3.1.
    """
    data = preimage(nonce, created, password)
    digest = hashlib.sha256(data) if hash_name == "sha256" else hashlib.new(hash_name, data)
    return to_base64(digest.digest())


def preimage(nonce: bytes, created: str, password: str) -> bytes:
    """Return what is hashed."""
    return nonce + utf8(created) + utf8(password)


def verify(
    token: UsernameToken,
    password: str,
    *,
    now: datetime,
    window: timedelta,
    default_zone: tzinfo | None = None,
    read: Callable[[str], datetime | None] | None = None,
    others: Callable[[], Mapping[str, str]] = dict,
) -> datetime:
    """Check the digest, then the time.

    Args:
        token: What the client sent.
        password: The secret of `token.username`, in the clear.
        now: The server's time, aware.
        window: How far `created` may be from `now`, in either direction, inclusive.
        default_zone: Where a time without a zone is taken to be; left out, it is refused.
        read: Reads `created`, where more than ISO 8601 is accepted.
        others: Returns what a client can mistake for the secret, a description such as "the
            secretKey of site B" to its text; asked only after a refusal, for the diagnosis.

    Returns:
        When the token was created, aware.

    Raises:
        SchemeError: `username-token.nonce-not-base64` (an empty one),
            `username-token.digest-malformed`, `username-token.digest-mismatch`,
            `username-token.created-malformed`, `username-token.created-without-zone`,
            `username-token.created-too-old` or `username-token.created-in-future`, at
            `nonce`, `password_digest` or `created`.

    Source:
        WSS UsernameToken Profile 1.1, section 3.1.
    """
    if not token.nonce:
        decode_nonce("")  # refuses
    hash_name = _HASH_BY_TEXT_LENGTH.get(len(token.password_digest), "sha256")
    expected = password_digest(token.nonce, token.created, password, hash_name)
    if not hmac.compare_digest(expected.encode(), utf8(token.password_digest)):
        _refuse_digest(token, password, expected, others())
    created = (read or read_time)(token.created)
    if created is None:
        from emulator.schemes.mistakes import times
        from emulator.schemes.mistakes import username_token as mistakes

        raise SchemeError(
            CREATED_MALFORMED.diagnose(
                "created",
                expected=f"a time such as {now.isoformat(timespec='seconds')}",
                received=mistakes.masked(token.created, password),
                hint=times.written(token.created),
            )
        )
    zoned = created.tzinfo is not None
    if not zoned:
        if default_zone is None:
            raise SchemeError(
                CREATED_WITHOUT_ZONE.diagnose(
                    "created",
                    expected=f"a time such as {now.isoformat(timespec='seconds')}",
                    received=token.created,
                    hint="The time has no zone; add Z or the offset, such as -05:00",
                )
            )
        created = created.replace(tzinfo=default_zone)
    age = now - created
    if abs(age) > window:
        from emulator.schemes.mistakes import times

        mode = CREATED_TOO_OLD if age > window else CREATED_IN_FUTURE
        no_zone = "" if zoned else f"The time has no zone and was read as {created.tzname()}. "
        raise SchemeError(
            mode.diagnose(
                "created",
                expected=f"{now.isoformat()} ± {window.total_seconds():g} s",
                received=token.created,
                hint=no_zone + times.off(created, now),
            )
        )
    return created


_HASH_BY_TEXT_LENGTH: dict[int, HashName] = {44: "sha256", 28: "sha1"}
_DIGEST_SIZES = (32, 20)

# The fields are read before they are judged, so their numbers are bounded here: what
# `fromisoformat` makes of 24:00 or +05:99 differs from one Python to the next.
TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d)"
    r"(:[0-5]\d)?(?(2)(\.\d{1,9})?)"
    r"(Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?",
    re.ASCII,
)


def read_time(text: str) -> datetime | None:
    """Return the time that `text` names, naive where it has no zone; None if it is not ISO 8601.

    Accepted are calendar dates with a `T`, seconds or none, up to nine digits of fraction,
    and `Z` or an offset with or without its colon. Digits beyond microseconds are dropped.
    """
    if TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _decode(text: str) -> bytes | None:
    """Return the bytes of which `text` is the canonical Base64, or None."""
    try:
        return from_base64(text)
    except ValueError:
        return None


def _refuse_digest(
    token: UsernameToken, password: str, expected: str, others: Mapping[str, str]
) -> NoReturn:
    """Raise for a digest that is known to be wrong, saying which mistake gives it."""
    from emulator.schemes.mistakes import password_digest as mistakes

    digest = _decode(token.password_digest)
    well_formed = digest is not None and len(digest) in _DIGEST_SIZES
    attempt = mistakes.Attempt(token, password, others)
    raise SchemeError(
        (DIGEST_MISMATCH if well_formed else DIGEST_MALFORMED).diagnose(
            "password_digest",
            expected=expected,
            received=mistakes.received(attempt),
            hint=lambda: mistakes.hint(attempt),
        )
    )
