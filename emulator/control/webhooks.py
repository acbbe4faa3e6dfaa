"""The webhooks that were sent to merchants: look, wait, send once more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from emulator.control.answering import Answer
from emulator.control.call import ControlCall, ControlError, ControlRoute, Parameters
from emulator.control.patience import seconds_of, while_connected
from emulator.core.errors import shorten
from emulator.core.members import Member

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.runtime.runtime import Runtime


async def search(call: ControlCall) -> Response:
    """List the webhooks that are meant with their attempts, newest first."""
    outbox, wanted = call.namespace.outbox, _filter(call)
    return await asyncio.to_thread(lambda: Answer({"webhooks": outbox.as_json(wanted)}))


def show(call: ControlCall) -> dict[str, Any]:
    """Show one webhook with its attempts."""
    number = _number(call)
    return call.namespace.outbox.one_as_json(number) or _missing(call)


async def wait(call: ControlCall) -> dict[str, Any]:
    """Wait until a webhook that is meant has been sent; it may have been already.

    `newest` is the highest number there is: below `since`, numbers have begun again meanwhile.
    """
    seconds = seconds_of(str(call.query.get("timeout", "30")))
    outbox, wanted = call.namespace.outbox, _filter(call)
    found = await while_connected(
        call,
        lambda: outbox.calls.until(
            lambda: outbox.as_json(lambda each: bool(each["attempts"]) and wanted(each)), seconds
        ),
    )
    return {"webhooks": found, "newest": outbox.next_number - 1}


async def resend(call: ControlCall) -> dict[str, Any]:
    """Send a webhook once more, now; the same message, signed again, and its plan is kept."""
    number, outbox = _number(call), call.namespace.outbox
    if outbox.one_as_json(number) is None:
        _missing(call)
    if problem := outbox.why_not_again(number):
        raise ControlError(409, f"webhook {number} cannot be sent again now: {problem}")
    attempt = outbox.send_again(number)
    if call.members.get("wait"):

        async def over() -> None:
            await asyncio.wait([attempt])

        await while_connected(call, over)
    shown = outbox.one_as_json(number)
    if shown is None:
        raise ControlError(409, "the namespace was reset before the merchant answered")
    return shown


def _number(call: ControlCall) -> int:
    text = call.request.path_params["number"]
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _missing(call: ControlCall) -> Any:
    text = shorten(call.request.path_params["number"], 40)
    newest = call.namespace.outbox.next_number - 1
    told = f"the newest is {newest}" if newest else "none was made"
    raise ControlError(404, f"there is no webhook {text}; {told}")


def _filter(call: ControlCall) -> Callable[[Record], bool]:
    """Return which webhooks are meant."""
    wanted = {name: call.query[name] for name in _EQUAL if name in call.query}
    since = call.query.get("since", 0)
    return lambda record: (
        record["number"] > since and all(record[name] == value for name, value in wanted.items())
    )


_EQUAL = ("provider", "event", "credential", "acknowledged")
_FILTERS = {
    "provider": Member("Name of a provider"),
    "event": Member("Name of an event"),
    "credential": Member("Key of the credential it is for"),
    "acknowledged": Member("Whether the merchant has acknowledged it", kinds=("boolean",)),
    "since": Member("Only webhooks with a higher number", kinds=("whole number",)),
}


def _filters(**more: Member) -> Callable[[Runtime], Parameters]:
    """Return the filters that a server takes: it knows its providers."""

    def parameters(emulator: Runtime) -> Parameters:
        events = dict.fromkeys(name for each in emulator.providers.values() for name in each.events)
        return {
            **_FILTERS,
            "provider": replace(_FILTERS["provider"], choices=tuple(emulator.providers)),
            "event": replace(_FILTERS["event"], choices=tuple(events)),
            **more,
        }

    return parameters


ROUTES = (
    ControlRoute(
        "GET", "/webhooks", search, "Webhooks and their deliveries, newest first", query=_filters()
    ),
    ControlRoute(
        "GET",
        "/webhooks/wait",
        wait,
        "Return when a matching webhook has been sent",
        query=_filters(timeout=Member("Seconds to wait at most, such as 5 or 5s; 30 unless said")),
    ),
    ControlRoute("GET", "/webhooks/{number}", show, "One webhook with its attempts"),
    ControlRoute(
        "POST",
        "/webhooks/{number}/resend",
        resend,
        "Send a webhook once more, now",
        members={"wait": Member("Answer when the merchant has answered", kinds=("boolean",))},
    ),
)
