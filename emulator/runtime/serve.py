"""What happens to a request. Read this first.

`serve` is the straight path; everything else here gives it its parts. The providers decide, the
schemes verify, the faults bend; this module only says in which order.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Exchange, Reply, Request
from emulator.core.terminal import report_bug
from emulator.faults.fault import BENT, Turn
from emulator.provider import (
    NOT_FOUND,
    Endpoint,
    Provider,
    Refusal,
)
from emulator.runtime.namespace import Namespace

if TYPE_CHECKING:
    from emulator.runtime.equipment import Equipment

_OURS = Source("emulator", "transport", Standing.CHOSEN)
METHOD = FailureMode("request.method", "The endpoint does not take this HTTP method", _OURS)
FOREIGN_PAGE = FailureMode(
    "request.foreign-page",
    "A browser sent it for a web page whose public name leads to this machine",
    _OURS,
)


CLOCK_MOVED = FailureMode(
    "emulator.clock-moved", "The clock of the namespace was moved, and the client's was not", _OURS
)
_NOTED_SECONDS = 60.0


async def serve(
    equipment: Equipment, namespace: Namespace, provider: Provider[Any], request: Request
) -> Exchange:
    """Answer one request: route, judge, bend, do the work or refuse, enter in the journal.

    Never raises: an exception of ours becomes a 500 that says it is one.
    """
    started = time.perf_counter()
    endpoint, parameters = provider.route(request.path)
    exchange = Exchange(
        number=namespace.next_number(),
        namespace=namespace.name,
        provider=provider.name,
        endpoint=endpoint.name if endpoint else request.path,
        request=request,
        received_at=namespace.clock.time(),
        parameters=parameters,
    )
    try:
        scenario = namespace.running_scenario()  # before the clock is read: its time may be up
        context, waiting = namespace.for_exchange(provider, exchange, bent=scenario is not None)
        turn = Turn(provider, exchange, context, equipment.sleep)
        refusal = judge(turn, endpoint)
        if scenario is None:
            exchange.reply = answer(turn, endpoint, refusal)
        else:

            async def proceed() -> Reply:
                verdict = judge_bent(turn, endpoint) if turn.bent else refusal
                return answer(turn, endpoint, verdict)

            exchange.reply = await scenario.play(turn, proceed)
            turn.note_idle()
            if waiting:
                with suppress(asyncio.CancelledError):  # the server stops: answer now
                    await asyncio.wait(waiting)
            if turn.wire.drip_bytes and exchange.reply.wire is None:
                exchange.reply.wire = turn.wire
    except Exception:  # a bug of ours must never look like a provider's failure
        exchange.bug = traceback.format_exc()
        exchange.reply = Reply(500, b"emulator bug: see stderr\n", "text/plain; charset=utf-8")
        report_bug(namespace.mask().text(exchange.bug))
    if exchange.verdict == "refused":
        if endpoint is None and request.problem is None:
            name_path(exchange, provider, equipment.providers)
        note_moved_clock(exchange, namespace)
        await look_for_hint(exchange, equipment.searcher)
    if namespace.loss is not None:
        exchange.warnings.append(namespace.loss.diagnose())
        namespace.loss = None
    exchange.scratch.clear()  # the journal has no use for it
    exchange.duration_ms = (time.perf_counter() - started) * 1000
    exchange.answered_at = namespace.clock.timestamp("date_header")
    namespace.clock.tick()
    namespace.journal.enter(exchange)
    if equipment.log is not None:
        equipment.log(exchange)
    return exchange


async def look_for_hint(exchange: Exchange, searcher: Executor) -> None:
    """Find out which mistake was made, while the loop answers others."""
    if exchange.diagnosis is None or exchange.diagnosis.likely.known:
        return
    look = partial(str, exchange.diagnosis.likely)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # no loop, so nobody waits: the reader looks
        return
    try:
        with suppress(asyncio.CancelledError):  # the server stops: answer now
            await loop.run_in_executor(searcher, look)
    except Exception:
        exchange.bug = traceback.format_exc()
        exchange.diagnosis = exchange.diagnosis.but("")
        report_bug(exchange.bug)


def judge(turn: Turn, endpoint: Endpoint | None) -> Refusal | None:
    """Find the provider's true verdict on a request; the same for the same request and time."""
    exchange, provider = turn.exchange, turn.provider
    exchange.verdict, exchange.diagnosis = "accepted", None
    exchange.credential, exchange.payload = "", None
    authenticate = endpoint.authenticate if endpoint else None
    try:
        if problem := exchange.request.problem:
            form = replace(provider.errors[problem.entry], status=problem.status)
            raise Refusal(form, problem.diagnosis)
        if exchange.request.rebound and not (endpoint and endpoint.for_browsers):
            raise Refusal(
                provider.errors["bad-request"],
                FOREIGN_PAGE.diagnose(
                    "headers.host",
                    expected="localhost, an IP address, a private name, or a name of the provider",
                    received=exchange.request.header("host") or "",
                    hint=_ANOTHER_NAME,
                ),
            )
        if exchange.request.method not in (endpoint.methods if endpoint else _ANY):
            raise Refusal(
                provider.errors["method-not-allowed"],
                METHOD.diagnose(
                    "method",
                    expected=" or ".join(endpoint.methods if endpoint else _ANY),
                    received=exchange.request.method,
                    hint=_method_hint(exchange.request.method, endpoint),
                ),
            )
        (authenticate or provider.authenticate)(exchange, turn.context)
    except Refusal as refusal:
        exchange.verdict = "refused"
        exchange.diagnosis = refusal.diagnosis
        return refusal
    return None


def name_path(
    exchange: Exchange, provider: Provider[Any], providers: Mapping[str, Provider[Any]]
) -> None:
    """Where a path leads nowhere, say which one was meant, before what its neighbours check.

    What goes over the wire stays theirs.
    """
    from emulator.runtime import wrong_path

    request, diagnosis = exchange.request, exchange.diagnosis
    if diagnosis is None or diagnosis.where == "method":
        return
    elsewhere = wrong_path.elsewhere(request.path, provider, providers)
    meant = None if elsewhere else wrong_path.meant(request, provider)
    if diagnosis.where == "path":
        hint = diagnosis.hint or (meant.hint if meant else elsewhere) or wrong_path.NO_IDEA
        exchange.diagnosis = diagnosis.but(hint)
    elif meant or elsewhere:
        exchange.diagnosis = NOT_FOUND.diagnose(
            "path",
            expected=meant.path if meant else "a path of this provider",
            received=request.path,
            hint=meant.hint if meant else elsewhere,
        )


def note_moved_clock(exchange: Exchange, namespace: Namespace) -> None:
    """Where a refusal may be about time, note that the provider's clock is not this machine's.

    A client that goes by its own watch is then right, and refused all the same.
    """
    ahead = namespace.clock.timestamp("verify") - namespace.equipment.wall()
    about_time = exchange.diagnosis is not None and exchange.diagnosis.about_time
    if abs(ahead) >= _NOTED_SECONDS and about_time:
        exchange.warnings.append(
            CLOCK_MOVED.diagnose(
                "clock",
                expected="a client that goes by the provider's time",
                received=f"the provider's clock is {ahead:+.0f} s from this machine's",
                hint="Take the time from the Date header, or from GET /_emulator/clock; "
                "`emulator clock reset` brings real time back",
            )
        )


def judge_bent(turn: Turn, endpoint: Endpoint | None) -> Refusal | None:
    """Judge again after a scenario bent what the verdict goes by, and note that it did."""
    exchange = turn.exchange
    before = exchange.diagnosis.code if exchange.diagnosis else "accepted"
    refusal = judge(turn, endpoint)
    after = exchange.diagnosis.code if exchange.diagnosis else "accepted"
    turn.unmoved = before == after == "accepted"
    if before != after:
        exchange.warnings.append(
            BENT.diagnose(
                "scenario", expected=before, received=after, hint=", ".join(exchange.rules)
            )
        )
    return refusal


def answer(turn: Turn, endpoint: Endpoint | None, refusal: Refusal | None) -> Reply:
    """Do the work once and seal the reply, or refuse in the provider's own form."""
    exchange, provider, context = turn.exchange, turn.provider, turn.context
    if refusal is None:
        try:
            if endpoint is None:
                raise Refusal(
                    provider.errors["not-found"],
                    NOT_FOUND.diagnose(
                        "path",
                        expected=", ".join(
                            sorted({p for e in provider.endpoints for p in e.paths})
                        ),
                        received=exchange.request.path,
                    ),
                )
            return provider.seal(endpoint.handle(exchange, context), exchange, context)
        except Refusal as raised:
            refusal = raised
    exchange.verdict = "refused"
    exchange.diagnosis = refusal.diagnosis
    reply = refusal.error.reply(exchange, context, refusal.detail)
    if reply.status == 405 and endpoint is not None:  # RFC 9110, 15.5.6
        reply.headers.append(("allow", ", ".join(endpoint.methods)))
    return reply


_ANOTHER_NAME = (
    "Call the provider from your server, not from a page. A page of your own may use localhost or "
    "an IP address; `emulator serve --host NAME` makes another name ours"
)


def _method_hint(method: str, endpoint: Endpoint | None) -> str:
    from emulator.runtime import wrong_path

    return wrong_path.method_hint(method, endpoint.methods if endpoint else ("GET", "POST"))


_ANY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
