"""One call of the control API: its checks, and the arguments of its functions.

`caller.py` has checked before who can call. If there is a body, it must have a content type that a
form of a web page cannot send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.control.answering import Answer, bug
from emulator.core.configuration import utf_8
from emulator.core.errors import ConfigurationError, EmulatorError, shorten
from emulator.core.intake import read_body
from emulator.core.json_text import loads
from emulator.core.limits import Limits
from emulator.core.listening import control_url, providers_url
from emulator.core.members import Member, from_text, read
from emulator.runtime.namespace import DEFAULT_NAMESPACE

if TYPE_CHECKING:
    from emulator.runtime.namespace import Namespace
    from emulator.runtime.runtime import Runtime

JSON_TYPES = ("application/json",)
YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")

Parameters = Mapping[str, Member]

_LEFT = {
    "error": "the client ended its side of the connection, and the call with it",
    "hint": "Keep your side open until the answer has come",
}


class ControlError(EmulatorError):
    """The call is wrong. It becomes a JSON answer with this status."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.members = members


@dataclass(frozen=True)
class ControlCall:
    """The argument of an operation.

    Attributes:
        emulator: The emulator.
        namespace: The namespace in the path or in the header.
        request: The HTTP request.
        body: Its body.
        query: The parameters of its query, all declared and checked.
        members: The members of its body, all declared and checked.
    """

    emulator: Runtime
    namespace: Namespace
    request: Request
    body: bytes
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    members: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def providers_url(self) -> str:
        """The address of the providers, in the namespace that the path named."""
        return providers_url(self.request.scope, self._host) + self._prefix

    @property
    def control_url(self) -> str:
        """The address of the control API, in the same namespace; `/_emulator` is below it."""
        return control_url(self.request.scope, self._host) + self._prefix

    @property
    def _host(self) -> str:
        return self.request.headers.get("host", "")

    @property
    def _prefix(self) -> str:
        return str(self.request.scope["root_path"]).removesuffix("/_emulator")

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            ControlError: 400 if it is not JSON.
            ConfigurationError: If it is not UTF-8.
        """
        try:
            return loads(self.text())
        except ValueError as error:
            from emulator.core import json_faults

            fault = json_faults.explain(self.body, error)
            raise ControlError(
                400, f"the body is not JSON: {fault.received}. {fault.hint}"
            ) from error

    def text(self) -> str:
        """Return the body as text.

        Raises:
            ConfigurationError: If it is not UTF-8.
        """
        return utf_8(self.body, "the body")

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object; an empty body is an empty object.

        Raises:
            ControlError: 400 if it is not.
        """
        value: object = self.json() if self.body.strip() else {}
        if not isinstance(value, dict):
            from emulator.core import json_faults

            raise ControlError(
                400, f"the body must be a JSON object. {json_faults.explain_value(value)}"
            )
        return cast(dict[str, Any], value)


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """An operation of the control API.

    Attributes:
        method: HTTP method.
        path: Below `/_emulator`.
        handle: Makes the answer: JSON data, or a Response.
        summary: One line for the OpenAPI document.
        query: The parameters of the query; a function of the emulator if they depend on the
            providers.
        members: The members of a JSON object in the body; None if the body is not an object.
        body: The content of a body that is not an object; empty if there is no body.
        takes: Content types of the body.
        schema: Makes the JSON Schema of such a body, where the providers decide what it holds.
    """

    method: str
    path: str
    handle: Callable[[ControlCall], Any]
    summary: str
    query: Parameters | Callable[[Runtime], Parameters] = field(default_factory=dict[str, Member])
    members: Parameters | None = None
    body: str = ""
    takes: tuple[str, ...] = JSON_TYPES
    schema: Callable[[Runtime], Mapping[str, Any]] | None = None

    def parameters(self, emulator: Runtime) -> Parameters:
        """Return the parameters of the query that a server takes."""
        return self.query(emulator) if callable(self.query) else self.query


def guarded(
    emulator: Runtime, operations: Mapping[str, ControlRoute]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of one path, with an operation for each method."""

    async def endpoint(request: Request) -> Response:
        namespace: Namespace | None = None
        try:
            operation = operations["GET" if request.method == "HEAD" else request.method]
            body = await _read(request, emulator.limits)
            _check_media_type(request, operation, body)
            name = request.path_params.get("namespace") or request.headers.get(
                "emulator-namespace", DEFAULT_NAMESPACE
            )
            query = _query(request, operation.parameters(emulator))
            namespace = emulator.namespace(name)
            call = ControlCall(emulator, namespace, request, body, query)
            answer = operation.handle(replace(call, members=_members(call, operation)))
            if isinstance(answer, Awaitable):
                answer = await cast(Awaitable[Any], answer)
            return answer if isinstance(answer, Response) else Answer(answer)
        except ClientDisconnect:
            return Answer(_LEFT, 400, {"connection": "close"})  # the client is gone, or reads this
        except ControlError as error:
            content = {"error": str(error), **error.members}
            return Answer(content, error.status, error.headers)
        except ConfigurationError as error:
            return Answer({"error": str(error)}, 422)
        except Exception as error:  # a bug of ours
            return bug(error, namespace.mask() if namespace is not None else emulator.mask)

    return endpoint


def _query(request: Request, known: Parameters) -> dict[str, Any]:
    """Return the checked parameters of the query.

    Raises:
        ControlError: 400, naming the first that is unknown, doubled or wrong.
    """
    found: dict[str, Any] = {}
    for name, text in request.query_params.multi_items():
        if name in found:
            raise ControlError(400, f"{shorten(name, 80)}: it is given twice; give it once")
        found[name] = from_text(text, known[name]) if name in known else text
    try:
        return read(found, known, "query parameter")
    except ConfigurationError as error:
        raise ControlError(400, str(error)) from error


def _members(call: ControlCall, operation: ControlRoute) -> dict[str, Any]:
    """Return the checked members of the body, if the operation declares any.

    Raises:
        ControlError: 400 if there is a body and none is expected, or it is not a JSON object.
        ConfigurationError: If a member is unknown or wrong.
    """
    if operation.members is not None:
        return read(call.json_object(), operation.members)
    if call.body.strip() and not operation.body:
        raise ControlError(400, f"{operation.method} {operation.path} takes no body; send none")
    return {}


def _check_media_type(request: Request, operation: ControlRoute, body: bytes) -> None:
    """Refuse a body that a form of a web page can send.

    Raises:
        ControlError: 415.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and media_type not in operation.takes:
        raise ControlError(415, f"send the body as {' or '.join(operation.takes)}")


async def _read(request: Request, limits: Limits) -> bytes:
    body = await read_body(request.scope, request.receive, limits)
    if body is None:
        raise ClientDisconnect
    if body.problem is not None:
        headers = {"connection": "close", "emulator-diagnosis": body.problem.diagnosis.code}
        raise ControlError(body.problem.status, str(body.problem), headers)
    return body.content
