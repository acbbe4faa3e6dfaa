"""A scenario that is loaded for the length of a `with` block."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NotRequired, Self, TypedDict, TypeVar

from emulator.client.control.requests import Report
from emulator.client.control.server import JSON, YAML, ControlResource, ServerOperations, ServerT
from emulator.client.core.client import AsyncClient, BlockingClient
from emulator.client.core.declaring import client
from emulator.client.core.errors import ClientError, ConfigurationError
from emulator.client.core.names import did_you_mean
from emulator.client.core.operation import operation
from emulator.client.core.steps import Steps
from emulator.core.configuration import shipped

Source = str | Path | Mapping[str, Any]
"""A name such as `placetopay-clock-skew`, a path, YAML text, or the scenario as data."""


class ScenarioState(TypedDict):
    """The scenario with its counters and states."""

    scenario: str | None
    running: NotRequired[bool]
    seed: NotRequired[int]
    state: NotRequired[str | None]
    states: NotRequired[dict[str, Any]]
    rules: NotRequired[list[dict[str, Any]]]


class Signalled(TypedDict):
    """What a signal changed."""

    signal: str
    state: NotRequired[str | None]
    states: NotRequired[dict[str, Any]]


class Scenario(ControlResource[ServerT]):
    """A scenario: loaded at the start of a `with` block, unloaded at its end.

    Args:
        client: The Control.
        source: What to load.
        ttl: Real time after which it unloads itself, such as `5m`; its own if None.
    """

    def __init__(self, client: ServerT, source: Source, ttl: str | None = None) -> None:
        super().__init__(client)
        self._source = source
        self._ttl = ttl
        self.name = ""

    @operation
    def load(self) -> Steps[ScenarioState]:
        """Load it in place of the one that was there.

        Raises:
            ControlError: It is wrong; `findings` says where.
            ConfigurationError: It cannot be read, or no scenario of this name is shipped.
        """
        text, media_type = _read(self._source)
        state = yield from self._server.ask(
            "PUT",
            "/scenario",
            ScenarioState,
            query={"ttl": self._ttl},
            content=text,
            media_type=media_type,
        )
        self.name = state["scenario"] or ""
        return state

    @operation
    def unload(self) -> Steps[None]:
        """Unload it, unless another one has been loaded since."""
        state = yield from self._server.ask("GET", "/scenario", ScenarioState)
        if state["scenario"] == self.name:
            yield from self._server.ask("DELETE", "/scenario", ScenarioState)

    @operation(safe=True)
    def show(self) -> Steps[ScenarioState]:
        """Return the loaded scenario with its counters and states."""
        return (yield from self._server.ask("GET", "/scenario", ScenarioState))

    @operation
    def signal(self, name: str) -> Steps[Signalled]:
        """Give it a signal.

        Args:
            name: Such as `new-cert-installed`.

        Raises:
            ControlError: The signal changes nothing now.
        """
        content = {"signal": name}
        return (yield from self._server.ask("POST", "/scenario/signal", Signalled, content=content))

    @operation(safe=True)
    def verify(self) -> Steps[Report]:
        """Check its own expectations."""
        return (yield from self._server.ask("POST", "/requests/verify", Report))


BlockingT = TypeVar("BlockingT", bound="BlockingServer", covariant=True)
AsyncT = TypeVar("AsyncT", bound="AsyncServer", covariant=True)


@client
class BlockingServer(ServerOperations, BlockingClient):
    """What a scenario of a blocking Control needs."""


@client
class AsyncServer(ServerOperations, AsyncClient):
    """What a scenario of an asynchronous Control needs."""


class BlockingScenario(Scenario[BlockingT]):
    """A scenario of a Control, for `with`."""

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc_info: object) -> None:
        with suppress(*_if_failed(kind)):
            self.unload()


class AsyncScenario(Scenario[AsyncT]):
    """A scenario of an AsyncControl, for `async with`."""

    async def __aenter__(self) -> Self:
        await self.load()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exc_info: object) -> None:
        with suppress(*_if_failed(kind)):
            await self.unload()


def _if_failed(kind: type[BaseException] | None) -> tuple[type[BaseException], ...]:
    """Return what must not hide the error of the block."""
    return () if kind is None else (ClientError,)


def _read(source: Source) -> tuple[str, str]:
    """Return the text of a scenario, and its media type.

    Raises:
        ConfigurationError: It cannot be read, or no scenario of this name is shipped.
    """
    if isinstance(source, Mapping):
        return json.dumps(source, default=str), JSON
    if isinstance(source, str) and "\n" in source:
        return source, YAML
    path = Path(source)
    if isinstance(source, str) and path.suffix not in (".yaml", ".yml", ".json"):
        names = {each.stem: each for each in sorted(shipped("scenarios").glob("*.yaml"))}
        if source not in names:
            wrong = f"no such scenario is shipped{did_you_mean(source, names)}"
            raise ConfigurationError(wrong, argument="scenario")
        path = names[source]
    try:
        return path.read_text("utf-8"), YAML
    except (OSError, ValueError) as error:
        wrong = f"the file cannot be read: {error}"
        raise ConfigurationError(wrong, argument="scenario") from error
