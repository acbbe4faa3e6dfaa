"""Sends webhooks to merchants over HTTP, to an address that `Egress` allows.

One courier serves all namespaces. Slow preparations are made once, when they are first needed, and
not in the event loop: the HTTP library with the first webhook, the TLS settings with the first
`https://`.
"""

from __future__ import annotations

import asyncio
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.request import getproxies, proxy_bypass

from emulator.outbox.delivery import TIMEOUT_SECONDS
from emulator.outbox.egress import Egress
from emulator.provider import Delivery

if TYPE_CHECKING:
    import ssl

    import httpx2


class Courier:
    """Sends webhooks.

    Args:
        egress: Decides which addresses are allowed.
    """

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._loaded = False
        self._tls: ssl.SSLContext | None = None
        self._making = Lock()

    async def send(self, url: str, delivery: Delivery) -> tuple[int, bytes]:
        """Send a webhook; return the status and the beginning of the body.

        Redirects are not followed. The proxies of the environment are used for public names only.
        The time limit is for the whole call; that of a library starts again with every byte.
        """
        async with asyncio.timeout(TIMEOUT_SECONDS):
            if not self._loaded:
                await asyncio.to_thread(_load)
                self._loaded = True
            from emulator.outbox import outgoing

            where = outgoing.parse(url)
            tls = await self._tls_settings() if where.scheme == "https" else None
            if proxy := self._proxy(where):
                tls = await self._tls_settings()  # otherwise the library makes its own
                return await outgoing.post_by_proxy(proxy, where, delivery, tls)
            return await outgoing.post(where, delivery, tls, self._egress)

    def _proxy(self, url: httpx2.URL) -> str:
        """Return the proxy of the environment for a public name, if there is one."""
        if self._egress.guess(url.host) != "public" or proxy_bypass(url.host):
            return ""
        proxies = getproxies()
        found = proxies.get(url.scheme) or proxies.get("all") or ""
        return found if "://" in found or not found else f"http://{found}"

    async def _tls_settings(self) -> ssl.SSLContext:
        return self._tls or await asyncio.to_thread(self._make_tls_settings)

    def _make_tls_settings(self) -> ssl.SSLContext:
        from emulator.outbox import outgoing

        with self._making:
            if self._tls is None:
                self._tls = outgoing.tls_settings()
            return self._tls


def _load() -> ModuleType:
    from emulator.outbox import outgoing

    return outgoing
