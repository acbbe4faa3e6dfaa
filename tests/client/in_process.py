"""A transport for blocking clients: it sends to an application in this process."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2


class InProcess(httpx2.BaseTransport):
    """Sends to an application in this process, for a blocking client."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        async def send() -> httpx2.Response:
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(self._app)) as client:
                return await client.request(
                    request.method,
                    str(request.url),
                    headers=dict(request.headers),
                    content=request.read(),
                )

        answer = asyncio.run(send())
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)
