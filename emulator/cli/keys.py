"""`emulator keys`."""

from __future__ import annotations

from pathlib import Path

import click

from emulator.cli._output import fail, say, say_exactly


@click.group("keys")
def keys() -> None:
    """Show the test keys, or make new ones."""


@keys.command("list")
@click.option("--keys", type=click.Path(path_type=Path), envvar="EMULATOR_KEYS")
def list_(keys: Path | None) -> None:
    """List the key files in use."""
    from emulator.core.configuration import shipped

    root = keys or shipped("keys")
    for path in sorted(root.glob("*/*")):
        say(str(path.relative_to(root)))


@keys.command()
@click.argument("name")
@click.option("--keys", type=click.Path(path_type=Path), envvar="EMULATOR_KEYS")
def show(name: str, keys: Path | None) -> None:
    """Print the key file NAME, such as tesabiz/provider.crt.pem."""
    from emulator.core.configuration import nearest, read_text, shipped
    from emulator.core.errors import ConfigurationError

    root = keys or shipped("keys")
    known = [str(path.relative_to(root)) for path in sorted(root.glob("*/*"))]
    if name not in known:
        fail(f"there is no key file {name!r}{nearest(name, known)}", 2)
    try:
        text = read_text(root / name)
    except ConfigurationError as error:
        fail(str(error), 2)
    say_exactly(text.removesuffix("\n"))


@keys.command()
@click.argument("directory", type=click.Path(path_type=Path))
def new(directory: Path) -> None:
    """Make new keys for every provider in DIRECTORY; use them with --keys."""
    from emulator.core.files import new_folder
    from emulator.providers import discover

    try:
        with new_folder(directory) as folder:
            for name, provider in discover().items():
                provider.credentials.make_keys(folder / name)
    except OSError as error:
        fail(f"cannot write the keys: {error}", 2)
    say(f"made keys in {directory}; use them with: emulator serve --keys {directory}")


COMMAND = keys
