"""What happens to a request. Read this first.

`serve` is the whole path, and each step is a function: here, or in the module that it is named
after. The providers decide, the schemes verify, the scenario changes; this module says in which
order.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from emulator.core.exchange import Exchange, Reply, Request
from emulator.faults.fault import Handling, Proceed
from emulator.provider import Endpoint, Provider
from emulator.runtime.answering import answer
from emulator.runtime.explaining import explain
from emulator.runtime.judging import judge, judge_again
from emulator.runtime.namespace import Namespace

if TYPE_CHECKING:
    from emulator.runtime.equipment import Equipment
    from emulator.scenario.engine import ScenarioEngine


async def serve(
    equipment: Equipment, namespace: Namespace, provider: Provider[Any], request: Request
) -> Exchange:
    """Answer one request: route, judge, do the work or refuse, explain, enter in the journal.

    Never raises: an exception of ours becomes a 500 that says it is one.
    """
    started = time.perf_counter()
    endpoint, exchange = route(namespace, provider, request)
    try:
        exchange.reply = await reply_to(exchange, endpoint, equipment, namespace, provider)
    except Exception as error:
        exchange.bug = namespace.report_bug(error)
        exchange.reply = Reply(500, b"emulator bug: see stderr\n", "text/plain; charset=utf-8")
    if exchange.verdict == "refused":
        await explain(exchange, endpoint, equipment, namespace, provider)
    exchange.duration_ms = (time.perf_counter() - started) * 1000
    enter(exchange, equipment, namespace)
    return exchange


def route(
    namespace: Namespace, provider: Provider[Any], request: Request
) -> tuple[Endpoint | None, Exchange]:
    """Begin an exchange: find the endpoint that the path means, if it means any."""
    endpoint, parameters = provider.route(request.path)
    return endpoint, Exchange(
        number=namespace.next_number(),
        namespace=namespace.name,
        provider=provider.name,
        endpoint=endpoint.name if endpoint else request.path,
        request=request,
        received_at=namespace.clock.time(),
        parameters=parameters,
    )


async def reply_to(
    exchange: Exchange,
    endpoint: Endpoint | None,
    equipment: Equipment,
    namespace: Namespace,
    provider: Provider[Any],
) -> Reply:
    """Judge the request, then do the work or refuse, as the scenario allows."""
    scenario = namespace.running_scenario()  # before the clock is read: its time may be up
    context, waiting = namespace.for_exchange(
        provider, exchange, with_scenario=scenario is not None
    )
    handling = Handling(provider, exchange, context, equipment.sleep)
    refusal = judge(handling, endpoint)
    if scenario is None:
        return answer(handling, endpoint, refusal)

    async def proceed() -> Reply:
        verdict = judge_again(handling, endpoint) if handling.judge_again else refusal
        return answer(handling, endpoint, verdict)

    return await play(scenario, handling, proceed, waiting)


async def play(
    scenario: ScenarioEngine,
    handling: Handling,
    proceed: Proceed,
    waiting: list[asyncio.Future[None]],
) -> Reply:
    """Let the scenario act around the true answer, which `proceed` makes."""
    reply = await scenario.play(handling, proceed)
    handling.note_idle()
    if waiting:  # webhooks that arrive before the reply
        with suppress(asyncio.CancelledError):  # the server stops: answer now
            await asyncio.wait(waiting)
    if handling.transmission.drip_bytes and reply.transmission is None:
        reply.transmission = handling.transmission
    return reply


def enter(exchange: Exchange, equipment: Equipment, namespace: Namespace) -> None:
    """Enter an exchange that is over in the journal, and write it on the console."""
    if namespace.loss is not None:
        exchange.warnings.append(namespace.loss.diagnose())
        namespace.loss = None
    exchange.state.clear()  # the journal has no use for it
    exchange.answered_at = namespace.clock.timestamp("date_header")
    namespace.clock.tick()
    namespace.journal.enter(exchange)
    if equipment.log is not None:
        equipment.log(exchange)
