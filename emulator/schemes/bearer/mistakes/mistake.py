"""One wrong way to send a token, or to make one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenMistake:
    """A wrong way to send a token, or to make one.

    Attributes:
        hint: What was done, and what to do.
        spoil: Makes the mistake: from a right token and the issuer's secret or key, what is
            sent; a whole header in `HEADER_MISTAKES`.
        recognise: Tells from what was sent, and the secret or key, whether it was made.
    """

    hint: str
    spoil: Callable[[str, bytes], str]
    recognise: Callable[[str, bytes], bool]


def recognise(mistakes: tuple[TokenMistake, ...], sent: str, secret: bytes) -> str:
    """Return the hint of the first mistake that was made, or ""."""
    return next((mistake.hint for mistake in mistakes if mistake.recognise(sent, secret)), "")
