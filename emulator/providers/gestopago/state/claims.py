"""What a sale blocks: the same upc, the same top-up, the same bill.

The first claim wins until it is too old.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.errors import FailureMode
from emulator.core.store import Record, Table
from emulator.provider import Context
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.state.sales import KEPT

CLAIMS = "claims"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sale would block.

    Attributes:
        key: Such as `1|upc|2133135523`.
        seconds: How long.
        mode: Which rule the next one breaks.
        where: The member that is the same.
    """

    key: str
    seconds: int
    mode: FailureMode
    where: str


def take_claims(
    claims: list[Claim], sale: str, context: Context[Settings]
) -> tuple[Claim, Record] | None:
    """Claim all. If one is taken, claim none, and return it with the record that has it."""
    table = context.store.table(CLAIMS, 2 * KEPT)
    mine = {"at": context.clock.passed(), "sale": sale}
    for index, claim in enumerate(claims):
        if (holder := _take(table, claim, mine)) is not None:
            release(claims[:index], context)
            return claim, holder
    return None


def release(claims: list[Claim], context: Context[Settings]) -> None:
    """Remove claims: the sale was not made."""
    for claim in claims:
        context.store.table(CLAIMS, 2 * KEPT).delete(claim.key)


def _take(table: Table, claim: Claim, mine: Record) -> Record | None:
    if table.insert(claim.key, mine):
        return None
    taken = False

    def replace_old(held: Record) -> Record | None:
        nonlocal taken
        taken = mine["at"] - held["at"] >= claim.seconds
        return mine if taken else None

    held = table.update(claim.key, replace_old)
    if held is None:  # it was removed in the meantime
        return _take(table, claim, mine)
    return None if taken else held
