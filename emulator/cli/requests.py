"""`emulator requests`."""

from __future__ import annotations

from typing import Any

import click

from emulator.cli._output import line, say_json, say_styled
from emulator.cli._remote import address, call, refuse_options_of_list, root_of


@click.group("requests", invoke_without_command=True)
@click.option("--follow", "-f", is_flag=True, help="Continue, and show new requests.")
@click.option("--provider", help="Only this provider.")
@click.option("--endpoint", help="Only this endpoint, or a glob.")
@click.option("--verdict", type=click.Choice(["accepted", "refused", "injected"]))
@click.option("--diagnosis", help="Only this diagnosis code, or a glob.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text")
@address
@click.pass_context
def requests(
    context: click.Context,
    follow: bool,
    provider: str | None,
    endpoint: str | None,
    verdict: str | None,
    diagnosis: str | None,
    limit: int,
    output: str,
    url: str,
    namespace: str,
) -> None:
    """Show the journal of a running server, oldest first."""
    if context.invoked_subcommand is not None:
        refuse_options_of_list(context)
        return
    root = root_of(url, namespace)
    filters: dict[str, Any] = {
        "provider": provider,
        "endpoint": endpoint,
        "verdict": verdict,
        "diagnosis": diagnosis,
    }
    found = call(root, "GET", "/requests", query={**filters, "limit": limit})["requests"]
    _show(found, output)
    last = max((each["number"] for each in found), default=0)
    while follow:
        try:
            query = {**filters, "since": str(last), "timeout": "20"}
            answer = call(root, "GET", "/requests/wait", query=query, timeout=40)
        except KeyboardInterrupt:
            return
        _show(answer["requests"], output)
        last = _since(last, answer)


@requests.command()
@click.argument("number", type=click.IntRange(min=1))
@address
def show(number: int, url: str, namespace: str) -> None:
    """Show one exchange in full."""
    say_json(call(root_of(url, namespace), "GET", f"/requests/{number}"))


def _since(last: int, answer: dict[str, Any]) -> int:
    """Return the last number that was shown; 0 if there was a reset in between."""
    numbers = [each["number"] for each in answer["requests"]]
    return max(numbers, default=last if answer["newest"] >= last else 0)


def _show(found: list[dict[str, Any]], output: str) -> None:
    for each in reversed(found):
        if output == "json":
            say_json(each, indent=None)
        else:
            say_styled(line(each))


COMMAND = requests
