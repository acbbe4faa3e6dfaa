"""`emulator credentials`."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click

from emulator.cli._output import fail, say_exactly, say_json
from emulator.cli._remote import address, root_of
from emulator.core.terminal import json_text


@click.command("credentials")
@click.argument("provider", required=False)
@click.option(
    "--format",
    "output",
    type=click.Choice(["env", "json", "dotenv"]),
    default="env",
    show_default=True,
    help="Shell exports, JSON, or a .env file.",
)
@click.option(
    "--key",
    default="current",
    show_default=True,
    help="A key for scenarios with verify_with, such as next.",
)
@click.option("--keys", type=click.Path(path_type=Path), envvar="EMULATOR_KEYS")
@click.option("--config", type=click.Path(path_type=Path), envvar="EMULATOR_CONFIG")
@address
def credentials(
    provider: str | None,
    output: str,
    key: str,
    keys: Path | None,
    config: Path | None,
    url: str,
    namespace: str,
) -> None:
    """Print the settings for your application. No server is needed."""
    from emulator.control.credentials import view
    from emulator.core.configuration import nearest
    from emulator.core.errors import ConfigurationError
    from emulator.emulator import Emulator

    try:
        emulator = Emulator(keys=keys, config=config)
        found = view(emulator, emulator.namespace("default"), root_of(url, namespace), key)
    except ConfigurationError as error:
        fail(str(error), 2)
    if provider is not None and provider not in found:
        fail(f"there is no provider {provider!r}{nearest(provider, found)}", 2)
    chosen = {provider: found[provider]} if provider else found
    if output == "json":
        shown: Any = chosen[provider] if provider else chosen
        say_json(shown)
        return
    for variable, value in variables(chosen).items():
        if output == "env":
            say_exactly(f"export {variable}={shlex.quote(value)}")
        else:
            say_exactly(f"{variable}={json_text(value)}")


def variables(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return credentials as environment variables, such as `PLACETOPAY_SECRET_KEY`.

    Args:
        found: By provider, as `GET /_emulator/credentials` shows them.
    """
    return {
        f"{name}_{re.sub(r'(?<=[a-z])(?=[A-Z])', '_', member)}".upper(): str(value)
        for name, members in found.items()
        for member, value in members.items()
    }


COMMAND = credentials
