"""Authentication, twice: a client assertion buys an access token, which opens the rest.

::

    POST /oauth/app/token   {"appId": clientId, "token": assertion, "grantType": …}
    anything else           Authorization: Bearer accessToken

`_ERROR_OF` joins the schemes' verdicts to Goat's errors.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulator.core.errors import Diagnosis, SchemeError
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import Refusal, State
from emulator.providers.goat import meant, state, token_request
from emulator.providers.goat.credentials import registrations
from emulator.providers.goat.failures import (
    ANOTHER_RUN,
    CLIENT_INACTIVE,
    CLIENT_UNKNOWN,
    ERRORS,
    FRACTION,
    KEY_ALIAS,
    KEY_REPLACED,
    SCOPE_MISSING,
    TOKEN_CLAIMS,
    TOKEN_REVOKED,
)
from emulator.schemes import bearer, client_assertion, jws
from emulator.schemes.client_assertion import ClientKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from emulator.core.exchange import Exchange, Request
    from emulator.provider import Context
    from emulator.providers.goat.settings import Settings

_ERROR_OF = {
    client_assertion.NOT_A_JWT.code: "token.invalid-payload",
    client_assertion.ALG.code: "assertion-algorithm",
    client_assertion.TYP.code: "assertion-algorithm",
    client_assertion.KID_MISSING.code: "assertion-key",
    client_assertion.KID_UNKNOWN.code: "assertion-key",
    client_assertion.SIGNATURE.code: "assertion-signature",
    client_assertion.ISSUER.code: "assertion-client",
    client_assertion.AUDIENCE.code: "assertion-audience",
    client_assertion.CLAIM_TYPE.code: "assertion-claims",
    client_assertion.LIFETIME.code: "assertion-claims",
    client_assertion.EXPIRED.code: "assertion-expired",
    client_assertion.IAT_IN_FUTURE.code: "assertion-not-yet-valid",
    client_assertion.NOT_YET_VALID.code: "assertion-not-yet-valid",
    bearer.MISSING.code: "unauthorized",
    bearer.SCHEME.code: "unauthorized",
    bearer.MALFORMED.code: "unauthorized",
    bearer.EXPIRED.code: "token-expired",
}
"""The schemes' verdicts -> entries of the catalogue; `token-invalid` for those not named."""

_NAMED_BY_OTHERS = frozenset(
    {
        client_assertion.ALG.code,
        client_assertion.KID_UNKNOWN.code,
        client_assertion.SIGNATURE.code,
    }
)
"""Verdicts whose mistake can be told better with the keys of all clients."""


REGISTRATION = State[Record]("registration")
"""The registration of the key that signed a token request."""

# --- the token endpoint ----------------------------------------------------------------------


def authenticate_client(exchange: Exchange, context: Context[Settings]) -> None:
    """Check a token request; `exchange.payload` is then what was proven.

    `REGISTRATION` is the registration of the key.

    Raises:
        Refusal: A code of `emulator.provider.body`, `goat.media-type`, `goat.not-json`,
            `goat.member-missing`, `goat.member-type`, `goat.grant-type`, `goat.member-unknown`, a
            `client-assertion.*` code, `goat.client-inactive`.

    Source:
        Goat, Autorización, "Get API token".
    """
    exchange.credential, exchange.payload = "", None
    body = token_request.read_body(exchange.request, context.settings)
    claims = _verify_assertion(body, exchange, context)
    registration = REGISTRATION.get(exchange)
    _require_active(registration, "body.token.protected.kid")
    for name in client_assertion.fractions(claims):
        _warn(
            exchange,
            FRACTION.diagnose(
                f"body.token.claims.{name}",
                expected=str(int(claims[name])),
                received=jws.shown(claims[name]),
                hint=Message(
                    "Write whole seconds, as Goat's page does: it is not known how Goat reads a "
                    "fraction"
                ),
            ),
        )
    exchange.payload = {
        "appId": body["appId"],
        "grantType": meant.GRANT,
        "keyId": registration["keyId"],
        # Only what was checked: an unchecked claim may hold anything.
        "claims": {name: claims[name] for name in ("iss", "sub", "iat", "exp")},
    }


def _verify_assertion(
    body: Mapping[str, str], exchange: Exchange, context: Context[Settings]
) -> dict[str, Any]:
    """Return the claims of the assertion, or tell whose key and which mistake it was."""
    settings = context.settings
    now = context.clock.now("verify")

    def find_key(kid: str) -> ClientKey | None:
        registration = _find_registration(kid, exchange, context)
        if registration is None:
            return None
        REGISTRATION.set(exchange, registration)
        exchange.credential = registration["clientId"]
        key = client_assertion.load_public_key(registration["public_key"])
        return ClientKey(registration["clientId"], key)

    def attempt(audience: str, others: Mapping[str, EllipticCurvePublicKey] = {}) -> dict[str, Any]:
        return client_assertion.verify(
            body["token"],
            find_key=find_key,
            audience=audience,
            now=now,
            issuer=body["appId"],
            skew=timedelta(seconds=settings.skew_seconds),
            max_lifetime=timedelta(seconds=settings.assertion_seconds),
            other_keys=others,
        )

    try:
        return attempt(settings.audience)
    except SchemeError as error:
        refused = error
    if settings.accept_emulator_audience:
        for audience in _own_addresses(exchange.request):
            if refused.diagnosis.code != client_assertion.AUDIENCE.code:
                break
            try:
                return attempt(audience)
            except SchemeError as error:
                refused = error
    if refused.diagnosis.code in _NAMED_BY_OTHERS:
        # Once more, with all the keys there are: only now they are worth their loading.
        try:
            attempt(settings.audience, _all_keys(context))
        except SchemeError as error:
            refused = error
    diagnosis = refused.diagnosis
    if told := meant.assertion(diagnosis, body["appId"], context):
        whole = diagnosis.where == "issuer"
        diagnosis = diagnosis.but(lambda hint: told if whole else hint or told)
    detail = {}
    if diagnosis.code == client_assertion.NOT_A_JWT.code:
        detail = {"detail": [token_request.detail("token", "token must be a JWT")]}
    raise Refusal(ERRORS[_ERROR_OF[diagnosis.code]], _place(diagnosis), detail) from refused


def _place(diagnosis: Diagnosis) -> Diagnosis:
    if diagnosis.where == "issuer":
        return diagnosis.at("body.appId")
    return diagnosis.at(f"body.token.{diagnosis.where}".rstrip("."))


def _own_addresses(request: Request) -> tuple[str, ...]:
    if not request.base_url:
        return ()
    return (
        f"{request.base_url}{request.path}",
        f"{request.base_url}/v1/oauth/token",
        f"{request.base_url}/oauth/token",
    )


def _find_registration(kid: str, exchange: Exchange, context: Context[Settings]) -> Record | None:
    registration = context.credential(kid)
    if registration is not None or not context.settings.key_aliases:
        return registration
    for other in registrations(context):  # their keys as a scenario has them
        if kid in other["aliases"] or _is_fingerprint(kid, other):
            warning = KEY_ALIAS.diagnose(
                "body.token.protected.kid",
                expected=other["keyId"],
                received=kid,
                hint=Message(
                    "Ask Goat which fingerprint it registered; production knows only that one"
                ),
            )
            _warn(exchange, warning)
            return other
    return None


def _warn(exchange: Exchange, diagnosis: Diagnosis) -> None:
    if diagnosis not in exchange.warnings:  # judged once more where a scenario changes it
        exchange.warnings.append(diagnosis)


def _is_fingerprint(kid: str, registration: Record) -> bool:
    """Tell whether `kid` is a registered SPKI fingerprint in another spelling."""
    if not _HEXADECIMAL.fullmatch(kid):
        return False
    bare = _bare(kid)
    names = (registration["keyId"], *registration["aliases"])
    key = client_assertion.load_public_key(registration["public_key"])
    # A name that only looks like a fingerprint is opaque: its spelling counts.
    return any(_bare(each) == bare for each in names) and bare == client_assertion.spki_sha256(key)


_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{64}|(?:[0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}")


def _bare(fingerprint: str) -> str:
    return fingerprint.replace(":", "").lower()


def _all_keys(context: Context[Settings]) -> dict[str, EllipticCurvePublicKey]:
    return {
        f"{record['clientId']} ({record['keyId']})": client_assertion.load_public_key(
            record["public_key"]
        )
        for record in registrations(context)
    }


def _require_active(registration: Record, where: str) -> None:
    if registration["status"] != "active":
        raise Refusal(
            ERRORS["client-inactive"],
            CLIENT_INACTIVE.diagnose(
                where,
                expected="active",
                received=f"{registration['status']}: {registration['clientId']}, "
                f"key {registration['keyId']}",
                hint=Message(
                    "This client is registered as inactive, to try that out: use another one, or "
                    "register its key again with status active"
                ),
            ),
        )


# --- everything else -------------------------------------------------------------------------


def authenticate_token(exchange: Exchange, context: Context[Settings]) -> None:
    """Check an access token; `exchange.payload` is then what whoami tells of it.

    Raises:
        Refusal: A `bearer.*` code, `goat.token-claims`, `goat.token-of-another-run`,
            `goat.client-unknown`, `goat.key-replaced`, `goat.client-inactive`,
            `goat.token-revoked`, `goat.scope-missing`.

    Source:
        Goat, Autorización, "Usar token".
    """
    exchange.credential, exchange.payload = "", None
    request = exchange.request
    if exchange.endpoint == request.path and _OAUTH.match(request.path):
        return  # the token endpoint's neighbours: there is no token yet
    try:
        token = bearer.read(_authorization(request))
        claims = state.verify(token, context)
    except SchemeError as error:
        otherwise = meant.access_token(error.diagnosis, exchange)
        diagnosis = error.diagnosis.but(lambda hint: hint or otherwise)
        part = "" if diagnosis.where in ("authorization", "token") else f".{diagnosis.where}"
        name = _ERROR_OF.get(diagnosis.code, "token-invalid")
        raise Refusal(ERRORS[name], diagnosis.at(f"headers.authorization{part}")) from error
    _check_claims(claims)
    ended = _check_run(claims["jti"], context)
    registration = context.credential(claims["key_id"])
    if registration is None or registration["clientId"] != claims["sub"]:
        raise Refusal(
            ERRORS["token-invalid"],
            CLIENT_UNKNOWN.diagnose(
                "headers.authorization.key_id",
                expected="a registered key of the client",
                received=jws.shown({"sub": claims["sub"], "key_id": claims["key_id"]}),
                hint=Message("The registration was replaced; fetch a new token"),
            ),
        )
    if state.is_of_former_key(claims, context):
        raise Refusal(
            ERRORS["token-invalid"],
            KEY_REPLACED.diagnose(
                "headers.authorization.key_id",
                expected=f"a token bought with the key that is registered now as "
                f"{claims['key_id']}",
                received="one bought with the key that was registered before",
                hint=Message(
                    "Fetch a new token, with an assertion of the key that is registered now"
                ),
            ),
        )
    exchange.credential = registration["clientId"]
    _require_active(registration, "headers.authorization.key_id")
    _check_revoked(claims, context, ended=ended)
    scopes = [scope for scope in claims["scope"].split() if scope in registration["scopes"]]
    if exchange.endpoint == "whoami":
        _require_scopes(request, scopes, registration, context.settings)
    exchange.payload = {
        "clientId": registration["clientId"],
        "keyId": registration["keyId"],
        "scopes": scopes,
        "issuedAt": claims["iat"],
        "expiresAt": claims["exp"],
    }


_OAUTH = re.compile(r"(/v1)?/oauth(/|$)")


def _authorization(request: Request) -> str | None:
    """Return the header; of several, all of them, which no check lets pass."""
    values = [value for name, value in request.headers if name == "authorization"]
    return ", ".join(values) if values else None


_TOKEN_CLAIMS = (
    ("sub", str),
    ("jti", str),
    ("key_id", str),
    ("scope", str),
    ("iat", int),
    ("exp", int),
)


def _check_run(jti: str, context: Context[Settings]) -> bool:
    """Tell whether the token is one of a run whose tokens were all revoked."""
    whose = state.TOKENS.whose(jti, context)
    if whose == "foreign":
        run = state.TOKENS.run(context)
        raise Refusal(
            ERRORS["token-invalid"],
            ANOTHER_RUN.diagnose(
                "headers.authorization.jti",
                expected=f"{run}.…" if run else "a token of this namespace; it has issued none",
                received=jws.shown(jti),
                hint=Message(
                    "It was issued by another emulator, in another namespace, or before a reset; "
                    "fetch a new one"
                ),
            ),
        )
    return whose == "ended"


def _check_revoked(claims: dict[str, Any], context: Context[Settings], *, ended: bool) -> None:
    if state.TOKENS.is_revoked(claims, context) or ended:
        raise Refusal(
            ERRORS["token-invalid"],
            TOKEN_REVOKED.diagnose(
                "headers.authorization.jti",
                expected="a token that lives",
                received="one of all that were revoked" if ended else "one revoked by itself",
                hint=Message("Fetch a new one, once, and repeat the call"),
            ),
        )


def _check_claims(claims: dict[str, Any]) -> None:
    for name, kind in _TOKEN_CLAIMS:
        if type(claims.get(name)) is not kind:
            raise Refusal(
                ERRORS["token-invalid"],
                TOKEN_CLAIMS.diagnose(
                    f"headers.authorization.{name}",
                    expected="text" if kind is str else "whole seconds",
                    received=jws.shown(claims[name]) if name in claims else "(absent)",
                    hint=Message("Somebody else who has the key of access tokens made it"),
                ),
            )


def _require_scopes(
    request: Request, scopes: list[str], registration: Record, settings: Settings
) -> None:
    wanted = settings.whoami_scope.split()
    if request.query:
        wanted += [
            s for name, text in request.query_pairs() if name == "scope" for s in text.split()
        ]
    missing = [scope for scope in wanted if scope not in scopes]
    if missing:
        registered = all(scope in registration["scopes"] for scope in missing)
        raise Refusal(
            ERRORS["scope-missing"],
            SCOPE_MISSING.diagnose(
                "headers.authorization.scope",
                expected=" ".join(wanted),
                received=" ".join(scopes) or "(none)",
                hint=Message("The scope was registered after the token was issued; fetch a new one")
                if registered
                else Message("The scope is not in the registration of the client's key"),
            ),
        )
