"""A scenario at play: an emulator whose wall clock stands still, and the bundled clients."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import wraps
from typing import Any

import httpx2
import pytest

from emulator import client as clients
from emulator.client import ClientError
from emulator.core.clock_change import ClockChange
from emulator.core.configuration import shipped
from emulator.core.exchange import Exchange
from emulator.emulator import Emulator
from emulator.http.server import Server
from emulator.scenario.loader import load, read
from emulator.scenario.model import Scenario

START = 1_772_366_400.0  # 2026-03-01T12:00:00Z


class Recorder(httpx2.AsyncBaseTransport):
    """Keeps what providers were asked and answered; the control API's traffic is not theirs."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx2.ASGITransport(app)
        self.requests: list[httpx2.Request] = []
        self.responses: list[httpx2.Response] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if "/_emulator/" not in request.url.path:
            await response.aread()
            self.requests.append(request)
            self.responses.append(response)
        return response


class Play:
    """One namespace of one emulator in this process, with a scenario loaded.

    Args:
        scenario: Name of a shipped one, or the text of one; empty if one is loaded.
        namespace: Where.
        seed: The emulator's.
        emulator: To share with another play; one of its own if None.
    """

    def __init__(
        self,
        scenario: str = "",
        namespace: str = "default",
        seed: int | None = None,
        *,
        emulator: Emulator | None = None,
    ) -> None:
        self.wall = START
        self.emulator = emulator or Emulator(wall=lambda: self.wall, seed=seed)
        self.namespace = self.emulator.namespace(namespace)
        if scenario:
            self.namespace.load(parse(scenario, self.emulator))
        self.recorder = Recorder(self.emulator.app)

    @property
    def now(self) -> Callable[[], float]:
        """A right client's watch."""
        return self.namespace.clock.time

    def advance(self, duration: str) -> None:
        self.namespace.clock.change(ClockChange(advance=duration))

    def keys(self, provider: str) -> dict[str, str]:
        """What `GET /_emulator/credentials` says of the first credential."""
        record = self.namespace.credentials(provider)[0]
        return self.view(provider, record)

    def view(self, provider: str, record: Any) -> dict[str, str]:
        files = self.emulator.key_files(provider)
        return self.emulator.providers[provider].credentials.view(record, files, "")

    def client(self, provider: str, **other: Any) -> Any:
        """An asynchronous client in this process, for the first credential."""
        url = f"http://localhost/_ns/{self.namespace.name}/{provider}"
        options = {"clock": self.now, "transport": self.recorder, **other}
        return build(f"Async{provider.title()}", url, self.keys(provider), **options)

    def blocking(self, provider: str, root: str, **other: Any) -> Any:
        """A blocking client of a server at `root`."""
        url = f"{root}/_ns/{self.namespace.name}/{provider}"
        return build(provider.title(), url, self.keys(provider), **{"clock": self.now, **other})

    # What happened

    @property
    def exchanges(self) -> list[Exchange]:
        return list(self.namespace.journal)

    @property
    def story(self) -> list[str]:
        """`endpoint status` of each exchange, in order."""
        return [f"{each.endpoint} {each.reply.status}" for each in self.exchanges if each.reply]

    @property
    def tally(self) -> Counter[str]:
        return Counter(self.story)

    @property
    def rules(self) -> dict[str, tuple[int, int]]:
        """Hits and firings of each rule."""
        assert self.namespace.scenario is not None
        return {
            rule["id"]: (rule["hits"], rule["fired"])
            for rule in self.namespace.scenario.as_json()["rules"]
        }

    def verdicts(self, *, fired: bool) -> list[str]:
        """Verdicts of the exchanges on which a rule fired, or of all others."""
        return [each.verdict for each in self.exchanges if bool(each.rules) is fired]

    def check(self) -> None:
        """What holds for every scenario: the headers tell what the journal knows, and no bug."""
        journal = {each.number: each for each in self.exchanges}
        for response in self.recorder.responses:
            exchange = journal[int(response.headers["emulator-exchange"])]
            assert not exchange.bug
            assert response.headers.get_list("emulator-scenario") == exchange.rules
            code = exchange.diagnosis.code if exchange.diagnosis else None
            assert response.headers.get("emulator-diagnosis") == code
            assert (code is None) == (exchange.verdict == "accepted")
            assert (code == "scenario.injected") == (exchange.verdict == "injected")


def load_into(server: Server, name: str, namespace: str) -> Play:
    """Send a shipped file to a server, as `emulator scenario load` does."""
    answer = httpx2.put(
        f"{server.url}/_ns/{namespace}/_emulator/scenario",
        content=(shipped("scenarios") / f"{name}.yaml").read_bytes(),
        headers={"content-type": "application/yaml"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["scenario"] == name
    return Play(namespace=namespace, emulator=server.emulator)


def parse(scenario: str, emulator: Emulator) -> Scenario:
    """Read a shipped scenario by its name, or one given as text."""
    if "\n" in scenario:
        return load(scenario, "test.yaml", emulator.providers)
    return read(shipped("scenarios") / f"{scenario}.yaml", emulator.providers)


def build(name: str, url: str, keys: dict[str, str], **options: Any) -> Any:
    """Make a bundled client out of what the credentials call says; options replace keys."""
    names = {
        "Placetopay": {"login": "login", "secretKey": "secret_key"},
        "Gestopago": {
            "idDistribuidor": "id_distribuidor",
            "codigoDispositivo": "codigo_dispositivo",
            "password": "password",
            "aes_key": "aes_key",
            "aes_iv": "aes_iv",
        },
        "Tesabiz": {
            "code": "code",
            "sisOrigen": "sis_origen",
            "private_key": "private_key",
            "provider_certificate": "provider_certificate",
        },
        "Goat": {"clientId": "client_id", "keyId": "key_id", "private_key": "private_key"},
        "Pagsmile": {"app_id": "app_id", "app_key": "app_key"},
    }[name.removeprefix("Async")]
    own = {argument: keys[member] for member, argument in names.items()}
    return getattr(clients, name)(url, **{**own, **options})


def played(story: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a test of a coroutine function."""

    @wraps(story)
    def test(*args: Any, **kwargs: Any) -> None:
        asyncio.run(story(*args, **kwargs))

    return test


async def refused(operation: Awaitable[Any]) -> ClientError:
    """Return why an operation was refused."""
    with pytest.raises(ClientError) as caught:
        await operation
    return caught.value


async def tried(operation: Awaitable[Any]) -> Any:
    """Return the result of an operation, or why it was refused."""
    try:
        return await operation
    except ClientError as error:
        return error


def date_of(response: httpx2.Response) -> float:
    """The provider's time, as its Date header tells it."""
    date: datetime = parsedate_to_datetime(response.headers["date"])
    return date.timestamp()
