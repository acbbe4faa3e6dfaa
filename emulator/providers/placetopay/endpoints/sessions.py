"""The endpoints of a session: create, query, cancel. Each takes POST only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.providers.placetopay.auth import note_auth
from emulator.providers.placetopay.failures import (
    SESSION_NOT_PENDING,
    SESSION_OF_ANOTHER_SITE,
    SESSION_UNKNOWN,
    refuse,
)
from emulator.providers.placetopay.message.answers import session_view
from emulator.providers.placetopay.message.session import read_session
from emulator.providers.placetopay.state.exchange_state import LOCALE, MESSAGE, SITE
from emulator.providers.placetopay.state.payments import unknown_hint
from emulator.providers.placetopay.state.sessions import (
    cancel_session,
    ended_by_time,
    find_session,
    open_session,
)
from emulator.providers.placetopay.state.status import (
    PROCESSED,
    date_text,
    in_words,
    language,
    status_object,
)

if TYPE_CHECKING:
    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.placetopay.settings import Settings


def create_session(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Open a session: `{"status", "requestId", "processUrl"}`.

    Raises:
        Refusal: What `read_session` raises.
    """
    note_auth(exchange, context)
    site = SITE.get(exchange)
    request = read_session(
        MESSAGE.get(exchange),
        site,
        context.clock.now("verify"),
        context.settings,
        exchange.warnings,
    )
    record = open_session(request, exchange.credential, exchange.request.base_url, context)
    words = in_words(PROCESSED, language(LOCALE.get(exchange), site["locale"]))
    return Reply.json(
        {
            "status": status_object("OK", "PC", words, date_text(context, site)),
            "requestId": record["request_id"],
            "processUrl": record["process_url"],
        }
    )


def query_session(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell what became of a session: `{"requestId", "status", "request", "payment", ...}`.

    Raises:
        Refusal: `placetopay.session-unknown` or `placetopay.session-of-another-site`.
    """
    note_auth(exchange, context)
    return Reply.json(_shown(_own_session(exchange, context), exchange, context))


def cancel_pending_session(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Cancel a session for the merchant: `{"status", "session"}`.

    Raises:
        Refusal: `placetopay.session-unknown`, `placetopay.session-of-another-site` or
            `placetopay.session-not-pending`.
    """
    note_auth(exchange, context)
    found = _own_session(exchange, context)
    record = cancel_session(found, "MC", context)
    if record is None:
        refuse(
            "session.not-pending",
            replace(SESSION_NOT_PENDING, about_time=ended_by_time(found)),
            "path.requestId",
            expected="PENDING, with no payment approved or in process",
            received=f"{found['status']} {found['reason']}",
            hint=_cancel_hint(found),
        )
    site = SITE.get(exchange)
    words = in_words(PROCESSED, _language(record, exchange))
    return Reply.json(
        {
            "status": status_object("OK", "00", words, date_text(context, site)),
            "session": _shown(record, exchange, context),
        }
    )


def _own_session(exchange: Exchange, context: Context[Settings]) -> Record:
    """Return the session that the path names, if it is the site's own."""
    request_id = exchange.parameters["request_id"]
    record = find_session(request_id, context)
    if record is None:
        refuse(
            "session.not-found",
            SESSION_UNKNOWN,
            "path.requestId",
            expected="a requestId that session.create gave in this namespace",
            received=request_id[:64],
            hint=unknown_hint(request_id, context),
        )
    if record["login"] != exchange.credential:
        refuse(
            "session.unauthorized",
            SESSION_OF_ANOTHER_SITE,
            "path.requestId",
            expected=f"a session of {exchange.credential}",
            received=f"a session of {record['login']}",
            hint=Message("Query with the login that created the session"),
        )
    return record


def _cancel_hint(record: Record) -> str:
    """Say what to do with a session that cannot be cancelled."""
    match record["status"]:
        case "PENDING":
            return Message("A payment is in process. Query the session until that has ended")
        case "APPROVED" | "APPROVED_PARTIAL":
            return Message("Something is paid. Refund the payment with /api/reverse instead")
        case _:
            return Message("The session has ended already: there is nothing to cancel")


def _shown(record: Record, exchange: Exchange, context: Context[Settings]) -> dict[str, Any]:
    site, locale = SITE.get(exchange), LOCALE.get(exchange)
    return session_view(record, locale, site, context)


def _language(record: Record, exchange: Exchange) -> Any:
    return language(LOCALE.get(exchange), record["request"]["locale"])
