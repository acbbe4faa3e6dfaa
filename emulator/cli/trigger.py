"""`emulator trigger`."""

from __future__ import annotations

import json
from urllib.parse import quote

import click

from emulator.cli._output import say, say_json
from emulator.cli._remote import address, call, root_of
from emulator.core.terminal import plain


@click.command("trigger")
@click.argument("provider", metavar="PROVIDER[.EVENT]")
@click.argument("event", default="")
@click.option(
    "--override",
    "overrides",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value to use: for a member, or for a JSON pointer into the webhook. It gets the "
    "type of the value that it replaces.",
)
@click.option(
    "--copies",
    type=click.IntRange(1, 50),
    default=1,
    help="Send so many copies at once.",
    metavar="N",
)
@click.option("--sign-with", default="", metavar="KEY", help="Sign with this key, such as rogue.")
@address
def trigger(
    provider: str,
    event: str,
    overrides: tuple[str, ...],
    copies: int,
    sign_with: str,
    url: str,
    namespace: str,
) -> None:
    """Make an event happen now, and show what the merchant answered to its webhook.

    With --copies or --sign-with, the scenario's rules for webhooks are not used.

    \b
    Examples:
        emulator trigger tesabiz qrPagado --override /qrPagado/importe=150
        emulator trigger tesabiz.qrPagado --copies 2 --sign-with rogue
        emulator trigger placetopay.pay --override card=4110760000000081
    """
    if not event:
        provider, _, event = provider.partition(".")
    if not event:
        raise click.UsageError(_which_event(provider))
    changes: dict[str, str] = {}
    for override in overrides:
        name, mark, value = override.partition("=")
        if not mark or not name:
            raise click.UsageError(f"--override {override!r}: write NAME=VALUE")
        if name in changes:
            raise click.UsageError(f"--override {name}: it is given twice; give it once")
        changes[name] = value  # the server knows its type
    record = call(
        root_of(url, namespace),
        "POST",
        f"/trigger/{quote(provider, safe='')}/{quote(event, safe='')}",
        query={"copies": copies if copies > 1 else "", "sign_with": sign_with},
        content=json.dumps(changes).encode(),
        timeout=60,
    )
    if "attempts" not in record:  # this event sends no webhook
        say_json(record)
        return
    sent = f"{record['event']} -> {record['url']}"
    for attempt in record["attempts"]:
        diagnosis = attempt["diagnosis"]
        outcome = diagnosis["code"] if diagnosis else "acknowledged"
        say(plain(f"{sent} {attempt['status']} {outcome}"))
        if diagnosis:
            say(f"    {plain(diagnosis['summary'])}. {plain(diagnosis['hint'])}")
    if not record["attempts"]:
        say(plain(f"{sent} waits: {record['plan']}"))
    if not record["acknowledged"]:
        raise SystemExit(1)


def _which_event(name: str) -> str:
    from emulator.core.configuration import nearest
    from emulator.providers import discover

    known = discover()
    if name not in known:
        return f"write PROVIDER.EVENT; there is no provider {name!r}{nearest(name, known)}"
    events = ", ".join(f"{name}.{event}" for event in known[name].events)
    return f"which event? There are {events}" if events else f"{name} has no event to trigger"


COMMAND = trigger
