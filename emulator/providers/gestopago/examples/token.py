"""Calls with a wrong token, or with a wrong key at the AWS front."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emulator.core.exchange import Request
from emulator.provider import Context
from emulator.providers.gestopago.auth import ISSUER, TOKENS
from emulator.providers.gestopago.auth.front import AWS_PREFIX
from emulator.providers.gestopago.examples.build import (
    DAY,
    Build,
    changed,
    issued_token,
    method_call,
    record_with,
    send_echo,
    with_header,
)
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    default_record,
    method_request,
)
from emulator.schemes import bearer


def _at_front(endpoint: str) -> Build:
    front = f"{AWS_PREFIX}{endpoint}.do"
    return changed(method_call(endpoint), lambda request: replace(request, path=front))


def _bearer(token: Callable[[Context[Settings]], str]) -> Build:
    return lambda context: method_request("sendEcho", token(context))


def _claims(**changes: Any) -> Build:
    """Call with a token that has a right signature and other claims."""

    def build(context: Context[Settings]) -> Request:
        now = int(context.clock.timestamp())
        claims = {
            "iss": ISSUER,
            "sub": default_record(context)["codigoDispositivo"],
            "exp": now + 60,
            **changes,
        }
        kept = {name: value for name, value in claims.items() if value is not ...}
        return method_request("sendEcho", bearer.issue(kept, TOKENS.secret(context.keys)))

    return build


def _revoked(context: Context[Settings]) -> Request:
    jti = TOKENS.jti("revoked", context)
    TOKENS.revoke({"jti": jti}, context)
    return _claims(jti=jti)(context)


def _alg_none(context: Context[Settings]) -> Request:
    header = urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode("ascii")
    _, claims, signature = issued_token(context).split(".")
    return method_request("sendEcho", f"{header}.{claims}.{signature}")


def _api_key(context: Context[Settings]) -> str:
    return default_record(context)["api_key"]


def _at_front_with_key(context: Context[Settings]) -> Request:
    return with_header(_at_front("sendEcho"), "x-api-key", _api_key(context))(context)


TOKEN = (
    send_echo(
        "no-token", with_header(method_call("sendEcho"), "authorization", None), "bearer.missing"
    ),
    send_echo(
        "basic-in-place-of-bearer",
        with_header(method_call("sendEcho"), "authorization", "Basic Z3A6Z3A="),
        "bearer.scheme",
    ),
    send_echo("token-undefined", _bearer(lambda _: "undefined"), "bearer.malformed"),
    send_echo("token-of-a-failed-login", _bearer(lambda _: "INVALID"), "bearer.not-a-jwt"),
    send_echo(
        "token-altered",
        _bearer(lambda context: issued_token(context).rpartition(".")[0] + "." + "A" * 43),
        "bearer.signature",
    ),
    send_echo("token-alg-none", _alg_none, "bearer.alg"),
    send_echo("token-without-exp", _claims(exp=...), "bearer.claims"),
    send_echo("token-of-another-issuer", _claims(iss="somebody"), "bearer.issuer"),
    send_echo("token-for-another-audience", _claims(aud="somebody"), "bearer.audience"),
    send_echo(
        "token-expired", _bearer(lambda context: issued_token(context, DAY)), "bearer.expired"
    ),
    send_echo(
        "token-of-tomorrow", _bearer(lambda c: issued_token(c, -DAY)), "bearer.not-yet-valid"
    ),
    send_echo(
        "token-of-unknown-device",
        _bearer(lambda context: issued_token(context, device="GPS9-TPV-99")),
        "gestopago.unknown-bearer",
    ),
    send_echo(
        "token-of-inactive-device",
        _bearer(lambda c: issued_token(c, device=record_with(c, "inactive")["codigoDispositivo"])),
        "gestopago.inactive",
    ),
    send_echo(
        "token-of-another-namespace",
        _claims(jti="00000000.1"),
        "gestopago.token-of-another-run",
    ),
    send_echo("token-revoked", _revoked, "gestopago.token-revoked"),
    send_echo("aws-front", _at_front_with_key),
    send_echo("aws-front-without-key", _at_front("sendEcho"), "api-gateway.key-missing"),
    send_echo(
        "aws-front-wrong-key",
        with_header(_at_front("sendEcho"), "x-api-key", "example"),
        "api-gateway.key",
    ),
)
