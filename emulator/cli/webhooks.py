"""`emulator webhooks`."""

from __future__ import annotations

import time
from typing import Any

import click

from emulator.cli._output import say, say_json
from emulator.cli._remote import address, call, refuse_options_of_list, root_of
from emulator.core.terminal import plain

_PAUSE_SECONDS = 0.5


@click.group("webhooks", invoke_without_command=True)
@click.option("--follow", "-f", is_flag=True, help="Continue, and show new attempts.")
@click.option("--provider", help="Only this provider.")
@click.option("--event", help="Only this event.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
@address
@click.pass_context
def webhooks(
    context: click.Context,
    follow: bool,
    provider: str | None,
    event: str | None,
    output: str,
    url: str,
    namespace: str,
) -> None:
    """Show the webhooks of a running server with their attempts, oldest first.

    \b
    Examples:
        emulator webhooks --follow
        emulator webhooks show 3
        emulator webhooks resend 3
    """
    if context.invoked_subcommand is not None:
        refuse_options_of_list(context)
        return
    root, query = root_of(url, namespace), {"provider": provider, "event": event}
    seen = dict[int, int]()
    while True:
        for each in reversed(call(root, "GET", "/webhooks", query=query)["webhooks"]):
            _show(each, output, seen.get(each["number"]))
            seen[each["number"]] = len(each["attempts"])
        if not follow:
            return
        try:
            time.sleep(_PAUSE_SECONDS)
        except KeyboardInterrupt:
            return


@webhooks.command()
@click.argument("number", type=click.IntRange(min=1))
@address
def show(number: int, url: str, namespace: str) -> None:
    """Show one webhook in full: what was sent, and what the merchant answered."""
    say_json(call(root_of(url, namespace), "GET", f"/webhooks/{number}"))


@webhooks.command()
@click.argument("number", type=click.IntRange(min=1))
@address
def resend(number: int, url: str, namespace: str) -> None:
    """Send a webhook once more, now; exit 1 if the merchant does not acknowledge it."""
    root = root_of(url, namespace)
    path = f"/webhooks/{number}/resend"
    record = call(root, "POST", path, content=b'{"wait": true}', timeout=60)
    last = record["attempts"][-1]
    say(_line(record, last))
    if last["diagnosis"] is not None:
        raise SystemExit(1)


def _show(record: dict[str, Any], output: str, before: int | None) -> None:
    """Show a webhook, if there is anything new: so many attempts of it were shown before."""
    attempts: list[dict[str, Any]] = record["attempts"]
    if before is not None and len(attempts) <= before:
        return
    if output == "json":
        say_json(record, indent=None)
        return
    for attempt in attempts[before or 0 :]:
        say(_line(record, attempt))
    if not attempts:
        say(_line(record, None))


def _line(record: dict[str, Any], attempt: dict[str, Any] | None) -> str:
    """Return the line for one attempt of a webhook; None if there is none yet."""
    what = f"#{record['number']:<4} {record['provider']}.{record['event']} -> {record['url']}"
    if attempt is None:
        return plain(f"{record['created_at'][11:19]} {what} waits {record['plan']}".rstrip())
    diagnosis = attempt["diagnosis"]
    copy = f"copy {attempt['copy']} " if attempt.get("copy") else ""
    outcome = f"{diagnosis['code']}: {diagnosis['summary']}" if diagnosis else "acknowledged"
    hint = f". {diagnosis['hint']}" if diagnosis and diagnosis["hint"] else ""
    at, status = attempt["sent_at"][11:19], attempt["status"] or "-"
    return plain(f"{at} {what} {copy}{status} {outcome}{hint}")


COMMAND = webhooks
