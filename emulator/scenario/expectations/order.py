"""`order: [endpoint outcome, …]`: these came in this order.

After each answer that was lost, the next step must come before that endpoint is called again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from emulator.core.configuration import nearest
from emulator.core.errors import shorten
from emulator.core.exchange import Exchange
from emulator.faults.values import Plain, wrong
from emulator.scenario.expectations.exchanges import CUTS, line_of, name_of, outcome_of
from emulator.scenario.expectations.kind import Evidence, Kind, Report, many, report

_STATUS = re.compile("[1-5][0-9]{2}")
_VALUE = 80
_WORD = 80


def _step(text: str) -> str:
    name, _, outcome = text.rpartition(" ")
    provider, _, endpoint = name.partition(".")
    if not provider or not endpoint:
        raise wrong(
            f"{shorten(text, _VALUE)!r} is not a step; write for example 'goat.oauth.token 200'"
        )
    if not _STATUS.fullmatch(outcome) and outcome not in CUTS:
        close = nearest(outcome, list(CUTS)) if len(outcome) <= _WORD else ""
        raise wrong(
            f"{shorten(outcome, _VALUE)!r} is no outcome: give a status, "
            f"or one of {', '.join(CUTS)}{close}"
        )
    return text


Step = Annotated[str, AfterValidator(_step)]


class Order(Plain[Annotated[list[Step], Field(min_length=1)]], Kind):
    """Steps such as `goat.oauth.token 200` or `gestopago.sendTx reset`, that came in this order.

    Anything may come between. After each answer that was lost (a step such as `reset`), the next
    step must come before that endpoint is called again.
    """

    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds."""
        steps = self.root
        exchanges = evidence.exchanges
        reached: list[Exchange] = []
        for exchange in exchanges:
            if len(reached) < len(steps) and outcome_of(exchange) == steps[len(reached)]:
                reached.append(exchange)
        followed = _followed(steps)
        broken = _broken(followed, exchanges)
        if broken:
            lost, other = broken[0]
            wanted = " or ".join(followed[outcome_of(lost)])
            after = "no" if other is None else f"#{other.number} came before"
            found = f"the answer to #{lost.number} was lost, and {after} {wanted}" + (
                " came after it" if other is None else ""
            )
        else:
            found = f"{len(reached)} of {many(len(steps), 'step')}"
            if len(reached) < len(steps):
                since = f" after #{reached[-1].number}" if reached else ""
                found += f": no {steps[len(reached)]}{since}"
        return report(
            passed=len(reached) == len(steps) and not broken,
            expected=", then ".join(steps),
            found=found,
            near_misses=_misordered(steps, exchanges, reached, broken),
            forgotten=evidence.forgotten,
            needs_all=bool(followed),
        )


def _followed(steps: Sequence[str]) -> dict[str, list[str]]:
    """Return what may come after each lost answer; one that ends the list leaves all open."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for step, following in pairwise(steps):
        if step != steps[-1] and step.rpartition(" ")[2] in CUTS:
            found[step].append(following)
    return dict(found)


def _broken(
    followed: Mapping[str, Sequence[str]], exchanges: Sequence[Exchange]
) -> list[tuple[Exchange, Exchange | None]]:
    """Find the lost answers after which the wrong thing came, or nothing, and what it was."""
    broken: list[tuple[Exchange, Exchange | None]] = []
    for lost, followings in followed.items():
        waiting: Exchange | None = None
        for exchange in exchanges:
            outcome = outcome_of(exchange)
            if waiting is not None:
                if outcome in followings:
                    waiting = None
                elif name_of(exchange) == name_of(waiting):
                    broken.append((waiting, exchange))
                    waiting = None
            if outcome == lost:
                waiting = exchange
        if waiting is not None:
            broken.append((waiting, None))
    return sorted(broken, key=lambda pair: pair[0].number)


def _misordered(
    steps: Sequence[str],
    exchanges: Sequence[Exchange],
    reached: Sequence[Exchange],
    broken: Sequence[tuple[Exchange, Exchange | None]],
) -> Iterable[str]:
    for lost, other in broken:
        yield f"{line_of(lost)}: the answer that was lost"
        if other is not None:
            yield f"{line_of(other)}: came too early"
    if broken:
        return
    names = {step.rpartition(" ")[0] for step in steps}
    if reached:
        yield f"{line_of(reached[-1])}: step {len(reached)}"
    for exchange in exchanges:
        if name_of(exchange) in names and (not reached or exchange.number > reached[-1].number):
            yield line_of(exchange)


KIND = Order
