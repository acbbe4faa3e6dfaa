"""What a provider does without being asked: at the start, and as time passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from emulator.core.clock import Reading
from emulator.provider.context import Context, S


@dataclass(frozen=True, kw_only=True)
class Life(Generic[S]):
    """What a provider does by itself.

    Attributes:
        seed: Fills its tables in a fresh namespace; None if they start empty.
        wake: Does what has become due of a key in `Context.agenda`, such as the webhook of what
            ended by itself. It may put the key there again, for a later time. None if nothing
            ever becomes due.
        wakes_by: The reading of the clock that the times in the agenda are of.
    """

    seed: Callable[[Context[S]], None] | None = None
    wake: Callable[[str, Context[S]], None] | None = None
    wakes_by: Reading = "passed"
