"""What is done to every value before it is signed."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus

from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL

Change = Callable[[str], str]


def escaped(text: str, *, ascii_only: bool = False, slashes: bool = False) -> str:
    """Write a text as JSON does, without the quotes."""
    inner = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    return inner.replace("/", "\\/") if slashes else inner


def plain_letters(text: str) -> str:
    """Take the accents off the letters."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def url(**how: str) -> Change:
    """Return percent-encoding, as `quote` does it."""
    return partial(quote, errors="surrogatepass", **how)


def url_plus(**how: str) -> Change:
    """Return percent-encoding, as `quote_plus` does it."""
    return partial(quote_plus, errors="surrogatepass", **how)


URL = "Values were URL-encoded, as by http_build_query or urlencode; sign them as they are"

JSON = (
    r"Values were signed with their JSON quotes or escapes, such as \u00e7 or \/; sign the text "
    "that they stand for"
)

SAME = "sign and send the same text"

TRIMMED = f"All values were trimmed before signing; {SAME}"

VALUES: tuple[tuple[str, Change, int], ...] = (
    (TRIMMED, str.strip, LIKELY),
    (JSON, partial(escaped, ascii_only=True), LIKELY),
    (JSON, partial(escaped, slashes=True), LIKELY),
    (JSON, partial(escaped, ascii_only=True, slashes=True), LIKELY),
    (JSON, escaped, UNUSUAL),
    (f"All values were signed in lower case; {SAME}", str.lower, LIKELY),
    (f"All values were signed in upper case; {SAME}", str.upper, LIKELY),
    (f"Values were HTML-escaped; {SAME}", html.escape, UNUSUAL),
    (
        f"Values were HTML-escaped; {SAME}",
        lambda t: t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        UNUSUAL,
    ),
    (
        f"Values were escaped by addslashes; {SAME}",
        lambda t: re.sub(r"([\\'\"])", r"\\\1", t),
        RARE,
    ),
    (f"Accents were taken off the letters; {SAME}", plain_letters, UNUSUAL),
    (f"Blanks in a row were joined to one; {SAME}", lambda t: " ".join(t.split()), UNUSUAL),
    (f"Blanks were taken out of the values; {SAME}", lambda t: "".join(t.split()), UNUSUAL),
    (
        f"Line ends in the values were changed; {SAME}",
        lambda t: t.replace("\r\n", "\n"),
        UNUSUAL,
    ),
    (f"Line ends in the values were changed; {SAME}", lambda t: t.replace("\n", "\r\n"), UNUSUAL),
    (
        f"Everything but letters and digits was taken out of the values; {SAME}",
        lambda t: re.sub(r"[^\w]", "", t),
        RARE,
    ),
)
"""What was done to every value, and how."""

URL_ENCODERS: tuple[tuple[Change, int], ...] = (
    (url_plus(), LIKELY),
    (url(safe=""), LIKELY),
    (url(), LIKELY),
    (url(safe="!'()*-._~"), UNUSUAL),
    (url(safe=":/?&=#+,;@%!'()*-._~$"), UNUSUAL),
    (url_plus(safe="*"), UNUSUAL),
)
"""As `urlencode`, `rawurlencode`, `quote`, `encodeURIComponent`, `encodeURI` and a form do it."""


def quoted(sign: str, text: str) -> str:
    """Put a sign before and after a text."""
    return f"{sign}{text}{sign}"
