"""How sure we are: `docs/fidelity.md`, made from the sources in the code.

    python -m emulator.fidelity > docs/fidelity.md

Every endpoint, error, failure mode and `Behaviour` has a `Source`. This module finds them in the
modules, so no list is kept by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from emulator import outbox, providers, schemes
from emulator.core import http_problems
from emulator.core.declared import declared, modules
from emulator.core.errors import Behaviour, FailureMode, Source, Standing
from emulator.http import addressing, app
from emulator.outbox import delivery as sending
from emulator.outbox import egress
from emulator.provider import Provider, body, headers, webhooks
from emulator.runtime import explaining, judging

_MEANING = {
    Standing.DOCUMENTED: "the provider, or the standard it names, says so",
    Standing.OBSERVED: "seen in a recorded answer, or in the code of a client that works",
    Standing.INFERRED: "follows from what is documented or observed, but no source says it",
    Standing.CHOSEN: "unknown; our choice, the stricter one where there were two",
}


def page() -> str:
    """Return the page."""
    lines = [
        "# How sure we are",
        "",
        "Made from the sources in the code by `python -m emulator.fidelity`; do not edit.",
        "What production does where the standing is not *documented* may differ: if you know",
        "better, tell us, and the rule and its standing change together.",
        "",
        "| standing | means |",
        "|---|---|",
        *(f"| {standing} | {meaning} |" for standing, meaning in _MEANING.items()),
    ]
    for provider in providers.discover().values():
        lines += ["", *_provider(provider)]
    lines += ["", "## The schemes", ""]
    lines += _table("what is refused or assumed", _rules(modules(schemes)))
    lines += ["", "## All providers", ""]
    lines += _table(
        "what is refused, warned of or assumed",
        _rules(
            (
                app,
                addressing,
                body,
                headers,
                webhooks,
                egress,
                explaining,
                http_problems,
                judging,
                outbox,
                sending,
            )
        ),
    )
    return "\n".join(lines) + "\n"


def _provider(provider: Provider[Any]) -> list[str]:
    package = import_module(f"{providers.__name__}.{provider.name}")
    endpoints = [
        (
            f"`{endpoint.name}` {' '.join(endpoint.methods)} `{'`, `'.join(endpoint.paths)}`",
            endpoint.source,
        )
        for endpoint in provider.endpoints
    ]
    errors = [
        (f"`{provider.name}.{error.name}`: HTTP {error.status}, {error.summary}", error.source)
        for error in provider.errors.values()
    ]
    return [
        f"## {provider.title}",
        "",
        *_table("behaviour", [*_rules(modules(package)), *_of_schemes(provider)]),
        "",
        *_table("endpoint", endpoints),
        "",
        *_table("error, as scenarios name it", errors),
    ]


def _of_schemes(provider: Provider[Any]) -> list[tuple[str, Source]]:
    """Return the rules of schemes that this provider's own document has."""
    return [
        (f"`{mode.code}`: {mode.summary}", source)
        for mode, source in provider.scheme_sources.items()
    ]


def _rules(places: Iterable[ModuleType]) -> list[tuple[str, Source]]:
    places = list(places)
    behaviours = [(each.summary, each.source) for each in declared(Behaviour, places)]
    refusals = [
        (f"`{each.code}`: {each.summary}", each.source) for each in declared(FailureMode, places)
    ]
    return behaviours + sorted(refusals, key=lambda row: row[0])


def _table(title: str, rows: Iterable[tuple[str, Source]]) -> list[str]:
    lines = [f"| {title} | standing | source |", "|---|---|---|"]
    for text, source in rows:
        place = f"{source.document}, {source.section}" if source.section else source.document
        cells = (text, str(source.standing), place)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


if __name__ == "__main__":
    sys.stdout.write(page())
