"""What the checks of webhooks share: reading the body, and the error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.client.core.answer import as_object
from emulator.client.core.errors import WebhookError
from emulator.core.errors import Diagnosis
from emulator.core.json_text import loads


def refused(diagnosis: Diagnosis) -> WebhookError:
    """Return the error that says why a webhook cannot be trusted."""
    return WebhookError(diagnosis.summary, diagnosis=diagnosis)


def raw(body: bytes | str) -> bytes:
    """Return a body as bytes; a lone surrogate becomes a question mark."""
    return body.encode("utf-8", "replace") if isinstance(body, str) else bytes(body)


def json_object(body: bytes | str) -> dict[str, Any]:
    """Return the JSON object of a webhook; an empty one where it holds none."""
    try:
        return as_object(loads(raw(body)))
    except ValueError:
        return {}


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header by its name in any case; empty where it is missing."""
    return next((value for each, value in headers.items() if each.lower() == name), "")
