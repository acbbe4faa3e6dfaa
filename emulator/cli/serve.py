"""`emulator serve`."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emulator.cli._banner import banner, exposure, unused_seed
from emulator.cli._console import Console
from emulator.cli._output import fail, say
from emulator.cli._streams import unblocked_output

if TYPE_CHECKING:
    from emulator.cli._watch import WatchedFile
    from emulator.outbox.egress import Hosts


@click.command("serve", context_settings={"auto_envvar_prefix": "EMULATOR"})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8900,
    show_default=True,
    help="Port to bind; 0 picks a free one.",
)
@click.option(
    "--control-host",
    help="Address to bind for the control API; use it with --control-port.",
)
@click.option(
    "--control-port",
    type=click.IntRange(0, 65535),
    help="Port to bind for the control API; 0 picks a free one.",
)
@click.option(
    "--scenario",
    help="The scenario to play: a path, the name of a shipped scenario, or YAML text.",
)
@click.option("--watch", is_flag=True, help="Load the scenario's file again when it changes.")
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option("--keys", type=click.Path(path_type=Path), help="Directory with your own keys.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all random choices.")
@click.option(
    "--journal",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Exchanges kept per namespace.",
)
@click.option(
    "--journal-mib",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="MiB for the exchanges of all namespaces together; the oldest are deleted first.",
)
@click.option(
    "--namespace-ttl",
    default="2h",
    show_default=True,
    help="Time without use after which a namespace is deleted, such as 30m or 2h.",
)
@click.option(
    "--webhook-hosts",
    type=click.Choice(["private", "any"]),
    default="private",
    show_default=True,
    help="Where webhooks can go: to this machine and private networks, or to any address. "
    "Never to link-local and metadata addresses.",
)
@click.option(
    "--webhook-connections",
    type=click.IntRange(min=1),
    default=128,
    show_default=True,
    help="Webhooks sent at the same time; at most a quarter of them to one host.",
)
@click.option(
    "--ready-file",
    type=click.Path(path_type=Path),
    help="Write the server's URL into this file when it answers; in a second line that of the "
    "control API, if it has its own address. The file must be new, or contain such URLs. It "
    "is deleted at the end.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="One line for each request: for people, or for programs.",
)
@click.option(
    "--admin-token", default="", help="Bearer token that every call of the control API must have."
)
def serve(
    host: str,
    port: int,
    control_host: str | None,
    control_port: int | None,
    scenario: str | None,
    watch: bool,
    config: Path | None,
    keys: Path | None,
    seed: int | None,
    journal: int,
    journal_mib: int,
    namespace_ttl: str,
    webhook_hosts: Hosts,
    webhook_connections: int,
    ready_file: Path | None,
    log_format: str,
    admin_token: str,
) -> None:
    """Serve all providers until interrupted.

    Every option can also be an environment variable: EMULATOR_PORT, EMULATOR_SCENARIO, …

    \b
    Examples:
        emulator serve
        emulator serve --port 0 --ready-file url.txt
        emulator serve --scenario placetopay-clock-skew
        emulator serve --scenario my.yaml --watch
        emulator serve --host 0.0.0.0 --control-host 127.0.0.1 --control-port 8901
    """
    from emulator.core.errors import ConfigurationError
    from emulator.core.files import ReadyFile
    from emulator.emulator import Emulator
    from emulator.http.server import CannotBindError, Server

    if watch and not scenario:
        raise click.UsageError("--watch needs --scenario FILE, the file that is watched")
    console = Console(log_format)
    click.get_current_context().with_resource(unblocked_output(console.left_out))
    watched: WatchedFile | None = None
    file: Path | None = None
    url_file = ReadyFile(ready_file) if ready_file is not None else None
    try:
        if url_file is not None:
            url_file.prepare()
        emulator = Emulator(
            keys=keys,
            config=config,
            seed=seed,
            journal_size=journal,
            journal_bytes=journal_mib * 2**20,
            namespace_ttl=_ttl(namespace_ttl),
            webhook_hosts=webhook_hosts,
            webhook_connections=webhook_connections,
            admin_token=admin_token,
            log=console.exchange,
            log_line=console.line,
        )
        console.emulator = emulator
        if scenario:
            from emulator.cli._scenario import file_of, is_text, text_of

            if watch:
                if is_text(scenario):
                    raise click.UsageError(
                        "--watch needs a file, and --scenario is the YAML itself"
                    )
                file = file_of(scenario)
            name, text = text_of(scenario)
            namespace = emulator.namespace("default")
            namespace.load(namespace.read_scenario(text, name))
            if file is not None:
                from emulator.cli._watch import WatchedFile

                watched = WatchedFile(file, text, emulator, console.line)
        control = _control_address(control_host, control_port, host)
        server = Server(emulator, host, port, control=control)
    except ConfigurationError as error:
        fail(str(error), 2)
    except CannotBindError as error:
        fail(str(error), 3)

    def ready() -> None:
        gc.freeze()  # what is loaded by now stays; the garbage collector can skip it
        if log_format == "text":
            say(banner(server, emulator))
        else:
            console.line(f"ready at {server.url}, control API at {server.control_url}/_emulator")
            if exposed := exposure(server, emulator):
                console.line(exposed)
            if note := unused_seed(emulator):
                console.line(note)
        if url_file is not None:
            urls = dict.fromkeys((server.url, server.control_url))
            url_file.write("".join(f"{url}\n" for url in urls))
        if watched is not None:
            watching.add(asyncio.get_running_loop().create_task(watched.watch()))

    watching: set[asyncio.Task[None]] = set()  # the loop keeps only a weak reference
    try:
        server.run(ready)
    except ConfigurationError as error:
        fail(str(error), 2)
    finally:
        if url_file is not None:
            url_file.remove()
        console.flush()


def _control_address(host: str | None, port: int | None, beside: str) -> tuple[str, int] | None:
    """Return the address of the control API; None if it shares that of the providers."""
    if host is None and port is None:
        return None
    if port is None:
        raise click.UsageError("--control-host needs --control-port too; 0 picks a free one")
    return (beside if host is None else host), port


def _ttl(text: str) -> float:
    """Return the seconds of `--namespace-ttl`.

    Raises:
        ConfigurationError: If it is not a duration, or not more than 0.
    """
    from emulator.core.errors import ConfigurationError
    from emulator.core.instants import parse_duration

    seconds = parse_duration(text).total_seconds()
    if seconds <= 0:
        raise ConfigurationError(f"--namespace-ttl: {text!r} is not more than 0; write 2h")
    return seconds


COMMAND = serve
