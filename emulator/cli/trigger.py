"""`emulator trigger`."""

from __future__ import annotations

import json
from typing import Any

import click

from emulator.cli._remote import address, call, root_of


@click.command("trigger")
@click.argument("provider")
@click.argument("event")
@click.option(
    "--override", "overrides", multiple=True, metavar="POINTER=VALUE", help="Change the notice."
)
@address
def trigger(
    provider: str, event: str, overrides: tuple[str, ...], url: str, namespace: str
) -> None:
    """Make the provider send a notice now, and show what the merchant answered.

    \b
    Example:
        emulator trigger tesabiz qrPagado --override /qrPagado/importe=150
    """
    changes: dict[str, Any] = {}
    for override in overrides:
        pointer, mark, value = override.partition("=")
        if not mark:
            raise click.UsageError(f"--override {override!r}: write POINTER=VALUE")
        try:
            changes[pointer] = json.loads(value)
        except ValueError:
            changes[pointer] = value
    content = json.dumps(changes).encode()
    path = f"/trigger/{provider}/{event}"
    record = call(root_of(url, namespace), "POST", path, content=content, timeout=60)
    for attempt in record["attempts"]:
        outcome = attempt["diagnosis"]["code"] if attempt["diagnosis"] else "acknowledged"
        click.echo(f"{record['event']} -> {record['url']} {attempt['status']} {outcome}")
        if attempt["diagnosis"]:
            click.echo(f"    {attempt['diagnosis']['summary']}. {attempt['diagnosis']['hint']}")
    if not record["acknowledged"]:
        raise SystemExit(1)


COMMAND = trigger
