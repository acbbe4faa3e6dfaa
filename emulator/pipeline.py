"""The emulator: what happens to a request, and to a notice. Read this first.

`Emulator.serve` is the straight path of a request; everything else here gives it its parts.
The providers decide, the schemes verify, the faults bend; this module only says in which order.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator import configuration
from emulator.clock import Clock
from emulator.configuration import Configuration
from emulator.errors import ConfigurationError, Diagnosis, FailureMode, Source, Standing
from emulator.exchange import Exchange, Reply, Request
from emulator.faults.fault import BENT, Turn
from emulator.journal import Journal
from emulator.masking import Mask
from emulator.outbox import Outbox, Plan
from emulator.provider import (
    CREDENTIALS,
    NOT_FOUND,
    Context,
    Delivery,
    Endpoint,
    KeyFiles,
    Notice,
    Provider,
    Refusal,
)
from emulator.sending import unsendable
from emulator.store import Engine, MemoryEngine, Record, Space

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from emulator.scenario.engine import ScenarioEngine
    from emulator.scenario.model import Scenario
    from emulator.server import Server
    from emulator.transport import Http

DEFAULT_NAMESPACE = "default"
NAMESPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
JOURNAL_SIZE = 1_000
MOST_NAMESPACES = 10_000

_OURS = Source("emulator", "transport", Standing.CHOSEN)
METHOD = FailureMode("request.method", "The endpoint does not take this HTTP method", _OURS)
TOO_LARGE = FailureMode("request.too-large", "The body is larger than one MiB", _OURS)


CLOCK_MOVED = FailureMode(
    "emulator.clock-moved", "The clock of the namespace was moved, and the client's was not", _OURS
)
_NOTED_SECONDS = 60.0


class Namespace:
    """One tenant's world: clock, state, journal, scenario and notices.

    Attributes:
        name: `default` is the one without a name.
        clock: Its only source of time.
        journal: Its exchanges.
        scenario: What bends it; None if nothing does.
        outbox: Its notices.
    """

    def __init__(self, name: str, emulator: Emulator) -> None:
        self.name = name
        self.emulator = emulator
        own = Space(emulator.engine, name, "emulator")
        self.clock = Clock(own, emulator.wall)
        self.journal = Journal(emulator.journal_size)
        self.scenario: ScenarioEngine | None = None
        self._mask: tuple[frozenset[str], Mask] | None = None
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
        )
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
        )

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
            if problem := unsendable(notice):
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
        return record

    def credentials(self, provider: str) -> list[Record]:
        """Return the provider's registered credentials, the one for clients first."""
        return [record for _, record in self.contexts[provider].store.table(CREDENTIALS).items()]

    def mask(self) -> Mask:
        """Return what hides this namespace's secrets; made again only when they have changed."""
        providers = self.emulator.providers.values()
        secrets = frozenset(
            str(record[member])
            for provider in providers
            for record in self.credentials(provider.name)
            for member in provider.secrets
            if record.get(member)
        )
        if self._mask is None or self._mask[0] != secrets:
            members = chain.from_iterable(provider.masked for provider in providers)
            own = {each.name: each.hide for each in providers if each.hide is not None}
            self._mask = secrets, Mask(members, secrets, own)
        return self._mask[1]

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

    def wake(self, *, moved: bool = False) -> None:
        """Let the providers do what the clock has made due; `moved` if somebody moved it."""
        for provider in self.emulator.providers.values():
            if provider.wake is not None:
                provider.wake(self.contexts[provider.name], moved=moved)

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
        await self.outbox.close()
        self.emulator.engine.clear(self.name)
        self.journal.clear()
        self.seed()
        if self.scenario is not None:
            self.scenario.start()


class Emulator:
    """All providers, ready to answer.

    Args:
        keys: Directory of key files; the shipped test keys if None.
        config: What the configuration file says.
        engine: Where state is kept; in this process if None.
        wall: Real time, in seconds since the epoch.
        seed: Of all chance, unless a scenario brings its own.
        journal_size: Exchanges kept per namespace.
        admin_token: What calls of the control API must bear; empty to ask for none.
        sleep: Waits real seconds, where a scenario makes an answer late.
        log: Told of each exchange when it is over.
        log_line: Told of anything else worth a line.

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
        admin_token: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        log: Callable[[Exchange], None] | None = None,
        log_line: Callable[[str], None] | None = None,
    ) -> None:
        from emulator.providers import discover

        self.providers = discover()
        self.engine: Engine = engine or MemoryEngine()
        self.wall = wall
        self.seed = seed
        self.journal_size = journal_size
        self.admin_token = admin_token
        self.sleep = sleep
        self.log = log
        self.log_line: Callable[[str], None] = log_line or (lambda line: None)  # noqa: ARG005
        self.config: Configuration = configuration.load(config, self.providers)
        self.settings = {
            name: self.config.settings(name, provider.settings)
            for name, provider in self.providers.items()
        }
        self._keys = keys or configuration.shipped("keys")
        if not self._keys.is_dir():
            raise ConfigurationError(f"{self._keys} is not a directory of keys")
        self._key_files: dict[str, KeyFiles] = {}
        self._namespaces: dict[str, Namespace] = {}
        self.first_credentials = {
            name: self._first_credentials(provider) for name, provider in self.providers.items()
        }
        self.namespace(DEFAULT_NAMESPACE)

    async def serve(
        self, namespace: Namespace, provider: Provider[Any], request: Request
    ) -> Exchange:
        """Answer one request: route, judge, bend, do the work or refuse, enter in the journal.

        Never raises: an exception of ours becomes a 500 that says it is one.
        """
        started = time.perf_counter()
        endpoint, parameters = provider.route(request.path)
        exchange = Exchange(
            number=namespace.next_number(),
            namespace=namespace.name,
            provider=provider.name,
            endpoint=endpoint.name if endpoint else request.path,
            request=request,
            received_at=namespace.clock.time(),
            parameters=parameters,
        )
        try:
            scenario = namespace.running_scenario()  # before the clock is read: its time may be up
            context, waiting = namespace.for_exchange(provider, exchange, bent=scenario is not None)
            turn = Turn(provider, exchange, context, self.sleep)
            refusal = judge(turn, endpoint)
            if scenario is None:
                exchange.reply = answer(turn, endpoint, refusal)
            else:

                async def proceed() -> Reply:
                    verdict = judge_bent(turn, endpoint) if turn.bent else refusal
                    return answer(turn, endpoint, verdict)

                exchange.reply = await scenario.play(turn, proceed)
                turn.note_idle()
                if waiting:
                    with suppress(asyncio.CancelledError):  # the server stops: answer now
                        await asyncio.wait(waiting)
                if turn.wire.drip_bytes and exchange.reply.wire is None:
                    exchange.reply.wire = turn.wire
        except Exception:  # a bug of ours must never look like a provider's failure
            exchange.bug = traceback.format_exc()
            exchange.reply = Reply(500, b"emulator bug: see stderr\n", "text/plain; charset=utf-8")
            print(exchange.bug, file=sys.stderr)  # noqa: T201
        if exchange.verdict == "refused":
            if endpoint is None:
                name_path(exchange, provider, self.providers)
            note_moved_clock(exchange, namespace)
        exchange.scratch.clear()  # the journal has no use for it
        exchange.duration_ms = (time.perf_counter() - started) * 1000
        exchange.answered_at = namespace.clock.timestamp("date_header")
        namespace.clock.tick()
        namespace.journal.enter(exchange)
        if self.log is not None:
            self.log(exchange)
        return exchange

    def namespace(self, name: str) -> Namespace:
        """Return the namespace, which exists from its first use.

        Raises:
            ConfigurationError: If it cannot be a name.
        """
        found = self._namespaces.get(name)
        if found is None:
            if not NAMESPACE_NAME.fullmatch(name):
                raise ConfigurationError(
                    f"{name!r} cannot name a namespace: use 1 to 64 letters, digits, '.', '_', '-'"
                )
            if len(self._namespaces) >= MOST_NAMESPACES:
                raise ConfigurationError(
                    f"there are {MOST_NAMESPACES} namespaces already: reuse one, or restart "
                    "the emulator"
                )
            found = self._namespaces[name] = Namespace(name, self)
        return found

    @property
    def namespaces(self) -> tuple[Namespace, ...]:
        """The namespaces in use."""
        return tuple(self._namespaces.values())

    def key_files(self, provider: str) -> KeyFiles:
        """Return the provider's key files."""
        if provider not in self._key_files:
            self._key_files[provider] = KeyFiles(self._keys / provider)
        return self._key_files[provider]

    @cached_property
    def app(self) -> Starlette:
        """The ASGI application."""
        from emulator.app import application

        return application(self)

    def run(self, host: str = "127.0.0.1", port: int = 0, http: Http = "auto") -> Server:
        """Return a server of this emulator in a thread of its own: a context manager.

        Args:
            host: Address to bind.
            port: Port to bind; 0 takes a free one, and the server's `url` says which.
            http: What reads HTTP: `httptools`, `h11`, or the first that is installed.

        Raises:
            CannotBindError: If the address is taken, or not ours to take.
        """
        from emulator.server import Server

        return Server(self, host, port, http)

    async def close(self) -> None:
        """Give up notices that have not been sent."""
        for namespace in self.namespaces:
            await namespace.outbox.close()

    def _first_credentials(self, provider: Provider[Any]) -> list[tuple[str, Record]]:
        """The credentials each namespace starts with: of the key files, then of the file."""
        keys = self.key_files(provider.name)
        scratch = Context(
            Clock(Space(MemoryEngine(), "", ""), self.wall),
            Space(MemoryEngine(), "", provider.name),
            keys,
            self.settings[provider.name],
            lambda notice: None,  # noqa: ARG005
        )
        table = scratch.store.table(CREDENTIALS)  # each is checked against those before it
        for each in provider.default_credentials(keys):
            table.put(*provider.register(each, scratch))
        for each in self.config.credentials.get(provider.name, []):
            try:
                table.put(*provider.register(each, scratch))
            except ConfigurationError as error:
                where = f"{self.config.origin}: {provider.name}.credentials"
                raise ConfigurationError(f"{where}: {error}") from error
        return list(table.items())


def _damage(
    provider: Provider[Any],
    delivery: Delivery,
    what: dict[str, Any],
    credential: str,
    context: Context[Any],
) -> tuple[Delivery, Diagnosis | None]:
    from emulator.faults.corrupt import damaged_delivery  # needs pydantic

    return damaged_delivery(provider, delivery, what, credential, context)


def judge(turn: Turn, endpoint: Endpoint | None) -> Refusal | None:
    """Find the provider's true verdict on a request; the same for the same request and time."""
    exchange, provider = turn.exchange, turn.provider
    exchange.verdict, exchange.diagnosis = "accepted", None
    exchange.credential, exchange.payload = "", None
    authenticate = endpoint.authenticate if endpoint else None
    try:
        if exchange.request.too_large:
            raise Refusal(provider.errors["too-large"], TOO_LARGE.diagnose("body"))
        if exchange.request.method not in (endpoint.methods if endpoint else _ANY):
            raise Refusal(
                provider.errors["method-not-allowed"],
                METHOD.diagnose(
                    "method",
                    expected=" or ".join(endpoint.methods if endpoint else _ANY),
                    received=exchange.request.method,
                    hint=_method_hint(exchange.request.method, endpoint),
                ),
            )
        (authenticate or provider.authenticate)(exchange, turn.context)
    except Refusal as refusal:
        exchange.verdict = "refused"
        exchange.diagnosis = refusal.diagnosis
        return refusal
    return None


def name_path(
    exchange: Exchange, provider: Provider[Any], providers: Mapping[str, Provider[Any]]
) -> None:
    """Where a path leads nowhere, say which one was meant, before what its neighbours check.

    What goes over the wire stays theirs.
    """
    from emulator import wrong_path

    request, diagnosis = exchange.request, exchange.diagnosis
    if diagnosis is None or diagnosis.where == "method":
        return
    elsewhere = wrong_path.elsewhere(request.path, provider, providers)
    meant = None if elsewhere else wrong_path.meant(request, provider)
    if diagnosis.where == "path":
        hint = diagnosis.hint or (meant.hint if meant else elsewhere) or wrong_path.NO_IDEA
        exchange.diagnosis = replace(diagnosis, hint=hint)
    elif meant or elsewhere:
        exchange.diagnosis = NOT_FOUND.diagnose(
            "path",
            expected=meant.path if meant else "a path of this provider",
            received=request.path,
            hint=meant.hint if meant else elsewhere,
        )


def note_moved_clock(exchange: Exchange, namespace: Namespace) -> None:
    """Where a refusal may be about time, note that the provider's clock is not this machine's.

    A client that goes by its own watch is then right, and refused all the same.
    """
    ahead = namespace.clock.timestamp("verify") - namespace.emulator.wall()
    about_time = exchange.diagnosis is not None and exchange.diagnosis.about_time
    if abs(ahead) >= _NOTED_SECONDS and about_time:
        exchange.notices.append(
            CLOCK_MOVED.diagnose(
                "clock",
                expected="a client that goes by the provider's time",
                received=f"the provider's clock is {ahead:+.0f} s from this machine's",
                hint="Take the time from the Date header, or from GET /_emulator/clock; "
                "`emulator clock reset` brings real time back",
            )
        )


def judge_bent(turn: Turn, endpoint: Endpoint | None) -> Refusal | None:
    """Judge again after a scenario bent what the verdict goes by, and note that it did."""
    exchange = turn.exchange
    before = exchange.diagnosis.code if exchange.diagnosis else "accepted"
    refusal = judge(turn, endpoint)
    after = exchange.diagnosis.code if exchange.diagnosis else "accepted"
    turn.unmoved = before == after == "accepted"
    if before != after:
        exchange.notices.append(
            BENT.diagnose(
                "scenario", expected=before, received=after, hint=", ".join(exchange.rules)
            )
        )
    return refusal


def answer(turn: Turn, endpoint: Endpoint | None, refusal: Refusal | None) -> Reply:
    """Do the work once and seal the reply, or refuse in the provider's own form."""
    exchange, provider, context = turn.exchange, turn.provider, turn.context
    if refusal is None:
        try:
            if endpoint is None:
                raise Refusal(
                    provider.errors["not-found"],
                    NOT_FOUND.diagnose(
                        "path",
                        expected=", ".join(
                            sorted({p for e in provider.endpoints for p in e.paths})
                        ),
                        received=exchange.request.path,
                    ),
                )
            return provider.seal(endpoint.handle(exchange, context), exchange, context)
        except Refusal as raised:
            refusal = raised
    exchange.verdict = "refused"
    exchange.diagnosis = refusal.diagnosis
    return refusal.error.reply(exchange, context, refusal.detail)


def _method_hint(method: str, endpoint: Endpoint | None) -> str:
    from emulator import wrong_path

    return wrong_path.method_hint(method, endpoint.methods if endpoint else ("GET", "POST"))


_ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
