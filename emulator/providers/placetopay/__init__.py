"""Placetopay WebCheckout (Colombia, Ecuador).

Authentication: UsernameToken with SHA-256 or SHA-1, inside the JSON body (`auth.py`).
Replies: plain JSON, not signed; a refusal is a lone Status object (`failures.py`).
"""

from __future__ import annotations

from emulator.core.errors import Source
from emulator.provider import Endpoint, Life, Provider, Webhooks
from emulator.providers.placetopay.auth import HOSTS, authenticate
from emulator.providers.placetopay.credentials import SITES
from emulator.providers.placetopay.damage import PARTS
from emulator.providers.placetopay.endpoints.charges import reverse, transact
from emulator.providers.placetopay.endpoints.collect import collect
from emulator.providers.placetopay.endpoints.sessions import (
    cancel_pending_session,
    create_session,
    query_session,
)
from emulator.providers.placetopay.endpoints.tokens import (
    invalidate_token,
    show_information,
    show_token,
)
from emulator.providers.placetopay.failures import ERRORS, SESSION
from emulator.providers.placetopay.page.endpoints import PAGE_ENDPOINTS, PAGE_ERRORS
from emulator.providers.placetopay.settings import Settings, seed_state
from emulator.providers.placetopay.signing import (
    sign,
)
from emulator.providers.placetopay.state.cards import CARDS
from emulator.providers.placetopay.state.instruments import SECRETS
from emulator.providers.placetopay.state.sessions import wake
from emulator.providers.placetopay.triggers import EVENTS, trigger
from emulator.providers.placetopay.webhooks import judge_answer, seal_webhook

REVERSE = Source("dnetix/redirection", "reverse; until 2026-05 in the documentation")

PROVIDER = Provider(
    package=__name__,
    name="placetopay",
    title="Placetopay WebCheckout",
    hosts=tuple(HOSTS),
    endpoints=(
        Endpoint(
            "session.create",
            ("POST",),
            ("/api/session", "/redirection/api/session"),
            create_session,
            SESSION,
        ),
        Endpoint(
            "session.query",
            ("POST",),
            ("/api/session/{request_id}", "/redirection/api/session/{request_id}"),
            query_session,
            SESSION,
        ),
        Endpoint(
            "session.cancel",
            ("POST",),
            ("/api/session/{request_id}/cancel", "/redirection/api/session/{request_id}/cancel"),
            cancel_pending_session,
            SESSION,
        ),
        *(
            Endpoint(name, ("POST",), (path, f"/redirection{path}"), handle, source)
            for name, path, handle, source in (
                ("collect", "/api/collect", collect, SESSION),
                ("reverse", "/api/reverse", reverse, REVERSE),
                ("transaction", "/api/transaction", transact, SESSION),
                ("instrument.invalidate", "/api/instrument/invalidate", invalidate_token, SESSION),
                ("gateway.token", "/api/gateway/token", show_token, SESSION),
                ("gateway.information", "/api/gateway/information", show_information, SESSION),
            )
        ),
        *PAGE_ENDPOINTS,
    ),
    errors=ERRORS.with_entries(*PAGE_ERRORS.values()),
    authenticate=authenticate,
    settings=Settings(),
    credentials=SITES,
    sign=sign,
    source=Source("Placetopay docs", "Checkout"),
    masked=("card", *SECRETS),
    cards=frozenset(CARDS),
    life=Life(seed=seed_state, wake=wake, wakes_by="believed"),
    parts=PARTS,
    signing_keys=SITES.key_names,
    webhooks=Webhooks(seal=seal_webhook, judge=judge_answer, trigger=trigger, events=EVENTS),
)
