"""What a part of the text is that should have been a JSON object."""

from __future__ import annotations

from emulator.core.json_text import RepeatedMember, any_value, read_object
from emulator.schemes.jws.make import is_compact
from emulator.schemes.jws.mistakes.signed_texts import from_any_base64


def _json_string(payload: bytes) -> str:
    try:
        value: object = any_value(payload.decode("utf-8"))
    except (RecursionError, ValueError):
        return ""
    return value if isinstance(value, str) else ""


def is_encoded_twice(payload: bytes) -> bool:
    """Tell whether a part is a JSON text with JSON inside."""
    try:
        return bool(read_object(_json_string(payload).encode("utf-8")))
    except ValueError:
        return False


def is_signed_twice(payload: bytes) -> bool:
    """Tell whether a part is a JWS itself."""
    return is_compact(_json_string(payload)) or is_compact(payload.decode("utf-8", "replace"))


def is_base64_json(payload: bytes) -> bool:
    """Tell whether a part is Base64 of JSON."""
    try:
        return bool(read_object(from_any_base64(payload)))
    except ValueError:
        return False


def has_member_twice(raw: bytes) -> bool:
    """Tell whether a member occurs twice."""
    try:
        read_object(raw)
    except RepeatedMember:
        return True
    except ValueError:
        return False
    return False


def is_object(data: bytes) -> bool:
    """Tell whether a part is a JSON object."""
    try:
        read_object(data)
    except ValueError:
        return False
    return True
