"""How a provider says no: its error catalogue, and the exception that picks an entry."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

from emulator.core.errors import DiagnosedError, Diagnosis, FailureMode, SchemeError, Source
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


@dataclass(frozen=True, slots=True)
class Refused:
    """All that the reply to a refused request can be made of.

    Attributes:
        error: The entry of the catalogue.
        exchange: What is refused.
        context: The provider's.
        detail: What this refusal adds, such as the member at fault. A scenario that asks for the
            error adds nothing.
    """

    error: ProviderError
    exchange: Exchange
    context: Context[Any]
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


Render = Callable[[Refused], Reply]
"""Makes the reply of an entry, in the provider's own form."""


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
        return self.render(Refused(self, exchange, context, detail or {}))


class ErrorCatalogue(Mapping[str, ProviderError]):
    """The entries of a provider by their names, in order.

    Args:
        entries: Their names differ; a name given twice is an error of ours.
        aliases: Short names, each with the name it stands for.
    """

    def __init__(self, *entries: ProviderError, aliases: Mapping[str, str] | None = None) -> None:
        self._entries = {entry.name: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise ValueError("an error name is given twice")
        self.aliases: Mapping[str, str] = aliases or {}

    def __getitem__(self, name: str) -> ProviderError:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, name: str) -> ProviderError | None:
        """Return the entry `name`, a short name counting too, or None."""
        return self._entries.get(self.aliases.get(name, name))

    def with_entries(self, *more: ProviderError) -> ErrorCatalogue:
        """Return the catalogue with entries after its own."""
        return ErrorCatalogue(*self._entries.values(), *more, aliases=self.aliases)

    @contextmanager
    def refusing(self, name: str, below: str = "") -> Generator[None]:
        """Refuse with an entry where a check of a scheme, or of the kit, fails inside.

        Args:
            name: Of the entry.
            below: Goes before the place that the check names, such as `headers.x-`.
        """
        try:
            yield
        except SchemeError as error:
            wrong = error.diagnosis
            raise Refusal(self[name], wrong.at(f"{below}{wrong.where}")) from error

    def refuse(
        self,
        name: str,
        mode: FailureMode,
        where: str,
        *,
        expected: object = "",
        received: object = "",
        hint: str | Callable[[], str] = "",
        **detail: Any,
    ) -> NoReturn:
        """Refuse a request with an entry.

        Args:
            name: Of the entry.
            mode: Which check failed.
            where: On which part of the request, such as `body.auth.login`.
            expected: What would have passed.
            received: What came.
            hint: What to do next.
            detail: What the entry's `render` puts into the body; what is None is left out.
        """
        raise Refusal(
            self[name],
            mode.diagnose(where, expected=expected, received=received, hint=hint),
            {key: value for key, value in detail.items() if value is not None},
        )


def usual_errors(make: Callable[[str, int, str, str], ProviderError]) -> Iterator[ProviderError]:
    """Yield the entries that every catalogue needs; the words are ours, in English.

    Args:
        make: Makes an entry: name, status, message, summary.
    """
    yield make("bad-request", 400, "Bad request", "The body is not what it must be")
    yield make("not-found", 404, "Not found", "There is no such endpoint or record")
    yield make("method-not-allowed", 405, "Method not allowed", "Not with this HTTP method")
    yield make("too-large", 413, "Too large", "The body is too large")
    yield make("server-error", 500, "Server error", "Scenarios only: the provider failed")
