"""Mistakes in copying a token out of an answer and into a request."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from emulator.core.errors import ConfigurationError, SchemeError
from emulator.core.messages import Message
from emulator.schemes.bearer.make import PLACEHOLDERS, mac
from emulator.schemes.bearer.mistakes.masks import reveals
from emulator.schemes.bearer.mistakes.mistake import TokenMistake
from emulator.schemes.bearer.opaque import open_opaque


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


def copied(hint: str, spoil: Callable[[str], str], repair: Callable[[str], str]) -> TokenMistake:
    """Build a mistake in copying the token: undone, the token must be one of ours."""

    def recognise(token: str, secret: bytes) -> bool:
        try:
            repaired = repair(token)
        except ValueError:
            return False
        return repaired != token and _authentic(repaired, secret)

    return TokenMistake(hint, lambda token, _: spoil(token), recognise)


def _strip_scheme(token: str) -> str:
    return re.sub(r"\A\s*bearer:?\s+", "", token, flags=re.IGNORECASE)


COPY_MISTAKES: tuple[TokenMistake, ...] = (
    TokenMistake(
        Message("The issuer's secret itself was sent; send the token"),
        lambda _, secret: base64.b64encode(secret).decode("ascii"),
        lambda token, secret: reveals(secret, token),
    ),
    TokenMistake(
        Message("The whole JSON answer of the login was sent; send only the token in it"),
        lambda token, _: json.dumps({"token": token, "success": True}),
        lambda token, _: re.match(r"\s*(\{|%7B)", token, re.IGNORECASE) is not None,
    ),
    TokenMistake(
        Message("A variable of the client was empty when the header was made; log in first"),
        lambda _token, _: "undefined",
        lambda token, _: token.lower() in PLACEHOLDERS,
    ),
    copied("Bearer is part of the token; it belongs before it", "Bearer {}".format, _strip_scheme),
    copied(Message("White space around the token; strip it"), "{}\n".format, str.strip),
    copied(
        Message("The token is in quotes; send it without"), '"{}"'.format, lambda t: t.strip("\"'")
    ),
    copied(
        Message("The token is percent-encoded; a header takes it as it is"),
        lambda token: quote(token, safe="").replace(".", "%2E"),
        unquote,
    ),
    copied(
        Message("Base64 was applied to the token once more; send it as it was answered"),
        lambda token: base64.b64encode(token.encode()).decode("ascii"),
        lambda token: base64.b64decode(token, validate=True).decode("ascii"),
    ),
)
