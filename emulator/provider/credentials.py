"""The credentials of a provider's merchants: registered, shown, and given other keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.core.errors import ConfigurationError
from emulator.core.store import Record
from emulator.provider.context import Rekey
from emulator.provider.key_files import CURRENT, KeyFiles


def unchanged(record: Record, name: str, keys: KeyFiles) -> Record:  # noqa: ARG001
    """Return a copy of a credential that has one set of keys only."""
    return dict(record)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What a provider's credentials are.

    Attributes:
        register: Checks a credential from a file or the control API and returns its key and
            the record to keep; raises ConfigurationError.
        defaults: The credentials of the key files, the one for clients first.
        view: Makes the object that `GET /_emulator/credentials` promises.
        make_keys: Writes fresh key files into a directory.
        secret_names: Members that are secret: masked wherever they appear.
        carried_as: Member under which exchanges carry a credential; its key if empty.
        key_names: The client's keys that a scenario can have the provider expect: `current`, …
        rekeyed: Gives a credential other keys; see `Rekey`.
    """

    register: Callable[[Mapping[str, Any], Any], tuple[str, Record]]
    defaults: Callable[[KeyFiles], Sequence[Mapping[str, Any]]]
    view: Callable[[Record, KeyFiles, str], dict[str, Any]]
    make_keys: Callable[[Path], None]
    secret_names: tuple[str, ...] = ()
    carried_as: str = ""
    key_names: tuple[str, ...] = (CURRENT,)
    rekeyed: Rekey = unchanged

    def secrets_of(self, record: Record, keys: KeyFiles) -> set[str]:
        """Return the secrets of a credential, also those that a scenario can put into force."""
        records = [record]
        for name in self.key_names:
            with suppress(ConfigurationError):  # older keys lack those files
                records.append(self.rekeyed(record, name, keys))
        return {
            str(each[member])
            for each in records
            for member in self.secret_names
            if each.get(member)
        }
