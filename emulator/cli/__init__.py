"""The command line. Each file without an underscore is a command and has a `COMMAND`.

A command's file is imported only when the command runs, and it imports slow modules inside its
function. So `emulator --help` and shell completion are quick.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import click

from emulator.core.version import __version__


class Commands(click.Group):
    """The commands in this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands."""
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name for name in names if not name.startswith("_"))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. An error message can quote user input; escape its control characters."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from emulator.core.terminal import printable

            raise click.UsageError(printable(error.format_message()), error.ctx) from error

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in self.list_commands(ctx):
            return None
        return import_module(f"{__name__}.{cmd_name}").COMMAND


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="emulator")
def main() -> None:
    """Emulate Latin American payment providers, and make them fail on purpose.

    \b
    Start with:
        emulator serve
        emulator credentials placetopay
    """
