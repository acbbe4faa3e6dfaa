"""An endpoint, and the two functions it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Exchange, Reply
from emulator.provider.context import Context

NOT_FOUND = FailureMode(
    "request.not-found",
    "The provider has no such endpoint",
    Source("emulator", "transport", Standing.CHOSEN),
)


Authenticate = Callable[[Exchange, Context[Any]], None]
"""Checks who signs. Sets `exchange.credential` as soon as it is known and `exchange.payload` to
the decrypted or verified message; raises `Refusal`. Changes no state: it may be called twice."""

Handle = Callable[[Exchange, Context[Any]], Reply]
"""Does the work of an endpoint, once; raises `Refusal` where a business rule says no."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of a provider.

    Attributes:
        name: Its name in scenarios and in the journal.
        methods: HTTP methods it takes.
        paths: Path templates below the base URL, such as `/api/session/{request_id}`.
        handle: Does the work.
        authenticate: Checks the request; the provider's own check if None.
        source: How we know of it.
        for_browsers: Whether it is the payer's: web pages may call it, under any name.
    """

    name: str
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    handle: Handle
    source: Source
    authenticate: Authenticate | None = None
    for_browsers: bool = False
