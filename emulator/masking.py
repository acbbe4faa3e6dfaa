"""Keeping secrets out of what is shown: journal, console, diagnoses.

Two nets, because a client that makes a mistake puts a secret where none belongs: by *place*
(members that the provider says hold one, the credentials in `Authorization`), and by *value*
(a registered secret wherever it appears, also percent-encoded).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
_AUTHORIZATION = re.compile(r"^(\s*\w+\s+)?(.*)$", re.DOTALL)
_SHORTEST = 4
"""A shorter secret is masked by place only: by value it would mask half the text."""


class Mask:
    """Hides the secrets it is made for.

    Args:
        members: Names of JSON members, form fields and query parameters that hold secrets.
        secrets: Values of secrets.
    """

    def __init__(self, members: Iterable[str], secrets: Iterable[str]) -> None:
        names = "|".join(sorted(map(re.escape, set(members))))
        self._members = (
            re.compile(
                rf'("(?:{names})"\s*:\s*")((?:[^"\\]|\\.)+)(")'  # JSON
                rf"|((?:^|[?&\s])(?:{names})=)([^&\s]+)()"  # form and query
                rf'|(name="?(?:{names})"?\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]+)()'  # multipart
            )
            if names
            else None
        )
        spellings = {
            spelling
            for secret in secrets
            if len(secret) >= _SHORTEST
            for spelling in _spellings(secret)
        }
        by_length = sorted(map(re.escape, spellings), key=len, reverse=True)
        self._values = re.compile("|".join(by_length)) if by_length else None

    def text(self, text: str) -> str:
        """Return `text` with every secret in it replaced by `***`."""
        if self._members is not None:
            text = self._members.sub(_keep_edges, text)
        return self._values.sub(MASK, text) if self._values is not None else text

    def header(self, name: str, value: str) -> str:
        """Return the value of a header, shortened where it is a bearer credential."""
        if name == "x-api-key":
            return MASK
        if name in ("authorization", "proxy-authorization", "cookie") and len(value) > 24:
            match = _AUTHORIZATION.match(value)
            scheme, credential = (match[1] or "", match[2]) if match else ("", value)
            if scheme:  # Pagsmile's bare signature is no secret
                return f"{scheme}{credential[:12]}{MASK}"
        return self.text(value)


def _spellings(secret: str) -> tuple[str, ...]:
    """Return the secret as it is, as JSON spells it and as forms and URLs do."""
    return (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret),
    )


def _keep_edges(match: re.Match[str]) -> str:
    before = match[1] or match[4] or match[7] or ""
    after = match[3] or ""
    return f"{before}{MASK}{after}"
