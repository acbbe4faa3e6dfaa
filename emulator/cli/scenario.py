"""`emulator scenario`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, cast

import click

from emulator.cli._output import fail
from emulator.cli._remote import address, call, root_of


@click.group("scenario")
def scenario() -> None:
    """Check, list, load and unload scenario files."""


@scenario.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Findings for people, for machines, or as GitHub annotations.",
)
def check(paths: tuple[Path, ...], output: str) -> None:
    """Say everything that is wrong with scenario files or directories of them."""
    from emulator.providers import discover
    from emulator.scenario.loader import ScenarioError, format_findings, read

    files = [file for path in paths for file in _files(path)]
    providers = discover()
    findings: list[Any] = []
    for file in files:
        try:
            read(file, providers)
        except ScenarioError as error:
            findings += error.findings
    if findings or output == "json":
        click.echo(format_findings(findings, cast(Literal["text", "json", "github"], output)))
    if findings:
        raise SystemExit(2)
    if output == "text":
        click.echo(f"{len(files)} scenario file{'s' if len(files) != 1 else ''} in order")


@scenario.command("list")
def list_() -> None:
    """List the scenarios shipped with the emulator."""
    from emulator.configuration import shipped
    from emulator.providers import discover
    from emulator.scenario.loader import read

    providers = discover()
    for path in _files(shipped("scenarios")):
        scenario = read(path, providers)
        click.echo(click.style(scenario.scenario, bold=True))
        click.echo(f"    {' '.join((scenario.description or '').split())}")


@scenario.command("load")
@click.argument("scenario")
@address
def load_(scenario: str, url: str, namespace: str) -> None:
    """Load SCENARIO, a file or the name of a shipped one, into a running server."""
    from emulator.cli._scenario import text_of
    from emulator.errors import ConfigurationError

    try:
        name, text = text_of(scenario)
    except ConfigurationError as error:
        fail(str(error), 2)
    state = call(
        root_of(url, namespace),
        "PUT",
        "/scenario",
        query={"name": name},
        content=text.encode(),
        media_type="application/yaml",
    )
    click.echo(f"loaded {state['scenario']} (seed {state['seed']})")


@scenario.command()
@address
def show(url: str, namespace: str) -> None:
    """Show the scenario of a running server, with its counters."""
    click.echo(json.dumps(call(root_of(url, namespace), "GET", "/scenario"), indent=2))


@scenario.command()
@address
def unload(url: str, namespace: str) -> None:
    """Unload the scenario; the provider is right again."""
    call(root_of(url, namespace), "DELETE", "/scenario")
    click.echo("unloaded")


@scenario.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from emulator.scenario.model import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


def _files(path: Path) -> list[Path]:
    if not path.exists():
        fail(f"there is no file {path}", 2)
    if not path.is_dir():
        return [path]
    from emulator.scenario.loader import SUFFIXES

    found = (file for file in path.iterdir() if file.suffix in SUFFIXES)
    return sorted(file for file in found if not file.stem.endswith(".schema"))


COMMAND = scenario
