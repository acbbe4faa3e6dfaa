"""`connection: reset`: the connection ends before its time.

::

    reset            a TCP RST in place of an answer           nothing is done
    empty            closed in order, without a byte           nothing is done
    garbage          bytes that are not HTTP, then closed      nothing is done
    hang             no answer for `hold`, then closed         nothing is done
    close            the head of the true answer, then closed
    truncate         its head and `after_bytes` of its body, then closed
    malformed-chunk  its head and a chunk of no valid size, then closed

The last three cut the true answer, so the work is done; of the first four, `after_commit` says
that it is done all the same. Only a real socket can fail so: in process it is an error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from emulator.core.exchange import Reply
from emulator.faults.fault import Ending, Handling, Proceed
from emulator.faults.values import Plain

CUTS_THE_ANSWER = ("close", "truncate", "malformed-chunk")
"""Ways that cut the true answer; the others do without it."""


class Connection(
    Plain[Literal["reset", "empty", "close", "garbage", "malformed-chunk", "truncate", "hang"]],
    Ending,
):
    """End the connection so."""

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Do the work if its answer is to be cut or lost, then end."""
        handling.committed |= self.root in CUTS_THE_ANSWER
        return await super().around(handling, proceed)

    def end(self, handling: Handling, true: Reply | None) -> Reply:
        """Say how the reply is to be lost."""
        reply = true or Reply(200, b"", "")
        reply.transmission = replace(handling.transmission, cut=self.root)
        return handling.inject(reply, f"connection {self.root}")


FAULT = Connection
