"""The credentials a client needs: shown, registered, changed and removed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from emulator.control.call import ControlCall, ControlError, ControlRoute
from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError
from emulator.core.members import Member
from emulator.core.store import Record
from emulator.provider import CURRENT
from emulator.provider.credentials import Credentials, UnknownCredential
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


def show_all(call: ControlCall) -> dict[str, Any]:
    """Show all credentials of a provider, with all their members."""
    name, _ = _provider(call)
    return {"credentials": [_whole(call, each) for each in call.namespace.credentials(name)]}


def add(call: ControlCall) -> dict[str, Any]:
    """Register a further credential in this namespace."""
    name, declared = _provider(call)
    record = call.namespace.register(name, call.json_object())
    return declared.view(record, call.emulator.key_files(name), f"{call.providers_url}/{name}")


def show_one(call: ControlCall) -> dict[str, Any]:
    """Show a credential, with all its members."""
    name, declared = _provider(call)
    with _found():
        return _whole(call, declared.read(_key(call), call.namespace.contexts[name]))


def change(call: ControlCall) -> dict[str, Any]:
    """Change members of a credential; null gives a member its default again."""
    name, _ = _provider(call)
    with _found():
        return _whole(call, call.namespace.change_credential(name, _key(call), call.json_object()))


def remove(call: ControlCall) -> dict[str, Any]:
    """Remove a credential."""
    name, _ = _provider(call)
    with _found():
        call.namespace.remove_credential(name, _key(call))
    return {"removed": _key(call)}


def _provider(call: ControlCall) -> tuple[str, Credentials]:
    name = call.request.path_params["provider"]
    provider = call.emulator.providers.get(name)
    if provider is None:
        known = ", ".join(call.emulator.providers)
        raise ControlError(404, f"there is no provider {name!r}; there are {known}")
    return name, provider.credentials


def _key(call: ControlCall) -> str:
    """Return the key as it was sent: an encoded slash is part of it, and separates nothing."""
    raw: bytes = call.request.scope["raw_path"]
    return unquote_to_bytes(raw.rstrip(b"/").rpartition(b"/")[2]).decode("utf-8", "replace")


def _whole(call: ControlCall, record: Record) -> dict[str, Any]:
    name, declared = _provider(call)
    return declared.whole(record, call.emulator.key_files(name), f"{call.providers_url}/{name}")


def _schema(emulator: Runtime) -> dict[str, Any]:
    """Return the JSON Schema of a credential: there is one for each provider."""
    providers = emulator.providers.values()
    return {"anyOf": [{"title": each.name, **each.credentials.schema()} for each in providers]}


@contextmanager
def _found() -> Generator[None]:
    """Answer 404 where there is no such credential."""
    try:
        yield
    except UnknownCredential as error:
        raise ControlError(404, str(error)) from error


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
        "GET", "/credentials/{provider}", show_all, "All credentials of a provider, in full"
    ),
    ControlRoute(
        "POST",
        "/credentials/{provider}",
        add,
        "Register a further credential in this namespace",
        body="The credential, with the members `GET /credentials` shows, and `status`",
        schema=_schema,
    ),
    ControlRoute("GET", "/credentials/{provider}/{key}", show_one, "One credential, in full"),
    ControlRoute(
        "PATCH",
        "/credentials/{provider}/{key}",
        change,
        "Change members of a credential; the one that names it stays",
        body="The members that change; null gives a member its default again",
    ),
    ControlRoute("DELETE", "/credentials/{provider}/{key}", remove, "Remove a credential"),
)
