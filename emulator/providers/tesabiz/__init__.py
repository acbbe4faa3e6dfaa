"""Tesabiz QR-Comercio (Bolivia; also in Peru): payments by QR code.

Authentication: none on the plain services but the name of the source system; on the JWS services
the envelope `{code, payload}`, RS256 under the merchant's registered certificate (`auth.py`).
Replies: plain JSON, or JSON signed with the provider's key (`sealing.py`).
Webhooks: `qrPagado`, plain or signed; the merchant's answer is judged (`webhooks.py`).
"""

from __future__ import annotations

from emulator.provider import Provider, Tokens, Webhooks
from emulator.providers.tesabiz.auth import authenticate
from emulator.providers.tesabiz.behaviours import SCHEME_SOURCES
from emulator.providers.tesabiz.credentials import MERCHANTS
from emulator.providers.tesabiz.damage import PARTS
from emulator.providers.tesabiz.endpoints import ENDPOINTS
from emulator.providers.tesabiz.failures import ERRORS, SECURITY
from emulator.providers.tesabiz.sealing import SIGNING_KEYS, seal
from emulator.providers.tesabiz.settings import Settings
from emulator.providers.tesabiz.signing import sign
from emulator.providers.tesabiz.webhooks import EVENTS, RETRIES, judge_answer, seal_webhook, trigger

PROVIDER = Provider(
    package=__name__,
    name="tesabiz",
    title="Tesabiz QR-Comercio",
    hosts=("testing.tesabiz.com",),
    endpoints=ENDPOINTS,
    errors=ERRORS,
    authenticate=authenticate,
    settings=Settings(),
    credentials=MERCHANTS,
    sign=sign,
    source=SECURITY,
    seal=seal,
    webhooks=Webhooks(
        seal=seal_webhook, judge=judge_answer, trigger=trigger, events=EVENTS, retries=RETRIES
    ),
    parts=PARTS,
    scheme_sources=SCHEME_SOURCES,
    signing_keys=tuple(SIGNING_KEYS),
    tokens=Tokens(options=frozenset({"alg"})),
)

__all__ = ["PROVIDER"]
