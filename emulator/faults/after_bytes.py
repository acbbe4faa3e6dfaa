"""`after_bytes: 40`: how much of the body goes out before `connection: truncate` cuts it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Plain


class AfterBytes(Plain[Annotated[int, Field(ge=0)]], Fault):
    """Bytes of the body that the client still gets, never all; half of it if left out."""

    modifies: ClassVar[tuple[str, ...]] = ("connection",)

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Go on to the ending fault beside it."""
        handling.transmission = replace(handling.transmission, after_bytes=self.root)
        return await proceed()


FAULT = AfterBytes
