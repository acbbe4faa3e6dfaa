"""The members of a decrypted payload, and how a wrong one is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.core.errors import FailureMode
from emulator.provider import Refusal
from emulator.providers.gestopago import failures
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.sales import member_hints

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def read_number(payload: Mapping[str, Any], name: str) -> int:
    """Return an id, which may be a number or text.

    Raises:
        Refusal: `technical`.
    """
    value = payload.get(name)
    if value is None:
        raise missing(name, payload)
    lexeme = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(lexeme, str) or not _NUMBER.fullmatch(lexeme):
        raise malformed(name, "a whole number", value, member_hints.number(name, value))
    return int(lexeme)


def required_text(payload: Mapping[str, Any], name: str) -> str:
    """Return a member that must be there as text.

    Raises:
        Refusal: `technical`.
    """
    value = optional_text(payload, name)
    if value is None:
        raise missing(name, payload)
    return value


def optional_text(payload: Mapping[str, Any], name: str) -> str | None:
    """Return a member as text; None where it is absent or null. A number becomes text."""
    value = payload.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise malformed(name, "a string", value, member_hints.text(name, value))


def missing(name: str, payload: Mapping[str, Any]) -> Refusal:
    """Refuse a payload that lacks a member."""
    return refusal(
        "technical",
        failures.PAYLOAD_FIELD_MISSING,
        f"signed.{name}",
        expected=name,
        received=", ".join(sorted(payload)) or "an empty object",
        hint=member_hints.missing(name, payload),
    )


def malformed(name: str, expected: str, value: object, hint: str) -> Refusal:
    """Refuse a member of a wrong type or form."""
    return refusal(
        "technical",
        failures.PAYLOAD_FIELD,
        f"signed.{name}",
        expected=expected,
        received=told(value),
        hint=hint,
    )


def told(value: object) -> str:
    """Return a member's value as text."""
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    try:
        return json.dumps(value)
    except RecursionError:  # the reader had more of the stack free
        return "a deeply nested value"


def refusal(error: str, mode: FailureMode, where: str, **told: Any) -> Refusal:
    """Make a refusal of the provider's catalogue."""
    return Refusal(ERRORS[error], mode.diagnose(where, **told))
