"""A running emulator: its namespaces, and the path of a request through one of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from emulator.runtime import serve
from emulator.runtime.equipment import Equipment
from emulator.runtime.namespace import DEFAULT_NAMESPACE, Namespace
from emulator.runtime.namespaces import Namespaces
from emulator.schemes import mistakes

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange, Request
    from emulator.provider import Provider

_SETTLED_SECONDS = 0.5


class Runtime(Equipment):
    """All providers, ready to answer; `Equipment` says what it is made with.

    Attributes:
        all_namespaces: What makes namespaces, and forgets them.
    """

    def begin(self) -> None:
        """Make the first namespace.

        Raises:
            ConfigurationError: If a setting or credential is wrong.
        """
        self.all_namespaces = Namespaces(
            lambda name: Namespace(name, self, self._is_there),
            self.log_line,
            self.limits.namespaces,
            self.namespace_ttl,
            is_full=lambda: self.engine.size() > self.limits.state_bytes,
        )
        self.namespace(DEFAULT_NAMESPACE).prepare()

    async def serve(
        self, namespace: Namespace, provider: Provider[Any], request: Request
    ) -> Exchange:
        """Answer one request; it never raises, and the exchange is in the journal."""
        with namespace.busy():
            return await serve.serve(self, namespace, provider, request)

    async def get_ready_to_refuse(self) -> None:
        """Load what names mistakes once the server is up, so that no refusal has to wait for it."""
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(_SETTLED_SECONDS)
            await asyncio.get_running_loop().run_in_executor(self.searcher, mistakes.load)

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

    async def close(self) -> None:
        """Give up webhooks that have not been sent."""
        for namespace in self.namespaces:
            await namespace.close()
        await asyncio.gather(*self.finishing, return_exceptions=True)

    def _is_there(self, name: str) -> bool:
        return self.all_namespaces.find(name) is not None
