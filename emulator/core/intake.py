"""Reads a request within the limits, under any ASGI server.

A `Content-Length` over the limit is refused before the body is read, so a client that waits for
`100 Continue` does not send it. A chunked body is counted while it arrives.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from emulator.core.connection import connection_of
from emulator.core.exchange import Headers
from emulator.core.http_problems import (
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    HEAD_TOO_LARGE,
    TARGET_TOO_LONG,
    TOO_MANY_HEADERS,
    HttpProblem,
)
from emulator.core.limits import Limits

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

PROBLEM = "emulator.problem"
"""The ASGI extension under which the protocol classes put an `HttpProblem` that they find."""

_KEPT_BYTES = 8 * 1024
_HEADER_EXTRA = 4
"""Bytes of a header without name and value: the colon, a blank and the end of the line."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request.

    Attributes:
        content: The part that was read.
        problem: Why the rest was not read; None if it is complete.
    """

    content: bytes
    problem: HttpProblem | None = None


def head_problem(scope: Scope, limits: Limits) -> HttpProblem | None:
    """Tell what is wrong with a head, for example its size; None if it is in order."""
    found = _extensions(scope).get(PROBLEM)
    if found is not None:
        return cast(HttpProblem, found)
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    target = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if target > limits.target_bytes:
        return TARGET_TOO_LONG.found(f"at most {limits.target_bytes} bytes", f"{target} bytes")
    if len(headers) > limits.headers:
        return TOO_MANY_HEADERS.found(f"at most {limits.headers}", f"{len(headers)}")
    size = target + sum(len(name) + len(value) + _HEADER_EXTRA for name, value in headers)
    if size > limits.head_bytes:
        return HEAD_TOO_LARGE.found(f"at most {limits.head_bytes} bytes", f"{size} bytes")
    return None


async def read_body(scope: Scope, receive: Receive, limits: Limits) -> Body | None:
    """Read the body of a request; None if the client closes the connection first.

    Args:
        scope: ASGI.
        receive: ASGI.
        limits: What it may be.
    """
    problem = _announced(scope["headers"], limits)
    body: Body | None = Body(b"", problem)
    if problem is None:
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(limits.body_seconds):
                body = await _collect(receive, limits, chunks)
        except TimeoutError:
            received = f"{sum(map(len, chunks))} bytes"
            body = Body(
                b"".join(chunks),
                BODY_TOO_SLOW.found(f"a whole body within {limits.body_seconds:g} s", received),
            )
        if body is not None and (found := _extensions(scope).get(PROBLEM)):
            body = Body(body.content, found)
    if body is not None and body.problem is not None:
        linger(scope)
    return body


def kept_of_head(path: str, query: str, headers: Headers) -> tuple[str, str, Headers]:
    """Return the part of a refused head that is kept; the head can be of any length."""
    kept: Headers = []
    room = _KEPT_BYTES
    for name, value in headers:
        room -= len(name) + len(value)
        if room < 0:
            break
        kept.append((name, value))
    return path[:_KEPT_BYTES], query[:_KEPT_BYTES], kept


def linger(scope: Scope) -> None:
    """Close the connection after the answer; without a socket there is none."""
    if (connection := connection_of(scope)) is not None:
        connection.linger()


async def _collect(receive: Receive, limits: Limits, chunks: list[bytes]) -> Body | None:
    """Read chunks into a list until the body ends, or is too large."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limits.body_bytes:
            return Body(b"".join(chunks), _too_large(limits, f"more than {size - 1} bytes"))
        if chunk:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return Body(chunks[0] if len(chunks) == 1 else b"".join(chunks))


def _announced(headers: list[tuple[bytes, bytes]], limits: Limits) -> HttpProblem | None:
    """Tell whether Content-Length says that the body is too large."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            digits = value.lstrip(b"0")
            if len(digits) > len(str(limits.body_bytes)) or int(digits or b"0") > limits.body_bytes:
                return _too_large(limits, f"{digits[:40].decode()} bytes")
    return None


def _too_large(limits: Limits, received: str) -> HttpProblem:
    return BODY_TOO_LARGE.found(f"at most {limits.body_bytes} bytes", received)


def _extensions(scope: Scope) -> dict[str, Any]:
    return scope.get("extensions") or {}
