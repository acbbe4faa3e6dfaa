"""The emulator on a real socket: in this process, or in a thread of it.

uvicorn looks every tenth of a second whether it should stop, and then waits as long again for
connections to close. A test suite that starts and stops servers pays that each time, so
`Server` waits for an event instead, and for each connection only as long as it takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, Self, cast

import uvicorn

from emulator.core.errors import EmulatorError
from emulator.core.hosts import is_address
from emulator.core.limits import Limits
from emulator.core.listening import Arrival, Listener
from emulator.http.app import application
from emulator.http.connections import allow_open_files
from emulator.http.transport import Http, protocol_class

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from emulator.runtime.runtime import Runtime

GRACE_SECONDS = 0.6
"""How long requests in flight may take when the server stops; the rest is cut short."""
_PROBE_SECONDS = 30
_LAST_SECONDS = 0.35
"""How long what was cut short may take to send its answer."""


class CannotBindError(EmulatorError):
    """The address is taken, or not ours to take."""


class _Uvicorn(uvicorn.Server):
    """A uvicorn server that stops when told rather than when it next looks."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        second: tuple[uvicorn.Config, socket.socket] | None = None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._second = second
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Begin to stop; may be called from any thread and from a signal handler."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._second is None:
            return
        config, listener = self._second
        config.load()
        protocol = partial(
            config.http_protocol_class,
            config=config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        loop = asyncio.get_running_loop()
        self.servers.append(
            await loop.create_server(protocol, sock=listener, backlog=config.backlog)
        )

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:
            self._on_ready()
            await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        await self._finished_in(GRACE_SECONDS)
        for task in tuple(self.server_state.tasks):
            task.cancel()
        await self._finished_in(_LAST_SECONDS)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()  # its client does not read, and may never
        await self._finished_in(_LAST_SECONDS)
        await self.lifespan.shutdown()

    async def _finished_in(self, seconds: float) -> None:
        """Wait until every answer is sent, but not longer."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = 0.001
        while self.server_state.connections or self.server_state.tasks:
            if loop.time() > deadline:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.02)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.stop()


class Server:
    """Serves an emulator over HTTP.

    Args:
        emulator: What answers.
        host: Address to bind.
        port: Port to bind; 0 takes a free one.
        http: What reads HTTP.
        control: Host and port of the control API, where it has its own address; None to
            have it beside the providers.

    Attributes:
        providers: Where the providers listen.
        control: Where the control API listens; the same where it has no address of its own.

    Raises:
        ImportError: If that is not installed.
        CannotBindError: If the address is taken, or not ours to take.
    """

    def __init__(
        self,
        emulator: Runtime,
        host: str = "127.0.0.1",
        port: int = 0,
        http: Http = "auto",
        control: tuple[str, int] | None = None,
    ) -> None:
        self.emulator = emulator
        protocol = protocol_class(http)
        self._socket, self.providers = _listen(host, port)
        self.control = self.providers
        app: ASGIApp = application(emulator)
        second = None
        if control is not None:
            try:
                listener, self.control = _listen(*control, option="--control-port")
            except CannotBindError:
                self._socket.close()
                raise
            behind = Arrival(True, self.control, self.providers).mark(app)
            app = Arrival(False, self.providers, self.control).mark(app)
            second = _config(behind, protocol, emulator.limits), listener
        for each in (self.providers, self.control):
            if not is_address(each.host):
                emulator.own_names.add(each.host.lower())
        self._ready = threading.Event()
        self._on_ready: Callable[[], None] = lambda: None
        self._uvicorn = _Uvicorn(
            _config(app, protocol, emulator.limits), self._became_ready, second
        )
        self._thread: threading.Thread | None = None
        self._failure: Exception | None = None

    @property
    def url(self) -> str:
        """The address of the providers: `http://127.0.0.1:8900`."""
        return self.providers.url

    @property
    def port(self) -> int:
        """The port of the providers."""
        return self.providers.port

    @property
    def control_url(self) -> str:
        """The address of the control API; the same where it has none itself."""
        return self.control.url

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve in this thread until SIGINT or SIGTERM.

        Args:
            on_ready: Called when requests are answered; what it raises ends the server.
        """
        allow_open_files()
        self._on_ready = on_ready
        with contextlib.suppress(KeyboardInterrupt):
            self._uvicorn.run(sockets=[self._socket])
        if self._failure is not None:
            raise self._failure

    def start(self) -> Self:
        """Serve in its own thread; return when requests are answered."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Stop; return when the thread is done."""
        self._uvicorn.stop()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: Any) -> None:
        self.stop()

    def _serve(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self._ready.set()  # a waiting thread must see the failure

    def _became_ready(self) -> None:
        self._ready.set()
        try:
            self._on_ready()
        except Exception as error:  # uvicorn would print it; `run` raises it
            self._failure = error
            self._uvicorn.stop()


def _config(app: ASGIApp, protocol: type[asyncio.Protocol], limits: Limits) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        log_level=logging.ERROR,
        access_log=False,
        date_header=False,
        server_header=False,
        proxy_headers=False,  # a client would choose its own address
        lifespan="on",
        ws="none",
        http=protocol,
        timeout_keep_alive=cast(int, limits.idle_seconds),  # it goes to `call_later`
        h11_max_incomplete_event_size=limits.head_bytes,
    )


def _listen(host: str, port: int, option: str = "--port") -> tuple[socket.socket, Listener]:
    bound = _bind(host, port, option)
    address, port = bound.getsockname()[:2]
    return bound, Listener(host, address.partition("%")[0], port)


def _keep_alive(listener: socket.socket) -> None:
    """Find out when the machine of a client is gone without a word, on each connection."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):  # Windows and macOS lack the one or the other
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), _PROBE_SECONDS)


def _bind(host: str, port: int, option: str = "--port") -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _keep_alive(listener)
        try:
            listener.bind(address)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        reason = (
            f"the address is in use; choose another with {option}, or {option} 0 for a free one"
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            else getattr(error, "strerror", None) or str(error)
        )
        raise CannotBindError(f"cannot listen on {host}:{port}: {reason}") from error
    listener.set_inheritable(False)
    return listener
