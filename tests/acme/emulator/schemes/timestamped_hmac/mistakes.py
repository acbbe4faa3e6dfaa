"""Mistakes that can be recognised: looked for only after a refusal."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from emulator.schemes.timestamped_hmac.make import signature

MISTAKES: tuple[tuple[str, Callable[[str, str, bytes], str]], ...] = (
    (
        "The body was signed alone. Sign timestamp, a dot and the body",
        lambda secret, _, body: hmac.digest(secret.encode(), body, "sha256").hex(),
    ),
    (
        "The dot between timestamp and body is missing",
        lambda secret, stamp, body: hmac.digest(
            secret.encode(), stamp.encode() + body, "sha256"
        ).hex(),
    ),
    (
        "The digits are right. Write them in lower case",
        lambda secret, stamp, body: signature(secret, stamp, body).upper(),
    ),
)
"""A hint, and the wrong recipe that it is about."""


def hint(received: str, secret: str, timestamp: str, body: bytes) -> str:
    """Return what was probably done wrong."""
    for mistake, recipe in MISTAKES:
        if recipe(secret, timestamp, body) == received:
            return mistake
    return "Check the secret, and sign the bytes of the body that you send"
