"""The ASGI application: from a request on the wire to an `Exchange`, and from a `Reply` back.

A provider is addressed by path prefix (`/placetopay/api/session`) or by host name
(`placetopay.localhost`, or one of its real names); a namespace by path (`/_ns/<name>/…`) or by
the header `emulator-namespace`. Below `/_emulator` lies the control API.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.datastructures import Headers as StarletteHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response
from starlette.routing import Mount

from emulator.control import caller, control_routes
from emulator.control.answering import Answer, bug
from emulator.core import limits
from emulator.core.connection import connection_of
from emulator.core.errors import Behaviour, ConfigurationError, Source, Standing
from emulator.core.exchange import BODILESS, Exchange, Headers, Request
from emulator.core.hosts import host_name
from emulator.core.http_problems import TOO_MANY_CONNECTIONS, HttpProblem
from emulator.core.intake import PROBLEM, Body, head_problem, kept_of_head, linger, read_body
from emulator.core.listening import control_url, door_of, providers_url
from emulator.core.version import __version__
from emulator.core.web_pages import is_safe_host
from emulator.http.line import CannotCutError, Line
from emulator.http.strangers import STRANGERS, Strangers
from emulator.provider import Provider
from emulator.runtime.namespace import DEFAULT_NAMESPACE, check_name
from emulator.runtime.runtime import Runtime

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

BLANKS = Behaviour(
    "Blanks and tabs around a header value are no part of it",
    Source("RFC 9110", "section 5.5"),
)
PATHS = Behaviour(
    "An encoded slash separates nothing; neither it nor dots, doubled slashes or parameters in a"
    " path lead to an endpoint",
    Source("RFC 3986", "section 2.2", Standing.CHOSEN),
)
ONE_HOST = Behaviour(
    "A request with two Host headers is refused; case, port and a dot at the end of one mean"
    " nothing",
    Source("RFC 9112", "section 3.2"),
)

NAMESPACE_HEADER = "emulator-namespace"
_NAMESPACE_PREFIX = "/_ns/"
_CONTROL = "/_emulator"
_BROWSERS_SAY = ("origin", "sec-fetch-site")
_ALWAYS_ANSWERED = ("/health", "/ready")
_CALL = re.compile(rf"((?:{_NAMESPACE_PREFIX}[^/]*)?{_CONTROL})(/.*?)?/?", re.DOTALL)
"""The path of a call of the control API: where the API is, and the call."""
_ABSOLUTE = re.compile(r"https?://[^/]*", re.IGNORECASE)
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


def application(emulator: Runtime) -> Starlette:
    """Return the application of an emulator."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[dict[str, Any]]:  # noqa: ARG001
        for namespace in emulator.namespaces:
            namespace.start()
        sweeping = asyncio.create_task(emulator.all_namespaces.keep_sweeping())
        loading = asyncio.create_task(emulator.get_ready_to_refuse())
        yield {STRANGERS: Strangers(emulator.log_line), limits.MEMBER: emulator.limits}
        sweeping.cancel()
        loading.cancel()
        await emulator.close()

    control, gateway = control_routes(emulator), Gateway(emulator)
    return _Application(
        gateway,
        emulator,
        routes=[
            Mount(_CONTROL, routes=control),
            Mount(f"{_NAMESPACE_PREFIX}{{namespace}}{_CONTROL}", routes=control),
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
        scope["path"] = path = _path(scope)
        # Blanks around a value are no part of it (RFC 9110, 5.5); h11 knows, httptools does not.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        problem = head_problem(scope, self._limits)
        if unclear := _ambiguous(scope["headers"], path):
            await _send_ours(send, 400, *unclear)
        elif (door := door_of(scope)) and not door.is_control:
            await self._gateway(scope, receive, send, problem)
        elif call := _CALL.fullmatch(path):  # with and without a slash at the end
            if problem is not None:
                if not _is_let_in(problem, call[2]):
                    await _refuse_call(scope, receive, send, problem)
                    return
                del scope["extensions"][PROBLEM]
            scope["path"] = (call[1] + call[2]) if call[2] else f"{call[1]}/"
            await (self._refusal(scope, call[2] or "/") or super().__call__)(scope, receive, send)
        elif door:
            await self._gateway.lost(scope, send)
        else:
            await self._gateway(scope, receive, send, problem)

    def _refusal(self, scope: Scope, path: str) -> Response | None:
        """Return the answer to somebody who may not make this call of the control API."""
        emulator = self._gateway.emulator
        headers = StarletteHeaders(scope=scope)
        own = self._gateway.names
        return caller.refusal(headers, scope["scheme"], path, own=own, token=emulator.admin_token)


def _path(scope: Scope) -> str:
    """Return the path, percent-decoded except for encoded slashes, which separate nothing."""
    raw = (scope.get("raw_path") or b"").decode("latin-1")
    if _ABSOLUTE.match(raw):  # a client that takes us for its proxy (RFC 9112, 3.2.2)
        raw = _ABSOLUTE.sub("", raw) or "/"
    elif "%2f" not in raw.lower():
        return scope["path"]
    return "%2F".join(unquote(part) for part in _ENCODED_SLASH.split(raw))


def _ambiguous(headers: list[tuple[bytes, bytes]], path: str) -> tuple[str, str] | None:
    """Say what makes it unclear who is meant (RFC 9112, 3.2): a code and a message."""
    for wanted in (b"host", NAMESPACE_HEADER.encode()):
        if sum(name == wanted for name, _ in headers) > 1:
            told = f"the header {wanted.decode()} is there more than once; send it once"
            return "emulator.header-twice", told
    if path.startswith(_NAMESPACE_PREFIX):
        of_path = path.removeprefix(_NAMESPACE_PREFIX).partition("/")[0]
        of_header = dict(headers).get(NAMESPACE_HEADER.encode(), b"").decode("latin-1")
        if of_header not in ("", of_path):
            told = "the path names another namespace than the header; send one of them, or the same"
            return "emulator.namespace-twice", told
    return None


def _is_let_in(problem: HttpProblem, call: str | None) -> bool:
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


class Gateway:
    """Hands requests to the emulator and replies to the client.

    Args:
        emulator: What answers.
    """

    def __init__(self, emulator: Runtime) -> None:
        self.emulator = emulator
        self._by_host: dict[str, Provider[Any]] = {
            host: provider
            for provider in emulator.providers.values()
            for host in (f"{provider.name}.localhost", *provider.hosts)
        }

    @property
    def names(self) -> Collection[str]:
        """Host names that are ours or a provider's: no page of a stranger can have them."""
        return self.emulator.own_names | self._by_host.keys()

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send, problem: HttpProblem | None = None
    ) -> None:
        """Serve one ASGI request; one with a problem is refused."""
        if scope["type"] != "http":  # a provider has no web sockets
            await send({"type": "websocket.close", "code": 1000})
            return
        headers: Headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        host = _first(headers, "host")
        path: str = scope["path"]
        name = _first(headers, NAMESPACE_HEADER) or DEFAULT_NAMESPACE
        # A URL handed out, such as that of a page to pay on, is asked for without the header.
        prefix = "" if name == DEFAULT_NAMESPACE else f"{_NAMESPACE_PREFIX}{name}"
        if path.startswith(_NAMESPACE_PREFIX):
            name, _, path = path.removeprefix(_NAMESPACE_PREFIX).partition("/")
            prefix, path = f"{_NAMESPACE_PREFIX}{name}", f"/{path}"
        provider = self._by_host.get(host_name(host)) if host else None
        by_host = provider is not None
        if provider is None:
            first, slash, rest = path[1:].partition("/")
            provider = self.emulator.providers.get(first)
            prefix, path = f"{prefix}/{first}", slash + rest or "/"
        try:
            check_name(name)
        except ConfigurationError as error:
            await _send_ours(send, 400, "emulator.runtime.namespace", str(error))
            return
        if provider is None:
            if problem is None:
                await self.lost(scope, send)
            else:
                linger(scope)
                code = problem.diagnosis.code
                await _send_ours(send, problem.status, code, str(problem), last=True)
            return
        rebound = not by_host and self._rebound(headers, host)
        query: str = scope["query_string"].decode("latin-1")
        if problem is None:
            body = await read_body(scope, receive, self.emulator.limits)
            if body is None:
                return  # the client hung up half-way: nothing was asked
        else:
            linger(scope)
            body = Body(b"", problem)
            path, query, headers = kept_of_head(path, query, headers)
        try:
            namespace = self.emulator.namespace(name)  # not before: a body may take its time
        except ConfigurationError as error:
            await _send_ours(send, 503, "emulator.runtime.namespace", str(error))
            return
        exchange = await self.emulator.serve(
            namespace,
            provider,
            Request(
                method=scope["method"],
                path=path,
                query=query,
                headers=headers,
                body=body.content,
                client=scope["client"][0] if scope.get("client") else "",
                base_url=providers_url(scope, host) + prefix,
                problem=body.problem,
                rebound=rebound,
            ),
        )
        line = Line(receive, send, connection_of(scope), self.emulator.sleep)
        try:
            await _send(line, exchange, exchange.answered_at)
        except CannotCutError as error:
            # Both, as Starlette does: a server sends the one, a test in process sees the other.
            await _send_ours(send, 500, "emulator.no-connection", str(error))
            raise

    def _rebound(self, headers: Headers, host: str) -> bool:
        """Tell whether a browser sent this for a page whose public name leads here."""
        browser = any(name in _BROWSERS_SAY for name, _ in headers)
        return browser and not is_safe_host(host, self.emulator.own_names)

    async def lost(self, scope: Scope, send: Send) -> None:
        """Say where everything is: the answer at `/`, and where nothing is meant that exists."""
        host = StarletteHeaders(scope=scope).get("host", "")
        root, control = providers_url(scope, host), f"{control_url(scope, host)}/_emulator"
        urls = {name: f"{root}/{name}" for name in self.emulator.providers}
        if scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            content = {"version": __version__, "providers": urls, "control": control}
            await Answer(content)(scope, _nothing, send)
            return
        await _send_ours(
            send,
            404,
            "emulator.unknown-provider",
            "neither the Host nor the path names a provider; base URLs are "
            f"{', '.join(urls.values())}; the control API is at {control}",
            control=control,
        )


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _send(line: Line, exchange: Exchange, now: float) -> None:
    reply = exchange.reply
    assert reply is not None
    if reply.wire is not None and reply.wire.cut and line.connection is None:
        rule = exchange.diagnosis.hint if exchange.diagnosis else ""
        raise CannotCutError(
            f"scenario rule {rule} asks for `connection: {reply.wire.cut}`, which needs a real "
            "socket: `emulator serve` or `Emulator().run()`; a uvicorn of your own needs "
            'http="emulator.http.transport:HttpToolsProtocol"'
        )
    body = b"" if reply.status in BODILESS else reply.body
    headers = [
        (b"date", _http_date(int(now))),
        (b"emulator-exchange", b"%d" % exchange.number),
    ]
    if reply.status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(body)))
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
    if exchange.request.method == "HEAD":
        body = b""
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    if reply.wire is not None:
        await line.transmit(reply.wire, start, body)
        return
    await line.send(start)
    await line.send({"type": "http.response.body", "body": body})


async def _send_ours(
    send: Send, status: int, code: str, message: str, *, last: bool = False, **members: str
) -> None:
    """Answer in our own name: no provider is meant. `last` says that the connection ends."""
    content = {"emulator": __version__, "error": code, "message": message, **members}
    body = json.dumps(content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"emulator-diagnosis", code.encode("ascii")),
    ]
    if last:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=16)
def _http_date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode("ascii")


def _first(headers: Headers, wanted: str) -> str:
    for name, value in headers:
        if name == wanted:
            return value
    return ""
