"""Charging a stored card, without a payer, at most once a day for the same thing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FailureMode, Source, Standing
from emulator.core.exchange import Reply
from emulator.providers.placetopay.auth import note_auth
from emulator.providers.placetopay.failures import FIELD_VALUE
from emulator.providers.placetopay.message.amounts import plain
from emulator.providers.placetopay.message.answers import session_view
from emulator.providers.placetopay.message.members import Members
from emulator.providers.placetopay.message.session import read_session
from emulator.providers.placetopay.state import attempts, instruments, payments, sessions
from emulator.providers.placetopay.state.exchange_state import LOCALE, MESSAGE, SITE
from emulator.providers.placetopay.state.status import (
    site_zone,
)

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings

GUARD_SECONDS = 24 * 3600.0
_BASE_URL = "https://checkout-test.placetopay.com"
_COLLECT_PAYER = ("document", "documentType", "name", "surname", "email")
_COLLECT = Source("Placetopay docs, Checkout", "Collect")


PAYER_MISSING = FailureMode(
    "placetopay.collect-without-payer",
    "A collect has no payer, which the documentation requires",
    _COLLECT,
)
CARD_EXPIRED = FailureMode(
    "placetopay.stored-card-expired",
    "The stored card has expired, and the charge is declined",
    _COLLECT.but(Standing.CHOSEN),
    about_time=True,
)
POCKETS = ("10", "20", "80", "90")
"""Of a card of Uruguay."""


def collect(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Charge a stored card: the answer is that of a query.

    Raises:
        Refusal: What `read_session`, `instruments.read_token` and `attempts.check_cvv` raise.
    """
    note_auth(exchange, context)
    site = SITE.get(exchange)
    message: dict[str, Any] = MESSAGE.get(exchange)
    body = Members(message, exchange.warnings)
    _check_payer(body)
    body.require("payment", "what to charge: an object with reference and amount")
    instrument, token = instruments.read_token(body, exchange.credential, context)
    installments = token.whole("installments", 0, 99) or 1
    _check_instrument(body, token)
    request = read_session(
        _filled(message, exchange, site, context),
        site,
        context.clock.now("verify"),
        context.settings,
        exchange.warnings,
    )
    if not message.get("expiration"):
        del request.echo["expiration"]
    payment = request.echo["payment"]
    amount = plain(payment["amount"])
    marks = (exchange.credential, amount["currency"], amount["total"], payment["reference"])
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
        # Only the first charges: a collect allows one attempt, and a session one at a time.
        means = instruments.means_of(instrument, installments)
        _note_expired(means.expiry, token, site, context)
        client = exchange.request.client
        try:
            record = attempts.make(record, means, amount, record["request"], site, context, client)
        except sessions.ClosedError:
            record = sessions.find_session(str(request_id), context) or record
    return _collected(record, exchange, context)


def _check_payer(body: Members) -> None:
    """Refuse a payer that is not whole; note that there is none."""
    payer = body.object("payer", "payer-data-not-valid")
    wanted = f"an object with {', '.join(_COLLECT_PAYER)}"
    if payer is None:
        hint = f"Send payer: {wanted}. The schema of the documentation requires it"
        body.note("payer", PAYER_MISSING, wanted, hint)
        return
    for name in _COLLECT_PAYER:
        payer.require(name, f"the payer's {name}")


def _check_instrument(body: Members, token: Members) -> None:
    """Check what else an instrument may say."""
    instrument = body.object("instrument")
    assert instrument is not None  # its token was read
    if "cvv" in token:
        attempts.check_cvv(token)
    pocket = instrument.text_or_number("pocket", 2)
    if pocket is not None and str(pocket) not in POCKETS:
        instrument.refuse("pocket", FIELD_VALUE, f"one of {', '.join(POCKETS)}")
    instrument.object("credit")


def _note_expired(expiry: str, token: Members, site: Record, context: Context[Settings]) -> None:
    now = context.clock.timestamp("verify")
    if payments.is_expired(expiry, now, site["timeZone"]):
        name = "token" if "token" in token else "subtoken"
        month = f"{expiry[:2]}/{expiry[2:]}"
        token.note(
            name,
            CARD_EXPIRED,
            f"a card that is good until {datetime.fromtimestamp(now, site_zone(site)):%m/%y} or"
            " longer",
            "Ask the payer for another card. A query of the subscription shows validUntil",
            received=f"a card that was good until {month}",
        )


def _claim(key: str, context: Context[Settings]) -> int:
    """Return the requestId under which a charge is made, or was."""
    guard = context.store.table("collected")
    now = context.clock.timestamp("verify")
    earlier = guard.get(key)
    if earlier is not None and _is_guarded(earlier, context):
        return earlier["request_id"]
    since = context.clock.set_backs()
    claim: Record = {"request_id": sessions.next_request_id(context), "at": now, "since": since}
    if earlier is None:
        guard.insert(key, claim)
    else:
        guard.update(key, lambda current: claim if current == earlier else None)
    return (guard.get(key) or claim)["request_id"]


def _is_guarded(claim: Record, context: Context[Settings]) -> bool:
    """Tell whether the guard of a charge has not ended yet, wherever the clock is now."""
    return context.clock.reached(claim["since"]) - claim["at"] < GUARD_SECONDS


def _collected(record: Record, exchange: Exchange, context: Context[Settings]) -> Reply:
    site, locale = SITE.get(exchange), LOCALE.get(exchange)
    view = session_view(record, locale, site, context)
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
