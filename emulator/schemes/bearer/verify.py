"""Check access tokens of both kinds."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from typing import Any, NoReturn

from emulator.core.errors import (
    FailureMode,
    SchemeError,
)
from emulator.core.messages import Message
from emulator.schemes.bearer.claims import Ends, audiences, check_time, refuse
from emulator.schemes.bearer.failures import (
    ALG,
    AUDIENCE,
    ISSUER,
    NOT_A_JWT,
    OPAQUE_TOKEN,
    SIGNATURE,
)
from emulator.schemes.bearer.make import check_secret, mac, read_object
from emulator.schemes.bearer.opaque import open_opaque
from emulator.schemes.encoding import from_base64url


def verify(
    token: str,
    secret: bytes,
    *,
    now: datetime,
    issuer: str | None = None,
    audience: str | None = None,
    ends: Ends | None = None,
) -> dict[str, Any]:
    """Return the claims of a JWT that `issue` made.

    Args:
        token: As `read` returns it.
        secret: At least 32 raw bytes.
        now: Aware. There is no leeway: the issuer's clock is ours.
        issuer: What `iss` must be; None leaves it unchecked.
        audience: What `aud` must be or contain. None stands for no audience: a token that has an
            `aud` is then refused, as section 4.1.3 wants.
        ends: Knows tokens whose `exp` is not true; asked only about one whose signature is
            right and whose claims have their types.

    Raises:
        SchemeError: `bearer.not-a-jwt`, `bearer.alg`, `bearer.signature`, `bearer.claims`,
            `bearer.not-yet-valid`, `bearer.expired`, `bearer.issuer`, `bearer.audience`.
        ConfigurationError: The secret is too short.

    Source:
        RFC 7519, section 7.2; RFC 7515, section 5.2.
    """
    check_secret(secret)
    claims = _open(token, secret)
    check_time(claims, now, ends)
    if issuer is not None and claims.get("iss") != issuer:
        refuse(ISSUER, "iss", expected=issuer, received=claims.get("iss", "none"))
    if not (audience in audiences(claims) if audience is not None else "aud" not in claims):
        refuse(AUDIENCE, "aud", expected=audience or "none", received=claims.get("aud", "none"))
    return claims


def _open(token: str, secret: bytes) -> dict[str, Any]:
    try:
        protected, payload, signature = token.split(".")
        header = _ISSUED if protected == _PROTECTED else read_object(protected)
        claims = read_object(payload)
        expected = mac(f"{protected}.{payload}", secret)
        if not (matches := signature.isascii() and hmac.compare_digest(expected, signature)):
            from_base64url(signature)  # tells a spoiled signature from a wrong one
    except (ValueError, RecursionError):
        _refuse_token(
            NOT_A_JWT,
            "token",
            "three canonical base64url parts, the first two JSON objects",
            f"{len(token)} characters, {token.count('.') + 1} parts",
            token,
            secret,
        )
    # A critical extension that is not understood makes the token invalid: RFC 7515, 4.1.11.
    if header.get("alg") != "HS256" or "crit" in header:
        _refuse_token(ALG, "alg", "HS256", json.dumps(header), token, secret)
    if not matches:
        _refuse_token(
            SIGNATURE,
            "signature",
            Message("HMAC-SHA256 of the first two parts, with the secret of this server"),
            signature,
            token,
            secret,
        )
    return claims


# The header that `issue` writes, so that it need not be parsed each time.
_ISSUED = {"alg": "HS256", "typ": "JWT"}

_PROTECTED = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"


def verify_opaque(
    token: str, key: bytes, *, now: datetime, ends: Ends | None = None
) -> dict[str, Any]:
    """Return the claims of a token that `issue_opaque` made.

    Args:
        token: As `read` returns it.
        key: 32 raw bytes.
        now: Aware. There is no leeway.
        ends: As for `verify`.

    Raises:
        SchemeError: `bearer.opaque-token`, `bearer.claims`, `bearer.not-yet-valid`,
            `bearer.expired`.
        ConfigurationError: The key has another length.
    """
    try:
        claims = open_opaque(token, key)
    except (ValueError, RecursionError, SchemeError):
        from emulator.schemes.bearer import mistakes

        refuse(
            OPAQUE_TOKEN,
            "token",
            expected="the token that the login answered",
            received=mistakes.masked(f"{len(token)} characters", token, key),
            hint=lambda: mistakes.recognise(mistakes.OPAQUE_MISTAKES, token, key),
        )
    check_time(claims, now, ends)
    return claims


def _refuse_token(
    mode: FailureMode, where: str, expected: str, received: str, token: str, secret: bytes
) -> NoReturn:
    from emulator.schemes.bearer import mistakes

    refuse(
        mode,
        where,
        expected=expected,
        # Also a signature can be the secret, sent in place of what it makes.
        received=mistakes.masked(received, f"{token} {received}", secret),
        hint=lambda: mistakes.recognise(mistakes.TOKEN_MISTAKES, token, secret),
    )
