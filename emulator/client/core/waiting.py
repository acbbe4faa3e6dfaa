"""Wait until something is final: poll with growing pauses, up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from emulator.client.core.errors import ClientError, NotFinalError
from emulator.client.core.retrying import may_pass
from emulator.client.core.steps import Pause

T = TypeVar("T")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
GROWTH = 1.5


def polled(
    look: Callable[[], Generator[Any, Any, T]],
    is_final: Callable[[T], bool],
    *,
    what: str,
    limit: float,
    first_pause: float = FIRST_PAUSE,
) -> Generator[Any, Any, T]:
    """Return the steps that look again and again until what is seen is final.

    A look that fails for a passing reason (no connection, status 503) is not the end: the next
    one may succeed.

    Args:
        look: Makes the steps of one look.
        is_final: Tells whether what was seen is final.
        what: What is waited for, for the error.
        limit: Seconds of all pauses together.
        first_pause: Seconds of the first pause; each is one and a half times the one before, up
            to a minute.

    Raises:
        NotFinalError: It is still open when the limit is reached.
        ClientError: A look failed for a reason that does not pass.
    """
    left, seconds = limit, first_pause
    last: T | None = None
    failure: ClientError | None = None
    while True:
        try:
            last = yield from look()
        except ClientError as error:
            if not may_pass(error):
                raise
            failure = error
        else:
            failure = None
            if is_final(last):
                return last
        if left <= 0:
            told = f"{what} is not final after {limit:g} seconds"
            raise NotFinalError(told, last=last) from failure
        yield Pause(min(seconds, left))
        left -= seconds
        seconds = min(seconds * GROWTH, LONGEST_PAUSE)
