"""Step 3 of the path of a webhook: the provider signs it, and a scenario can damage it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.core.errors import Diagnosis
from emulator.outbox.attempt import Attempt
from emulator.outbox.plan import Plan
from emulator.provider import NOTHING_TO_CHANGE, Delivery, WatchedChanges


@dataclass(frozen=True, slots=True)
class Sealed:
    """A webhook that is ready to be sent.

    Attributes:
        delivery: What goes to the merchant; None after a bug of ours.
        remark: What the scenario asked for without an effect.
    """

    delivery: Delivery | None
    remark: Diagnosis | None = None


def seal_copies(attempt: Attempt) -> list[Sealed]:
    """Seal the copies of an attempt; once for all that are to be the same."""
    made: list[tuple[Plan | None, Sealed]] = []
    copies: list[Sealed] = []
    for copy in range(1, attempt.copies + 1):
        plan = attempt.plan.of_delivery(attempt.number, copy) if attempt.plan is not None else None
        same = next((each for wanted, each in made if wanted == plan), None)
        if same is None:
            same = seal_or_report(attempt, plan)
            made.append((plan, same))
        copies.append(same)
    return copies


def seal_or_report(attempt: Attempt, plan: Plan | None) -> Sealed:
    """Seal a copy; after a bug of ours there is none, and the webhook still comes to an end."""
    try:
        return seal(attempt, plan)
    except Exception as error:
        attempt.report(error)
        return Sealed(None)


def seal(attempt: Attempt, plan: Plan | None) -> Sealed:
    """Have the provider sign a copy, with the changes of its plan."""
    webhook, provider, context = attempt.webhook, attempt.provider, attempt.context
    if provider.webhooks is None:
        raise TypeError(f"{provider.name} sends no webhooks")
    if plan is None:
        return Sealed(provider.webhooks.seal(webhook, context))
    seen: set[str] = set()
    watched = replace(context, changes=WatchedChanges(plan.changes, seen))
    delivery = provider.webhooks.seal(webhook, watched)
    idle = plan.changes.idle(seen)
    remark = NOTHING_TO_CHANGE.diagnose("webhook", received=idle, hint=plan.rule) if idle else None
    if plan.corrupt is None:
        return Sealed(delivery, remark)
    changed = replace(context, changes=plan.changes)
    damaged, problem = attempt.damage(provider, delivery, plan.corrupt, webhook.credential, changed)
    return Sealed(damaged, problem or remark)
