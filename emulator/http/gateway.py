"""From a request on the wire to an `Exchange`, and from its reply back."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from starlette.datastructures import Headers as StarletteHeaders

from emulator.control import caller
from emulator.control.answering import Answer
from emulator.core.connection import connection_of
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Headers, Request
from emulator.core.http_problems import HttpProblem
from emulator.core.intake import Body, kept_of_head, linger, read_body
from emulator.core.listening import control_url, providers_url
from emulator.core.version import __version__
from emulator.core.web_pages import is_safe_host
from emulator.http.addressing import CONTROL, Address, Addresses
from emulator.http.line import CannotCutError, Line
from emulator.http.sending import refuse, send_reply
from emulator.runtime.namespace import check_name
from emulator.runtime.runtime import Runtime

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

_BROWSERS_SAY = ("origin", "sec-fetch-site")
_NAMESPACE = "emulator.namespace"


class Gateway:
    """Hands requests to the emulator and replies to the client.

    Args:
        emulator: What answers.
    """

    def __init__(self, emulator: Runtime) -> None:
        self.emulator = emulator
        self._addresses = Addresses(emulator.providers)

    @property
    def names(self) -> Collection[str]:
        """Host names that are ours or a provider's: no other web page can have them."""
        return self.emulator.own_names | self._addresses.by_host.keys()

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
        address = self._addresses.of(scope["path"], headers)
        try:
            check_name(address.namespace)
        except ConfigurationError as error:
            await refuse(send, 400, _NAMESPACE, str(error))
            return
        if address.provider is not None:
            await self._serve(scope, receive, send, headers, address, problem)
        elif problem is None:
            await self.lost(scope, send)
        else:
            linger(scope)
            await refuse(send, problem.status, problem.diagnosis.code, str(problem), last=True)

    async def _serve(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: Headers,
        address: Address,
        problem: HttpProblem | None,
    ) -> None:
        """Have the provider answer."""
        assert address.provider is not None
        request = await self._read(scope, receive, headers, address, problem)
        if request is None:
            return  # the client hung up half-way: nothing was asked
        try:
            namespace = self.emulator.namespace(address.namespace)  # not before the body is there
        except ConfigurationError as error:
            await refuse(send, 503, _NAMESPACE, str(error))
            return
        exchange = await self.emulator.serve(namespace, address.provider, request)
        line = Line(receive, send, connection_of(scope), self.emulator.sleep)
        try:
            await send_reply(line, exchange)
        except CannotCutError as error:
            # Both, as Starlette does: a server sends the one, a test in process sees the other.
            await refuse(send, 500, "emulator.no-connection", str(error))
            raise

    async def _read(
        self,
        scope: Scope,
        receive: Receive,
        headers: Headers,
        address: Address,
        problem: HttpProblem | None,
    ) -> Request | None:
        """Return the request with its body; None if the client hung up half-way."""
        rebound = not address.by_host and self._is_rebound(headers, address.host)
        path, query = address.path, scope["query_string"].decode("latin-1")
        body: Body | None = Body(b"", problem)
        if problem is None:
            body = await read_body(scope, receive, self.emulator.limits)
        else:
            linger(scope)
            path, query, headers = kept_of_head(path, query, headers)
        if body is None:
            return None
        return Request(
            method=scope["method"],
            path=path,
            query=query,
            headers=headers,
            body=body.content,
            client=scope["client"][0] if scope.get("client") else "",
            base_url=providers_url(scope, address.host) + address.prefix,
            problem=body.problem,
            rebound=rebound,
        )

    def _is_rebound(self, headers: Headers, host: str) -> bool:
        """Tell whether a browser sent this for a page whose public name leads here."""
        browser = any(name in _BROWSERS_SAY for name, _ in headers)
        return browser and not is_safe_host(host, self.emulator.own_names)

    async def lost(self, scope: Scope, send: Send) -> None:
        """Say where everything is: the answer at `/`, and where nothing is meant that exists."""
        headers = StarletteHeaders(scope=scope)
        host = headers.get("host", "")
        root, control = providers_url(scope, host), f"{control_url(scope, host)}{CONTROL}"
        urls = {name: f"{root}/{name}" for name in self.emulator.providers}
        if scope["path"] == "/" and scope["method"] in ("GET", "HEAD"):
            refusal = caller.foreign(headers, scope["scheme"], self.names)
            index = {"version": __version__, "providers": urls, "control": control}
            await (refusal or Answer(index))(scope, _nothing, send)
            return
        await refuse(
            send,
            404,
            "emulator.unknown-provider",
            "neither the Host nor the path names a provider; base URLs are "
            f"{', '.join(urls.values())}; the control API is at {control}",
            control=control,
        )


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
