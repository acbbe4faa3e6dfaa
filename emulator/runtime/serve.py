"""The emulator: what happens to a request, and to a notice. Read this first.

`Emulator.serve` is the straight path of a request; everything else here gives it its parts.
The providers decide, the schemes verify, the faults bend; this module only says in which order.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.core import configuration
from emulator.core.clock import Clock
from emulator.core.configuration import Configuration
from emulator.core.errors import ConfigurationError, FailureMode, Source, Standing
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.limits import Limits
from emulator.core.store import Engine, MemoryEngine, Space, Table
from emulator.core.terminal import report_bug
from emulator.faults.fault import BENT, Turn
from emulator.journal.journal import SHELF
from emulator.journal.kept import Shelf
from emulator.masking.mask import Mask
from emulator.outbox import PLACES, Places
from emulator.outbox.courier import Courier
from emulator.outbox.egress import Egress, Hosts
from emulator.provider import (
    CREDENTIALS,
    NOT_FOUND,
    Context,
    Endpoint,
    KeyFiles,
    Provider,
    Refusal,
)
from emulator.runtime.namespace import DEFAULT_NAMESPACE, Namespace
from emulator.runtime.namespaces import TTL_SECONDS, Namespaces
from emulator.schemes import mistakes

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from emulator.http.server import Server
    from emulator.http.transport import Http

JOURNAL_SIZE = 10_000
_FIRST = "*"
"""Where the first credentials are; no namespace can be called so."""
LIMITS = "limits"
"""The section of the configuration file that is about no provider."""

_OURS = Source("emulator", "transport", Standing.CHOSEN)
METHOD = FailureMode("request.method", "The endpoint does not take this HTTP method", _OURS)
FOREIGN_PAGE = FailureMode(
    "request.foreign-page",
    "A browser sent it for a web page whose public name leads to this machine",
    _OURS,
)


CLOCK_MOVED = FailureMode(
    "emulator.clock-moved", "The clock of the namespace was moved, and the client's was not", _OURS
)
_NOTED_SECONDS = 60.0
_SETTLED_SECONDS = 0.5


class Emulator:
    """All providers, ready to answer.

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
        webhook_hosts: Which addresses notices may go to: this machine and private networks, or
            public ones too.
        webhook_connections: Notices that are under way at the same time; a quarter to one host.
        sleep: Waits real seconds, where a scenario makes an answer late.
        log: Told of each exchange when it is over.
        log_line: Told of anything else worth a line.

    Attributes:
        own_names: Host names that its servers were given, in lower case.

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
        namespace_ttl: float = TTL_SECONDS,
        admin_token: str = "",
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
        self.all_namespaces = Namespaces(
            lambda name: Namespace(name, self),
            self.log_line,
            self.limits.namespaces,
            namespace_ttl,
            is_full=lambda: self.engine.size() > self.limits.state_bytes,
        )
        self.first_credentials = {
            name: self._first_credentials(provider) for name, provider in self.providers.items()
        }
        self._searcher = ThreadPoolExecutor(1, "hints")  # one: more would only slow the loop down
        self._finishing: set[asyncio.Task[None]] = set()
        self.namespace(DEFAULT_NAMESPACE).prepare()

    async def serve(
        self, namespace: Namespace, provider: Provider[Any], request: Request
    ) -> Exchange:
        """Answer one request: route, judge, bend, do the work or refuse, enter in the journal.

        Never raises: an exception of ours becomes a 500 that says it is one.
        """
        with namespace.busy():
            return await self._serve(namespace, provider, request)

    async def _serve(
        self, namespace: Namespace, provider: Provider[Any], request: Request
    ) -> Exchange:
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
            report_bug(namespace.mask().text(exchange.bug))
        if exchange.verdict == "refused":
            if endpoint is None and request.problem is None:
                name_path(exchange, provider, self.providers)
            note_moved_clock(exchange, namespace)
            await self._look_for_hint(exchange)
        if namespace.loss is not None:
            exchange.notices.append(namespace.loss.diagnose())
            namespace.loss = None
        exchange.scratch.clear()  # the journal has no use for it
        exchange.duration_ms = (time.perf_counter() - started) * 1000
        exchange.answered_at = namespace.clock.timestamp("date_header")
        namespace.clock.tick()
        namespace.journal.enter(exchange)
        if self.log is not None:
            self.log(exchange)
        return exchange

    async def get_ready_to_refuse(self) -> None:
        """Load what names mistakes once the server is up, so that no refusal has to wait for it."""
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(_SETTLED_SECONDS)
            await asyncio.get_running_loop().run_in_executor(self._searcher, mistakes.load)

    async def _look_for_hint(self, exchange: Exchange) -> None:
        """Find out which mistake was made, while the loop answers others."""
        if exchange.diagnosis is None or exchange.diagnosis.likely.known:
            return
        look = partial(str, exchange.diagnosis.likely)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop, so nobody waits: the reader looks
            return
        try:
            with suppress(asyncio.CancelledError):  # the server stops: answer now
                await loop.run_in_executor(self._searcher, look)
        except Exception:
            exchange.bug = traceback.format_exc()
            exchange.diagnosis = exchange.diagnosis.but("")
            report_bug(exchange.bug)

    def namespace(self, name: str) -> Namespace:
        """Return the namespace, which exists from its first use.

        Raises:
            ConfigurationError: If it cannot be a name.
        """
        return self.all_namespaces.use(name)

    @property
    def namespaces(self) -> tuple[Namespace, ...]:
        """The namespaces in use."""
        return self.all_namespaces.all

    def key_files(self, provider: str) -> KeyFiles:
        """Return the provider's key files."""
        if provider not in self._key_files:
            self._key_files[provider] = KeyFiles(self._keys / provider)
        return self._key_files[provider]

    @cached_property
    def mask(self) -> Mask:
        """What hides the secrets that each namespace starts with; made once."""
        members = chain.from_iterable(
            (*each.masked, *each.secrets) for each in self.providers.values()
        )
        secrets = (
            secret
            for name, provider in self.providers.items()
            for _, record in self.first_credentials[name].items()
            for secret in provider.secrets_of(record, self.key_files(name))
        )
        cards = frozenset(chain.from_iterable(each.cards for each in self.providers.values()))
        return Mask(members, secrets, cards)

    @cached_property
    def app(self) -> Starlette:
        """The ASGI application."""
        from emulator.http.app import application

        return application(self)

    def run(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        http: Http = "auto",
        control: tuple[str, int] | None = None,
    ) -> Server:
        """Return a server of this emulator in a thread of its own: a context manager.

        Args:
            host: Address to bind.
            port: Port to bind; 0 takes a free one, and the server's `url` says which.
            http: What reads HTTP: `httptools`, `h11`, or the first that is installed.
            control: Host and port of the control API, if it is to have an address of its own,
                which the server's `control_url` says.

        Raises:
            CannotBindError: If the address is taken, or not ours to take.
        """
        from emulator.http.server import Server

        return Server(self, host, port, http, control)

    async def close(self) -> None:
        """Give up notices that have not been sent."""
        for namespace in self.namespaces:
            await namespace.close()
        await asyncio.gather(*self._finishing, return_exceptions=True)

    def finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something without waiting for it; without a loop that runs there is nothing to do."""
        try:
            task = asyncio.get_running_loop().create_task(work)
        except RuntimeError:
            work.close()
        else:
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)

    def _first_credentials(self, provider: Provider[Any]) -> Table:
        """Write the credentials each namespace starts with: of the key files, then of the file."""
        keys = self.key_files(provider.name)
        scratch = Context(
            Clock(Space(MemoryEngine(), "", ""), self.wall),
            Space(self.engine, _FIRST, provider.name),
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


def judge(turn: Turn, endpoint: Endpoint | None) -> Refusal | None:
    """Find the provider's true verdict on a request; the same for the same request and time."""
    exchange, provider = turn.exchange, turn.provider
    exchange.verdict, exchange.diagnosis = "accepted", None
    exchange.credential, exchange.payload = "", None
    authenticate = endpoint.authenticate if endpoint else None
    try:
        if problem := exchange.request.problem:
            form = replace(provider.errors[problem.entry], status=problem.status)
            raise Refusal(form, problem.diagnosis)
        if exchange.request.rebound and not (endpoint and endpoint.for_browsers):
            raise Refusal(
                provider.errors["bad-request"],
                FOREIGN_PAGE.diagnose(
                    "headers.host",
                    expected="localhost, an IP address, a private name, or a name of the provider",
                    received=exchange.request.header("host") or "",
                    hint=_ANOTHER_NAME,
                ),
            )
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
    from emulator.runtime import wrong_path

    request, diagnosis = exchange.request, exchange.diagnosis
    if diagnosis is None or diagnosis.where == "method":
        return
    elsewhere = wrong_path.elsewhere(request.path, provider, providers)
    meant = None if elsewhere else wrong_path.meant(request, provider)
    if diagnosis.where == "path":
        hint = diagnosis.hint or (meant.hint if meant else elsewhere) or wrong_path.NO_IDEA
        exchange.diagnosis = diagnosis.but(hint)
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
    reply = refusal.error.reply(exchange, context, refusal.detail)
    if reply.status == 405 and endpoint is not None:  # RFC 9110, 15.5.6
        reply.headers.append(("allow", ", ".join(endpoint.methods)))
    return reply


_ANOTHER_NAME = (
    "Call the provider from your server, not from a page. A page of your own may use localhost or "
    "an IP address; `emulator serve --host NAME` makes another name ours"
)


def _method_hint(method: str, endpoint: Endpoint | None) -> str:
    from emulator.runtime import wrong_path

    return wrong_path.method_hint(method, endpoint.methods if endpoint else ("GET", "POST"))


_ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
