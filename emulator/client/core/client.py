"""What a client is, and the two kinds: blocking and asynchronous."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast

from emulator.client.core import checks
from emulator.client.core.answer import Answer
from emulator.client.core.declaring import check_all, client, option, setting
from emulator.client.core.errors import ConfigurationError
from emulator.client.core.exchange import Body, takes_proxies, translated
from emulator.client.core.steps import Alone, Call, Pause, Steps

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")


@client
class Client:
    """What every client is given."""

    is_async: ClassVar[bool]

    base_url: str = setting("base_url", checks.address)
    timeout: float = option(default=65.0, check=checks.seconds, kw_only=True)
    retries: int = option(default=0, check=checks.repeats, kw_only=True)

    def __post_init__(self) -> None:
        check_all(self)

    def _request(self, http: httpx2.Client | httpx2.AsyncClient, call: Call) -> httpx2.Request:
        if http.is_closed:
            raise ConfigurationError("the client is closed; make a new one")
        return http.build_request(
            call.method,
            self.base_url + call.url if call.url.startswith("/") else call.url,
            headers=dict(call.headers),
            content=call.content or None,
            params=dict(call.params) or None,
            timeout=call.timeout or self.timeout,
        )


@client
class BlockingClient(Client):
    """A client that blocks until the answer is there."""

    is_async = False

    transport: httpx2.BaseTransport | None = option(
        default=None, check=lambda _, value: value, kw_only=True
    )
    sleep: Callable[[float], object] = option(
        default=time.sleep, check=checks.function, kw_only=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        import httpx2

        self._http = httpx2.Client(
            transport=self.transport, timeout=self.timeout, trust_env=takes_proxies(self.base_url)
        )
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def run(self, steps: Steps[T]) -> T:
        """Do what the steps of an operation say, and return its result."""
        outcome: Any = None
        failure: Exception | None = None
        while True:
            try:
                wanted = steps.throw(failure) if failure else steps.send(outcome)
            except StopIteration as stop:
                return cast("T", stop.value)
            outcome, failure = None, None
            try:
                match wanted:
                    case Call():
                        outcome = self._answer(wanted)
                    case Pause():
                        self.sleep(wanted.seconds)
                    case Alone():
                        with self._lock:
                            outcome = self.run(wanted.steps)
            except Exception as error:  # it is the operation's to handle
                failure = error

    def _answer(self, call: Call) -> Answer:
        with translated(call):
            body = Body(call.timeout or self.timeout)
            response = self._http.send(self._request(self._http, call), stream=True)
            try:
                for chunk in response.iter_bytes():
                    body.add(chunk)
            finally:
                response.close()
            return body.answer(response)


@client
class AsyncClient(Client):
    """A client whose methods are awaited."""

    is_async = True

    transport: httpx2.AsyncBaseTransport | None = option(
        default=None, check=lambda _, value: value, kw_only=True
    )
    sleep: Callable[[float], Awaitable[object]] = option(
        default=asyncio.sleep, check=checks.function, kw_only=True
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        import httpx2

        self._http = httpx2.AsyncClient(
            transport=self.transport, timeout=self.timeout, trust_env=takes_proxies(self.base_url)
        )
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def run(self, steps: Steps[T]) -> T:
        """Do what the steps of an operation say, and return its result."""
        outcome: Any = None
        failure: Exception | None = None
        while True:
            try:
                wanted = steps.throw(failure) if failure else steps.send(outcome)
            except StopIteration as stop:
                return cast("T", stop.value)
            outcome, failure = None, None
            try:
                match wanted:
                    case Call():
                        outcome = await self._answer(wanted)
                    case Pause():
                        await self.sleep(wanted.seconds)
                    case Alone():
                        async with self._lock:
                            outcome = await self.run(wanted.steps)
            except Exception as error:  # it is the operation's to handle
                failure = error

    async def _answer(self, call: Call) -> Answer:
        with translated(call):
            body = Body(call.timeout or self.timeout)
            response = await self._http.send(self._request(self._http, call), stream=True)
            try:
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
            finally:
                await response.aclose()
            return body.answer(response)
