"""`emulator sign`."""

from __future__ import annotations

import json
import re
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli._output import fail, say, say_exactly
from emulator.cli._remote import RemoteError, address, call, root_of

if TYPE_CHECKING:
    from emulator.core.exchange import Request
    from emulator.provider import Preparation, Signed


@click.command("sign")
@click.argument("provider")
@click.argument("endpoint", metavar="[ENDPOINT]", default="")
@click.argument("payload", metavar="[JSON]", required=False)
@click.option("--keys", type=click.Path(path_type=Path), envvar="EMULATOR_KEYS")
@click.option("--config", type=click.Path(path_type=Path), envvar="EMULATOR_CONFIG")
@address
def sign(
    provider: str,
    endpoint: str,
    payload: str | None,
    keys: Path | None,
    config: Path | None,
    url: str,
    namespace: str,
) -> None:
    """Print a correctly signed curl command, and what was signed.

    You can run the output in a shell. If a server answers at --url, the signature uses the time
    of its clock. Without ENDPOINT, the endpoints of PROVIDER are listed.

    \b
    Examples:
        emulator sign placetopay session.query '{"requestId": 1}'
        emulator sign pagsmile payout.create | sh
    """
    from emulator.core.configuration import nearest, one_of
    from emulator.core.errors import ConfigurationError
    from emulator.core.json_text import loads
    from emulator.emulator import Emulator

    root = root_of(url, namespace)
    try:
        now = call(root, "GET", "/clock", timeout=1.0)["timestamp"] - time.time()
    except (RemoteError, TypeError):
        now = 0.0
    try:
        emulator = Emulator(keys=keys, config=config, wall=lambda: time.time() + now)
        found = emulator.providers.get(provider)
        if found is None:
            fail(f"there is no provider {provider!r}{nearest(provider, emulator.providers)}", 2)
        names = [each.name for each in found.endpoints]
        if not endpoint:
            say("\n".join(names))
            return
        if endpoint not in names:
            fail(f"{provider} has no endpoint {endpoint!r}{one_of(endpoint, names)}", 2)
        content: Any = loads(payload) if payload is not None else None
        context = emulator.namespace("default").contexts[provider]
        signed = found.sign(endpoint, content, context, f"{root}/{provider}")
    except ConfigurationError as error:
        fail(str(error), 2)
    except ValueError as error:
        fail(f"the payload is not JSON: {error}", 2)
    options = {"--keys": keys, "--config": config, "--url": url, "--namespace": namespace}
    given = [part for name, value in options.items() if value for part in (name, str(value))]
    say_exactly(describe(signed, [*_program(), "sign", *given, provider, endpoint]))


def _program() -> list[str]:
    """Return how this program was called."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return [sys.executable, "-m", "emulator"]
    return [str(called)]


def describe(signed: Signed, program: list[str]) -> str:
    """Return the steps and the canonical text as shell comments, then the commands.

    Args:
        signed: The signed request.
        program: The command that signs again, without the payload. It is needed if the signature
            covers something that only the server knows.
    """
    lines = [f"# {step}" for step in signed.steps]
    if signed.canonical:
        lines.append("# signed: " + signed.canonical.replace("\n", "\n#         "))
    names: list[str] = []
    for each in signed.before:
        lines += _prepare(each, names)
        names += each.takes
    if signed.payload is None:
        lines.append(_curl(signed.request, names))
    else:
        payload = json.dumps(signed.payload, separators=(",", ":"))
        lines.append(f"{_filled([*program, payload], names)} | sh")
    return "\n".join(lines)


def _prepare(preparation: Preparation, names: list[str]) -> list[str]:
    """Return the commands that send a request first and keep values of its answer."""
    lines = [f"ANSWER=$({_curl(preparation.request, names)})"]
    for name, member in preparation.takes.items():
        before = member if '"' in member else f'"{member}":'
        pick = f"sed -n 's/.*{before} *\"\\{{0,1\\}}\\([^\",}}]*\\).*/\\1/p'"
        lines.append(f"{_variable(name)}=$(printf '%s' \"$ANSWER\" | {pick})")
    return lines


def _variable(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _curl(request: Request, names: list[str]) -> str:
    query = f"?{request.query}" if request.query else ""
    parts = ["curl", "-sS", "-X", request.method, request.base_url + request.path + query]
    for name, value in request.headers:
        parts += ["-H", f"{name}: {value}"]
    if request.body:
        parts += ["--data-binary", request.body.decode("utf-8")]
    return _filled(parts, names)


def _filled(parts: list[str], names: list[str]) -> str:
    """Return a command in which the shell fills the placeholders."""
    command = " ".join(map(shlex.quote, parts))
    for name in names:  # a brace is always quoted, so this closes the quotes and opens them again
        command = command.replace(f"{{{name}}}", f"'\"${_variable(name)}\"'")
    return command


COMMAND = sign
