"""`verify_with: next`: the provider takes another key for the client's, and judges by it.

The client has done nothing wrong and is refused as if its key were: the provider rolled a key and
told no client. Which keys there are, each provider says in `credentials.key_names`.
"""

from __future__ import annotations

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.values import Identifier, Plain


class VerifyWith(Plain[Identifier], Fault):
    """Verify or decrypt with the key of this name, such as `next` or `rogue`."""

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Name the key, then go on to another verdict."""
        handling.change(verify_with=self.root)
        handling.judge_again = True
        return await proceed()


FAULT = VerifyWith
