"""Do now what the outside world would do."""

from __future__ import annotations

from typing import Any

from emulator.control.call import ControlCall, ControlError, ControlRoute
from emulator.control.patience import while_connected
from emulator.core.configuration import nearest, one_of
from emulator.core.members import Member
from emulator.outbox import Plan
from emulator.provider import Provider, Webhook

_MOST_COPIES = 50


async def trigger(call: ControlCall) -> dict[str, Any]:
    """Send a webhook now, and answer with the merchant's answer."""
    name, event = call.request.path_params["provider"], call.request.path_params["event"]
    provider = call.emulator.providers.get(name)
    if provider is None:
        known = ", ".join(call.emulator.providers)
        raise ControlError(404, f"there is no provider {name!r}; there are {known}")
    if provider.webhooks is None or event not in provider.events:
        raise ControlError(404, f"{name} has no event {event!r}{one_of(event, provider.events)}")
    plan = _plan(call, provider)
    webhook = provider.webhooks.trigger(event, call.json_object(), call.namespace.contexts[name])
    if not isinstance(webhook, Webhook):
        return webhook
    outbox = call.namespace.outbox
    record = await while_connected(call, lambda: outbox.send_now(name, webhook, plan))
    shown = outbox.one_as_json(record["number"]) if record else None
    if shown is None:
        raise ControlError(409, "the namespace was reset before the merchant answered")
    return shown


def _plan(call: ControlCall, provider: Provider[Any]) -> Plan | None:
    """Return the plan for the webhook that the call asks for; None for that of the scenario."""
    copies, sign_with = call.query.get("copies", 1), call.query.get("sign_with", "")
    if not 1 <= copies <= _MOST_COPIES:
        raise ControlError(400, f"copies: {copies} is not a number from 1 to {_MOST_COPIES}")
    if sign_with and sign_with not in provider.signing_keys:
        keys = ", ".join(provider.signing_keys) or "none to choose from"
        close = nearest(sign_with, list(provider.signing_keys))
        raise ControlError(
            422, f"sign_with: {provider.name} has no key {sign_with!r}{close}; it has: {keys}"
        )
    if copies == 1 and not sign_with:
        return None
    deliver = "duplicate" if copies > 1 else "normal"
    return Plan(rule="trigger", deliver=deliver, copies=copies, sign_with=sign_with)


ROUTES = (
    ControlRoute(
        "POST",
        "/trigger/{provider}/{event}",
        trigger,
        "Send a webhook now",
        query={
            "copies": Member(
                f"How many are sent, overlapping; 1 to {_MOST_COPIES}", kinds=("whole number",)
            ),
            "sign_with": Member("Name of the key that signs it, such as rogue"),
        },
        body="A JSON object: the members of the event, and JSON pointers into the webhook with the "
        "values to put there, each of the kind that it replaces",
    ),
)
