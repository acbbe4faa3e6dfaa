from emulator.client.control import (
    AsyncControl,
    Control,
)
from emulator.client.control.remote_clock import (
    RemoteClock,
)
from emulator.client.core.answer import (
    Answer,
)
from emulator.client.core.errors import (
    AuthenticationError,
    ClientError,
    ClientTimeoutError,
    ConfigurationError,
    ControlError,
    NotFinalError,
    RefusedError,
    TransportError,
    UncertainSaleError,
    UnreadableAnswerError,
    WebhookError,
)
from emulator.client.gestopago import (
    AsyncGestopago,
    Gestopago,
)
from emulator.client.goat import (
    AsyncGoat,
    Goat,
)
from emulator.client.pagsmile import (
    AsyncPagsmile,
    Pagsmile,
)
from emulator.client.placetopay import (
    AsyncPlacetopay,
    Placetopay,
)
from emulator.client.tesabiz import (
    AsyncTesabiz,
    Tesabiz,
)

__all__ = [
    "Answer",
    "AsyncControl",
    "AsyncGestopago",
    "AsyncGoat",
    "AsyncPagsmile",
    "AsyncPlacetopay",
    "AsyncTesabiz",
    "AuthenticationError",
    "ClientError",
    "ClientTimeoutError",
    "ConfigurationError",
    "Control",
    "ControlError",
    "Gestopago",
    "Goat",
    "NotFinalError",
    "Pagsmile",
    "Placetopay",
    "RefusedError",
    "RemoteClock",
    "Tesabiz",
    "TransportError",
    "UncertainSaleError",
    "UnreadableAnswerError",
    "WebhookError",
]

def modules() -> dict[str, str]: ...
def exports() -> dict[str, str]: ...
