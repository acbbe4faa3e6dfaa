"""One HTTP request: its body in time, and the errors of the HTTP library in our own words."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emulator.client.core.answer import Answer
from emulator.client.core.errors import (
    ClientTimeoutError,
    ConfigurationError,
    TransportError,
    UnreadableAnswerError,
)
from emulator.core.hosts import host_of, is_near

if TYPE_CHECKING:
    import httpx2

    from emulator.client.core.steps import Call

MOST_BYTES = 32 * 1024 * 1024
"""The largest answer that is read."""


class Body:
    """Collects the body of an answer that must be there in time, and not too large."""

    def __init__(self, timeout: float) -> None:
        self._until = time.monotonic() + timeout
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > MOST_BYTES:
            raise UnreadableAnswerError(f"the answer is larger than {MOST_BYTES} bytes")
        if time.monotonic() > self._until:
            raise ClientTimeoutError("the answer did not end in time")

    def answer(self, response: httpx2.Response) -> Answer:
        """Return the whole answer."""
        headers: dict[str, str] = {}
        for name, value in response.headers.multi_items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Answer(response.status_code, headers, b"".join(self._chunks))


@contextmanager
def translated(call: Call) -> Generator[None]:
    """Handling the errors of the HTTP library into those of the client."""
    import httpx2

    before_sending = (
        httpx2.ConnectError,
        httpx2.ConnectTimeout,
        httpx2.PoolTimeout,
        httpx2.UnsupportedProtocol,
        httpx2.LocalProtocolError,
        httpx2.ProxyError,
    )
    where = f"{call.method} {call.url}"
    try:
        yield
    except httpx2.TimeoutException as error:
        told = f"no answer in time to {where} ({_words(error)})"
        raise ClientTimeoutError(told, sent=not isinstance(error, before_sending)) from error
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise ConfigurationError(f"{where} cannot be sent: {_words(error)}") from error
    except httpx2.DecodingError as error:
        told = f"the answer to {where} cannot be decompressed"
        raise UnreadableAnswerError(told) from error
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        told = f"no answer to {where}: {_words(error)}"
        raise TransportError(told, sent=not isinstance(error, before_sending)) from error


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def takes_proxies(base_url: str) -> bool:
    """Tell whether the environment's proxies are for this address: none leads to this machine."""
    return not is_near(host_of(base_url))
