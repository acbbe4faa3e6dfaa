"""How names are spelled before they are signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from emulator.core.messages import Message
from emulator.schemes.mistakes.search import LIKELY, RARE, UNUSUAL
from emulator.schemes.sorted_digest.mistakes.pairs import Pairs, Row
from emulator.schemes.sorted_digest.mistakes.values import Change, url


def _camel(name: str) -> str:
    return re.sub(r"[_-](\w)", lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _kebab(name: str) -> str:
    return _snake(name).replace("_", "-")


def _pascal(name: str) -> str:
    camel = _camel(name)
    return camel[:1].upper() + camel[1:]


NAMES: tuple[tuple[str, Change, int], ...] = (
    ("in camelCase", _camel, LIKELY),
    ("in snake_case", _snake, LIKELY),
    ("in lower case", str.lower, LIKELY),
    ("in upper case", str.upper, UNUSUAL),
    ("in PascalCase", _pascal, UNUSUAL),
    ("in kebab-case", _kebab, UNUSUAL),
    ("without underscores", lambda name: name.replace("_", ""), UNUSUAL),
    ("in quotes", '"{}"'.format, UNUSUAL),
    ("URL-encoded", url(safe=""), RARE),
)
"""How names are spelled in programs."""


def all_names() -> Iterator[Row]:
    """Yield other spellings of all names."""
    for spelled, respell, cost in NAMES:
        yield (
            Message("The names were signed {spelled}; sign the names that the JSON has").with_(
                spelled=spelled
            ),
            partial(renamed, respell, None),
            cost,
        )


def renamed(respell: Change, only: str | None, pairs: Pairs) -> Pairs:
    """Respell one name, or all."""
    return tuple((respell(n) if only is None or n == only else n, text) for n, text in pairs)
