"""The engine: who fires, when, in which order, and exactly how often."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_bank import START, World, scenario

from emulator.core.clock_change import ClockChange
from emulator.core.store import MemoryEngine
from emulator.provider import Webhook
from emulator.scenario import matching
from emulator.scenario.when import chance

FIRST_401 = "{id: r, match: {provider: acme}, steps: [{do: {error: acme.401}}]}"


def one(rule: str, **top: str) -> World:
    return World(scenario(rule, **top))


class TestWhen:
    def test_always_if_nothing_is_said(self):
        world = one("{id: r, match: {provider: acme}, do: {error: acme.403}}")
        assert world.statuses(3) == [403] * 3

    @pytest.mark.parametrize(
        ("when", "fires"),
        [
            ("{after: 3}", [4, 5, 6, 7, 8, 9, 10]),
            ("{after: 3, times: 1}", [4]),
            ("{every: 3}", [3, 6, 9]),
            ("{after: 2, every: 3}", [5, 8]),
            ("{after: 2, every: 3, times: 1}", [5]),
            ("{hits: [1, 5]}", [1, 5]),
            ("{hits: [9, 2], times: 1}", [2]),
            ("{hits: [2, 3], after: 2}", [3]),
            ("{probability: 0.000001}", []),
            ("{probability: 1}", list(range(1, 11))),
            ("{times: 2}", [1, 2]),
        ],
    )
    def test_conditions(self, when: str, fires: list[int]):
        world = one(f"{{id: r, match: {{provider: acme}}, when: {when}, do: {{error: acme.401}}}}")
        statuses = world.statuses(10)
        assert [n for n, status in enumerate(statuses, 1) if status == 401] == fires
        assert world.counts("r") == (10, len(fires))

    def test_times_counts_only_what_chance_lets_through(self):
        """`times` comes last: a hit that chance passes over does not use one up."""
        world = one(
            "{id: r, match: {provider: acme}, when: {probability: 0.3, times: 4},"
            " do: {error: acme.401}}",
            seed="5",
        )
        statuses = world.statuses(60)
        passing = [n for n in range(1, 61) if chance(5, "test/r", n) < 0.3]
        assert [n for n, status in enumerate(statuses, 1) if status == 401] == passing[:4]

    def test_window_goes_by_the_scopes_clock(self):
        world = one(
            "{id: r, match: {provider: acme}, when: {from: 1m, until: 2m}, do: {error: acme.401}}"
        )
        seen = []
        for _ in range(5):
            seen.append(world.send().status)
            world.wall += 30
        assert seen == [200, 200, 401, 401, 200]
        assert world.counts("r") == (2, 2)


class TestSteps:
    @pytest.mark.parametrize(
        ("repeat", "expected"),
        [
            ("stop", [401, 401, 503, 200, 200, 200, 200]),
            ("last", [401, 401, 503, 503, 503, 503, 503]),
            ("loop", [401, 401, 503, 401, 401, 503, 401]),
        ],
    )
    def test_repeat(self, repeat: str, expected: list[int]):
        world = one(
            "{id: r, match: {provider: acme}, repeat: "
            f"{repeat}, steps: [{{times: 2, do: {{error: acme.401}}}},"
            " {do: {respond: {status: 503}}}]}"
        )
        assert world.statuses(7) == expected

    def test_rest(self):
        world = one(
            "{id: r, match: {provider: acme}, steps: [{do: {pass: true}},"
            " {times: rest, do: {respond: {status: 429}}}]}"
        )
        assert world.statuses(4) == [200, 429, 429, 429]

    def test_when_chooses_the_hits_and_steps_go_on_by_firings(self):
        world = one(
            "{id: r, match: {provider: acme}, when: {every: 2}, steps: [{do: {error: acme.401}},"
            " {do: {error: acme.403}}]}"
        )
        assert world.statuses(6) == [200, 401, 200, 403, 200, 200]


class TestOrder:
    def test_first_ending_action_wins_and_bending_adds_up(self):
        world = World(
            scenario(
                "{id: slow, match: {provider: acme}, do: {latency: 100ms}}",
                "{id: a, match: {provider: acme}, do: {error: acme.401}, when: {times: 1}}",
                "{id: b, match: {provider: acme}, do: {latency: 50ms, error: acme.403}}",
            )
        )
        handling = world.turn()
        assert asyncio.run(world.answer(handling)).status == 401
        assert handling.exchange.rules == ["test/slow#1", "test/a#1", "test/b#1"]
        assert world.slept == [0.05, 0.1]  # the first rule is the outermost
        assert handling.exchange.verdict == "injected"
        assert handling.exchange.diagnosis is not None
        assert handling.exchange.diagnosis.hint == "test/a#1"
        assert world.send().status == 403

    def test_pass_ends_with_the_true_answer(self):
        world = World(
            scenario(
                "{id: shield, match: {provider: acme, endpoint: token}, do: {pass: true}}",
                "{id: b, match: {provider: acme}, do: {error: acme.403}}",
            )
        )
        assert world.send("token").status == 200
        assert world.send("pay.create").status == 403

    def test_what_never_took_effect_did_not_fire(self):
        """A rule that only ends keeps its `times` while another ends before it."""
        world = World(
            scenario(
                "{id: a, match: {provider: acme}, when: {hits: [1]}, do: {respond: {status: 503}}}",
                "{id: b, match: {provider: acme}, when: {times: 2}, do: {error: acme.401}}",
            )
        )
        assert world.statuses(4) == [503, 401, 401, 200]
        assert world.counts("b") == (4, 2)

    def test_hits_count_whatever_other_rules_do(self):
        world = World(
            scenario(
                "{id: a, match: {provider: acme}, when: {hits: [1, 2]}, do: {error: acme.401}}",
                "{id: b, match: {provider: acme}, when: {hits: [3]}, do: {error: acme.403}}",
            )
        )
        assert world.statuses(4) == [401, 401, 403, 200]

    def test_faults_of_one_action_act_in_the_order_written(self):
        """The clock moves before the wait or after it, as the file says."""
        for order in ("clock: {advance: 1h}, latency: 1s", "latency: 1s, clock: {advance: 1h}"):
            world = one(f"{{id: r, match: {{provider: acme}}, do: {{{order}}}}}")
            action = world.scenario.rules[0].do
            assert [type(fault).__module__.rpartition(".")[2] for fault in action.faults] == [
                part.split(":")[0] for part in order.split(", ")
            ]

    def test_pass_ends_what_rules_further_down_would_do(self):
        """They count their hits, but neither changes nor use up their times."""
        world = World(
            scenario(
                "{id: slow, match: {provider: acme}, do: {latency: 1s}}",
                "{id: fine, match: {provider: acme}, when: {times: 1}, do: {pass: true}}",
                "{id: slower, match: {provider: acme}, when: {times: 1}, do: {latency: 5s}}",
                "{id: down, match: {provider: acme}, do: {error: acme.401, after_commit: true}}",
            )
        )
        assert world.statuses(2) == [200, 401]
        assert sorted(world.slept) == [1.0, 1.0, 5.0]
        assert world.counts("slower") == (2, 1)

    @pytest.mark.parametrize(
        ("winner", "loser", "worked"),
        [
            ("respond: {status: 503}", "error: acme.401, after_commit: true", 0),
            ("error: acme.401, after_commit: true", "respond: {status: 503}", 1),
            ("connection: reset", "respond: {status: 503}, after_commit: true", 0),
            ("connection: close", "respond: {status: 503}", 1),
            ("connection: hang", "connection: hang, hold: 3s, after_commit: true", 0),
        ],
    )
    def test_a_modifier_is_for_the_ending_beside_it(self, winner: str, loser: str, worked: int):
        """What belongs to an ending that did not win changes nothing about the one that did."""
        world = World(
            scenario(
                f"{{id: a, match: {{provider: acme}}, do: {{{winner}}}}}",
                f"{{id: b, match: {{provider: acme}}, do: {{latency: 1s, {loser}}}}}",
            )
        )
        handling = world.turn()
        asyncio.run(world.answer(handling))
        assert handling.exchange.rules == ["test/a#1", "test/b#1"]
        assert world.worked == worked
        assert handling.transmission.hold_seconds is None
        assert world.slept == [1.0]

    def test_a_modifier_does_not_outlive_its_exchange(self):
        world = World(
            scenario(
                "{id: a, match: {provider: acme}, steps: [{do: {after_commit: true,"
                " error: acme.401}}, {do: {error: acme.403}}]}"
            )
        )
        assert world.statuses(2) == [401, 403]
        assert world.worked == 1

    def test_rule_and_draw_are_those_of_the_fault_that_acts(self):
        world = World(
            scenario(
                "{id: a, match: {provider: acme}, do: {latency: {uniform: [0s, 1s]}}}",
                "{id: b, match: {provider: acme}, do: {latency: {uniform: [0s, 1s]}}}",
                seed="3",
            )
        )
        handling = world.turn()
        asyncio.run(world.answer(handling))
        assert world.slept == [chance(3, "test/b", 1, "latency"), chance(3, "test/a", 1, "latency")]
        assert handling.rule == ""


class TestMatch:
    @pytest.mark.parametrize(
        ("match", "request_", "matches"),
        [
            ("{provider: acme}", {"provider": "umbra"}, False),
            ("{provider: any}", {"provider": "umbra"}, True),
            ("{provider: acme, endpoint: token}", {"endpoint": "pay.create"}, False),
            ('{provider: acme, endpoint: "pay.*"}', {"endpoint": "pay.create"}, True),
            ('{provider: acme, endpoint: "pay.*"}', {"endpoint": "prepay.x"}, False),
            ("{provider: acme, endpoint: [token, pay.query]}", {"endpoint": "pay.query"}, True),
            ("{provider: acme, endpoint: /health}", {"endpoint": "/health"}, True),
            ("{provider: acme, endpoint: /a/*}", {"endpoint": "/a/b\nc"}, True),
            ("{provider: acme, credential: c1}", {"credential": "c1"}, True),
            ("{provider: acme, credential: c1}", {"credential": "c2"}, False),
            ("{provider: acme, method: GET}", {}, False),
            ("{provider: acme, method: POST}", {}, True),
            ("{provider: acme}", {"verdict": "refused"}, False),
            ("{provider: acme, verdict: rejected}", {"verdict": "refused"}, True),
            ("{provider: acme, verdict: refused}", {"verdict": "refused"}, True),
            ("{provider: acme, verdict: rejected}", {}, False),
            ("{provider: acme, verdict: any}", {"verdict": "refused"}, True),
            ("{provider: acme, diagnosis: bearer.expired}", {"diagnosis": "bearer.expired"}, True),
            ("{provider: acme, diagnosis: 'bearer.*'}", {"diagnosis": "bearer.expired"}, True),
            ("{provider: acme, diagnosis: bearer.alg}", {"diagnosis": "bearer.expired"}, False),
            ("{provider: acme, diagnosis: 'bearer.*'}", {}, False),
            ("{provider: acme, header: {X-A: b}}", {"headers": [("x-a", "b")]}, True),
            ("{provider: acme, header: {X-A: b}}", {"headers": [("x-a", "a"), ("x-a", "b")]}, True),
            ("{provider: acme, header: {X-A: b}}", {}, False),
            ("{provider: acme, header: {X-A: {present: false}}}", {}, True),
            ("{provider: acme, header: {X-A: {ne: b}}}", {}, False),
            ("{provider: acme, query: {page: 2}}", {"query": "page=2"}, True),
            ("{provider: acme, query: {page: {lt: 3}}}", {"query": "page=10"}, False),
        ],
    )
    def test_request(self, match: str, request_: dict, matches: bool):
        world = World(scenario(f"{{id: r, match: {match}, do: {{respond: {{status: 418}}}}}}"))
        assert world.send(**request_).status == (418 if matches else 200)

    @pytest.mark.parametrize(
        ("matcher", "value", "matches"),
        [
            ("{/a: 1}", {"a": 1}, True),
            ("{/a: 1}", {"a": "1.00"}, True),
            ("{/a: 1}", {"a": True}, False),
            ("{/a: true}", {"a": True}, True),
            ("{/a: true}", {"a": 1}, False),
            ("{/a: '1'}", {"a": 1}, False),
            ("{/a: {eq: null}}", {"a": None}, True),
            ("{/a: null}", {"a": None}, True),
            ("{/a: null}", {}, False),
            ("{/a: {ne: x}}", {"a": "y"}, True),
            ("{/a: {ne: x}}", {}, False),
            ("{/a: {gt: 1000}}", {"a": "1000.01"}, True),
            ("{/a: {gt: 9}}", {"a": "10.00"}, True),
            ("{/a: {gt: 10}}", {"a": "10.00"}, False),
            ("{/a: {gt: 1, lt: 2.5}}", {"a": 2}, True),
            ("{/a: {gt: 1}}", {"a": "ten"}, False),
            ("{/a: {gt: 1}}", {"a": float("nan")}, False),
            ("{/a: {gt: 1}}", {"a": float("inf")}, False),
            ("{/a: {gt: 1}}", {"a": True}, False),
            ("{/a: {glob: 'x*z'}}", {"a": "xyz"}, True),
            ("{/a: {glob: 'x*z'}}", {"a": "wxyz"}, False),
            ("{/a: {glob: ''}}", {"a": "w"}, False),
            ("{/a: {regex: '^4[0-9]+$'}}", {"a": "4111"}, True),
            ("{/a: {regex: '^4[0-9]+$'}}", {"a": 4111}, True),
            ("{/a: {regex: 'x'}}", {"a": ["x"]}, False),
            ("{/a: {in: [115, 107]}}", {"a": "107"}, True),
            ("{/a: {in: [115, 107]}}", {"a": 108}, False),
            ("{/a: {present: true}}", {"a": None}, True),
            ("{/a: {present: true}}", {}, False),
            ("{/a: {present: false}}", None, True),
            ("{/a/1/b: 2}", {"a": [0, {"b": 2}]}, True),
            ("{/a/5: 2}", {"a": [0]}, False),
            ("{/a/x: 2}", {"a": [0]}, False),
            ("{/a~1b~0c: 2}", {"a/b~c": 2}, True),
            ("{'': 2}", 2, True),
            ("{/a: 1, /b: 2}", {"a": 1}, False),
            ("{/a: {eq: [1, {b: 2}]}}", {"a": [1, {"b": 2}]}, True),
        ],
    )
    def test_payload(self, matcher: str, value: object, matches: bool):
        world = World(
            scenario(
                f"{{id: r, match: {{provider: acme, payload: {matcher}}},"
                " do: {respond: {status: 418}}}"
            )
        )
        assert world.send(payload=value).status == (418 if matches else 200)


ONE = [1, 1.0, "1", "1.00", True, Decimal("1.0")]
OTHERS = [0, "0", "-0", False, None, "x", "", [1], {"b": 1}, 10**30, float("inf"), float("nan")]
VALUES = st.sampled_from([*ONE, *OTHERS])
EQUAL = ["1", "1.0", "'1'", "'1.00'", "0", "true", "false", "null", "x", "{eq: 1}", "{eq: [1]}"]
AMONG = ["{in: [1, x]}", "{in: ['1', true]}", "{in: [null, 1]}", "{in: [0, 1], gt: 0.5}"]
WANTED = st.sampled_from(
    [*EQUAL, *AMONG, "{eq: null}", "{ne: 1}", "{gt: 0}", "{glob: '1*'}", "{present: false}"]
)
MATCHES = st.dictionaries(st.sampled_from(["/a", "/b", "/c/0"]), WANTED, max_size=3)
TEXTS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "1.0", "x", ""])))


class TestLookingUp:
    """Rules are found by a value they want; that must never lose one that matches."""

    @pytest.mark.slow
    @settings(deadline=None)
    @given(
        st.lists(st.tuples(MATCHES, st.sampled_from(["", "a: 1", "b: x", "a: {in: [1.0, x]}"]))),
        st.dictionaries(st.sampled_from("abc"), VALUES),
        TEXTS,
        TEXTS,
    )
    def test_finds_what_testing_each_would_find(
        self,
        matches: list[tuple[dict[str, str], str]],
        payload: dict[str, object],
        query: list[tuple[str, str]],
        headers: list[tuple[str, str]],
    ):
        rules = ["{id: last, match: {provider: any}, do: {latency: 1s}}"]
        for number, (wanted, pair) in enumerate(matches):
            match = "provider: acme"
            if wanted:
                match += f", payload: {{{', '.join(f'{at}: {v}' for at, v in wanted.items())}}}"
            if pair:
                match += f", {('query', 'header')[number % 2]}: {{{pair}}}"
            rules.insert(0, f"{{id: r{number}, match: {{{match}}}, do: {{latency: 1s}}}}")
        world = World(scenario(*rules))
        handling = world.turn(payload=payload, query=urlencode(query), headers=headers)
        expected = [
            rule.id
            for rule in world.scenario.rules or ()
            if all(test(handling.exchange) for _, test in matching.tests_by_part(rule.match))
        ]
        asyncio.run(world.answer(handling))
        assert [name[5:-2] for name in handling.exchange.rules] == expected

    @pytest.mark.slow
    def test_of_a_thousand_values_one_is_tested(self):
        rules = [
            f"{{id: r{n}, match: {{provider: acme, payload: {{/currency: COP, /amount: {n}}}}},"
            " do: {respond: {status: 418}}}"
            for n in range(1000)
        ]
        world = World(scenario(*rules))
        handling = world.turn(payload={"currency": "COP", "amount": "7.00"})
        assert [rule.id for rule in world.engine._rules_for(handling)] == ["r7"]
        assert not world.engine._rules_for(world.turn(payload=[]))


class TestScope:
    def test_each_credential_counts_for_itself(self):
        world = World(scenario(FIRST_401, scope="credential"))
        seen = [world.send(credential=name).status for name in ("a", "b", "a", "b")]
        assert seen == [401, 401, 200, 200]
        assert world.counts("r") == (4, 2)

    def test_each_client_counts_for_itself(self):
        world = World(scenario(FIRST_401, scope="client"))
        seen = [world.send(client=name).status for name in ("10.0.0.1", "", "10.0.0.1", "")]
        assert seen == [401, 401, 200, 200]

    def test_namespaces_count_apart_and_global_does_not(self):
        store = MemoryEngine()
        apart = [World(scenario(FIRST_401), store=store, namespace=n) for n in "ab"]
        assert [world.send().status for world in apart] == [401, 401]
        together = [
            World(scenario(FIRST_401, scope="global"), store=store, namespace=n) for n in "cd"
        ]
        assert [world.send().status for world in together] == [401, 200]
        for world in together:
            world.engine.stop()
        together[0].engine.start()
        assert together[0].send().status == 401


class TestExactness:
    def test_eight_at_once_meet_one_401(self):
        """Sixty rounds of eight parallel requests against "first 401, then 200"."""

        async def round_() -> list[int]:
            world = World(scenario(FIRST_401))
            turns = [world.turn() for _ in range(8)]
            replies = await asyncio.gather(*map(world.answer, turns))
            return sorted(reply.status for reply in replies)

        for _ in range(60):
            assert asyncio.run(round_()) == [200] * 7 + [401]

    @pytest.mark.parametrize(
        "rule",
        [
            "{id: r, match: {provider: acme}, when: {times: 5}, do: {error: acme.401}}",
            "{id: r, match: {provider: acme}, when: {hits: [3, 9, 11, 50, 200]},"
            " do: {error: acme.401}}",
            "{id: r, match: {provider: acme}, when: {probability: 0.5, times: 5},"
            " do: {error: acme.401}}",
            "{id: r, match: {provider: acme}, steps: [{times: 5, do: {error: acme.401}}]}",
        ],
    )
    def test_threads_do_not_disturb_the_count(self, rule: str):
        """Nothing leans on the event loop: eight threads share one engine."""
        world = World(scenario(rule, seed="1"))
        seen: list[int] = []

        def work() -> None:
            seen.extend(world.statuses(100))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(seen), seen.count(401)) == (800, 5)
        assert world.counts("r") == (800, 5)

    def test_webhooks_in_threads(self):
        """Eight threads announce a hundred each; five are dropped."""
        world = World(
            "scenario: test\nversion: 1\nwebhooks:\n"
            "  - {id: w, match: {provider: acme, event: paid}, when: {every: 7, times: 5},"
            " do: {deliver: drop}}\n"
        )
        plans: list[object] = []

        def work() -> None:
            plans.extend(world.engine.plan("acme", Webhook("paid", "", {})) for _ in range(100))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {plan.rule for plan in plans if plan is not None} == {
            f"test/w#{hit}" for hit in (7, 14, 21, 28, 35)
        }
        assert world.engine.as_json()["webhooks"] == [{"id": "w", "hits": 800, "fired": 5}]


class TestChance:
    RULE = "{id: r, match: {provider: acme}, when: {probability: 0.2}, do: {error: acme.401}}"

    def test_the_same_seed_is_the_same_sequence(self):
        assert World(scenario(self.RULE), 7).statuses(200) == World(
            scenario(self.RULE), 7
        ).statuses(200)

    def test_under_any_name_of_the_namespace(self):
        worlds = [World(scenario(self.RULE), 7, namespace=name) for name in ("x1", "y2")]
        assert worlds[0].statuses(200) == worlds[1].statuses(200)

    def test_other_seeds_differ(self):
        sequences = {tuple(World(scenario(self.RULE), s).statuses(200)) for s in range(20)}
        assert len(sequences) == 20

    def test_in_any_interleaving(self):
        """Which hits fire does not depend on what other endpoints and rules do between them."""
        rules = (self.RULE.replace("id: r", "id: q").replace("acme}", "acme, endpoint: token}"),)
        alone = World(scenario(*rules), 7)
        expected = alone.statuses(100, "token")
        for order in range(5):
            shuffle = random.Random(order)
            world = World(scenario(*rules), 7)
            seen: list[int] = []
            while len(seen) < 100:
                if shuffle.random() < 0.5:
                    world.send("pay.query")
                else:
                    seen.append(world.send("token").status)
            assert seen == expected

    @pytest.mark.parametrize("seed", [0, 1, 20260301])
    def test_rate(self, seed: int):
        """Over 10,000 hits a fifth is a fifth, to within two percentage points."""
        fired = sum(chance(seed, "test/r", n) < 0.2 for n in range(1, 10_001))
        assert abs(fired / 10_000 - 0.2) < 0.02

    def test_rate_of_the_engine(self):
        statuses = World(scenario(self.RULE), 7).statuses(10_000)
        assert abs(statuses.count(401) / 10_000 - 0.2) < 0.02

    def test_the_formula(self):
        """A fixed value, so that a recorded seed means the same in the next release."""
        digest = hashlib.sha256(b"7/a/b/1/").hexdigest()
        assert chance(7, "a/b", 1) == (int(digest[:16], 16) >> 11) / 2**53
        assert chance(7, "a/b", 1) == 0.8691999021085007
        assert chance(7, "a/b", 1, "latency") != chance(7, "a/b", 1)

    def test_seed_of_the_file_wins_and_one_is_drawn_if_none(self):
        assert World(scenario(self.RULE, seed="9"), 7).engine.seed == 9
        assert World(scenario(self.RULE, seed="0"), 7).engine.seed == 0
        assert World(scenario(self.RULE), 7).engine.seed == 7
        drawn = {World(scenario(self.RULE)).engine.seed for _ in range(5)}
        assert len(drawn) > 1
        assert all(0 <= seed < 2**32 for seed in drawn)


class TestClock:
    def test_the_scenarios_clock_applies_at_the_start_and_leaves_with_it(self):
        world = World("scenario: t\nversion: 1\nclock: {offset: +4m50s, affects: [verify]}\n")
        assert world.clock.timestamp("verify") == START + 290
        assert world.clock.timestamp("issue") == START
        world.engine.stop()
        assert world.clock.timestamp("verify") == START

    def test_a_scenario_without_a_clock_leaves_it_alone(self):
        world = World(scenario(FIRST_401))
        world.clock.change(ClockChange(advance="1h"))
        world.engine.stop()
        assert world.clock.time() == START + 3600

    def test_a_moved_clock_makes_the_verdict_be_found_again(self):
        world = one(
            "{id: r, match: {provider: acme}, when: {times: 1}, do: {clock: {advance: 24h}}}"
        )
        world.expires = START + 3600
        handling = world.turn()
        assert asyncio.run(world.answer(handling)).status == 403
        assert handling.judge_again
        assert handling.exchange.verdict == "refused"

    def test_a_clock_that_verifies_nothing_any_more_does_too(self):
        """The offset reached `verify` until now, and the token was dead."""
        world = one(
            "{id: r, match: {provider: acme, verdict: any},"
            " do: {clock: {offset: 1h, affects: [date_header]}}}",
            clock="{offset: 1h}",
        )
        world.expires = START + 1800
        handling = world.turn()
        assert asyncio.run(world.answer(handling)).status == 200
        assert handling.judge_again

    def test_token_dies_with_the_error(self):
        """The clock moves for good; the error is only how the client hears of it."""
        world = one(
            "{id: r, match: {provider: acme}, when: {after: 3, times: 1},"
            " do: {clock: {advance: 24h1s}, error: acme.token-expired}}",
            clock='{freeze: "2026-03-01T12:00:00Z"}',
        )
        world.expires = START + 86_400
        assert world.statuses(5) == [200, 200, 200, 403, 403]
        assert world.counts("r")[1] == 1


class TestLife:
    def test_start_again_sets_counters_to_zero_and_keeps_the_seed(self):
        world = World(scenario(FIRST_401))
        seed = world.engine.seed
        assert world.statuses(2) == [401, 200]
        world.engine.start()
        assert world.engine.seed == seed
        assert world.counts("r") == (0, 0)
        assert world.statuses(2) == [401, 200]

    def test_reset_of_the_namespace(self):
        world = World(scenario(FIRST_401))
        world.statuses(2)
        world.store.clear(world.namespace)
        world.engine.start()
        assert world.statuses(2) == [401, 200]

    def test_start_again_does_not_move_the_clock_twice(self):
        world = World("scenario: t\nversion: 1\nclock: {advance: 1h}\n")
        world.engine.start()
        assert world.clock.time() == START + 3600

    def test_stopped_it_bends_nothing(self):
        world = one("{id: r, match: {provider: acme}, do: {error: acme.401}}")
        world.engine.stop()
        assert world.statuses(2) == [200, 200]

    def test_ttl_goes_by_real_time(self):
        """A dead man's switch: it works although the scenario froze the clock."""
        world = one(
            "{id: r, match: {provider: acme}, do: {error: acme.401}}",
            ttl="5m",
            clock="{freeze: now, advance: 1h}",
        )
        assert world.send().status == 401
        world.elapsed = 299.9
        assert world.send().status == 401
        world.elapsed = 300
        assert world.send().status == 200
        assert world.engine.as_json()["running"] is False
        assert world.clock.time() == START

    def test_as_json(self):
        world = World(scenario(FIRST_401, seed="3", description="what it is"))
        world.statuses(3)
        assert world.engine.as_json() == {
            "scenario": "test",
            "description": "what it is",
            "seed": 3,
            "running": True,
            "state": None,
            "states": {},
            "rules": [{"id": "r", "hits": 3, "fired": 1}],
            "webhooks": [],
        }

    def test_rules_of_other_endpoints_are_not_looked_at(self):
        """A thousand rules elsewhere cost this endpoint nothing."""
        elsewhere = [
            f"{{id: r{n}, match: {{provider: umbra}}, do: {{latency: 1s}}}}" for n in range(1000)
        ]
        world = World(scenario(*elsewhere, FIRST_401))
        assert world.statuses(2) == [401, 200]
        [(place, rules)] = world.engine._by_place.items()
        assert place == ("acme", "token", "")
        assert len(rules.of(world.turn().exchange)) == 1

    def test_credentials_that_no_rule_names_are_one(self):
        world = World(scenario(FIRST_401, scope="credential"))
        for number in range(10):
            world.send(credential=f"k{number}")
        assert list(world.engine._by_place) == [("acme", "token", "")]

    def test_unknown_paths_are_not_remembered(self):
        world = World(scenario(FIRST_401))
        for number in range(10):
            world.send(f"/no/{number}")
        assert not world.engine._by_place
