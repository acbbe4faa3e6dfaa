"""The emulator: all providers behind one application, or one server."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from emulator.runtime.runtime import Runtime

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from emulator.http.server import Server
    from emulator.http.transport import Http


class Emulator(Runtime):
    """All providers, ready to answer: as an ASGI application, or on a socket.

    `Equipment` lists the arguments.
    """

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
        """Return a server of this emulator in its own thread: a context manager.

        Args:
            host: Address to bind.
            port: Port to bind; 0 takes a free one, and the server's `url` says which.
            http: The parser of HTTP: `httptools`, `h11`, or the first that is installed.
            control: Host and port of the control API, if it has its own address; the
                server's `control_url` says which.

        Raises:
            CannotBindError: If the address is in use, or not allowed.
        """
        from emulator.http.server import Server

        return Server(self, host, port, http, control)
