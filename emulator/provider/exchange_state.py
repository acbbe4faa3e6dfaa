"""What one step of a provider hands on to the next, within one exchange.

A provider declares a key for each thing, with its type::

    SITE = State[Record]("site")

    SITE.set(exchange, record)  # in `authenticate`
    SITE.get(exchange)          # in an endpoint: a Record, without a cast

It lasts as long as the exchange is served; the journal does not keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from emulator.core.exchange import Exchange

T = TypeVar("T")


@dataclass(frozen=True)
class State(Generic[T]):
    """The key of one thing.

    Attributes:
        name: Unique within the provider.
    """

    name: str

    def set(self, exchange: Exchange, value: T) -> None:
        """Hand a value on."""
        exchange.state[self.name] = value

    def get(self, exchange: Exchange) -> T:
        """Return the value.

        Raises:
            KeyError: If no step has set it, which is an error of ours.
        """
        return cast("T", exchange.state[self.name])

    def find(self, exchange: Exchange) -> T | None:
        """Return the value, or None if no step has set it."""
        return cast("T | None", exchange.state.get(self.name))
