"""How the bytes of a part are damaged: in what they mean, and not in how they are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from emulator.core.json_text import loads
from emulator.provider import Part
from emulator.schemes.encoding import from_base64, from_base64url, to_base64, to_base64url

_FOREIGN = b"!"
"""In no alphabet of Base64, and allowed in a header, a form and a JSON string."""


def spoiled_part(part: Part, sent: bytes, how: str, size: int | None, draw: float) -> bytes | None:
    """Return the part as it is to stand on the wire; None where it cannot be damaged so."""
    match how:
        case "uppercase":
            return sent.upper()
        case "not_base64":
            place = int(draw * len(sent))
            return sent[:place] + _FOREIGN + sent[place + 1 :] if sent else None
        case _:
            raw = _decoded(sent, part)
            spoiled = _SPOIL[how](raw, size, draw) if raw and how in _SPOIL else None
            return None if spoiled is None else _encoded(spoiled, part, sent)


def _decoded(sent: bytes, part: Part) -> bytes | None:
    """Return the bytes that a part writes; None if they are not written so."""
    try:
        match part.encoding:
            case "plain":
                return sent
            case "base64":
                return from_base64(sent.decode("ascii"))
            case "base64url":
                return from_base64url(sent.decode("ascii"))
            case "hex":
                return bytes.fromhex(sent.decode("ascii"))
    except ValueError:
        return None


def _encoded(raw: bytes, part: Part, before: bytes) -> bytes:
    match part.encoding:
        case "plain":
            return raw
        case "base64":
            return to_base64(raw).encode()
        case "base64url":
            return to_base64url(raw).encode()
        case "hex":
            text = raw.hex().encode()
            return text.upper() if before == before.upper() else text


def _flip_bit(raw: bytes, _size: int | None, draw: float) -> bytes:
    """Flip the drawn bit; or the next that leaves a visible character one, so a text stays one."""
    count = 8 * len(raw)
    first = int(draw * count)
    for bit in (*range(first, count), *range(first)):
        old = raw[bit // 8]
        new = old ^ 1 << bit % 8
        if not 0x20 <= old < 0x7F or 0x20 < new < 0x7F:
            return raw[: bit // 8] + bytes([new]) + raw[bit // 8 + 1 :]
    raise AssertionError("every byte has such a bit")


def _truncate(raw: bytes, size: int | None, _draw: float) -> bytes:
    return raw[: -(size or 1)]


def _zero(raw: bytes, size: int | None, _draw: float) -> bytes:
    kept = raw[: -min(size or len(raw), len(raw))]
    return kept + bytes(len(raw) - len(kept))


def _duplicate_keys(raw: bytes, _size: int | None, _draw: float) -> bytes | None:
    """Write the first member once more, at the end, where most readers take it."""
    try:
        members: object = loads(raw)
    except ValueError:
        return None
    if not isinstance(members, dict) or not members:
        return None
    name, value = next(iter(cast(dict[str, Any], members).items()))
    head, _, tail = raw.rpartition(b"}")
    return head + b"," + _json(name) + b":" + _json(_another(value)) + b"}" + tail


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1 if value < 10**9 else 1
        case str():
            return f"{value}0"
        case None:
            return 0
        case _:
            return None


_SPOIL: Mapping[str, Callable[[bytes, int | None, float], bytes | None]] = {
    "flip_bit": _flip_bit,
    "truncate": _truncate,
    "zero": _zero,
    "duplicate_keys": _duplicate_keys,
}
