"""What to do next after a refusal: tried when nothing else could tell the mistake.

So that no refusal is without a next step. What a scheme recognises in an assertion or a token
stands with the scheme; what is here needs Goat's own names and registrations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from emulator.core import suggest
from emulator.provider import CREDENTIALS
from emulator.schemes import bearer, client_assertion

if TYPE_CHECKING:
    from emulator.core.errors import Diagnosis
    from emulator.core.exchange import Exchange, Request
    from emulator.provider import Context
    from emulator.providers.goat.settings import Settings

GRANT = "client_credentials"

MEMBERS: Mapping[str, str] = {
    "appId": "the clientId, as `emulator credentials goat` shows it",
    "token": "the assertion, a JWT that the client has signed with ES256",
    "grantType": GRANT,
}
"""The members of a token request, and what each must be.

OAuth (RFC 6749, RFC 7523) calls them `client_id`, `client_assertion` and `grant_type`.
"""

_MISNAMED = {
    "app": "appId",
    "applicationid": "appId",
    "clientid": "appId",
    "client": "appId",
    "clientassertion": "token",
    "assertion": "token",
    "secret": "token",
    "clientsecret": "token",
    "jwt": "token",
    "grant": "grantType",
}
"""Names seen in place of the right ones, folded."""


def right_name(wrong: str) -> str:
    """Return the member that a wrong name stands for, or nothing."""
    return suggest.meant(wrong, MEMBERS, _MISNAMED)


def member(name: str, body: Mapping[str, object], request: Request) -> str:
    """Return the hint for a member that is missing, empty or no text.

    Args:
        name: Of the member.
        body: All that was sent.
        request: Where it may stand instead.
    """
    value = body.get(name)
    wanted = MEMBERS[name]
    if isinstance(value, dict | list):
        return "Send the text itself, not an object around it"
    if isinstance(value, bool | int | float):
        return f"{name} is text; put it in quotes: {wanted}"
    renames = {other: right_name(other) for other in body if other not in MEMBERS}
    told = [
        f"{other!r} to {right!r}"
        for other, right in renames.items()
        if right and not body.get(right)
    ]
    if name in renames.values() and told:
        return f"Rename {', '.join(told)}"
    if name in body:
        what = "null" if value is None else "empty"
        return f"{name} is {what}: the variable was not filled in. Send {wanted}"
    if name == "token" and request.header("authorization"):
        return "The assertion belongs in the body, as token, not into the header Authorization"
    if request.query and name in dict(request.query_pairs()):
        return f"{name} belongs in the JSON body, not into the query"
    return f"Add {name}: {wanted}"


def unknown_member(name: str) -> str:
    """Return the hint for a member that no schema has."""
    if suggest.fold(name) in ("scope", "scopes"):
        return "No request names scopes; they belong to the registration"
    right = right_name(name)
    if right:
        return f"{right} is there already, so leave {name!r} out"
    return (
        f"Leave {name!r} out; Goat takes {', '.join(MEMBERS)}. The setting "
        'unknown_members = "ignore" lets further members pass'
    )


KnownMistake = tuple[str, Callable[[str], bool]]

GRANT_MISTAKES: tuple[KnownMistake, ...] = (
    (
        "Upper and lower case count: client_credentials",
        lambda grant: grant != GRANT and grant.lower() == GRANT,
    ),
    ("There is white space around it", lambda grant: grant != GRANT and grant.strip() == GRANT),
    (
        "It is spelled with an underscore: client_credentials",
        lambda grant: re.sub(r"[\s_-]", "", grant.lower()) == "clientcredentials",
    ),
    (
        "This is the type of the assertion, for which Goat has no member; grantType is "
        "client_credentials",
        lambda grant: grant.startswith("urn:ietf:params:oauth:"),
    ),
    (
        "This is another grant of OAuth; Goat's page knows client_credentials only",
        lambda grant: grant in ("authorization_code", "password", "refresh_token", "implicit"),
    ),
    ("Goat's page knows one grant: client_credentials", lambda grant: grant != GRANT),
)
"""What a grantType may have become: the hint, and what tells."""


def grant(sent: str) -> str:
    """Return the hint for a grantType that is another text."""
    return next(hint for hint, tells in GRANT_MISTAKES if tells(sent))


def assertion(diagnosis: Diagnosis, app_id: str, context: Context[Settings]) -> str:
    """Return the hint for a refused assertion whose mistake the scheme did not find."""
    records = [record for _, record in context.store.table(CREDENTIALS).items()]
    if diagnosis.code == client_assertion.KID_UNKNOWN.code:
        sent = diagnosis.received.strip('"')
        names = [name for record in records for name in (record["keyId"], *record["aliases"])]
        if any(sent == record["clientId"] for record in records):
            return (
                "This is a clientId; kid names the key: its keyId, in `emulator credentials goat`"
            )
        return suggest.identity(sent, names, "goat")
    if diagnosis.where == "issuer":
        owner = diagnosis.expected.strip('"')
        if what := suggest.spelling(app_id, owner):
            return f"{what}. Send appId {owner!r}, exactly as registered"
        if any(app_id in (record["keyId"], *record["aliases"]) for record in records):
            return f"This is the name of a key; appId is the clientId, {owner!r}"
        return f"{diagnosis.hint}: send appId {owner!r}, or sign with that application's key"
    return ""


ANOTHER_SERVER = "This server did not issue it: fetch a token at /oauth/app/token and send that one"
_TOKEN_HINTS: Mapping[str, str] = {
    bearer.MISSING.code: "Fetch a token at /oauth/app/token and send it as Authorization: Bearer "
    "<accessToken>",
    bearer.EXPIRED.code: "Fetch a new token: it lives as many seconds as expiresIn says",
    bearer.NOT_YET_VALID.code: "It is valid later: wait, fetch a new one, or look whether the "
    "emulator's clock was set back",
    **dict.fromkeys((bearer.CLAIMS.code, bearer.ISSUER.code, bearer.AUDIENCE.code), ANOTHER_SERVER),
}


def access_token(diagnosis: Diagnosis, exchange: Exchange) -> str:
    """Return the hint for a refused access token whose mistake the scheme did not find."""
    if diagnosis.code == bearer.MISSING.code and (place := _place_of_token(exchange.request)):
        return f"The token stands in {place}; send it as Authorization: Bearer TOKEN"
    return _TOKEN_HINTS.get(diagnosis.code, ANOTHER_SERVER)


_TOKEN = re.compile(r"(?:Bearer\s+)?eyJ[\w-]+\.[\w-]+\.[\w-]*")


def _place_of_token(request: Request) -> str:
    for name, value in request.headers:
        if name != "authorization" and _TOKEN.fullmatch(value.strip()):
            return f"the header {name}"
    for name, value in request.query_pairs() if request.query else ():
        if _TOKEN.fullmatch(value.strip()):
            return f"the query, as {name}"
    return "the body" if re.search(rb"(?<![\w-])eyJ[\w-]+\.[\w-]+\.", request.body[:4096]) else ""
