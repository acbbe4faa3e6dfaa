"""What is done to every value before it is signed."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus

from emulator.core.messages import Message
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


URL = Message("Values were URL-encoded, as by http_build_query or urlencode; sign them as they are")

JSON = Message(
    r"Values were signed with their JSON quotes or escapes, such as \u00e7 or \/; sign the text "
    "that they stand for"
)

SAME = "sign and send the same text"

TRIMMED = Message("All values were trimmed before signing; {same}").with_(same=SAME)

VALUES: tuple[tuple[str, Change, int], ...] = (
    (TRIMMED, str.strip, LIKELY),
    (JSON, partial(escaped, ascii_only=True), LIKELY),
    (JSON, partial(escaped, slashes=True), LIKELY),
    (JSON, partial(escaped, ascii_only=True, slashes=True), LIKELY),
    (JSON, escaped, UNUSUAL),
    (Message("All values were signed in lower case; {same}").with_(same=SAME), str.lower, LIKELY),
    (Message("All values were signed in upper case; {same}").with_(same=SAME), str.upper, LIKELY),
    (Message("Values were HTML-escaped; {same}").with_(same=SAME), html.escape, UNUSUAL),
    (
        Message("Values were HTML-escaped; {same}").with_(same=SAME),
        lambda t: t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        UNUSUAL,
    ),
    (
        Message("Values were escaped by addslashes; {same}").with_(same=SAME),
        lambda t: re.sub(r"([\\'\"])", r"\\\1", t),
        RARE,
    ),
    (
        Message("Accents were taken off the letters; {same}").with_(same=SAME),
        plain_letters,
        UNUSUAL,
    ),
    (
        Message("Blanks in a row were joined to one; {same}").with_(same=SAME),
        lambda t: " ".join(t.split()),
        UNUSUAL,
    ),
    (
        Message("Blanks were taken out of the values; {same}").with_(same=SAME),
        lambda t: "".join(t.split()),
        UNUSUAL,
    ),
    (
        Message("Line ends in the values were changed; {same}").with_(same=SAME),
        lambda t: t.replace("\r\n", "\n"),
        UNUSUAL,
    ),
    (
        Message("Line ends in the values were changed; {same}").with_(same=SAME),
        lambda t: t.replace("\n", "\r\n"),
        UNUSUAL,
    ),
    (
        Message("Everything but letters and digits was taken out of the values; {same}").with_(
            same=SAME
        ),
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
