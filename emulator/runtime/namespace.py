"""A namespace: one tenant's world, with its own clock, state, journal, scenario and webhooks.

The module is about one thing: it puts the parts of a namespace together, and resets and ends them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.core.clock import Clock
from emulator.core.errors import ConfigurationError, Diagnosis, shorten
from emulator.core.exchange import Exchange
from emulator.core.store import Record, Space
from emulator.core.terminal import report_bug
from emulator.journal.journal import Journal
from emulator.masking.mask import Mask
from emulator.outbox import Outbox, Plan
from emulator.outbox.delivery import unsendable
from emulator.provider import Context, Delivery, Provider, Webhook
from emulator.runtime.contexts import Contexts
from emulator.runtime.registrations import Registrations
from emulator.runtime.waking import Waking

if TYPE_CHECKING:
    from emulator.runtime.equipment import Equipment
    from emulator.runtime.loss import Loss
    from emulator.scenario.engine import ScenarioEngine
    from emulator.scenario.model import Scenario

DEFAULT_NAMESPACE = "default"
NAMESPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_name(name: str) -> None:
    """Raise ConfigurationError unless a namespace can be called so."""
    if not NAMESPACE_NAME.fullmatch(name):
        raise ConfigurationError(
            f"{shorten(name, 80)!r} cannot name a namespace: use 1 to 64 letters, digits, '.', "
            "'_', '-', the first a letter or digit"
        )


class Namespace:
    """One tenant's world: clock, state, journal, scenario and webhooks.

    Attributes:
        name: `default` is the one without a name.
        equipment: What it shares with the others.
        contexts: The providers' contexts, each made when it is first asked for.
        clock: Its only source of time.
        journal: Its exchanges.
        scenario: What changes it; None if nothing does.
        used_at: When it was last asked for, on the clock of `Namespaces`.
        loss: What became of the one that had its name before, until somebody was told.
    """

    def __init__(self, name: str, equipment: Equipment, is_there: Callable[[str], bool]) -> None:
        self.name = name
        self.equipment = equipment
        self._is_there = is_there
        self.space = own = Space(equipment.engine, name, "emulator")
        self.clock = Clock(own, equipment.wall)
        self.journal = Journal(equipment.journal_size, equipment.shelf)
        self.scenario: ScenarioEngine | None = None
        self.contexts = Contexts(
            name,
            equipment,
            self.clock,
            post=lambda provider, webhook: self.outbox.post(provider, webhook),
            unsendable=self.unsendable,
            noted=lambda: self.waking.look(),
        )
        self._registrations = Registrations(equipment, self.contexts)
        self.used_at = 0.0
        self.loss: Loss | None = None
        self._counters = own.table("counters")
        self._outbox: Outbox | None = None
        self._waking: Waking | None = None
        self._answering = 0
        self._gone = False

    @property
    def outbox(self) -> Outbox:
        """Its webhooks; made when there is a first one."""
        if self._outbox is None:
            self._outbox = self._new_outbox()
        return self._outbox

    @property
    def waking(self) -> Waking:
        """Wakes the providers for what becomes due; made with the first that can be woken."""
        if self._waking is None:
            providers, contexts = self.equipment.providers, self.contexts
            self._waking = Waking(self.clock, providers, contexts.get, self.report_bug)
        return self._waking

    def _new_outbox(self) -> Outbox:
        equipment = self.equipment
        return Outbox(
            table=self.space.table("webhooks"),
            clock=self.clock,
            provider=lambda provider: equipment.providers[provider],
            context=lambda provider: self.contexts[provider],
            mask=self.mask,
            log=equipment.log_line,
            report=self.report_bug,
            plan=self._plan,
            damage=_damage,
            sleep=equipment.sleep,
            send=equipment.courier.send,
            unsendable=self.unsendable,
            places=equipment.places,
        )

    def prepare(self) -> None:
        """Make the contexts of all providers now.

        Raises:
            ConfigurationError: If a provider's settings are wrong.
        """
        for name in self.equipment.providers:
            self.contexts[name]

    def unsendable(self, webhook: Webhook) -> Diagnosis | None:
        """Tell why a webhook cannot be sent at all; None if it can be tried."""
        return unsendable(webhook, self.equipment.egress)

    def for_exchange(
        self, provider: Provider[Any], exchange: Exchange, *, with_scenario: bool
    ) -> tuple[Context[Any], list[asyncio.Future[None]]]:
        """Return the context for one exchange, and what its reply will have to wait for.

        A webhook that cannot be sent is reported beside the exchange that causes it.

        Args:
            provider: Who answers.
            exchange: What is answered.
            with_scenario: Whether there is one, which may have a webhook arrive before the reply.
        """
        waiting: list[asyncio.Future[None]] = []
        context = self.contexts[provider.name]

        def notify(webhook: Webhook) -> None:
            if problem := self.unsendable(webhook):
                exchange.warnings.append(problem)
            if with_scenario:
                self.outbox.post(provider.name, webhook, waiting)
            else:
                context.notify(webhook)

        return replace(context, notify=notify), waiting

    def _plan(self, provider: str, webhook: Webhook) -> Plan | None:
        scenario = self.running_scenario()
        return scenario.plan(provider, webhook) if scenario is not None else None

    def next_number(self) -> int:
        """Return the number of the next exchange, from 1."""
        return self._counters.increment("exchanges")

    def register(self, provider: str, credential: Mapping[str, Any]) -> Record:
        """Add a credential, see `Registrations.register`."""
        return self._registrations.register(provider, credential)

    def change_credential(self, provider: str, key: str, changes: Mapping[str, Any]) -> Record:
        """Change members of a credential, see `Registrations.change`."""
        return self._registrations.change(provider, key, changes)

    def remove_credential(self, provider: str, key: str) -> None:
        """Remove a credential, see `Registrations.remove`: some come back with a reset."""
        self._registrations.remove(provider, key)

    def credentials(self, provider: str) -> list[Record]:
        """Return the provider's registered credentials, the one for clients first."""
        return self._registrations.all(provider)

    def mask(self) -> Mask:
        """Return what hides this namespace's secrets: the shared one, until it has secrets more."""
        return self._registrations.mask()

    def report_bug(self, error: BaseException) -> str:
        """Print the traceback of an exception of ours without secrets; return it with them."""
        return report_bug(error, self.mask().text)

    def read_scenario(self, text: str, name: str) -> Scenario:
        """Read a scenario file; it may name this namespace's credentials.

        Args:
            text: YAML or JSON.
            name: What findings call it.

        Raises:
            ScenarioError: With everything that is wrong with it.
        """
        from emulator.scenario.known_names import credential_names
        from emulator.scenario.loader import load

        providers = self.equipment.providers
        return load(text, name, providers, credential_names(providers, self.contexts))

    async def read_scenario_aside(self, text: str, name: str) -> Scenario:
        """Read a scenario in a thread, as `read_scenario` does: a long one takes seconds."""
        from emulator.scenario.known_names import credential_names
        from emulator.scenario.loader import load

        providers = self.equipment.providers
        names = credential_names(providers, self.contexts)
        return await asyncio.to_thread(load, text, name, providers, names)

    def load(self, scenario: Scenario) -> None:
        """Load a scenario, in place of the one that was loaded."""
        from emulator.scenario.engine import ScenarioEngine

        engine = ScenarioEngine(
            scenario,
            self.space,
            self.clock,
            self.equipment.seed,
            revoke_tokens=self.revoke_tokens,
        )
        self.unload()
        self.scenario = engine
        engine.start(self._counters.increment("exchanges", 0) + 1, self.outbox.next_number)

    def revoke_tokens(self) -> None:
        """End every access token that was issued."""
        for name, context in tuple(self.contexts.items()):  # the others have issued none
            if revoke := self.equipment.providers[name].tokens.revoke:
                revoke(context)

    def start(self) -> None:
        """Let time pass in the loop that runs: what was noted before there was one is due too."""
        if self._waking is not None:
            self._waking.look()
        if self._outbox is not None:
            self._outbox.wake()

    def running_scenario(self) -> ScenarioEngine | None:
        """Return the scenario; None if there is none, or its `ttl` is over."""
        scenario = self.scenario
        return scenario if scenario is not None and scenario.running else None

    def unload(self) -> None:
        """Unload the scenario."""
        if self.scenario is not None:
            self.scenario.stop()
            self.scenario.forget()
            self.scenario = None
            if self._outbox is not None:
                self._outbox.release()

    async def reset(self) -> None:
        """Return to the state after a start; the scenario stays loaded, its counters at zero.

        What was registered stays too, and is masked as before.
        """
        await self.close()
        registered = self._registrations.taken_out()
        self._empty()
        self.contexts.seed_again()
        for provider, credentials in registered.items():
            self._registrations.put_back(provider, credentials)
        if self.scenario is not None:
            self.scenario.start()

    async def close(self) -> None:
        """Give up what has not been sent, and what is not yet due."""
        if self._waking is not None:
            self._waking.stop()
        if self._outbox is not None:
            await self._outbox.close()

    def _empty(self) -> None:
        self.equipment.engine.clear(self.name)
        self.journal.restart()

    # --- being used, and being forgotten --------------------------------------------------------

    @contextmanager
    def busy(self) -> Generator[None]:
        """Keep it while a request is answered."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1
            if self._gone and not self._answering:
                self._empty_unless_made_again()

    @property
    def in_use(self) -> bool:
        """Whether a request is being answered, or somebody waits for one."""
        waiting = len(self._outbox.calls) if self._outbox is not None else 0
        return self._answering > 0 or self.journal.waiting > 0 or waiting > 0

    @property
    def unsent(self) -> int:
        """How many webhooks are still to be sent."""
        return self._outbox.waiting if self._outbox is not None else 0

    @property
    def held(self) -> tuple[str, ...]:
        """What somebody put into it that would be missed, in words."""
        found: list[str] = []
        if self.running_scenario() is not None and self.scenario is not None:
            found.append(f"the scenario {self.scenario.scenario.scenario}")
        if not self.clock.is_right:
            found.append("a clock that was moved")
        if registered := len(self._registrations):
            found.append(_many(registered, "credential"))
        if unsent := self.unsent:
            found.append(f"{_many(unsent, 'webhook')} to send")
        return tuple(found)

    def discard(self) -> None:
        """Give back everything: it is not asked for any more."""
        self.unload()
        self._gone = True
        self.journal.wake()
        self.equipment.finish(self.close())
        self._empty_unless_made_again()

    def _empty_unless_made_again(self) -> None:
        """Empty what it has in the store, unless another one of its name has taken its place."""
        if not self._is_there(self.name):
            self._empty()
        else:
            self.journal.restart()


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _damage(
    provider: Provider[Any],
    delivery: Delivery,
    what: dict[str, Any],
    credential: str,
    context: Context[Any],
) -> tuple[Delivery, Diagnosis | None]:
    from emulator.faults.corrupt import damaged_delivery  # needs pydantic

    return damaged_delivery(provider, delivery, what, credential, context)
