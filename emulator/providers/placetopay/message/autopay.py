"""The autopay of a message: a card that is stored to be charged by a rule."""

from __future__ import annotations

import re
from typing import Any

from emulator.providers.placetopay.message.amounts import read_amount
from emulator.providers.placetopay.message.asked_payment import (
    A_URI,
    ECHOED,
    URI,
    described,
    uri_hint,
)
from emulator.providers.placetopay.message.members import Members, put

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PERIODS = ("D", "W", "M", "Y")
_RULES = ("FIXED", "MINIMUM_BALANCE", "TOTAL_BALANCE")
_RECURRING = {
    "type": f"one of {', '.join(_RULES)}",
    "periodicity": f"one of {', '.join(_PERIODS)}",
    "interval": "a whole number from 1",
    "nextPayment": "the day of the first charge, such as 2026-01-31",
}


def read_autopay(autopay: Members) -> dict[str, Any]:
    """Return the autopay as a query echoes it, or refuse the message."""
    autopay.require("action", "CREATE or EDIT")
    autopay.require("description", "a text of at most 255 characters")
    recurring = autopay.object("recurring")
    action = autopay.choice("action", ("CREATE", "EDIT"))
    echo: dict[str, Any] = {"action": action}
    if action == "EDIT":
        autopay.require("id", "the id of the autopay to edit")
    else:
        autopay.require("recurring", "the rule of the charges, because action is CREATE")
    put(echo, "id", autopay.text("id", 36, _UUID, "a UUID"))
    echo.update(described(autopay))
    put(echo, "dueDay", autopay.whole("dueDay", 1, 28))
    if recurring:
        echo["recurring"] = _read_rule(recurring)
        if echo["recurring"]["type"] == "FIXED":
            autopay.require("amount", "the amount of each charge, because recurring.type is FIXED")
    if "amount" in autopay:
        echo["amount"] = read_amount(autopay, "amount")
    return echo


def _read_rule(recurring: Members) -> dict[str, Any]:
    for name, wanted in _RECURRING.items():
        recurring.require(name, wanted)
    echo: dict[str, Any] = {
        "type": recurring.choice("type", _RULES),
        "periodicity": recurring.choice("periodicity", _PERIODS),
    }
    recurring.whole("interval", 1)
    for name in ("nextPayment", "startDate", "dueDate"):
        recurring.day(name)
    recurring.whole("maxPeriods", -1)
    recurring.text("notificationUrl", 255, URI, A_URI, hint=uri_hint)
    for name in ("interval", *ECHOED):
        put(echo, name, recurring.get(name))
    return echo
