"""What a scenario can do to a provider's access tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from emulator.provider.context import Context, S


@dataclass(frozen=True, kw_only=True)
class Tokens(Generic[S]):
    """The access tokens of a provider.

    Attributes:
        options: Which members of a scenario's `token` it heeds.
        revoke: Ends every access token issued so far; None if it issues none.
    """

    options: frozenset[str] = frozenset()
    revoke: Callable[[Context[S]], None] | None = None
