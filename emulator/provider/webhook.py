"""A message to the merchant, before and after it is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Webhook:
    """A message to the merchant that a provider wants sent.

    Attributes:
        event: Its name in scenarios and triggers, such as `qrPagado`.
        url: Where to.
        content: The message, before it is sealed.
        credential: Whose it is.
        mode: How it is sealed, where the provider has several ways.
        withheld: Why it is not sent, and what to do about it, where the settings say so; it is
            entered and told of all the same.
    """

    event: str
    url: str
    content: dict[str, Any]
    credential: str = ""
    mode: str = ""
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook sealed and ready to be sent: what goes over the wire."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
