"""Clients of the five providers, each blocking and asynchronous.

They work against the real provider, the emulator over the network, and the emulator in this
process; only the base URL, the keys and the transport differ.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.client.core import ClientError, RemoteClock
    from emulator.client.gestopago import AsyncGestopago, Gestopago, UncertainSaleError
    from emulator.client.goat import AsyncGoat, Goat
    from emulator.client.pagsmile import AsyncPagsmile, Pagsmile
    from emulator.client.placetopay import AsyncPlacetopay, NotificationError, Placetopay
    from emulator.client.tesabiz import AsyncTesabiz, Tesabiz

__all__ = [
    "AsyncGestopago",
    "AsyncGoat",
    "AsyncPagsmile",
    "AsyncPlacetopay",
    "AsyncTesabiz",
    "ClientError",
    "Gestopago",
    "Goat",
    "NotificationError",
    "Pagsmile",
    "Placetopay",
    "RemoteClock",
    "Tesabiz",
    "UncertainSaleError",
]

_ELSEWHERE = {
    "ClientError": "core",
    "RemoteClock": "core",
    "NotificationError": "placetopay",
    "UncertainSaleError": "gestopago",
}


def __getattr__(name: str) -> Any:
    """Import a client when it is first named, so that one does not pay for the others."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _ELSEWHERE.get(name) or name.removeprefix("Async").lower()
    return getattr(import_module(f"{__name__}.{module}"), name)
