"""The names of fields: each is allowed once, and a diagnosis shows only plain ones."""

from __future__ import annotations

import re
from collections.abc import Iterable

from emulator.core.errors import SchemeError
from emulator.core.messages import Message
from emulator.providers.gestopago.form.failures import DUPLICATE_FIELD

MAX_FIELDS = 1_000
_NAME = re.compile(r"\w{1,40}")


def names_of(fields: Iterable[str]) -> str:
    """Return the names of fields for a diagnosis; an odd name may be a secret and is not shown."""
    shown = (name if _NAME.fullmatch(name) else "(no name)" for name in sorted(fields))
    return ", ".join(shown) or "no field"


def unique(fields: Iterable[tuple[str, str]], where: str) -> dict[str, str]:
    """Return the fields; refuse a name that comes twice.

    Raises:
        SchemeError: `gestopago.duplicate-field`.
    """
    found: dict[str, str] = {}
    for name, value in fields:
        if name in found:
            raise SchemeError(
                DUPLICATE_FIELD.diagnose(
                    f"{where}.{names_of((name,))}",
                    expected="each field once",
                    received="twice",
                    hint=Message("Send the field once"),
                )
            )
        found[name] = value
    return found
