"""Which mistake made an access token or its header wrong; asked only after `bearer` refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from emulator.core.errors import ConfigurationError, SchemeError
from emulator.schemes.aes_cbc.make import BLOCK
from emulator.schemes.bearer.make import PLACEHOLDERS, issue, mac, read_object
from emulator.schemes.bearer.opaque import MAC_LENGTH, issue_opaque, open_opaque
from emulator.schemes.encoding import to_base64url
from emulator.schemes.shown import MASKED

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


# What may be shown of what was refused


def outline(authorization: str) -> str:
    """Describe a header without repeating what may be a password or a secret."""
    scheme, _, rest = authorization.partition(" ")
    if not re.fullmatch(r"[A-Za-z]{1,12}:?", scheme) or not rest:
        scheme, rest = "", authorization
    strange = "".join(sorted({c for c in set(rest) if not _TOKEN68.fullmatch(c) and c != "="}))
    told = f"{len(rest)} characters" + (f", among them {strange!r}" if strange else "")
    return f"{scheme} and {told}" if scheme else told


def masked(shown: str, sent: str, secret: bytes) -> str:
    """Return `shown`, or a mask where what was sent carries the secret."""
    return MASKED if _reveals(secret, sent) else shown


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


# The mistakes: each can be made, for tests, and recognised


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


def recognise(mistakes: tuple[Mistake, ...], sent: str, secret: bytes) -> str:
    """Return the hint of the first mistake that was made, or ""."""
    return next((mistake.hint for mistake in mistakes if mistake.recognise(sent, secret)), "")


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
        "What a language prints for an object or a function was sent; send the token itself",
        "Bearer <function token at 0x7f3a5c0e>",
        r"(bearer\s+)?(<[^>]*(function|method|object) .*|System\.\w+.*|\[B@[0-9a-f]+|#<.*)",
    ),
    _header(
        "The name of a member stands before the token; send the token alone",
        "Bearer token={}",
        r"(bearer\s+)?(access_?token|id_?token|token|jwt)\s*[=:]\s*\S+",
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
    _header(
        "Another word than Bearer stands before the token; write Bearer, one space and the token",
        "ApiKey {}",
        r"(?!bearer)[a-z][\w-]{1,20} [\w.\-~+/]+=*",
    ),
    _header(
        "There are quotes of a word processor or invisible characters in the header; type it again",
        "Bearer \N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}",
        r".*[^\x20-\x7e\t\r\n].*",
    ),
    _header("The space after Bearer is missing", "Bearer{}", r"bearer[=_]?[\w.\-+/]+=*"),
    _header("The token was sent alone; put Bearer and a space before it", "{}", r"[\w.\-~+/]+=*"),
)


def _authentic(token: str, secret: bytes) -> bool:
    """Whether we issued the token, whatever its claims say."""
    try:
        if "." not in token:
            open_opaque(token, secret)
            return True
        protected, payload, signature = token.split(".")
        # Whether it is canonical was `verify`'s business.
        return mac(f"{protected}.{payload}", secret) == signature
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
        lambda token, _: token.lower() in PLACEHOLDERS,
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
        return read_object(parts[0]), parts
    except (ValueError, RecursionError):
        return None


def _replace_header(token: str, header: dict[str, str]) -> str:
    protected = to_base64url(json.dumps(header, separators=(",", ":")).encode())
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
    return protected.rpartition(".")[0] + "." + to_base64url(bytes(range(64)))


def _is_stripped(token: str, _secret: bytes) -> bool:
    found = _parts(token)
    if found is None or not (len(found[1]) == 2 or (len(found[1]) == 3 and not found[1][2])):
        return False
    try:
        read_object(found[1][1])
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
        return f"{signing_input}.{to_base64url(sign(secret, signing_input.encode()))}"

    def recognise(token: str, secret: bytes) -> bool:
        signing_input, _, signature = token.rpartition(".")
        made = to_base64url(sign(secret, signing_input.encode(errors="replace")))
        return made == signature

    return Mistake(hint, spoil, recognise)


def _hmac_with(derive: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    return lambda secret, signing_input: hmac.digest(derive(secret), signing_input, "sha256")


def _alter(token: str, _secret: bytes) -> str:
    protected, payload, signature = token.split(".")
    claims = {**read_object(payload), "exp": 4102444800}
    return f"{protected}.{to_base64url(json.dumps(claims).encode())}.{signature}"


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
    return len(data) > MAC_LENGTH and len(data) % BLOCK == 0


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
