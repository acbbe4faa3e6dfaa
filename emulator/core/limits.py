"""The limits for each client: the section `[limits]` of the configuration file.

    [limits]
    body_bytes = 4194304
    connections = 200

A request over a limit is refused, and its connection is closed. Nothing waits without an end, and
nothing is kept without a limit. `docs/limits.md` says what a client sees.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from emulator.core.errors import ConfigurationError

MEMBER = "emulator.core.limits"
"""The member of the application's state under which the protocol classes find the `Limits`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a server.

    Attributes:
        head_bytes: Request line and headers; more is a 431.
        headers: Number of headers; more is a 431.
        target_bytes: Path and query; more is a 414.
        body_bytes: The body; more is a 413.
        head_seconds: Time for a head, and for a new connection to begin one; longer is a 408.
        body_seconds: Time for a body; longer is a 408.
        idle_seconds: How long a connection stays open between two requests.
        answer_seconds: How long an answer waits for a client that does not read it.
        connections: Open connections; more get a 503, except for `/_emulator/health`
            and `/_emulator/ready`.
        waits: Calls of the control API that wait, such as `/_emulator/requests/wait`; more get
            a 503.
        namespaces: Namespaces; for one more, the one with the longest time without use is deleted.
        table_bytes: Bytes of records of one kind, such as sessions, in one namespace; the oldest
            are deleted first.
        state_bytes: Bytes of all records; above it, the namespaces with the longest time without
            use are deleted.
    """

    head_bytes: int = 64 * 1024
    headers: int = 200
    target_bytes: int = 8 * 1024
    body_bytes: int = 1024 * 1024
    head_seconds: float = 30.0
    body_seconds: float = 60.0
    idle_seconds: float = 75.0
    answer_seconds: float = 60.0
    connections: int = 1_000
    waits: int = 500
    namespaces: int = 10_000
    table_bytes: int = 64 * 1024 * 1024
    state_bytes: int = 512 * 1024 * 1024

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not value > 0:
                raise ConfigurationError(f"limits.{each.name}: {value!r} is not more than 0")
