"""A bank that needs no keys: what the scenario engine may know of a provider, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from emulator.core.clock import Clock
from emulator.core.errors import Diagnosis, FailureMode, Source, Standing
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.store import MemoryEngine, Space
from emulator.faults.fault import Handling
from emulator.provider import (
    Context,
    Endpoint,
    ErrorCatalogue,
    KeyFiles,
    Provider,
    ProviderError,
    Refused,
    Signed,
    Tokens,
)
from emulator.provider.credential_members import one_of, text
from emulator.provider.credentials import Credentials
from emulator.scenario.engine import ScenarioEngine
from emulator.scenario.loader import ScenarioError, load

SOURCE = Source("made up", standing=Standing.CHOSEN)
EXPIRED = FailureMode("bank.expired", "The token has expired", SOURCE)
START = 1_772_366_400.0  # 2026-03-01T12:00:00Z

CREDENTIALS = Credentials(
    key="id", members={"id": text("text", ".+"), "status": one_of("active")}, shown=("id",)
)


def _render(refused: Refused) -> Reply:
    return Reply.json({"error": refused.error.code, **refused.detail}, refused.error.status)


def _done(exchange: Exchange, context: Context[Any]) -> Reply:
    return Reply.json({"done": exchange.endpoint})


def bank(name: str, *endpoints: str) -> Provider[None]:
    """Return a provider with these endpoints."""
    return Provider(
        name=name,
        title=name.title(),
        hosts=(),
        endpoints=tuple(
            Endpoint(each, ("POST",), (f"/{each}",), _done, SOURCE) for each in endpoints
        ),
        errors=ErrorCatalogue(
            ProviderError("token-missing", 401, "No token", _render, SOURCE, code=1),
            ProviderError("token-expired", 403, "Token too old", _render, SOURCE, code=2),
            ProviderError("not-found", 404, "No such endpoint", _render, SOURCE),
            ProviderError("method-not-allowed", 405, "Wrong method", _render, SOURCE),
            ProviderError("too-large", 413, "Too large", _render, SOURCE),
            ProviderError("bad-request", 400, "Bad request", _render, SOURCE),
            aliases={"401": "token-missing", "403": "token-expired"},
        ),
        authenticate=lambda exchange, context: None,
        settings=None,
        credentials=CREDENTIALS,
        sign=lambda endpoint, payload, context, url: Signed(Request(method="POST", path="/"), ""),
        package=__name__,
        source=SOURCE,
    )


PROVIDERS = {
    "acme": replace(
        bank("acme", "token", "pay.create", "pay.query"),
        webhooks=SimpleNamespace(events=("paid", "refunded")),
        tokens=Tokens(revoke=lambda context: None),
    ),
    "umbra": bank("umbra", "token", "send"),
}


@dataclass
class World:
    """One namespace with a scenario, and a wall clock that stands still."""

    text: str
    seed: int | None = None
    store: MemoryEngine = field(default_factory=MemoryEngine)
    namespace: str = "default"
    wall: float = START
    elapsed: float = 0.0
    slept: list[float] = field(default_factory=list)
    expires: float | None = None
    worked: int = 0
    revoked: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.space = Space(self.store, self.namespace, "emulator")
        self.clock = Clock(self.space, lambda: self.wall)
        self.scenario = load(self.text, "test.yaml", PROVIDERS)
        self.engine = ScenarioEngine(
            self.scenario,
            self.space,
            self.clock,
            self.seed,
            lambda: self.elapsed,
            lambda: self.revoked.append(self.clock.time()),
        )
        self.engine.start()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def turn(
        self,
        endpoint: str = "token",
        provider: str = "acme",
        *,
        verdict: Any = "accepted",
        diagnosis: str = "",
        credential: str = "",
        client: str = "",
        method: str = "POST",
        query: str = "",
        headers: Iterable[tuple[str, str]] = (),
        payload: Any = None,
    ) -> Handling:
        request = Request(
            method=method, path="/", query=query, headers=list(headers), client=client
        )
        exchange = Exchange(
            number=1,
            namespace=self.namespace,
            provider=provider,
            endpoint=endpoint,
            request=request,
            received_at=self.clock.time(),
            credential=credential,
            payload=payload,
            verdict="refused" if diagnosis else verdict,
            diagnosis=Diagnosis(code=diagnosis, summary="") if diagnosis else None,
        )
        context = Context(
            self.clock,
            Space(self.store, self.namespace, provider),
            KeyFiles(Path()),
            None,
            lambda webhook: None,
        )
        return Handling(PROVIDERS[provider], exchange, context, self.sleep)

    async def answer(self, handling: Handling) -> Reply:
        """Play the turn; the true answer looks at the clock again only if it was changed."""
        expired = self.expires is not None and self.clock.timestamp() >= self.expires
        arrived = expired

        async def proceed() -> Reply:
            await asyncio.sleep(0)
            late = self.expires is not None and self.clock.timestamp() >= self.expires
            if late if handling.judge_again else arrived:
                handling.exchange.verdict = "refused"
                handling.exchange.diagnosis = EXPIRED.diagnose("token")
                return Reply(403)
            self.worked += 1
            return Reply(200)

        return await self.engine.play(handling, proceed)

    def send(self, endpoint: str = "token", provider: str = "acme", **options: Any) -> Reply:
        return asyncio.run(self.answer(self.turn(endpoint, provider, **options)))

    def statuses(self, count: int, endpoint: str = "token", **options: Any) -> list[int]:
        async def all_of_them() -> list[int]:
            return [
                (await self.answer(self.turn(endpoint, **options))).status for _ in range(count)
            ]

        return asyncio.run(all_of_them())

    def counts(self, rule: str) -> tuple[int, int]:
        found = next(each for each in self.engine.as_json()["rules"] if each["id"] == rule)
        return found["hits"], found["fired"]


def scenario(*rules: str, **top: str) -> str:
    """Return the text of a scenario with these rules, each one line of flow YAML."""
    lines = ["scenario: test", "version: 1", *(f"{key}: {value}" for key, value in top.items())]
    return "\n".join([*lines, "rules:", *(f"  - {rule}" for rule in rules)]) + "\n"


def findings_of(text: str) -> list[str]:
    """Return what is wrong with a scenario, a line for each finding."""
    try:
        load(text, "test.yaml", PROVIDERS)
    except ScenarioError as error:
        return str(error).splitlines()
    return []
