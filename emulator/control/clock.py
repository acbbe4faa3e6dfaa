"""The clock, and the reset of a namespace."""

from __future__ import annotations

import asyncio
from typing import Any

from emulator.control.call import ControlCall, ControlRoute
from emulator.core import heap
from emulator.core.clock_change import CHANGES, ClockChange
from emulator.core.members import Member


def show(call: ControlCall) -> dict[str, Any]:
    """Show both readings of the clock and its settings."""
    call.namespace.running_scenario()  # a scenario whose time is over must not move it
    return call.namespace.clock.as_json()


async def change(call: ControlCall) -> dict[str, Any]:
    """Freeze, shift, drift, advance or reset the clock, then do the work that is due."""
    change = ClockChange.from_json(call.members)
    call.namespace.running_scenario()
    call.namespace.clock.change(change)
    await call.namespace.waking.all_done()
    return show(call)


async def reset(call: ControlCall) -> dict[str, Any]:
    """Reset state, clock, counters and journal, as after a start."""
    meant = call.emulator.namespaces if "all" in call.members else (call.namespace,)
    before = call.emulator.shelf.held
    for namespace in meant:
        await namespace.reset()
    if before - call.emulator.shelf.held >= heap.WORTH_IT:
        await asyncio.to_thread(heap.give_back)
    names = [namespace.name for namespace in meant]
    return {"status": "ok", "namespace": call.namespace.name, "namespaces": names}


ROUTES = (
    ControlRoute("GET", "/clock", show, "The time the provider believes, and the settings"),
    ControlRoute(
        "PATCH",
        "/clock",
        change,
        "Freeze, shift, drift, advance or reset the clock",
        members=CHANGES,
    ),
    ControlRoute(
        "POST",
        "/reset",
        reset,
        "State, clock, scenario counters and journal as after a start; credentials stay",
        members={"all": Member("Every namespace, not this one alone", kinds=("true",))},
    ),
)
