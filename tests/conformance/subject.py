"""A provider under test, and worlds to try it in.

All that the suite knows of a provider, it reads here: what `Provider` declares. If a name changes
there, it changes here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import Any

import overlay

from emulator.control import credentials as control
from emulator.core.clock_change import ClockChange
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Exchange, Request
from emulator.core.store import Record
from emulator.emulator import Emulator
from emulator.faults.fault import Handling
from emulator.provider import (
    CREDENTIALS,
    CURRENT,
    Changes,
    Context,
    Delivery,
    Endpoint,
    Example,
    Provider,
    Webhook,
)
from emulator.runtime.serve import judge, serve

BASE_URL = "http://127.0.0.1:8900/"


def names() -> list[str]:
    """Return the names of all providers that discovery finds, the example included."""
    with overlay.laid_over():
        return sorted(Emulator(keys=overlay.key_directory()).providers)


class Subject:
    """One provider.

    Args:
        name: As discovery has it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = count(1)
        with overlay.laid_over():
            self.emulator = Emulator(keys=overlay.key_directory())
        self.provider: Provider[Any] = self.emulator.providers[name]

    def world(self, at: str = "") -> World:
        """Return a fresh world.

        Args:
            at: An instant at which its clock stands; real time if empty.
        """
        return World(self, f"world-{next(self._numbers)}", at)

    # --- what is declared ------------------------------------------------------------------

    @property
    def package(self) -> str:
        return self.provider.package

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        return self.provider.endpoints

    @cached_property
    def examples(self) -> Mapping[str, Example]:
        return {each.name: each for each in self.provider.examples}

    @property
    def good(self) -> list[Example]:
        """The examples that are accepted."""
        return [each for each in self.examples.values() if not each.code]

    @cached_property
    def shown(self) -> list[Example]:
        """One example in order for each endpoint."""
        found: dict[str, Example] = {}
        for each in self.good:
            found.setdefault(each.endpoint, each)
        return list(found.values())

    @property
    def signed_endpoints(self) -> list[Endpoint]:
        """Those whose requests a merchant signs; a payer's browser has nothing to sign with."""
        return [each for each in self.endpoints if not each.for_browsers]

    @property
    def signed_examples(self) -> list[Example]:
        """One example in order for each endpoint whose requests a merchant signs."""
        return [each for each in self.shown if not self.endpoint_of(each).for_browsers]

    def endpoint_of(self, example: Example) -> Endpoint:
        return next(each for each in self.endpoints if each.name == example.endpoint)

    @property
    def secret_members(self) -> Sequence[str]:
        """Members of a credential that are masked."""
        return self.provider.credentials.secret_names

    @property
    def verifying_keys(self) -> Sequence[str]:
        return self.provider.credentials.key_names

    @property
    def signing_keys(self) -> Sequence[str]:
        return self.provider.signing_keys

    @property
    def sends_webhooks(self) -> bool:
        return self.provider.webhooks is not None

    @property
    def events(self) -> Sequence[str]:
        return [*self.provider.events]

    @property
    def signature_parts(self) -> Iterator[tuple[str, Any]]:
        """The parts of a request that hold a signature."""
        for name, part in self.provider.parts.items():
            if name.startswith("request.") and "signature" in name and not part.hidden:
                yield name, part


class World:
    """A namespace of its own, with one provider in it."""

    def __init__(self, subject: Subject, name: str, at: str) -> None:
        self.subject = subject
        self.provider = subject.provider
        self.namespace = subject.emulator.namespace(name)
        if at:
            self.move(freeze=at)

    @property
    def context(self) -> Context[Any]:
        return self.namespace.contexts[self.subject.name]

    # --- requests --------------------------------------------------------------------------

    def send(self, *requests: Request, changes: Changes | None = None) -> Exchange:
        """Send requests one after the other; return the last exchange.

        Args:
            requests: In order.
            changes: What a scenario would ask for.
        """

        async def work() -> Exchange:
            found = [await self._serve(each, changes) for each in requests]
            await self.namespace.close()
            return found[-1]

        return asyncio.run(work())

    async def _serve(self, request: Request, changes: Changes | None = None) -> Exchange:
        emulator = self.subject.emulator
        if changes is None:
            return await emulator.serve(self.namespace, self.provider, request)
        right = self.context
        self.namespace.contexts[self.subject.name] = replace(right, changes=changes)
        try:
            return await serve(emulator, self.namespace, self.provider, request)
        finally:
            self.namespace.contexts[self.subject.name] = right

    def build(self, example: Example, *, after: bool = True) -> Request:
        """Return the request of an example.

        Args:
            example: Which.
            after: Whether those that it needs are sent before.
        """

        async def work() -> Request:
            for name in example.after if after else ():
                await self._serve(self.subject.examples[name].build(self.context))
            request = example.build(self.context)
            await self.namespace.close()
            return request

        return asyncio.run(work())

    def play(self, example: Example, *, after: bool = True) -> Exchange:
        """Send an example, after those that it needs."""
        return self.send(self.build(example, after=after))

    def judged(
        self, request: Request, changes: Changes | None = None, times: int = 1
    ) -> Iterator[Exchange]:
        """Find the verdict on a request, and do nothing about it.

        Args:
            request: What is judged.
            changes: What a scenario would ask for.
            times: How often, in the same exchange.

        Yields:
            The exchange, after each time.
        """
        endpoint, parameters = self.provider.route(request.path)
        exchange = Exchange(
            number=1,
            namespace=self.namespace.name,
            provider=self.subject.name,
            endpoint=endpoint.name if endpoint else request.path,
            request=request,
            received_at=self.namespace.clock.time(),
            parameters=parameters,
        )
        context = self.context if changes is None else replace(self.context, changes=changes)
        handling = Handling(self.provider, exchange, context, asyncio.sleep)
        for _ in range(times):
            judge(handling, endpoint)
            yield exchange

    def verdict(self, request: Request, changes: Changes | None = None) -> str:
        """Return the code with which a request is refused; empty if it is accepted."""
        (exchange,) = self.judged(request, changes)
        return code(exchange)

    def sign(self, endpoint: str, payload: Any = None) -> Any:
        """Return what `emulator sign` makes."""
        return self.provider.sign(endpoint, payload, self.context, f"{BASE_URL}{self.subject.name}")

    def ready(self, signed: Any) -> Request:
        """Send what a signed request needs before it; return it with its placeholders filled."""

        def send(request: Request) -> bytes:
            control, _, event = request.path.partition("/trigger/")
            if control == "/_emulator":
                self.trigger(event.rpartition("/")[2], **json.loads(request.body or b"{}"))
                return b"{}"
            exchange = self.send(request)
            assert not exchange.diagnosis, str(exchange.diagnosis)
            assert exchange.reply is not None
            return exchange.reply.body

        return signed.ready(send)

    def is_keyed(self, request: Request) -> bool:
        """Tell whether a key covers a request: with another one in force it is refused."""
        others = [name for name in self.subject.verifying_keys if name != CURRENT]
        return not others or any(
            self.verdict(request, Changes(verify_with=name)) for name in others
        )

    def refusal(self, request: Request) -> str:
        """Return the code with which a request is refused, by whatever step; empty if by none."""
        return self.verdict(request) or code(self.send(request))

    # --- time, state, credentials -----------------------------------------------------------

    def move(self, **change: Any) -> None:
        """Move the clock, and do what has become due."""
        self.namespace.clock.change(ClockChange.from_json(change))
        for _ in self.namespace.waking.catch_up():
            pass

    def state(self) -> dict[str, list[tuple[str, Record]]]:
        """Return all that is stored of the provider, without its credentials."""
        mine = f"{self.subject.name}."
        engine: Any = self.subject.emulator.engine
        tables = engine._spaces[self.namespace.name]
        found = {name: engine.scan((self.namespace.name, name)) for name in tables.rows}
        counters = {f"{name} (counters)": [*held.items()] for name, held in tables.counters.items()}
        return {
            name: rows
            for name, rows in {**found, **counters}.items()
            if name.startswith(mine) and name != f"{mine}{CREDENTIALS}" and rows
        }

    @property
    def credentials(self) -> list[tuple[str, Record]]:
        """The registered merchants by their keys, the one for clients first."""
        return [*self.context.store.table(CREDENTIALS).items()]

    def only(self, *credentials: tuple[str, Record]) -> None:
        """Have these credentials registered, and no other."""
        table = self.context.store.table(CREDENTIALS)
        table.clear()
        for key, record in credentials:
            table.put(key, json.loads(json.dumps(record)))

    def rekeyed(self, record: Record, name: str) -> Record:
        """Return a credential with its key of another name."""
        return self.provider.credentials.rekeyed(record, name, self.context.keys)

    def view(self) -> dict[str, Any]:
        """Return what a client is given."""
        shown = control.view(self.subject.emulator, self.namespace, BASE_URL.rstrip("/"))
        return shown[self.subject.name]

    def secrets(self) -> set[str]:
        """Return all secrets of all registered merchants, as they are declared."""
        keys = self.context.keys
        return {
            secret
            for _, record in self.credentials
            for secret in self.provider.credentials.secrets_of(record, keys)
        }

    # --- webhooks ----------------------------------------------------------------------------

    def trigger(self, event: str, **given: Any) -> Any:
        """Do what an event does; a webhook, or a record."""
        assert self.provider.webhooks is not None
        return self.provider.webhooks.trigger(event, given, self.context)

    def webhooks(self) -> Iterator[Any]:
        """Play the examples in order, and go through the webhooks that events then make."""
        for example in self.subject.shown:
            self.play(example)
        for event in self.subject.events:
            try:
                found = self.trigger(event)
            except ConfigurationError:
                continue  # it cannot happen now
            if isinstance(found, Webhook):
                yield found

    def sealed(self, webhook: Any, changes: Changes | None = None) -> Delivery:
        """Return a webhook ready to be sent."""
        assert self.provider.webhooks is not None
        context = self.context if changes is None else replace(self.context, changes=changes)
        return self.provider.webhooks.seal(webhook, context)


def code(exchange: Exchange) -> str:
    """Return the code of a refusal; empty if there was none."""
    return exchange.diagnosis.code if exchange.diagnosis else ""


def changed(request: Request, **changes: Any) -> Request:
    """Return a request with other members; the header list is its own."""
    return replace(request, **{"headers": list(request.headers), **changes})
