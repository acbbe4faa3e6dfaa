"""The server: its address, how a call is made, and operations on the whole server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, TypeVar, cast

from emulator.client.core import checks
from emulator.client.core.answer import Answer
from emulator.client.core.client import Client
from emulator.client.core.declaring import client, option
from emulator.client.core.errors import ConfigurationError, ControlError, UnreadableAnswerError
from emulator.client.core.operation import Resource, operation
from emulator.client.core.reading import json_of, misfit
from emulator.client.core.steps import Call, Steps, send

T = TypeVar("T")

DEFAULT_URL = "http://127.0.0.1:8900"
URL_VARIABLE = "EMULATOR_URL"
TOKEN_VARIABLE = "EMULATOR_ADMIN_TOKEN"  # noqa: S105 - the variable's name

JSON = "application/json"
YAML = "application/yaml"

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Health(TypedDict):
    """What a server is."""

    status: str
    version: str
    providers: list[str]


class Reset(TypedDict):
    """The answer to `reset`."""

    status: str
    namespaces: NotRequired[list[str]]


def _address(argument: str, value: object) -> str:
    return checks.address(argument, value or os.environ.get(URL_VARIABLE) or DEFAULT_URL)


def _namespace(argument: str, value: object) -> str:
    if not isinstance(value, str) or (value and not _NAMESPACE.fullmatch(value)):
        wrong = "use 1 to 64 letters, digits, '.', '_', '-', the first a letter or digit"
        raise ConfigurationError(wrong, argument=argument)
    return value


def _token(argument: str, value: object) -> str:
    token = os.environ.get(TOKEN_VARIABLE, "") if value is None else value
    return checks.visible(argument, token) if token else ""


@client
class ServerOperations(Client):
    """The address of the server, and operations on the whole server."""

    base_url: str = option(default="", check=_address, kw_only=False, shown=True)
    namespace: str = option(default="", check=_namespace, kw_only=True, shown=True)
    admin_token: str | None = option(default=None, check=_token, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.namespace and "/_ns/" in f"{self.base_url}/":
            raise ConfigurationError("base_url names one already", argument="namespace")

    @operation(safe=True)
    def health(self) -> Steps[Health]:
        """Return what the server is: `{"status": "ok", "version", "providers"}`.

        Raises:
            TransportError: No server answers.
        """
        return (yield from self.ask("GET", "/health", Health))

    @operation(safe=True)
    def ready(self) -> Steps[bool]:
        """Tell whether the server is ready: scenario and keys are loaded."""
        try:
            yield from self.ask("GET", "/ready", Health)
        except ControlError:
            return False
        return True

    @operation
    def reset(self, *, all: bool = False) -> Steps[Reset]:  # noqa: A002 - the API's word
        """Bring state, clock, scenario counters and journal back to what they were at the start.

        Args:
            all: Whether to do so in every namespace, and not in this one alone.
        """
        return (yield from self.ask("POST", "/reset", Reset, content={"all": True} if all else {}))

    @operation
    def trigger(
        self,
        provider: str,
        event: str,
        members: Mapping[str, Any] | None = None,
        *,
        copies: int | None = None,
        sign_with: str | None = None,
    ) -> Steps[dict[str, Any]]:
        """Do now what the outside world would do: a payer pays, a webhook is sent.

        Args:
            provider: Such as `placetopay`.
            event: Such as `pay`.
            members: Members of the event, and JSON pointers into the webhook with the values to
                put there.
            copies: How many webhooks are sent.
            sign_with: Name of the key that signs it, such as `rogue`.

        Returns:
            The webhook that was sent, or what was done.

        Raises:
            ControlError: There is no such event, or it is not possible now.
        """
        query = {"copies": copies, "sign_with": sign_with}
        path = f"/trigger/{checks.segment('provider', provider)}/{checks.segment('event', event)}"
        content = dict(members or {})
        return (yield from self.ask("POST", path, dict[str, Any], query=query, content=content))

    def ask(
        self,
        method: Method,
        path: str,
        kind: type[T],
        *,
        query: Mapping[str, Any] | None = None,
        content: Mapping[str, Any] | Sequence[Any] | str | None = None,
        media_type: str = JSON,
        timeout: float | None = None,
    ) -> Steps[T]:
        """Return the steps of one call of the control API.

        Args:
            method: Upper-case.
            path: Below `/_emulator`.
            kind: The type of the answer.
            query: Parameters; those that are None are left out.
            content: The body: text as it is, or data that is sent as JSON; None for no body.
            media_type: Of the body.
            timeout: Seconds, where the answer takes longer than others.

        Raises:
            ControlError: The server refuses the call.
            UnreadableAnswerError: What answers is not an emulator.
        """
        prefix = f"/_ns/{self.namespace}" if self.namespace else ""
        headers = {"content-type": media_type} if content is not None else {}
        if self.admin_token:
            headers["authorization"] = f"Bearer {self.admin_token}"
        answer = yield from send(
            Call(
                method,
                f"{prefix}/_emulator{path}",
                headers,
                b"" if content is None else _encoded(content),
                {name: _text(value) for name, value in (query or {}).items() if value is not None},
                timeout,
            )
        )
        return _read(answer, kind, self.base_url)


ServerT = TypeVar("ServerT", bound=ServerOperations, covariant=True)


class ControlResource(Resource[ServerT]):
    """A group of operations of a Control."""

    @property
    def _server(self) -> ServerOperations:
        return self._client


def _read(answer: Answer, kind: type[T], url: str) -> T:
    """Return what the server says.

    Raises:
        ControlError: It refuses the call.
        UnreadableAnswerError: It is not an emulator.
    """
    said = answer.members()
    if answer.status >= 400 and isinstance(said.get("error"), str):
        findings = said.get("findings")
        raise ControlError(
            said["error"],
            answer=answer,
            hint=str(said.get("hint") or ""),
            findings=cast("list[dict[str, Any]]", findings) if isinstance(findings, list) else (),
        )
    if not answer.is_success:
        told = f"HTTP {answer.status}: what answers at {url} is not an emulator"
        raise UnreadableAnswerError(told, answer=answer)
    value = json_of(answer)
    if problem := misfit(value, kind):
        told = f"the answer cannot be read, what answers at {url} may not be an emulator: {problem}"
        raise UnreadableAnswerError(told, answer=answer)
    return cast("T", value)


def _encoded(content: Mapping[str, Any] | Sequence[Any] | str) -> bytes:
    try:
        text = content if isinstance(content, str) else json.dumps(content, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"it cannot be sent: {error}") from error


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def ask_and_wait(
    server: ServerOperations, path: str, kind: type[T], seconds: float, filters: Mapping[str, Any]
) -> Steps[T]:
    """Return the steps of a call that is answered when there is something, or the time is over.

    Args:
        server: What is asked.
        path: Below `/_emulator`.
        kind: The type of the answer.
        seconds: How long the server waits at most.
        filters: What it waits for, as query parameters.

    Raises:
        ConfigurationError: `seconds` is no time.
        ControlError: The server refuses the call.
    """
    limit = checks.seconds("seconds", seconds)
    query = {**filters, "timeout": f"{limit:g}"}
    return server.ask("GET", path, kind, query=query, timeout=limit + 10)
