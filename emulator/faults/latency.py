"""`latency: 200ms`: the answer is late. The work is not: it is done when the request arrives.

So what was booked does not depend on how long a client waits, and a client that gives up finds that
its request was served all the same, as in production.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.spread import Wait

_LONG_SECONDS = 10.0
"""From here on, people think in seconds."""


class Latency(Wait, Fault):
    """Hold the answer back: for a fixed time, or for one drawn again for each hit."""

    def shown(self, draw: Callable[[str], float]) -> str:
        """Say how long this one is."""
        wait = self.at(draw("latency"))
        return f"latency {wait * 1000:.0f} ms" if wait < _LONG_SECONDS else f"latency {wait:.1f} s"

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Go on, then wait."""
        wait = self.at(handling.draw("latency"))
        reply = await proceed()
        with suppress(asyncio.CancelledError):  # the server stops: answer now
            await handling.sleep(wait)
        return reply


FAULT = Latency
