"""The scenario of the namespace: show, load, unload, signals; and the schema of files."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from emulator.control.answering import Answer
from emulator.control.call import YAML_TYPES, ControlCall, ControlError, ControlRoute
from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError, shorten
from emulator.core.instants import parse_duration
from emulator.core.members import Member

if TYPE_CHECKING:
    from emulator.scenario.engine import ScenarioEngine

_READERS = ("emulator.scenario.loader", "emulator.scenario.references", "emulator.scenario.engine")
_NAME = 80  # of a signal; longer ones are cut in messages


def show(call: ControlCall) -> dict[str, Any]:
    """Show the scenario with its counters and states."""
    return _state(call)


async def load(call: ControlCall) -> Any:
    """Load a scenario and replace the loaded one; a wrong one changes nothing."""
    return await _load(call, call.body, call.query.get("name", "scenario"))


async def load_shipped(call: ControlCall) -> Any:
    """Load a shipped scenario by its name and replace the loaded one."""
    await _prepare()
    from emulator.scenario.loader import shipped_file

    try:
        file = await asyncio.to_thread(shipped_file, call.members["name"])
    except ConfigurationError as error:
        raise ControlError(404, shorten(error, 400)) from error
    return await _load(call, await asyncio.to_thread(file.read_bytes), file.name)


async def _prepare() -> None:
    for module in _READERS:  # the first time takes half a second, so not in the event loop
        await asyncio.to_thread(import_module, module)


async def _load(call: ControlCall, body: bytes, name: str) -> Any:
    await _prepare()
    from emulator.scenario.loader import ScenarioError, decoded

    ttl, seed = _ttl(call), call.members.get("seed")
    try:
        scenario = await call.namespace.read_scenario_aside(decoded(body, name), name)
    except ScenarioError as error:
        findings = [
            {"line": each.line, "column": each.column, "message": each.message}
            for each in error.findings
        ]
        return Answer({"error": str(error), "findings": findings}, 422)
    if ttl is not None:
        scenario = scenario.model_copy(update={"ttl": ttl})
    if seed is not None:
        scenario = scenario.model_copy(update={"seed": seed})
    call.namespace.load(scenario)
    return _state(call)


def unload(call: ControlCall) -> dict[str, Any]:
    """Unload the scenario; the provider works correctly again."""
    call.namespace.unload()
    return _state(call)


def signal(call: ControlCall) -> dict[str, Any]:
    """Send a signal to the scenario; one that changes nothing is refused, with the reason."""
    name = call.members["signal"]
    engine = call.namespace.running_scenario()
    if engine is None:
        over = call.namespace.scenario is not None
        raise ControlError(
            409,
            "the scenario's ttl is over; load it again"
            if over
            else "no scenario is loaded that could take a signal",
        )
    changed = engine.signal(name)
    if changed is None:
        raise ControlError(409, _meaningless(engine, name), signals=engine.signals)
    state = engine.as_json()
    states = {"state": state["state"], "states": state["states"]}
    if not changed:
        raise ControlError(409, _too_early(engine, name), **states)
    return {"signal": name, "changed": changed, **states}


def schema(call: ControlCall) -> Answer:
    """Show the JSON Schema of scenario files, with this server's providers."""
    from emulator.scenario.schema import json_schema

    return Answer(json_schema(call.emulator.providers), media_type="application/schema+json")


def _meaningless(engine: ScenarioEngine, name: str) -> str:
    told = f"scenario {engine.scenario.scenario} has no signal {shorten(name, _NAME)!r}"
    if not engine.signals:
        return f"{told}: it takes none"
    close = nearest(name, engine.signals) if len(name) <= _NAME else ""
    return f"{told}{close or f'; it takes {_or(engine.signals)}'}"


def _too_early(engine: ScenarioEngine, name: str) -> str:
    transitions = engine.scenario.states.transitions if engine.scenario.states else ()
    taken = dict.fromkeys(each.start for each in transitions if each.on.signal == name)
    now = dict.fromkeys(engine.states.values())
    return f"signal {name!r} changes nothing: it is taken in state {_or(taken)}, not in {_or(now)}"


def _or(words: Any) -> str:
    return " or ".join(words)


def _ttl(call: ControlCall) -> str | None:
    text = call.query.get("ttl")
    if text is None:
        return None
    try:
        length = parse_duration(text)
    except ConfigurationError as error:
        raise ControlError(422, f"ttl: {shorten(error, 200)}") from error
    if length.total_seconds() <= 0:
        raise ControlError(422, f"ttl: {text!r} would be over at once")
    return text


def _state(call: ControlCall) -> dict[str, Any]:
    engine = call.namespace.scenario
    return engine.as_json() if engine is not None else {"scenario": None}


ROUTES = (
    ControlRoute("GET", "/scenario", show, "The scenario with its counters and states"),
    ControlRoute(
        "PUT",
        "/scenario",
        load,
        "Load a scenario; 422 with line and column if it is wrong",
        query={
            "name": Member("What messages call it"),
            "ttl": Member("Real time after which it unloads itself, such as 5m; for its own"),
        },
        body="A scenario file, YAML or JSON",
        takes=("application/json", *YAML_TYPES),
    ),
    ControlRoute(
        "POST",
        "/scenario/load",
        load_shipped,
        "Load a shipped scenario by its name; 404 with the nearest name if there is none",
        members={
            "name": Member(
                "Of a shipped scenario, as `emulator scenario list` has it", required=True
            ),
            "seed": Member("What chance goes by, in place of the file's", ("whole number",)),
        },
        query={"ttl": Member("Real time after which it unloads itself, such as 5m; for its own")},
    ),
    ControlRoute("DELETE", "/scenario", unload, "Unload the scenario"),
    ControlRoute("GET", "/scenario/schema", schema, "The JSON Schema of scenario files"),
    ControlRoute(
        "POST",
        "/scenario/signal",
        signal,
        "Give a signal; 409 if it changes nothing",
        members={"signal": Member("Its name, such as new-cert-installed", required=True)},
    ),
)
