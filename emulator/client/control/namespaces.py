"""The namespaces of a server."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from emulator.client.control.server import ControlResource, ServerT
from emulator.client.core import checks
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps


class Namespace(TypedDict):
    """A namespace in use."""

    name: str
    requests: NotRequired[int]
    in_use: NotRequired[bool]
    holds: NotRequired[list[str]]
    idle_seconds: NotRequired[float]


class NamespacesInUse(TypedDict):
    """The namespaces in use, the last used first."""

    namespaces: list[Namespace]


NamespaceList = list[Namespace]


class Namespaces(ControlResource[ServerT]):
    """The namespaces that are in use; one exists from its first use."""

    @operation(safe=True)
    def list(self) -> Steps[NamespaceList]:
        """Return those in use, the last used first."""
        found = yield from self._server.ask("GET", "/namespaces", NamespacesInUse)
        return found["namespaces"]

    @operation
    def remove(self, name: str) -> Steps[None]:
        """Forget a namespace with all that is in it.

        Args:
            name: Its name.

        Raises:
            ControlError: There is none of this name.
        """
        yield from self._server.ask(
            "DELETE", f"/namespaces/{checks.segment('name', name)}", dict[str, Any]
        )
