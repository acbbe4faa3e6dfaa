"""How an answer goes out: a provider's reply, or a refusal in our own name."""

from __future__ import annotations

import json
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from emulator.core.exchange import BODILESS, Exchange
from emulator.http.line import CannotCutError, Line

if TYPE_CHECKING:
    from starlette.types import Send


async def send_reply(line: Line, exchange: Exchange) -> None:
    """Send the reply of an exchange.

    Raises:
        CannotCutError: If the connection is to break, and there is none.
    """
    reply = exchange.reply
    assert reply is not None
    if reply.transmission is not None and reply.transmission.cut and line.connection is None:
        rule = exchange.diagnosis.hint if exchange.diagnosis else ""
        raise CannotCutError(
            f"scenario rule {rule} asks for `connection: {reply.transmission.cut}`, which needs a "
            "real socket: `emulator serve` or `Emulator().run()`; a uvicorn of your own needs "
            'http="emulator.http.transport:HttpToolsProtocol"'
        )
    body = b"" if reply.status in BODILESS or exchange.request.method == "HEAD" else reply.body
    start = {"type": "http.response.start", "status": reply.status, "headers": _headers(exchange)}
    if reply.transmission is not None:
        await line.transmit(reply.transmission, start, body)
        return
    await line.send(start)
    await line.send({"type": "http.response.body", "body": body})


async def refuse(
    send: Send, status: int, code: str, error: str, *, last: bool = False, **members: str
) -> None:
    """Refuse in our own name: no provider is meant.

    Args:
        send: ASGI.
        status: HTTP status.
        code: Goes into `emulator-diagnosis`.
        error: What is wrong, and what to do.
        last: Whether the connection ends.
        members: More of the JSON object.
    """
    body = json.dumps({"error": error, "code": code, **members}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"emulator-diagnosis", code.encode("ascii")),
    ]
    if last:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """Return the headers of a reply: the server's, the provider's, and ours."""
    reply = exchange.reply
    assert reply is not None
    headers = [
        (b"date", _http_date(int(exchange.answered_at))),
        (b"emulator-exchange", b"%d" % exchange.number),
    ]
    if reply.status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    if reply.media_type:
        headers.append((b"content-type", reply.media_type.encode("latin-1")))
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if exchange.diagnosis is not None:
        headers.append((b"emulator-diagnosis", exchange.diagnosis.code.encode("ascii")))
    headers += [
        (b"emulator-warning", warning.code.encode("ascii")) for warning in exchange.warnings
    ]
    headers += [(b"emulator-scenario", rule.encode("ascii")) for rule in exchange.rules]
    if exchange.request.problem is not None:
        headers.append((b"connection", b"close"))
    if exchange.bug:
        headers.append((b"emulator-bug", b"1"))
    return headers


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode("ascii")
