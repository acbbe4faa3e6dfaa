"""Where Goat's rules come from, and the behaviours worth telling the user of.

Goat has published one page, "Autorización". It shows the assertion, the token endpoint and the
two forms of a refusal; what is not on it is inferred or chosen here, the stricter way.
"""

from __future__ import annotations

from emulator.core.errors import Behaviour, Source, Standing
from emulator.schemes.client_assertion import failures as client_assertion

SECRET = Source("Goat, Autorización", "Generar secreto")
TOKEN = Source("Goat, Autorización", "Get API token")
USE = Source("Goat, Autorización", "Usar token")
KEYS = Source("Goat, Autorización", "Requerimientos")
OURS = Source("emulator", "goat", Standing.CHOSEN)

AUDIENCE_FIXED = Behaviour(
    "aud is the documented https://api.goat.ar/v1/oauth/token, not the address that is called; "
    "`audience` changes it, `accept_emulator_audience` lets the emulator's own address pass too",
    SECRET,
)
KEY_ID = Behaviour(
    "keyId is compared as text: the RFC 7638 thumbprint of the key unless registered otherwise",
    KEYS.but(Standing.CHOSEN),
)
KEY_ALIASES = Behaviour(
    "Which fingerprint keyId is, is unknown: the SHA-256 of the SPKI and the SSH fingerprint pass "
    "too, with a warning, the former also with colons and in capital letters; `key_aliases = "
    "false` refuses them",
    KEYS.but(Standing.CHOSEN),
)
SEVERAL_KEYS = Behaviour(
    "A client may have several keys; scopes and status belong to the registration of a key",
    OURS,
)
APP_ID = Behaviour("appId is the clientId", TOKEN.but(Standing.INFERRED))
PATHS = Behaviour(
    "The paths stand with and without /v1: the page shows them without, aud has it",
    TOKEN.but(Standing.INFERRED),
)
STATUSES = Behaviour(
    "400 is for the form of the body and of the assertion; 401 for who signed, what, and when",
    TOKEN.but(Standing.INFERRED),
)
NOT_JSON_TYPE = Behaviour(
    "A body not sent as application/json counts as empty: 400, with a detail for each member",
    TOKEN.but(Standing.CHOSEN),
)
UNKNOWN_MEMBERS = Behaviour(
    'A further member of the body is refused with 400; `unknown_members = "ignore"` lets it pass',
    TOKEN.but(Standing.CHOSEN),
)
MEMBER_TWICE = Behaviour("A member that occurs twice is refused", OURS)
ERROR_ID = Behaviour(
    "errorId has the form of a version 4 UUID, and follows from the namespace, the number and the "
    "time of the exchange",
    TOKEN.but(Standing.CHOSEN, "errorId"),
)
CODES = Behaviour(
    "The codes are the emulator's: 1000 for the body, 2000 for who asks, 3000 for the transport",
    TOKEN.but(Standing.CHOSEN, "code"),
)
MESSAGES = Behaviour(
    "The message of every 400 is Invalid payload, of every 401 Unauthorized; no WWW-Authenticate",
    TOKEN.but(Standing.INFERRED, "Status Codes"),
)
DETAIL = Behaviour(
    "detail names a member by its name in path; its type is always invalid",
    TOKEN.but(Standing.INFERRED, "400 Bad Request"),
)
EXPIRES_IN = Behaviour(
    "expiresIn is in seconds, 3600; `access_token_seconds` changes it",
    Source("RFC 6749", "section 5.1", Standing.CHOSEN),
)
ACCESS_TOKEN = Behaviour(
    "The access token is a JWT with HS256; its header is the one the page shows, its claims ours",
    USE.but(Standing.INFERRED),
)
OLD_TOKENS = Behaviour(
    "An access token holds until it expires: a new one does not end it, a reset does, and no other "
    "namespace or emulator takes it",
    OURS,
)
REVOKED = Behaviour(
    "An access token that a scenario revokes is refused as one not issued here (2010); one whose "
    "life a scenario cuts short as an expired one (2011)",
    OURS,
)
OTHER_KEYS = Behaviour(
    "What a scenario verifies with besides `current` are the key files of that name, under the "
    "client's own keyId; what it signs access tokens with is HMAC-SHA256 of the name under the "
    "token secret",
    OURS,
)
FRACTIONS = Behaviour(
    "iat, exp and nbf of an assertion may have a fraction, with a warning; text is refused",
    Source("RFC 7519", "section 2, NumericDate"),
)
REPLACED_KEYS = Behaviour(
    "An access token is refused with 401 once another key is registered under the keyId whose key "
    "has bought it",
    OURS,
)
CURRENT_STATUS = Behaviour(
    "An access token is refused with 401 while its client's key is unknown or inactive",
    OURS,
)
SCOPES = Behaviour(
    "Scopes belong to the registration, since no request names any; a token has those of its "
    "issue that are registered still, and lacking one is a 403",
    USE.but(Standing.INFERRED),
)
WHOAMI = Behaviour(
    "whoami is the emulator's; ?scope= or the setting `whoami_scope` says which scopes it wants",
    OURS,
)
OAUTH_NEIGHBOURS = Behaviour(
    "An unknown path below /oauth or /v1/oauth is a 404 without authentication; any other asks "
    "for an access token first",
    OURS,
)

REUSE = Behaviour(
    "An assertion may be used again until it expires: it has no jti",
    SECRET.but(Standing.INFERRED),
)

SCHEME_SOURCES = dict.fromkeys(
    (
        client_assertion.ALG,
        client_assertion.KID_MISSING,
        client_assertion.KID_UNKNOWN,
        client_assertion.LIFETIME,
    ),
    SECRET.but(Standing.INFERRED),
)
"""Our document for the rules of the client assertion that no RFC has."""
