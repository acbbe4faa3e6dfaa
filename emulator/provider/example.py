"""A request that shows something: one in order, or one spoiled in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.core.exchange import Request
from emulator.provider.context import Context


@dataclass(frozen=True, slots=True)
class Example:
    """A request that shows something: one in order, or one spoiled in one way.

    Attributes:
        name: Unique within the provider.
        endpoint: Name of the endpoint it is for.
        build: Makes the request, given the provider's context and the examples' own clock.
        code: The diagnosis code it meets; empty if it is accepted.
        after: Examples to be sent before it, in order.
        warnings: Codes of the warnings that the journal then shows beside it.
    """

    name: str
    endpoint: str
    build: Callable[[Context[Any]], Request]
    code: str = ""
    after: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
