"""Check a UsernameToken: the digest first, then the time."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from emulator.core.errors import SchemeError
from emulator.core.messages import Message
from emulator.schemes.encoding import from_base64, utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta, tzinfo
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
        from emulator.schemes.username_token import mistakes

        raise SchemeError(
            NONCE_NOT_BASE64.diagnose(
                "nonce",
                expected="Base64 as in RFC 4648, section 4",
                received=f"{len(text)} characters",
                hint=f"{mistakes.base64_fault(text)}; send the Base64 of the bytes that you hash",
            )
        )
    return nonce


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
        from emulator.schemes.username_token import mistakes

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
                    hint=Message("The time has no zone; add Z or the offset, such as -05:00"),
                )
            )
        created = created.replace(tzinfo=default_zone)
    age = now - created
    if abs(age) > window:
        from emulator.schemes.mistakes import times

        mode = CREATED_TOO_OLD if age > window else CREATED_IN_FUTURE
        no_zone = (
            ""
            if zoned
            else Message("The time has no zone and was read as {tzname}. ").with_(
                tzname=created.tzname()
            )
        )
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
    from emulator.schemes.username_token import mistakes

    digest = _decode(token.password_digest)
    well_formed = digest is not None and len(digest) in _DIGEST_SIZES
    refused = mistakes.RefusedDigest(token, password, others)
    raise SchemeError(
        (DIGEST_MISMATCH if well_formed else DIGEST_MALFORMED).diagnose(
            "password_digest",
            expected=expected,
            received=mistakes.received(refused),
            hint=lambda: mistakes.hint(refused),
        )
    )
