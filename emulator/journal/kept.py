"""An exchange as the journal keeps it: packed, with long parts cut.

Ten thousand unpacked exchanges are a million objects. They need tens of mebibytes and make every
garbage collection slow. Packed, each needs few bytes, and its size is known.
"""

from __future__ import annotations

import marshal
from collections import deque
from dataclasses import fields, replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from emulator.core.errors import Diagnosis
from emulator.core.exchange import Exchange, Headers, Reply, Request, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

BODY_SHOWN = 16 * 1024
"""Bytes of a body that are shown."""
TARGET_SHOWN = 4 * 1024
"""Characters of a path, and of a query, that are shown."""
HEADER_SHOWN = 4 * 1024
"""Characters of one header that are shown."""
BESIDES = 4 * 1024
"""More characters that are kept, so that a secret at the limit can be masked before the cut."""
_HEADERS = 16 * 1024
"""Characters of all headers together that are kept."""
_NAME = 1024
"""Characters of a name that a client can choose, such as that of a credential."""
_PAYLOAD = 64 * 1024
"""Bytes of a packed message; a longer one is not kept at all."""
_OBJECT = 400
"""Bytes that an exchange needs without its content."""
_LOOSE = 64
"""Unpacked data needs at most so many times its packed size."""

MORE = "… ({} more)"
"""The end of a text that was cut, with the number of missing bytes."""


class Kept:
    """One exchange of a journal. It can be searched without unpacking it.

    Attributes:
        number: Of the exchange; so are provider, endpoint, verdict, diagnosis.
        weight: Bytes that it needs.
        drop: Removes it from its journal; None when it is removed.
    """

    __slots__ = (
        "_loose",
        "_packed",
        "_transmission",
        "_warnings",
        "diagnosis",
        "drop",
        "endpoint",
        "number",
        "provider",
        "verdict",
        "weight",
    )

    def __init__(self, exchange: Exchange, drop: Callable[[Kept], None]) -> None:
        cut: dict[str, int] = {}
        self.number = exchange.number
        self.provider = exchange.provider
        self.endpoint = _text(exchange.endpoint, TARGET_SHOWN, cut, "endpoint")
        self.verdict: Verdict = exchange.verdict
        self.diagnosis = exchange.diagnosis
        self.drop: Callable[[Kept], None] | None = drop
        self._warnings = tuple(exchange.warnings)
        reply = exchange.reply
        self._transmission = reply.transmission if reply is not None else None
        payload, self._loose = _packed_payload(exchange, cut)
        self._packed = marshal.dumps(
            (
                exchange.namespace,
                _request(exchange.request, cut, "request"),
                exchange.received_at,
                _parameters(exchange.parameters, cut),
                _text(exchange.credential, _NAME, cut, "credential"),
                payload,
                _request(exchange.arrived, cut, "arrived") if exchange.arrived else None,
                exchange.rules,
                _reply(reply, cut) if reply is not None else None,
                exchange.answered_at,
                exchange.duration_ms,
                _text(exchange.bug, BODY_SHOWN, cut, "bug"),
                cut,
            )
        )
        self.weight = len(self._packed) + _OBJECT + _diagnoses(self.diagnosis, self._warnings)
        if self._loose is not None:
            self.weight += _LOOSE * len(exchange.request.body)

    def leave(self) -> None:
        """Note that it was removed from its journal, and free its content."""
        self.drop = None
        self._packed = b""

    @property
    def exchange(self) -> Exchange | None:
        """The exchange, each time a new object; None if it was removed from the journal."""
        packed = self._packed
        if not packed:
            return None
        (
            namespace,
            request,
            received_at,
            parameters,
            credential,
            payload,
            arrived,
            rules,
            reply,
            answered_at,
            duration_ms,
            bug,
            cut,
        ) = marshal.loads(packed)  # noqa: S302 - our own bytes
        return Exchange(
            number=self.number,
            namespace=namespace,
            provider=self.provider,
            endpoint=self.endpoint,
            request=Request(**dict(zip(_REQUEST, request, strict=True))),
            received_at=received_at,
            parameters=parameters,
            credential=credential,
            payload=self._loose if payload is None else marshal.loads(payload),  # noqa: S302 - our own bytes
            verdict=self.verdict,
            diagnosis=self.diagnosis,
            warnings=list(self._warnings),
            arrived=Request(**dict(zip(_REQUEST, arrived, strict=True))) if arrived else None,
            rules=rules,
            reply=reply and Reply(*reply, transmission=self._transmission),
            answered_at=answered_at,
            duration_ms=duration_ms,
            bug=bug,
            cut=cut,
        )


class Shelf:
    """The bytes of all journals of a server together, and their limit.

    Args:
        most_bytes: The limit.

    Attributes:
        held: Bytes that they hold now.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held = 0
        self.lock = RLock()
        self._order = deque[Kept]()
        self._gone = 0

    def add(self, kept: Kept) -> None:
        """Make room for one more exchange: drop the oldest ones of all journals if necessary."""
        self._order.append(kept)
        self.held += kept.weight
        while self.held > self.most_bytes and len(self._order) > 1:
            oldest = self._order.popleft()
            if oldest.drop is None:
                self._gone -= 1
            else:
                oldest.drop(oldest)
                self.held -= oldest.weight
                oldest.leave()

    def remove(self, kept: Kept) -> None:
        """Note that one was removed from its journal for another reason."""
        if kept.drop is None:
            return
        kept.leave()
        self.held -= kept.weight
        self._gone += 1
        if self._gone > 64 and self._gone > len(self._order) // 2:
            self._order = deque(each for each in self._order if each.drop is not None)
            self._gone = 0


_REQUEST = tuple(each.name for each in fields(Request))


def _text(text: str, shown: int, cut: dict[str, int], part: str) -> str:
    """Return the part of a text that is kept, and note how much will not be shown."""
    if len(text) <= shown:
        return text
    cut[part] = cut.get(part, 0) + len(text) - shown
    return text[: shown + BESIDES]


def _request(request: Request, cut: dict[str, int], part: str) -> tuple[Any, ...]:
    """Return the members of a request, in the order of `_REQUEST`."""
    kept = replace(
        request,
        method=_text(request.method, _NAME, cut, f"{part}.method"),
        path=_text(request.path, TARGET_SHOWN, cut, f"{part}.path"),
        query=_text(request.query, TARGET_SHOWN, cut, f"{part}.query"),
        headers=_headers(request.headers, cut, f"{part}.headers"),
        body=_body(request.body, cut, f"{part}.body"),
        base_url=_text(request.base_url, TARGET_SHOWN, cut, f"{part}.base_url"),
        problem=None,  # the diagnosis has it
    )
    return tuple(getattr(kept, name) for name in _REQUEST)


def _reply(reply: Reply, cut: dict[str, int]) -> tuple[Any, ...]:
    """Return the first members of a reply; the body already contains `content`."""
    headers = _headers(reply.headers, cut, "reply.headers")
    return reply.status, _body(reply.body, cut, "reply.body"), reply.media_type, headers


def _body(body: bytes, cut: dict[str, int], part: str) -> bytes:
    if len(body) <= BODY_SHOWN:
        return body
    cut[part] = len(body) - BODY_SHOWN
    return body[: BODY_SHOWN + BESIDES]


def _headers(headers: Headers, cut: dict[str, int], part: str) -> Headers:
    """Return the headers that are kept: the first ones, and the beginning of each."""
    if sum(len(name) + len(value) for name, value in headers) <= HEADER_SHOWN:
        return headers
    kept: Headers = []
    total = 0
    for name, value in headers:
        total += len(name) + min(len(value), HEADER_SHOWN + BESIDES)
        if total > _HEADERS:
            cut[part] = cut.get(part, 0) + len(name) + len(value)
        else:
            kept.append((name, _text(value, HEADER_SHOWN, cut, part)))
    return kept


def _parameters(parameters: dict[str, str], cut: dict[str, int]) -> dict[str, str]:
    return {name: _text(value, _NAME, cut, "parameters") for name, value in parameters.items()}


def _packed_payload(exchange: Exchange, cut: dict[str, int]) -> tuple[bytes | None, Any]:
    """Return the packed message, or the message itself if it is not plain data."""
    if exchange.payload is None:
        return None, None
    try:
        packed = marshal.dumps(exchange.payload)
    except ValueError:  # decimals, or nested too deeply
        if len(exchange.request.body) <= BODY_SHOWN:
            return None, exchange.payload
        cut["payload"] = len(exchange.request.body)
        return None, None
    if len(packed) > _PAYLOAD:
        cut["payload"] = len(packed)
        return None, None
    return packed, None


def _diagnoses(diagnosis: Diagnosis | None, warnings: tuple[Diagnosis, ...]) -> int:
    told = warnings if diagnosis is None else (diagnosis, *warnings)
    return sum(
        _OBJECT + len(each.where) + len(each.expected) + len(each.received) + len(each.hint)
        for each in told
    )
