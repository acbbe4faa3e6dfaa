"""`after_commit: true`: the work is done, and only then is the answer lost.

The dangerous failure: a client that sends the request again sells twice.
"""

from __future__ import annotations

from typing import ClassVar

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Plain, Yes


class AfterCommit(Plain[Yes], Fault):
    """Do the work before the exchange is ended."""

    modifies: ClassVar[tuple[str, ...]] = ("connection", "error", "respond")

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Go on to the ending fault beside it."""
        handling.committed = True
        return await proceed()


FAULT = AfterCommit
