"""Calls of a running server's control API. Uses the standard library, which imports quickly."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import click
from click.core import ParameterSource

from emulator.core.terminal import printable

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:8900"
_CONTROL = "/_emulator"


class RemoteError(click.ClickException):
    """The server does not answer, or refuses."""

    exit_code = 2

    def format_message(self) -> str:
        """Return the message; it can quote the server."""
        return printable(self.message)


def address(function: F) -> F:
    """Add the options for the server and the namespace.

    A subcommand of a group that has them too takes those that stand before its name.
    """
    function = click.option(
        "--namespace",
        envvar="EMULATOR_NAMESPACE",
        default="",
        callback=_namespace,
        help="Namespace; without it, the default one.",
    )(function)
    return click.option(
        "--url",
        envvar="EMULATOR_URL",
        default=DEFAULT_URL,
        callback=_given,
        show_default=True,
        show_envvar=True,
        help="Address of the server.",
    )(function)


def refuse_options_of_list(context: click.Context) -> None:
    """Refuse options that stand before a subcommand and are about the list of its group.

    Args:
        context: Of the group, which shows the list if it is called without a subcommand.
    """
    for option in context.command.params:
        given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if given and option.name not in ("url", "namespace"):
            raise click.UsageError(
                f"`{context.invoked_subcommand}` does not take {option.opts[0]}, which is for the "
                f"list that `{context.command_path}` shows; leave it out"
            )


def _given(context: click.Context, option: click.Parameter, value: str) -> str:
    """Return the value that stands after the subcommand, else the one before it."""
    name = option.name or ""
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE or not context.parent:
        return value
    before: str = context.parent.params.get(name, value)
    return before


def _namespace(context: click.Context, option: click.Parameter, value: str) -> str:
    name = _given(context, option, value)
    if name:
        from emulator.core.errors import ConfigurationError
        from emulator.runtime.namespace import check_name

        try:
            check_name(name)
        except ConfigurationError as error:
            raise click.BadParameter(str(error)) from error
    return name


def root_of(url: str, namespace: str) -> str:
    """Return the address of the emulator, or of the namespace."""
    return f"{url.rstrip('/')}/_ns/{namespace}" if namespace else url.rstrip("/")


def call(
    root: str,
    method: str,
    path: str,
    *,
    query: dict[str, Any] | None = None,
    content: bytes | None = None,
    media_type: str = "application/json",
    timeout: float = 30.0,
) -> dict[str, Any]:
    """Make one call and return its JSON answer.

    Raises:
        RemoteError: If there is no server, or it refuses; the text is the server's own. Also if
            the answer is not an object, or when the caller reads a member that it does not have.
    """
    status, answer = _ask(root, method, path, query, content, media_type, timeout)
    if status == 404 and (elsewhere := _control_of(answer, root)):
        root = elsewhere
        status, answer = _ask(root, method, path, query, content, media_type, timeout)
    if status >= 400:
        said = cast(dict[str, Any], answer) if isinstance(answer, dict) else {}
        hint = f". {said['hint']}" if said.get("hint") else ""
        raise RemoteError(f"{said.get('error', answer)}{hint}")
    if not isinstance(answer, dict):
        raise _not_an_emulator(root)
    return cast(dict[str, Any], answer)


def _control_of(answer: Any, root: str) -> str:
    """Return the address of the control API that a server tells; empty if it tells none."""
    said = cast(dict[str, Any], answer) if isinstance(answer, dict) else {}
    control = said.get("control")
    if not isinstance(control, str) or not control.endswith(_CONTROL):
        return ""
    elsewhere = control.removesuffix(_CONTROL) + urlsplit(root).path
    return elsewhere if elsewhere != root else ""


def _ask(
    root: str,
    method: str,
    path: str,
    query: dict[str, Any] | None,
    content: bytes | None,
    media_type: str,
    timeout: float,
) -> tuple[int, Any]:
    try:
        parts = urlsplit(root)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RemoteError(f"{root!r} is not the address of a server, such as {DEFAULT_URL}")
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers: dict[str, str | bytes] = {"content-type": media_type} if content is not None else {}
    if token := os.environ.get("EMULATOR_ADMIN_TOKEN", "").strip():
        headers["authorization"] = f"Bearer {token}".encode()
    target = f"{parts.path}{_CONTROL}{path}"
    if query:
        target += "?" + urlencode({name: value for name, value in query.items() if value})
    try:
        connection = make(parts.hostname, port, timeout=timeout)
        connection.request(method, target, content, headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, json.loads(
            body or b"null", object_hook=lambda members: _Members(root, members)
        )
    except (OSError, http.client.HTTPException) as error:
        raise RemoteError(
            f"no emulator answers at {root}: {error}. Start it with `emulator serve`; if it runs "
            "elsewhere, say where with --url or EMULATOR_URL"
        ) from error
    except ValueError as error:
        raise _not_an_emulator(root) from error


class _Members(dict[str, Any]):
    """An object of an answer. Reading a member that it does not have ends the command."""

    def __init__(self, root: str, members: dict[str, Any]) -> None:
        super().__init__(members)
        self._root = root

    def __missing__(self, name: str) -> NoReturn:
        raise _not_an_emulator(self._root, f", or of another version: its answer has no {name!r}")


def _not_an_emulator(root: str, why: str = "") -> RemoteError:
    return RemoteError(f"what answers at {root} is not an emulator{why}")
