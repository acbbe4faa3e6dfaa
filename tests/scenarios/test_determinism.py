"""The same seed is the same run: in any order, process and namespace; and chance is chance."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_bank import World, scenario

from emulator.provider import Webhook
from emulator.scenario.when import chance

RULES = (
    "{id: slow, match: {provider: acme}, do: {latency: {lognormal: {median: 100ms, p99: 2s}}}}",
    "{id: fail, match: {provider: acme}, when: {probability: 0.3}, do: {error: acme.403}}",
    "{id: rare, match: {provider: acme}, when: {after: 20, every: 3, probability: 0.5, times: 9},"
    " repeat: loop, steps: [{do: {error: acme.401}}, {do: {latency: 1s, respond: {status: 503}}}]}",
)
WEBHOOKS = """\
webhooks:
  - {id: mixed, match: {provider: acme, event: paid}, when: {probability: 0.5},
     do: {deliver: reorder, window: 3}}
  - {id: late, match: {provider: acme, event: refunded}, do: {delay: {uniform: [1s, 9s]}}}
"""
COUNT = 200


def by_hit(seed: int, order: int | None = None, namespace: str = "default") -> list[object]:
    """Return what each hit met: status, rules and the wait of each request.

    Args:
        seed: Of chance.
        order: Decides in which order the requests, all sent at once, go on; None for one at a
            time.
        namespace: Where.
    """
    world = World(scenario(*RULES), seed, namespace=namespace)
    shuffle = random.Random(order)
    met: dict[int, object] = {}

    async def one() -> None:
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            await pause()

        async def pause() -> None:
            for _ in range(shuffle.randrange(8) if order is not None else 0):
                await asyncio.sleep(0)

        await pause()
        handling = world.turn()
        handling.sleep = sleep
        reply = await world.answer(handling)
        hit = int(handling.exchange.rules[0].rpartition("#")[2])  # of `slow`, which always fires
        met[hit] = (reply.status, tuple(handling.exchange.rules), tuple(waited))

    async def all_of_them() -> None:
        if order is None:
            for _ in range(COUNT):
                await one()
            return
        tasks = [asyncio.ensure_future(one()) for _ in range(COUNT)]
        shuffle.shuffle(tasks)
        await asyncio.gather(*tasks)

    asyncio.run(all_of_them())
    return [met[hit] for hit in range(1, COUNT + 1)]


def plans(seed: int, namespace: str = "default") -> list[object]:
    """Return place and delay of each webhook, None where nothing special is done."""
    world = World(f"scenario: test\nversion: 1\n{WEBHOOKS}", seed, namespace=namespace)
    events = ["paid", "refunded"] * (COUNT // 2)
    found = [world.engine.plan("acme", Webhook(event, "", {})) for event in events]
    return [(plan.rule, plan.place, plan.delay_seconds) if plan else None for plan in found]


class TestTheSame:
    @pytest.mark.slow
    @pytest.mark.parametrize("order", range(6))
    def test_in_any_interleaving(self, order: int):
        assert by_hit(7, order) == by_hit(7)

    def test_under_any_name_of_the_namespace(self):
        assert by_hit(7, namespace="test-4f2a") == by_hit(7)
        assert plans(7, "test-4f2a") == plans(7)

    @pytest.mark.slow
    def test_in_another_process(self):
        """With other hashes of its strings: no order of a set or dict shows."""
        here = Path(__file__).parent
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from test_determinism import by_hit, plans\n"
            "sys.stdout.write(repr((by_hit(7), plans(7))))"
        )
        for hash_seed in ("1", "2"):
            done = subprocess.run(
                [sys.executable, "-c", code, str(here)],
                env={
                    **os.environ,
                    "PYTHONHASHSEED": hash_seed,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
                cwd=here,
                check=True,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.stdout == repr((by_hit(7), plans(7)))

    def test_after_a_new_start(self):
        world = World(scenario(*RULES))
        first = world.statuses(COUNT)
        world.engine.start()
        assert world.statuses(COUNT) == first

    def test_with_the_seed_that_was_drawn(self):
        """It is shown, and repeats the run."""
        world = World(scenario(*RULES))
        first = world.statuses(COUNT)
        assert World(scenario(*RULES), world.engine.as_json()["seed"]).statuses(COUNT) == first
        again = World(scenario(*RULES, seed=str(world.engine.as_json()["seed"])))
        assert again.statuses(COUNT) == first

    def test_for_each_owner(self):
        """The owner's hits are counted, and the owner is not hashed."""
        world = World(scenario(*RULES, scope="credential"), 7)
        one = [world.send(credential="one").status for _ in range(50)]
        two = [world.send(credential="two").status for _ in range(50)]
        assert one == two == World(scenario(*RULES), 7).statuses(50)


class TestOther:
    def test_seeds_differ(self):
        assert len({tuple(by_hit(seed)) for seed in range(8)}) == 8
        assert len({tuple(map(str, plans(seed))) for seed in range(8)}) == 8

    @pytest.mark.parametrize("other", [("b/r", ""), ("a/s", ""), ("a/r", "latency")])
    def test_scenario_rule_and_label_have_a_stream_each(self, other: tuple[str, str]):
        """None tells anything about another: they agree as often as two coins do."""
        rule, label = other
        pairs = [(chance(7, "a/r", n), chance(7, rule, n, label)) for n in range(1, 10_001)]
        alike = sum((one < 0.5) == (two < 0.5) for one, two in pairs)
        assert abs(alike / 10_000 - 0.5) < 0.02


class TestChance:
    @pytest.mark.parametrize("probability", [0.01, 0.05, 0.2, 0.33, 0.5, 0.9, 0.99])
    @pytest.mark.parametrize("seed", [0, 7, 99, 20260301, 2**32 - 1])
    def test_rate(self, seed: int, probability: float):
        """Within two percentage points over ten thousand hits."""
        fired = sum(chance(seed, "test/r", n) < probability for n in range(1, 10_001))
        assert abs(fired / 10_000 - probability) < 0.02

    @pytest.mark.slow
    @pytest.mark.parametrize("probability", [0.05, 0.5, 0.95])
    def test_rate_of_the_engine(self, probability: float):
        rule = (
            f"{{id: r, match: {{provider: acme}}, when: {{probability: {probability}}},"
            " do: {error: acme.401}}"
        )
        statuses = World(scenario(rule), 20260301).statuses(10_000)
        assert abs(statuses.count(401) / 10_000 - probability) < 0.02

    @pytest.mark.parametrize("seed", [0, 1, 7, 99, 20260301])
    @pytest.mark.parametrize("label", ["", "latency", "reorder"])
    def test_all_numbers_are_alike(self, seed: int, label: str):
        """Chi-square over a hundred cells: 99 degrees of freedom, 0.999 of chance is below 149."""
        cells = Counter(int(chance(seed, "test/r", n, label) * 100) for n in range(1, 10_001))
        assert sum((cells[cell] - 100) ** 2 / 100 for cell in range(100)) < 149

    @pytest.mark.parametrize("seed", [0, 7, 20260301])
    def test_a_hit_tells_nothing_about_the_next(self, seed: int):
        """Chi-square over pairs of tenths: 0.999 of chance is below 149 here too."""
        draws = [int(chance(seed, "test/r", n) * 10) for n in range(1, 10_002)]
        cells = Counter(pairwise(draws))
        expected = 10_000 / 100
        found = sum((cells[a, b] - expected) ** 2 / expected for a in range(10) for b in range(10))
        assert found < 149

    @given(st.integers(0), st.text(max_size=20), st.integers(1), st.text(max_size=20))
    def test_lies_in_the_unit_interval(self, seed: int, rule: str, hit: int, label: str):
        assert 0 <= chance(seed, rule, hit, label) < 1


# A second engine, as a specification would write it: which hits fire, from their numbers alone.

SEED, HITS = 7, 30


@st.composite
def whens(draw: st.DrawFn) -> dict[str, object]:
    """Return a `when` that can fire."""
    when: dict[str, object] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "after": st.integers(0, 8),
                "every": st.integers(1, 5),
                "probability": st.sampled_from([0.01, 0.25, 0.5, 0.75, 1]),
                "times": st.integers(1, 6),
            },
        )
    )
    if draw(st.booleans()):
        after, every = int(str(when.get("after", 0))), int(str(when.get("every", 1)))
        usable = [n for n in range(1, HITS + 20) if n > after and (n - after) % every == 0]
        others = draw(st.sets(st.integers(1, HITS), max_size=6))
        when["hits"] = sorted(others | {draw(st.sampled_from(usable))})
    return when


STEPS = st.none() | st.tuples(
    st.lists(st.integers(1, 3), min_size=1, max_size=4), st.sampled_from(["stop", "last", "loop"])
)


def flow(when: dict[str, object]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in when.items()) + "}"


def specified(
    when: dict[str, object], steps: tuple[list[int], str] | None, name: str, count: int
) -> list[int]:
    """Return the status of each of the first hits: 200, 401, or the number of the step + 500."""
    after, every = int(str(when.get("after", 0))), int(str(when.get("every", 1)))
    hits, probability = when.get("hits", range(10**9)), float(str(when.get("probability", 1)))
    wanted = [
        n
        for n in range(1, count + 1)
        if n > after
        and (n - after) % every == 0
        and n in hits
        and chance(SEED, name, n) < probability
    ][: when.get("times")]
    done = [401] * len(wanted)
    if steps is not None:
        once = [500 + number for number, times in enumerate(steps[0]) for _ in range(times)]
        rest = {"stop": [], "last": once[-1:] * count, "loop": once * count}[steps[1]]
        done = [*once, *rest]
    met = dict(zip(wanted, done, strict=False))
    return [met.get(n, 200) for n in range(1, count + 1)]


def rule(name: str, when: dict[str, object], steps: tuple[list[int], str] | None) -> str:
    said = f"when: {flow(when)}, " if when else ""
    if steps is None:
        return f"{{id: {name}, match: {{provider: acme}}, {said}do: {{error: acme.401}}}}"
    written = ", ".join(
        f"{{times: {times}, do: {{respond: {{status: {500 + number}}}}}}}"
        for number, times in enumerate(steps[0])
    )
    return (
        f"{{id: {name}, match: {{provider: acme}}, {said}repeat: {steps[1]}, steps: [{written}]}}"
    )


class TestAgainstTheSpecification:
    @settings(deadline=None)
    @given(whens(), STEPS)
    def test_a_rule_alone(self, when: dict[str, object], steps: tuple[list[int], str] | None):
        world = World(scenario(rule("r", when, steps)), SEED)
        expected = specified(when, steps, "test/r", HITS)
        assert world.statuses(HITS) == expected
        assert world.counts("r") == (HITS, HITS - expected.count(200))

    @pytest.mark.slow
    @settings(deadline=None)
    @given(whens(), STEPS, st.lists(st.sampled_from("ab"), max_size=40))
    def test_each_owner_for_itself(
        self,
        when: dict[str, object],
        steps: tuple[list[int], str] | None,
        senders: list[str],
    ):
        world = World(scenario(rule("r", when, steps), scope="credential"), SEED)
        seen: dict[str, list[int]] = {"a": [], "b": []}
        for sender in senders:
            seen[sender].append(world.send(credential=sender).status)
        for statuses in seen.values():
            assert statuses == specified(when, steps, "test/r", len(statuses))

    @pytest.mark.slow
    @settings(deadline=None)
    @given(whens(), STEPS, whens())
    def test_two_rules(
        self,
        when: dict[str, object],
        steps: tuple[list[int], str] | None,
        before: dict[str, object],
    ):
        """What a rule further down does on its n-th firing waits while one above it ends."""
        before = before or {"every": 2}
        first = rule("a", before, None)
        world = World(scenario(first, rule("b", when, steps)), SEED)
        above = specified(before, None, "test/a", HITS)
        endless = {name: value for name, value in when.items() if name != "times"}
        fires = specified(endless, None, "test/b", HITS)
        free = [n for n in range(HITS) if above[n] == 200 and fires[n] != 200]
        times = when.get("times")
        done = specified({"times": times} if times else {}, steps, "test/b", len(free))
        below = dict(zip(free, done, strict=True))
        expected = [below.get(n, 200) if above[n] == 200 else above[n] for n in range(HITS)]
        assert world.statuses(HITS) == expected
