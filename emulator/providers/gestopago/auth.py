"""Who is it, and what does it say: login, bearer token, and the payload in `signed`.

::

    login   idDistribuidor, codigoDispositivo, password  ->  a token for 24 hours
    method  Authorization: Bearer token
            signed = Base64(AES-256-CBC(key, iv, JSON))   which is ciphertext, not a signature

A wrong login is HTTP 200; a token that is missing or incorrect is 401; one that has expired is
403. CBC has no authentication tag: what guards the payload is the token before it, and that
the plaintext must be a JSON object.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast
from urllib.parse import unquote

from emulator import json_text
from emulator.errors import ConfigurationError, Diagnosis, FailureMode, SchemeError
from emulator.exchange import Exchange
from emulator.provider import CREDENTIALS, CURRENT, Context, Refusal, TokenBend
from emulator.providers.gestopago import state
from emulator.providers.gestopago.behaviours import CLIENTS, DATASHEET, EXCHANGE, OURS
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.form import (
    MULTIPART,
    URLENCODED,
    body_fields,
    has_form,
    names_of,
    query_fields,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.state import make_run, run_of
from emulator.schemes import aes_cbc, bearer
from emulator.store import Record

TOKEN_PATHS = ("/sistema/app/jwt-gp/authenticate/", "/service/preprod/authenticate")
AWS_PREFIX = "/service/preprod/"
METHOD_PREFIXES = ("/sistema/service/", AWS_PREFIX)
LOGIN_FIELDS = ("idDistribuidor", "codigoDispositivo", "password")
ISSUER = "gestopago"
SECRET_FILE = "token.key"  # noqa: S105 - a file's name
ACTIVE = "active"

DEVICE = "device"
"""Where an exchange's scratch has the credential that its token is bound to."""

MASKED = "(the secret itself, masked)"

API_KEY_MISSING = FailureMode(
    "api-gateway.key-missing", "The AWS front wants X-API-Key on every call", CLIENTS
)
API_KEY = FailureMode("api-gateway.key", "X-API-Key is not the right one", CLIENTS)
PATH_SLASH = FailureMode(
    "gestopago.path-slash", "The path of the login has a slash too few or too many", DATASHEET
)
FIELD_CONFLICT = FailureMode(
    "gestopago.field-conflict", "Query and body give the same field differently", OURS
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
SIGNED_MISSING = FailureMode("gestopago.signed-missing", "The field `signed` is missing", EXCHANGE)
SIGNED_IN_QUERY = FailureMode(
    "gestopago.signed-in-query", "A POST has `signed` in its query, not in its body", EXCHANGE
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
    _check_api_key(exchange, context)
    try:
        fields = _login_fields(exchange)
        exchange.payload = {name: fields[name] for name in LOGIN_FIELDS[:2]}
        _check_login(exchange, context, fields)
    except SchemeError as error:
        raise Refusal(ERRORS["login-invalid"], error.diagnosis) from error


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check the token, and decrypt `signed` if there is one.

    Raises:
        Refusal: `api-key`; `not-found` with `gestopago.path-slash`; `token-missing`,
            `token-incorrect` or `token-expired` with a `bearer.*` code,
            `gestopago.token-of-another-run`, `gestopago.token-revoked`,
            `gestopago.unknown-bearer` or `gestopago.inactive`; `technical` with a code of `form`,
            `gestopago.field-conflict`, `gestopago.signed-in-query` or an `aes-cbc.*`.

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


def check_front(exchange: Exchange, context: Context[Settings]) -> None:
    """Check nothing but the AWS front's `X-API-Key`: for what is open to everybody.

    Raises:
        Refusal: `api-key`.
    """
    _check_api_key(exchange, context)


def issue_token(device: str, number: int, context: Context[Settings], at: float) -> str:
    """Make a token, as the scenario wants it.

    Args:
        device: Key of the credential it is bound to.
        number: Makes two tokens of the same second differ.
        context: Tells the form, the life time, and what is bent.
        at: Seconds since the epoch.
    """
    bend = context.bend.token or TokenBend()
    life = bearer.lifetime(
        at,
        context.settings.token_seconds,
        lives=bend.expires_in,
        says=bend.advertise_expires_in,
        begins=bend.not_before,
    )
    jti = f"{make_run(context)}.{number}"
    opaque = context.settings.token_format == "opaque"  # noqa: S105 - a form's name
    # 63 bytes at most for the 112-byte token that was observed, so no more than this.
    claims: dict[str, Any] = (
        {"sub": device, "exp": life.expiry, "jti": jti}
        if opaque
        else {"iss": ISSUER, "sub": device, "jti": jti, "iat": life.issued, "exp": life.expiry}
    )
    if life.not_before is not None:
        claims["nbf"] = life.not_before
    claims |= bend.claims
    claims = {name: value for name, value in claims.items() if name not in bend.drop_claims}
    if life.ends is not None and "exp" not in bend.claims:  # what a scenario writes is held to
        state.end_token(claims, life.ends, context)
    if bend.revoke == "issued":
        state.revoke_token(claims, context)
    key = signing_key(context)
    if opaque:
        return bearer.issue_opaque(claims, key)
    if bend.claims or bend.alg:
        return bearer.forge(claims, key, bend.alg or "HS256")
    return bearer.issue(claims, key)


def signing_key(context: Context[Settings]) -> bytes:
    """Return what the scenario has tokens made with: the right secret, or one derived from it.

    A name other than `current` stands for HMAC-SHA256(secret, name). Tokens are never verified
    with it: what it made is refused.
    """
    secret, name = token_secret(context), context.bend.sign_with
    return secret if name in ("", CURRENT) else hmac.digest(secret, name.encode(), "sha256")


def token_secret(context: Context[Settings]) -> bytes:
    """Return what tokens are made with, 32 raw bytes."""
    return _raw(context.keys.text(SECRET_FILE).strip())


def encryption(record: Record) -> tuple[bytes, bytes]:
    """Return the AES key and IV of a credential, 32 and 16 raw bytes."""
    return _raw(record["aes_key"]), _raw(record["aes_iv"])


def _check(exchange: Exchange, context: Context[Settings], *, required: bool) -> None:
    _check_api_key(exchange, context)
    record = _check_token(exchange, context)
    try:
        signed, place = _find_signed(exchange, required=required)
        if signed is not None:
            exchange.payload = _decrypt(signed, place, record, context)
        elif required:
            raise SchemeError(_signed_missing(exchange))
    except SchemeError as error:
        raise Refusal(ERRORS["technical"], error.diagnosis) from error


def _check_api_key(exchange: Exchange, context: Context[Settings]) -> None:
    wanted = context.settings.api_key
    if not exchange.request.path.startswith(AWS_PREFIX):
        return
    received = ", ".join(v for name, v in exchange.request.headers if name == "x-api-key")
    if not received.strip():
        diagnosis = API_KEY_MISSING.diagnose(
            "headers.x-api-key",
            expected="the configured key" if wanted else "a key; the emulator takes any",
            received="nothing",
        )
    elif wanted and _differ(wanted, received):
        diagnosis = API_KEY.diagnose(
            "headers.x-api-key",
            expected=f"{len(wanted)} characters",
            received=f"{len(received)} characters",
        )
    else:
        return
    raise Refusal(ERRORS["api-key"], diagnosis)


# The login


def _login_fields(exchange: Exchange) -> dict[str, str]:
    query = query_fields(exchange.request)
    body = body_fields(exchange.request, URLENCODED)
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
                hint=_SWAPPED if swapped else recognise(distributor, right),
            )
        )
    exchange.credential = device
    if _differ(record["password"], fields["password"]):
        raise SchemeError(
            PASSWORD.diagnose(
                "body.password",
                expected="the registered password",
                received=f"{len(fields['password'])} characters",
                hint=recognise(fields["password"], record["password"]),
            )
        )
    if record["status"] != ACTIVE:
        raise SchemeError(inactive(record))


_SWAPPED = "The password was sent in this field; the fields are mixed up"


def _unknown(device: str, context: Context[Settings]) -> Diagnosis:
    known = list(context.store.table(CREDENTIALS).items())
    swapped = any(device == record["password"] for _, record in known)
    return UNKNOWN_DEVICE.diagnose(
        "body.codigoDispositivo",
        expected="a registered device, exactly as registered",
        received=MASKED if swapped else device,
        hint=_SWAPPED
        if swapped
        else next((hint for right, _ in known if (hint := recognise(device, right))), ""),
    )


def _misspelt(name: str, fields: dict[str, str]) -> str:
    for other in fields:
        if other.lstrip().startswith("{"):
            return "The fields were sent as JSON; send them as a form"
        if other != name and re.sub("[_-]", "", other).lower() == name.lower():
            return f"It must be written {name}, not {other}"
    return "The value is empty" if name in fields else ""


def _differ(expected: str, received: str) -> bool:
    return not hmac.compare_digest(
        expected.encode("utf-8", "surrogatepass"), received.encode("utf-8", "surrogatepass")
    )


# The token


def _check_token(exchange: Exchange, context: Context[Settings]) -> Record:
    values = [value for name, value in exchange.request.headers if name == "authorization"]
    token = ""
    try:
        token = bearer.read(", ".join(values) if values else None)
        open_token = (
            bearer.verify_opaque
            if context.settings.token_format == "opaque"  # noqa: S105 - a form's name
            else _verify_jwt
        )
        ends = partial(state.end_of, context=context)
        claims = open_token(token, token_secret(context), now=context.clock.now(), ends=ends)
    except SchemeError as error:
        raise _token_refusal(exchange, error.diagnosis, token) from error
    run, own = cast("str", claims.get("jti", "")).partition(".")[0], run_of(context)
    ended = run != own and state.is_ended(run, context)
    if not own or (run != own and not ended):
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
            "headers.authorization", expected="a registered device", received=device
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    exchange.credential = device
    if record["status"] != ACTIVE:
        raise Refusal(ERRORS["token-incorrect"], inactive(record).at("headers.authorization"))
    if context.bend.token is not None and context.bend.token.revoke == "presented":
        state.revoke_token(claims, context)
    if ended or state.is_revoked(claims, context):
        refused = TOKEN_REVOKED.diagnose(
            "headers.authorization",
            expected="a token that lives",
            received="one of all that were revoked" if ended else "one that was revoked by itself",
            hint="Log in again, once, and repeat the call",
        )
        raise Refusal(ERRORS["token-incorrect"], refused)
    exchange.scratch[DEVICE] = record
    return record


def _verify_jwt(token: str, secret: bytes, *, now: datetime, ends: bearer.Ends) -> dict[str, Any]:
    return bearer.verify(token, secret, now=now, issuer=ISSUER, ends=ends)


def _token_refusal(exchange: Exchange, diagnosis: Diagnosis, token: str) -> Refusal:
    hint = diagnosis.hint or _NOT_TOKENS.get(token, "")
    found = replace(diagnosis, where="headers.authorization", hint=hint)
    if diagnosis.code == bearer.EXPIRED.code:
        return Refusal(ERRORS["token-expired"], found)
    if diagnosis.code != bearer.MISSING.code:
        return Refusal(ERRORS["token-incorrect"], found)
    path = exchange.request.path
    for right in TOKEN_PATHS:
        if path.rstrip("/") == right.rstrip("/"):  # the right one would not have come here
            slash = PATH_SLASH.diagnose("path", expected=right, received=path)
            return Refusal(ERRORS["not-found"], slash)
    return Refusal(ERRORS["token-missing"], found)


_NOT_TOKENS = {
    "INVALID": "This is what a failed login answers in place of a token; look at `success`",
    "EXPIRED": "This is what a 403 says in place of a token; log in again",
}


def inactive(record: Record) -> Diagnosis:
    """Say that a device is registered but not active."""
    return INACTIVE.diagnose("body.codigoDispositivo", expected=ACTIVE, received=record["status"])


@lru_cache(maxsize=256)
def _raw(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise ConfigurationError(f"a key of GestoPago is not Base64: {error}") from error


# The payload


def _find_signed(exchange: Exchange, *, required: bool) -> tuple[str | None, str]:
    request = exchange.request
    query = query_fields(request)
    read = required or has_form(request)
    body = body_fields(request, URLENCODED, MULTIPART) if read else {}
    in_query, in_body = query.get("signed"), body.get("signed")
    if in_body is not None:
        if in_query is not None and in_query != in_body:
            raise SchemeError(conflict("signed"))
        return in_body, "body.signed"
    if in_query is not None and request.method != "GET":
        raise SchemeError(
            SIGNED_IN_QUERY.diagnose("query.signed", expected="the form in the body of the POST")
        )
    return in_query, "query.signed"


def _decrypt(signed: str, place: str, record: Record, context: Context[Settings]) -> dict[str, Any]:
    if context.settings.repair_plus:
        signed = signed.replace(" ", "+")
    key, iv = encryption(record)
    payload = _Payload()
    try:
        aes_cbc.decrypt_text(key, iv, signed, plausible=payload.take)
    except SchemeError as error:
        diagnosis = error.diagnosis
        hint = diagnosis.hint or _json_hint(diagnosis.received)
        raise SchemeError(replace(diagnosis, where=place, hint=hint)) from error
    return payload.members


class _Payload:
    """Keeps the object that was parsed to find out whether the plaintext is plausible."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}

    def take(self, plaintext: bytes) -> bool:
        """Tell whether it is one JSON object without repeated members."""
        try:
            value = json_text.loads(plaintext)
        except ValueError:
            return False
        if not isinstance(value, dict):
            return False
        self.members = cast("dict[str, Any]", value)
        return True


def _json_hint(plaintext: str) -> str:
    if not plaintext.startswith(("{", "[", '"')):
        return ""
    try:
        json_text.loads(plaintext)
    except json_text.RepeatedMember:
        return "It decrypts, but a member is repeated; send each once"
    except ValueError:
        if "'" in plaintext or not plaintext.startswith(('{"', "[")):
            return "Put member names and text in double quotes: it must be JSON"
        return "It decrypts, but is not JSON; look for a comma or brace too few or too many"
    return "It decrypts to JSON, but not to an object"


def _signed_missing(exchange: Exchange) -> Diagnosis:
    request = exchange.request
    try:
        fields = {**query_fields(request), **body_fields(request, URLENCODED, MULTIPART)}
    except SchemeError as error:  # it was read before
        return error.diagnosis
    names = sorted(set(fields) - {"random"})
    hint = ""
    if {"idServicio", "idProducto", "referencia", "telefono"} & set(names):
        hint = "The fields were sent in the clear; encrypt them as JSON into `signed`"
    elif any(name.lower() == "signed" for name in names):
        hint = "The field's name is in lower case: signed"
    return SIGNED_MISSING.diagnose(
        "body.signed" if request.method != "GET" else "query.signed",
        expected="Base64 of the encrypted JSON",
        received=names_of(names),
        hint=hint,
    )


def conflict(name: str) -> Diagnosis:
    """Say that query and body differ in a field."""
    return FIELD_CONFLICT.diagnose(
        f"query.{name}", expected="the same in query and body", hint="Send it in one place"
    )


# What follows is only for recognising mistakes. Nothing here can make a login pass.


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong way to write a field of the login.

    Attributes:
        hint: What was done, and what to do.
        make: Makes the mistake of the right value.
        made: Tells from what was sent, and the right value, whether it was made.
    """

    hint: str
    make: Callable[[str], str]
    made: Callable[[str, str], bool]


def recognise(received: str, right: str) -> str:
    """Return the hint of the mistake that makes `received` of `right`, or nothing."""
    return next((mistake.hint for mistake in MISTAKES if mistake.made(received, right)), "")


def _undone(hint: str, make: Callable[[str], str], undo: Callable[[str], str]) -> Mistake:
    return Mistake(hint, make, lambda received, right: undo(received) == right)


def _remade(hint: str, make: Callable[[str], str]) -> Mistake:
    return Mistake(hint, make, lambda received, right: received == make(right))


def _unbase64(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


MISTAKES: tuple[Mistake, ...] = (
    _undone("White space around the value; strip it", lambda v: f"{v}\n", str.strip),
    _undone(
        "The value is in quotes; send it without", lambda v: f'"{v}"', lambda v: v.strip("\"'")
    ),
    _undone(
        "Percent-encoded twice; encode once, or leave it to the HTTP client",
        lambda v: "".join(f"%{byte:02X}" for byte in v.encode()),
        unquote,
    ),
    _undone(
        "The value was turned into Base64; send it as it is",
        lambda v: b64encode(v.encode()).decode("ascii"),
        _unbase64,
    ),
    _remade(
        "The SHA-256 of the value was sent; send the value itself",
        lambda v: hashlib.sha256(v.encode()).hexdigest(),
    ),
    _remade(
        "The MD5 of the value was sent; send the value itself",
        lambda v: hashlib.md5(v.encode(), usedforsecurity=False).hexdigest(),
    ),
    _undone(
        "The number was written with decimals; write the whole number",
        lambda v: f"{v}.0",
        lambda v: re.sub(r"\.0+$", "", v),
    ),
    _undone(
        "The number was written with leading zeros; leave them out",
        lambda v: f"00{v}",
        lambda v: v.lstrip("0"),
    ),
    Mistake(
        "Upper and lower case matter; write the value as registered",
        str.swapcase,
        lambda received, right: received.casefold() == right.casefold(),
    ),
)
