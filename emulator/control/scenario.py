"""The scenario of the namespace: show, load, unload."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from emulator.control.call import YAML_TYPES, ControlCall, ControlError, ControlRoute


def show(call: ControlCall) -> dict[str, Any]:
    """Show the scenario with its counters."""
    return _state(call)


def load(call: ControlCall) -> Any:
    """Load a scenario in place of the one there was; a wrong one changes nothing."""
    from emulator.scenario.loader import ScenarioError
    from emulator.scenario.loader import load as parse

    name = call.request.query_params.get("name", "scenario")
    try:
        scenario = parse(call.body.decode("utf-8", "replace"), name, call.emulator.providers)
    except ScenarioError as error:
        findings = [
            {"line": each.line, "column": each.column, "message": each.message}
            for each in error.findings
        ]
        return JSONResponse({"error": str(error), "findings": findings}, 422)
    call.namespace.load(scenario)
    return _state(call)


def unload(call: ControlCall) -> dict[str, Any]:
    """Unload the scenario; the provider is right again."""
    call.namespace.unload()
    return _state(call)


def signal(call: ControlCall) -> Any:
    """Give the scenario a signal."""
    name = call.json_object().get("signal")
    if not isinstance(name, str):
        raise ControlError(400, "signal: expected its name")
    if call.namespace.scenario is None:
        raise ControlError(409, "no scenario is loaded that could take a signal")
    raise ControlError(409, f"the scenario has no state that waits for the signal {name!r}")


def _state(call: ControlCall) -> dict[str, Any]:
    engine = call.namespace.scenario
    return engine.as_json() if engine is not None else {"scenario": None}


ROUTES = (
    ControlRoute("GET", "/scenario", show, "The scenario with its counters"),
    ControlRoute(
        "PUT",
        "/scenario",
        load,
        "Load a scenario; 422 with line and column if it is wrong",
        query={"name": "What messages call it"},
        body="A scenario file, YAML or JSON",
        takes=("application/json", *YAML_TYPES),
    ),
    ControlRoute("DELETE", "/scenario", unload, "Unload the scenario"),
    ControlRoute("POST", "/scenario/signal", signal, "Give a signal", body='`{"signal": name}`'),
)
