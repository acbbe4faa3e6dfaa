"""What a scenario can damage: the signature, 64 hex digits in a header."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.provider import Part
from emulator.providers.acme.auth import SIGNATURE


def _read(message: Any) -> bytes | None:
    found = dict(message.headers).get(SIGNATURE)
    return None if found is None else found.encode("latin-1")


def _write(message: Any, raw: bytes | None) -> Any:
    if _read(message) is None:
        return message
    kept = [header for header in message.headers if header[0] != SIGNATURE]
    if raw is not None:
        kept.append((SIGNATURE, raw.decode("latin-1")))
    return replace(message, headers=type(message.headers)(kept))


PARTS = {
    "request.signature": Part(_read, _write, "hex"),
    "webhook.signature": Part(_read, _write, "hex"),
}
