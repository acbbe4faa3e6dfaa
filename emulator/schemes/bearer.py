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

import base64
import hashlib
import hmac
import json
import math
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, cast
from urllib.parse import quote, unquote

import jwt

from emulator.errors import (
    Behaviour,
    ConfigurationError,
    FailureMode,
    SchemeError,
    Source,
    Standing,
)
from emulator.schemes import aes_cbc

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
)
EXPIRED = FailureMode(
    "bearer.expired",
    "The token has expired",
    RFC_7519.but(Standing.DOCUMENTED, "section 4.1.4"),
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
SECRET_LENGTH = 32  # bytes, at least: RFC 7518, section 3.2
OPAQUE_KEY_LENGTH = 32

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# ASCII, because ignoring case would else take U+017F for an s and U+212A for a k.
_HEADER = re.compile(r"bearer ([a-z0-9\-._~+/]+=*)", re.ASCII | re.IGNORECASE)
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
# What languages print for a variable that was never set: token68, and no token.
_PLACEHOLDERS = frozenset(("undefined", "null", "none", "nil", "nan"))


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
    if match and match[1].lower() not in _PLACEHOLDERS:
        return match[1]
    scheme = authorization.partition(" ")[0]
    raise SchemeError(
        (MALFORMED if scheme.lower() == "bearer" else SCHEME).diagnose(
            "authorization",
            expected="Bearer, one space, one token",
            received=_outline(authorization),
            hint=next((m.hint for m in HEADER_MISTAKES if m.recognise(authorization, b"")), ""),
        )
    )


def _outline(authorization: str) -> str:
    """Describe a header without repeating what may be a password or a secret."""
    scheme, _, rest = authorization.partition(" ")
    if not re.fullmatch(r"[A-Za-z]{1,12}:?", scheme) or not rest:
        scheme, rest = "", authorization
    strange = "".join(sorted({c for c in rest if not _TOKEN68.fullmatch(c) and c != "="}))
    told = f"{len(rest)} characters" + (f", among them {strange!r}" if strange else "")
    return f"{scheme} and {told}" if scheme else told


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
    _check_secret(secret)
    try:
        return jwt.encode(dict(claims), secret, algorithm="HS256")
    except jwt.InvalidKeyError as error:
        raise ConfigurationError(f"the access token secret will not do: {error}") from error


def verify(
    token: str,
    secret: bytes,
    *,
    now: datetime,
    issuer: str | None = None,
    audience: str | None = None,
) -> dict[str, Any]:
    """Return the claims of a JWT that `issue` made.

    Args:
        token: As `read` returns it.
        secret: At least 32 raw bytes.
        now: Aware. There is no leeway: the issuer's clock is ours.
        issuer: What `iss` must be; None leaves it unchecked.
        audience: What `aud` must be or contain. None stands for nobody: a token that has an
            `aud` is then refused, as section 4.1.3 wants.

    Raises:
        SchemeError: `bearer.not-a-jwt`, `bearer.alg`, `bearer.signature`, `bearer.claims`,
            `bearer.not-yet-valid`, `bearer.expired`, `bearer.issuer`, `bearer.audience`.
        ConfigurationError: The secret is too short.

    Source:
        RFC 7519, section 7.2; RFC 7515, section 5.2.
    """
    _check_secret(secret)
    claims = _open(token, secret)
    _check_time(claims, now)
    if issuer is not None and claims.get("iss") != issuer:
        _refuse(ISSUER, "iss", expected=issuer, received=claims.get("iss", "none"))
    if not (audience in _audiences(claims) if audience is not None else "aud" not in claims):
        _refuse(AUDIENCE, "aud", expected=audience or "none", received=claims.get("aud", "none"))
    return claims


def _open(token: str, secret: bytes) -> dict[str, Any]:
    try:
        protected, payload, signature = token.split(".")
        header = _ISSUED if protected == _PROTECTED else _read_object(protected)
        claims = _read_object(payload)
        mac = _mac(f"{protected}.{payload}", secret)
        if not (matches := signature.isascii() and hmac.compare_digest(mac, signature)):
            _base64url_decode(signature)  # tells a spoiled signature from a wrong one
    except (ValueError, RecursionError):
        _refuse(
            NOT_A_JWT,
            "token",
            expected="three canonical base64url parts, the first two JSON objects",
            received=MASKED
            if _reveals(secret, token)
            else f"{len(token)} characters, {token.count('.') + 1} parts",
            hint=_recognise(TOKEN_MISTAKES, token, secret),
        )
    # A critical extension that is not understood makes the token invalid: RFC 7515, 4.1.11.
    if header.get("alg") != "HS256" or "crit" in header:
        shown = json.dumps(header)
        _refuse(
            ALG,
            "alg",
            expected="HS256",
            received=MASKED if _reveals(secret, shown) else shown,
            hint=_recognise(TOKEN_MISTAKES, token, secret),
        )
    if not matches:
        _refuse(
            SIGNATURE,
            "signature",
            expected="HMAC-SHA256 of the first two parts, with the secret of this server",
            received=signature,
            hint=_recognise(TOKEN_MISTAKES, token, secret),
        )
    return claims


# The header that `issue` writes, so that it need not be parsed each time.
_ISSUED = {"alg": "HS256", "typ": "JWT"}
_PROTECTED = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/!!")  # ! is in neither alphabet
_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")


def _check_secret(secret: bytes) -> None:
    if len(secret) < SECRET_LENGTH:
        raise ConfigurationError(
            f"the access token secret must have at least {SECRET_LENGTH} bytes, not {len(secret)}"
        )


def _mac(signing_input: str, secret: bytes) -> str:
    return _base64url(hmac.digest(secret, signing_input.encode("ascii"), "sha256"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _base64url_decode(segment: str) -> bytes:
    # Straight to binascii: this runs for every request. The decoder lets any unused bits
    # pass, so what it gives must encode to the same.
    text = segment.encode("ascii")
    data = a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4), strict_mode=True)
    if b2a_base64(data, newline=False).translate(_FROM_STANDARD).rstrip(b"=") != text:
        raise ValueError("not canonical")
    return data


def _read_object(segment: str) -> dict[str, Any]:
    return _object(_base64url_decode(segment))


def _object(text: bytes) -> dict[str, Any]:
    # Decoded first: `json.loads` would guess UTF-16 from bytes.
    value: object = json.loads(text.decode())
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return cast("dict[str, Any]", value)


# Opaque tokens

_FIRST_BLOCK = b"an access token\n"
_CONTENTS = 63  # bytes; with the first block, the padding and the MAC that makes 112
_MAC_LENGTH = 32


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
    cipher_key, mac_key = _opaque_keys(key)
    contents = json.dumps(dict(claims), separators=(",", ":"), allow_nan=False).encode()
    plaintext = _FIRST_BLOCK + contents.ljust(_CONTENTS)
    ciphertext = aes_cbc.encrypt(cipher_key, bytes(16), plaintext)
    return base64.b64encode(ciphertext + hmac.digest(mac_key, ciphertext, "sha256")).decode("ascii")


def verify_opaque(token: str, key: bytes, *, now: datetime) -> dict[str, Any]:
    """Return the claims of a token that `issue_opaque` made.

    Args:
        token: As `read` returns it.
        key: 32 raw bytes.
        now: Aware. There is no leeway.

    Raises:
        SchemeError: `bearer.opaque-token`, `bearer.claims`, `bearer.not-yet-valid`,
            `bearer.expired`.
        ConfigurationError: The key has another length.
    """
    try:
        claims = _open_opaque(token, key)
    except (ValueError, RecursionError, SchemeError):
        _refuse(
            OPAQUE_TOKEN,
            "token",
            expected="the token that the login answered",
            received=MASKED if _reveals(key, token) else f"{len(token)} characters",
            hint=_recognise(OPAQUE_MISTAKES, token, key),
        )
    _check_time(claims, now)
    return claims


def _opaque_keys(key: bytes) -> tuple[bytes, bytes]:
    if len(key) != OPAQUE_KEY_LENGTH:
        raise ConfigurationError(
            f"the opaque token key must be {OPAQUE_KEY_LENGTH} bytes long, not {len(key)}"
        )
    # Two independent keys of one: encryption and authentication must not share theirs.
    derived = hmac.digest(key, b"opaque access token", "sha512")
    return derived[:32], derived[32:]


def _open_opaque(token: str, key: bytes) -> dict[str, Any]:
    cipher_key, mac_key = _opaque_keys(key)
    data = base64.b64decode(token, validate=True)
    if base64.b64encode(data) != token.encode("ascii"):
        raise ValueError("not canonical")
    ciphertext, mac = data[:-_MAC_LENGTH], data[-_MAC_LENGTH:]
    if not hmac.compare_digest(hmac.digest(mac_key, ciphertext, "sha256"), mac):
        raise ValueError("forged")
    plaintext = aes_cbc.decrypt(cipher_key, bytes(16), ciphertext)
    return _object(plaintext.removeprefix(_FIRST_BLOCK))


# Claims


def _check_time(claims: dict[str, Any], now: datetime) -> None:
    _check_types(claims)
    seconds = (now - _EPOCH).total_seconds()
    for name in ("nbf", "iat"):
        if name in claims and claims[name] > seconds:
            _refuse(NOT_YET_VALID, name, expected=f"at most {seconds:.0f}", received=claims[name])
    if claims["exp"] <= seconds:
        _refuse(EXPIRED, "exp", expected=f"more than {seconds:.0f}", received=claims["exp"])


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
    mode: FailureMode, where: str, *, expected: object, received: object, hint: str = ""
) -> NoReturn:
    raise SchemeError(mode.diagnose(where, expected=expected, received=received, hint=hint))


# What follows is only for recognising mistakes, and for making them in tests. Nothing here
# can make a token pass.


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong way to send a token, or to make one.

    Attributes:
        hint: What was done, and what to do.
        spoil: Makes the mistake: from a right token and the issuer's secret or key, what is
            sent; a whole header in `HEADER_MISTAKES`.
        recognise: Tells from what was sent, and the secret or key, whether it was made.
    """

    hint: str
    spoil: Callable[[str, bytes], str]
    recognise: Callable[[str, bytes], bool]


def _recognise(mistakes: tuple[Mistake, ...], token: str, secret: bytes) -> str:
    return next((mistake.hint for mistake in mistakes if mistake.recognise(token, secret)), "")


def _reveals(secret: bytes, text: str) -> bool:
    """Whether `text` carries the secret, raw or in one of its usual spellings."""
    data = text.encode(errors="replace")
    spellings = (base64.b64encode(secret), base64.urlsafe_b64encode(secret))
    hexadecimal = secret.hex().encode()
    return (
        secret in data
        or any(spelling.rstrip(b"=") in data for spelling in spellings)
        or hexadecimal in data.lower()
    )


def _header(hint: str, template: str, pattern: str) -> Mistake:
    """Build a mistake in the header; `template` has `{}` for the token."""
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return Mistake(
        hint,
        lambda token, _: template.replace("{}", token),
        lambda header, _: compiled.fullmatch(header) is not None,
    )


HEADER_MISTAKES: tuple[Mistake, ...] = (
    _header(
        "The header's name is repeated in its value; the value begins with Bearer",
        "Authorization: Bearer {}",
        r"authorization\s*[:=].*",
    ),
    _header("There is a colon after Bearer; put only a space", "Bearer: {}", r"bearer\s*:.*"),
    _header(
        "Bearer stands there twice; the client library adds it by itself",
        "Bearer Bearer {}",
        r"bearer\s+bearer\b.*",
    ),
    _header(
        "The token is a line with its line break; strip it",
        "Bearer {}\n",
        r"[^\r\n]*[\r\n]\s*",
    ),
    _header(
        "Two Authorization headers were sent, or merged; send one",
        "Bearer {}, Bearer {}",
        r"bearer [^,{]+,\s*bearer .*",
    ),
    _header(
        "A variable of the client was empty when the header was made; log in first",
        "Bearer undefined",
        r"(bearer\s+)?(undefined|null|none|nil|nan|true|false)",
    ),
    _header(
        "An object was turned into text; send its token, and await the promise",
        "Bearer [object Object]",
        r"(bearer\s+)?\[object \w+\]",
    ),
    _header(
        "A variable of the template was not filled in; set it to the token",
        "Bearer {{token}}",
        r"(bearer\s+)?(\{\{.*\}\}|\$\{.*\}|\$\w+|%\w+%)",
    ),
    _header(
        "The angle brackets of the documentation were kept; put the token alone",
        "Bearer <{}>",
        r"(bearer\s+)?<.*>",
    ),
    _header(
        "The whole JSON answer of the login was sent; send only the token in it",
        'Bearer {"token":"{}","success":true}',
        r"(bearer\s+)?(\{|%7b).*",
    ),
    _header(
        "Python's str() of bytes was sent (b'...'); decode it: .decode('ascii')",
        "Bearer b'{}'",
        r"(bearer\s+)?b'.*'",
    ),
    _header("The token is in quotes; send it without", 'Bearer "{}"', r"(bearer\s+)?([\"']).*\2"),
    _header(
        "The token is percent-encoded; a header takes it as it is",
        "Bearer {}%3D%3D",
        r"(bearer\s+)?[^\s%]*%[0-9a-f]{2}\S*",
    ),
    _header(
        "No token follows Bearer; the client's variable was empty: log in first",
        "Bearer ",
        r"bearer\s*",
    ),
    _header(
        "There is more than one space after Bearer; put one",
        "Bearer  {}",
        r"bearer\s{2,}\S+|bearer\t\S+",
    ),
    _header(
        "Spaces in the token: a + was lost where it was read from a form, or there are two tokens",
        "Bearer {} {}",
        r"bearer \S+( \S+)+",
    ),
    _header("Sent with the scheme Token; use Bearer", "Token {}", r"token\s.*"),
    _header("Sent with the scheme JWT; use Bearer", "JWT {}", r"jwt\s.*"),
    _header("Sent with the scheme OAuth; use Bearer", "OAuth {}", r"oauth\s.*"),
    _header(
        "Basic authentication; log in and send the token with Bearer",
        "Basic {}",
        r"basic\s.*",
    ),
    _header("The space after Bearer is missing", "Bearer{}", r"bearer[=_]?[\w.\-+/]+=*"),
    _header("The token was sent alone; put Bearer and a space before it", "{}", r"[\w.\-~+/]+=*"),
)


def _authentic(token: str, secret: bytes) -> bool:
    """Whether we issued the token, whatever its claims say."""
    try:
        if "." not in token:
            _open_opaque(token, secret)
            return True
        protected, payload, signature = token.split(".")
        # Whether it is canonical was `verify`'s business.
        return _mac(f"{protected}.{payload}", secret) == signature
    except (ValueError, RecursionError, SchemeError, ConfigurationError):
        return False


def _copied(hint: str, spoil: Callable[[str], str], repair: Callable[[str], str]) -> Mistake:
    """Build a mistake in copying the token: undone, the token must be one of ours."""

    def recognise(token: str, secret: bytes) -> bool:
        try:
            repaired = repair(token)
        except ValueError:
            return False
        return repaired != token and _authentic(repaired, secret)

    return Mistake(hint, lambda token, _: spoil(token), recognise)


def _strip_scheme(token: str) -> str:
    return re.sub(r"\A\s*bearer:?\s+", "", token, flags=re.IGNORECASE)


_COPY_MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "The issuer's secret itself was sent; send the token",
        lambda _, secret: base64.b64encode(secret).decode("ascii"),
        lambda token, secret: _reveals(secret, token),
    ),
    Mistake(
        "The whole JSON answer of the login was sent; send only the token in it",
        lambda token, _: json.dumps({"token": token, "success": True}),
        lambda token, _: re.match(r"\s*(\{|%7B)", token, re.IGNORECASE) is not None,
    ),
    Mistake(
        "A variable of the client was empty when the header was made; log in first",
        lambda _token, _: "undefined",
        lambda token, _: token.lower() in _PLACEHOLDERS,
    ),
    _copied("Bearer is part of the token; it belongs before it", "Bearer {}".format, _strip_scheme),
    _copied("White space around the token; strip it", "{}\n".format, str.strip),
    _copied("The token is in quotes; send it without", '"{}"'.format, lambda t: t.strip("\"'")),
    _copied(
        "The token is percent-encoded; a header takes it as it is",
        lambda token: quote(token, safe="").replace(".", "%2E"),
        unquote,
    ),
    _copied(
        "Base64 was applied to the token once more; send it as it was answered",
        lambda token: base64.b64encode(token.encode()).decode("ascii"),
        lambda token: base64.b64decode(token, validate=True).decode("ascii"),
    ),
)


def _parts(token: str) -> tuple[dict[str, Any], list[str]] | None:
    """The header and all parts, if it looks like a JWT at all."""
    parts = token.split(".")
    try:
        return _read_object(parts[0]), parts
    except (ValueError, RecursionError):
        return None


def _replace_header(token: str, header: dict[str, str]) -> str:
    protected = _base64url(json.dumps(header, separators=(",", ":")).encode())
    return ".".join((protected, *token.split(".")[1:]))


def _has_alg(*names: str) -> Callable[[str, bytes], bool]:
    def recognise(token: str, _secret: bytes) -> bool:
        found = _parts(token)
        return found is not None and str(found[0].get("alg")).lower() in names

    return recognise


def _as_none(token: str, _secret: bytes) -> str:
    return _replace_header(token, {"alg": "none", "typ": "JWT"}).rpartition(".")[0] + "."


def _as_assertion(token: str, _secret: bytes) -> str:
    # Only the header tells; what stands in the place of R and S does not matter.
    protected = _replace_header(token, {"alg": "ES256", "typ": "JWT", "kid": "site"})
    return protected.rpartition(".")[0] + "." + _base64url(bytes(range(64)))


def _is_stripped(token: str, _secret: bytes) -> bool:
    found = _parts(token)
    if found is None or not (len(found[1]) == 2 or (len(found[1]) == 3 and not found[1][2])):
        return False
    try:
        _read_object(found[1][1])
    except (ValueError, RecursionError):
        return False
    return True


def _is_truncated(token: str, _secret: bytes) -> bool:
    parts = token.split(".")
    return token.startswith("eyJ") and (
        len(parts) < 3 or (len(parts) == 3 and len(parts[2]) < _SIGNATURE_LENGTH)
    )


_SIGNATURE_LENGTH = 43  # characters: 32 bytes


def _signed(hint: str, sign: Callable[[bytes, bytes], bytes]) -> Mistake:
    """Build a wrong way to sign: (secret, signing input) -> signature."""

    def spoil(token: str, secret: bytes) -> str:
        signing_input = token.rpartition(".")[0]
        return f"{signing_input}.{_base64url(sign(secret, signing_input.encode()))}"

    def recognise(token: str, secret: bytes) -> bool:
        signing_input, _, signature = token.rpartition(".")
        made = _base64url(sign(secret, signing_input.encode(errors="replace")))
        return made == signature

    return Mistake(hint, spoil, recognise)


def _hmac_with(derive: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    return lambda secret, signing_input: hmac.digest(derive(secret), signing_input, "sha256")


def _alter(token: str, _secret: bytes) -> str:
    protected, payload, signature = token.split(".")
    claims = {**_read_object(payload), "exp": 4102444800}
    return f"{protected}.{_base64url(json.dumps(claims).encode())}.{signature}"


def _is_hs256(token: str, _secret: bytes) -> bool:
    found = _parts(token)
    return found is not None and len(found[1]) == 3 and found[0].get("alg") == "HS256"


TOKEN_MISTAKES: tuple[Mistake, ...] = (
    *_COPY_MISTAKES,
    Mistake(
        "The client assertion itself was sent; exchange it for an access token at the token "
        "endpoint first",
        _as_assertion,
        _has_alg("es256"),
    ),
    Mistake(
        "The token is not signed (alg none); send it as it was issued",
        _as_none,
        _has_alg("none"),
    ),
    Mistake(
        "The token is signed with another algorithm, so another server issued it",
        lambda token, _: _replace_header(token, {"alg": "HS512", "typ": "JWT"}),
        _has_alg("hs384", "hs512", "rs256", "rs384", "rs512", "ps256", "es384", "es512", "eddsa"),
    ),
    Mistake(
        "The token is encrypted (five parts), so another server issued it",
        lambda token, _: _replace_header(token, {"alg": "dir", "enc": "A256GCM"}) + ".AAAA.AAAA",
        lambda token, _: token.startswith("eyJ") and token.count(".") == 4,
    ),
    Mistake(
        "The signature was cut off; send all three parts",
        lambda token, _: token.rpartition(".")[0],
        _is_stripped,
    ),
    Mistake(
        "The token is cut short; look for a column or a buffer that is too small",
        lambda token, _: token[:-9],
        _is_truncated,
    ),
    _copied(
        "The parts are padded with =; base64url in a JWT is not",
        lambda token: ".".join(part + "=" * (-len(part) % 4) for part in token.split(".")),
        lambda token: token.replace("=", ""),
    ),
    _copied(
        "The parts are standard Base64 (+ and /); a JWT has base64url (- and _)",
        lambda token: token.translate(str.maketrans("-_", "+/")),
        lambda token: token.translate(str.maketrans("+/", "-_")),
    ),
    _signed(
        "Signed with the Base64 text of the secret; use its raw bytes",
        _hmac_with(base64.b64encode),
    ),
    _signed(
        "Signed with the base64url text of the secret; use its raw bytes",
        _hmac_with(lambda secret: base64.urlsafe_b64encode(secret).rstrip(b"=")),
    ),
    _signed(
        "Signed with the hexadecimal text of the secret; use its raw bytes",
        _hmac_with(lambda secret: secret.hex().encode()),
    ),
    _signed(
        "Signed with the secret and a line break; strip it",
        _hmac_with(lambda secret: secret + b"\n"),
    ),
    _signed(
        "Signed with the SHA-256 hash of the secret; use the secret",
        _hmac_with(lambda secret: hashlib.sha256(secret).digest()),
    ),
    _signed("Signed with an empty secret", _hmac_with(lambda _: b"")),
    _signed(
        "Signed with HMAC-SHA512 although the header says HS256",
        lambda secret, signing_input: hmac.digest(secret, signing_input, "sha512"),
    ),
    _signed(
        "The signature is the hexadecimal text of the MAC; encode its raw bytes",
        lambda secret, signing_input: hmac.digest(secret, signing_input, "sha256").hex().encode(),
    ),
    _signed(
        "Signed with a plain SHA-256 hash, which anybody can compute",
        lambda _, signing_input: hashlib.sha256(signing_input).digest(),
    ),
    # Last, because it is true of every mismatch
    Mistake(
        "The token was altered after it was issued, or another server issued it; log in again "
        "and send the token as it is",
        _alter,
        _is_hs256,
    ),
)


def _is_cut(token: str, key: bytes) -> bool:
    # The first block is the same in all our tokens: 16 bytes are 21 characters and some bits.
    beginning = issue_opaque({}, key)[:21]
    return token.startswith(beginning) and len(token) < 152


def _is_altered(token: str, _key: bytes) -> bool:
    try:
        data = base64.b64decode(token, validate=True)
    except ValueError:
        return False
    return len(data) > _MAC_LENGTH and len(data) % aes_cbc.BLOCK == 0


OPAQUE_MISTAKES: tuple[Mistake, ...] = (
    *_COPY_MISTAKES,
    Mistake(
        "This is what a failed login answers in place of a token; look at `success` first",
        lambda _token, _key: "INVALID",
        lambda token, _key: token in ("INVALID", "EXPIRED"),
    ),
    Mistake(
        "This is a JWT; send the token that this server's login answered",
        lambda _token, key: issue({"exp": 0}, key),
        lambda token, _key: token.startswith("eyJ") and "." in token,
    ),
    _copied(
        "A + of the token became a space; it was read from a form or a query undecoded",
        lambda token: token.replace("+", " "),
        lambda token: token.replace(" ", "+"),
    ),
    _copied(
        "The = at the end of the token is missing; keep it",
        lambda token: token.rstrip("="),
        lambda token: token + "=" * (-len(token) % 4),
    ),
    _copied(
        "The token was made URL-safe (- and _); send it as it was answered",
        lambda token: token.translate(str.maketrans("+/", "-_")),
        lambda token: token.translate(str.maketrans("-_", "+/")),
    ),
    _copied(
        r"The token still has the backslashes of its JSON text (\/); parse the JSON",
        lambda token: token.replace("/", r"\/"),
        lambda token: token.replace(r"\/", "/"),
    ),
    _copied(
        "The token was turned into hexadecimal; send it as it was answered",
        lambda token: base64.b64decode(token).hex(),
        lambda token: base64.b64encode(bytes.fromhex(token)).decode("ascii"),
    ),
    Mistake(
        "The token is cut short; look for a column or a buffer that is too small",
        lambda token, _key: token[:-9],
        _is_cut,
    ),
    # Last, because it is true of every token with a wrong MAC
    Mistake(
        "The token was altered, or another server issued it; log in again",
        lambda token, _key: token[:60] + ("B" if token[60] == "A" else "A") + token[61:],
        _is_altered,
    ),
)

MISTAKES: tuple[Mistake, ...] = (*HEADER_MISTAKES, *TOKEN_MISTAKES, *OPAQUE_MISTAKES)
