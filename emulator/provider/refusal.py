"""How a provider says no: its error catalogue, and the exception that picks an entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.core.errors import DiagnosedError, Diagnosis, Source
from emulator.core.exchange import Exchange, Reply
from emulator.provider.context import Context


class Refusal(DiagnosedError):  # noqa: N818 - a provider's answer, not a fault
    """The provider says no.

    Args:
        error: Which entry of the provider's catalogue is the reply.
        diagnosis: Why.
        detail: What the entry's `render` puts into the body, where it takes something.
    """

    def __init__(
        self, error: ProviderError, diagnosis: Diagnosis, detail: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(diagnosis)
        self.error = error
        self.detail: Mapping[str, Any] = detail or {}


Render = Callable[["ProviderError", Exchange, Context[Any], Mapping[str, Any]], Reply]


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An entry of a provider's error catalogue; scenarios name it `<provider>.<name>`.

    Attributes:
        name: Such as `auth.103`.
        status: HTTP status.
        summary: What it means, in English.
        render: Makes the reply, in the provider's own form.
        source: How we know its form.
        code: The provider's own number or word for it.
        message: The provider's own text for it, in the provider's language.
    """

    name: str
    status: int
    summary: str
    render: Render
    source: Source
    code: str | int = ""
    message: str = ""

    def reply(
        self, exchange: Exchange, context: Context[Any], detail: Mapping[str, Any] | None = None
    ) -> Reply:
        """Make the reply."""
        return self.render(self, exchange, context, detail or {})


def catalogue(*errors: ProviderError) -> dict[str, ProviderError]:
    """Return the entries by their names; a name given twice is an error of ours."""
    named = {error.name: error for error in errors}
    if len(named) != len(errors):
        raise ValueError("an error name is given twice")
    return named
