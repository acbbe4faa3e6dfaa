"""What may be shown of a header or a token that was refused."""

from __future__ import annotations

import base64
import re

from emulator.schemes.shown import MASKED

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


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
    return MASKED if reveals(secret, sent) else shown


def reveals(secret: bytes, text: str) -> bool:
    """Whether `text` carries the secret, raw or in one of its usual spellings."""
    data = text.encode(errors="replace")
    spellings = (base64.b64encode(secret), base64.urlsafe_b64encode(secret))
    hexadecimal = secret.hex().encode()
    return (
        secret in data
        or any(spelling.rstrip(b"=") in data for spelling in spellings)
        or hexadecimal in data.lower()
    )
