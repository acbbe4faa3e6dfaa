"""What a diagnosis may show of what was sent."""

from __future__ import annotations

import json

MASKED = "(the secret itself, masked)"
"""Stands where a secret would be shown."""


def shown(value: object) -> str:
    """Return `value` as JSON text fit for a diagnosis: encodable, private keys masked."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return f"({type(value).__name__})"
    if "PRIVATE KEY" in text:
        return MASKED
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
