"""What GestoPago remembers: logins, sales, what they block, bags, and paid debts.

Ages count the time that has passed. So nothing is undone when the clock is set back.
"""

from __future__ import annotations

from emulator.providers.gestopago.state.bag import balance, debit, seed_state
from emulator.providers.gestopago.state.claims import Claim, release, take_claims
from emulator.providers.gestopago.state.counters import (
    count_catalogue,
    next_authorization,
    next_sale,
    note_login,
    note_use,
)
from emulator.providers.gestopago.state.sales import (
    count_confirmation,
    enter_sale,
    find_sale,
    near_sales,
    sale_of,
)

__all__ = [
    "Claim",
    "balance",
    "count_catalogue",
    "count_confirmation",
    "debit",
    "enter_sale",
    "find_sale",
    "near_sales",
    "next_authorization",
    "next_sale",
    "note_login",
    "note_use",
    "release",
    "sale_of",
    "seed_state",
    "take_claims",
]
