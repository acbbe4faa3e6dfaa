"""The ASGI application: the control API below `/_emulator`, and the providers.

What is neither gets a page that says where everything is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.datastructures import Headers as StarletteHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Mount

from emulator.control import caller, control_routes
from emulator.control.answering import Answer, bug
from emulator.core import limits
from emulator.core.errors import Behaviour, Source
from emulator.core.http_problems import TOO_MANY_CONNECTIONS, HttpProblem
from emulator.core.intake import PROBLEM, head_problem, linger
from emulator.core.listening import arrival_of
from emulator.http.addressing import CONTROL, NAMESPACE_PREFIX, ambiguous, call_in, path_of
from emulator.http.gateway import Gateway
from emulator.http.sending import refuse
from emulator.http.unexpected import UNEXPECTED, UnexpectedTraffic
from emulator.runtime.runtime import Runtime

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

BLANKS = Behaviour(
    "Blanks and tabs around a header value are no part of it",
    Source("RFC 9110", "section 5.5"),
)
_ALWAYS_ANSWERED = ("/health", "/ready")


def application(emulator: Runtime) -> Starlette:
    """Return the application of an emulator."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[dict[str, Any]]:
        for namespace in emulator.namespaces:
            namespace.start()
        sweeping = asyncio.create_task(emulator.all_namespaces.keep_sweeping())
        loading = asyncio.create_task(emulator.get_ready_to_refuse())
        yield {UNEXPECTED: UnexpectedTraffic(emulator.log_line), limits.MEMBER: emulator.limits}
        sweeping.cancel()
        loading.cancel()
        await emulator.close()

    control, gateway = control_routes(emulator), Gateway(emulator)
    return _Application(
        gateway,
        emulator,
        routes=[
            Mount(CONTROL, routes=control),
            Mount(f"{NAMESPACE_PREFIX}{{namespace}}{CONTROL}", routes=control),
            Mount("/", gateway),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: _no_such_call},
    )


class _Application(Starlette):
    """Routes what may be a call of the control API; all else can only be for the gateway."""

    def __init__(self, gateway: Gateway, emulator: Runtime, **options: Any) -> None:
        super().__init__(**options)
        self._gateway = gateway
        self._limits = emulator.limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # neither the providers nor the control API have any
            await self._gateway(scope, receive, send)
            return
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._answer(scope, receive, noting)
        except Exception as error:
            if begun:  # nothing else can be said any more; `CannotCutError` has said it
                raise
            await bug(error, self._gateway.emulator.mask)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"] = path = path_of(scope)
        # Blanks around a value are no part of it (RFC 9110, 5.5); h11 knows, httptools does not.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        problem = head_problem(scope, self._limits)
        if unclear := ambiguous(scope["headers"], path):
            await refuse(send, 400, *unclear)
        elif (arrival := arrival_of(scope)) and not arrival.is_control:
            await self._gateway(scope, receive, send, problem)
        elif call := call_in(path):
            await self._answer_call(scope, receive, send, problem, *call)
        elif arrival:
            await self._gateway.lost(scope, send)
        else:
            await self._gateway(scope, receive, send, problem)

    async def _answer_call(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        problem: HttpProblem | None,
        where: str,
        call: str,
    ) -> None:
        """Answer a call of the control API, which is at `where`."""
        if problem is not None:
            if not _is_let_in(problem, call):
                await _refuse_call(scope, receive, send, problem)
                return
            del scope["extensions"][PROBLEM]
        scope["path"] = (where + call) if call else f"{where}/"
        await (self._refusal(scope, call or "/") or super().__call__)(scope, receive, send)

    def _refusal(self, scope: Scope, path: str) -> Response | None:
        """Return the answer to somebody who may not make this call of the control API."""
        emulator = self._gateway.emulator
        headers = StarletteHeaders(scope=scope)
        own = self._gateway.names
        return caller.refusal(headers, scope["scheme"], path, own=own, token=emulator.admin_token)


def _is_let_in(problem: HttpProblem, call: str) -> bool:
    """Tell whether a call is answered even where there are too many connections."""
    return problem.diagnosis.code == TOO_MANY_CONNECTIONS.code and call in _ALWAYS_ANSWERED


async def _refuse_call(scope: Scope, receive: Receive, send: Send, problem: HttpProblem) -> None:
    """Answer a call of the control API that is not served."""
    linger(scope)
    headers = {"emulator-diagnosis": problem.diagnosis.code, "connection": "close"}
    answer = Answer({"error": str(problem)}, problem.status, headers)
    await answer(scope, receive, send)


def _no_such_call(request: StarletteRequest, error: Exception) -> Response:
    """Answer a call that the control API does not have."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow", "")
    if allowed and request.method == "OPTIONS":
        return Response(status_code=204, headers=error.headers)
    message = f"the control API has no {request.method} {request.url.path}"
    hint = f"Use {allowed.replace(', ', ' or ')}" if allowed else "See /_emulator/openapi.json"
    return Answer({"error": message, "hint": hint}, error.status_code, error.headers)
