"""One HTTP request to an allowed address; the answer is limited.

Head and body of the merchant's answer are read in small pieces, up to a limit. No content coding is
asked for or decoded.
"""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any, cast

import httpcore2
import httpx2

from emulator.core.errors import EmulatorError
from emulator.core.version import __version__
from emulator.outbox.egress import Egress
from emulator.provider import Delivery

ANSWER_LIMIT = 64 * 1024
"""Bytes of a merchant's body that are read; the rest is ignored."""
_WIRE_LIMIT = 256 * 1024
"""Bytes that are read in all, with heads and the sizes of chunks."""
_MOST_CHUNKS = 1000
"""Chunks of a body that are read: even a small one takes time."""
_PIECE = 4096
"""Bytes that are read at once; then other work can run."""
_OURS = (
    ("user-agent", f"latam-payment-emulator/{__version__}"),
    ("accept", "*/*"),
    ("accept-encoding", "identity"),
    ("connection", "close"),
)


class EndlessAnswerError(EmulatorError):
    """A merchant sends more than an answer needs."""


def parse(url: str) -> httpx2.URL:
    """Read a URL."""
    return httpx2.URL(url)


def tls_settings() -> ssl.SSLContext:
    """Make the TLS settings, which is slow."""
    return httpx2.create_ssl_context()


async def post(
    url: httpx2.URL, delivery: Delivery, tls: ssl.SSLContext | None, egress: Egress
) -> tuple[int, bytes]:
    """Send a webhook; return the status and the beginning of the body.

    Args:
        url: The URL.
        delivery: The webhook.
        tls: The TLS settings, for `https://`.
        egress: Finds the address.
    """
    where = httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    request = httpcore2.Request(
        "POST", where, headers=_headers(url, delivery), content=delivery.body
    )
    connection = httpcore2.AsyncHTTPConnection(
        where.origin, ssl_context=tls, network_backend=_Judged(egress)
    )
    try:
        response = await connection.handle_async_request(request)
        return response.status, await _beginning(response.aiter_stream())
    finally:
        await connection.aclose()


async def post_by_proxy(
    proxy: str, url: httpx2.URL, delivery: Delivery, tls: ssl.SSLContext
) -> tuple[int, bytes]:
    """Send a webhook by a proxy, as `post` does. The proxy finds and judges the address."""
    headers = [*_OURS, *delivery.headers]
    async with (
        httpx2.AsyncClient(proxy=proxy, trust_env=False, verify=tls, timeout=None) as client,
        client.stream("POST", url, content=delivery.body, headers=headers) as response,
    ):
        return response.status_code, await _beginning(response.aiter_raw())


def _headers(url: httpx2.URL, delivery: Delivery) -> list[tuple[str, str]]:
    own = {name.lower() for name, _ in delivery.headers}
    given = [("host", url.netloc.decode("ascii")), *_OURS]
    if url.username or url.password:
        user = b64encode(f"{url.username}:{url.password}".encode()).decode("ascii")
        given.append(("authorization", f"Basic {user}"))
    return [
        *((name, value) for name, value in given if name not in own),
        ("content-length", str(len(delivery.body))),
        *delivery.headers,
    ]


async def _beginning(chunks: AsyncIterator[bytes]) -> bytes:
    body, left = bytearray(), _MOST_CHUNKS
    async with aclosing(cast("Any", chunks)) as pieces:
        async for piece in pieces:
            body += piece
            left -= 1
            if not left or len(body) >= ANSWER_LIMIT:
                break
    return bytes(body[:ANSWER_LIMIT])


class _Judged(httpcore2.AsyncNetworkBackend):
    """Opens connections to allowed addresses only.

    The name is still in the Host header and in the TLS handshake.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._inner: httpcore2.AsyncNetworkBackend = cast("Any", httpcore2.AnyIOBackend)()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of the host that accepts the connection."""
        failure: Exception = httpcore2.ConnectError(host)
        for address in await self._egress.addresses(host):
            try:
                stream = await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
                return _Metered(stream)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure


class _Metered(httpcore2.AsyncNetworkStream):
    """Reads small pieces, to a limit."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = _WIRE_LIMIT

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._left <= 0:
            raise EndlessAnswerError(f"more than {_WIRE_LIMIT} bytes came")
        data = await self._stream.read(min(max_bytes, _PIECE), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _Metered(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
