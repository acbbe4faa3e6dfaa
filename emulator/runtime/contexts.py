"""The providers' contexts in one namespace, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.core.agenda import Agenda
from emulator.core.clock import Clock
from emulator.core.errors import Diagnosis
from emulator.core.store import Space
from emulator.provider import CREDENTIALS, Context, Webhook

if TYPE_CHECKING:
    from emulator.runtime.equipment import Equipment


class Contexts(dict[str, Context[Any]]):
    """The contexts by the names of the providers.

    Args:
        namespace: The name of the namespace.
        equipment: What it shares with the others.
        clock: Its clock.
        post: Takes a provider's webhook.
        unsendable: Tells why a webhook cannot be sent at all; None if it can be tried.
        noted: Called when a provider has noted something that becomes due.
    """

    __slots__ = ("_clock", "_equipment", "_namespace", "_noted", "_post", "_unsendable")

    def __init__(
        self,
        namespace: str,
        equipment: Equipment,
        clock: Clock,
        *,
        post: Callable[[str, Webhook], object],
        unsendable: Callable[[Webhook], Diagnosis | None],
        noted: Callable[[], None],
    ) -> None:
        super().__init__()
        self._namespace = namespace
        self._equipment = equipment
        self._clock = clock
        self._post = post
        self._unsendable = unsendable
        self._noted = noted

    def __missing__(self, provider: str) -> Context[Any]:
        made = self._made(provider)
        self._seed(provider, made)
        self[provider] = made
        return made

    def seed_again(self) -> None:
        """Write what the providers start with, after the store was emptied."""
        for name, context in self.items():
            self._seed(name, context)

    def _seed(self, name: str, context: Context[Any]) -> None:
        """Write what a provider starts with; what is there already stays."""
        context.store.table(CREDENTIALS).copy(self._equipment.first_credentials[name])
        seed = self._equipment.providers[name].life.seed
        if seed is not None:
            seed(context)

    def _made(self, name: str) -> Context[Any]:
        equipment = self._equipment
        provider = equipment.providers[name]

        def notify(webhook: Webhook) -> None:
            self._post(name, webhook)

        return Context(
            self._clock,
            Space(equipment.engine, self._namespace, name),
            equipment.key_files(name),
            equipment.settings[name],
            notify,
            rekey=provider.credentials.rekeyed,
            unsendable=self._unsendable,
            agenda=Agenda(self._noted) if provider.life.wake is not None else Agenda(),
        )
