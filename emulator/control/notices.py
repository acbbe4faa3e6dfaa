"""Notices to the merchant: what was sent, and send one now."""

from __future__ import annotations

from typing import Any

from emulator.control.call import ControlCall, ControlError, ControlRoute


def show(call: ControlCall) -> dict[str, Any]:
    """List the notices with their attempts, newest first."""
    return {"notices": call.namespace.outbox.as_json()}


async def trigger(call: ControlCall) -> dict[str, Any]:
    """Send a notice now; answers what the merchant said."""
    name, event = call.request.path_params["provider"], call.request.path_params["event"]
    provider = call.emulator.providers.get(name)
    if provider is None:
        known = ", ".join(call.emulator.providers)
        raise ControlError(404, f"there is no provider {name!r}; there are {known}")
    if provider.trigger is None or event not in provider.events:
        known = ", ".join(provider.events) or "none"
        raise ControlError(404, f"{name} has no event {event!r}; it has: {known}")
    notice = provider.trigger(event, call.json_object(), call.namespace.contexts[name])
    record = await call.namespace.outbox.send_now(name, notice)
    shown = call.namespace.outbox.as_json()
    return next(each for each in shown if each["number"] == record["number"])


ROUTES = (
    ControlRoute("GET", "/notices", show, "Notices and their deliveries, newest first"),
    ControlRoute(
        "POST",
        "/trigger/{provider}/{event}",
        trigger,
        "Send a notice now",
        body="JSON pointers into the notice and the values to put there",
    ),
)
