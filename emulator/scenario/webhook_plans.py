"""From the rules about webhooks to the plan for one: what is done with it, and kept with it.

A plan is plain data. A queued webhook keeps its plan after the scenario is unloaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from emulator.faults.fault import WebhookFault
from emulator.outbox import Plan
from emulator.provider import Webhook
from emulator.scenario.counters import Counters
from emulator.scenario.matching import ANY
from emulator.scenario.sequence import FaultSequence
from emulator.scenario.webhook_rules import WebhookRule
from emulator.scenario.when import Conditions, chance


class ReadyWebhookRule:
    """A rule about webhooks, made ready to be asked.

    Args:
        rule: As written.
        scenario: Its scenario's name.

    Attributes:
        id: As written.
        conditions: When it fires.
        is_partial: Whether it is about some of the deliveries of a webhook.
    """

    __slots__ = ("_rule", "_sequence", "_tests", "conditions", "id", "is_partial")

    def __init__(self, rule: WebhookRule, scenario: str) -> None:
        self._rule = rule
        self._tests = rule.match.tests
        self._sequence: FaultSequence[WebhookFault] = FaultSequence(rule)
        self.id = rule.id
        self.is_partial = rule.is_partial
        self.conditions = Conditions(f"{scenario}/{rule.id}", rule.when, self._sequence.length)

    def is_for(self, provider: str, webhook: Webhook) -> bool:
        """Tell whether a webhook is one that its `match` means."""
        named = self._rule.match.provider
        return named in (ANY, provider) and all(test(webhook) for test in self._tests)

    def next_plan(
        self, counters: Counters, owner: str, seed: int, *, over: bool = False
    ) -> tuple[Plan | None, int]:
        """Count a hit, and return what is done on it, if it fires, and its number.

        Args:
            counters: Where.
            owner: Whose webhook it is.
            seed: Of chance.
            over: Whether it must not fire.
        """
        hit, firing = self.conditions.count(
            counters, self.id, owner, seed, over=over, numbered=self._sequence.counts
        )
        if not firing:
            return None, hit
        draw = partial(chance, seed, self.conditions.name, hit)
        return self.plan(f"{self.conditions.name}#{hit}", draw, firing), hit

    def plan(self, rule: str, draw: Callable[[str], float], firing: int = 1) -> Plan:
        """Return what is done with one webhook.

        Args:
            rule: As `scenario/rule#hit`.
            draw: Gives a number in [0, 1) for a label.
            firing: Which firing it is.
        """
        plan = Plan(rule=rule)
        for fault in self._sequence.faults(firing):
            plan = fault.planned(plan, draw)
        when = self._rule.when
        if when is None:
            return plan
        return replace(plan, attempts=when.attempts, copy_numbers=when.copy_numbers)


def joined(whole: Plan | None, parts: list[Plan]) -> Plan | None:
    """Return one plan of what several rules say: one of the webhook, the others of deliveries."""
    if not parts:
        return whole
    rules = ", ".join(each.rule for each in (*([whole] if whole else []), *parts))
    return replace(whole or Plan(rule=""), rule=rules, parts=parts)
