"""A namespace: one tenant's world, with its own clock, state, journal, scenario and notices."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.agenda import Agenda
from emulator.clock import Clock
from emulator.errors import Diagnosis
from emulator.exchange import Exchange
from emulator.journal import Journal
from emulator.masking import Mask
from emulator.outbox import Outbox, Plan
from emulator.provider import CREDENTIALS, Context, Delivery, Notice, Provider
from emulator.sending import unsendable
from emulator.store import Record, Space
from emulator.waking import Waking

if TYPE_CHECKING:
    from emulator.pipeline import Emulator
    from emulator.scenario.engine import ScenarioEngine
    from emulator.scenario.model import Scenario

DEFAULT_NAMESPACE = "default"
NAMESPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Namespace:
    """One tenant's world: clock, state, journal, scenario and notices.

    Attributes:
        name: `default` is the one without a name.
        clock: Its only source of time.
        journal: Its exchanges.
        scenario: What bends it; None if nothing does.
        outbox: Its notices.
        waking: Wakes the providers for what becomes due.
    """

    def __init__(self, name: str, emulator: Emulator) -> None:
        self.name = name
        self.emulator = emulator
        own = Space(emulator.engine, name, "emulator")
        self.clock = Clock(own, emulator.wall)
        self.journal = Journal(emulator.journal_size, emulator.shelf)
        self.scenario: ScenarioEngine | None = None
        self._mask: Mask | None = None
        self.space = own
        self.outbox = Outbox(
            own.table("notices"),
            self.clock,
            lambda provider: emulator.providers[provider],
            lambda provider: self.contexts[provider],
            self.mask,
            emulator.log_line,
            self._plan,
            _damage,
            emulator.sleep,
            emulator.courier.send,
            self.unsendable,
            emulator.places,
        )
        self.waking = Waking(self.clock, emulator.providers, lambda name: self.contexts[name])
        self._counters = own.table("counters")
        self.contexts: dict[str, Context[Any]] = {
            provider.name: self._context(provider) for provider in emulator.providers.values()
        }
        self.seed()

    def _context(self, provider: Provider[Any]) -> Context[Any]:
        def notify(notice: Notice) -> None:
            self.outbox.post(provider.name, notice)

        return Context(
            self.clock,
            Space(self.emulator.engine, self.name, provider.name),
            self.emulator.key_files(provider.name),
            self.emulator.settings[provider.name],
            notify,
            rekey=provider.rekey,
            unsendable=self.unsendable,
            agenda=Agenda(self.waking.look),
        )

    def unsendable(self, notice: Notice) -> Diagnosis | None:
        """Tell why a notice cannot be sent at all; None if it can be tried."""
        return unsendable(notice, self.emulator.egress)

    def for_exchange(
        self, provider: Provider[Any], exchange: Exchange, *, bent: bool
    ) -> tuple[Context[Any], list[asyncio.Future[None]]]:
        """Return the context for one exchange, and what its reply will have to wait for.

        A notice that cannot be sent is reported beside the exchange that causes it.

        Args:
            provider: Who answers.
            exchange: What is answered.
            bent: Whether there is a scenario, which may have a notice arrive before the reply.
        """
        waiting: list[asyncio.Future[None]] = []
        context = self.contexts[provider.name]

        def notify(notice: Notice) -> None:
            if problem := self.unsendable(notice):
                exchange.notices.append(problem)
            if bent:
                self.outbox.post(provider.name, notice, waiting)
            else:
                context.notify(notice)

        return replace(context, notify=notify), waiting

    def _plan(self, provider: str, notice: Notice) -> Plan | None:
        scenario = self.running_scenario()
        return scenario.plan(provider, notice) if scenario is not None else None

    def seed(self) -> None:
        """Write what a fresh namespace starts with; what is there already stays."""
        for provider in self.emulator.providers.values():
            context = self.contexts[provider.name]
            table = context.store.table(CREDENTIALS)
            for key, record in self.emulator.first_credentials[provider.name]:
                table.insert(key, record)
            provider.seed_state(context)

    def next_number(self) -> int:
        """Return the number of the next exchange, from 1."""
        return self._counters.increment("exchanges")

    def register(self, provider: str, credential: Mapping[str, Any]) -> Record:
        """Add a credential, or replace the one with its key.

        Raises:
            ConfigurationError: If it is not one.
        """
        context = self.contexts[provider]
        key, record = self.emulator.providers[provider].register(credential, context)
        context.store.table(CREDENTIALS).put(key, record)
        self._hide(provider, record)
        return record

    def credentials(self, provider: str) -> list[Record]:
        """Return the provider's registered credentials, the one for clients first."""
        return [record for _, record in self.contexts[provider].store.table(CREDENTIALS).items()]

    def mask(self) -> Mask:
        """Return what hides this namespace's secrets: the shared one, until it has secrets more."""
        if self._mask is None:
            self._mask = self.emulator.mask
            for name in self.emulator.providers:
                for record in self.credentials(name):
                    self._hide(name, record)
        return self._mask

    def _hide(self, provider: str, record: Record) -> None:
        """Hide the secrets of a credential from now on; once hidden, they stay so."""
        for secret in self.emulator.providers[provider].secrets_of(record):
            if self._mask is not None and secret not in self._mask:
                if self._mask is self.emulator.mask:
                    self._mask = self._mask.extended()
                self._mask.learn(secret)

    def read_scenario(self, text: str, name: str) -> Scenario:
        """Read a scenario file; it may name this namespace's credentials.

        Args:
            text: YAML or JSON.
            name: What findings call it.

        Raises:
            ScenarioError: With everything that is wrong with it.
        """
        from emulator.scenario.loader import load
        from emulator.scenario.references import credential_names

        providers = self.emulator.providers
        return load(text, name, providers, credential_names(providers, self.contexts))

    def load(self, scenario: Scenario) -> None:
        """Bend the provider as the scenario says, in place of the one there was."""
        from emulator.scenario.engine import ScenarioEngine

        engine = ScenarioEngine(
            scenario,
            self.space,
            self.clock,
            self.emulator.seed,
            revoke_tokens=self.revoke_tokens,
        )
        self.unload()
        self.scenario = engine
        engine.start(self._counters.increment("exchanges", 0) + 1, self.outbox.next_number)

    def revoke_tokens(self) -> None:
        """End every access token that was issued."""
        for provider in self.emulator.providers.values():
            if provider.revoke_tokens is not None:
                provider.revoke_tokens(self.contexts[provider.name])

    def start(self) -> None:
        """Let time pass in the loop that runs: what was noted before there was one is due too."""
        self.waking.look()
        self.outbox.wake()

    def running_scenario(self) -> ScenarioEngine | None:
        """Return the scenario; None if there is none, or its `ttl` is over."""
        scenario = self.scenario
        return scenario if scenario is not None and scenario.running else None

    def unload(self) -> None:
        """Bend nothing any more."""
        if self.scenario is not None:
            self.scenario.stop()
            self.scenario = None
            self.outbox.release()

    async def reset(self) -> None:
        """Return to the state after a start; the scenario stays loaded, its counters at zero."""
        await self.close()
        self.emulator.engine.clear(self.name)
        self.journal.restart()
        self._mask = None
        self.seed()
        if self.scenario is not None:
            self.scenario.start()

    async def close(self) -> None:
        """Give up what has not been sent, and what is not yet due."""
        self.waking.stop()
        await self.outbox.close()


def _damage(
    provider: Provider[Any],
    delivery: Delivery,
    what: dict[str, Any],
    credential: str,
    context: Context[Any],
) -> tuple[Delivery, Diagnosis | None]:
    from emulator.faults.corrupt import damaged_delivery  # needs pydantic

    return damaged_delivery(provider, delivery, what, credential, context)
