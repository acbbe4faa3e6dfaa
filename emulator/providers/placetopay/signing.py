"""Making requests in order: for `emulator sign`, for the examples, and the key files."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from emulator.core.configuration import nearest
from emulator.core.errors import ConfigurationError
from emulator.core.exchange import Request
from emulator.provider import CREDENTIALS, Preparation, Signed
from emulator.providers.placetopay.state.instruments import instruments
from emulator.providers.placetopay.state.payments import payments
from emulator.providers.placetopay.state.sessions import sessions
from emulator.providers.placetopay.state.status import site_zone
from emulator.schemes.username_token import password_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.core.store import Record, Table
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

_PATHS = {
    "session.create": "/api/session",
    "session.query": "/api/session/{}",
    "session.cancel": "/api/session/{}/cancel",
    "collect": "/api/collect",
    "reverse": "/api/reverse",
    "transaction": "/api/transaction",
    "instrument.invalidate": "/api/instrument/invalidate",
    "gateway.token": "/api/gateway/token",
    "gateway.information": "/api/gateway/information",
}


def sign(endpoint: str, payload: Any, context: Context[Settings], base_url: str) -> Signed:
    """Make a request in order, signed by the first credential.

    Args:
        endpoint: Its name.
        payload: The message without `auth`; of query and cancel `{"requestId": 12}` names the
            session, else it is the newest. None for a default message, about the newest payment
            or stored card.
        context: Whose clock and credential.
        base_url: Where the request is for.

    Raises:
        ConfigurationError: If there is no such endpoint, no credential, or the payload is not
            an object.
    """
    if endpoint.partition(".")[0] in ("page", "lightbox"):
        raise ConfigurationError(f"{endpoint} is for the payer's browser: nothing in it is signed")
    if endpoint not in _PATHS:
        raise ConfigurationError(
            f"placetopay has no endpoint {endpoint!r}{nearest(endpoint, _PATHS)}"
        )
    if payload is not None and not isinstance(payload, dict):
        raise ConfigurationError("the payload must be a JSON object")
    site = first_site(context)
    message = dict(cast("dict[str, Any]", payload or {}))
    path = _PATHS[endpoint]
    before: tuple[Preparation, ...] = ()
    if "{}" in path:
        number = message.pop("requestId", None) or next(reversed(_keys(sessions(context))), None)
        if number is None:
            before, number = (_opened(base_url, context, site),), "{requestId}"
        path = path.format(number)
    elif not message:
        message, before = _default(endpoint, context, site, base_url)
    nonce = secrets.token_bytes(16)
    auth = make_auth(site, context, nonce)
    request = make_request(path, {"auth": auth, **message}, base_url)
    seed = auth["seed"]
    return Signed(
        request,
        f"{nonce.hex()} (raw bytes) + {seed} + (secretKey)",
        (
            f"nonce (raw) = {nonce.hex()}",
            f"nonce (sent) = Base64 of these bytes = {auth['nonce']}",
            f"seed = {seed}",
            f"tranKey = Base64(SHA-256(nonce raw + seed + secretKey)) = {auth['tranKey']}",
        ),
        before,
    )


def first_site(context: Context[Settings]) -> Record:
    """Return the credential that clients use.

    Raises:
        ConfigurationError: If there is none.
    """
    first = next(context.store.table(CREDENTIALS).items(), None)
    if first is None:
        raise ConfigurationError("placetopay has no credential")
    return first[1]


def make_auth(site: Mapping[str, Any], context: Context[Settings], nonce: bytes) -> dict[str, str]:
    """Return an `auth` in order, made with SHA-256 at the scope's time."""
    seed = moment(context, site)
    return {
        "login": site["login"],
        "tranKey": password_digest(nonce, seed, site["secretKey"]),
        "nonce": b64encode(nonce).decode("ascii"),
        "seed": seed,
    }


def make_request(path: str, message: Mapping[str, Any], base_url: str = "") -> Request:
    """Return a POST of a message as JSON."""
    return Request(
        method="POST",
        path=path,
        headers=[("content-type", "application/json")],
        body=json.dumps(message, ensure_ascii=False).replace('"{paid}"', "{paid}").encode(),
        base_url=base_url,
    )


def default_message(context: Context[Settings], site: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of `session.create`: a payment of 12,000 pesos, half an hour to pay."""
    return {
        "payment": {
            "reference": "ORDER-1",
            "description": "Dos cafés",
            "amount": {"currency": "COP", "total": 12000},
        },
        "expiration": moment(context, site, timedelta(minutes=30)),
        "returnUrl": "https://shop.example/return?order=1",
        "ipAddress": "127.0.0.1",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
    }


def _default(
    endpoint: str, context: Context[Settings], site: Mapping[str, Any], base_url: str
) -> tuple[dict[str, Any], tuple[Preparation, ...]]:
    """Return a message of an endpoint that names no session, and what must be sent before it.

    It is about the newest payment or stored card; where none is known, one is made first.
    """
    whole = default_message(context, site)
    if endpoint == "session.create":
        return whole, ()
    if endpoint in ("reverse", "transaction"):
        paid = [key for key, payment in payments(context).items() if payment["amount"]]
        named: dict[str, Any] = {"internalReference": int(paid[-1]) if paid else "{paid}"}
        before = () if paid else _ended(base_url, context, site, {}, _PAID)
        return named if endpoint == "reverse" else {"action": "reverse", **named}, before
    stored = _keys(instruments(context))
    before = () if stored else _ended(base_url, context, site, _STORING, _STORED)
    token = {"instrument": {"token": {"token": stored[-1] if stored else "{stored}"}}}
    if endpoint in ("instrument.invalidate", "gateway.token"):
        return token, before
    asked = {name: whole[name] for name in ("payment", "ipAddress", "userAgent")}
    return {**asked, **token} | ({"payer": PAYER} if endpoint == "collect" else {}), before


_PAID = {"paid": '"internalReference":'}
_STORED = {"stored": '"keyword":"token","value":'}
_STORING = {"subscription": {"reference": "CARD-1", "description": "Guardar la tarjeta"}}


def _keys(table: Table) -> list[str]:
    return [key for key, _ in table.items()]


def _opened(
    base_url: str,
    context: Context[Settings],
    site: Mapping[str, Any],
    goal: Mapping[str, Any] | None = None,
) -> Preparation:
    """Open a session, of a payment if no other goal is given."""
    whole = default_message(context, site)
    if goal:
        del whole["payment"]
    auth = make_auth(site, context, secrets.token_bytes(16))
    request = make_request("/api/session", {"auth": auth, **whole, **(goal or {})}, base_url)
    return Preparation(request, {"requestId": "requestId", "page": "processUrl"})


def _ended(
    base_url: str,
    context: Context[Settings],
    site: Mapping[str, Any],
    goal: Mapping[str, Any],
    takes: Mapping[str, str],
) -> tuple[Preparation, ...]:
    """Open a session, approve it as the payer would on the page, and query what came of it."""
    auth = make_auth(site, context, secrets.token_bytes(16))
    query = make_request("/api/session/{requestId}", {"auth": auth}, base_url)
    approve = make_request("{page}/pay", {"outcome": "approve"})
    return (
        _opened(base_url, context, site, goal),
        Preparation(approve),
        Preparation(query, takes),
    )


PAYER = {
    "document": "1040035000",
    "documentType": "CC",
    "name": "Ana",
    "surname": "Gómez",
    "email": "ana@example.com",
}
"""Someone to pay."""


def moment(
    context: Context[Settings], site: Mapping[str, Any], ahead: timedelta = timedelta()
) -> str:
    """Return the scope's time, or later, as the site writes it."""
    now = datetime.fromtimestamp(context.clock.time(), UTC) + ahead
    return now.astimezone(site_zone(dict(site))).isoformat(timespec="seconds")


def newest_session(context: Context[Settings]) -> str:
    """Return the requestId of the newest session, or that of the first there will be."""
    known = list(sessions(context).items())
    return known[-1][0] if known else str(context.settings.first_request_id)
