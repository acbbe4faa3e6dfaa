"""What an operation asks for, step by step: a request, a pause, a part that runs alone.

An operation is a generator. It does no input or output: it yields a step, and the client that runs
it sends back the outcome.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from emulator.client.core.answer import Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to make.

    Attributes:
        method: Upper-case.
        url: A path below the client's base URL, or a whole URL.
        headers: Header names and values.
        content: The body.
        params: Query parameters.
        timeout: Seconds; the client's if None.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    content: bytes = field(default=b"", repr=False)
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout: float | None = None

    def with_headers(self, headers: Mapping[str, str]) -> Call:
        """Return the same request with these headers besides its own."""
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for a while.

    Attributes:
        seconds: How long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Alone(Generic[T]):
    """Run these steps while no other `Alone` of the same client runs: a token's renewal."""

    steps: Steps[T]


Steps = Generator["Call | Pause | Alone[Any]", Any, T]
"""What an operation is: it yields what to do, and returns its result."""


def send(call: Call) -> Steps[Answer]:
    """Send one request and return its answer."""
    answer: Answer = yield call
    return answer
