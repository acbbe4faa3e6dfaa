"""`drip: {bytes: 16, every: 50ms}`: the answer's body comes in pieces, with pauses between.

The head comes at once. Beside `connection: truncate` the part that still comes is dripped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Length, Strict, seconds


class Drip(Strict, Fault):
    """Send the body slowly.

    Attributes:
        size: Written `bytes`; so many at a time.
        every: The pause between them.
    """

    size: Annotated[int, Field(alias="bytes", ge=1)]
    every: Length

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Say how it is to be sent, then go on."""
        handling.transmission = replace(
            handling.transmission, drip_bytes=self.size, drip_seconds=seconds(self.every)
        )
        return await proceed()


FAULT = Drip
