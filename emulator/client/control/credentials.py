"""The credentials of a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from emulator.client.control.server import ControlResource, ServerT
from emulator.client.core import checks
from emulator.client.core.errors import ConfigurationError
from emulator.client.core.names import did_you_mean
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps

Credential = dict[str, Any]
"""What a client needs; `Placetopay.from_credentials` and its like take it."""


CredentialList = list[Credential]


class Registered(TypedDict):
    """The credentials of a provider."""

    credentials: list[dict[str, Any]]


class Credentials(ControlResource[ServerT]):
    """The credentials of the providers. Registrations survive a reset."""

    @operation(safe=True)
    def list(self, *, key: str | None = None) -> Steps[dict[str, Credential]]:
        """Return, per provider, everything that a client needs.

        Args:
            key: The client's key that a scenario asks for with verify_with, such as `next`.
        """
        return (
            yield from self._server.ask(
                "GET", "/credentials", cast("type[dict[str, Credential]]", dict), query={"key": key}
            )
        )

    @operation(safe=True)
    def of(self, provider: str) -> Steps[Credential]:
        """Return what a client of one provider needs.

        Args:
            provider: Such as `placetopay`.

        Raises:
            ConfigurationError: The server has no such provider.
        """
        found = yield from self._server.ask("GET", "/credentials", dict[str, Any])
        if provider not in found:
            wrong = f"the server does not have it{did_you_mean(provider, found)}"
            raise ConfigurationError(wrong, argument="provider")
        return cast("Credential", found[provider])

    @operation
    def register(self, provider: str, members: Mapping[str, Any]) -> Steps[Credential]:
        """Register a further credential in this namespace.

        Args:
            provider: Such as `placetopay`.
            members: Such as `{"login": "site-ec", "secretKey": "s3cr3t", "country": "EC"}`.

        Returns:
            What a client needs, `base_url` too.

        Raises:
            ControlError: A member is missing or wrong.
        """
        path = f"/credentials/{checks.segment('provider', provider)}"
        return (yield from self._server.ask("POST", path, dict[str, Any], content=dict(members)))

    @operation(safe=True)
    def all(self, provider: str) -> Steps[CredentialList]:
        """Return all credentials of a provider, each with all its members.

        Args:
            provider: Such as `placetopay`.

        Raises:
            ControlError: The server has no such provider.
        """
        path = f"/credentials/{checks.segment('provider', provider)}"
        return (yield from self._server.ask("GET", path, Registered))["credentials"]

    @operation(safe=True)
    def get(self, provider: str, key: str) -> Steps[Credential]:
        """Return one credential, with all its members.

        Args:
            provider: Such as `placetopay`.
            key: What names it there, such as the login.

        Raises:
            ControlError: There is none.
        """
        return (yield from self._server.ask("GET", _path(provider, key), dict[str, Any]))

    @operation
    def change(self, provider: str, key: str, members: Mapping[str, Any]) -> Steps[Credential]:
        """Change members of a credential.

        Args:
            provider: Such as `placetopay`.
            key: What names it there, such as the login.
            members: Those that change, such as `{"status": "inactive"}`. None gives a member its
                default again.

        Raises:
            ControlError: There is none, or a member is wrong.
        """
        content = dict(members)
        path = _path(provider, key)
        return (yield from self._server.ask("PATCH", path, dict[str, Any], content=content))

    @operation
    def remove(self, provider: str, key: str) -> Steps[None]:
        """Remove a credential.

        Args:
            provider: Such as `placetopay`.
            key: What names it there, such as the login.

        Raises:
            ControlError: There is none.
        """
        yield from self._server.ask("DELETE", _path(provider, key), dict[str, Any])


def _path(provider: str, key: str) -> str:
    return f"/credentials/{checks.segment('provider', provider)}/{checks.segment('key', key)}"
