"""The endpoints. All are POST, reads too, and take flat JSON.

Those that take a `timestamp` refuse one that is not fresh; which number says so differs from
page to page.
"""

from __future__ import annotations

from emulator.provider import Endpoint
from emulator.providers.pagsmile.behaviours import (
    BALANCE,
    CHECKOUT,
    CREATE,
    DETAIL,
    DRY_RUN,
    LIST,
    PROOF,
    STATUS,
)
from emulator.providers.pagsmile.checkout import checkout
from emulator.providers.pagsmile.payouts import create_payout, dry_run
from emulator.providers.pagsmile.queries import (
    balance,
    list_payouts,
    payout_detail,
    payout_status,
    payout_voucher,
)

ENDPOINTS = (
    Endpoint("payout.create", ("POST",), ("/api/payout",), create_payout, CREATE),
    Endpoint("payout.dry-run", ("POST",), ("/api/payout/dry-run",), dry_run, DRY_RUN),
    Endpoint("payout.status", ("POST",), ("/api/payout/status",), payout_status, STATUS),
    Endpoint("payout.list", ("POST",), ("/api/payout/list",), list_payouts, LIST),
    Endpoint("payout.detail", ("POST",), ("/api/payout/detail",), payout_detail, DETAIL),
    Endpoint("payout.voucher", ("POST",), ("/api/payout/voucher",), payout_voucher, PROOF),
    Endpoint("checkout", ("POST",), ("/api/checkout",), checkout, CHECKOUT),
    Endpoint("balance", ("POST",), ("/api/balance",), balance, BALANCE),
)
