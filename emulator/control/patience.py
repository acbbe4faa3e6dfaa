"""Calls that wait: until their client leaves, and only a limited number of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect

from emulator.control.call import ControlCall, ControlError
from emulator.core.connection import left

T = TypeVar("T")

_LONGEST_WAIT_SECONDS = 300.0


async def while_connected(call: ControlCall, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Wait for the work that `start` begins; stop if the client leaves.

    Raises:
        ControlError: 503 if too many calls wait already.
        ClientDisconnect: If the client has gone.
    """
    emulator = call.emulator
    most = emulator.limits.waits
    if emulator.waits >= most:
        raise ControlError(
            503,
            f"{most} calls wait already: end some of them, or allow more with `waits` in the "
            "section [limits] of the configuration file",
        )
    emulator.waits += 1
    work, gone = (
        asyncio.create_task(start()),
        asyncio.create_task(left(call.request.scope, call.request.receive)),
    )
    try:
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientDisconnect
        return work.result()
    except asyncio.CancelledError:  # the server stops; the waiting work can still answer
        work.cancel()
        return await work
    finally:
        emulator.waits -= 1
        work.cancel()
        gone.cancel()


def seconds_of(text: str) -> float:
    """Return how long a call waits.

    Raises:
        ControlError: 400 if it is no number of seconds, or too many.
    """
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError as error:
        raise ControlError(400, "timeout: expected seconds, such as 30") from error
    if not 0 <= seconds <= _LONGEST_WAIT_SECONDS:
        raise ControlError(400, f"timeout: expected 0 to {_LONGEST_WAIT_SECONDS:g} seconds")
    return seconds
