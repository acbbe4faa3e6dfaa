"""`pass: true`: the true answer, whatever rules further down would do to it."""

from __future__ import annotations

from typing import ClassVar

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Plain, Yes


class Pass(Plain[Yes], Fault):
    """End with the true answer."""

    ending: ClassVar[bool] = True

    async def around(self, _handling: Handling, proceed: Proceed, /) -> Reply:
        """Go on."""
        return await proceed()


FAULT = Pass
