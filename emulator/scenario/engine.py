"""Plays a scenario: which rules fire on a request, and in which order their faults change it.

Counting comes first, under a lock, and is over before anything is awaited: every rule whose `match`
accepts the request takes the number of its hit from a counter in the store. So "the first three"
are three, whatever runs at the same time. A request sees the state as it was when it came; what
its firing changes, the next one sees.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection
from functools import partial
from threading import RLock
from typing import Any

from emulator.core.clock import Clock
from emulator.core.clock_change import ClockChange
from emulator.core.exchange import Exchange, Reply
from emulator.core.store import RETAINED, Space
from emulator.faults.fault import Fault, Handling, Proceed
from emulator.faults.goto import Goto
from emulator.faults.pass_ import Pass
from emulator.faults.values import seconds
from emulator.outbox import Plan
from emulator.provider import Webhook
from emulator.scenario.candidates import Candidates
from emulator.scenario.counters import Counters
from emulator.scenario.machine import Machine
from emulator.scenario.model import Scenario
from emulator.scenario.moment import Moment
from emulator.scenario.ready_rule import Firing, ReadyRule
from emulator.scenario.scope import KEPT_STATES, Owners, Value
from emulator.scenario.states import TransitionAction
from emulator.scenario.webhook_plans import ReadyWebhookRule, joined

_MOST_PLACES = 1_000
"""Endpoints, and credentials that rules name, whose rules are remembered at a time."""


class ScenarioEngine:
    """A scenario at work in one namespace.

    Args:
        scenario: From the loader.
        space: Where counters and states are kept.
        clock: The namespace's.
        seed: Of chance, if the scenario brings none; drawn if None.
        elapsed: Real seconds since any fixed moment. A `ttl` goes by it, so that a scenario that
            froze the clock leaves nevertheless.
        revoke_tokens: Ends all access tokens of the namespace.

    Attributes:
        seed: What chance goes by; the same at every start.
        first_exchange: Number of the first exchange since the start.
        first_webhook: Number of the first webhook since the start.
    """

    def __init__(
        self,
        scenario: Scenario,
        space: Space,
        clock: Clock,
        seed: int | None = None,
        elapsed: Callable[[], float] = time.monotonic,
        revoke_tokens: Callable[[], None] = lambda: None,
    ) -> None:
        self.scenario = scenario
        given = seed if scenario.seed is None else scenario.seed
        self.seed = secrets.randbits(32) if given is None else given
        self.first_exchange = 1
        self.first_webhook = 1
        shared = scenario.scope == "global"
        # No namespace can be called "", so resetting one leaves what all share alone.
        place = Space(space.engine, "" if shared else space.namespace, space.owner)
        name = f"scenario.{scenario.scenario}" if shared else "scenario"
        self._counters = Counters.in_space(place, name)
        self._owners = Owners(scenario.scope)
        self._shared = shared
        self._clock = clock
        self._elapsed = elapsed
        self._revoke_tokens = revoke_tokens
        self._ttl = seconds(scenario.ttl) if scenario.ttl else None
        self._rules = [ReadyRule(rule, scenario) for rule in scenario.rules or ()]
        self._webhook_rules = [
            ReadyWebhookRule(rule, scenario.scenario) for rule in scenario.webhooks or ()
        ]
        self._machine: Machine | None = None
        if scenario.states is not None:
            by_value = isinstance(scenario.scope, Value)
            kept = KEPT_STATES if by_value else RETAINED
            table = place.table(f"{name}.states", kept)
            self._machine = Machine(scenario.states, table, clock, self._act, apart=by_value)
        self._named = {rule.match.credential for rule in scenario.rules or ()}
        self._by_place: dict[tuple[str, str, str], Candidates[ReadyRule]] = {}
        self._lock = RLock()
        self._running = False
        self._started = self._deadline = 0.0

    def start(self, first_exchange: int = 1, first_webhook: int = 1) -> None:
        """Set counters to zero and apply the scenario's clock; again, if it is running.

        With scope `global`, a second namespace joins the count of the first.
        """
        with self._lock:
            self.stop()
            self.first_exchange = first_exchange
            self.first_webhook = first_webhook
            first = not self._shared or self._counters.join() == 1
            if first:
                self._counters.begin()
            if self.scenario.clock is not None:
                self._clock.change(self.scenario.clock.change)
            self._started = self._clock.passed()
            self._deadline = self._elapsed() + (self._ttl or 0.0)
            if self._machine is not None and first:
                self._machine.start()
            self._running = True

    def stop(self) -> None:
        """Stop the scenario; a clock that it moved returns to real time."""
        with self._lock:
            if not self._running:
                return
            self._running = False
            if self._shared:
                self._counters.join(-1)
            if self.scenario.moves_clock:
                self._clock.change(ClockChange(reset=True))

    def forget(self) -> None:
        """Give back what a stopped scenario counted for all namespaces, after the last of them."""
        with self._lock:
            if self._shared and self._counters.join(0) <= 0:
                self._counters.clear()
                if self._machine is not None:
                    self._machine.forget()

    @property
    def running(self) -> bool:
        """Whether it changes anything: started, not stopped, and its `ttl` not over."""
        with self._lock:
            if self._running and self._ttl is not None and self._elapsed() >= self._deadline:
                self.stop()
            if self._running and self._machine is not None:
                self._machine.follow()
            return self._running

    @property
    def states(self) -> dict[str, str]:
        """The state of each owner met so far, `""` standing for all; empty without states."""
        if self._machine is None:
            return {}
        with self._lock:
            known = self._machine.all()
            return (
                {owner: self._machine.current(owner) for owner in known} if self.running else known
            )

    def signal(self, name: str) -> list[str] | None:
        """Give a signal; return the owners whose state it changed, None if it means nothing."""
        with self._lock:
            if self._machine is None or name not in self._machine.signals or not self.running:
                return None
            return self._machine.signal(name)

    @property
    def signals(self) -> list[str]:
        """The signals that mean something in some state."""
        return self._machine.signals if self._machine is not None else []

    def as_json(self) -> dict[str, Any]:
        """Return name, seed, states, and how often each rule was hit and fired."""
        running = self.running
        states = self.states
        return {
            "scenario": self.scenario.scenario,
            "description": self.scenario.description.strip(),
            "seed": self.seed,
            "running": running,
            "state": next(iter(states.values()), None) if len(set(states.values())) < 2 else None,
            "states": {owner: state for owner, state in states.items() if owner},
            "rules": [self._counts(rule.id) for rule in self._rules],
            "webhooks": [self._counts(rule.id) for rule in self._webhook_rules],
        }

    def fired(self, rule: str) -> int | None:
        """Return how often a rule has fired since the start; None if there is no such rule."""
        known = {each.id for each in self._rules} | {each.id for each in self._webhook_rules}
        return self._counts(rule)["fired"] if rule in known else None

    async def play(self, handling: Handling, proceed: Proceed) -> Reply:
        """Make the reply to a request the rules may change.

        Args:
            handling: The exchange, its true verdict found.
            proceed: Goes on towards the true answer.
        """
        with self._lock:
            rules = self._rules_for(handling) if self.running else ()
            firings = self._fire(handling.exchange, rules) if rules else []
        for firing, fault in reversed(firings):
            proceed = partial(firing.around, fault, handling, proceed)
        return await proceed()

    def plan(self, provider: str, webhook: Webhook) -> Plan | None:
        """Count a webhook, and return what is to be done with it; None for nothing special."""
        if not self._webhook_rules:
            return None
        with self._lock:
            return self._plan(provider, webhook) if self.running else None

    def _plan(self, provider: str, webhook: Webhook) -> Plan | None:
        owner = self._owners.of_webhook(provider, webhook)
        seen = Moment(self._clock, self._started, self._machine, owner)
        whole: Plan | None = None
        parts: list[Plan] = []
        for rule in self._webhook_rules:
            if not rule.is_for(provider, webhook) or not seen.fits(rule.conditions):
                continue
            over = whole is not None and not rule.is_partial
            plan, _ = rule.next_plan(self._counters, owner, self.seed, over=over)
            if plan is None:
                continue
            if rule.is_partial:
                parts.append(plan)
            else:
                whole = plan
            if self._machine is not None:
                self._machine.fired(owner, [rule.id])
        return joined(whole, parts)

    def _counts(self, rule: str) -> dict[str, Any]:
        return {"id": rule, **self._counters.of(rule)}

    def _act(self, action: TransitionAction) -> None:
        if action.clock is not None:
            self._clock.change(action.clock.change)
        if action.token is not None:
            self._revoke_tokens()

    def _rules_for(self, handling: Handling) -> Collection[ReadyRule]:
        """Return the rules that may match.

        Which ones are for an endpoint and credential is remembered, but not for a path of no
        endpoint: those a client can invent without end.
        """
        exchange = handling.exchange
        credential = exchange.credential if exchange.credential in self._named else ""
        place = (exchange.provider, exchange.endpoint, credential)
        rules = self._by_place.get(place)
        if rules is None:
            found = [rule for rule in self._rules if rule.is_for(*place)]
            if all(endpoint.name != exchange.endpoint for endpoint in handling.provider.endpoints):
                return found
            if len(self._by_place) >= _MOST_PLACES:
                self._by_place.clear()
            rules = self._by_place[place] = Candidates(found)
        return rules.of(exchange)

    def _fire(self, exchange: Exchange, rules: Collection[ReadyRule]) -> list[tuple[Firing, Fault]]:
        """Count, and return the faults of the rules that fire, the outermost first.

        A rule that only ends does not fire where one before it has ended the exchange, nor does
        any after a `pass`: its `times` are not used up by what the client never saw.
        """
        owner = self._owners.of_exchange(exchange)
        seen = Moment(self._clock, self._started, self._machine, owner)
        changing: list[tuple[Firing, Fault]] = []
        ending: list[tuple[Firing, Fault]] = []
        fired: list[str] = []
        goto = ""
        passed = False
        for rule in rules:
            if not all(test(exchange) for test in rule.tests) or not seen.fits(rule.conditions):
                continue
            over = passed or (bool(ending) and rule.only_ends)
            faults, hit = rule.next_faults(self._counters, owner, self.seed, over=over)
            if not faults:
                continue
            firing = Firing(rule, hit, self.seed)
            exchange.rules.append(firing.name)
            fired.append(rule.id)
            ends: list[tuple[Firing, Fault]] = []
            for fault in faults:
                if isinstance(fault, Goto):
                    goto = goto or fault.root
                elif fault.ending or fault.modifies:
                    ends.append((firing, fault))
                else:
                    changing.append((firing, fault))
            if not ending:
                ending = sorted(ends, key=lambda each: each[1].ending)  # what modifies goes first
                passed = any(isinstance(fault, Pass) for _, fault in ending)
        if self._machine is not None and goto:  # there, and nowhere else on the same request
            self._machine.goto(owner, goto)
        elif self._machine is not None:
            self._machine.fired(owner, fired)
        return [*changing, *ending]
