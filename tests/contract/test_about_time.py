"""A refusal that depends on the clock declares it, and only such a one tells of a moved clock."""

from __future__ import annotations

import re

import pytest

import emulator as package
from emulator.core.clock_change import ClockChange
from emulator.core.declared import declared, modules
from emulator.core.errors import FailureMode
from emulator.core.exchange import Exchange, Request
from emulator.emulator import Emulator
from emulator.runtime.explaining import note_moved_clock

MODES = sorted(set(declared(FailureMode, modules(package))), key=lambda mode: mode.code)

SPEAKS_OF_TIME = re.compile(
    r"\b(expire[sd]?|expiration|time|valid yet|future|past|old|ago|soon|late|within|just had|dates?"
    r"|settlement|lives|clock|hours?|minutes?)\b"
)

A_STATE_OR_A_FORM = {
    "client-assertion.claim-type": "the form of a claim",
    "client-assertion.lifetime": "the assertion's own two times, whatever the clock says",
    "emulator.clock-moved": "this is the note itself",
    "gestopago.legacy-method": "named after the time of a protocol",
    "gestopago.token-revoked": "a scenario did it, at no time of its own",
    "goat.fraction": "the form of a claim",
    "goat.token-revoked": "a scenario did it, at no time of its own",
    "pagsmile.start-time": "the form of a member",
    "request.body-too-slow": "the time of the machine, not of the emulator's clock",
    "request.head-too-slow": "the time of the machine, not of the emulator's clock",
    "placetopay.credentials-expired": "the site is registered so",
    "placetopay.site-expired": "the site is registered so",
    "placetopay.time-not-iso": "the form of a member",
    "tesabiz.expiry-form": "the form of a member",
    "tesabiz.timestamp-claim": "a member that must not be there",
    "username-token.created-malformed": "the form of a member",
    "username-token.created-without-zone": "the form of a member",
}
"""Modes whose words speak of time, and whose verdict does not depend on the clock: why."""


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.code)
def test_what_speaks_of_time_says_whether_the_clock_decides(mode):
    """Each mode that speaks of time is about time, or it is said here why not."""
    speaks = SPEAKS_OF_TIME.search(mode.summary) is not None
    assert mode.about_time == (speaks and mode.code not in A_STATE_OR_A_FORM), mode.summary


def test_no_reason_is_left_over():
    """Each of the exceptions is a mode that there is, and needs one."""
    needed = {mode.code for mode in MODES if SPEAKS_OF_TIME.search(mode.summary)}
    assert set(A_STATE_OR_A_FORM) <= needed


@pytest.fixture(scope="module")
def moved():
    namespace = Emulator().namespace("default")
    namespace.clock.change(ClockChange(advance="24h"))
    return namespace


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.code)
def test_a_moved_clock_is_told_where_the_clock_decides(mode, moved):
    """Beside each such refusal, and beside no other."""
    exchange = Exchange(
        number=1,
        namespace="default",
        provider="goat",
        endpoint="x",
        request=Request(method="GET", path="/"),
        received_at=0.0,
        diagnosis=mode.diagnose("body"),
    )
    note_moved_clock(exchange, moved)
    told = [warning.code for warning in exchange.warnings]
    assert told == (["emulator.clock-moved"] if mode.about_time else [])


def test_the_declaration_is_not_shown():
    """The members of a diagnosis are fixed."""
    shown = MODES[0].diagnose("body").as_json()
    assert list(shown) == ["code", "summary", "where", "expected", "received", "hint", "source"]
