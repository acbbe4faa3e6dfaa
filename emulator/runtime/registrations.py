"""The credentials of one namespace: the first ones, and those that were registered since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emulator.core.errors import ConfigurationError
from emulator.core.store import Record, Table
from emulator.masking.mask import Mask
from emulator.provider import CREDENTIALS, Context, Credentials

if TYPE_CHECKING:
    from emulator.runtime.equipment import Equipment


class Registrations:
    """Registers credentials, and hides their secrets.

    Args:
        equipment: What the namespaces share.
        contexts: The providers' contexts.
    """

    def __init__(self, equipment: Equipment, contexts: Mapping[str, Context[Any]]) -> None:
        self._equipment = equipment
        self._contexts = contexts
        self._mask: Mask | None = None
        self._keys = dict[str, set[str]]()

    def __len__(self) -> int:
        """Return how many were registered."""
        return sum(map(len, self._keys.values()))

    def all(self, provider: str) -> list[Record]:
        """Return the credentials that there are, the one for clients first."""
        return [record for _, record in self._table(provider).items()]

    def register(self, provider: str, credential: Mapping[str, Any]) -> Record:
        """Add a credential, or replace the one with its key.

        Raises:
            ConfigurationError: If it is not one.
        """
        declared, context = self._declared(provider), self._contexts[provider]
        key, record = declared.register(credential, context)
        self._keep(provider, key, record)
        return record

    def change(self, provider: str, key: str, changes: Mapping[str, Any]) -> Record:
        """Change members of a credential; a reset keeps the change.

        Raises:
            UnknownCredential: There is none with this key.
            ConfigurationError: The changes make none, or another one.
        """
        record = self._declared(provider).changed(key, changes, self._contexts[provider])
        self._keep(provider, key, record)
        return record

    def remove(self, provider: str, key: str) -> None:
        """Remove a credential.

        A reset brings back a credential of the key files or the configuration, unless one that was
        registered excludes it: both have the same name for something that only one can own.

        Raises:
            UnknownCredential: There is none with this key.
            ConfigurationError: It is the only one.
        """
        self._declared(provider).read(key, self._contexts[provider])
        if len(self.all(provider)) == 1:
            raise ConfigurationError(
                f"it is the only credential of {provider}; register another one first"
            )
        self._table(provider).delete(key)
        registered = self._keys.get(provider, set())
        registered.discard(key)
        if not registered:
            self._keys.pop(provider, None)

    def _keep(self, provider: str, key: str, record: Record) -> None:
        self._table(provider).put(key, record)
        self._hide(provider, record)
        self._keys.setdefault(provider, set()).add(key)

    # --- over a reset ----------------------------------------------------------------------------

    def taken_out(self) -> dict[str, list[tuple[str, Record]]]:
        """Return what was registered since the start by provider, oldest first."""
        return {
            provider: [
                (key, record) for key, record in self._table(provider).items() if key in keys
            ]
            for provider, keys in self._keys.items()
        }

    def put_back(self, provider: str, registered: Sequence[tuple[str, Record]]) -> None:
        """Register again what was registered, in place of the first credentials that it excludes.

        See `remove`.
        """
        declared, context = self._declared(provider), self._contexts[provider]
        table, keys = self._table(provider), {key for key, _ in registered}
        for key, record in registered:
            table.put(key, record)
        for key, record in list(table.items()):
            if key not in keys and not declared.fits(record, context):
                table.delete(key)

    # --- secrets ---------------------------------------------------------------------------------

    def mask(self) -> Mask:
        """Return what hides the secrets: the shared one, until more secrets are registered."""
        return self._mask or self._equipment.mask

    def _hide(self, provider: str, record: Record) -> None:
        """Hide the secrets of a credential from now on, also after it is removed."""
        keys = self._equipment.key_files(provider)
        for secret in self._declared(provider).secrets_of(record, keys):
            if secret not in self.mask():
                self._mask = self._mask or self._equipment.mask.extended()
                self._mask.learn(secret)

    def _declared(self, provider: str) -> Credentials:
        return self._equipment.providers[provider].credentials

    def _table(self, provider: str) -> Table:
        return self._contexts[provider].store.table(CREDENTIALS)
