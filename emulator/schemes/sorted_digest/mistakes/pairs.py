"""Names and texts that were signed, and in what two lists of them differ."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from emulator.core.errors import shorten
from emulator.schemes.sorted_digest.make import Value

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names and texts, in body order."""

Row = tuple[str, Callable[[Pairs], Pairs], int]
"""What was done, how, and what it costs."""


def with_difference(
    done: str, right: Pairs, params: Mapping[str, Value], change: Callable[[Pairs], Pairs]
) -> str:
    """Say what was done, and where the texts differ."""
    changes = differences(dict(right), dict(change(right)), params)
    return f"{done}: {'; '.join(changes[:3])}" if changes else done


def differences(
    right: Mapping[str, str], signed: Mapping[str, str], params: Mapping[str, Value]
) -> list[str]:
    """Say in which members the texts differ."""
    changes = [
        f"`{name}` signed as `{shorten(text, 80)}`, the body says `{_sent(name, right, params)}`"
        for name, text in signed.items()
        if name in right and right[name] != text
    ]
    changes += [
        f"`{name}` signed as `{shorten(text, 80)}`, which the body does not have"
        if name not in params
        else f"`{name}` signed as `{shorten(text, 80)}`, the body says "
        f"`{_sent(name, right, params)}`"
        for name, text in signed.items()
        if name not in right
    ]
    changes += [
        f"`{name}` left out, the body says `{_sent(name, right, params)}`"
        for name in right
        if name not in signed
    ]
    return changes


def _sent(name: str, right: Mapping[str, str], params: Mapping[str, Value]) -> str:
    return shorten(right.get(name) or json.dumps(params.get(name)), 80)


def without(names: frozenset[str], pairs: Pairs) -> Pairs:
    """Leave members out."""
    return tuple(pair for pair in pairs if pair[0] not in names)
