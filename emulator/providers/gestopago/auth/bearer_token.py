"""Checking the access token of a call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import cast

from emulator.core.errors import Diagnosis, FailureMode, SchemeError
from emulator.core.exchange import Exchange
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import Context, Refusal
from emulator.providers.gestopago.auth.device import ACTIVE, DEVICE, inactive
from emulator.providers.gestopago.auth.paths import PATH_SLASH, TOKEN_PATHS
from emulator.providers.gestopago.auth.tokens import ISSUER, TOKENS
from emulator.providers.gestopago.behaviours import OURS
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.form import (
    URLENCODED,
    body_fields,
    names_of,
)
from emulator.providers.gestopago.settings import Settings
from emulator.schemes import bearer

UNKNOWN_BEARER = FailureMode(
    "gestopago.unknown-bearer", "The token is ours, but its device is not registered", OURS
)
ANOTHER_RUN = FailureMode(
    "gestopago.token-of-another-run",
    "The token was issued by another emulator, in another namespace, or before a reset",
    OURS,
)
TOKEN_REVOKED = FailureMode(
    "gestopago.token-revoked", "The token was revoked before its time, by a scenario", OURS
)


def check_token(exchange: Exchange, context: Context[Settings]) -> Record:
    """Check the token of a call; return the device that it belongs to.

    Raises:
        Refusal: `token-missing`, `token-incorrect` or `token-expired`; `not-found` for a login
            that was sent to a wrong path.
    """
    values = [value for name, value in exchange.request.headers if name == "authorization"]
    token = ""
    try:
        token = bearer.read(", ".join(values) if values else None)
        opaque = context.settings.token_format == "opaque"  # noqa: S105 - a form's name
        read = bearer.verify_opaque if opaque else partial(bearer.verify, issuer=ISSUER)
        now = context.clock.now()
        claims = TOKENS.open(lambda secret, ends: read(token, secret, now=now, ends=ends), context)
    except SchemeError as error:
        raise _token_refusal(exchange, error.diagnosis, token) from error
    whose = TOKENS.whose(cast("str", claims.get("jti", "")), context)
    if whose == "foreign":
        refused = ANOTHER_RUN.diagnose(
            "headers.authorization",
            expected="a token of this namespace, since its last reset",
            hint=Message(
                "It was issued by another emulator, in another namespace, or before a "
                "reset; log in again"
            ),
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    device = cast("str", claims.get("sub", ""))
    record = context.credential(device)
    if record is None:
        refused = UNKNOWN_BEARER.diagnose(
            "headers.authorization",
            expected="a registered device",
            received=device,
            hint=Message("Register the device again, or log in with another one"),
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    exchange.credential = device
    if record["status"] != ACTIVE:
        raise Refusal(ERRORS["token-incorrect"], inactive(record).at("headers.authorization"))
    ended = whose == "ended"
    if TOKENS.is_revoked(claims, context) or ended:
        refused = TOKEN_REVOKED.diagnose(
            "headers.authorization",
            expected="a token that lives",
            received="one of all that were revoked" if ended else "one that was revoked by itself",
            hint=Message("Log in again, once, and repeat the call"),
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    if TOKENS.has_expired_before(claims, context):
        refused = bearer.EXPIRED.diagnose(
            "headers.authorization",
            expected="a token whose time is not over",
            received="one that had expired before the clock was set back",
            hint=Message("Log in again: a token that has expired stays expired"),
        )
        raise Refusal(ERRORS["token-expired"], refused)
    DEVICE.set(exchange, record)
    return record


def _token_refusal(exchange: Exchange, diagnosis: Diagnosis, token: str) -> Refusal:
    otherwise = _NOT_TOKENS.get(token) or _NEW_TOKEN
    found = diagnosis.at("headers.authorization").but(lambda hint: hint or otherwise)
    if diagnosis.code == bearer.EXPIRED.code:
        return Refusal(ERRORS["token-expired"], found)
    if diagnosis.code != bearer.MISSING.code:
        return Refusal(ERRORS["token-incorrect"], found)
    path = exchange.request.path
    for right in TOKEN_PATHS:
        if path.rstrip("/") == right.rstrip("/"):  # a right path has its own endpoint
            slash = PATH_SLASH.diagnose(
                "path",
                expected=right,
                received=path,
                hint=Message("Send the login to {right}").with_(right=right),
            )
            return Refusal(ERRORS["not-found"], slash)
    return Refusal(ERRORS["token-missing"], found.but(_where_it_is(exchange)))


def _where_it_is(exchange: Exchange) -> str:
    """Say in which wrong place the token is. The token is never read from that place."""
    for place, value in _elsewhere(exchange):
        if _JWT.search(value):
            return Message("The token is in {place}; send it as Authorization: Bearer TOKEN").with_(
                place=place
            )
    return Message("Log in at {path} and send Authorization: Bearer TOKEN with every call").with_(
        path=TOKEN_PATHS[0]
    )


_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,2000}", re.ASCII)


def _elsewhere(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for name, value in exchange.request.headers:
        yield Message("the header {name}").with_(name=name), value
    for name, value in exchange.request.query_pairs():
        yield Message("the query parameter {name}").with_(name=names_of((name,))), value
    try:
        fields = body_fields(exchange.request, URLENCODED)
    except SchemeError:
        return
    for name, value in fields.items():
        yield Message("the form field {name}").with_(name=names_of((name,))), value


_NEW_TOKEN = Message(
    "Log in again at {path}, once, and send that token as it is until it is refused"
).with_(path=TOKEN_PATHS[0])
_NOT_TOKENS = {
    "INVALID": Message(
        "This is what a failed login answers in place of a token; look at `success`"
    ),
    "EXPIRED": Message("This is what a 403 says in place of a token; log in again"),
}
