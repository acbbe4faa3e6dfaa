"""Namespaces: cheap, bounded, listed, deleted, forgotten; and never silently."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from counting import bytes_kept

from emulator.core.clock_change import ClockChange
from emulator.core.limits import Limits
from emulator.emulator import Emulator
from emulator.provider import Webhook
from emulator.runtime.namespaces import Namespaces

JSON = {"content-type": "application/json"}
YAML = {"content-type": "application/yaml"}
SCENARIO = (
    "scenario: a\nversion: 1\nrules:\n"
    "  - {id: r, match: {provider: goat, verdict: any}, do: {error: goat.403}}\n"
)
SITE = {"login": "mine", "secretKey": "topsecret-of-mine"}


class Elapsed:
    """Real time that the test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class World:
    """An emulator whose real time the test moves, and a client of it."""

    def __init__(self, **settings: Any) -> None:
        self.said: list[str] = []
        self.emulator = Emulator(log_line=self.said.append, **settings)
        self.elapsed = Elapsed()
        self.found: Namespaces = self.emulator.all_namespaces
        self.found._elapsed = self.elapsed

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        async def send() -> httpx2.Response:
            transport = httpx2.ASGITransport(self.emulator.app)
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://localhost:8900"
            ) as client:
                return await client.request(method, path, **more)

        self.elapsed.seconds += 0.01
        return asyncio.run(send())

    def use(self, name: str) -> httpx2.Response:
        return self.ask("GET", f"/_ns/{name}/goat/v1/whoami")

    def hold(self, name: str, what: str) -> None:
        """Put something into a namespace."""
        control = f"/_ns/{name}/_emulator"
        answer = {
            "scenario": lambda: self.ask(
                "PUT", f"{control}/scenario", content=SCENARIO, headers=YAML
            ),
            "clock": lambda: self.ask("PATCH", f"{control}/clock", json={"advance": "1h"}),
            "credential": lambda: self.ask("POST", f"{control}/credentials/placetopay", json=SITE),
        }[what]()
        assert answer.status_code == 200, answer.text

    @property
    def names(self) -> list[str]:
        shown = self.ask("GET", "/_emulator/namespaces").json()["namespaces"]
        return [each["name"] for each in shown]


HELD = {
    "scenario": "the scenario a",
    "clock": "a clock that was moved",
    "credential": "1 credential",
}


@pytest.mark.slow
def test_one_that_served_a_request_is_small():
    """Ten KiB at most, with its request; and nothing is left of it."""
    world = World()
    for number in range(20):
        world.use(f"warm-{number}")

    def hundred() -> object:
        for number in range(100):
            world.use(f"n{number}")
        return world

    assert bytes_kept(hundred) / 100 < 10 * 1024

    def come_and_go() -> object:
        for number in range(100):
            world.use(f"m{number}")
            assert world.ask("DELETE", f"/_emulator/namespaces/m{number}").status_code == 200
        return world

    assert bytes_kept(come_and_go) < 100 * 1024


def test_a_provider_that_is_not_asked_has_no_state():
    """Neither a context nor a table, nor a mask of its own."""
    world = World()
    world.use("a")
    namespace = world.found.find("a")
    assert set(namespace.contexts) == {"goat"}
    assert namespace.mask() is world.emulator.mask
    world.hold("a", "credential")
    assert "topsecret-of-mine" not in namespace.mask().text("topsecret-of-mine")
    assert namespace.mask() is not world.emulator.mask


def test_a_reset_keeps_what_was_registered():
    """Still a credential, still masked, in its old place; what the requests left is gone."""
    world = World()
    world.hold("a", "credential")
    world.hold("b", "credential")
    first = world.ask("GET", "/_ns/a/_emulator/credentials").json()
    world.use("a")
    namespace = world.found.find("a")
    before = [namespace.credentials(name) for name in world.emulator.providers]
    assert world.ask("POST", "/_ns/a/_emulator/reset").status_code == 200
    assert world.ask("POST", "/_ns/a/_emulator/reset").status_code == 200
    assert [namespace.credentials(name) for name in world.emulator.providers] == before
    assert world.ask("GET", "/_ns/a/_emulator/credentials").json() == first
    assert "mine" in [each["login"] for each in namespace.credentials("placetopay")]
    assert namespace.held == ("1 credential",)
    assert "topsecret-of-mine" not in namespace.mask().text("topsecret-of-mine")
    assert len(namespace.journal) == 0
    world.ask("DELETE", "/_emulator/namespaces/a")
    world.use("a")
    again = world.found.find("a")
    assert "mine" not in [each["login"] for each in again.credentials("placetopay")]
    assert again.mask() is world.emulator.mask


def test_they_are_listed_and_deleted():
    """With what they hold; the default one stays."""
    world = World()
    world.use("a")
    world.hold("b", "scenario")
    world.use("b")
    shown = world.ask("GET", "/_emulator/namespaces").json()["namespaces"]
    by_name = {each["name"]: each for each in shown}
    assert list(by_name) == ["default", "b", "a"]
    assert by_name["a"]["requests"] == 1
    assert by_name["a"]["holds"] == []
    assert by_name["b"]["holds"] == ["the scenario a"]
    assert by_name["a"]["idle_seconds"] >= 0
    removed = world.ask("DELETE", "/_emulator/namespaces/b")
    assert removed.json()["removed"]["holds"] == ["the scenario a"]
    assert world.names == ["default", "a"]
    fresh = world.use("b")
    assert fresh.status_code == 401  # no scenario any more
    assert fresh.headers["emulator-exchange"] == "1"
    assert "emulator.namespace-forgotten" not in str(fresh.headers)  # it was their own wish
    gone = world.ask("DELETE", "/_emulator/namespaces/nobody")
    assert (gone.status_code, "'nobody'" in gone.json()["error"]) == (404, True)
    stays = world.ask("DELETE", "/_emulator/namespaces/default")
    assert (stays.status_code, "reset" in stays.json()["error"]) == (409, True)


def test_the_oldest_idle_one_makes_room():
    """There is no error; and its successor says what happened."""
    world = World(limits=Limits(namespaces=4))
    for name in ("a", "b", "c", "a", "d"):
        assert world.use(name).status_code == 401
    assert world.names == ["default", "d", "a", "c"]
    again = world.use("b")
    assert again.headers["emulator-exchange"] == "1"
    assert "emulator.namespace-forgotten" in again.headers.get_list("emulator-warning")
    told = world.ask("GET", "/_ns/b/_emulator/requests/1").json()["warnings"]
    assert "there were 4 namespaces" in told[-1]["received"]
    assert told[-1]["hint"]
    assert "emulator.namespace-forgotten" not in str(world.use("b").headers)


@pytest.mark.parametrize("what", HELD)
def test_one_that_holds_something_goes_last(what):
    """And when it goes, the console says so."""
    world = World(limits=Limits(namespaces=4))
    world.hold("held", what)
    for number in range(20):
        world.use(f"n{number}")
    assert "held" in world.names
    assert world.said == []
    for number in range(4):
        world.hold(f"h{number}", what)
    assert "held" not in world.names
    assert f"namespace held is forgotten with {HELD[what]}" in world.said[0]
    world.use("held")
    told = world.ask("GET", "/_ns/held/_emulator/requests/1").json()["warnings"]
    assert HELD[what] in told[-1]["received"]


@pytest.mark.parametrize("what", [None, *HELD])
def test_one_that_nobody_uses_is_forgotten(what):
    """After the time that is set, and not before; whatever it holds, the console says it."""
    world = World(namespace_ttl=7200)
    world.use("a")
    if what:
        world.hold("a", what)
    world.elapsed.seconds += 7199
    world.use("b")
    world.found.sweep()
    assert "a" in world.names
    world.elapsed.seconds += 7202
    world.found.sweep()
    assert world.names == ["default"]
    assert (len(world.said) == 1) is bool(what)
    world.use("a")
    told = world.ask("GET", "/_ns/a/_emulator/requests/1").json()["warnings"]
    assert "it was not used for 2 h" in told[-1]["received"]


def test_one_in_use_stays():
    """While a request is answered, or somebody waits, or a webhook is to be sent."""
    world = World(namespace_ttl=60, limits=Limits(namespaces=3))
    world.use("answering")
    world.use("waiting")
    answering, waiting = world.found.find("answering"), world.found.find("waiting")

    async def wait() -> None:
        wait = asyncio.create_task(
            waiting.journal.wait(world_filter(), 60)  # of another provider
        )
        while not waiting.journal.waiting:
            await asyncio.sleep(0)
        with answering.busy():
            world.elapsed.seconds += 1000
            world.found.sweep()
            assert {each.name for each in world.found.all} == {"default", "answering", "waiting"}
            with pytest.raises(Exception, match="all of them are in use"):
                world.found.use("third")
        wait.cancel()
        await wait
        world.found.use("third")

    asyncio.run(wait())
    assert {each.name for each in world.found.all} == {"default", "third", "waiting"}


def world_filter():
    from emulator.journal.waiting import Filter

    return Filter(provider="tesabiz")


def test_a_wait_ends_with_its_namespace():
    world = World()
    world.use("a")

    async def both() -> httpx2.Response:
        transport = httpx2.ASGITransport(world.emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            waiting = asyncio.create_task(
                client.get("/_ns/a/_emulator/requests/wait?provider=tesabiz&timeout=60")
            )
            while not world.found.find("a").journal.waiting:
                await asyncio.sleep(0)
            await client.delete("/_emulator/namespaces/a")
            return await waiting

    assert asyncio.run(both()).json() == {"requests": [], "newest": 0}


def test_a_request_that_outlives_its_namespace_leaves_nothing():
    """Its state is given back when it is over."""
    world = World()
    world.use("a")
    namespace = world.found.find("a")
    with namespace.busy():
        world.found.remove(namespace)
        namespace.contexts["goat"].store.table("tokens").put("late", {})
    assert world.emulator.engine.scan(("a", "goat.tokens")) == []
    assert len(namespace.journal) == 0


def test_a_path_of_no_provider_makes_no_namespace():
    """Nor does a name that cannot be one."""
    world = World()
    assert world.ask("GET", "/_ns/x/nobody/v1").status_code == 404
    assert world.ask("GET", "/_ns/-/goat/v1/whoami").status_code == 400
    assert world.names == ["default"]


def test_counters_of_what_a_client_can_name_are_bounded():
    """A scope by credential counts for each name that somebody invents."""
    from emulator.core.store import RETAINED, MemoryEngine, Space

    engine = MemoryEngine()
    table = Space(engine, "a", "b").table("counters")
    table.increment("run")
    for number in range(RETAINED + 500):
        table.increment(f"hits/{number}")
        table.increment("run", 0)
    assert len(engine._spaces["a"].counters["b.counters"]) == RETAINED
    assert table.increment("run", 0) == 1
    assert table.increment("hits/0", 0) == 0
    assert len(engine._spaces["a"].counters["b.counters"]) == RETAINED


def test_global_scenarios_leave_nothing_when_the_last_one_unloads_them():
    """Whatever they are called."""
    world = World()
    engine = world.emulator.engine
    for number in range(5):
        text = SCENARIO.replace("scenario: a", f"scenario: s{number}\nscope: global")
        for name in ("a", "b"):
            answer = world.ask("PUT", f"/_ns/{name}/_emulator/scenario", content=text, headers=YAML)
            assert answer.status_code == 200
            world.use(name)
        assert engine._spaces[""].counters
        for name in ("a", "b"):
            world.ask("DELETE", f"/_ns/{name}/_emulator/scenario")
        assert not engine._spaces[""].counters
    assert json.dumps(sorted(engine._spaces[""].rows)) == "[]"


def test_one_with_webhooks_to_send_stays_until_they_are_sent():
    """Not even without use; where there is no room it goes, and the console says so."""
    world = World(namespace_ttl=60, limits=Limits(namespaces=3))

    async def story() -> None:
        namespace = world.found.use("a")
        webhook = Webhook("qrPagado", "http://127.0.0.1:9/none", {}, credential="B89")
        namespace.outbox.post("tesabiz", webhook)
        assert namespace.unsent == 1
        world.elapsed.seconds += 1000
        world.found.sweep()
        assert world.found.find("a") is namespace
        for name in ("b", "c"):
            world.found.use(name)
        assert world.found.find("a") is namespace
        world.found.find("c").clock.change(ClockChange(advance="1h"))
        world.found.use("d")
        assert world.found.find("a") is None
        await world.emulator.close()
        assert namespace.unsent == 0

    asyncio.run(story())
    assert "namespace a is forgotten with 1 webhook to send" in world.said[0]
