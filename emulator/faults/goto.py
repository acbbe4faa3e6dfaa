"""`goto: down`: the scenario's state changes once this request is through with the rules."""

from __future__ import annotations

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Identifier, Plain


class Goto(Plain[Identifier], Fault):
    """Go to the state of this name; the engine does, as it counts."""

    async def around(self, _handling: Handling, proceed: Proceed, /) -> Reply:
        """Go on: all is done."""
        return await proceed()


FAULT = Goto
