"""Placetopay WebCheckout (Colombia, Ecuador).

Authentication: UsernameToken with SHA-256 or SHA-1, inside the JSON body (`auth.py`).
Replies: plain JSON, not signed; a refusal is a lone Status object (`failures.py`).
"""

from __future__ import annotations

from emulator.errors import Behaviour, Source, Standing
from emulator.provider import Endpoint, Provider
from emulator.providers.placetopay.auth import HOSTS, authenticate
from emulator.providers.placetopay.endpoints import (
    cancel_pending_session,
    create_session,
    query_session,
)
from emulator.providers.placetopay.failures import ALIASES, ERRORS, SESSION
from emulator.providers.placetopay.signing import (
    credential_view,
    default_credentials,
    make_keys,
    sign,
)
from emulator.providers.placetopay.state import Settings, register, seed_state

OLD_PREFIX = Behaviour(
    "Every endpoint also answers below /redirection, where it was until 2021",
    Source("web-checkout-api-docs", "2021", Standing.INFERRED),
)

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
    ),
    errors=ERRORS,
    aliases=ALIASES,
    authenticate=authenticate,
    settings=Settings(),
    register=register,
    default_credentials=default_credentials,
    credential_view=credential_view,
    sign=sign,
    make_keys=make_keys,
    source=Source("Placetopay docs", "Checkout"),
    secrets=("secretKey",),
    masked=("secretKey",),
    seed_state=seed_state,
)
