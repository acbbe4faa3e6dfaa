"""What a scenario can damage: the signature, 64 hex digits in the header Authorization."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.core.errors import SchemeError
from emulator.provider import CREDENTIALS, Part, Remake
from emulator.providers.pagsmile.credentials import APPS
from emulator.schemes import sorted_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.provider import Changes, Context
    from emulator.providers.pagsmile.settings import Settings

_NAME = "authorization"


def _read(message: Any) -> bytes | None:
    found = next((value for name, value in message.headers if name == _NAME), "")
    return found.encode("latin-1", "replace") or None


def _write(message: Any, raw: bytes | None) -> Any:
    if _read(message) is None:
        return message
    headers = list(message.headers)
    # Taken out, all of them are: what is refused for having two must not get by with one.
    left = [header for header in headers if header[0] != _NAME]
    if raw is not None:
        at = next(index for index, header in enumerate(headers) if header[0] == _NAME)
        left = [*headers[:at], (_NAME, raw.decode("latin-1")), *headers[at + 1 :]]
    return replace(message, headers=type(message.headers)(left))


def _signed_by_another(in_force: Callable[[Changes], str]) -> Remake:
    def remake(message: Any, credential: str, context: Context[Settings]) -> Any:
        app = context.store.table(CREDENTIALS).get(credential)
        if app is None:
            return message
        # Not the rogue key where a scenario makes it the right one: it must be a wrong one.
        name = "next" if in_force(context.changes) == "rogue" else "rogue"
        key = APPS.rekeyed(app, name, context.keys)["app_key"]
        try:
            signature = sorted_digest.signature(sorted_digest.parse(message.body), key)
        except SchemeError:  # what cannot be read has no signature
            return message
        return _write(message, signature.encode("ascii"))

    return remake


def _signature(in_force: Callable[[Changes], str]) -> Part:
    return Part(_read, _write, "hex", remake={"wrong_key": _signed_by_another(in_force)})


PARTS = {
    "request.signature": _signature(lambda changes: changes.verify_with),
    "webhook.signature": _signature(lambda changes: changes.sign_with),
}
"""By their names in scenario files."""
