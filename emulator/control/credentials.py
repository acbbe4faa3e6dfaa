"""The credentials a client needs, and more of them."""

from __future__ import annotations

from typing import Any

from emulator.control.call import ControlCall, ControlError, ControlRoute
from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError
from emulator.core.members import Member
from emulator.provider import CURRENT
from emulator.runtime.namespace import Namespace
from emulator.runtime.runtime import Runtime


def view(
    emulator: Runtime, namespace: Namespace, root_url: str, key: str = CURRENT
) -> dict[str, dict[str, Any]]:
    """Return, per provider, everything a client needs.

    Args:
        emulator: The emulator.
        namespace: Whose credentials.
        root_url: The address of the emulator, or of the namespace.
        key: Which of the client's keys: the right one, or the one of this name that a scenario's
            `verify_with` asks for; only the providers that have it are shown then.

    Raises:
        ConfigurationError: If no provider has a key of this name.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, provider in emulator.providers.items():
        record, files = namespace.credentials(name)[0], emulator.key_files(name)
        if key != CURRENT and key not in provider.credentials.key_names:
            continue
        found[name] = provider.credentials.view(record, files, f"{root_url}/{name}", key)
    if not found:
        known = sorted(
            {key for each in emulator.providers.values() for key in each.credentials.key_names}
        )
        raise ConfigurationError(f"no provider has a key {key[:80]!r}{nearest(key[:80], known)}")
    return found


def show(call: ControlCall) -> dict[str, dict[str, Any]]:
    """Show what a client needs."""
    key = call.query.get("key", CURRENT)
    return view(call.emulator, call.namespace, call.providers_url, key)


def add(call: ControlCall) -> dict[str, Any]:
    """Register a further credential in this namespace."""
    name = call.request.path_params["provider"]
    provider = call.emulator.providers.get(name)
    if provider is None:
        known = ", ".join(call.emulator.providers)
        raise ControlError(404, f"there is no provider {name!r}; there are {known}")
    record = call.namespace.register(name, call.json_object())
    return provider.credentials.view(
        record, call.emulator.key_files(name), f"{call.providers_url}/{name}"
    )


ROUTES = (
    ControlRoute(
        "GET",
        "/credentials",
        show,
        "Everything a client needs, per provider",
        query={
            "key": Member(
                "The client's key that a scenario asks for with verify_with, such as next"
            )
        },
    ),
    ControlRoute(
        "POST",
        "/credentials/{provider}",
        add,
        "Register a further credential in this namespace",
        body="The credential, with the members `GET /credentials` shows, and `status`",
    ),
)
