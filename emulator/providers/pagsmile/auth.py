"""Authentication: two headers, one of them the signature of the body.

    AppId: 94FAC…
    Authorization: SHA-256(sorted parameters + app key), lower-case hex

Neither headers nor path are signed. The order of the checks is inferred from the error table.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn

from emulator.core import suggest
from emulator.core.errors import SchemeError
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import CREDENTIALS, Refusal, State
from emulator.provider.body import check_encoding
from emulator.providers.pagsmile.credentials import APPS, networks
from emulator.providers.pagsmile.failures import (
    APP_ID_MISSING,
    APP_INACTIVE,
    APP_UNKNOWN,
    CONTENT_TYPE,
    ERRORS,
    HEADER_TWICE,
    IP_FORBIDDEN,
    MERCHANT_INACTIVE,
    refuse,
)
from emulator.providers.pagsmile.state import other_secrets
from emulator.schemes import sorted_digest
from emulator.schemes.sorted_digest import Number, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.exchange import Exchange, Request
    from emulator.provider import Context
    from emulator.providers.pagsmile.settings import Settings

PARAMS = State[dict[str, Value]]("params")
"""The parameters of an exchange, with their numbers as written."""
APP = State[Record]("app")
"""The credential of who sent it."""

_INACTIVE = {
    "inactive": ("app-inactive", APP_INACTIVE),
    "merchant-inactive": ("merchant-inactive", MERCHANT_INACTIVE),
}
_HEADERS = frozenset({"appid", "merchantid", "authorization"})
_ERR = {
    sorted_digest.NOT_JSON.code: "invalid json",
    sorted_digest.REPEATED.code: "repeated member",
    sorted_digest.NOT_AN_OBJECT.code: "json object expected",
    sorted_digest.NESTED.code: "nested value",
}


def authenticate(exchange: Exchange, context: Context[Settings]) -> None:
    """Check who sent the request; `exchange.payload` is then the body.

    Raises:
        Refusal: `pagsmile.header-twice`, `pagsmile.app-id-missing`, `sorted-digest.missing`,
            `pagsmile.app-unknown`, `pagsmile.app-inactive`, `pagsmile.merchant-inactive`,
            `pagsmile.ip-forbidden`, a code of `emulator.provider.body`, `pagsmile.content-type`, or
            another `sorted-digest.*` code.

    Source:
        Pagsmile Payout documentation, "Security" and "API codes".
    """
    exchange.credential, exchange.payload = "", None
    request = exchange.request
    app_id, signature = _read_headers(request)
    app = context.credential(app_id)
    if app is None:
        _refuse_unknown(app_id, context)
    exchange.credential = app_id
    _check_app(app, request)
    if wrong := check_encoding(request):
        raise Refusal(ERRORS["bad-request"], wrong, {"err": "body must be plain UTF-8"})
    if request.media_type != "application/json":
        refuse(
            "bad-request",
            CONTENT_TYPE,
            "headers.content-type",
            expected="application/json",
            received=request.media_type or "none",
            hint=Message("Send the parameters as a JSON body"),
            err="content type must be application/json",
        )
    try:
        params = sorted_digest.verify(
            request.body,
            signature,
            app["app_key"],
            app_id=app_id,
            path=request.path,
            others=lambda: other_secrets(app_id, context),
        )
    except SchemeError as failure:
        _refuse_signature(failure)
    APP.set(exchange, app)
    PARAMS.set(exchange, params)
    exchange.payload = _plain(params)


def _read_headers(request: Request) -> tuple[str, str]:
    found: dict[str, str] = {}
    for name, value in request.headers:
        if name in _HEADERS:
            if name in found:
                _refuse_twice(name, "two values")
            found[name] = value
    app_id, merchant_id = found.get("appid", ""), found.get("merchantid", "")
    if app_id and merchant_id and app_id != merchant_id:
        _refuse_twice("appid", "two different values")
    if not (app_id := app_id or merchant_id):
        refuse(
            "app-id-missing",
            APP_ID_MISSING,
            "headers.appid",
            expected="the app id",
            received="nothing",
            hint=_misplaced(request),
        )
    signature = found.get("authorization", "")
    if not signature:
        raise Refusal(
            ERRORS["authorization-missing"],
            sorted_digest.MISSING.diagnose(
                "headers.authorization",
                expected="64 lower-case hex digits",
                received="nothing",
                hint=_signature_elsewhere(request),
            ),
        )
    return app_id, signature


def _check_app(app: Record, request: Request) -> None:
    status = app["status"]
    if status in _INACTIVE:
        error, mode = _INACTIVE[status]
        refuse(
            error,
            mode,
            "headers.appid",
            expected="active",
            received=status,
            hint=Message("Use an active app: {where}. This one is registered as {status}").with_(
                where=_WHERE, status=status
            ),
        )
    allowed = app.get("ip_allow")
    if allowed is not None and not _is_allowed(request.client, tuple(allowed)):
        refuse(
            "ip-forbidden",
            IP_FORBIDDEN,
            "client",
            expected=", ".join(allowed) or "no address at all",
            received=request.client or "an unknown address",
            hint=Message("Register the address that the request comes from with the provider"),
        )


def _is_allowed(client: str, allowed: tuple[str, ...]) -> bool:
    try:
        address = ip_address(client)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if address.version == 6 else None
    return any((mapped or address) in network for network in networks(allowed))


def _plain(params: Mapping[str, Value]) -> dict[str, object]:
    """Return the parameters as plain data: a number is a number again, as far as it can be."""
    return {
        name: _number(value) if isinstance(value, Number) else value
        for name, value in params.items()
    }


def _number(lexeme: Number) -> object:
    if len(lexeme) > 15:  # digits that a double keeps
        return str(lexeme)
    try:
        return int(lexeme)
    except ValueError:
        value = float(lexeme)
    return value if abs(value) < float("inf") else str(lexeme)


# --- refusals --------------------------------------------------------------------------------


def _refuse_twice(name: str, received: str) -> NoReturn:
    refuse(
        "signature-mismatch",
        HEADER_TWICE,
        f"headers.{name}",
        expected="one value",
        received=received,
        hint=Message("AppId and MerchantId are two names of one header: send one of them, once")
        if name != "authorization"
        else Message("Send the header Authorization once"),
    )


def _refuse_unknown(app_id: str, context: Context[Settings]) -> NoReturn:
    apps = dict(context.store.table(CREDENTIALS).items())
    bare = app_id.strip(" \t\"'")
    known = (
        APPS.rekeyed(app, name, context.keys) for app in apps.values() for name in APPS.key_names
    )
    is_secret = any(bare in (app["app_key"], app.get("security_key")) for app in known)
    refuse(
        "app-unknown" if context.settings.unknown_app == "4001203" else "signature-mismatch",
        APP_UNKNOWN,
        "headers.appid",
        expected=", ".join(apps),
        received="(the secret itself, masked)" if is_secret else app_id,
        hint=Message(
            "A secret stands in place of the app id; it must never be sent. {where}"
        ).with_(where=_WHERE)
        if is_secret
        else _app_hint(app_id, list(apps)),
    )


def _app_hint(app_id: str, apps: list[str]) -> str:
    """Say which app was meant, or where to find its id."""
    if "*" in app_id:
        return Message("The documentation shows a masked app id; {where}").with_(where=_WHERE)
    return suggest.identity(app_id, apps, "pagsmile")


def _refuse_signature(failure: SchemeError) -> NoReturn:
    diagnosis = failure.diagnosis
    err = _ERR.get(diagnosis.code)
    if err is None:
        placed = diagnosis.at("headers.authorization")
        raise Refusal(ERRORS["signature-mismatch"], placed) from failure
    nested = diagnosis.code == sorted_digest.NESTED.code
    placed = diagnosis.at(f"body.{diagnosis.where}") if nested else diagnosis
    raise Refusal(ERRORS["bad-request"], placed, {"err": err}) from failure


_WHERE = "`emulator credentials pagsmile` prints its app_id"
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_SIGNATURES = tuple(
    re.compile(rb"(?i)\b" + name + rb"\b\W{1,4}[0-9a-f]{64}")
    for name in (b"authorization", b"signature", b"sign")
)


def _misplaced(request: Request) -> str:
    names = [name for name, _ in request.headers if name not in _HEADERS]
    if other := suggest.nearest("AppId", names, 0.75) or suggest.nearest("MerchantId", names, 0.75):
        return f"Rename the header {other} to AppId"
    for place, text in (("body", request.body), ("query", request.query.encode())):
        if re.search(rb"(?i)[^a-z](app_?id|merchant_?id)[^a-z]", b"&" + text):
            return f"The app id goes into the header AppId, not into the {place}"
    return f"Add the header AppId; {_WHERE}"


def _signature_elsewhere(request: Request) -> str:
    """Say where the signature stands instead, or how to make one."""
    for name, value in request.headers:
        if name not in _HEADERS and _DIGEST.fullmatch(value.strip()):
            return f"Rename the header {name} to Authorization"
    for place, text in (("body", request.body), ("query", request.query.encode())):
        if any(form.search(text) for form in _SIGNATURES):
            return f"The signature goes into the header Authorization, not into the {place}"
    return (
        "Add the header Authorization: the SHA-256, in lower-case hex, of the sorted k=v "
        "parameters joined by & with the app key after them"
    )
