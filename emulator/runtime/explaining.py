"""What is added to a refusal for its reader. The reply is made already, and stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Exchange
from emulator.provider import NOT_FOUND, Endpoint, Provider
from emulator.runtime.namespace import Namespace

if TYPE_CHECKING:
    from emulator.runtime.equipment import Equipment

CLOCK_MOVED = FailureMode(
    "emulator.clock-moved",
    "The clock of the namespace was moved, and the client's was not",
    Source("emulator", "transport", Standing.CHOSEN),
)
_NOTED_SECONDS = 60.0


async def explain(
    exchange: Exchange,
    endpoint: Endpoint | None,
    equipment: Equipment,
    namespace: Namespace,
    provider: Provider[Any],
) -> None:
    """Complete the diagnosis of a refusal: the path that was meant, the clock, the mistake."""
    if endpoint is None and exchange.request.problem is None:
        name_path(exchange, provider, equipment.providers)
    note_moved_clock(exchange, namespace)
    await look_for_hint(exchange, namespace, equipment.searcher)


def name_path(
    exchange: Exchange, provider: Provider[Any], providers: Mapping[str, Provider[Any]]
) -> None:
    """Where a path leads nowhere, say which one was meant, before what its neighbours check."""
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


async def look_for_hint(exchange: Exchange, namespace: Namespace, searcher: Executor) -> None:
    """Find out which mistake was made, while the loop answers others."""
    if exchange.diagnosis is None or exchange.diagnosis.likely.known:
        return
    look = partial(str, exchange.diagnosis.likely)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # no loop, so no one waits: the reader looks
        return
    try:
        with suppress(asyncio.CancelledError):  # the server stops: answer now
            await loop.run_in_executor(searcher, look)
    except Exception as error:
        exchange.bug = namespace.report_bug(error)
        exchange.diagnosis = exchange.diagnosis.but("")
