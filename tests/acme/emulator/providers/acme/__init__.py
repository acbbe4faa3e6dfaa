"""Acme, a provider that does not exist: the example of `docs/add-a-provider.md`.

Authentication: HMAC-SHA256 over timestamp and raw body, in headers (`auth.py`).
Replies: plain JSON, not signed. Webhooks: signed like the requests (`webhooks.py`).
"""

from __future__ import annotations

from emulator.provider import Provider, Webhooks
from emulator.providers.acme.auth import authenticate
from emulator.providers.acme.behaviours import PAGE, SCHEME_SOURCES
from emulator.providers.acme.credentials import MERCHANTS
from emulator.providers.acme.damage import PARTS
from emulator.providers.acme.endpoints import ENDPOINTS
from emulator.providers.acme.failures import ERRORS
from emulator.providers.acme.settings import Settings
from emulator.providers.acme.signing import sign
from emulator.providers.acme.webhooks import EVENTS, RETRIES, seal_webhook, trigger

PROVIDER = Provider(
    package=__name__,
    name="acme",
    title="Acme Pay",
    hosts=("api.acme.example",),
    endpoints=ENDPOINTS,
    errors=ERRORS,
    authenticate=authenticate,
    settings=Settings(),
    credentials=MERCHANTS,
    sign=sign,
    source=PAGE,
    webhooks=Webhooks(seal=seal_webhook, trigger=trigger, events=EVENTS, retries=RETRIES),
    parts=PARTS,
    signing_keys=MERCHANTS.key_names,
    scheme_sources=SCHEME_SOURCES,
)
