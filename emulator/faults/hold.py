"""`hold: 65s`: how long `connection: hang` keeps the client waiting before it hangs up."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Length, Plain, seconds


class Hold(Plain[Length], Fault):
    """Real time until the connection is closed; without it, the client must give up."""

    modifies: ClassVar[tuple[str, ...]] = ("connection",)

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Go on to the ending fault beside it."""
        handling.transmission = replace(handling.transmission, hold_seconds=seconds(self.root))
        return await proceed()


FAULT = Hold
