"""The clock, and back to the start."""

from __future__ import annotations

from typing import Any

from emulator.clock import ClockChange
from emulator.control.call import ControlCall, ControlRoute


def show(call: ControlCall) -> dict[str, Any]:
    """Show both readings of the clock and its settings."""
    call.namespace.running_scenario()  # one whose time is up must not move it any more
    return call.namespace.clock.as_json()


def change(call: ControlCall) -> dict[str, Any]:
    """Freeze, shift, drift, advance or reset the clock."""
    change = ClockChange.from_json(call.json_object())
    call.namespace.running_scenario()
    call.namespace.clock.change(change)
    call.namespace.wake(moved=True)
    return show(call)


async def reset(call: ControlCall) -> dict[str, Any]:
    """Bring state, clock, counters and journal back to what they were after a start."""
    await call.namespace.reset()
    return {"status": "ok", "namespace": call.namespace.name}


ROUTES = (
    ControlRoute("GET", "/clock", show, "The time the provider believes, and the settings"),
    ControlRoute(
        "PATCH",
        "/clock",
        change,
        "Freeze, shift, drift, advance or reset the clock",
        body="`freeze`, `start`, `offset`, `drift`, `advance`, `advance_per_request`, `affects`, "
        "`reset`",
    ),
    ControlRoute(
        "POST",
        "/reset",
        reset,
        "State, clock, scenario counters and journal as after a start",
    ),
)
