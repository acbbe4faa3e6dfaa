"""`sign_with: next`: the provider signs the answer, or the token it issues, with another key.

Which keys there are, each provider says in `signing_keys`.
"""

from __future__ import annotations

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Proceed, Turn
from emulator.faults.values import Identifier, Plain


class SignWith(Plain[Identifier], Fault):
    """Sign with the key of this name, such as `next` or `rogue`."""

    async def around(self, turn: Turn, proceed: Proceed) -> Reply:
        """Name the key, then go on."""
        turn.bend(sign_with=self.root)
        return await proceed()


FAULT = SignWith
