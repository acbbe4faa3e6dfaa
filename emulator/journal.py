"""The request journal: a bounded ring of exchanges that can be searched and waited for.

Nothing is encoded or masked when an exchange is entered, and only a long body is cut; all that is
done when somebody looks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, cast

from emulator.exchange import HEADLESS, Exchange, Headers
from emulator.masking import MASK, Mask

BODY_LIMIT = 16 * 1024
"""Bytes of a body that are shown."""
_KEPT = BODY_LIMIT + 4096
"""Bytes of a body that are kept: a secret that the limit would cut in two is masked first."""
_DEEPEST = 64
"""Levels of a message that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which exchanges are meant; what is None does not matter.

    Attributes:
        provider: Its name.
        endpoint: Its name, or a glob.
        verdict: accepted, refused or injected.
        diagnosis: Its code, or a glob.
        since: Only numbers above this one.
    """

    provider: str | None = None
    endpoint: str | None = None
    verdict: str | None = None
    diagnosis: str | None = None
    since: int | None = None

    def __call__(self, exchange: Exchange) -> bool:
        """Tell whether the exchange is meant."""
        code = exchange.diagnosis.code if exchange.diagnosis else ""
        return (
            (self.provider is None or exchange.provider == self.provider)
            and (self.endpoint is None or fnmatchcase(exchange.endpoint, self.endpoint))
            and (self.verdict is None or exchange.verdict == self.verdict)
            and (self.diagnosis is None or fnmatchcase(code, self.diagnosis))
            and (self.since is None or exchange.number > self.since)
        )


class Journal:
    """The newest exchanges of one namespace.

    Args:
        size: How many are kept.

    Attributes:
        forgotten: How many have left because it was full, since it was last emptied.
    """

    def __init__(self, size: int) -> None:
        self._ring: deque[Exchange] = deque(maxlen=size)
        self.forgotten = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def enter(self, exchange: Exchange) -> None:
        """Add an exchange that is over; the oldest leaves where the ring is full."""
        self.forgotten += len(self._ring) == self._ring.maxlen
        self._ring.append(_capped(exchange))
        for loop, event in tuple(self._waiting):
            loop.call_soon_threadsafe(event.set)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._ring))

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def last(self) -> Exchange:
        """The newest exchange; IndexError if there is none."""
        return self._ring[-1]

    def find(self, wanted: Filter, limit: int | None = None) -> list[Exchange]:
        """Return the exchanges that are meant, newest first, at most `limit` of them."""
        found: list[Exchange] = []
        for exchange in reversed(tuple(self._ring)):
            if limit is not None and len(found) >= limit:
                break
            if wanted(exchange):
                found.append(exchange)
        return found

    def get(self, number: int) -> Exchange | None:
        """Return the exchange `number`, or None if there is none any more."""
        return next((each for each in tuple(self._ring) if each.number == number), None)

    def clear(self) -> None:
        """Forget all exchanges."""
        self._ring.clear()
        self.forgotten = 0

    async def wait(self, wanted: Filter, timeout_seconds: float) -> list[Exchange]:
        """Return the exchanges that are meant as soon as there is one, or none in time."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(entry)
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := self.find(wanted)):
                    await entry[1].wait()
                    entry[1].clear()
                return found
        except (TimeoutError, asyncio.CancelledError):  # cancelled: the server stops
            return []
        finally:
            self._waiting.discard(entry)


def _capped(exchange: Exchange) -> Exchange:
    """Return what is kept of an exchange: itself, or a copy with its bodies cut.

    The exchange itself is not touched: its reply is still to be sent.
    """
    request, reply = exchange.request, exchange.reply
    if len(request.body) > _KEPT:
        request = replace(request, body=request.body[:_KEPT])
        exchange = replace(exchange, request=request, payload=None)
    if reply is not None and len(reply.body) > _KEPT:
        exchange = replace(exchange, reply=replace(reply, body=reply.body[:_KEPT], content=None))
    return exchange


def summary(exchange: Exchange, mask: Mask) -> dict[str, Any]:
    """Return what `GET /_emulator/requests` says of an exchange."""
    reply = exchange.reply
    cut = (reply.wire.cut if reply and reply.wire else "") or None
    return {
        "number": exchange.number,
        "namespace": exchange.namespace,
        "provider": exchange.provider,
        "endpoint": mask.text(exchange.endpoint),
        "method": mask.text(exchange.request.method),
        "path": mask.text(exchange.request.path),
        "status": reply.status if reply and cut not in HEADLESS else 0,
        "connection": cut,
        "verdict": exchange.verdict,
        "credential": mask.text(exchange.credential),
        "diagnosis": masked(exchange.diagnosis.as_json(), mask) if exchange.diagnosis else None,
        "notices": [masked(notice.as_json(), mask) for notice in exchange.notices],
        "rules": exchange.rules,
        "received_at": datetime.fromtimestamp(exchange.received_at, UTC).isoformat(),
        "duration_ms": round(exchange.duration_ms, 3),
    }


def full(exchange: Exchange, mask: Mask) -> dict[str, Any]:
    """Return what `GET /_emulator/requests/{number}` says of it: all but the secrets."""
    request, reply = exchange.request, exchange.reply
    return {
        **summary(exchange, mask),
        "parameters": masked(exchange.parameters, mask),
        "request": {
            "method": mask.text(request.method),
            "path": mask.text(request.path),
            "query": mask.text(request.query),
            "headers": _headers(request.headers, mask),
            "body": _body(request.body, mask),
            "client": request.client,
            "base_url": mask.text(request.base_url),
        },
        "payload": masked(exchange.payload, mask),
        "reply": reply
        and {
            "status": reply.status,
            "media_type": reply.media_type,
            "headers": _headers(reply.headers, mask),
            "body": _body(reply.body, mask),
        },
        "bug": mask.text(exchange.bug),
    }


def _headers(headers: Headers, mask: Mask) -> list[list[str]]:
    return [[mask.text(name), mask.header(name, value)] for name, value in headers]


def _body(body: bytes, mask: Mask) -> str:
    return mask.text(body.decode("utf-8", "replace"))[:BODY_LIMIT]


def masked(value: Any, mask: Mask, depth: int = 0, *, secret: bool = False) -> Any:
    """Return plain data with every secret in it masked, and cut where it is too deep.

    Args:
        value: The data.
        mask: What hides secrets.
        depth: How deep it lies in what is shown.
        secret: Whether the member that it is the value of holds a secret.
    """
    if depth > _DEEPEST:
        return "…"
    match value:
        case dict():
            members = cast(dict[str, Any], value)
            return {
                mask.text(name): masked(member, mask, depth + 1, secret=mask.member(name))
                for name, member in members.items()
            }
        case list() | tuple():
            items = cast(list[Any], value)
            return [masked(item, mask, depth + 1, secret=secret) for item in items]
        case None | bool():
            return value
        case _ if secret:
            return MASK
        case int() | float():
            return mask.number(value)
        case _:
            return mask.text(str(value))
