"""What must not be shown: the texts in which a secret could be read."""

from __future__ import annotations

import base64
import re

from emulator.core.errors import shorten
from emulator.schemes.encoding import utf8
from emulator.schemes.shown import MASKED


def forms(*secrets: str) -> list[str]:
    """Return the texts in which a secret could be read, the longest first."""
    found = (
        form
        for secret in secrets
        for form in (
            secret,
            secret.strip(),
            base64.b64encode(utf8(secret)).decode().rstrip("="),
            base64.urlsafe_b64encode(utf8(secret)).decode().rstrip("="),
            utf8(secret).hex(),
        )
    )
    return sorted({form for form in found if form}, key=len, reverse=True)


def mask(text: str, known: list[str]) -> str:
    """Return `text` with each of `known`, as `forms` gives them, masked in any letter case."""
    if not known:
        return text
    return re.sub("|".join(map(re.escape, known)), lambda _: MASKED, text, flags=re.IGNORECASE)


def shown(text: str, known: list[str], limit: int = 300) -> str:
    """Return a text for a hint: masked first, then cut, since half a secret is not recognised."""
    return shorten(mask(text, known), limit)
