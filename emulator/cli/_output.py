"""What commands print: an exchange in one readable line, and an error in one clear line.

All text is printed by `say`, which escapes control characters.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from emulator.core.errors import shorten
from emulator.core.terminal import json_text, plain, printable

_LONGEST = 1200
"""Characters of one line on the console; the journal has the whole text."""
VERDICTS = {
    verdict: click.style(f"{verdict:<8}", fg=colour)
    for verdict, colour in (("accepted", "green"), ("refused", "red"), ("injected", "yellow"))
}


def say(text: str, *, to_stderr: bool = False) -> None:
    """Print lines for people."""
    click.echo(printable(text), err=to_stderr)


def say_styled(text: str, *, to_stderr: bool = False) -> None:
    """Print lines with colours; text from outside must have gone through `plain` before."""
    click.echo(printable(text, styled=True), err=to_stderr)


def say_json(value: Any, indent: int | None = 2) -> None:
    """Print JSON."""
    click.echo(json_text(value, indent))


def say_exactly(text: str) -> None:
    """Print text for a program, such as a shell: escaped only if the output is a terminal."""
    click.echo(printable(text) if sys.stdout.isatty() else text)


def line(summary: dict[str, Any]) -> str:
    """Return the line for an exchange.

    Args:
        summary: As `emulator.journal.showing.summary` makes it.
    """
    verdict = VERDICTS.get(summary["verdict"], plain(summary["verdict"]))
    where = "" if summary["namespace"] == "default" else f"{summary['namespace']} "
    parts = [
        plain(f"{summary['received_at'][11:19]} {where}#{summary['number']:<4}"),
        f"{plain(str(summary['connection'] or summary['status']))} {verdict}",
        plain(f"{summary['provider']}.{summary['endpoint']}"),
        plain(f"{summary['method']} {summary['path']}"),
    ]
    if summary["credential"]:
        parts.append(plain(f"[{summary['credential']}]"))
    parts += map(plain, summary["rules"])
    parts.append(f"{summary['duration_ms']:.1f} ms")
    told = [summary["diagnosis"]] if summary["diagnosis"] else []
    told += summary["warnings"]
    return "\n".join([" ".join(parts), *(_reason(each) for each in told)])


def _reason(diagnosis: dict[str, Any]) -> str:
    place = plain(f" at {diagnosis['where']}") if diagnosis["where"] else ""
    code = click.style(plain(diagnosis["code"]), bold=True)
    lines = [f"    {code}{place}: {plain(diagnosis['summary'])}"]
    lines += [
        f"    {name}: {plain(shorten(told, _LONGEST))}"
        for name in ("hint", "expected", "received")
        if (told := diagnosis[name])
    ]
    return "\n".join(lines)


def fail(message: str, exit_code: int) -> NoReturn:
    """End with one clear line, or one per finding, and no traceback."""
    say(f"Error: {message}", to_stderr=True)
    raise SystemExit(exit_code)
