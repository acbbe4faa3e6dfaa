"""Mistakes in a token that is a JSON Web Token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from emulator.core.messages import Message
from emulator.schemes.bearer.make import read_object
from emulator.schemes.bearer.mistakes.copying import COPY_MISTAKES, copied
from emulator.schemes.bearer.mistakes.mistake import TokenMistake
from emulator.schemes.encoding import to_base64url


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


def _signed(hint: str, sign: Callable[[bytes, bytes], bytes]) -> TokenMistake:
    """Build a wrong way to sign: (secret, signing input) -> signature."""

    def spoil(token: str, secret: bytes) -> str:
        signing_input = token.rpartition(".")[0]
        return f"{signing_input}.{to_base64url(sign(secret, signing_input.encode()))}"

    def recognise(token: str, secret: bytes) -> bool:
        signing_input, _, signature = token.rpartition(".")
        made = to_base64url(sign(secret, signing_input.encode(errors="replace")))
        return made == signature

    return TokenMistake(hint, spoil, recognise)


def _hmac_with(derive: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    return lambda secret, signing_input: hmac.digest(derive(secret), signing_input, "sha256")


def _alter(token: str, _secret: bytes) -> str:
    protected, payload, signature = token.split(".")
    claims = {**read_object(payload), "exp": 4102444800}
    return f"{protected}.{to_base64url(json.dumps(claims).encode())}.{signature}"


def _is_hs256(token: str, _secret: bytes) -> bool:
    found = _parts(token)
    return found is not None and len(found[1]) == 3 and found[0].get("alg") == "HS256"


TOKEN_MISTAKES: tuple[TokenMistake, ...] = (
    *COPY_MISTAKES,
    TokenMistake(
        Message(
            "The client assertion itself was sent; exchange it for an access token at the token "
            "endpoint first"
        ),
        _as_assertion,
        _has_alg("es256"),
    ),
    TokenMistake(
        Message("The token is not signed (alg none); send it as it was issued"),
        _as_none,
        _has_alg("none"),
    ),
    TokenMistake(
        Message("The token is signed with another algorithm, so another server issued it"),
        lambda token, _: _replace_header(token, {"alg": "HS512", "typ": "JWT"}),
        _has_alg("hs384", "hs512", "rs256", "rs384", "rs512", "ps256", "es384", "es512", "eddsa"),
    ),
    TokenMistake(
        Message("The token is encrypted (five parts), so another server issued it"),
        lambda token, _: _replace_header(token, {"alg": "dir", "enc": "A256GCM"}) + ".AAAA.AAAA",
        lambda token, _: token.startswith("eyJ") and token.count(".") == 4,
    ),
    TokenMistake(
        Message("The signature was cut off; send all three parts"),
        lambda token, _: token.rpartition(".")[0],
        _is_stripped,
    ),
    TokenMistake(
        Message("The token is cut short; look for a column or a buffer that is too small"),
        lambda token, _: token[:-9],
        _is_truncated,
    ),
    copied(
        Message("The parts are padded with =; base64url in a JWT is not"),
        lambda token: ".".join(part + "=" * (-len(part) % 4) for part in token.split(".")),
        lambda token: token.replace("=", ""),
    ),
    copied(
        Message("The parts are standard Base64 (+ and /); a JWT has base64url (- and _)"),
        lambda token: token.translate(str.maketrans("-_", "+/")),
        lambda token: token.translate(str.maketrans("+/", "-_")),
    ),
    _signed(
        Message("Signed with the Base64 text of the secret; use its raw bytes"),
        _hmac_with(base64.b64encode),
    ),
    _signed(
        Message("Signed with the base64url text of the secret; use its raw bytes"),
        _hmac_with(lambda secret: base64.urlsafe_b64encode(secret).rstrip(b"=")),
    ),
    _signed(
        Message("Signed with the hexadecimal text of the secret; use its raw bytes"),
        _hmac_with(lambda secret: secret.hex().encode()),
    ),
    _signed(
        Message("Signed with the secret and a line break; strip it"),
        _hmac_with(lambda secret: secret + b"\n"),
    ),
    _signed(
        Message("Signed with the SHA-256 hash of the secret; use the secret"),
        _hmac_with(lambda secret: hashlib.sha256(secret).digest()),
    ),
    _signed(Message("Signed with an empty secret"), _hmac_with(lambda _: b"")),
    _signed(
        Message("Signed with HMAC-SHA512 although the header says HS256"),
        lambda secret, signing_input: hmac.digest(secret, signing_input, "sha512"),
    ),
    _signed(
        Message("The signature is the hexadecimal text of the MAC; encode its raw bytes"),
        lambda secret, signing_input: hmac.digest(secret, signing_input, "sha256").hex().encode(),
    ),
    _signed(
        Message("Signed with a plain SHA-256 hash, which anybody can compute"),
        lambda _, signing_input: hashlib.sha256(signing_input).digest(),
    ),
    # Last, because it is true of every mismatch
    TokenMistake(
        Message(
            "The token was altered after it was issued, or another server issued it; log in again "
            "and send the token as it is"
        ),
        _alter,
        _is_hs256,
    ),
)
