"""What a scenario can damage: the segments of the JWS that a body has as its `payload`.

A segment taken out leaves its dot, so that what is left of an unsigned JWS is `header.payload.`
(RFC 7515, appendix A.5).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.core.json_text import read_object
from emulator.provider import Part, Remake
from emulator.providers.tesabiz.credentials import MERCHANT_KEYS
from emulator.providers.tesabiz.sealing import SIGNING_KEYS, load_private_key
from emulator.schemes import jws
from emulator.schemes.encoding import to_base64url

if TYPE_CHECKING:
    from emulator.provider import Context
    from emulator.providers.tesabiz.settings import Settings

_HEADER, _PAYLOAD, _SIGNATURE = range(3)


def _segments(message: Any) -> list[str] | None:
    """Return the three segments; None where the body has no JWS."""
    try:
        token = read_object(message.body).get("payload")
    except ValueError:
        return None
    if not isinstance(token, str) or not token.isascii() or token.count(".") != 2:
        return None
    return token.split(".")


def _with(message: Any, segments: list[str]) -> Any:
    envelope = {**read_object(message.body), "payload": ".".join(segments)}
    try:
        body = json.dumps(envelope, separators=(",", ":")).encode("ascii")
    except RecursionError:  # nested as deep as it can just be read
        return message
    return replace(message, body=body)


def _segment(index: int, remake: dict[str, Remake] | None = None) -> Part:
    def read(message: Any) -> bytes | None:
        segments = _segments(message)
        return segments[index].encode("ascii") or None if segments else None

    def write(message: Any, raw: bytes | None) -> Any:
        segments = _segments(message)
        if segments is None or not segments[index]:
            return message
        segments[index] = (raw or b"").decode("ascii", "replace")
        return _with(message, segments)

    holds_json = index != _SIGNATURE
    return Part(read, write, "base64url", holds_json=holds_json, remake=remake or {})


def _signed_by(stem: Callable[[Context[Settings]], str]) -> Remake:
    """Return what signs a message again, with the key file whose stem is given."""

    def remake(message: Any, _credential: str, context: Context[Settings]) -> Any:
        segments = _segments(message)
        if segments is None:
            return message
        key = load_private_key(context.keys.text(f"{stem(context)}.key.pem"))
        signing_input = ".".join(segments[:_SIGNATURE]).encode("ascii")
        segments[_SIGNATURE] = to_base64url(jws.RS256.sign(signing_input, key))
        return _with(message, segments)

    return remake


# Not the rogue key where a scenario makes it the right one: it must be a wrong one.


def _strange_merchant(context: Context[Settings]) -> str:
    return MERCHANT_KEYS["next" if context.changes.verify_with == "rogue" else "rogue"]


def _strange_provider(context: Context[Settings]) -> str:
    return SIGNING_KEYS["next" if context.changes.sign_with == "rogue" else "rogue"]


_BY_STRANGER: dict[str, Remake] = {"wrong_key": _signed_by(_strange_provider)}

PARTS = {
    "request.jws.payload": _segment(_PAYLOAD),
    "request.jws.signature": _segment(_SIGNATURE, {"wrong_key": _signed_by(_strange_merchant)}),
    "response.jws.header": _segment(_HEADER),
    "response.jws.payload": _segment(_PAYLOAD),
    "response.jws.signature": _segment(_SIGNATURE, _BY_STRANGER),
    "webhook.jws.payload": _segment(_PAYLOAD),
    "webhook.jws.signature": _segment(_SIGNATURE, _BY_STRANGER),
}
"""By their names in scenario files."""
