"""`webhooks: {provider, event, acked, max_unacked}`: webhooks were acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from emulator.faults.values import Strict, wrong
from emulator.scenario.expectations.kind import Evidence, Kind, Many, Report, many, report
from emulator.scenario.matching import ANY


class Webhooks(Strict, Kind):
    """What became of the webhooks.

    Attributes:
        provider: Only its webhooks; those of all if left out.
        event: Only webhooks of this name, or like this glob.
        acked: Exactly so many deliveries were acknowledged; each copy is one.
        max_unacked: At most so many webhooks were never acknowledged, also those still to be sent.
    """

    model_config: ClassVar[Any] = {
        "json_schema_extra": {"anyOf": [{"required": ["acked"]}, {"required": ["max_unacked"]}]}
    }

    provider: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    event: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    acked: Many = None
    max_unacked: Many = None

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if self.acked is None and self.max_unacked is None:
            raise wrong("give one of 'acked', 'max_unacked'")
        return self

    def verify(self, evidence: Evidence) -> Report:
        """Tell whether it holds."""
        webhooks = [
            each
            for each in evidence.webhooks
            if self.provider in (None, ANY, each["provider"])
            and (self.event is None or fnmatchcase(each["event"], self.event))
        ]
        acked = sum(_acked(each) for each in webhooks)
        unacked = [each for each in webhooks if not _acked(each)]
        expected: list[str] = []
        if self.acked is not None:
            expected.append(f"exactly {many(self.acked, 'acknowledged delivery')}")
        if self.max_unacked is not None:
            expected.append(f"at most {many(self.max_unacked, 'webhook')} unacknowledged")
        return report(
            passed=self.acked in (None, acked)
            and (self.max_unacked is None or len(unacked) <= self.max_unacked),
            expected=" and ".join(expected),
            found=f"{many(acked, 'acknowledged delivery')}, {many(len(unacked), 'webhook')} "
            f"of {len(webhooks)} unacknowledged",
            near_misses=map(_webhook_line, unacked or webhooks),
            forgotten=evidence.forgotten_webhooks,
            what="webhook",
            needs_all=True,
        )


def _acked(webhook: Mapping[str, Any]) -> int:
    return sum(attempt["diagnosis"] is None for attempt in webhook["attempts"])


def _webhook_line(webhook: Mapping[str, Any]) -> str:
    attempts = webhook["attempts"]
    diagnosis = attempts[-1]["diagnosis"] if attempts else None
    last = f", the last {diagnosis['code'] if diagnosis else 'acknowledged'}" if attempts else ""
    return (
        f"webhook {webhook['number']} {webhook['provider']}.{webhook['event']}: "
        f"{many(len(attempts), 'attempt')}{last}"
    )


KIND = Webhooks
