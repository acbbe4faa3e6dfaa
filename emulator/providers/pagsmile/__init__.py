"""Pagsmile Payout, also known as Transfersmile (Brazil, Mexico and more).

Authentication: SHA-256 over the sorted parameters and the app key, in a header (`auth.py`).
Replies: plain JSON in one envelope, not signed; refusals with true HTTP statuses.
Webhooks: signed like the requests (`webhooks.py`).
"""

from __future__ import annotations

from emulator.provider import Life, Provider, Webhooks
from emulator.providers.pagsmile.auth import authenticate
from emulator.providers.pagsmile.behaviours import SCHEME_SOURCES, SECURITY
from emulator.providers.pagsmile.credentials import APPS, KEYS
from emulator.providers.pagsmile.damage import PARTS
from emulator.providers.pagsmile.endpoints import ENDPOINTS
from emulator.providers.pagsmile.failures import ERRORS
from emulator.providers.pagsmile.settings import Settings
from emulator.providers.pagsmile.signing import sign
from emulator.providers.pagsmile.webhooks import (
    EVENTS,
    RETRIES,
    judge_answer,
    seal_webhook,
    trigger,
    wake,
)

PROVIDER = Provider(
    package=__name__,
    name="pagsmile",
    title="Pagsmile Payout",
    hosts=(
        "sandbox.transfersmile.com",
        "api.transfersmile.com",
        "www.transfersmile.com",
        "transfersmile.com",
    ),
    endpoints=ENDPOINTS,
    errors=ERRORS,
    authenticate=authenticate,
    settings=Settings(),
    credentials=APPS,
    sign=sign,
    source=SECURITY,
    life=Life(wake=wake),
    webhooks=Webhooks(
        seal=seal_webhook, judge=judge_answer, trigger=trigger, events=EVENTS, retries=RETRIES
    ),
    parts=PARTS,
    scheme_sources=SCHEME_SOURCES,
    signing_keys=KEYS,
)
