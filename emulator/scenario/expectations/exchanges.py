"""Exchanges as expectations look at them: which match, and how one is written on a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from emulator.core.exchange import Cut, Exchange
from emulator.scenario.matching import Match, Test, tests_by_part

CUTS: tuple[str, ...] = get_args(Cut)
"""Outcomes that are not a status: how an answer can be lost."""

_PARTS = {
    "endpoint": "endpoint",
    "credential": "credential",
    "header": "request.headers",
    "query": "request.query",
    "payload": "payload",
}
"""What a part of a match looks at, by the first word of its name, as `Exchange.cut` calls it."""


def is_unclear(parts: Sequence[tuple[str, Test]], exchange: Exchange) -> bool:
    """Tell whether an exchange may match or not, for all that the journal keeps of it."""
    if not exchange.cut:
        return False
    unknown = {name for name, _ in parts if _PARTS.get(name.partition(" ")[0]) in exchange.cut}
    return bool(unknown) and all(test(exchange) for name, test in parts if name not in unknown)


def parts_of(match: Match) -> list[tuple[str, Test]]:
    """The tests of a match by name; any verdict counts unless one is named."""
    if "verdict" not in match.model_fields_set:
        match = match.model_copy(update={"verdict": "any"})
    return tests_by_part(match)


def name_of(exchange: Exchange) -> str:
    """Return provider and endpoint, as a step names them."""
    return f"{exchange.provider}.{exchange.endpoint}"


def outcome_of(exchange: Exchange) -> str:
    """Return the step that an exchange is, such as `goat.oauth.token 200`."""
    return f"{name_of(exchange)} {exchange.outcome}"


def line_of(exchange: Exchange) -> str:
    """Return an exchange on one line, for people."""
    code = f" {exchange.diagnosis.code}" if exchange.diagnosis else ""
    return f"#{exchange.number} {outcome_of(exchange)} {exchange.verdict}{code}"
