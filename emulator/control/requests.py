"""The journal: show, wait, empty, verify."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from starlette.responses import Response

from emulator.control.answering import Answer
from emulator.control.call import YAML_TYPES, ControlCall, ControlError, ControlRoute, Parameters
from emulator.control.patience import seconds_of, while_connected
from emulator.core import heap
from emulator.core.errors import shorten
from emulator.core.exchange import Exchange, Verdict
from emulator.core.members import Member
from emulator.journal.showing import full, masked, summary
from emulator.journal.waiting import Filter

if TYPE_CHECKING:
    from emulator.runtime.runtime import Runtime


async def search(call: ControlCall) -> Response:
    """List the matching exchanges, newest first."""
    limit = call.query.get("limit")
    if limit is not None and limit < 0:
        raise ControlError(400, f"limit: expected 0 or more; got {limit}")
    journal, wanted, mask = call.namespace.journal, _filter(call), call.namespace.mask()

    def answer() -> Response:
        found = journal.find(wanted, limit)
        return Answer({"requests": [summary(exchange, mask) for exchange in found]})

    return await asyncio.to_thread(answer)  # of ten thousand exchanges: let other work run


def show(call: ControlCall) -> dict[str, Any]:
    """Show one exchange in full."""
    text = call.request.path_params["number"]
    number = int(text) if text.isdecimal() and len(text) < 19 else -1
    exchange = call.namespace.journal.get(number)
    if exchange is None:
        why = call.namespace.journal.why_missing(number)
        raise ControlError(404, f"the journal has no exchange {shorten(text, 40)}: {why}")
    return full(exchange, call.namespace.mask())


async def wait(call: ControlCall) -> dict[str, Any]:
    """Wait for a matching exchange.

    `newest` is the highest number so far. If it is below `since`, numbers have started again.
    """
    seconds = seconds_of(str(call.query.get("timeout", "30")))
    journal, wanted = call.namespace.journal, _filter(call)
    found = await while_connected(call, lambda: journal.wait(wanted, seconds))
    mask = call.namespace.mask()
    return {
        "requests": [summary(exchange, mask) for exchange in found],
        "newest": journal.newest,
    }


async def clear(call: ControlCall) -> dict[str, Any]:
    """Empty the journal."""
    removed, before = len(call.namespace.journal), call.emulator.shelf.held
    call.namespace.journal.clear()
    if before - call.emulator.shelf.held >= heap.WORTH_IT:
        await asyncio.to_thread(heap.give_back)
    return {"removed": removed}


async def verify(call: ControlCall) -> dict[str, Any]:
    """Check expectations: those in the call against the whole journal, or those of the scenario.

    Those of the scenario count from its start, also if it has ended in the meantime.
    """
    from emulator.scenario.expectations import Evidence, verify_all
    from emulator.scenario.known_names import credential_names
    from emulator.scenario.loader import expectations as read

    namespace = call.namespace
    engine, journal = namespace.scenario, namespace.journal
    exchanges = await asyncio.to_thread(tuple[Exchange, ...], journal)
    forgotten = journal.forgotten
    next_webhook = namespace.outbox.next_number
    webhooks = (await asyncio.to_thread(namespace.outbox.as_json))[::-1]
    first_webhook = 1
    if call.body.strip():
        scenario = engine.scenario if engine is not None else None
        providers = call.emulator.providers
        names = credential_names(providers, namespace.contexts)
        wanted = read(call.text(), providers, names, scenario)
    elif engine is None:
        raise ControlError(409, "no scenario is loaded; load one, or send a list of expectations")
    else:
        wanted = engine.scenario.expect or []
        first = engine.first_exchange
        # Exchanges that were dropped before the scenario was loaded do not count.
        oldest = min((each.number for each in exchanges), default=first)
        forgotten = min(forgotten, max(0, oldest - first))
        exchanges = tuple(each for each in exchanges if each.number >= first)
        first_webhook = engine.first_webhook
        webhooks = [each for each in webhooks if each["number"] >= first_webhook]
    report = await asyncio.to_thread(
        verify_all,
        wanted,
        Evidence(
            exchanges=exchanges,
            forgotten=forgotten,
            fired=engine.fired if engine is not None else lambda rule: None,  # noqa: ARG005
            states=engine.states if engine is not None else None,
            webhooks=webhooks,
            forgotten_webhooks=max(0, next_webhook - first_webhook - len(webhooks)),
        ),
    )
    return {
        "passed": all(item["passed"] for item in report),
        "scenario": engine.scenario.scenario if engine is not None else None,
        "forgotten": forgotten,
        "expectations": masked(report, namespace.mask()),
    }


def _filter(call: ControlCall) -> Filter:
    """Return the filter for exchanges.

    Raises:
        ControlError: 400 if no provider has the endpoint or the diagnosis.
    """
    wanted = {name: call.query[name] for name in _FILTERS if name in call.query}
    named = {name: wanted[name] for name in ("provider", "endpoint", "diagnosis") if name in wanted}
    if not named.keys() <= {"provider"}:
        from emulator.scenario.references import first_mistake

        if mistake := first_mistake(named, call.emulator.providers):
            raise ControlError(400, mistake)
    return Filter(**wanted)


_FILTERS = {
    "provider": Member("Name of a provider"),
    "endpoint": Member("Name of an endpoint, or a glob"),
    "verdict": Member("The verdict", choices=get_args(Verdict)),
    "diagnosis": Member("Code of a diagnosis, or a glob"),
    "since": Member("Only exchanges with a higher number", kinds=("whole number",)),
}


def _filters(**more: Member) -> Callable[[Runtime], Parameters]:
    """Return the filters of a server, with the names of its providers."""

    def parameters(emulator: Runtime) -> Parameters:
        provider = replace(_FILTERS["provider"], choices=tuple(emulator.providers))
        return {**_FILTERS, "provider": provider, **more}

    return parameters


ROUTES = (
    ControlRoute(
        "GET",
        "/requests",
        search,
        "The journal, newest first",
        query=_filters(limit=Member("At most so many", kinds=("whole number",))),
    ),
    ControlRoute("DELETE", "/requests", clear, "Empty the journal"),
    ControlRoute(
        "GET",
        "/requests/wait",
        wait,
        "Return when a matching request has come",
        query=_filters(timeout=Member("Seconds to wait at most, such as 5 or 5s; 30 unless said")),
    ),
    ControlRoute(
        "POST",
        "/requests/verify",
        verify,
        "Check expectations; answers pass or fail with the near misses",
        body="A list of `expect` items of the scenario format, or `{expect: [...]}`; empty for "
        "those of the loaded scenario",
        takes=("application/json", *YAML_TYPES),
    ),
    ControlRoute("GET", "/requests/{number}", show, "One exchange in full"),
)
