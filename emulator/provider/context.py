"""What a provider's functions may use besides the exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from emulator.core.agenda import Agenda
from emulator.core.clock import Clock
from emulator.core.errors import Diagnosis
from emulator.core.store import Record, Space
from emulator.provider.changes import RIGHT, Changes
from emulator.provider.key_files import CREDENTIALS, CURRENT, KeyFiles
from emulator.provider.webhook import Webhook

S = TypeVar("S")
"""The provider's own settings, a frozen dataclass with defaults."""


Rekey = Callable[[Record, str, KeyFiles], Record]
"""Returns a copy of a credential with the keys that a name of `Credentials.key_names` stands
for, private ones included where they are known, so that a client can be set to them."""


def _sendable(_webhook: Webhook) -> Diagnosis | None:
    return None


@dataclass(frozen=True, slots=True)
class Context(Generic[S]):
    """What a provider's functions may use besides the exchange. They use nothing else.

    Attributes:
        clock: The clock of the namespace.
        store: The provider's tables in the namespace.
        keys: The provider's key files.
        settings: From the configuration file.
        notify: Hands a webhook to the outbox; it is sent after the reply.
        changes: What a scenario asks for in this exchange or webhook.
        rekey: The provider's, for `changes.verify_with`.
        unsendable: Tells why a webhook cannot be sent at all; None if it can be tried.
        agenda: Takes what the provider wants to be woken for, and when; see `Life.wake`.
    """

    clock: Clock
    store: Space
    keys: KeyFiles
    settings: S
    notify: Callable[[Webhook], None]
    changes: Changes = RIGHT
    rekey: Rekey | None = None
    unsendable: Callable[[Webhook], Diagnosis | None] = _sendable
    agenda: Agenda = field(default_factory=Agenda)

    def credential(self, key: str) -> Record | None:
        """Return the credential `key`, with other keys if a scenario says so, or None."""
        record = self.store.table(CREDENTIALS).get(key)
        name = self.changes.verify_with
        if record is None or self.rekey is None or name in ("", CURRENT):
            return record
        return self.rekey(record, name, self.keys)
