"""The request journal: the newest exchanges, which can be searched and waited for.

When an exchange is entered, it is packed, and parts that are too long are cut. Secrets are masked
later, when the exchange is shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from emulator.core.exchange import HEADLESS, Exchange, Headers
from emulator.core.instants import iso
from emulator.journal.kept import BESIDES, BODY_SHOWN, HEADER_SHOWN, MORE, TARGET_SHOWN, Kept, Shelf
from emulator.journal.waiting import Filter, Waiters
from emulator.masking.mask import MASK, Mask

SHELF = 64 * 2**20
"""Bytes that the journals of all namespaces keep together."""
_DEEPEST = 64
"""Levels of a message that are shown."""


class Journal:
    """The newest exchanges of one namespace.

    Args:
        size: How many are kept.
        shelf: The limit on the journals of all namespaces together, if there is one.

    Attributes:
        forgotten: How many were dropped for lack of room since it was last emptied.
    """

    __slots__ = (
        "_dropped",
        "_emptied",
        "_newest",
        "_ring",
        "_shelf",
        "_waiters",
        "forgotten",
        "size",
    )

    def __init__(self, size: int, shelf: Shelf | None = None) -> None:
        self.size = size
        self.forgotten = 0
        self._ring = deque[Kept]()
        self._shelf = shelf or Shelf(SHELF)
        self._waiters: Waiters | None = None
        self._newest = self._emptied = 0
        self._dropped: dict[str, int] = {}

    def enter(self, exchange: Exchange) -> None:
        """Add a finished exchange; drop the oldest if there is no room."""
        kept = Kept(exchange, self._drop)
        with self._shelf.lock:
            if len(self._ring) >= self.size:
                oldest = self._ring[0]
                self._leave(oldest, "count")
                self._shelf.remove(oldest)
            self._ring.append(kept)
            self._newest = max(self._newest, exchange.number)
            self._shelf.add(kept)
        if self._waiters is not None:
            self._waiters.tell(exchange)

    def __iter__(self) -> Iterator[Exchange]:
        return _unpacked(tuple(self._ring))

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def last(self) -> Exchange:
        """The newest exchange; IndexError if there is none."""
        return next(_unpacked((self._ring[-1],)))

    def find(self, wanted: Filter, limit: int | None = None) -> list[Exchange]:
        """Return the matching exchanges, newest first, at most `limit` of them."""
        found = (kept for kept in reversed(tuple(self._ring)) if wanted(kept))
        return list(islice(_unpacked(found), limit))

    def get(self, number: int) -> Exchange | None:
        """Return the exchange `number`, or None if the journal does not have it."""
        found = (each for each in reversed(tuple(self._ring)) if each.number == number)
        return next(_unpacked(found), None)

    def why_missing(self, number: int) -> str:
        """Say why there is no exchange `number`."""
        if number > self._newest or number < 1:
            newest = f"the newest is {self._newest}" if self._newest else "none has come"
            return f"it has not come; {newest}"
        if number <= self._emptied:
            return "the journal was emptied after it came; ask before DELETE /requests or a reset"
        if number <= self._dropped.get("bytes", 0):
            held = self._shelf.most_bytes // 2**20
            return (
                f"it was dropped: the journals of all namespaces keep {held} MiB together; "
                "`serve --journal-mib` keeps more"
            )
        if number <= self._dropped.get("count", 0):
            return (
                f"it was dropped: the journal keeps the newest {self.size} exchanges; "
                "`serve --journal` keeps more"
            )
        return "it is still being answered"

    def clear(self) -> None:
        """Delete all exchanges."""
        with self._shelf.lock:
            for kept in self._ring:
                self._shelf.remove(kept)
            self._ring.clear()
        self.forgotten = 0
        self._emptied = self._newest

    def restart(self) -> None:
        """Delete all exchanges, and start again with number 1."""
        self.clear()
        self._newest = self._emptied = 0
        self._dropped.clear()
        if self._waiters is not None:
            self._waiters.restart()

    async def wait(self, wanted: Filter, timeout_seconds: float) -> list[Exchange]:
        """Wait for a matching exchange; return those there are, or none when the time is over."""
        if self._waiters is None:
            self._waiters = Waiters()
        with self._waiters.waiting(wanted) as waiter:
            return self.find(wanted) or await waiter.come(timeout_seconds)

    @property
    def newest(self) -> int:
        """The highest number so far; 0 if there is none."""
        return self._newest

    @property
    def waiting(self) -> int:
        """How many calls wait for an exchange."""
        return len(self._waiters) if self._waiters is not None else 0

    def wake(self) -> None:
        """End all waits."""
        if self._waiters is not None:
            self._waiters.wake()

    def _drop(self, oldest: Kept) -> None:
        self._leave(oldest, "bytes")

    def _leave(self, oldest: Kept, why: str) -> None:
        self._ring.popleft()
        self.forgotten += 1
        self._dropped[why] = max(self._dropped.get(why, 0), oldest.number)


def _unpacked(found: Iterable[Kept]) -> Iterator[Exchange]:
    """Unpack exchanges, except those that are dropped in the meantime."""
    return (exchange for kept in found if (exchange := kept.exchange) is not None)


def summary(exchange: Exchange, mask: Mask) -> dict[str, Any]:
    """Return an exchange as `GET /_emulator/requests` shows it."""
    reply = exchange.reply
    cut = (reply.transmission.cut if reply and reply.transmission else "") or None
    return {
        "number": exchange.number,
        "namespace": exchange.namespace,
        "provider": exchange.provider,
        "endpoint": _shown(exchange.endpoint, TARGET_SHOWN, mask, exchange.cut.get("endpoint")),
        "method": mask.text(exchange.request.method),
        "path": _path(exchange, mask),
        "status": reply.status if reply and cut not in HEADLESS else 0,
        "connection": cut,
        "verdict": exchange.verdict,
        "credential": mask.text(exchange.credential),
        "diagnosis": masked(exchange.diagnosis.as_json(), mask) if exchange.diagnosis else None,
        "warnings": [masked(warning.as_json(), mask) for warning in exchange.warnings],
        "rules": exchange.rules,
        "received_at": iso(exchange.received_at),
        "duration_ms": round(exchange.duration_ms, 3),
    }


def full(exchange: Exchange, mask: Mask) -> dict[str, Any]:
    """Return an exchange as `GET /_emulator/requests/{number}` shows it: all but the secrets."""
    request, reply, cut = exchange.request, exchange.reply, exchange.cut
    return {
        **summary(exchange, mask),
        "parameters": masked(exchange.parameters, mask, theirs=True),
        "request": {
            "method": mask.text(request.method),
            "path": _path(exchange, mask),
            "query": _shown(request.query, TARGET_SHOWN, mask, cut.get("request.query")),
            "headers": _headers(request.headers, mask),
            "body": _body(request.body, mask, cut.get("request.body")),
            "client": mask.text(request.client),  # a proxy on this machine can send any text
            "base_url": mask.text(request.base_url),
        },
        "payload": masked(exchange.payload, mask, theirs=True),
        "reply": reply
        and {
            "status": reply.status,
            "media_type": reply.media_type,
            "headers": _headers(reply.headers, mask),
            "body": _body(reply.body, mask, cut.get("reply.body")),
        },
        "cut": cut,
        "bug": mask.text(exchange.bug),
    }


def _headers(headers: Headers, mask: Mask) -> list[list[str]]:
    return [
        [mask.text(name), _shortened(mask.header(name, value), len(value))]
        for name, value in headers
    ]


def _shortened(told: str, length: int) -> str:
    """Return a masked header, cut to the length that is shown."""
    if length <= HEADER_SHOWN:
        return told
    return told[: min(HEADER_SHOWN, max(0, len(told) - (length - HEADER_SHOWN)))] + "…"


def _path(exchange: Exchange, mask: Mask) -> str:
    left_out = exchange.cut.get("request.path")
    return _shown(exchange.request.path, TARGET_SHOWN, mask, left_out)


def _body(body: bytes, mask: Mask, left_out: int | None) -> str:
    return _shown(body.decode("utf-8", "replace"), BODY_SHOWN, mask, left_out)


def _shown(text: str, limit: int, mask: Mask, left_out: int | None) -> str:
    """Return a text masked, and cut where it was too long.

    Args:
        text: The part that is kept.
        limit: How many characters are shown.
        mask: Hides secrets.
        left_out: How many are not shown; None or 0 if it is complete.
    """
    told = mask.text(text)
    if not left_out:
        return told
    if left_out > BESIDES:  # the end of the kept part can be half of a secret
        limit = min(limit, max(0, len(told) - BESIDES))
    return told[:limit] + MORE.format(left_out)


def masked(
    value: Any, mask: Mask, depth: int = 0, *, theirs: bool = False, secret: bool = False
) -> Any:
    """Return plain data with every secret in it masked, and cut where it is too deep.

    Args:
        value: The data.
        mask: Hides secrets.
        depth: How deep it is nested.
        theirs: Whether it is a message, where the name of a member can mark it as secret.
        secret: Whether it is the value of a secret member.
    """
    if depth > _DEEPEST:
        return "…"
    match value:
        case dict():
            members = cast(dict[str, Any], value)
            return _named(
                (
                    mask.text(str(name)),
                    masked(
                        member,
                        mask,
                        depth + 1,
                        theirs=theirs,
                        secret=theirs and mask.member(str(name)),
                    ),
                )
                for name, member in members.items()
            )
        case list() | tuple():
            items = cast(list[Any], value)
            return [masked(item, mask, depth + 1, theirs=theirs, secret=secret) for item in items]
        case None | bool():
            return value
        case _ if secret:
            return MASK
        case int() | float():
            return mask.number(value)
        case _:
            return mask.text(str(value))


def _named(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of all members; several can have the same name after masking."""
    found: dict[str, Any] = {}
    for name, member in members:
        again = 2
        told = name
        while told in found:
            told, again = f"{name} ({again})", again + 1
        found[told] = member
    return found
