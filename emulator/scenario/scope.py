"""Who owns counters and states: `scope`, as it is written and as it is applied.

::

    scope: namespace                 all together (the default)
    scope: credential                each credential of each provider
    scope: client                    each client address
    scope: global                    all namespaces together
    scope: {payload: /requestId}     each value in the message
    scope: {path: request_id}        each value in the path
    scope: {header: x-order}         each value of the header

An owner is a text. Requests of a provider that have no such value share one owner, which is the
provider itself; webhooks have no path and no header, so all of them do.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from emulator.core.exchange import Exchange
from emulator.faults.values import Strict, wrong
from emulator.provider import Webhook
from emulator.scenario.comparison import at_pointer, pointer

EVERYBODY = ""
"""The owner where all clients count together."""

KEPT_STATES = 1_000
"""Values whose state is kept; the one seen first leaves first, and begins again when it returns."""

KEPT_COUNTERS = 20_000
"""Counters of values that are kept; those that were not used the longest leave first, and begin
again. A rule has two for each value."""

_LONGEST = 80
"""Characters of a value that is kept as it is; of a longer one, its digest is."""

_ABSENT: Any = object()


class Value(Strict):
    """A value of each request for which counters and states are kept apart. One of these.

    Attributes:
        payload: JSON pointer into the decrypted and verified message; in a webhook, into what it
            says.
        path: Name in the path template of an endpoint, such as `request_id`.
        header: Name of a header.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {
            "oneOf": [{"required": [name]} for name in ("payload", "path", "header")]
        }
    }

    payload: Annotated[str, AfterValidator(pointer)] | None = None
    path: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    header: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise wrong("give one of 'payload', 'path', 'header'")
        return self

    @property
    def in_words(self) -> str:
        """Say which value it is."""
        return " ".join(f"{name} {value}" for name, value in self.model_dump().items() if value)

    def of_exchange(self, exchange: Exchange) -> Any:
        """Return the value that a request has there."""
        if self.payload is not None:
            return at_pointer(self.payload, exchange.payload, _ABSENT)
        if self.path is not None:
            return exchange.parameters.get(self.path, _ABSENT)
        wanted = (self.header or "").lower()
        return next((value for name, value in exchange.request.headers if name == wanted), _ABSENT)

    def of_webhook(self, webhook: Webhook) -> Any:
        """Return the value that a webhook has there; it has a message and no more."""
        if self.payload is None:
            return _ABSENT
        return at_pointer(self.payload, webhook.content, _ABSENT)


Word = Literal["namespace", "credential", "client", "global"]

Scope = Annotated[
    Annotated[Word, Tag("<text>")] | Annotated[Value, Tag("<mapping>")],
    Discriminator(lambda value: "<mapping>" if isinstance(value, dict | Value) else "<text>"),
]


class Owners:
    """Names the owner of a request or webhook.

    Args:
        scope: As written.
    """

    __slots__ = ("_of_exchange", "_of_webhook")

    def __init__(self, scope: Word | Value) -> None:
        self._of_exchange: Callable[[Exchange], str] = _everybody
        self._of_webhook: Callable[[str, Webhook], str] = _every_webhook
        if isinstance(scope, Value):
            self._of_exchange = lambda exchange: _named(
                exchange.provider, scope.of_exchange(exchange)
            )
            self._of_webhook = lambda provider, webhook: _named(provider, scope.of_webhook(webhook))
        elif scope == "credential":
            self._of_exchange = lambda exchange: f"{exchange.provider}/{exchange.credential}"
            self._of_webhook = lambda provider, webhook: f"{provider}/{webhook.credential}"
        elif scope == "client":
            self._of_exchange = lambda exchange: f"client/{exchange.request.client}"

    def of_exchange(self, exchange: Exchange) -> str:
        """Return whose counters and state a request finds."""
        return self._of_exchange(exchange)

    def of_webhook(self, provider: str, webhook: Webhook) -> str:
        """Return whose counters and state a webhook finds."""
        return self._of_webhook(provider, webhook)


def _everybody(_: Exchange) -> str:
    return EVERYBODY


def _every_webhook(_provider: str, _webhook: Webhook) -> str:
    return EVERYBODY


def _named(provider: str, value: Any) -> str:
    """Return the owner for a value; a number and its text are the same order."""
    if value is None or isinstance(value, bool | dict | list) or value is _ABSENT:
        return provider
    text = str(value)
    if len(text) > _LONGEST:
        text = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{provider}/{text}"
