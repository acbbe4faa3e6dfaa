"""Says what comes over a socket that is not HTTP/1.1 for this server."""

from __future__ import annotations

import time
from collections.abc import Callable

UNEXPECTED = "emulator.http.unexpected"
"""The member of the application's state in which the protocols find `UnexpectedTraffic`."""

_TOLD_AGAIN_SECONDS = 10.0

_ADVICE = b"The emulator is not a proxy. Use its address as the base URL of your client.\n"
NOT_A_PROXY = (
    b"HTTP/1.1 501 Not Implemented\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_ADVICE), _ADVICE)
)
"""The answer to CONNECT."""


class UnexpectedTraffic:
    """Says on the console what came, once in a while.

    Args:
        say: Takes one line for the console.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: dict[str, float] = {}

    def tell(self, text: str) -> None:
        """Say it, unless it was said just now.

        Args:
            text: One of a few; nothing that a client chooses.
        """
        now = time.monotonic()
        if now - self._told.get(text, -_TOLD_AGAIN_SECONDS) >= _TOLD_AGAIN_SECONDS:
            self._told[text] = now
            self._say(text)


def is_connect(data: bytes) -> bool:
    """Tell whether a client takes the server for its proxy."""
    return data[:8].upper() == b"CONNECT "


def foreign(data: bytes) -> str:
    """Say what the first bytes of a connection are, where they are nothing for this port."""
    if data[:2] == b"\x16\x03":
        return (
            "somebody spoke TLS (https) to this port, which speaks plain HTTP: write http:// in "
            "the base URL of your client"
        )
    if is_connect(data):
        return (
            "somebody sent CONNECT: the emulator is set as a proxy, which it is not. Set it as the "
            "base URL of your client, and take it out of HTTP_PROXY and HTTPS_PROXY"
        )
    if data.startswith(b"PRI * HTTP/2"):
        return (
            "somebody spoke HTTP/2 from the start to this port, which speaks HTTP/1.1: have your "
            "client begin with HTTP/1.1"
        )
    return ""
