"""Right requests, and requests with one mistake. The contract tests send them all.

A wrong request is made from a right one by one change, so that the diagnosis names this change.
"""

from __future__ import annotations

from emulator.providers.gestopago.examples.encrypted import ENCRYPTED
from emulator.providers.gestopago.examples.in_order import IN_ORDER
from emulator.providers.gestopago.examples.login import LOGIN
from emulator.providers.gestopago.examples.members import MEMBERS
from emulator.providers.gestopago.examples.token import TOKEN
from emulator.providers.gestopago.examples.too_often import TOO_OFTEN

EXAMPLES = (*IN_ORDER, *LOGIN, *TOKEN, *TOO_OFTEN, *ENCRYPTED, *MEMBERS)
