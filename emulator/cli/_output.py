"""What commands print: an exchange in one readable line, and an error in one clear line."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import click

from emulator.errors import shorten

_LONGEST = 1200
"""Characters of one line on the console; the journal has the whole text."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
VERDICTS = {
    verdict: click.style(f"{verdict:<8}", fg=colour)
    for verdict, colour in (("accepted", "green"), ("refused", "red"), ("injected", "yellow"))
}


def line(summary: dict[str, Any]) -> str:
    """Return the line for an exchange.

    Args:
        summary: As `emulator.journal.summary` makes it.
    """
    verdict = VERDICTS[summary["verdict"]]
    where = "" if summary["namespace"] == "default" else f"{summary['namespace']} "
    parts = [
        f"{summary['received_at'][11:19]} {where}#{summary['number']:<4}",
        f"{summary['connection'] or summary['status']} {verdict}",
        plain(f"{summary['provider']}.{summary['endpoint']}"),
        plain(f"{summary['method']} {summary['path']}"),
    ]
    if summary["credential"]:
        parts.append(plain(f"[{summary['credential']}]"))
    parts += summary["rules"]
    parts.append(f"{summary['duration_ms']:.1f} ms")
    told = [summary["diagnosis"]] if summary["diagnosis"] else []
    told += summary["notices"]
    return "\n".join([" ".join(parts), *(_reason(each) for each in told)])


def plain(text: str) -> str:
    """Spell out control characters, so that no request can write lines of its own."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _reason(diagnosis: dict[str, Any]) -> str:
    place = plain(f" at {diagnosis['where']}") if diagnosis["where"] else ""
    lines = [f"    {click.style(diagnosis['code'], bold=True)}{place}: {diagnosis['summary']}"]
    lines += [
        f"    {name}: {plain(shorten(told, _LONGEST))}"
        for name in ("hint", "expected", "received")
        if (told := diagnosis[name])
    ]
    return "\n".join(lines)


def fail(message: str, exit_code: int) -> NoReturn:
    """End with one clear line, or one per finding, and no traceback."""
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(exit_code)
