"""Requests in order, and for every way to fail one that fails so."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator.core.exchange import Request
from emulator.provider import Example
from emulator.providers.placetopay.message.session import read_session
from emulator.providers.placetopay.page.examples import PAGE_EXAMPLES
from emulator.providers.placetopay.signing import (
    PAYER,
    default_message,
    first_site,
    make_auth,
    make_request,
    moment,
    newest_session,
)
from emulator.providers.placetopay.state.instruments import instruments
from emulator.providers.placetopay.state.payer import pay
from emulator.providers.placetopay.state.payments import aborted, change, expired, payments
from emulator.providers.placetopay.state.sessions import open_session, page_code, revise
from emulator.schemes.username_token import password_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

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


def _raw(_context: Context[Settings], *, body: bytes, media_type: str = "") -> Request:
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
_PAYER = {name: PAYER[name] for name in ("document", "documentType", "name", "surname")}


def _session(context: Context[Settings], **change: Any) -> Record:
    """Open a session of the first site, as if it had been asked for."""
    site = first_site(context)
    message = _changed({**default_message(context, site), **change}, None)
    request = read_session(message, site, context.clock.now("verify"), context.settings)
    return open_session(request, site["login"], "https://checkout-test.placetopay.com", context)


def _paid(context: Context[Settings], outcome: str = "approve", **change: Any) -> int:
    """Open a session, pay it, and return the internalReference."""
    record = _session(context, **change)
    pay(str(record["request_id"]), {"outcome": outcome}, context)
    key = next(reversed([key for key, _ in payments(context).items()]))
    return int(key)


def _unconfirmed(context: Context[Settings]) -> int:
    """Pay a session that then waits for the merchant's confirmation."""
    record = _session(context)
    asked = {**record["request"], "metadata": {"requiresConfirmation": True}}
    revise(record, lambda current: {**current, "request": asked}, context)
    pay(str(record["request_id"]), {"outcome": "approve"}, context)
    return int(next(reversed([key for key, _ in payments(context).items()])))


def _post(context: Context[Settings], path: str, message: Change) -> Request:
    site = first_site(context)
    return make_request(path, {"auth": make_auth(site, context, _NONCE), **message})


def _reverse(
    context: Context[Settings], *, outcome: str = "approve", twice: bool = False, **members: Any
) -> Request:
    reference = _paid(context, outcome)
    message = {"internalReference": reference, **members}
    if twice:
        change(reference, lambda payment: {**payment, "refunds": [[0, 12000]]}, context)
    return _post(context, "/api/reverse", _changed(message, None))


def _act(context: Context[Settings], *, action: str, kind: str = "", **members: Any) -> Request:
    if kind == "checkin":
        reference = _paid(context, type="checkin")
    else:
        reference = _unconfirmed(context) if kind else _paid(context)
    if kind in ("confirmed", "expired"):
        at = context.clock.timestamp("verify")
        ended = expired if kind == "expired" else aborted
        change(reference, lambda payment: ended(payment, at), context)
    message = {"action": action, "internalReference": reference, **members}
    return _post(context, "/api/transaction", message)


def _on_page(context: Context[Settings], *, deed: str, outcome: str, choice: Change) -> Request:
    """Do something on the page of a session on which something was done already."""
    record = _session(context)
    pay(str(record["request_id"]), {"outcome": outcome}, context)
    path = f"/spa/session/{record['request_id']}/{page_code(record['request_id'], context)}"
    return make_request(f"{path}/{deed}", choice)


def _of_token(
    context: Context[Settings],
    *,
    path: str,
    named: Change | None = None,
    expiry: str = "",
    **message: Any,
) -> Request:
    """Send a message about a card that was stored just now, or about another one."""
    if named is None:
        _paid(context, payment=None, subscription={"reference": "S-1"})
        token = next(reversed([key for key, _ in instruments(context).items()]))
        named = {"token": token}
        if expiry:

            def age(card: Record) -> Record:
                return {**card, "means": {**card["means"], "expiry": expiry}}

            instruments(context).update(token, age)
    return _post(context, path, {"instrument": {"token": named}, **message})


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
        "placetopay.field-value",
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

_TAXED = {
    "allowPartial": True,
    "amount": {**_amount(12000), "taxes": [{"kind": "valueAddedTax", "amount": 1916}]},
}

_NOTED = (
    Example(
        "nonce used again",
        _EARLIER,
        _create,
        after=(_EARLIER,),
        warnings=("placetopay.nonce-reused",),
    ),
    Example(
        "name of a department",
        _EARLIER,
        partial(_create, message={"buyer": {"address": {"country": "CO", "state": "Antioquia"}}}),
        warnings=("placetopay.state-long",),
    ),
    Example(
        "taxes of a partial payment",
        _EARLIER,
        partial(_create, payment=_TAXED),
        warnings=("placetopay.partial-with-taxes",),
    ),
    Example(
        "number as reference",
        _EARLIER,
        partial(_create, payment={"reference": 1001}),
        warnings=("placetopay.loose-type",),
    ),
    Example(
        "amount with a point between thousands",
        _EARLIER,
        partial(_create, payment={"amount": _amount("12.000")}),
        warnings=("placetopay.amount-ambiguous",),
    ),
    Example(
        "locale with a hyphen",
        _EARLIER,
        partial(_create, message={"locale": "es-CO"}),
        warnings=("placetopay.locale-unreadable",),
    ),
    Example(
        "address with a port",
        _EARLIER,
        partial(_create, message={"ipAddress": "203.0.113.9:51234"}),
        warnings=("placetopay.not-an-ip-address",),
    ),
    Example(
        "seed with a blank for the T",
        _EARLIER,
        partial(_seeded, seed=lambda now: now.isoformat(" ")),
        warnings=("placetopay.time-not-iso",),
    ),
    Example(
        "line break in a reference",
        _EARLIER,
        partial(_create, payment={"reference": "ORDER-1\n"}),
        "placetopay.control-character",
    ),
)

_COLLECT = {
    "payer": PAYER,
    "payment": {"reference": "CHARGE-1", "amount": _amount(5000)},
}
_INFORMATION = {
    "payment": {"reference": "ORDER-1", "amount": _amount(12000)},
    "instrument": {"card": {"number": "4110760000000081"}},
    "ipAddress": "127.0.0.1",
    "userAgent": "Mozilla/5.0",
}

_CHARGES = (
    Example("collect", "collect", partial(_of_token, path="/api/collect", **_COLLECT)),
    Example(
        "collect without payer",
        "collect",
        partial(_of_token, path="/api/collect", payment=_COLLECT["payment"]),
        warnings=("placetopay.collect-without-payer",),
    ),
    Example(
        "collect of an expired card",
        "collect",
        partial(_of_token, path="/api/collect", expiry="0120", **_COLLECT),
        warnings=("placetopay.stored-card-expired",),
    ),
    Example("reverse", "reverse", _reverse),
    Example("capture", "transaction", partial(_act, action="checkout", kind="checkin")),
    Example("confirm", "transaction", partial(_act, action="confirm", kind="unconfirmed")),
    Example(
        "invalidate",
        "instrument.invalidate",
        partial(_of_token, path="/api/instrument/invalidate"),
    ),
    Example("look-up", "gateway.token", partial(_of_token, path="/api/gateway/token")),
    Example(
        "information",
        "gateway.information",
        partial(_post, path="/api/gateway/information", message=_INFORMATION),
    ),
    Example(
        "short token",
        "collect",
        partial(_of_token, path="/api/collect", named={"token": "a1b2"}, **_COLLECT),
        "placetopay.token-length",
    ),
    Example(
        "unknown token",
        "instrument.invalidate",
        partial(_of_token, path="/api/instrument/invalidate", named={"token": "0" * 64}),
        "placetopay.token-invalid",
    ),
    Example(
        "unknown transaction",
        "reverse",
        partial(_reverse, internalReference=1),
        "placetopay.transaction-unknown",
    ),
    Example(
        "refunded twice",
        "reverse",
        partial(_reverse, twice=True),
        "placetopay.transaction-refunded",
    ),
    Example(
        "refund of a declined payment",
        "reverse",
        partial(_reverse, outcome="decline"),
        "placetopay.transaction-not-refundable",
    ),
    Example(
        "part before the settlement",
        "reverse",
        partial(_reverse, amount=_amount(5000)),
        "placetopay.transaction-not-settled",
    ),
    Example(
        "refund of more than was paid",
        "reverse",
        partial(_reverse, amount=_amount(12001)),
        "placetopay.amount-exceeds",
    ),
    Example(
        "capture of a plain payment",
        "transaction",
        partial(_act, action="checkout"),
        "placetopay.action-unsupported",
    ),
    Example(
        "confirmed too late",
        "transaction",
        partial(_act, action="confirm", kind="expired"),
        "placetopay.transaction-expired",
    ),
    Example(
        "confirmed twice",
        "transaction",
        partial(_act, action="confirm", kind="confirmed"),
        "placetopay.transaction-not-unconfirmed",
    ),
)

_ON_THE_PAGE = (
    Example(
        "paid twice",
        "page.pay",
        partial(_on_page, deed="pay", outcome="approve", choice={"outcome": "approve"}),
        "placetopay.session-not-payable",
    ),
    Example(
        "answer without a challenge",
        "page.challenge",
        partial(_on_page, deed="challenge", outcome="decline", choice={"otp": "12345"}),
        "placetopay.no-challenge",
    ),
)

EXAMPLES = (
    *_IN_ORDER,
    *_SPOILED_AUTH,
    *_SPOILED_MESSAGES,
    *_NOTED,
    *_CHARGES,
    *_ON_THE_PAGE,
    *PAGE_EXAMPLES,
)
