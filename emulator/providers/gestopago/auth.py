"""Who is it: the login, and the bearer token that it gives.

::

    login   idDistribuidor, codigoDispositivo, password  ->  a token for 24 hours
    method  Authorization: Bearer token
            signed = the encrypted payload, see `signed.py`

A wrong login is HTTP 200; a token that is missing or incorrect is 401; one that has expired is
403.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from emulator.core import suggest
from emulator.core.errors import Diagnosis, FailureMode, SchemeError, Standing
from emulator.core.exchange import Exchange
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, AccessTokens, Context, KeyFiles, Refusal, State
from emulator.providers.gestopago.behaviours import CLIENTS, DATASHEET, OURS
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.form import (
    URLENCODED,
    body_fields,
    has_form,
    names_of,
    query_fields,
)
from emulator.providers.gestopago.front import AWS_PREFIX, check_api_key
from emulator.providers.gestopago.login_mistakes import differ, recognise
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signed import conflict, raw_key, read_payload
from emulator.schemes import bearer

TOKEN_PATHS = ("/sistema/app/jwt-gp/authenticate/", "/service/preprod/authenticate")
METHOD_PREFIXES = ("/sistema/service/", AWS_PREFIX)
LOGIN_FIELDS = ("idDistribuidor", "codigoDispositivo", "password")
ISSUER = "gestopago"
SECRET_FILE = "token.key"  # noqa: S105 - a file's name
ACTIVE = "active"

DEVICE = State[Record]("device")
"""The credential that the token of an exchange is bound to."""

MASKED = "(the secret itself, masked)"

PATH_SLASH = FailureMode(
    "gestopago.path-slash", "The path of the login has a slash too few or too many", DATASHEET
)
LEGACY_METHOD = FailureMode(
    "gestopago.legacy-method",
    "The methods of the time before tokens, with clear credentials, are not emulated",
    CLIENTS.but(Standing.CHOSEN),
)
LOGIN_FIELD_MISSING = FailureMode(
    "gestopago.login-field-missing", "The login lacks one of its three fields", DATASHEET
)
UNKNOWN_DEVICE = FailureMode(
    "gestopago.unknown-device", "No such codigoDispositivo is registered", DATASHEET
)
DISTRIBUTOR = FailureMode(
    "gestopago.distributor", "idDistribuidor is not the one of this device", DATASHEET
)
PASSWORD = FailureMode("gestopago.password", "The password is wrong", DATASHEET)
INACTIVE = FailureMode("gestopago.inactive", "The device is registered but not active", OURS)
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


def log_in(exchange: Exchange, context: Context[Settings]) -> None:
    """Check a login.

    Raises:
        Refusal: `api-key` with `api-gateway.key-missing`, `api-gateway.key`; else
            `login-invalid` with a code of `form`, `gestopago.field-conflict`,
            `gestopago.login-field-missing`, `gestopago.unknown-device`,
            `gestopago.distributor`, `gestopago.password`, `gestopago.inactive`.

    Source:
        GestoPago Security Datasheet v2.00, "Authorization".
    """
    check_api_key(exchange, context)
    try:
        fields = _login_fields(exchange)
        exchange.payload = {name: fields[name] for name in LOGIN_FIELDS[:2]}
        _check_login(exchange, context, fields)
    except SchemeError as error:
        raise Refusal(ERRORS["login-invalid"], error.diagnosis) from error


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the token, and decrypt `signed` if there is one.

    Raises:
        Refusal: `api-key`; `not-found` with `gestopago.path-slash` or
            `gestopago.legacy-method`; `token-missing`,
            `token-incorrect` or `token-expired` with a `bearer.*` code,
            `gestopago.token-of-another-run`, `gestopago.token-revoked`,
            `gestopago.unknown-bearer` or `gestopago.inactive`; `technical` with a code of `form`,
            `gestopago.field-conflict` or an `aes-cbc.*`.

    Source:
        GestoPago Security Datasheet v2.00.
    """
    _check(exchange, context, required=False)


def authenticate_signed(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the token and decrypt `signed`, which must be there.

    Raises:
        Refusal: As `authenticate`, and `technical` with `gestopago.signed-missing`.
    """
    _check(exchange, context, required=True)


def distributor_of(exchange: Exchange) -> int:
    """Return the distributor whose token it is."""
    return DEVICE.get(exchange)["idDistribuidor"]


def _secret(keys: KeyFiles) -> bytes:
    """Return what tokens are made with, 32 raw bytes."""
    return raw_key(keys.text(SECRET_FILE).strip())


TOKENS = AccessTokens[Settings](_secret, lambda settings: settings.token_seconds)


def issue_token(device: str, number: int, context: Context[Settings], at: float) -> str:
    """Make a token, as the scenario wants it.

    Args:
        device: Key of the credential it is bound to.
        number: Makes two tokens of the same second differ.
        context: Tells the form, the life time, and what is changed.
        at: Seconds since the epoch.
    """
    life = TOKENS.lifetime(context, at)
    jti = TOKENS.jti(number, context)
    opaque = context.settings.token_format == "opaque"  # noqa: S105 - a form's name
    # 63 bytes at most for the 112-byte token that was observed, so no more than this.
    claims: dict[str, Any] = (
        {"sub": device, "exp": life.expiry, "jti": jti}
        if opaque
        else {"iss": ISSUER, "sub": device, "jti": jti, "iat": life.issued, "exp": life.expiry}
    )
    if life.not_before is not None:
        claims["nbf"] = life.not_before
    return TOKENS.issue(claims, life, context, opaque=opaque)


def _check(exchange: Exchange, context: Context[Settings], *, required: bool) -> None:
    _check_name(exchange.request.path)
    check_api_key(exchange, context)
    record = _check_token(exchange, context)
    try:
        read_payload(exchange, record, context, required=required)
    except SchemeError as error:
        raise Refusal(ERRORS["technical"], error.diagnosis) from error


def _check_name(path: str) -> None:
    """Say of a method of the time before tokens which one has taken its place."""
    for prefix in METHOD_PREFIXES:
        name = path.removeprefix(prefix).removesuffix(".do")
        if path == f"{prefix}{name}.do" and name in _SUCCESSORS:
            diagnosis = LEGACY_METHOD.diagnose(
                "path",
                expected=f"{prefix}{_SUCCESSORS[name]}.do",
                received=path,
                hint=f"Log in, and call {prefix}{_SUCCESSORS[name]}.do with the token and `signed`",
            )
            raise Refusal(ERRORS["not-found"], diagnosis)


_SUCCESSORS = {
    "identifyMe": "validateMe",
    "getSaldo": "getBalance",
    "getListaProducto": "getProductList",
    "abonar": "sendTx",
    "confirmaTransaccion": "confirmTx",
}


# The login


def _login_fields(exchange: Exchange) -> dict[str, str]:
    query = query_fields(exchange.request)
    read = has_form(exchange.request) or not all(query.get(name) for name in LOGIN_FIELDS)
    body = body_fields(exchange.request, URLENCODED) if read else {}
    for name in LOGIN_FIELDS:
        if name in query and name in body and query[name] != body[name]:
            raise SchemeError(conflict(name))
    fields = {**query, **body}
    for name in LOGIN_FIELDS:
        if not fields.get(name):
            raise SchemeError(
                LOGIN_FIELD_MISSING.diagnose(
                    f"body.{name}",
                    expected=", ".join(LOGIN_FIELDS),
                    received=names_of(fields),
                    hint=_misspelt(name, fields),
                )
            )
    return fields


def _check_login(exchange: Exchange, context: Context[Settings], fields: dict[str, str]) -> None:
    device, distributor = fields["codigoDispositivo"], fields["idDistribuidor"]
    record = context.credential(device)
    if record is None:
        raise SchemeError(_unknown(device, context))
    right = str(record["idDistribuidor"])
    if distributor != right:
        swapped = distributor == record["password"]
        raise SchemeError(
            DISTRIBUTOR.diagnose(
                "body.idDistribuidor",
                expected=right,
                received=MASKED if swapped else distributor,
                hint=_SWAPPED
                if swapped
                else lambda: (
                    recognise(distributor, right) or f"Send idDistribuidor={right} for {device}"
                ),
            )
        )
    exchange.credential = device
    if differ(record["password"], fields["password"]):
        raise SchemeError(
            PASSWORD.diagnose(
                "body.password",
                expected="the registered password",
                received=f"{len(fields['password'])} characters",
                hint=lambda: (
                    recognise(fields["password"], record["password"])
                    or f"Take the password of {device}; {_WHERE_TO_FIND}"
                ),
            )
        )
    if record["status"] != ACTIVE:
        raise SchemeError(inactive(record))


_SWAPPED = "The password was sent in this field; the fields are mixed up"
_WHERE_TO_FIND = "`emulator credentials gestopago` prints what is registered"


def _unknown(device: str, context: Context[Settings]) -> Diagnosis:
    known = list(context.store.table(CREDENTIALS).items())
    devices = [registered for registered, _ in known]
    swapped = any(device == record["password"] for _, record in known)
    return UNKNOWN_DEVICE.diagnose(
        "body.codigoDispositivo",
        expected="a registered device, exactly as registered",
        received=MASKED if swapped else device,
        hint=_SWAPPED
        if swapped
        else lambda: next(
            (hint for right in devices if (hint := recognise(device, right))),
            suggest.identity(device, devices, "gestopago"),
        ),
    )


def _misspelt(name: str, fields: dict[str, str]) -> str:
    for other in fields:
        if other.lstrip().startswith("{"):
            return "The fields were sent as JSON; send them as a form"
        if other != name and suggest.fold(other) == suggest.fold(name):
            return f"It must be written {name}, not {other}"
    return f"{name} is empty; {_WHERE_TO_FIND}" if name in fields else f"Add the field {name}"


# The token


def _check_token(exchange: Exchange, context: Context[Settings]) -> Record:
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
            hint="It was issued by another emulator, in another namespace, or before a reset; "
            "log in again",
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    device = cast("str", claims.get("sub", ""))
    record = context.credential(device)
    if record is None:
        refused = UNKNOWN_BEARER.diagnose(
            "headers.authorization",
            expected="a registered device",
            received=device,
            hint="Register the device again, or log in with another one",
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
            hint="Log in again, once, and repeat the call",
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    if TOKENS.has_expired_before(claims, context):
        refused = bearer.EXPIRED.diagnose(
            "headers.authorization",
            expected="a token whose time is not over",
            received="one that had expired before the clock was set back",
            hint="Log in again: a token that has expired stays expired",
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
        if path.rstrip("/") == right.rstrip("/"):  # the right one would not have come here
            slash = PATH_SLASH.diagnose(
                "path", expected=right, received=path, hint=f"Send the login to {right}"
            )
            return Refusal(ERRORS["not-found"], slash)
    return Refusal(ERRORS["token-missing"], found.but(_where_it_is(exchange)))


def _where_it_is(exchange: Exchange) -> str:
    """Tell where a token is, if it is anywhere; it is never taken from there."""
    for place, value in _elsewhere(exchange):
        if _JWT.search(value):
            return f"The token is in {place}; send it as Authorization: Bearer TOKEN"
    return f"Log in at {TOKEN_PATHS[0]} and send Authorization: Bearer TOKEN with every call"


_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{8,4000}\.[\w-]{8,2000}", re.ASCII)


def _elsewhere(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for name, value in exchange.request.headers:
        yield f"the header {name}", value
    for name, value in exchange.request.query_pairs():
        yield f"the query parameter {names_of((name,))}", value
    try:
        fields = body_fields(exchange.request, URLENCODED)
    except SchemeError:
        return
    for name, value in fields.items():
        yield f"the form field {names_of((name,))}", value


_NEW_TOKEN = (
    f"Log in again at {TOKEN_PATHS[0]}, once, and send that token as it is until it is refused"
)
_NOT_TOKENS = {
    "INVALID": "This is what a failed login answers in place of a token; look at `success`",
    "EXPIRED": "This is what a 403 says in place of a token; log in again",
}


def inactive(record: Record) -> Diagnosis:
    """Say that a device is registered but not active."""
    return INACTIVE.diagnose(
        "body.codigoDispositivo",
        expected=ACTIVE,
        received=record["status"],
        hint="Use another device, or register this one again with status active",
    )
