"""The members that a confirmTx is compared by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.providers.gestopago.sales.amounts import amount
from emulator.providers.gestopago.sales.member_hints import MATCHED
from emulator.providers.gestopago.sales.members import told


def parameters(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the members that a confirmTx is compared by; 165.0 and "165.00" are the same."""
    return {name: _comparable(name, payload.get(name)) for name in MATCHED}


def _comparable(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "montoPago" and (sent := amount(value)) is not None:
        return f"{sent:.2f}" if sent else ""
    return told(value)
