"""Rules through the whole pipeline: exactly as often as written, whoever comes at the same time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from playing import Play, parse, played

from emulator.client import ClientError
from emulator.emulator import Emulator
from emulator.http.server import Server

ROUNDS, AT_ONCE = 60, 8
FIRST_401 = """\
scenario: first-401
version: 1
rules:
  - id: once
    match: {provider: %s, endpoint: %s}
    steps: [{do: {error: %s}}]
"""
PLACETOPAY = FIRST_401 % ("placetopay", "session.create", "placetopay.401")
SLOWLY = f"{PLACETOPAY}  - {{id: slow, match: {{provider: placetopay}}, do: {{latency: 1ms}}}}\n"


async def create(client: Any, reference: str = "A-1") -> int:
    """Return the status of a creation."""
    try:
        await client.create_session(reference, 100, return_url="https://shop.example/")
    except ClientError as error:
        return error.status
    return 200


class TestFirst401:
    @pytest.mark.slow
    @pytest.mark.parametrize("scenario", [PLACETOPAY, SLOWLY], ids=["at once", "interleaved"])
    @played
    async def test_in_process(self, scenario: str):
        emulator = Emulator()
        for number in range(ROUNDS):
            play = Play(scenario, f"round-{number}", emulator=emulator)
            client = play.client("placetopay")
            statuses = await asyncio.gather(*(create(client) for _ in range(AT_ONCE)))
            assert sorted(statuses) == [200] * (AT_ONCE - 1) + [401]
            assert play.rules["once"] == (AT_ONCE, 1)
            assert sorted(each.verdict for each in play.exchanges) == [
                *["accepted"] * (AT_ONCE - 1),
                "injected",
            ]
            play.check()

    @played
    async def test_again_after_each_reset_and_each_load(self):
        play = Play(PLACETOPAY)
        client = play.client("placetopay")
        for _ in range(3):
            statuses = await asyncio.gather(*(create(client) for _ in range(AT_ONCE)))
            assert statuses.count(401) == 1
            await play.namespace.reset()
        play.namespace.load(parse(PLACETOPAY, play.emulator))
        assert [await create(client) for _ in range(3)] == [401, 200, 200]

    @played
    async def test_clients_with_a_token_get_one_new_token(self):
        emulator = Emulator()
        scenario = FIRST_401 % ("gestopago", "getBalance", "gestopago.401")
        for number in range(20):
            play = Play(scenario, f"round-{number}", emulator=emulator)
            client = play.client("gestopago")
            balances = await asyncio.gather(*(client.get_balance() for _ in range(AT_ONCE)))
            assert len(balances) == AT_ONCE
            assert play.tally == {
                "token 200": 2,
                "getBalance 401": 1,
                "getBalance 200": AT_ONCE,
            }
            play.check()

    @pytest.mark.slow
    def test_over_sockets(self):
        emulator = Emulator()
        with Server(emulator) as server, ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(ROUNDS):
                play = Play(PLACETOPAY, f"round-{number}", emulator=emulator)
                statuses = at_once(play, server, pool)
                assert sorted(statuses) == [200] * (AT_ONCE - 1) + [401]
                assert play.rules == {"once": (AT_ONCE, 1)}

    @pytest.mark.slow
    def test_steps_over_sockets(self):
        """Eight at once meet two 401, one 503 and three late ones, in every round."""
        scenario = PLACETOPAY.replace(
            "steps: [{do: {error: placetopay.401}}]",
            "steps: [{times: 2, do: {error: placetopay.401}}, {do: {respond: {status: 503}}},"
            " {times: 3, do: {latency: 1ms}}]",
        )
        emulator = Emulator()
        with Server(emulator) as server, ThreadPoolExecutor(AT_ONCE) as pool:
            for number in range(20):
                play = Play(scenario, f"round-{number}", emulator=emulator)
                statuses = at_once(play, server, pool)
                assert sorted(statuses) == [200] * 5 + [401] * 2 + [503]
                assert play.rules == {"once": (AT_ONCE, 6)}

    @pytest.mark.slow
    @played
    async def test_states_in_parallel(self):
        """The third request at once finds the state that the second led to."""
        scenario = FIRST_401 % ("placetopay", "session.create", "placetopay.401")
        scenario = scenario.replace("rules:", STATES).replace(
            "steps: [{do: {error: placetopay.401}}]",
            "when: {state: up}\n    do: {error: placetopay.401}",
        )
        emulator = Emulator()
        for number in range(ROUNDS):
            play = Play(scenario, f"round-{number}", emulator=emulator)
            client = play.client("placetopay")
            statuses = await asyncio.gather(*(create(client) for _ in range(AT_ONCE)))
            assert sorted(statuses) == [200] * (AT_ONCE - 2) + [401] * 2


STATES = """\
states:
  initial: up
  names: [up, down]
  transitions: [{from: up, to: down, on: {fired: {rule: once, times: 2}}}]
rules:"""


def at_once(play: Play, server: Server, pool: ThreadPoolExecutor) -> list[int]:
    """Return the statuses of eight creations, each of a thread and a connection of its own."""
    with play.blocking("placetopay", server.url) as client:

        def attempt(reference: int) -> int:
            try:
                client.create_session(f"A-{reference}", 100, return_url="https://shop.example/")
            except ClientError as error:
                return error.status
            return 200

        return list(pool.map(attempt, range(AT_ONCE)))


CHANCE = """\
scenario: by-chance
version: 1
%s
rules:
  - id: third
    match: {provider: placetopay}
    when: {probability: 0.33}
    do: {respond: {status: 503}}
"""


class TestSeed:
    """The same seed gives the same failures: on any emulator, under any name, in any order."""

    @staticmethod
    async def statuses(scenario: str, namespace: str, seed: int | None = None) -> list[int]:
        client = Play(scenario, namespace, seed).client("placetopay")
        return [await create(client) for _ in range(40)]

    @played
    async def test_of_the_scenario(self):
        one = await self.statuses(CHANCE % "seed: 7", "default", seed=1)
        other = await self.statuses(CHANCE % "seed: 7", "test-4f2a", seed=2)
        assert one == other
        assert 5 < one.count(503) < 25
        assert one != await self.statuses(CHANCE % "seed: 8", "default")

    @played
    async def test_of_the_emulator(self):
        one = await self.statuses(CHANCE % "tags: []", "default", seed=7)
        assert one == await self.statuses(CHANCE % "tags: []", "other", seed=7)
        assert one == await self.statuses(CHANCE % "seed: 7", "third")

    @played
    async def test_drawn_ones_are_told_so_that_the_run_can_be_repeated(self):
        play = Play(CHANCE % "tags: []")
        client = play.client("placetopay")
        statuses = [await create(client) for _ in range(40)]
        assert play.namespace.scenario is not None
        seed = play.namespace.scenario.as_json()["seed"]
        assert statuses == await self.statuses(CHANCE % f"seed: {seed}", "again")

    @played
    async def test_in_parallel_the_same_hits_fail(self):
        fired: list[set[str]] = []
        for namespace in ("one", "two"):
            play = Play(CHANCE % "seed: 7", namespace)
            client = play.client("placetopay")
            if namespace == "one":
                await asyncio.gather(*(create(client) for _ in range(40)))
            else:
                for _ in range(40):
                    await create(client)
            fired.append({rule for each in play.exchanges for rule in each.rules})
        assert fired[0] == fired[1] != set()


VERDICT = """\
scenario: by-verdict
version: 1
rules:
  - {id: r, match: {provider: placetopay%s}, do: {respond: {status: 429}}}
"""


class TestVerdict:
    @pytest.mark.parametrize(
        ("verdict", "right", "wrong"),
        [
            ("", 429, 401),
            (", verdict: accepted", 429, 401),
            (", verdict: rejected", 200, 429),
            (", verdict: refused", 200, 429),
            (", verdict: any", 429, 429),
        ],
    )
    @played
    async def test_says_whom_a_rule_is_for(self, verdict: str, right: int, wrong: int):
        play = Play(VERDICT % verdict)
        assert await create(play.client("placetopay")) == right
        assert await create(play.client("placetopay", secret_key="old")) == wrong
        fired = [right, wrong].count(429)
        assert play.rules == {"r": (fired, fired)}
        assert play.verdicts(fired=True) == ["injected"] * fired
        play.check()

    @played
    async def test_pass_leaves_a_refusal_its_own_reason(self):
        text = (VERDICT % ", verdict: any").replace("respond: {status: 429}", "pass: true")
        play = Play(text)
        assert await create(play.client("placetopay", secret_key="old")) == 401
        [exchange] = play.exchanges
        assert exchange.verdict == "refused"
        assert exchange.diagnosis is not None
        assert exchange.diagnosis.code == "username-token.digest-mismatch"
        assert exchange.rules == ["by-verdict/r#1"]
        play.check()


class TestScope:
    @staticmethod
    def scoped(scope: str) -> str:
        return PLACETOPAY.replace("version: 1", f"version: 1\nscope: {scope}")

    @staticmethod
    def clients(play: Play) -> list[Any]:
        return [
            play.client("placetopay", login=site["login"], secret_key=site["secretKey"])
            for site in play.namespace.credentials("placetopay")
            if site["login"] in ("emulator-co", "emulator-co-sha256")
        ]

    @pytest.mark.parametrize(
        ("scope", "expected"),
        [("namespace", [401, 200, 200, 200]), ("credential", [401, 401, 200, 200])],
    )
    @played
    async def test_namespace_or_credential(self, scope: str, expected: list[int]):
        play = Play(self.scoped(scope))
        one, other = self.clients(play)
        assert [await create(client) for client in (one, other, one, other)] == expected
        assert play.rules["once"] == (4, expected.count(401))
        play.check()

    @played
    async def test_credential_counts_requests_in_parallel_apart(self):
        play = Play(self.scoped("credential"))
        one, other = self.clients(play)
        seen = await asyncio.gather(*(create(c) for _ in range(AT_ONCE) for c in (one, other)))
        assert seen[0::2].count(401) == 1
        assert seen[1::2].count(401) == 1

    @played
    async def test_client(self):
        play = Play(self.scoped("client"))
        statuses = []
        for address in ("10.0.0.1", "10.0.0.2", "10.0.0.1", "10.0.0.2"):
            transport = httpx2.ASGITransport(play.emulator.app, client=(address, 1234))
            statuses.append(await create(play.client("placetopay", transport=transport)))
        assert statuses == [401, 401, 200, 200]

    @played
    async def test_global_is_shared_by_namespaces(self):
        emulator = Emulator()
        plays = [Play(self.scoped("global"), name, emulator=emulator) for name in ("a", "b")]
        seen = [await create(play.client("placetopay")) for play in plays * 2]
        assert seen == [401, 200, 200, 200]
