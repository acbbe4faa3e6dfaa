"""Finds the known word that was meant: the name of a member, or the identifier of a merchant.

A suggestion is always exactly one of the known words, and never the word that came.
"""

from __future__ import annotations

import re
from base64 import b64decode
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

LONGEST = 128
"""Longer words get no suggestion."""

_SHORTEST_CUT = 4


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is most like `word`, or nothing.

    Letter case, hyphens, underscores and blanks do not count: `cod_moneda` is `codMoneda`.
    """
    if len(word) > LONGEST:
        return ""
    words = [each for each in dict.fromkeys(known) if each != word]
    folded = {fold(each): each for each in words}
    if same := folded.get(fold(word)):
        return same
    lowered = {each.casefold(): each for each in words}
    close = get_close_matches(word.casefold(), lowered, n=1, cutoff=cutoff)
    return lowered[close[0]] if close else ""


def fold(word: str) -> str:
    """Return a word without case, accents and separators."""
    return _remembered(word) if len(word) <= LONGEST else _fold(word)


def _fold(word: str) -> str:
    return _WRITTEN_OTHERWISE.sub("", normalize("NFKD", word.casefold()))


_WRITTEN_OTHERWISE = re.compile(r"[\W_\u0300-\u036f]")
_remembered = lru_cache(1024)(_fold)  # a message has the same names each time


def meant(
    word: str, known: Collection[str], renamed: Mapping[str, str], cutoff: float = 0.8
) -> str:
    """Return the known name that `word` means, or nothing.

    Args:
        word: A name that is not known.
        known: The right names.
        renamed: Other names, folded -> the right one; if there are two, as "a or b".
        cutoff: How similar two names must be.
    """
    folded = fold(word)
    if same := next((name for name in known if fold(name) == folded), ""):
        return same
    other = renamed.get(folded, "")
    return other if other.partition(" ")[0] in known else nearest(word, known, cutoff)


def spelling(sent: str, right: str) -> str:
    """Return how `sent` is a misspelling of `right`; nothing if it is not."""
    return next((what for what, undo in _SPELLINGS if undo(sent) == undo(right)), "")


def identity(sent: str, known: Iterable[str], provider: str) -> str:
    """Return the hint for an identifier that is not registered.

    Args:
        sent: The login, app id, device or code that came.
        known: Those that are registered.
        provider: Where they can be listed.
    """
    names = [name for name in known if name != sent]
    if len(sent) <= LONGEST:
        for name in names:
            if what := spelling(sent, name):
                return f"{what}. Send {name!r}, exactly as registered"
        if _NOTHING.fullmatch(sent.strip()) or is_placeholder(sent):
            return f"The setting that holds the value is not filled in. {_where(provider)}"
        bare = sent.strip()
        cut = [
            name
            for name in names
            if bare != name and (name.startswith(bare) or name.endswith(bare))
        ]
        if len(bare) >= _SHORTEST_CUT and cut:
            return f"The value was cut. Send {cut[0]!r}"
        if close := nearest(bare, names):
            return f"Did you mean {close!r}? {_where(provider)}"
    return f"Nothing is registered under this value. {_where(provider)}"


def _where(provider: str) -> str:
    return f"`emulator credentials {provider}` lists what is registered"


def is_placeholder(text: str) -> bool:
    """Tell whether a text is a placeholder for a value: ${KEY}, {{key}}, YOUR_KEY."""
    bare = text[: LONGEST + 1].strip().strip("\"'")
    return len(bare) <= LONGEST and _PLACEHOLDER.fullmatch(bare) is not None


_NOTHING = re.compile(r"undefined|null|none|nil|nan|<nil>|\[object \w+\]", re.IGNORECASE)
"""How programming languages print a missing value."""

_PLACEHOLDER = re.compile(
    r"[$#@:]?\{+ *[\w.-]{1,40} *\}+|\$\(?[A-Za-z_][\w.\[\]'>-]*\)?|%+[A-Za-z_]\w*%*|"
    r"%\(\w+\)s|<+[^<>/=\"]*>+|"
    r"__\w+__|@\w+@|\[(?!object )\w+[-_ ]\w+\]|\[(your|my|insert) [^\]]*\]|"
    r"(process\.env|os\.environ|env|getenv|config|settings)\b[.\[(].*|"
    r"(your|insert|enter|paste|replace|change)[-_ ]\w+([- ]\w+)*|\w+[-_ ](here|aqui|aquí)|"
    r"(my|the|tu|su|mi|sua|seu|tua)[-_ ](\w+[- ])*(\w+_)?(key|secret|token|sign|signature|password|"
    r"login|id|llave|clave|chave|secreto|segredo|firma|assinatura|usuario|codigo|contrasena|senha)|"
    r"change_?me|replace_?me|"
    r"x{3,}|test|todo|tbd|fixme|placeholder|example|sample|dummy|\*+|\.{3,}|…|-+",
    re.IGNORECASE,
)


def _from_base64(text: str) -> str:
    with suppress(ValueError):
        return b64decode(text, validate=True).decode()
    return text


_SPELLINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("There is a blank or line break around the value", str.strip),
    ("The value has invisible characters", lambda text: re.sub(r"[^\x21-\x7e]", "", text)),
    ("The value stands in quotes", lambda text: text.strip().strip("\"'`“”‘’")),
    ("Capital and small letters count", lambda text: text.strip().casefold()),
    ("The value is percent-encoded", unquote),
    ("The value was turned into Base64", _from_base64),
    ("Zeros were added before the value, or lost", lambda text: text.lstrip("0")),
    ("A number was written with decimals", lambda text: re.sub(r"\.0+$", "", text)),
    ("Hyphens, blanks and letter case count", fold),
)
"""How a value is misspelt, and how to undo it; the most likely first."""
