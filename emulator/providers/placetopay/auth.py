"""Authentication: a UsernameToken inside the JSON body, as `body.auth`.

    tranKey = Base64(HASH(nonce + seed + secretKey))

The order of the checks is inferred: the structure (100, 107, malformed), the login (101), the
state of the site (104, 105, 106), the digest (102), the seed (103). So only who knows the
secret learns something about the clock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn, cast

from emulator.core import json_text, suggest
from emulator.core.errors import Behaviour, FailureMode, SchemeError, Source, Standing
from emulator.core.messages import Message
from emulator.provider import CREDENTIALS, CURRENT, NOT_FOUND, Refusal
from emulator.provider.body import check_body
from emulator.providers.placetopay.credentials import SITES
from emulator.providers.placetopay.failures import (
    AUTHENTICATION,
    ERRORS,
    SESSION,
    refuse,
)
from emulator.providers.placetopay.message import auth_hints
from emulator.providers.placetopay.message.moments import NOT_ISO, is_iso, read_moment
from emulator.providers.placetopay.state.exchange_state import LOCALE, MESSAGE, SITE, TOKEN
from emulator.providers.placetopay.state.instruments import redacted
from emulator.providers.placetopay.state.status import date_text, site_zone
from emulator.schemes.username_token import (
    CREATED_WITHOUT_ZONE,
    UsernameToken,
    decode_nonce,
    verify,
)

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.core.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

WINDOW = timedelta(minutes=5)  # "Posibles errores", code 103; both ways

FIELDS = {
    "username": "login",
    "password_digest": "tranKey",
    "nonce": "nonce",
    "created": "seed",
}
"""The profile's terms -> Placetopay's names for them inside `body.auth`."""

_CODES = {"nonce": "auth.107", "password_digest": "auth.102", "created": "auth.103"}

_LONGEST_NONCE = 255

HOSTS = {
    "checkout-test.placetopay.com": "",
    "checkout.placetopay.com": "",
    "checkout-co.placetopay.dev": "CO",
    "checkout-test.placetopay.ec": "EC",
    "checkout.placetopay.ec": "EC",
    "checkout-ec.placetopay.dev": "EC",
    "checkout.test.getnet.cl": "CL",
    "checkout.uat.getnet.cl": "CL",
    "checkout.getnet.cl": "CL",
    "checkout.test.banchilepagos.cl": "CL",
    "checkout.uat.banchilepagos.cl": "CL",
    "checkout.banchilepagos.cl": "CL",
    "checkout.test.avalpaycenter.com": "CO",
    "checkout.uat.avalpaycenter.com": "CO",
    "checkout.avalpaycenter.com": "CO",
    "uy-uat-checkout.placetopay.com": "UY",
    "checkout.placetopay.uy": "UY",
    "pagoenlinea.bancatlan.hn": "HN",
    "abgateway.atlabank.com": "BZ",
    "test.placetopay.com": "",
    "test.placetopay.ec": "EC",
    "dev.placetopay.com": "",
    "secure.placetopay.com": "",
}
"""The real host names -> the only country whose sites they know; empty for the global ones."""

_COUNTRIES_APART = frozenset({"EC"})  # never on a global host

CONTENT_TYPE = FailureMode(
    "placetopay.content-type",
    "The body is not sent as application/json",
    AUTHENTICATION.but(Standing.DOCUMENTED, "Autenticación, Errores frecuentes"),
)
BODY_NOT_JSON = FailureMode(
    "placetopay.body-not-json",
    "The body is not a JSON object in UTF-8",
    AUTHENTICATION.but(Standing.INFERRED, "Autenticación, Errores frecuentes"),
)
REPEATED_MEMBER = FailureMode(
    "placetopay.repeated-member",
    "An object of the body has a member more than once",
    AUTHENTICATION.but(Standing.CHOSEN),
)
AUTH_MISSING = FailureMode("placetopay.auth-missing", "The body has no member auth", AUTHENTICATION)
AUTH_INCOMPLETE = FailureMode(
    "placetopay.auth-incomplete",
    "Of login, tranKey, nonce and seed, one is missing, empty or no text",
    AUTHENTICATION.but(Standing.DOCUMENTED, "Autenticación, Errores frecuentes"),
)
NONCE_TOO_LONG = FailureMode(
    "placetopay.nonce-too-long",
    "The nonce is longer than 255 characters",
    Source("Placetopay docs, Checkout", "Authentication", Standing.INFERRED),
)
UNKNOWN_LOGIN = FailureMode("placetopay.unknown-login", "No site has this login", AUTHENTICATION)
LOGIN_OF_ANOTHER_HOST = FailureMode(
    "placetopay.login-of-another-host",
    "The site belongs to another country than the host",
    AUTHENTICATION.but(Standing.INFERRED),
)
SITE_INACTIVE = FailureMode("placetopay.site-inactive", "The site is inactive", AUTHENTICATION)
SITE_EXPIRED = FailureMode("placetopay.site-expired", "The site has expired", AUTHENTICATION)
CREDENTIALS_EXPIRED = FailureMode(
    "placetopay.credentials-expired", "The credentials of the site have expired", AUTHENTICATION
)

_SITE_STATES = {
    "inactive": ("auth.104", SITE_INACTIVE),
    "expired": ("auth.105", SITE_EXPIRED),
    "credentials-expired": ("auth.106", CREDENTIALS_EXPIRED),
}

ORDER = Behaviour(
    "Checks fire in this order: structure (100, 107, malformed), login (101), site (104 to 106),"
    " digest (102), seed (103)",
    AUTHENTICATION.but(Standing.INFERRED),
)
REPLAYS = Behaviour(
    "A nonce may be used again while its seed is fresh; the journal notes it",
    AUTHENTICATION.but(Standing.CHOSEN),
)
NONCE_REUSED = FailureMode(
    "placetopay.nonce-reused",
    "The nonce was used before; production is not known to refuse that",
    REPLAYS.source,
)
PAGES = Behaviour(
    "A path that is no endpoint is answered 404 without authentication unless it is posted to:"
    " only a body can authenticate",
    SESSION.but(Standing.INFERRED),
)
NO_PAGE = replace(NOT_FOUND, source=PAGES.source)


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check who sent the request; `MESSAGE.get(exchange)` is then what it says.

    That is the message without `auth`. `exchange.payload`, for journal and scenarios, is the same
    without card numbers and security codes.

    Raises:
        Refusal: A code of `emulator.provider.body`, `placetopay.content-type`,
            `placetopay.body-not-json`, `placetopay.repeated-member`,
            `placetopay.auth-missing`, `placetopay.auth-incomplete`,
            `placetopay.nonce-too-long`, `username-token.nonce-not-base64`,
            `placetopay.unknown-login`, `placetopay.login-of-another-host`,
            `placetopay.site-inactive`, `placetopay.site-expired`,
            `placetopay.credentials-expired`, or a `username-token.*` code of the digest, then
            of the time.

    Source:
        Placetopay docs, Checkout, "Autenticación".
    """
    exchange.state.clear()  # of an earlier judgement of the same exchange
    exchange.credential, exchange.payload = "", None
    message = read_message(exchange)
    LOCALE.set(exchange, message.get("locale"))
    token = _read_token(message, exchange)
    site = _find_site(token.username, exchange, context)
    exchange.credential = token.username
    SITE.set(exchange, site)
    if site["status"] != "active":
        error, mode = _SITE_STATES[site["status"]]
        refuse(
            error,
            mode,
            "body.auth.login",
            expected="active",
            received=site["status"],
            hint=Message(
                "Use another site (`emulator credentials placetopay` lists them), or register"
                " this one with status active; in production Placetopay's support does that"
            ),
        )
    now = context.clock.now("verify")
    try:
        verify(
            token,
            site["secretKey"],
            now=now,
            window=WINDOW,
            read=read_moment,
            others=lambda: _mistakable(site, context),
        )
    except SchemeError as failure:
        _refuse_token(_name_zone(failure, now, site))
    TOKEN.set(exchange, token)
    del message["auth"]
    MESSAGE.set(exchange, message)
    exchange.payload = redacted(message)


def note_auth(exchange: Exchange, context: Context[Settings]) -> None:
    """Note what is unwise about an auth that was accepted."""
    token: UsernameToken = TOKEN.get(exchange)
    if not is_iso(token.created):
        exchange.warnings.append(
            NOT_ISO.diagnose(
                "body.auth.seed",
                expected="ISO 8601",
                received=token.created,
                hint=Message(
                    "Send ISO 8601 with a T, such as {context}: that production takes another "
                    "form is only inferred"
                ).with_(context=date_text(context, SITE.get(exchange))),
            )
        )
    if context.settings.nonce_replay == "warning":
        _note_replay(token, exchange, context)


def _note_replay(token: UsernameToken, exchange: Exchange, context: Context[Settings]) -> None:
    """Note a nonce that was seen before: the auth may be cached."""
    table = context.store.table("nonces", retain=1_000)
    key = f"{exchange.credential} {token.nonce_text}"
    if not table.insert(key, {"exchange": exchange.number}):
        first = (table.get(key) or {}).get("exchange", "an earlier one")
        exchange.warnings.append(
            NONCE_REUSED.diagnose(
                "body.auth.nonce",
                expected="a new nonce for every request",
                received=f"the nonce of exchange {first}",
                hint=Message(
                    "Make a new auth for each request: a cached one fails with 103 in 5 minutes"
                ),
            )
        )


def read_message(exchange: Exchange) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises:
        Refusal: What `authenticate` raises before it looks at `auth`.
    """
    request = exchange.request
    if exchange.endpoint == request.path and request.method != "POST":
        raise Refusal(
            ERRORS["not-found"],
            NO_PAGE.diagnose("path", received=request.path[:200]),
        )
    with ERRORS.refusing("auth.malformed"):
        check_body(request)
    if request.media_type != "application/json":
        form = request.media_type in ("application/x-www-form-urlencoded", "multipart/form-data")
        refuse(
            "auth.malformed",
            CONTENT_TYPE,
            "headers.content-type",
            expected="application/json",
            received=request.media_type or "none",
            hint=Message("Send JSON, not a form")
            if form
            else Message("Set the header Content-Type to application/json"),
        )
    try:
        return json_text.read_object(request.body)
    except ValueError as error:
        _refuse_unreadable(request.body, error)


def _refuse_unreadable(body: bytes, error: ValueError) -> NoReturn:
    from emulator.core import json_faults

    fault = json_faults.explain(body, error)
    twice = isinstance(error, json_text.RepeatedMember)
    refuse(
        "auth.malformed",
        REPEATED_MEMBER if twice else BODY_NOT_JSON,
        "body",
        expected="each member once" if twice else "a JSON object",
        received=fault.received,
        hint=fault.hint,
    )


def _read_token(message: dict[str, Any], exchange: Exchange) -> UsernameToken:
    auth = message.get("auth")
    if auth is None:
        refuse(
            "auth.100",
            AUTH_MISSING,
            "body.auth",
            expected="an object with login, tranKey, nonce and seed",
            received=f"members {', '.join(message)}" if message else "an empty object",
            hint=auth_hints.misplaced(message, exchange),
        )
    if not isinstance(auth, dict):
        refuse(
            "auth.malformed",
            AUTH_INCOMPLETE,
            "body.auth",
            expected="an object with login, tranKey, nonce and seed",
            received=_kind(auth),
            hint=auth_hints.not_an_object(auth),
        )
    members = cast("dict[str, Any]", auth)
    login = members.get("login")
    tran_key = members.get("tranKey")
    nonce_text = members.get("nonce")
    seed = members.get("seed")
    if not (
        isinstance(login, str)
        and isinstance(tran_key, str)
        and isinstance(nonce_text, str)
        and isinstance(seed, str)
        and login
        and tran_key
        and nonce_text
        and seed
    ):
        _refuse_incomplete(members)
    if len(nonce_text) > _LONGEST_NONCE:
        refuse(
            "auth.107",
            NONCE_TOO_LONG,
            "body.auth.nonce",
            expected=f"at most {_LONGEST_NONCE} characters",
            received=f"{len(nonce_text)} characters",
            hint=Message("Make the nonce of 16 random bytes: its Base64 has 24 characters"),
        )
    try:
        nonce = decode_nonce(nonce_text)
    except SchemeError as failure:
        _refuse_token(failure)
    return UsernameToken(login, tran_key, nonce, seed, nonce_text)


def _find_site(login: str, exchange: Exchange, context: Context[Settings]) -> dict[str, Any]:
    site = context.credential(login)
    if site is None:
        _refuse_login(login, context)
    host = exchange.request.host
    country = HOSTS.get(host)
    if country is not None and (
        site["country"] != country if country else site["country"] in _COUNTRIES_APART
    ):
        refuse(
            "auth.101",
            LOGIN_OF_ANOTHER_HOST,
            "body.auth.login",
            expected=f"a site of {country}" if country else "a site of another country",
            received=f"a site of {site['country']} on {host}",
            hint=Message("Send the request to the host of the site's own country"),
        )
    return site


def _refuse_token(failure: SchemeError) -> NoReturn:
    diagnosis = failure.diagnosis
    named = diagnosis.but(auth_hints.in_own_words)
    placed = named.at(f"body.auth.{FIELDS[diagnosis.where]}")
    raise Refusal(ERRORS[_CODES[diagnosis.where]], placed) from failure


def _mistakable(site: dict[str, Any], context: Context[Settings]) -> dict[str, str]:
    """Return what a client can take for the site's secretKey, by what it is."""
    found: dict[str, str] = {"the login": site["login"]}
    for login, record in context.store.table(CREDENTIALS).items():
        for name in SITES.key_names:
            secret = SITES.rekeyed(record, name, context.keys)["secretKey"]
            if secret == site["secretKey"]:
                continue
            if login == site["login"]:
                found[f"the secretKey called {name}, which is not in force,"] = secret
            elif name == CURRENT:
                found[f"the secretKey of site {login}"] = secret
    return found


def _name_zone(failure: SchemeError, now: datetime, site: dict[str, Any]) -> SchemeError:
    """Return the failure; where the zone of the seed is missing, with what that means here."""
    if failure.diagnosis.code != CREATED_WITHOUT_ZONE.code:
        return failure
    example = now.astimezone(site_zone(site)).isoformat(timespec="seconds")
    return SchemeError(
        failure.diagnosis.but(
            f"The seed has no zone. Send it with Z or an offset, such as {example}. Production"
            " probably reads it in the zone of its server, where it can be hours off, so the"
            " emulator always refuses it",
        )
    )


def _refuse_login(login: str, context: Context[Settings]) -> NoReturn:
    sites = dict(context.store.table(CREDENTIALS).items())
    if any(
        SITES.rekeyed(site, name, context.keys)["secretKey"] in login
        for site in sites.values()
        for name in SITES.key_names
    ):
        received = "(the secret itself, masked)"
        hint = "The secretKey stands in place of login. Send the login; never send the secretKey"
    else:
        received, hint = login, suggest.identity(login, sites, "placetopay")
    refuse(
        "auth.101",
        UNKNOWN_LOGIN,
        "body.auth.login",
        expected=", ".join(sites),
        received=received,
        hint=hint,
    )


def _refuse_incomplete(auth: dict[str, Any]) -> NoReturn:
    name = next(
        name for name in FIELDS.values() if not (isinstance(auth.get(name), str) and auth[name])
    )
    value = auth.get(name)
    refuse(
        "auth.malformed",
        AUTH_INCOMPLETE,
        f"body.auth.{name}",
        expected="a text that is not empty",
        received="nothing"
        if name not in auth
        else "an empty text"
        if value == ""
        else _kind(value),
        hint=auth_hints.fill(name, auth),
    )


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"
