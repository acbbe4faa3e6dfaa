"""`emulator clock`."""

from __future__ import annotations

import json
from typing import Any

import click

from emulator.cli._output import say
from emulator.cli._remote import address, call, root_of
from emulator.core.terminal import plain


@click.group("clock")
def clock() -> None:
    """Show and move the clock of a running server."""


@clock.command()
@address
def show(url: str, namespace: str) -> None:
    """Show the provider's time and the settings of its clock."""
    _show(call(root_of(url, namespace), "GET", "/clock"))


@clock.command()
@click.argument("instant", default="now")
@address
def freeze(instant: str, url: str, namespace: str) -> None:
    """Stop the clock, now or at INSTANT, such as 2026-03-01T12:00:00Z."""
    _change({"freeze": instant}, url, namespace)


@clock.command()
@click.argument("duration")
@address
def offset(duration: str, url: str, namespace: str) -> None:
    """Set the provider's clock ahead by DURATION, such as 4m50s; -4m50s sets it behind."""
    _change({"offset": duration}, url, namespace)


@clock.command()
@click.argument("duration")
@address
def advance(duration: str, url: str, namespace: str) -> None:
    """Move time forward by DURATION, such as 24h."""
    _change({"advance": duration}, url, namespace)


@clock.command()
@address
def reset(url: str, namespace: str) -> None:
    """Return to real time."""
    _change({"reset": True}, url, namespace)


# click takes a negative duration for an option, and -1h for the option -h.
for each in (offset, advance):
    each.context_settings["ignore_unknown_options"] = True
    each.context_settings["help_option_names"] = ["--help"]


def _change(change: dict[str, Any], url: str, namespace: str) -> None:
    content = json.dumps(change).encode()
    _show(call(root_of(url, namespace), "PATCH", "/clock", content=content))


def _show(clock: dict[str, Any]) -> None:
    frozen = " (frozen)" if clock["frozen"] else ""
    say(f"the provider believes  {plain(clock['now'])}")
    say(f"time                   {plain(clock['time'])}{frozen}")
    say(f"offset                 {clock['offset_seconds']:+g} s")
    if clock["drift_per_second"]:
        affects = plain(", ".join(clock["affects"]))
        say(f"drift                  {clock['drift_per_second']:+g} s/s on {affects}")


COMMAND = clock
