"""The addresses of a server: one for all, or one for the providers and one for the control API.

If there are two, each request has an `Arrival` in its scope: the address by which it came in,
and the other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from emulator.core.hosts import host_name

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_ARRIVAL = "emulator.arrival"


@dataclass(frozen=True, slots=True)
class Listener:
    """An address that is bound.

    Attributes:
        host: As it was given: an address or a name.
        address: The IP address.
        port: The port.
    """

    host: str
    address: str
    port: int

    @property
    def everywhere(self) -> bool:
        """Whether it is on every address of this machine."""
        return ip_address(self.address).is_unspecified

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.address).is_loopback

    @property
    def url(self) -> str:
        """Its URL for this machine: `http://127.0.0.1:8900`."""
        if self.everywhere:
            return self._url("::1" if ":" in self.address else "127.0.0.1")
        return self._url(self.host)

    def url_beside(self, other: Listener, host: str) -> str:
        """Return its URL for a client of another listener.

        Args:
            other: The listener that the client knows.
            host: The header `Host` with which the client called that one; may be empty.
        """
        name = host_name(host).strip("[]")
        if name and (self.everywhere or self.address == other.address):
            return self._url(name)  # the name that the client uses for `other` is right here, too
        return self.url

    def _url(self, name: str) -> str:
        return f"http://[{name}]:{self.port}" if ":" in name else f"http://{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """The listener by which a request came in, if there are two.

    Attributes:
        is_control: Whether it is the control API's.
        here: The listener.
        there: The other one.
    """

    is_control: bool
    here: Listener
    there: Listener

    def mark(self, app: ASGIApp) -> ASGIApp:
        """Return the application for requests that arrive here."""

        async def marked(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_ARRIVAL] = self
            await app(scope, receive, send)

        return marked


def arrival_of(scope: Scope) -> Arrival | None:
    """Return how a request came in; None if there is one address for all."""
    return scope.get(_ARRIVAL)


def providers_url(scope: Scope, host: str) -> str:
    """Return the URL of the providers, for a client that called with this `Host`."""
    return _url(scope, host, control=False)


def control_url(scope: Scope, host: str) -> str:
    """Return the URL of the control API, for a client that called with this `Host`."""
    return _url(scope, host, control=True)


def _url(scope: Scope, host: str, *, control: bool) -> str:
    arrival = arrival_of(scope)
    if arrival is None or arrival.is_control is control:
        return f"{scope['scheme']}://{host or 'localhost'}"
    return arrival.there.url_beside(arrival.here, host)
