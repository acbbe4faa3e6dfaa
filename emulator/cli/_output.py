"""What commands print: an exchange in one readable line, and an error in one clear line."""

from __future__ import annotations

from typing import Any, NoReturn

import click

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
        f"{summary['status']} {verdict}",
        f"{summary['provider']}.{summary['endpoint']}",
        f"{summary['method']} {summary['path']}",
    ]
    if summary["credential"]:
        parts.append(f"[{summary['credential']}]")
    parts += summary["rules"]
    parts.append(f"{summary['duration_ms']:.1f} ms")
    told = [summary["diagnosis"]] if summary["diagnosis"] else []
    told += summary["notices"]
    return "\n".join([" ".join(parts), *(_reason(each) for each in told)])


def _reason(diagnosis: dict[str, Any]) -> str:
    place = f" at {diagnosis['where']}" if diagnosis["where"] else ""
    lines = [f"    {click.style(diagnosis['code'], bold=True)}{place}: {diagnosis['summary']}"]
    if diagnosis["hint"]:
        lines.append(f"    hint: {diagnosis['hint']}")
    if diagnosis["expected"]:
        lines.append(f"    expected: {diagnosis['expected']}")
    if diagnosis["received"]:
        lines.append(f"    received: {diagnosis['received']}")
    return "\n".join(lines)


def fail(message: str, exit_code: int) -> NoReturn:
    """End with one clear line, or one per finding, and no traceback."""
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(exit_code)
