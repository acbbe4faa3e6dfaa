"""The HTTP protocol class: uvicorn's, for clients as they are.

Java's own HttpClient offers HTTP/2 on every first request (`Upgrade: h2c`). A server may ignore
the offer (RFC 9110, section 7.8), and the providers' do; but the parser takes it for the end of
HTTP and drops the body. So the offer is renamed before the parser sees it.
"""

from __future__ import annotations

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFER = re.compile(rb"(\r\n)(Upgrade:[ \t]*h2c[ \t]*\r\n)", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.1\r\n")


class HttpProtocol(HttpToolsProtocol):
    """Speaks HTTP/1.1 with one client."""

    def data_received(self, data: bytes) -> None:
        """Take bytes from the socket."""
        if b"h2c" in data and _REQUEST_LINE.match(data):
            head, blank, rest = data.partition(b"\r\n\r\n")
            head = _OFFER.sub(rb"\1X-\2", head + b"\r\n")[:-2]
            data = head + blank + rest
        super().data_received(data)
