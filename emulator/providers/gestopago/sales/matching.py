"""How a confirmTx names its sale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from emulator.provider import Context
from emulator.providers.gestopago.sales.member_hints import MATCHED
from emulator.providers.gestopago.settings import Settings


def present(context: Context[Settings]) -> datetime:
    """Return the time of a correct client; the provider's clock may be ahead or behind."""
    return datetime.fromtimestamp(context.clock.time(), UTC)


def match_of(distributor: int, asked: Mapping[str, str], context: Context[Settings]) -> str:
    """Return the key under which a confirmTx finds its sale."""
    return json.dumps([distributor, *(asked[name] for name in compared(context))])


def compared(context: Context[Settings]) -> tuple[str, ...]:
    """Return the members by which a confirmTx finds its sale."""
    return MATCHED if context.settings.confirm_match == "all" else ("upc",)
