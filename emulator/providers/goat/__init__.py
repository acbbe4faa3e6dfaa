"""Goat (Argentina).

Authentication: a client assertion, signed with ES256, buys an access token, which a Bearer
header carries (`auth.py`).
Replies: plain JSON, not signed. Goat sends no webhooks that anybody has documented.
"""

from __future__ import annotations

from emulator.core.errors import Source
from emulator.provider import TOKEN_OPTIONS, Endpoint, Provider, Tokens
from emulator.providers.goat.auth import authenticate_client, authenticate_token
from emulator.providers.goat.behaviours import OURS, SCHEME_SOURCES, TOKEN
from emulator.providers.goat.credentials import KEY_NAMES, REGISTRATIONS
from emulator.providers.goat.damage import PARTS
from emulator.providers.goat.endpoints import create_token, whoami
from emulator.providers.goat.failures import ERRORS
from emulator.providers.goat.settings import Settings
from emulator.providers.goat.signing import sign
from emulator.providers.goat.state import TOKENS

PROVIDER = Provider(
    package=__name__,
    name="goat",
    title="Goat",
    hosts=("api.goat.ar",),
    endpoints=(
        Endpoint(
            "oauth.token",
            ("POST",),
            ("/oauth/app/token", "/v1/oauth/app/token"),
            create_token,
            TOKEN,
            authenticate_client,
        ),
        Endpoint("whoami", ("GET",), ("/v1/whoami", "/whoami"), whoami, OURS),
    ),
    errors=ERRORS,
    authenticate=authenticate_token,
    settings=Settings(),
    credentials=REGISTRATIONS,
    sign=sign,
    source=Source("Goat, Autorización", "https://api-docs.goat.ar/guides/authorization"),
    masked=("token", "accessToken"),
    parts=PARTS,
    scheme_sources=SCHEME_SOURCES,
    signing_keys=KEY_NAMES,
    tokens=Tokens(options=TOKEN_OPTIONS, revoke=TOKENS.revoke_all),
)
