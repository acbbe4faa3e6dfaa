"""The credentials a client needs, and more of them."""

from __future__ import annotations

from typing import Any

from emulator.control.call import ControlCall, ControlError, ControlRoute
from emulator.pipeline import Emulator, Namespace


def view(emulator: Emulator, namespace: Namespace, root_url: str) -> dict[str, dict[str, Any]]:
    """Return, per provider, everything a client needs.

    Args:
        emulator: The emulator.
        namespace: Whose credentials.
        root_url: The address of the emulator, or of the namespace.
    """
    return {
        name: provider.credential_view(
            namespace.credentials(name)[0], emulator.key_files(name), f"{root_url}/{name}"
        )
        for name, provider in emulator.providers.items()
    }


def show(call: ControlCall) -> dict[str, dict[str, Any]]:
    """Show what a client needs."""
    return view(call.emulator, call.namespace, call.root_url)


def add(call: ControlCall) -> dict[str, Any]:
    """Register a further credential in this namespace."""
    name = call.request.path_params["provider"]
    provider = call.emulator.providers.get(name)
    if provider is None:
        known = ", ".join(call.emulator.providers)
        raise ControlError(404, f"there is no provider {name!r}; there are {known}")
    record = call.namespace.register(name, call.json_object())
    return provider.credential_view(
        record, call.emulator.key_files(name), f"{call.root_url}/{name}"
    )


ROUTES = (
    ControlRoute("GET", "/credentials", show, "Everything a client needs, per provider"),
    ControlRoute(
        "POST",
        "/credentials/{provider}",
        add,
        "Register a further credential in this namespace",
        body="The credential, with the members `GET /credentials` shows, and `status`",
    ),
)
