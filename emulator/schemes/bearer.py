"""Bearer tokens: reading the header, and two kinds of access token that we issue ourselves.

::

    Authorization: Bearer token68                                      RFC 6750, section 2.1
    JWT     = base64url(header) "." base64url(claims) "." base64url(HMAC-SHA256(secret, ...))
    opaque  = Base64(c || HMAC-SHA256(k2, c)),  c = AES-256-CBC(k1, constant block || claims)

An opaque token means nothing to its bearer. Ours looks like those seen in the wild: standard
Base64 with `+`, `/` and `=`, 112 bytes, the first 16 always the same. Unlike AES-CBC alone it
cannot be forged, because the MAC covers the whole ciphertext and is checked before it is
decrypted.

PyJWT signs. It does not verify here: it asks the wall clock, lets several spellings of one
token pass, and takes several times as long, on the path of every request. Tests hold the
few lines that do it against PyJWT and joserfc.
"""

from __future__ import annotations

import hmac
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NoReturn, cast

from emulator.core.errors import (
    Behaviour,
    ConfigurationError,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.schemes.encoding import from_base64, from_base64url, to_base64, to_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

RFC_6750 = Source("RFC 6750", "section 2.1")
RFC_7519 = Source("RFC 7519", "section 7.2")
RFC_9110 = Source("RFC 9110", "section 11.1")

MISSING = FailureMode("bearer.missing", "The request carries no Authorization header", RFC_6750)
SCHEME = FailureMode("bearer.scheme", "The authentication scheme is not Bearer", RFC_9110)
MALFORMED = FailureMode(
    "bearer.malformed", "Bearer is not followed by one space and one token", RFC_6750
)
NOT_A_JWT = FailureMode("bearer.not-a-jwt", "The token is not a signed JWT", RFC_7519)
ALG = FailureMode(
    "bearer.alg",
    "The token's header asks for something else than HS256",
    Source("RFC 8725", "section 3.1"),
)
SIGNATURE = FailureMode(
    "bearer.signature", "The token's signature does not match", Source("RFC 7515", "section 5.2")
)
OPAQUE_TOKEN = FailureMode(
    "bearer.opaque-token",
    "The token was not issued by this server",
    Source("RFC 6749", "section 1.4"),
)
CLAIMS = FailureMode(
    "bearer.claims",
    "A claim of the token is missing or of the wrong type",
    RFC_7519.but(Standing.CHOSEN, "section 4.1"),
)
NOT_YET_VALID = FailureMode(
    "bearer.not-yet-valid",
    "The token is not valid yet",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.5"),
    about_time=True,
)
EXPIRED = FailureMode(
    "bearer.expired",
    "The token has expired",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.4"),
    about_time=True,
)
ISSUER = FailureMode(
    "bearer.issuer",
    "The token was issued by somebody else",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.1"),
)
AUDIENCE = FailureMode(
    "bearer.audience",
    "The token is meant for somebody else",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.3"),
)

ONE_SPACE = Behaviour(
    "Exactly one space separates Bearer from the token; RFC 6750 allows several",
    RFC_6750.but(Standing.CHOSEN),
)
ISSUED_AT = Behaviour(
    "An access token issued in the future is refused, and one without exp",
    RFC_7519.but(Standing.CHOSEN, "sections 4.1.4 and 4.1.6"),
)
OPAQUE_FORM = Behaviour(
    "Opaque tokens are standard Base64 of 112 bytes that begin with the same block",
    Source("tokens in public clients", standing=Standing.OBSERVED),
)
OPAQUE_CONTENTS = Behaviour(
    "Opaque tokens contain encrypted claims and a MAC",
    Source("RFC 6749", "section 1.4", Standing.CHOSEN),
)

MASKED = "(the secret itself, masked)"
_CUT = "exp says otherwise, but a scenario had the token end at "
SECRET_LENGTH = 32  # bytes, at least: RFC 7518, section 3.2
OPAQUE_KEY_LENGTH = 32

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# ASCII, because ignoring case would else take U+017F for an s and U+212A for a k.
_HEADER = re.compile(r"bearer ([a-z0-9\-._~+/]+=*)", re.ASCII | re.IGNORECASE)
# What languages print for a variable that was never set: token68, and no token.
PLACEHOLDERS = frozenset(("undefined", "null", "none", "nil", "nan"))


# The header


def read(authorization: str | None) -> str:
    """Return the token an `Authorization` header carries.

    Args:
        authorization: The header's value; None where there is no such header.

    Returns:
        The token68, as it came.

    Raises:
        SchemeError: `bearer.missing`, `bearer.scheme`, `bearer.malformed`.

    Source:
        RFC 6750, section 2.1; RFC 9110, section 11.1: the scheme's case does not matter.
    """
    if not authorization:
        raise SchemeError(MISSING.diagnose("authorization", expected="Bearer and a token"))
    match = _HEADER.fullmatch(authorization)
    if match and match[1].lower() not in PLACEHOLDERS:
        return match[1]
    from emulator.schemes.mistakes import bearer as mistakes

    scheme = authorization.partition(" ")[0]
    raise SchemeError(
        (MALFORMED if scheme.lower() == "bearer" else SCHEME).diagnose(
            "authorization",
            expected="Bearer, one space, one token",
            received=mistakes.outline(authorization),
            hint=lambda: mistakes.recognise(mistakes.HEADER_MISTAKES, authorization, b""),
        )
    )


# JSON Web Tokens


def issue(claims: Mapping[str, Any], secret: bytes) -> str:
    """Sign claims: a JWT with the header `{"alg":"HS256","typ":"JWT"}`.

    Args:
        claims: RFC 7519 claims; `exp` in seconds is needed for `verify` to accept it.
        secret: At least 32 raw bytes.

    Raises:
        ConfigurationError: The secret is too short, or the PEM text of a key.

    Source:
        RFC 7519, section 7.1; RFC 7518, section 3.2.
    """
    import jwt  # not needed to verify, and slow to import

    _check_secret(secret)
    try:
        return jwt.encode(dict(claims), secret, algorithm="HS256")
    except jwt.InvalidKeyError as error:
        raise ConfigurationError(f"the access token secret will not do: {error}") from error


Algorithm = Literal["none", "HS256", "RS256", "ES256"]


def forge(claims: Mapping[str, Any], secret: bytes, algorithm: Algorithm = "HS256") -> str:
    """Sign any claims at all, right or wrong, with any of four algorithms.

    Args:
        claims: Plain data; nothing is checked.
        secret: For HS256; the others have random keys, or none.
        algorithm: What the header says, truly: `none` has an empty signature.

    Source:
        RFC 7515, section 7.1; RFC 7518, section 3.1.
    """
    import jwt  # not needed to verify, and slow to import

    key = secret if algorithm == "HS256" else _stranger(algorithm)
    # The claims as bytes: PyJWT would refuse some that are wrong.
    contents = json.dumps(dict(claims), separators=(",", ":")).encode()
    return jwt.PyJWS().encode(contents, cast("Any", key), algorithm=algorithm)


@cache
def _stranger(algorithm: Algorithm) -> PrivateKeyTypes | None:
    """Return a key that signs with the algorithm, made when first asked for and then kept."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a token begins and ends: what it says, and what is true.

    Attributes:
        issued: `iat`, in whole seconds since the epoch.
        expiry: `exp`.
        not_before: `nbf`; None to leave it out.
        seconds: How long it says it lives, for `expires_in`.
        ends: When it ends in truth; None if `expiry` is true.
    """

    issued: int
    expiry: int
    not_before: int | None
    seconds: int
    ends: float | None


def lifetime(
    at: float,
    own: float,
    *,
    lives: float | None = None,
    says: float | None = None,
    begins: float | None = None,
) -> Lifetime:
    """Work out the times of a token.

    Args:
        at: When it is issued, in seconds since the epoch.
        own: Seconds a token lives when nothing else is asked for.
        lives: Seconds this one lives.
        says: Seconds it says that it lives; the truth if None.
        begins: Seconds from `at` until it is valid, `iat` included; at once if None.
    """
    true = own if lives is None else lives
    said = true if says is None else says
    # Upwards: what is not yet valid must not be valid early.
    issued = int(at) if begins is None else math.ceil(at + begins)
    start = at if begins is None else max(at, at + begins)
    first = int(at) if begins is None else max(issued, int(at))
    expiry = first + int(said) if said == int(said) else math.ceil(start + said)
    honest = said == true == int(true)
    return Lifetime(
        issued,
        expiry,
        None if begins is None else issued,
        math.ceil(said),
        None if honest else start + true,
    )


Ends = Callable[[Mapping[str, Any]], float | None]
"""Tells when a token ends in truth, in seconds since the epoch; None where `exp` is true."""


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
    _check_secret(secret)
    claims = _open(token, secret)
    _check_time(claims, now, ends)
    if issuer is not None and claims.get("iss") != issuer:
        _refuse(ISSUER, "iss", expected=issuer, received=claims.get("iss", "none"))
    if not (audience in _audiences(claims) if audience is not None else "aud" not in claims):
        _refuse(AUDIENCE, "aud", expected=audience or "none", received=claims.get("aud", "none"))
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
            "HMAC-SHA256 of the first two parts, with the secret of this server",
            signature,
            token,
            secret,
        )
    return claims


# The header that `issue` writes, so that it need not be parsed each time.
_ISSUED = {"alg": "HS256", "typ": "JWT"}
_PROTECTED = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"


def _check_secret(secret: bytes) -> None:
    if len(secret) < SECRET_LENGTH:
        raise ConfigurationError(
            f"the access token secret must have at least {SECRET_LENGTH} bytes, not {len(secret)}"
        )


def mac(signing_input: str, secret: bytes) -> str:
    """Return the signature that belongs to the first two parts of a JWT."""
    return to_base64url(hmac.digest(secret, signing_input.encode("ascii"), "sha256"))


def read_object(segment: str) -> dict[str, Any]:
    """Read a part of a JWT as a JSON object.

    Raises:
        ValueError: It is not one, or not canonical base64url.
        RecursionError: It is nested too deep.
    """
    return _object(from_base64url(segment))


def _object(text: bytes) -> dict[str, Any]:
    # Decoded first: `json.loads` would guess UTF-16 from bytes.
    value: object = json.loads(text.decode())
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return cast("dict[str, Any]", value)


# Opaque tokens

_FIRST_BLOCK = b"an access token\n"
_CONTENTS = 63  # bytes; with the first block, the padding and the MAC that makes 112
MAC_LENGTH = 32


def issue_opaque(claims: Mapping[str, Any], key: bytes) -> str:
    """Encrypt and authenticate claims.

    Args:
        claims: As little as possible: a name, `exp`, `iat`. The same claims give the same token.
        key: 32 raw bytes.

    Returns:
        Standard Base64: 152 characters of 112 bytes if the claims fit into 63 bytes of JSON,
        else some blocks more.

    Raises:
        ConfigurationError: The key has another length.
    """
    from emulator.schemes import aes_cbc

    cipher_key, mac_key = _opaque_keys(key)
    contents = json.dumps(dict(claims), separators=(",", ":"), allow_nan=False).encode()
    plaintext = _FIRST_BLOCK + contents.ljust(_CONTENTS)
    ciphertext = aes_cbc.encrypt(cipher_key, bytes(16), plaintext)
    return to_base64(ciphertext + hmac.digest(mac_key, ciphertext, "sha256"))


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
        from emulator.schemes.mistakes import bearer as mistakes

        _refuse(
            OPAQUE_TOKEN,
            "token",
            expected="the token that the login answered",
            received=mistakes.masked(f"{len(token)} characters", token, key),
            hint=lambda: mistakes.recognise(mistakes.OPAQUE_MISTAKES, token, key),
        )
    _check_time(claims, now, ends)
    return claims


def _opaque_keys(key: bytes) -> tuple[bytes, bytes]:
    if len(key) != OPAQUE_KEY_LENGTH:
        raise ConfigurationError(
            f"the opaque token key must be {OPAQUE_KEY_LENGTH} bytes long, not {len(key)}"
        )
    # Two independent keys of one: encryption and authentication must not share theirs.
    derived = hmac.digest(key, b"opaque access token", "sha512")
    return derived[:32], derived[32:]


def open_opaque(token: str, key: bytes) -> dict[str, Any]:
    """Return the claims of an opaque token that we issued, whatever they say.

    Raises:
        ValueError: It is none of ours.
        RecursionError: Its claims are nested too deep.
        SchemeError: As `aes_cbc.decrypt`.
        ConfigurationError: The key has another length than 32 bytes.
    """
    from emulator.schemes import aes_cbc

    cipher_key, mac_key = _opaque_keys(key)
    data = from_base64(token)
    ciphertext, tag = data[:-MAC_LENGTH], data[-MAC_LENGTH:]
    if not hmac.compare_digest(hmac.digest(mac_key, ciphertext, "sha256"), tag):
        raise ValueError("forged")
    plaintext = aes_cbc.decrypt(cipher_key, bytes(16), ciphertext)
    return _object(plaintext.removeprefix(_FIRST_BLOCK))


# Claims


def _check_time(claims: dict[str, Any], now: datetime, ends: Ends | None) -> None:
    _check_types(claims)
    seconds = (now - _EPOCH).total_seconds()
    for name in ("nbf", "iat"):
        if name in claims and claims[name] > seconds:
            _refuse(NOT_YET_VALID, name, expected=f"at most {seconds:.0f}", received=claims[name])
    end = None if ends is None else ends(claims)
    if (claims["exp"] if end is None else end) <= seconds:
        _refuse(
            EXPIRED,
            "exp",
            expected=f"more than {seconds:.0f}",
            received=claims["exp"],
            hint="" if end is None else f"{_CUT}{end:.0f}",
        )


def _check_types(claims: dict[str, Any]) -> None:
    if "exp" not in claims:
        _refuse(CLAIMS, "exp", expected="a number of seconds", received="none")
    for name, value in claims.items():
        expected, fits = _TYPES.get(name, _ANY)
        if not fits(value):
            _refuse(CLAIMS, name, expected=expected, received=repr(value))


def _is_number(value: object) -> bool:
    # JSON's true is an int to Python, and its parser takes NaN and Infinity.
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return _is_text(value) or (
        isinstance(value, list) and all(map(_is_text, cast("list[object]", value)))
    )


_Type = tuple[str, Callable[[object], bool]]
_NUMBER: _Type = ("a number of seconds", _is_number)
_TEXT: _Type = ("a string", _is_text)
_ANY: _Type = ("anything", lambda _: True)
_TYPES: Mapping[str, _Type] = {
    **dict.fromkeys(("exp", "nbf", "iat"), _NUMBER),
    **dict.fromkeys(("iss", "sub", "jti"), _TEXT),
    "aud": ("a string or strings", _are_texts),
}


def _audiences(claims: dict[str, Any]) -> list[Any]:
    audience: object = claims.get("aud", [])
    return cast("list[Any]", audience) if isinstance(audience, list) else [audience]


def _refuse(
    mode: FailureMode,
    where: str,
    *,
    expected: object,
    received: object,
    hint: str | Callable[[], str] = "",
) -> NoReturn:
    raise SchemeError(mode.diagnose(where, expected=expected, received=received, hint=hint))


def _refuse_token(
    mode: FailureMode, where: str, expected: str, received: str, token: str, secret: bytes
) -> NoReturn:
    from emulator.schemes.mistakes import bearer as mistakes

    _refuse(
        mode,
        where,
        expected=expected,
        # Also a signature can be the secret, sent in place of what it makes.
        received=mistakes.masked(received, f"{token} {received}", secret),
        hint=lambda: mistakes.recognise(mistakes.TOKEN_MISTAKES, token, secret),
    )
