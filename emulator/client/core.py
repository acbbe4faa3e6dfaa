"""What all clients share: an operation is a generator, and one runner drives it in each world.

A method of a client is written once, without input or output of its own: it yields a `Call` and
is sent the `Response`, so the same code serves the blocking and the asynchronous class, the
network and an application in this process::

    def _create_session(self, reference: str) -> Operation[dict[str, Any]]:
        response = yield self._call("POST", "/api/session", json={"reference": reference})
        return self._accepted(response)

The clients know the schemes and no provider's code; so what they sign is checked by code they
do not share beyond the schemes themselves, which vectors and other languages prove.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast
from urllib.parse import urlsplit

import httpx2

from emulator.core.errors import Diagnosis, EmulatorError, Hint
from emulator.core.hosts import host_of, is_near

T = TypeVar("T")
P = ParamSpec("P")
C = TypeVar("C", bound="Core")

Response = httpx2.Response


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to make.

    Attributes:
        method: Upper-case.
        url: A path below the client's base URL, or a whole URL.
        headers: Header names and values.
        content: The body.
        params: Query parameters.
    """

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""
    params: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Alone(Generic[T]):
    """Run this operation while no other `Alone` of the same client runs: a token's renewal."""

    operation: Operation[T]


Operation = Generator["Call | Alone[Any]", Any, T]


class ClientError(EmulatorError):
    """The provider refused, or answered something that cannot be trusted.

    Attributes:
        response: The provider's answer, whole.
        code: The provider's own code, as text: GestoPago's `CODIGO`, Placetopay's `reason` or the
            number of its failed authentication, Tesabiz' `codReturn`, Goat's and Pagsmile's
            `code`. Empty where the answer has none.
        diagnosis: What the emulator says of it; None from a real provider.
        exchange: Number of the exchange in the emulator's journal; None from a real provider.
    """

    def __init__(
        self, message: str, response: Response, diagnosis: Diagnosis | None, code: str = ""
    ) -> None:
        number = response.headers.get("emulator-exchange")
        super().__init__(f"{message} [{diagnosis}]" if diagnosis else message)
        self.response = response
        self.code = code
        self.diagnosis = diagnosis
        self.exchange = int(number) if number and number.isdecimal() else None

    @property
    def status(self) -> int:
        """HTTP status of the provider's answer."""
        return self.response.status_code


class Core:
    """The part without input and output: base URL, time, errors.

    Args:
        base_url: The real provider's address, or `<emulator>/<provider>`.
        clock: The time to sign with, in seconds since the epoch. Give the emulator's
            `RemoteClock` where a test moves its clock.
    """

    def __init__(self, base_url: str, clock: Callable[[], float]) -> None:
        self.base_url = base_url.rstrip("/")
        self._clock = clock

    def _refused(
        self,
        message: str,
        response: Response,
        code: str = "",
        error: type[ClientError] = ClientError,
    ) -> Operation[Any]:
        """Raise a ClientError, with the emulator's full diagnosis if it is the emulator.

        Args:
            message: What the provider said, in a line.
            response: Its answer.
            code: Its own code; empty if there is none.
            error: Which class to raise.
        """
        diagnosis = None
        if reason := response.headers.get("emulator-diagnosis"):
            diagnosis = Diagnosis(code=reason, summary="")
            number = response.headers.get("emulator-exchange")
            try:
                said = yield Call("GET", f"{self._control_url()}/requests/{number}")
                members = cast(dict[str, Any], said.json()["diagnosis"])
                likely = Hint(members.pop("hint"))
                diagnosis = Diagnosis(**cast(Any, {**members, "source": None}), likely=likely)
            except (httpx2.HTTPError, ValueError, TypeError, KeyError):
                pass  # the code alone will do
        raise error(message, response, diagnosis, code)

    def _control_url(self) -> str:
        parts = urlsplit(self.base_url)
        namespace, mark, _ = parts.path.partition("/_ns/")[2].partition("/")
        prefix = f"/_ns/{namespace}" if mark else ""
        return f"{parts.scheme}://{parts.netloc}{prefix}/_emulator"


class BlockingClient(Core):
    """Runs operations on a blocking HTTP client.

    Args:
        base_url: The real provider's address, or `<emulator>/<provider>`.
        clock: The time to sign with.
        transport: Replaces the network.
        timeout: Seconds for each request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Callable[[], float] = time.time,
        transport: httpx2.BaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock)
        self._http = httpx2.Client(
            transport=transport, timeout=timeout, trust_env=_takes_proxies(base_url)
        )
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def run(self, operation: Operation[T]) -> T:
        """Drive an operation to its result."""
        step: Callable[[], Call | Alone[Any]] = lambda: next(operation)  # noqa: E731
        while True:
            try:
                wanted = step()
            except StopIteration as stop:
                return stop.value
            try:
                if isinstance(wanted, Alone):
                    with self._lock:
                        result: Any = self.run(wanted.operation)
                else:
                    result = self._http.send(_request(self._http, self.base_url, wanted))
            except Exception as error:  # it is the operation's to handle
                step = lambda error=error: operation.throw(error)  # noqa: E731
            else:
                step = lambda result=result: operation.send(result)  # noqa: E731


class AsyncClient(Core):
    """Runs operations on an asynchronous HTTP client.

    Args:
        base_url: The real provider's address, or `<emulator>/<provider>`.
        clock: The time to sign with.
        transport: Replaces the network; `httpx2.ASGITransport(Emulator().app)` for one in
            this process.
        timeout: Seconds for each request.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Callable[[], float] = time.time,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 65.0,
    ) -> None:
        super().__init__(base_url, clock)
        self._http = httpx2.AsyncClient(
            transport=transport, timeout=timeout, trust_env=_takes_proxies(base_url)
        )
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def run(self, operation: Operation[T]) -> T:
        """Drive an operation to its result."""
        step: Callable[[], Call | Alone[Any]] = lambda: next(operation)  # noqa: E731
        while True:
            try:
                wanted = step()
            except StopIteration as stop:
                return stop.value
            try:
                if isinstance(wanted, Alone):
                    async with self._lock:
                        result: Any = await self.run(wanted.operation)
                else:
                    result = await self._http.send(_request(self._http, self.base_url, wanted))
            except Exception as error:  # it is the operation's to handle
                step = lambda error=error: operation.throw(error)  # noqa: E731
            else:
                step = lambda result=result: operation.send(result)  # noqa: E731


def blocking(
    operation: Callable[Concatenate[C, P], Operation[T]],
) -> Callable[Concatenate[C, P], T]:
    """Make a blocking method of an operation."""

    @wraps(operation)
    def method(self: C, *args: P.args, **kwargs: P.kwargs) -> T:
        return cast(BlockingClient, self).run(operation(self, *args, **kwargs))

    return method


def awaitable(
    operation: Callable[Concatenate[C, P], Operation[T]],
) -> Callable[Concatenate[C, P], Coroutine[Any, Any, T]]:
    """Make an asynchronous method of an operation."""

    @wraps(operation)
    async def method(self: C, *args: P.args, **kwargs: P.kwargs) -> T:
        return await cast(AsyncClient, self).run(operation(self, *args, **kwargs))

    return method


class BearerToken:
    """A bearer token that is fetched when first needed and once more when it has expired.

    Args:
        fetch: The operation that gets a token.
        expired: Tells from a response that the token was the reason.
    """

    def __init__(
        self, fetch: Callable[[], Operation[str]], expired: Callable[[Response], bool]
    ) -> None:
        self._fetch = fetch
        self._expired = expired
        self._token = ""

    def send(self, call: Call) -> Operation[Response]:
        """Send `call` with the token; renew the token and repeat it, once, if it has expired."""
        token = self._token or (yield Alone(self._renew("")))
        response: Response = yield _signed(call, token)
        if self._expired(response):
            token = yield Alone(self._renew(token))
            response = yield _signed(call, token)
        return response

    def _renew(self, stale: str) -> Operation[str]:
        """Fetch a token unless another call has replaced `stale` meanwhile."""
        if self._token == stale:
            self._token = yield from self._fetch()
        return self._token


class RemoteClock:
    """The emulator's clock, as a client's `clock`: what it is frozen at or advanced to.

    It reads the scope's time, which is what a right client's watch would show; not the time
    the provider believes, which a scenario may have set wrong on purpose.

    Args:
        emulator_url: Where the control API is, such as `http://127.0.0.1:8900`, or with
            `/_ns/<name>`.
        admin_token: What the server was given as `--admin-token`; by default what
            `EMULATOR_ADMIN_TOKEN` says.
    """

    def __init__(self, emulator_url: str, admin_token: str | None = None) -> None:
        self._url = f"{emulator_url.rstrip('/')}/_emulator/clock"
        token = os.environ.get("EMULATOR_ADMIN_TOKEN", "") if admin_token is None else admin_token
        self._http = httpx2.Client(trust_env=_takes_proxies(emulator_url))
        if token := token.strip():
            self._http.headers = httpx2.Headers([(b"authorization", f"Bearer {token}".encode())])

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return float(self._http.get(self._url).raise_for_status().json()["timestamp"])

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def _signed(call: Call, token: str) -> Call:
    headers = {**call.headers, "authorization": f"Bearer {token}"}
    return Call(call.method, call.url, headers, call.content, call.params)


def _takes_proxies(base_url: str) -> bool:
    """Tell whether the environment's proxies are for this address: none leads to this machine."""
    return not is_near(host_of(base_url))


def _request(http: httpx2.Client | httpx2.AsyncClient, base_url: str, call: Call) -> httpx2.Request:
    return http.build_request(
        call.method,
        base_url + call.url if call.url.startswith("/") else call.url,
        headers=call.headers,
        content=call.content or None,
        params=call.params or None,
    )
