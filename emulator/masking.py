"""Keeping secrets out of what is shown: journal, console, diagnoses.

Two nets, because a client that makes a mistake puts a secret where none belongs: by *place*
(members that the provider says hold one, the credentials in `Authorization`, PEM private keys), and
by *value* (a registered secret wherever it appears, in the spellings that languages give it). A
provider may add a net of its own, such as for card numbers; it is for its own exchanges only.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from urllib.parse import quote, quote_plus

MASK = "***"
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_CREDENTIALS = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]*")
_SHOWN = 12
_LONG = 10**11
"""A smaller number is no card's."""
_SHORTEST = 4
"""A shorter secret is masked by place only: by value it would mask half the text."""


class Mask:
    """Hides the secrets it is made for.

    Args:
        members: Names of JSON members, form fields and query parameters that hold secrets.
        secrets: Values of secrets.
        own: Provider -> what hides further secrets in a text of its exchanges.
    """

    def __init__(
        self,
        members: Iterable[str],
        secrets: Iterable[str],
        own: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self._own = own or {}
        self._hide: Callable[[str], str] | None = None
        names = "|".join(sorted(map(re.escape, set(members))))
        self._members = (
            re.compile(
                rf'("(?:{names})"\s*:\s*")((?:[^"\\]|\\.)+)("?)'  # JSON
                rf'|("(?:{names})"\s*:\s*)(-?\d[\w.+-]*)()'  # a number where text was meant
                rf"|((?:^|[?&\s])(?:{names})=)([^&\s]+)()"  # form and query
                rf'|(name="?(?:{names})"?\r?\n(?:[^\r\n]+\r?\n)*\r?\n)([^\r\n]+)()'  # multipart
            )
            if names
            else None
        )
        spellings = {
            spelling
            for secret in secrets
            for part in _parts(secret)
            if len(part) >= _SHORTEST
            for spelling in _spellings(part)
        }
        # Searched one by one: that is a hundred times as fast as one pattern of them all.
        self._values = sorted(spellings, key=len, reverse=True)

    def of(self, provider: str) -> Mask:
        """Return the mask for the exchanges and notices of a provider."""
        if provider not in self._own:
            return self
        narrowed = copy(self)
        narrowed._hide = self._own[provider]  # noqa: SLF001 - a copy of itself
        return narrowed

    def text(self, text: str) -> str:
        """Return `text` with every secret in it replaced by `***`."""
        if "PRIVATE KEY" in text:
            text = _PRIVATE_KEY.sub(MASK, text)
        if self._members is not None:
            text = self._members.sub(_keep_edges, text)
        for value in self._values:
            if value in text:
                text = text.replace(value, MASK)
        return self._hide(text) if self._hide is not None else text

    def number(self, number: float) -> float | str:
        """Return a number, or what is left of it where it is a secret."""
        if self._hide is None or abs(number) < _LONG:
            return number
        # An integer by its own digits: as a double a long one is another number, or none at all.
        written = str(number) if isinstance(number, int) else f"{number:.0f}"
        text = self._hide(written)
        return number if text == written else text

    def header(self, name: str, value: str) -> str:
        """Return the value of a header; of a bearer token only its beginning."""
        if name in ("x-api-key", "cookie"):
            return MASK
        if name in ("authorization", "proxy-authorization") and (
            match := _CREDENTIALS.fullmatch(value)  # Pagsmile's bare signature is no secret
        ):
            shown = match[2][:_SHOWN] if _JWT.fullmatch(match[2]) else ""
            return f"{match[1]} {self.text(shown)}{MASK}"
        return self.text(value)


def _parts(secret: str) -> Iterable[str]:
    """Return what is looked for: the secret, and of a PEM text each line, joined or not."""
    yield from (secret, secret.strip(), secret.strip().rstrip("="))  # Base64 with its padding cut
    if "-----BEGIN" in secret:
        yield from (line for line in secret.split() if len(line) >= 32 and "-" not in line)


def _spellings(secret: str) -> Iterable[str]:
    """Return the secret as it is, and as JSON, forms, URLs, Base64 and hex spell it."""
    escaped = json.dumps(secret)[1:-1]
    raw = secret.encode()
    yield from (secret, escaped, json.dumps(secret, ensure_ascii=False)[1:-1])
    yield escaped.replace("/", "\\/")  # PHP
    for plus, equals in (("\\u002B", "\\u003D"), ("\\u002b", "\\u003d")):  # .NET, Go
        yield escaped.replace("+", plus)
        yield escaped.replace("+", plus).replace("=", equals)
    for percent in (quote(secret, safe=""), quote_plus(secret), quote(secret)):
        yield percent
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), percent)
    yield b64encode(raw).decode().rstrip("=")
    yield from (raw.hex(), raw.hex().upper())


def _keep_edges(match: re.Match[str]) -> str:
    before = match[1] or match[4] or match[7] or match[10] or ""
    return f"{before}{MASK}{match[3] or ''}"
