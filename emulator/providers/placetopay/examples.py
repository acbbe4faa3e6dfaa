"""Requests in order, and for every way to fail one that fails so."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.exchange import Request
from emulator.provider import Example
from emulator.providers.placetopay.signing import (
    default_message,
    first_site,
    make_auth,
    make_request,
    moment,
    newest_session,
)
from emulator.schemes.username_token import password_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.provider import Context
    from emulator.providers.placetopay.state import Settings
    from emulator.store import Record

_NONCE = bytes(range(0xF0, 0x100))  # not UTF-8, on purpose
_EARLIER = "session.create"

Change = dict[str, Any]


def _create(
    context: Context[Settings],
    *,
    message: Change | None = None,
    payment: Change | None = None,
    auth: Change | None = None,
    login: str = "",
    headers: list[tuple[str, str]] | None = None,
) -> Request:
    """Make a request to create a session, members replaced; None takes a member away."""
    site = _site(context, login)
    whole = default_message(context, site)
    whole["payment"] = _changed(whole["payment"], payment)
    body = {
        "auth": _changed(make_auth(site, context, _NONCE), auth),
        **_changed(whole, message),
    }
    request = make_request("/api/session", body)
    request.headers.extend(headers or [])
    return request


def _query(
    context: Context[Settings], *, suffix: str = "", login: str = "", request_id: str = ""
) -> Request:
    site = _site(context, login)
    path = f"/api/session/{request_id or newest_session(context)}{suffix}"
    return make_request(path, {"auth": make_auth(site, context, _NONCE)})


def _raw(context: Context[Settings], *, body: bytes, media_type: str = "") -> Request:  # noqa: ARG001
    headers = [("content-type", media_type or "application/json")]
    return Request(method="POST", path="/api/session", headers=headers, body=body)


def _as_form(context: Context[Settings]) -> Request:
    request = _create(context)
    request.headers = [("content-type", "application/x-www-form-urlencoded")]
    return request


def _renamed(context: Context[Settings]) -> Request:
    request = _create(context)
    request.body = request.body.replace(b'"tranKey"', b'"trankey"')
    return request


def _auth_twice(context: Context[Settings]) -> Request:
    request = _create(context)
    request.body = b'{"auth":{},' + request.body[1:]
    return request


def _without_auth(context: Context[Settings]) -> Request:
    message = default_message(context, first_site(context))
    return make_request("/api/session", message)


def _seeded(
    context: Context[Settings], *, seed: Callable[[datetime], str], hash_name: Any = "sha256"
) -> Request:
    """Sign with another seed, otherwise rightly."""
    site = first_site(context)
    text = seed(datetime.fromtimestamp(context.clock.time(), UTC))
    digest = password_digest(_NONCE, text, site["secretKey"], hash_name)
    return _create(context, auth={"seed": text, "tranKey": digest})


def _hashed_text(context: Context[Settings]) -> Request:
    """Hash the Base64 text of the nonce."""
    site = first_site(context)
    seed = moment(context, site)
    digest = password_digest(b64encode(_NONCE), seed, site["secretKey"])
    return _create(context, auth={"seed": seed, "tranKey": digest})


def _hex_digest(context: Context[Settings]) -> Request:
    auth = json.loads(_create(context).body)["auth"]
    digest = password_digest(_NONCE, auth["seed"], first_site(context)["secretKey"])
    return _create(context, auth={"tranKey": b64decode(digest).hex()})


def _expiring(context: Context[Settings], *, ahead: timedelta) -> Request:
    site = first_site(context)
    return _create(context, message={"expiration": moment(context, site, ahead)})


def _site(context: Context[Settings], login: str) -> Record:
    return (context.credential(login) if login else None) or first_site(context)


def _changed(members: Change, change: Change | None) -> Change:
    merged = {**members, **(change or {})}
    return {name: value for name, value in merged.items() if value is not None}


def _amount(total: object, currency: str = "COP") -> Change:
    return {"currency": currency, "total": total}


_RECURRING = {"periodicity": "M", "interval": 1, "maxPeriods": -1}
_PARTS = [
    {"amount": _amount(5000), "agreement": "1", "agreementType": "MERCHANT"},
    {"amount": _amount(7000), "agreementType": "AIRLINE"},
]
_PAYER = {"document": "1040035000", "documentType": "CC", "name": "Ana", "surname": "Gómez"}

_IN_ORDER = (
    Example(_EARLIER, "session.create", _create),
    Example(
        "session.create with SHA-1",
        "session.create",
        partial(_seeded, seed=lambda now: now.isoformat(), hash_name="sha1"),
    ),
    Example(
        "session.create in English",
        "session.create",
        partial(_create, message={"locale": "en_US", "payer": _PAYER}, auth={"additional": []}),
    ),
    Example(
        "session.create of a subscription",
        "session.create",
        partial(_create, message={"payment": None, "subscription": {"reference": "S-1"}}),
    ),
    Example(
        "session.create for the SHA-256 site",
        "session.create",
        partial(_create, login="emulator-co-sha256"),
    ),
    Example(
        "session.create in Ecuador",
        "session.create",
        partial(_create, login="emulator-ec"),
    ),
    Example(
        "session.create with dispersion",
        "session.create",
        partial(_create, payment={"dispersion": _PARTS}),
    ),
    Example("session.query", "session.query", _query, after=(_EARLIER,)),
    Example(
        "session.cancel", "session.cancel", partial(_query, suffix="/cancel"), after=(_EARLIER,)
    ),
)

_SPOILED_AUTH = (
    Example("content type of a form", _EARLIER, _as_form, "placetopay.content-type"),
    Example("cut JSON", _EARLIER, partial(_raw, body=b'{"auth":'), "placetopay.body-not-json"),
    Example("auth twice", _EARLIER, _auth_twice, "placetopay.repeated-member"),
    Example(
        "compressed body",
        _EARLIER,
        partial(_create, headers=[("content-encoding", "gzip")]),
        "request.content-encoding",
    ),
    Example(
        "two content types",
        _EARLIER,
        partial(_create, headers=[("content-type", "application/json")]),
        "request.content-type-twice",
    ),
    Example("no auth", _EARLIER, _without_auth, "placetopay.auth-missing"),
    Example("renamed tranKey", _EARLIER, _renamed, "placetopay.auth-incomplete"),
    Example(
        "long nonce",
        _EARLIER,
        partial(_create, auth={"nonce": b64encode(bytes(192)).decode()}),
        "placetopay.nonce-too-long",
    ),
    Example(
        "nonce not in Base64",
        _EARLIER,
        partial(_create, auth={"nonce": "*"}),
        "username-token.nonce-not-base64",
    ),
    Example(
        "unknown login",
        _EARLIER,
        partial(_create, auth={"login": "emulator-com"}),
        "placetopay.unknown-login",
    ),
    Example(
        "another country's host",
        _EARLIER,
        partial(_create, headers=[("host", "checkout-test.placetopay.ec")]),
        "placetopay.login-of-another-host",
    ),
    Example(
        "inactive site",
        _EARLIER,
        partial(_create, login="emulator-co-inactive"),
        "placetopay.site-inactive",
    ),
    Example(
        "expired site",
        _EARLIER,
        partial(_create, login="emulator-co-expired"),
        "placetopay.site-expired",
    ),
    Example(
        "expired credentials",
        _EARLIER,
        partial(_create, login="emulator-co-old-key"),
        "placetopay.credentials-expired",
    ),
    Example("hashed Base64 nonce", _EARLIER, _hashed_text, "username-token.digest-mismatch"),
    Example("hex digest", _EARLIER, _hex_digest, "username-token.digest-malformed"),
    Example(
        "Unix seed",
        _EARLIER,
        partial(_seeded, seed=lambda now: str(int(now.timestamp()))),
        "username-token.created-malformed",
    ),
    Example(
        "seed without zone",
        _EARLIER,
        partial(_seeded, seed=lambda now: now.replace(tzinfo=None).isoformat()),
        "username-token.created-without-zone",
    ),
    Example(
        "seed of six minutes ago",
        _EARLIER,
        partial(_seeded, seed=lambda now: (now - timedelta(minutes=6)).isoformat()),
        "username-token.created-too-old",
    ),
    Example(
        "seed six minutes ahead",
        _EARLIER,
        partial(_seeded, seed=lambda now: (now + timedelta(minutes=6)).isoformat()),
        "username-token.created-in-future",
    ),
)

_SPOILED_MESSAGES = (
    Example(
        "no user agent",
        _EARLIER,
        partial(_create, message={"userAgent": None}),
        "placetopay.field-required",
    ),
    Example(
        "payment as text",
        _EARLIER,
        partial(_create, message={"payment": "12000 COP"}),
        "placetopay.field-type",
    ),
    Example(
        "long user agent",
        _EARLIER,
        partial(_create, message={"userAgent": "x" * 256}),
        "placetopay.field-too-long",
    ),
    Example(
        "currency of four letters",
        _EARLIER,
        partial(_create, payment={"amount": _amount(12000, "PESO")}),
        "placetopay.field-too-long",
    ),
    Example(
        "lower-case currency",
        _EARLIER,
        partial(_create, payment={"amount": _amount(12000, "cop")}),
        "placetopay.field-value",
    ),
    Example(
        "long reference",
        _EARLIER,
        partial(_create, payment={"reference": "R" * 33}),
        "placetopay.reference-length",
    ),
    Example(
        "expiration in four minutes",
        _EARLIER,
        partial(_expiring, ahead=timedelta(minutes=4)),
        "placetopay.expiration-too-soon",
    ),
    Example(
        "card number as the payer's name",
        _EARLIER,
        partial(_create, message={"payer": {**_PAYER, "name": "4111 1111 1111 1111"}}),
        "placetopay.card-number-in-name",
    ),
    Example(
        "four dispersions",
        _EARLIER,
        partial(_create, payment={"dispersion": 2 * _PARTS}),
        "placetopay.too-many-dispersions",
    ),
    Example(
        "dispersions of another sum",
        _EARLIER,
        partial(_create, payment={"dispersion": _PARTS[:1]}),
        "placetopay.dispersion-sum",
    ),
    Example(
        "partial and recurring",
        _EARLIER,
        partial(_create, payment={"allowPartial": True, "recurring": _RECURRING}),
        "placetopay.not-combinable",
    ),
    Example(
        "confirmation where not allowed",
        _EARLIER,
        partial(_create, message={"metadata": {"requiresConfirmation": True}}),
        "placetopay.not-allowed",
    ),
    Example(
        "unknown session",
        "session.query",
        partial(_query, request_id="999999999"),
        "placetopay.session-unknown",
    ),
    Example(
        "session of another site",
        "session.query",
        partial(_query, login="emulator-ec"),
        "placetopay.session-of-another-site",
        after=(_EARLIER,),
    ),
    Example(
        "cancelled twice",
        "session.cancel",
        partial(_query, suffix="/cancel"),
        "placetopay.session-not-pending",
        after=(_EARLIER, "session.cancel"),
    ),
)

EXAMPLES = (*_IN_ORDER, *_SPOILED_AUTH, *_SPOILED_MESSAGES)
