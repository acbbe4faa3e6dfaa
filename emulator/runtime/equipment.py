"""What a running emulator is made of: the providers, their keys and settings, the clock, limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from emulator.core import configuration
from emulator.core.clock import Clock
from emulator.core.configuration import Configuration
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Exchange
from emulator.core.limits import Limits
from emulator.core.store import Engine, MemoryEngine, Space, Table
from emulator.journal.journal import SHELF
from emulator.journal.kept import Shelf
from emulator.masking.mask import Mask
from emulator.outbox import PLACES, Places
from emulator.outbox.courier import Courier
from emulator.outbox.egress import Egress, Hosts
from emulator.provider import (
    CREDENTIALS,
    Context,
    KeyFiles,
    Provider,
)

JOURNAL_SIZE = 10_000
TTL_SECONDS = 2 * 3600.0
_FIRST = "*"
"""Where the first credentials are; no namespace can be called so."""
LIMITS = "limits"
"""The section of the configuration file that is about no provider."""


class Equipment:
    """What all namespaces share, and what each is made with.

    Args:
        keys: Directory of key files; the shipped test keys if None.
        config: What the configuration file says.
        engine: Where state is kept; in this process if None.
        wall: Real time, in seconds since the epoch.
        seed: Of all chance, unless a scenario brings its own.
        journal_size: Exchanges kept per namespace.
        journal_bytes: Bytes that the journals of all namespaces keep together.
        limits: What one client may take; what the configuration file says if None.
        namespace_ttl: Seconds after which a namespace that is not used is forgotten.
        admin_token: What calls of the control API must bear; empty to ask for none.
        webhook_hosts: Which addresses webhooks may go to: this machine and private networks, or
            public ones too.
        webhook_connections: Webhooks that are under way at the same time; a quarter to one host.
        sleep: Waits real seconds, where a scenario makes an answer late.
        log: Told of each exchange when it is over.
        log_line: Told of anything else worth a line.

    Attributes:
        own_names: Host names that its servers were given, in lower case.
        searcher: The thread that looks for hints. One: more would only slow the loop down.
        finishing: What still runs in the background.

    Raises:
        ConfigurationError: If a key file, setting or credential is wrong.
    """

    def __init__(
        self,
        *,
        keys: Path | None = None,
        config: Path | None = None,
        engine: Engine | None = None,
        wall: Callable[[], float] = time.time,
        seed: int | None = None,
        journal_size: int = JOURNAL_SIZE,
        journal_bytes: int = SHELF,
        limits: Limits | None = None,
        admin_token: str = "",
        namespace_ttl: float = TTL_SECONDS,
        webhook_hosts: Hosts = "private",
        webhook_connections: int = PLACES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        log: Callable[[Exchange], None] | None = None,
        log_line: Callable[[str], None] | None = None,
    ) -> None:
        from emulator.providers import discover

        self.providers = discover()
        self.wall = wall
        self.seed = seed
        self.journal_size = journal_size
        self.shelf = Shelf(journal_bytes)
        self.namespace_ttl = namespace_ttl
        self.waits = 0
        self.admin_token = _token(admin_token)
        self.own_names: set[str] = set()
        self.egress = Egress(webhook_hosts)
        self.courier = Courier(self.egress)
        self.places = Places(webhook_connections)
        self.sleep = sleep
        self.log = log
        self.log_line: Callable[[str], None] = log_line or (lambda line: None)  # noqa: ARG005
        self.config: Configuration = configuration.load(config, (*self.providers, LIMITS))
        self.settings = {
            name: self.config.settings(name, provider.settings)
            for name, provider in self.providers.items()
        }
        self.limits = limits or self.config.settings(LIMITS, Limits())
        self.engine: Engine = engine or MemoryEngine(self.limits.table_bytes)
        self._keys = keys or configuration.shipped("keys")
        if not self._keys.is_dir():
            raise ConfigurationError(f"{self._keys} is not a directory of keys")
        self._key_files: dict[str, KeyFiles] = {}
        self.first_credentials = {
            name: self._first_credentials(provider) for name, provider in self.providers.items()
        }
        self.searcher = ThreadPoolExecutor(1, "hints")
        self.finishing: set[asyncio.Task[None]] = set()
        self.begin()

    def begin(self) -> None:
        """Do what comes at the end of construction."""

    def key_files(self, provider: str) -> KeyFiles:
        """Return the provider's key files."""
        if provider not in self._key_files:
            self._key_files[provider] = KeyFiles(self._keys / provider)
        return self._key_files[provider]

    @cached_property
    def mask(self) -> Mask:
        """What hides the secrets that each namespace starts with; made once."""
        members = chain.from_iterable(
            (*each.masked, *each.credentials.secret_names) for each in self.providers.values()
        )
        secrets = (
            secret
            for name, provider in self.providers.items()
            for _, record in self.first_credentials[name].items()
            for secret in provider.credentials.secrets_of(record, self.key_files(name))
        )
        cards = frozenset(chain.from_iterable(each.cards for each in self.providers.values()))
        return Mask(members, secrets, cards)

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something without waiting for it; without a loop that runs there is nothing to do."""
        try:
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError:
            work.close()
        else:
            self.finishing.add(task)
            task.add_done_callback(self.finishing.discard)

    def _first_credentials(self, provider: Provider[Any]) -> Table:
        """Write the credentials each namespace starts with: of the key files, then of the file."""
        keys = self.key_files(provider.name)
        scratch = Context(
            Clock(Space(MemoryEngine(), "", ""), self.wall),
            Space(self.engine, _FIRST, provider.name),
            keys,
            self.settings[provider.name],
            lambda webhook: None,  # noqa: ARG005
        )
        table = scratch.store.table(CREDENTIALS)  # each is checked against those before it
        for each in provider.credentials.defaults(keys):
            table.put(*provider.credentials.register(each, scratch))
        for each in self.config.credentials.get(provider.name, []):
            try:
                table.put(*provider.credentials.register(each, scratch))
            except ConfigurationError as error:
                where = f"{self.config.origin}: {provider.name}.credentials"
                raise ConfigurationError(f"{where}: {error}") from error
        return table


def _token(text: str) -> str:
    """Return the admin token that calls must bring; blanks around it are no part of it.

    Raises:
        ConfigurationError: If no header could carry it.
    """
    token = text.strip()
    if text and (not token or not token.isprintable() or " " in token):
        raise ConfigurationError(
            "the admin token has blanks or control characters in it, or nothing else; use letters "
            "and digits"
        )
    return token
