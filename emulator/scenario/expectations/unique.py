"""`unique: {match, pointer}`: something never came twice."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from pydantic import AfterValidator

from emulator.core.errors import shorten
from emulator.core.exchange import Exchange
from emulator.core.json_text import loads
from emulator.faults.values import Strict
from emulator.scenario.comparison import at_pointer, pointer
from emulator.scenario.expectations.exchanges import is_unclear, line_of, parts_of
from emulator.scenario.expectations.kind import Evidence, Kind, Report, many, report
from emulator.scenario.matching import Match

_VALUE = 80
_ABSENT = object()


class Unique(Strict, Kind):
    """A part of the message that never comes twice.

    Attributes:
        match: Which requests are compared; of any verdict unless it names one.
        pointer: JSON pointer into the decrypted and verified message or, for what that lacks
            (such as Placetopay's `/auth/nonce`), into the JSON body as it arrived. A request
            without it is left out, but one of them must have it.
    """

    match: Match
    pointer: Annotated[str, AfterValidator(pointer)]

    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds."""
        parts = parts_of(self.match)
        matching = [each for each in evidence.exchanges if all(test(each) for _, test in parts)]
        unclear = sum(
            is_unclear(parts, each) or (each in matching and _is_part_cut(each))
            for each in evidence.exchanges
            if each.cut
        )
        found = ((_part(self.pointer, each), each) for each in matching)
        seen = [(repr(value), exchange) for value, exchange in found if value is not _ABSENT]
        counts = Counter(value for value, _ in seen)
        repeated = [(value, exchange) for value, exchange in seen if counts[value] > 1]
        missing = bool(matching) and not seen  # a wrong pointer would find nothing twice, ever
        return report(
            passed=not repeated and not missing,
            expected=f"no value of {self.pointer or 'the message'} twice",
            found=f"none in {many(len(matching), 'request')}"
            if missing
            else f"{many(len(counts), 'value')} in {many(len(seen), 'request')}",
            near_misses=map(line_of, matching)
            if missing
            else (f"{line_of(exchange)}: {shorten(value, _VALUE)}" for value, exchange in repeated),
            forgotten=evidence.forgotten,
            cut=unclear,
            needs_all=True,
        )


def _is_part_cut(exchange: Exchange) -> bool:
    """Tell whether what a pointer leads to may not be kept."""
    body = "request.body" if exchange.arrived is None else "arrived.body"
    return "payload" in exchange.cut or (body in exchange.cut)


def _part(pointer: str, exchange: Exchange) -> Any:
    """Return what the pointer leads to; what authenticates a request is only in its body."""
    value = at_pointer(pointer, exchange.payload, _ABSENT)
    if value is not _ABSENT and exchange.payload is not None:
        return value
    try:
        body: Any = loads((exchange.arrived or exchange.request).body)
    except ValueError:
        return _ABSENT
    return at_pointer(pointer, body, _ABSENT)


KIND = Unique
