"""Mistakes in an opaque token."""

from __future__ import annotations

import base64

from emulator.core.messages import Message
from emulator.schemes.aes_cbc.make import BLOCK
from emulator.schemes.bearer.make import issue
from emulator.schemes.bearer.mistakes.copying import COPY_MISTAKES, copied
from emulator.schemes.bearer.mistakes.mistake import TokenMistake
from emulator.schemes.bearer.opaque import MAC_LENGTH, issue_opaque


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


OPAQUE_MISTAKES: tuple[TokenMistake, ...] = (
    *COPY_MISTAKES,
    TokenMistake(
        Message("This is what a failed login answers in place of a token; look at `success` first"),
        lambda _token, _key: "INVALID",
        lambda token, _key: token in ("INVALID", "EXPIRED"),
    ),
    TokenMistake(
        Message("This is a JWT; send the token that this server's login answered"),
        lambda _token, key: issue({"exp": 0}, key),
        lambda token, _key: token.startswith("eyJ") and "." in token,
    ),
    copied(
        Message("A + of the token became a space; it was read from a form or a query undecoded"),
        lambda token: token.replace("+", " "),
        lambda token: token.replace(" ", "+"),
    ),
    copied(
        Message("The = at the end of the token is missing; keep it"),
        lambda token: token.rstrip("="),
        lambda token: token + "=" * (-len(token) % 4),
    ),
    copied(
        Message("The token was made URL-safe (- and _); send it as it was answered"),
        lambda token: token.translate(str.maketrans("+/", "-_")),
        lambda token: token.translate(str.maketrans("-_", "+/")),
    ),
    copied(
        Message(r"The token still has the backslashes of its JSON text (\/); parse the JSON"),
        lambda token: token.replace("/", r"\/"),
        lambda token: token.replace(r"\/", "/"),
    ),
    copied(
        Message("The token was turned into hexadecimal; send it as it was answered"),
        lambda token: base64.b64decode(token).hex(),
        lambda token: base64.b64encode(bytes.fromhex(token)).decode("ascii"),
    ),
    TokenMistake(
        Message("The token is cut short; look for a column or a buffer that is too small"),
        lambda token, _key: token[:-9],
        _is_cut,
    ),
    # Last, because it is true of every token with a wrong MAC
    TokenMistake(
        Message("The token was altered, or another server issued it; log in again"),
        lambda token, _key: token[:60] + ("B" if token[60] == "A" else "A") + token[61:],
        _is_altered,
    ),
)
