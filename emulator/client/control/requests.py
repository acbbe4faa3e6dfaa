"""The journal: what the providers were asked, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from emulator.client.control.server import JSON, YAML, ControlResource, ServerT, ask_and_wait
from emulator.client.core import checks
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps


class RefusalDiagnosis(TypedDict):
    """Why the emulator refused."""

    code: str
    summary: str
    where: NotRequired[str]
    expected: NotRequired[str]
    received: NotRequired[str]
    hint: NotRequired[str]
    source: NotRequired[str]


class Exchange(TypedDict):
    """A request and its answer; `get` returns more members."""

    number: int
    provider: str
    endpoint: str
    verdict: str
    status: int | None
    diagnosis: RefusalDiagnosis | None
    method: NotRequired[str]
    path: NotRequired[str]
    credential: NotRequired[str]
    rules: NotRequired[list[Any]]
    received_at: NotRequired[str]
    duration_ms: NotRequired[float]
    request: NotRequired[dict[str, Any]]
    reply: NotRequired[dict[str, Any] | None]
    payload: NotRequired[Any]


class Exchanges(TypedDict):
    """A list of exchanges."""

    requests: list[Exchange]


class Removed(TypedDict):
    """How many were removed."""

    removed: int


class Expectation(TypedDict):
    """How an expectation came out."""

    that: str
    passed: bool
    expected: NotRequired[str]
    found: NotRequired[str]
    near_misses: NotRequired[list[Any]]


class Report(TypedDict):
    """How the expectations came out."""

    passed: bool
    expectations: list[Expectation]
    scenario: NotRequired[str | None]


class Filter(TypedDict, total=False):
    """Which exchanges to look for.

    Attributes:
        provider: Name of a provider.
        endpoint: Name of an endpoint, or a glob.
        verdict: `accepted`, `refused` or `injected`.
        diagnosis: Code of a diagnosis, or a glob.
        since: Only exchanges with a higher number.
    """

    provider: str | None
    endpoint: str | None
    verdict: Literal["accepted", "refused", "injected"] | None
    diagnosis: str | None
    since: int | None


ExchangeList = list[Exchange]


class Requests(ControlResource[ServerT]):
    """The journal of a namespace."""

    @operation(safe=True)
    def list(self, *, limit: int | None = None, **filters: Unpack[Filter]) -> Steps[ExchangeList]:
        """Return exchanges, newest first.

        Args:
            limit: At most so many.
            filters: Which ones to look for.

        Raises:
            ControlError: A filter is wrong; the text names the nearest right word.
        """
        query = {**filters, "limit": limit}
        found = yield from self._server.ask("GET", "/requests", Exchanges, query=query)
        return found["requests"]

    @operation(safe=True)
    def get(self, number: int) -> Steps[Exchange]:
        """Return one exchange in full.

        Args:
            number: `exchange` of an error, or the header `emulator-exchange`.

        Raises:
            ControlError: The journal does not have it, or no longer.
        """
        path = f"/requests/{checks.whole('number', number)}"
        return (yield from self._server.ask("GET", path, Exchange))

    @operation(safe=True)
    def wait(self, *, seconds: float = 30.0, **filters: Unpack[Filter]) -> Steps[ExchangeList]:
        """Wait until a matching exchange has come; it may be there already.

        Args:
            seconds: How long at most.
            filters: Which ones to look for.

        Returns:
            The exchanges, newest first; none if the time is over.
        """
        found = yield from ask_and_wait(self._server, "/requests/wait", Exchanges, seconds, filters)
        return found["requests"]

    @operation
    def clear(self) -> Steps[int]:
        """Empty the journal, and return how many exchanges it had."""
        return (yield from self._server.ask("DELETE", "/requests", Removed))["removed"]

    @operation(safe=True)
    def verify(self, expect: Sequence[Mapping[str, Any]] | str | None = None) -> Steps[Report]:
        """Check expectations.

        Args:
            expect: `expect` items of the scenario format, as data or as YAML text; None for those
                of the loaded scenario.

        Returns:
            `{"passed", "expectations": [{"that", "passed", "expected", "found", "near_misses"}]}`.

        Raises:
            ControlError: An expectation cannot be read, or no scenario is loaded.
        """
        content = expect if expect is None or isinstance(expect, str) else list(expect)
        media_type = YAML if isinstance(expect, str) else JSON
        return (
            yield from self._server.ask(
                "POST", "/requests/verify", Report, content=content, media_type=media_type
            )
        )
