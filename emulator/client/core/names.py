"""Names of arguments: an unknown one is an error that says which one was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Collection


def did_you_mean(unknown: str, known: Collection[str]) -> str:
    """Return the end of a message about an unknown name."""
    if close := nearest(unknown, known):
        return f"; did you mean {close!r}?"
    return f"; it has {', '.join(known)}" if known else "; it has none"
