"""States: what leads from one to the next, whose they are, and what happens on the way."""

from __future__ import annotations

import threading
from typing import Any

import httpx2
import pytest
from playing import Play, played
from small_bank import START, World

from emulator.core.clock_change import ClockChange
from emulator.core.store import MemoryEngine
from emulator.provider import Webhook

CHAIN = (
    "{from: a, to: b, on: {elapsed: 1m}}",
    "{from: b, to: c, on: {elapsed: 2m}}",
    "{from: c, to: d, on: {elapsed: 30s}}",
)
TELL = "{id: tell, match: {provider: acme, endpoint: pay.query}, do: {pass: true}}"
ALWAYS = "{id: r, match: {provider: acme}, do: {pass: true}}"
AT_B = "{id: r, match: {provider: acme}, when: {state: b}, do: {error: acme.401}}"

START_2030 = 1_893_456_000.0


def stateful(
    *transitions: str, rules: tuple[str, ...] = (TELL,), webhooks: tuple[str, ...] = (), **top: str
) -> str:
    """Return the text of a scenario with states a to d, each entry one line of flow YAML."""
    lines = ["scenario: test", "version: 1", *(f"{key}: {value}" for key, value in top.items())]
    lines += ["states:", "  initial: a", "  names: [a, b, c, d]"]
    if transitions:
        lines += ["  transitions:", *(f"    - {each}" for each in transitions)]
    for name, entries in (("rules", rules), ("webhooks", webhooks)):
        if entries:
            lines += [f"{name}:", *(f"  - {each}" for each in entries)]
    return "\n".join(lines) + "\n"


def worlds(text: str, *namespaces: str) -> list[World]:
    """Return worlds that share a store."""
    store = MemoryEngine()
    return [World(text, store=store, namespace=name) for name in namespaces]


def state(world: World) -> str | None:
    return world.engine.as_json()["state"]


def advance(world: World, duration: str) -> None:
    world.clock.change(ClockChange(advance=duration))


def webhook(world: World, event: str = "paid", credential: str = "") -> bool:
    """Tell whether a rule fires on a webhook."""
    return world.engine.plan("acme", Webhook(event, "", {}, credential)) is not None


class TestElapsed:
    def test_by_real_time(self):
        world = World(stateful(*CHAIN))
        seen = []
        for _ in range(8):
            seen.append(state(world))
            world.wall += 30
        assert seen == ["a", "a", "b", "b", "b", "b", "c", "d"]

    @pytest.mark.parametrize(
        ("jump", "found"),
        [("59s999ms", "a"), ("1m", "b"), ("2m59s", "b"), ("3m", "c"), ("3m30s", "d"), ("9h", "d")],
    )
    def test_through_several_in_one_jump(self, jump: str, found: str):
        world = World(stateful(*CHAIN))
        advance(world, jump)
        assert state(world) == found

    def test_each_state_begins_when_it_was_due_not_when_it_was_seen(self):
        world = World(stateful(*CHAIN))
        advance(world, "2m50s")
        assert state(world) == "b"
        advance(world, "10s")
        assert state(world) == "c"

    def test_frozen_it_stays(self):
        world = World(stateful(*CHAIN, clock="{freeze: now}"))
        world.wall += 1e6
        assert state(world) == "a"
        advance(world, "1m")
        assert state(world) == "b"

    @pytest.mark.parametrize("step", ["0.1s", "1ms", "333ms", "1.7s"])
    def test_sums_of_fractions_are_reached(self, step: str):
        """No rounding error keeps a state from being left at its very moment."""
        ways = [
            f"{{from: {one}, to: {other}, on: {{elapsed: {step}}}}}"
            for one, other in ("ab", "bc", "cd")
        ]
        world = World(stateful(*ways, clock='{freeze: "2026-03-01T12:00:00.1Z"}'))
        for expected in "bcd":
            advance(world, step)
            assert state(world) == expected

    @pytest.mark.parametrize(
        ("jump", "found"), [("1ms", "b"), ("3000d", "a"), ("3000d1ms", "b"), ("999999d2ms", "c")]
    )
    def test_a_loop_of_milliseconds_over_years(self, jump: str, found: str):
        """Counted, not walked."""
        ways = [f"{{from: {w[0]}, to: {w[1]}, on: {{elapsed: 1ms}}}}" for w in ("ab", "bc", "ca")]
        world = World(stateful(*ways, clock='{freeze: "2026-01-01T00:00:00Z"}'))
        advance(world, jump)
        assert state(world) == found

    def test_a_way_into_a_loop(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {elapsed: 7s}}",
                "{from: b, to: c, on: {elapsed: 2s}}",
                "{from: c, to: b, on: {elapsed: 3s}}",
                clock='{freeze: "2026-01-01T00:00:00Z"}',
            )
        )
        found = []
        for _ in range(20):
            found.append(state(world))
            advance(world, "1s")
        assert "".join(map(str, found)) == "aaaaaaabbcccbbcccbbc"
        advance(world, f"{5 * 10**6}s")
        assert state(world) == "c"

    def test_a_loop_that_does_something_is_bounded(self):
        ways = (
            "{from: a, to: b, on: {elapsed: 1ms}, do: {token: {revoke: all}}}",
            "{from: b, to: a, on: {elapsed: 1ms}, do: {token: {revoke: all}}}",
        )
        world = World(stateful(*ways))
        advance(world, "3000d")
        assert state(world) in "ab"
        assert len(world.revoked) == 1000
        state(world)
        assert len(world.revoked) == 1000  # what lies further back is let go


class TestSettingTheClock:
    """`elapsed`, `from` and `until` know no way back."""

    @pytest.mark.parametrize(
        "back",
        [
            ClockChange(reset=True),
            ClockChange(advance="-100d"),
            ClockChange(start="2000-01-01T00:00:00Z"),
            ClockChange(freeze="2000-01-01T00:00:00Z"),
        ],
        ids=["reset", "advance", "start", "freeze"],
    )
    def test_set_back_the_states_go_on(self, back: ClockChange):
        world = World(stateful(*CHAIN, clock='{start: "2030-01-01T00:00:00Z"}'))
        advance(world, "50s")
        world.clock.change(back)
        assert state(world) == "a"
        advance(world, "9s")
        assert state(world) == "a"
        advance(world, "1s")
        assert state(world) == "b"

    def test_from_and_until_after_the_scenario_reset_the_clock(self):
        world = World(
            "scenario: test\nversion: 1\nclock: {start: '2030-01-01T00:00:00Z'}\nrules:\n"
            "  - {id: back, match: {provider: acme}, when: {times: 1},"
            " do: {clock: {reset: true}}}\n"
            "  - {id: r, match: {provider: acme}, when: {from: 1m, until: 2m},"
            " do: {error: acme.401}}\n"
        )
        seen = []
        for _ in range(5):
            seen.append(world.send().status)
            world.wall += 30
        assert seen == [200, 200, 401, 401, 200]
        assert world.clock.time() == world.wall  # real time, as over HTTP

    def test_advance_per_request_that_goes_back(self):
        world = World(stateful(*CHAIN, clock="{advance_per_request: -1h}"))
        world.clock.tick()
        world.wall += 60
        assert state(world) == "b"

    def test_a_window_opens_at_its_very_moment(self):
        world = World(
            "scenario: test\nversion: 1\nclock: {freeze: '2026-03-01T12:00:00.1Z'}\nrules:\n"
            "  - {id: r, match: {provider: acme}, when: {from: 100ms, until: 300ms},"
            " do: {error: acme.401}}\n"
        )
        seen = []
        for _ in range(4):
            seen.append(world.send().status)
            advance(world, "100ms")
        assert seen == [200, 401, 401, 200]

    def test_offset_and_drift_pass_no_time(self):
        world = World(stateful(*CHAIN, clock="{offset: 10h, drift: 1s/s}"))
        world.wall += 59
        assert state(world) == "a"
        world.wall += 1
        assert state(world) == "b"


class TestFired:
    @pytest.mark.parametrize("times", [1, 3])
    def test_so_often_and_the_next_request_sees_it(self, times: int):
        world = World(
            stateful(
                f"{{from: a, to: b, on: {{fired: {{rule: count, times: {times}}}}}}}",
                rules=(
                    "{id: count, match: {provider: acme}, when: {state: a}, do: {latency: 1s}}",
                    AT_B,
                ),
            )
        )
        assert world.statuses(times + 2) == [*[200] * times, 401, 401]
        assert world.counts("count") == (times, times)

    def test_hits_that_do_not_fire_do_not_count(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {fired: {rule: count, times: 2}}}",
                rules=(
                    "{id: count, match: {provider: acme}, when: {every: 3}, do: {latency: 1s}}",
                    AT_B,
                ),
            )
        )
        assert world.statuses(8) == [200] * 6 + [401] * 2

    def test_counted_since_the_state_was_entered(self):
        """Round and round: two in each state, whatever was counted before."""
        ways = [
            f"{{from: {w[0]}, to: {w[1]}, on: {{fired: {{rule: r, times: 2}}}}}}"
            for w in ("ab", "ba")
        ]
        world = World(stateful(*ways, rules=(ALWAYS,)))
        found = []
        for _ in range(9):
            found.append(state(world))
            world.send()
        assert "".join(map(str, found)) == "aabbaabba"

    def test_one_request_takes_one_way(self):
        """What fired in `a` is no reason to leave `b`."""
        world = World(
            stateful(
                "{from: a, to: b, on: {fired: {rule: one}}}",
                "{from: b, to: c, on: {fired: {rule: two}}}",
                rules=(
                    "{id: one, match: {provider: acme}, do: {latency: 1s}}",
                    "{id: two, match: {provider: acme}, do: {latency: 1s}}",
                ),
            )
        )
        world.send()
        assert state(world) == "b"
        world.send()
        assert state(world) == "c"

    def test_of_two_ways_the_one_written_first(self):
        world = World(
            stateful(
                "{from: a, to: c, on: {fired: {rule: two}}}",
                "{from: a, to: b, on: {fired: {rule: one}}}",
                rules=(
                    "{id: one, match: {provider: acme}, do: {latency: 1s}}",
                    "{id: two, match: {provider: acme}, do: {latency: 1s}}",
                ),
            )
        )
        world.send()
        assert state(world) == "c"

    def test_by_a_webhook_rule(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {fired: {rule: lost, times: 2}}}",
                webhooks=("{id: lost, match: {provider: acme, event: paid}, do: {deliver: drop}}",),
            )
        )
        assert [webhook(world), webhook(world, "refunded"), state(world)] == [True, False, "a"]
        assert webhook(world)
        assert state(world) == "b"

    def test_in_threads_no_more_than_so_often(self):
        """Eight threads; the rule of state `a` fires five times, not once more."""
        world = World(
            stateful(
                "{from: a, to: b, on: {fired: {rule: count, times: 5}}}",
                rules=(
                    "{id: count, match: {provider: acme}, when: {state: a}, do: {error: acme.403}}",
                    AT_B,
                ),
            )
        )
        seen: list[int] = []
        threads = [
            threading.Thread(target=lambda: seen.extend(world.statuses(50))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (seen.count(403), seen.count(401)) == (5, 395)


class TestSignal:
    WAY = "{from: a, to: b, on: {signal: go}}"

    def test_tells_whose_state_it_changed(self):
        world = World(stateful(self.WAY))
        assert world.engine.signals == ["go"]
        assert world.engine.signal("go") == [""]
        assert state(world) == "b"
        assert world.engine.signal("go") == []

    def test_unknown_it_means_nothing(self):
        assert World(stateful(self.WAY)).engine.signal("stop") is None
        assert World(stateful(*CHAIN)).engine.signal("go") is None

    def test_after_what_was_due_by_then(self):
        world = World(stateful("{from: a, to: c, on: {elapsed: 1m}}", self.WAY))
        advance(world, "1m")
        assert world.engine.signal("go") == []
        assert state(world) == "c"

    def test_reaches_all_who_were_met_and_all_who_were_not(self):
        world = World(stateful(self.WAY, rules=(AT_B,), scope="credential"))
        assert world.send(credential="k1").status == 200
        assert world.engine.signal("go") == ["", "acme/k1"]
        assert [world.send(credential=key).status for key in ("k1", "k2")] == [401, 401]

    def test_a_scenario_that_is_over_takes_none(self):
        world = World(stateful(self.WAY, ttl="1m"))
        world.elapsed = 60
        assert world.engine.signal("go") is None
        assert state(world) == "a"


class TestGoto:
    def test_alone_is_an_action(self):
        world = World(
            stateful(
                rules=("{id: go, match: {provider: acme}, when: {times: 1}, do: {goto: b}}", AT_B)
            )
        )
        assert [state(world), world.send().status] == ["a", 200]
        assert [state(world), world.send().status] == ["b", 401]
        assert world.counts("go") == (2, 1)

    def test_beside_others(self):
        world = World(
            stateful(
                rules=(
                    "{id: go, match: {provider: acme}, when: {state: a},"
                    " do: {latency: 1s, error: acme.403, goto: b}}",
                    AT_B,
                )
            )
        )
        assert world.statuses(2) == [403, 401]

    def test_by_steps(self):
        world = World(
            stateful(
                rules=(
                    "{id: r, match: {provider: acme}, repeat: loop,"
                    " steps: [{do: {goto: b}}, {do: {goto: c}}]}",
                )
            )
        )
        found = []
        for _ in range(4):
            world.send()
            found.append(state(world))
        assert found == ["b", "c", "b", "c"]

    def test_the_first_one_is_meant(self):
        world = World(
            stateful(
                rules=(
                    "{id: one, match: {provider: acme}, do: {goto: b}}",
                    "{id: two, match: {provider: acme}, do: {goto: c}}",
                )
            )
        )
        world.send()
        assert state(world) == "b"

    def test_goes_before_what_fired(self):
        """A request that is sent to a state goes nowhere else, and nothing is done on the way."""
        world = World(
            stateful(
                "{from: a, to: b, on: {fired: {rule: one}}, do: {token: {revoke: all}}}",
                rules=(
                    "{id: one, match: {provider: acme}, do: {latency: 1s}}",
                    "{id: two, match: {provider: acme}, do: {goto: c}}",
                ),
            )
        )
        world.send()
        assert (state(world), world.revoked) == ("c", [])

    def test_enters_anew(self):
        """The time in the state begins again."""
        world = World(stateful(*CHAIN, rules=("{id: r, match: {provider: acme}, do: {goto: a}}",)))
        advance(world, "50s")
        world.send()
        advance(world, "50s")
        assert state(world) == "a"
        advance(world, "10s")
        assert state(world) == "b"

    def test_takes_place_though_another_rule_ended_the_exchange(self):
        world = World(
            stateful(
                rules=(
                    "{id: one, match: {provider: acme}, do: {error: acme.401}}",
                    "{id: two, match: {provider: acme}, do: {goto: c, error: acme.403}}",
                )
            )
        )
        assert world.send().status == 401
        assert state(world) == "c"


class TestWhenState:
    def test_counts_only_hits_in_the_state(self):
        world = World(
            stateful(
                *CHAIN,
                rules=(
                    "{id: r, match: {provider: acme}, when: {state: [b, d], hits: [2, 3]},"
                    " do: {error: acme.401}}",
                ),
            )
        )
        found = []
        for jump in ("0s", "1m", "0s", "2m", "30s", "0s"):
            advance(world, jump)
            found.append((state(world), world.send().status))
        assert found == [("a", 200), ("b", 200), ("b", 401), ("c", 200), ("d", 401), ("d", 200)]
        assert world.counts("r") == (4, 2)

    def test_of_webhooks(self):
        world = World(
            stateful(
                *CHAIN,
                webhooks=(
                    "{id: w, match: {provider: acme, event: '*'}, when: {state: b},"
                    " do: {deliver: drop}}",
                ),
            )
        )
        found = []
        for jump in ("0s", "1m", "2m"):
            advance(world, jump)
            found.append(webhook(world))
        assert found == [False, True, False]

    def test_of_webhooks_by_credential(self):
        """A webhook has a credential, so it finds the state that its credential's requests left."""
        world = World(
            stateful(
                scope="credential",
                rules=("{id: r, match: {provider: acme}, do: {goto: b}}",),
                webhooks=(
                    "{id: w, match: {provider: acme, event: '*'}, when: {state: b},"
                    " do: {deliver: drop}}",
                ),
            )
        )
        world.send(credential="k1")
        assert [webhook(world, credential=key) for key in ("k1", "k2")] == [True, False]


class TestDo:
    """What happens on the way from one state to the next."""

    def test_the_clock_moves_although_nobody_asks_for_the_state(self):
        world = World(stateful("{from: a, to: b, on: {elapsed: 1m}, do: {clock: {offset: 1h}}}"))
        advance(world, "1m")
        assert world.clock.timestamp() == START + 60
        assert world.engine.running
        assert world.clock.timestamp() == START + 3660

    def test_what_it_advances_is_no_time_in_the_next_state(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {elapsed: 1m}, do: {clock: {advance: 24h}}}",
                "{from: b, to: c, on: {elapsed: 2m}}",
            )
        )
        advance(world, "1m30s")
        assert state(world) == "b"
        assert world.clock.time() == START + 90 + 86_400
        advance(world, "1m29s")
        assert state(world) == "b"
        advance(world, "1s")
        assert state(world) == "c"

    def test_a_loop_that_advances_the_clock_does_not_run_away(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {elapsed: 1m}, do: {clock: {advance: 1h}}}",
                "{from: b, to: a, on: {elapsed: 1m}}",
            )
        )
        advance(world, "1m")
        assert (state(world), world.clock.time()) == ("b", START + 3660)
        advance(world, "2m")
        assert (state(world), world.clock.time()) == ("b", START + 3780 + 3600)

    @pytest.mark.parametrize("back", ["{reset: true}", '{start: "2000-01-01T00:00:00Z"}'])
    def test_setting_the_clock_back_on_the_way(self, back: str):
        world = World(
            stateful(
                f"{{from: a, to: b, on: {{elapsed: 1m}}, do: {{clock: {back}}}}}",
                "{from: b, to: c, on: {elapsed: 1m}}",
                clock='{start: "2030-01-01T00:00:00Z"}',
            )
        )
        advance(world, "1m")
        assert state(world) == "b"
        advance(world, "1m")
        assert state(world) == "c"

    def test_freezing_on_the_way_stops_the_states_there(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {elapsed: 1m}, do: {clock: {freeze: now}}}",
                "{from: b, to: c, on: {elapsed: 1m}}",
            )
        )
        world.wall += 60
        assert state(world) == "b"
        world.wall += 1e6
        assert state(world) == "b"

    @pytest.mark.parametrize("on", ["elapsed: 1m", "signal: go", "fired: {rule: r}"])
    def test_tokens_are_revoked_once(self, on: str):
        world = World(
            stateful(
                f"{{from: a, to: b, on: {{{on}}}, do: {{token: {{revoke: all}}}}}}", rules=(ALWAYS,)
            )
        )
        if on.startswith("elapsed"):
            advance(world, "1m")
        world.engine.signal("go")
        world.statuses(3)
        assert len(world.revoked) == 1

    def test_each_owner_met_does_it_and_those_not_met_do_not(self):
        """The state of those not met passes on too; that alone must not revoke what they hold."""
        world = World(
            stateful(
                "{from: a, to: b, on: {elapsed: 1m}, do: {token: {revoke: all}}}",
                rules=(AT_B,),
                scope="credential",
            )
        )
        world.send(credential="k1")
        advance(world, "1m")
        assert world.engine.running
        assert world.revoked == [START + 60]
        advance(world, "1h")
        assert [world.send(credential=key).status for key in ("k1", "k2")] == [401, 401]
        assert world.revoked == [START + 60]

    def test_before_anybody_is_met_it_is_done_for_all(self):
        world = World(
            stateful(
                "{from: a, to: b, on: {elapsed: 1m}, do: {token: {revoke: all}}}",
                rules=(AT_B,),
                scope="credential",
            )
        )
        advance(world, "1m")
        assert world.engine.running
        assert [world.send(credential=key).status for key in ("k1", "k2")] == [401, 401]
        assert world.revoked == [START + 60]

    def test_nothing_is_done_once_the_scenario_is_over(self):
        world = World(
            stateful("{from: a, to: b, on: {elapsed: 1m}, do: {clock: {offset: 1h}}}", ttl="5m")
        )
        world.elapsed = 300
        advance(world, "2m")
        assert world.engine.as_json()["state"] == "a"
        assert world.engine.states == {"": "a"}
        assert world.clock.timestamp() == START


class TestScope:
    COUNTED = "{from: a, to: b, on: {fired: {rule: r, times: 2}}}"

    @pytest.mark.parametrize(
        ("scope", "option"), [("credential", "credential"), ("client", "client")]
    )
    def test_each_owner_has_a_state(self, scope: str, option: str):
        world = World(stateful(self.COUNTED, rules=(ALWAYS,), scope=scope))
        for owner in ("one", "one", "other"):
            world.send(**{option: owner})
        prefix = "acme" if scope == "credential" else "client"
        assert world.engine.as_json()["states"] == {f"{prefix}/one": "b", f"{prefix}/other": "a"}
        assert state(world) is None
        world.send(**{option: "other"})
        assert state(world) == "b"

    def test_of_the_namespace_it_is_one(self):
        world = World(stateful(self.COUNTED, rules=(ALWAYS,)))
        world.send(credential="one")
        world.send(credential="other")
        shown = world.engine.as_json()
        assert (shown["state"], shown["states"]) == ("b", {})

    def test_credentials_of_two_providers_are_two(self):
        world = World(
            stateful(
                rules=(
                    "{id: r, match: {provider: acme}, do: {goto: b}}",
                    ALWAYS.replace("id: r", "id: s").replace("acme", "umbra"),
                ),
                scope="credential",
            )
        )
        world.send(credential="k")
        world.send("send", "umbra", credential="k")
        assert world.engine.states == {"acme/k": "b", "umbra/k": "a"}

    def test_who_is_met_late_finds_the_state_that_time_has_reached(self):
        world = World(stateful(*CHAIN, rules=(AT_B,), scope="credential"))
        world.send(credential="early")
        advance(world, "1m30s")
        assert world.send(credential="late").status == 401
        advance(world, "1m30s")
        assert world.send(credential="late").status == 200
        assert world.engine.states == {"acme/early": "c", "acme/late": "c"}

    def test_global_is_shared_by_namespaces_each_with_its_own_clock(self):
        one, other = worlds(stateful(self.COUNTED, rules=(ALWAYS,), scope="global"), "x", "y")
        one.send()
        assert [state(one), state(other)] == ["a", "a"]
        other.send()
        assert [state(one), state(other)] == ["b", "b"]

    def test_global_by_time_goes_by_the_clock_of_the_one_that_asks(self):
        one, other = worlds(stateful(*CHAIN, scope="global"), "x", "y")
        advance(one, "1m")
        assert [state(other), state(one), state(other)] == ["a", "b", "b"]

    def test_namespaces_have_states_of_their_own(self):
        one, other = worlds(stateful(self.COUNTED, rules=(ALWAYS,)), "x", "y")
        one.statuses(2)
        assert [state(one), state(other)] == ["b", "a"]

    def test_more_owners_than_are_kept_are_served(self):
        """The oldest states leave first, that of those not met among them."""
        world = World(stateful(*CHAIN, rules=(AT_B,), scope="client"))
        world.engine._machine._table = world.space.table("few", 5)
        world.engine.start()
        advance(world, "10m")
        for number in range(20):
            assert world.send(client=f"10.0.0.{number}").status == 200
        assert len(world.engine.states) == 5


class TestLife:
    def test_start_again_begins_again(self):
        world = World(stateful(*CHAIN, rules=(ALWAYS,), scope="credential"))
        world.send(credential="k")
        advance(world, "1m")
        assert state(world) == "b"
        world.engine.start()
        assert world.engine.states == {"": "a"}
        advance(world, "59s")
        assert state(world) == "a"
        advance(world, "1s")
        assert state(world) == "b"

    def test_reset_of_the_namespace(self):
        world = World(stateful(*CHAIN, clock='{start: "2030-01-01T00:00:00Z"}'))
        advance(world, "1m")
        assert state(world) == "b"
        world.store.clear(world.namespace)
        world.engine.start()
        assert state(world) == "a"
        world.wall += 60
        assert state(world) == "b"

    def test_without_states_there_are_none(self):
        world = World(f"scenario: t\nversion: 1\nrules:\n  - {ALWAYS}\n")
        assert world.engine.states == {}
        assert world.engine.signals == []


DYING = stateful(
    "{from: a, to: b, on: {elapsed: 1m}, do: {token: {revoke: all}, clock: {offset: 10m}}}",
    rules=("{id: r, match: {provider: goat}, do: {pass: true}}",),
)


class TestInTheEmulator:
    @staticmethod
    async def control(play: Play, method: str, path: str, **options: Any) -> Any:
        transport = httpx2.ASGITransport(play.emulator.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.request(method, f"/_emulator{path}", **options)).json()

    @played
    async def test_the_clock_tells_what_a_transition_did_before_any_request(self):
        play = Play(DYING)
        play.advance("1m")
        shown = await self.control(play, "GET", "/clock")
        assert shown["offset_seconds"] == 600

    @played
    async def test_the_change_of_the_clock_that_leads_to_it_tells_too(self):
        play = Play(DYING)
        shown = await self.control(play, "PATCH", "/clock", json={"advance": "1m"})
        assert shown["offset_seconds"] == 600
        assert (await self.control(play, "GET", "/scenario"))["state"] == "b"

    @played
    async def test_a_change_of_the_clock_outlives_a_scenario_whose_time_is_up(self):
        play = Play(DYING.replace("version: 1", "version: 1\nttl: 1ms"))
        scenario = play.namespace.scenario
        assert scenario is not None
        scenario._deadline = 0.0
        await self.control(play, "PATCH", "/clock", json={"advance": "1h"})
        shown = await self.control(play, "GET", "/clock")
        assert shown["advanced_seconds"] == 3600
