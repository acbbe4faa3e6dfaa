"""Repeats of what is safe to repeat: an operation that only reads, where the failure may pass.

Repeats are off unless the client is given `retries`. They are for a connection that failed, an
answer that did not come in time, and the statuses 429, 502, 503 and 504. The pause doubles each
time. A part of it is random, so that many clients do not come back at the same moment. It is at
least as long as the provider's `Retry-After` says, and never longer than the client's timeout:
where the provider asks for more, the error is raised at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from emulator.client.core.errors import (
    ClientError,
    RefusedError,
    TransportError,
    UnreadableAnswerError,
)
from emulator.client.core.steps import Pause

T = TypeVar("T")

PASSING = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may well be answered."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0


def retried(
    make: Callable[[], Generator[Any, Any, T]], retries: int, *, longest: float
) -> Generator[Any, Any, T]:
    """Return the steps of an operation with its repeats.

    Args:
        make: Makes the steps of one try.
        retries: How many repeats there may be.
        longest: Seconds of the longest pause.

    Raises:
        ClientError: The last one, or the first that a repeat would not mend.
    """
    for repeat in range(retries):
        try:
            return (yield from make())
        except (TransportError, RefusedError, UnreadableAnswerError) as error:
            seconds = max(pause(repeat), retry_after(error))
            if not may_pass(error) or seconds > longest:
                raise
        yield Pause(seconds)
    return (yield from make())


def may_pass(error: ClientError) -> bool:
    """Tell whether the same request may succeed a moment later."""
    return isinstance(error, TransportError) or error.status in PASSING


def pause(repeat: int) -> float:
    """Return the seconds before a repeat: a half to the whole of a time that doubles."""
    whole: float = min(FIRST_PAUSE * 2.0**repeat, LONGEST_PAUSE)
    return whole * (500 + secrets.randbelow(501)) / 1000


def retry_after(error: ClientError) -> float:
    """Return the seconds that the provider asks to wait; 0 where it does not say."""
    text = error.answer.headers.get("retry-after", "") if error.answer else ""
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0.0
