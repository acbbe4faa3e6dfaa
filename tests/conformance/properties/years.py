"""Time is the namespace's clock, and no other: the suite is as green in another year."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta

from subject import Subject, code

_YEARS = ("2027-02-28T23:59:30Z", "2031-12-31T23:59:58Z")
_TODAY = 86_400.0


def check_another_year(subject: Subject) -> None:
    """Each example is judged as it is today, and its answer and records know no other time."""
    for year in _YEARS:
        for name, example in subject.examples.items():
            world = subject.world(year)
            exchange = world.play(example)
            assert code(exchange) == example.code, f"{name} in {year}: {exchange.diagnosis}"
            assert exchange.reply is not None
            shown = exchange.reply.body.decode("utf-8", "replace")
            told = f"{shown} {exchange.reply.headers} {json.dumps(world.state())}"
            assert not _real_times(told), f"{name} in {year} tells of the machine's own time"


def _real_times(text: str) -> list[str]:
    """Return what looks like a time of these days."""
    now = time.time()
    days = [datetime.now(UTC) + timedelta(days=shift) for shift in (-1, 0, 1)]
    dates = [day.strftime(form) for day in days for form in ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d")]
    found = [each for each in dates if re.search(rf"(?<!\d){each}(?!\d\d)", text)]
    seconds = re.findall(r"(?<![\d.])(1[0-9]{9})(?:\.\d+|\d{3})?(?!\d)", text)
    return [*found, *(each for each in seconds if abs(int(each) - now) < _TODAY)]
