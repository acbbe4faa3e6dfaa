"""`sign_with: next`: the provider signs answer, token or webhook with another key.

Which keys there are, each provider says in `signing_keys`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from emulator.core.exchange import Reply
from emulator.faults.fault import Fault, Handling, Proceed, WebhookFault
from emulator.faults.values import Identifier, Plain
from emulator.outbox.plan import Plan


class SignWith(Plain[Identifier], Fault, WebhookFault):
    """Sign with the key of this name, such as `next` or `rogue`."""

    async def around(self, handling: Handling, proceed: Proceed) -> Reply:
        """Name the key, then go on."""
        handling.change(sign_with=self.root)
        return await proceed()

    def planned(self, plan: Plan, draw: Callable[[str], float]) -> Plan:
        """Name the key."""
        del draw
        return replace(plan, sign_with=self.root)


FAULT = SignWith
