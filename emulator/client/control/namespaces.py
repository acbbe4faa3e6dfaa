"""The namespaces of a server."""

from __future__ import annotations

from typing import Any

from emulator.client.control.server import ControlResource, ServerT, named
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps


class Namespaces(ControlResource[ServerT]):
    """The namespaces that are in use; one exists from its first use."""

    @operation(safe=True)
    def list(self) -> Steps[dict[str, Any]]:
        """Return those in use."""
        return (yield from self._server.ask("GET", "/namespaces", dict[str, Any]))

    @operation
    def remove(self, name: str) -> Steps[None]:
        """Forget a namespace with all that is in it.

        Args:
            name: Its name.

        Raises:
            ControlError: There is none of this name.
        """
        yield from self._server.ask("DELETE", f"/namespaces/{named('name', name)}", dict[str, Any])
