"""`emulator exec`."""

from __future__ import annotations

import os
import subprocess
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli._output import fail, line, say_styled
from emulator.cli._remote import call

if TYPE_CHECKING:
    from emulator.emulator import Emulator

_REFUSALS = 20


@click.command("exec", context_settings={"ignore_unknown_options": True})
@click.option("--scenario", help="A path, the name of a shipped scenario, or YAML text.")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option("--keys", type=click.Path(path_type=Path), help="Directory with your own keys.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all random choices.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="Port to bind; 0 picks a free one.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    scenario: str | None,
    config: Path | None,
    keys: Path | None,
    seed: int | None,
    port: int,
    command: tuple[str, ...],
) -> None:
    """Serve, run COMMAND against it, verify what the scenario expects, and stop.

    COMMAND gets the address of the server in EMULATOR_URL, and the settings of `emulator
    credentials` as environment variables. If COMMAND fails, the last refused requests are shown
    with their reasons. The exit code is that of COMMAND, or 1 if COMMAND succeeds but an
    expectation is not met.

    \b
    Examples:
        emulator exec -- pytest -n 4
        emulator exec --scenario goat-token-outage -- npm test
    """
    from emulator.cli._scenario import text_of, verification
    from emulator.cli.credentials import variables
    from emulator.control.credentials import view
    from emulator.core.errors import ConfigurationError
    from emulator.emulator import Emulator
    from emulator.http.server import CannotBindError, Server

    try:
        emulator = Emulator(keys=keys, config=config, seed=seed)
        namespace = emulator.namespace("default")
        if scenario:
            name, text = text_of(scenario)
            namespace.load(namespace.read_scenario(text, name))
        server = Server(emulator, port=port)
    except ConfigurationError as error:
        fail(str(error), 2)
    except CannotBindError as error:
        fail(str(error), 3)
    with server:
        found = variables(view(emulator, namespace, server.url))
        environment = {**os.environ, "EMULATOR_URL": server.url, **found}
        try:
            code = subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
        except OSError as error:
            fail(f"cannot run {command[0]}: {error.strerror}", 2)
        if code:
            _say_refusals(emulator)
        if not scenario:
            raise SystemExit(_exit_code(code))
        answer = call(server.url, "POST", "/requests/verify")
    say_styled(verification(answer, answer["scenario"]), to_stderr=True)
    raise SystemExit(_exit_code(code) or int(not answer["passed"]))


def _say_refusals(emulator: Emulator) -> None:
    """Show the last refusals of every namespace, before the server stops."""
    from emulator.journal.showing import summary
    from emulator.journal.waiting import Filter

    refused = Filter(verdict="refused")
    found = [
        summary(exchange, namespace.mask())
        for namespace in emulator.namespaces
        for exchange in namespace.journal.find(refused, _REFUSALS)
    ]
    for each in sorted(found, key=itemgetter("received_at"))[-_REFUSALS:]:
        say_styled(line(each), to_stderr=True)


def _exit_code(code: int) -> int:
    """Return the code that a shell returns: 128 plus its number if a signal ended the process."""
    return 128 - code if code < 0 else code


COMMAND = exec_
