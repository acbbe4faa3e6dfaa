"""The device that a login or a token belongs to."""

from __future__ import annotations

from emulator.core.errors import Diagnosis, FailureMode
from emulator.core.exchange import Exchange
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import State
from emulator.providers.gestopago.behaviours import OURS

ACTIVE = "active"
DEVICE = State[Record]("device")
"""The credential that the token of an exchange is bound to."""

INACTIVE = FailureMode("gestopago.inactive", "The device is registered but not active", OURS)


def distributor_of(exchange: Exchange) -> int:
    """Return the distributor that the token belongs to."""
    return DEVICE.get(exchange)["idDistribuidor"]


def inactive(record: Record) -> Diagnosis:
    """Say that a device is registered but not active."""
    return INACTIVE.diagnose(
        "body.codigoDispositivo",
        expected=ACTIVE,
        received=record["status"],
        hint=Message("Use another device, or register this one again with status active"),
    )
