"""Charging a stored card, without a payer, at most once a day for the same thing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulator.errors import Behaviour, Source, Standing
from emulator.exchange import Reply
from emulator.providers.placetopay import attempts, instruments, sessions
from emulator.providers.placetopay.answers import session_view
from emulator.providers.placetopay.auth import note_replay
from emulator.providers.placetopay.message import Members, read_session
from emulator.providers.placetopay.status import (
    site_zone,
)

if TYPE_CHECKING:
    from emulator.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.placetopay.sites import Settings
    from emulator.store import Record

GUARD_SECONDS = 24 * 3600.0
_BASE_URL = "https://checkout-test.placetopay.com"
_COLLECT_PAYER = ("document", "documentType", "name", "surname", "email")
_COLLECT = Source("Placetopay docs, Checkout", "Collect")

DUPLICATES = Behaviour(
    "A collect of the same reference, total and currency within 24 hours charges nothing: the"
    " answer is the first session, as it stands by now",
    _COLLECT.but(Standing.INFERRED),
)
FILLED_IN = Behaviour(
    "Where a collect leaves them out, returnUrl is {base}/home, ipAddress that of the caller,"
    " userAgent its header and expiration half an hour ahead",
    Source("Answers of checkout-test.placetopay.ec", "2023-08", Standing.OBSERVED),
)
PENDING_COLLECT = Behaviour(
    "The answer to a collect that is pending has payment null; a query shows the payment",
    Source("dnetix/redirection, tests", "collect", Standing.OBSERVED),
)


def collect(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Charge a stored card: the answer is that of a query.

    Raises:
        Refusal: What `read_session` and `instruments.read_token` raise.
    """
    note_replay(exchange, context)
    site = exchange.scratch["site"]
    message: dict[str, Any] = exchange.scratch["message"]
    body = Members(message)
    payer = body.object("payer", "payer-data-not-valid")
    body.require("payer", "the payer, whole")
    body.require("payment", "what to charge")
    assert payer is not None  # required above
    for name in _COLLECT_PAYER:
        payer.require(name, "document, documentType, name, surname and email")
    instrument, token = instruments.read_token(body, exchange.credential, context)
    installments = token.whole("installments", 0, 99) or 1
    request = read_session(
        _filled(message, exchange, site, context),
        site,
        context.clock.now("verify"),
        context.settings.expiration_minutes,
    )
    payment = request.echo["payment"]
    asked = payment["amount"]
    marks = (exchange.credential, asked["currency"], asked["total"], payment["reference"])
    key = " ".join(map(str, marks))
    request_id = _claim(key, context)
    record = sessions.find_session(str(request_id), context) or sessions.open_session(
        request,
        exchange.credential,
        exchange.request.base_url,
        context,
        collect_as=request_id,
    )
    if sessions.is_open(record) and not record["attempts"]:
        # Whoever comes first charges: a session takes one attempt at a time, a collect one at all.
        means = instruments.means_of(instrument, installments)
        amount = {"currency": asked["currency"], "total": asked["total"]}
        client = exchange.request.client
        try:
            record = attempts.make(record, means, amount, record["request"], site, context, client)
        except sessions.ClosedError:
            record = sessions.find_session(str(request_id), context) or record
    return _collected(record, exchange, context)


def _claim(key: str, context: Context[Settings]) -> int:
    """Return the requestId under which a charge is made, or was."""
    guard = context.store.table("collected")
    now = context.clock.timestamp("verify")
    earlier = guard.get(key)
    if earlier is not None and abs(now - earlier["at"]) < GUARD_SECONDS:
        return earlier["request_id"]
    claim: Record = {"request_id": sessions.next_request_id(context), "at": now}
    if earlier is None:
        guard.insert(key, claim)
    else:
        guard.update(key, lambda current: claim if current == earlier else None)
    return (guard.get(key) or claim)["request_id"]


def _collected(record: Record, exchange: Exchange, context: Context[Settings]) -> Reply:
    site, locale = exchange.scratch["site"], exchange.scratch["locale"]
    view = session_view(record, locale, site, context, fresh=True)
    if record["status"] == "PENDING":
        view["payment"] = None
    return Reply.json(view)


def _filled(
    message: dict[str, Any], exchange: Exchange, site: Record, context: Context[Settings]
) -> dict[str, Any]:
    """Return the message with what a session must have and a collect may leave out."""
    request = exchange.request
    ahead = context.clock.timestamp("issue") + context.settings.expiration_minutes * 60
    defaults = {
        "returnUrl": f"{request.base_url or _BASE_URL}/home"[:255],
        "ipAddress": (request.client or "127.0.0.1")[:46],
        "userAgent": (request.header("user-agent") or "none")[:255],
        "expiration": datetime.fromtimestamp(int(ahead), site_zone(site)).isoformat(),
    }
    return {**message, **{name: message.get(name) or value for name, value in defaults.items()}}
