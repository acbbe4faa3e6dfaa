"""The secretKeys of a site that a scenario can put in force, besides its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core.errors import Behaviour, Source, Standing
from emulator.provider import CURRENT, rotation

if TYPE_CHECKING:
    from emulator.core.store import Record
    from emulator.provider import KeyFiles

KEYS = (CURRENT, "next", "previous", "rogue")
"""Their names."""

ROTATION = Behaviour(
    "The next, previous and rogue secretKey of a scenario are HMAC-SHA256(secretKey, name) in "
    "hex, as long as the secretKey",
    Source("emulator", "placetopay", Standing.CHOSEN),
)


def rekey(record: Record, name: str, keys: KeyFiles) -> Record:  # noqa: ARG001
    """Return a copy of a site with the secretKey of this name.

    It is derived from the current one: see `emulator.provider.rotation`.
    Other names mean nothing here: a rule for all providers may use them, and nothing changes.
    """
    if name == CURRENT or name not in KEYS:
        return dict(record)
    return {**record, "secretKey": rotation.named_text(record["secretKey"], name)}
