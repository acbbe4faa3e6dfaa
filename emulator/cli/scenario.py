"""`emulator scenario`."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from emulator.cli._output import fail, say, say_json, say_styled
from emulator.cli._remote import address, call, root_of
from emulator.core.terminal import plain

if TYPE_CHECKING:
    from emulator.scenario.known_names import Credentials, Providers
    from emulator.scenario.model import Scenario


_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration file (TOML) with credentials that a scenario names.",
)


@click.group("scenario")
def scenario() -> None:
    """Check, explain and load scenario files, and verify their expectations."""


@scenario.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Output for people, for programs, or as GitHub annotations.",
)
@_config
def check(paths: tuple[str, ...], output: str, config: Path | None) -> None:
    """Check scenario files, or directories of them, and print every error.

    PATHS can also be names of shipped scenarios.
    """
    from emulator.scenario.loader import ScenarioError, format_findings, read

    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    providers, names = _registered(config)
    findings: list[Any] = []
    for file in files:
        try:
            read(file, providers, names)
        except ScenarioError as error:
            findings += error.findings
    if findings or output == "json":
        say(format_findings(findings, cast(Literal["text", "json", "github"], output)))
    if findings:
        raise SystemExit(2)
    if output == "text":
        say(f"{len(files)} scenario file{'s' if len(files) != 1 else ''} in order")


@scenario.command("list")
def list_() -> None:
    """List the scenarios shipped with the emulator."""
    from emulator.core.configuration import shipped
    from emulator.providers import discover
    from emulator.scenario.loader import read

    providers = discover()
    for path in _files(shipped("scenarios")):
        scenario = read(path, providers)
        say_styled(click.style(plain(scenario.scenario), bold=True))
        say(f"    {plain(' '.join((scenario.description or '').split()))}")


@scenario.command()
@click.argument("scenario")
@click.option(
    "--requests",
    "hits",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many hits of each rule to show.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Seed of all random choices, in place of the file's."
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
@_config
def explain(scenario: str, hits: int, seed: int | None, output: str, config: Path | None) -> None:
    """Show what SCENARIO (a file, or the name of a shipped one) will do.

    No server is needed. Random choices are computed from the seed, so the server makes the same.

    \b
    Examples:
        emulator scenario explain placetopay-flaky-gateway
        emulator scenario explain my.yaml --requests 100 --seed 7
    """
    from emulator.cli._scenario import explained, explanation

    read = _read(scenario, *_registered(config))
    if seed is not None:
        origin = "option"
    elif read.seed is not None:
        seed, origin = read.seed, "file"
    else:
        seed, origin = secrets.randbits(32), "drawn"
    if output == "json":
        say_json(explained(read, seed, origin, hits))
    else:
        say_styled(explanation(read, seed, origin, hits))


@scenario.command("load")
@click.argument("scenario")
@click.option("--ttl", help="Real time after which it unloads itself, such as 5m.")
@address
def load_(scenario: str, ttl: str | None, url: str, namespace: str) -> None:
    """Load SCENARIO (a file, or the name of a shipped one) into a running server."""
    from emulator.cli._scenario import text_of
    from emulator.core.errors import ConfigurationError

    try:
        name, text = text_of(scenario)
    except ConfigurationError as error:
        fail(str(error), 2)
    state = call(
        root_of(url, namespace),
        "PUT",
        "/scenario",
        query={"name": name, "ttl": ttl},
        content=text.encode(),
        media_type="application/yaml",
    )
    until = f", for {ttl}" if ttl else ""
    say(plain(f"loaded {state['scenario']} (seed {state['seed']}){until}"))


@scenario.command()
@click.argument("scenario", required=False)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
@address
def verify(scenario: str | None, output: str, url: str, namespace: str) -> None:
    """Check the expectations of the loaded scenario; exit with 1 if one is not met.

    With SCENARIO (a file, or the name of a shipped one), check its expectations against the
    whole journal.
    """
    from emulator.cli._scenario import verification
    from emulator.providers import discover

    content: bytes | None = None
    name = ""
    if scenario is not None:
        read = _read(scenario, discover())
        name = read.scenario
        items = [
            each.model_dump(mode="json", by_alias=True, exclude_unset=True)
            for each in read.expect or ()
        ]
        content = json.dumps(items).encode()
    answer = call(root_of(url, namespace), "POST", "/requests/verify", content=content)
    if output == "json":
        say_json(answer)
    else:
        say_styled(verification(answer, name or answer["scenario"]))
    if not answer["passed"]:
        raise SystemExit(1)


@scenario.command()
@click.argument("name")
@address
def signal(name: str, url: str, namespace: str) -> None:
    """Send the signal NAME to the loaded scenario, whose states wait for it."""
    content = json.dumps({"signal": name}).encode()
    answer = call(root_of(url, namespace), "POST", "/scenario/signal", content=content)
    changed, states, state_of_all = answer["changed"], answer["states"], answer["state"]
    say(plain(f"signal {name} given"))
    for owner in changed:
        state = states.get(owner, state_of_all)
        say(plain(f"  {owner + ' is' if owner else 'the scenario is'} now in state {state}"))


@scenario.command()
@address
def show(url: str, namespace: str) -> None:
    """Show the scenario of a running server, with its counters."""
    say_json(call(root_of(url, namespace), "GET", "/scenario"))


@scenario.command()
@address
def unload(url: str, namespace: str) -> None:
    """Unload the scenario; the provider works correctly again."""
    call(root_of(url, namespace), "DELETE", "/scenario")
    say("unloaded")


@scenario.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from emulator.scenario.schema import json_schema

    say_json(json_schema())


def _registered(config: Path | None) -> tuple[Providers, Credentials]:
    """Return the providers and their credentials, or end with the error."""
    from emulator.core.errors import ConfigurationError
    from emulator.emulator import Emulator
    from emulator.scenario.known_names import credential_names

    try:
        emulator = Emulator(config=config)
        contexts = emulator.namespace("default").contexts
    except ConfigurationError as error:
        fail(str(error), 2)
    return emulator.providers, credential_names(emulator.providers, contexts)


def _read(option: str, providers: Providers, credentials: Credentials | None = None) -> Scenario:
    """Read a scenario, or end with all its errors."""
    from emulator.cli._scenario import text_of
    from emulator.core.errors import ConfigurationError
    from emulator.scenario.loader import ScenarioError, format_findings, load

    try:
        name, text = text_of(option)
        return load(text, name, providers, credentials)
    except ScenarioError as error:
        say(format_findings(error.findings), to_stderr=True)
        raise SystemExit(2) from error
    except ConfigurationError as error:
        fail(str(error), 2)


def _files(name: str | Path) -> list[Path]:
    from emulator.cli._scenario import file_of
    from emulator.core.errors import ConfigurationError
    from emulator.scenario.loader import SUFFIXES

    try:
        path = file_of(str(name))
    except ConfigurationError as error:
        fail(str(error), 2)
    if not path.is_dir():
        return [path]
    found = (file for file in path.iterdir() if file.suffix in SUFFIXES)
    files = sorted(file for file in found if not file.stem.endswith(".schema"))
    if not files:
        fail(f"there is no scenario file in {path}", 2)
    return files


COMMAND = scenario
