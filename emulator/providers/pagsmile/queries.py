"""Asking about payouts: status, list, detail, proof; and about the balance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulator.core.exchange import Reply
from emulator.core.messages import Message
from emulator.providers.pagsmile import ledger, members, stamps, state
from emulator.providers.pagsmile.answers import params_of, refuse_unknown, success
from emulator.providers.pagsmile.failures import (
    NO_REFERENCE,
    NO_VOUCHER,
    START_TIME,
    TIME_RANGE,
    refuse,
)
from emulator.providers.pagsmile.webhooks import catch_up, up_to_date

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.core.exchange import Exchange
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.settings import Settings

LONGEST_RANGE = timedelta(days=31)
LARGEST_PAGE = 1000
_OTHER_REFERENCES = ("id", "transaction_id", "reference_id", "payoutId", "customCode", "order_id")


def payout_status(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell what became of a payout, by either id."""
    params = params_of(exchange)
    payout_id = members.string(params, "payout_id")
    custom_code = members.string(params, "custom_code")
    if not payout_id and not custom_code:
        other = next((n for n in _OTHER_REFERENCES if params.get(n)), "")
        refuse(
            "status-invalid",
            NO_REFERENCE,
            "body.payout_id",
            expected="payout_id or custom_code",
            received=", ".join(params) or "nothing",
            hint=Message("Rename {other} to payout_id or custom_code").with_(other=other)
            if other
            else Message("Add payout_id, the id that payout.create answered, or your custom_code"),
            err="custom_code or payout_id required",
        )
    app_id = exchange.credential
    record = (
        state.find(app_id, payout_id, context)
        if payout_id
        else state.find_by_code(app_id, custom_code, context)
    )
    if record is None:
        name = "payout_id" if payout_id else "custom_code"
        refuse_unknown(app_id, name, payout_id or custom_code, context)
    if custom_code and record["custom_code"] != custom_code:
        refuse_unknown(app_id, "custom_code", custom_code, context)
    stage = _look(record, context)
    return success(
        {
            "payout_id": record["id"],
            "custom_code": record["custom_code"],
            "status": stage.status,
            "description": stage.description,
        },
        context,
    )


def list_payouts(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return one page of the payouts created in a span of time."""
    params = params_of(exchange)
    members.require(params, ("start_time", "end_time", "page_num", "page_size", "timestamp"))
    stamps.fresh(exchange, params, _stale_entry(context), context)
    start, end = _span(params)
    page = members.integer(params, "page_num", exchange)
    size = members.integer(params, "page_size", exchange)
    if page < 1:
        members.invalid(
            "page_num", expected="1 or more", received=page, hint=Message("Pages start at 1")
        )
    if not 1 <= size <= LARGEST_PAGE:
        members.invalid(
            "page_size",
            expected=f"1 to {LARGEST_PAGE}",
            received=size,
            hint=Message(
                "Ask for at most {largest_page} rows, and for the next page until one is short"
            ).with_(largest_page=LARGEST_PAGE)
            if size
            else Message("Ask for at least one row"),
        )
    first, last = start.timestamp(), end.timestamp()
    found = [
        record
        for record in state.of_app(exchange.credential, context)
        if first <= record["create_time"] <= last
    ]
    shown = found[(page - 1) * size : page * size]
    return success([_row(record, context) for record in shown], context)


def payout_detail(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return one row as in a list."""
    params = params_of(exchange)
    members.require(params, ("transaction_id", "timestamp"))
    stamps.fresh(exchange, params, _stale_entry(context), context)
    payout_id = members.string(params, "transaction_id")
    record = state.find(exchange.credential, payout_id, context)
    if record is None:
        refuse_unknown(exchange.credential, "transaction_id", payout_id, context)
    return success(_row(record, context), context)


def payout_voucher(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return a link to the proof of a payout that was paid."""
    params = params_of(exchange)
    name = "payout_id" if params.get("payout_id") else "transaction_id"
    members.require(params, (name, "timestamp"))
    stamps.fresh(exchange, params, "bad-request", context)
    payout_id = members.string(params, name)
    record = state.find(exchange.credential, payout_id, context)
    if record is None:
        refuse_unknown(exchange.credential, name, payout_id, context)
    status = _look(record, context).status
    if not record["has_voucher"] or status not in state.WAS_PAID:
        refuse(
            "bad-request",
            NO_VOUCHER,
            f"body.{name}",
            expected="a payout by PIX, SPEI or Transfiya that was paid",
            received=f"{record['method']}, {status}",
            hint=Message("Wait for PAID, then ask again")
            if record["has_voucher"] and status not in (state.REJECTED,)
            else Message("A rejected payout has no proof")
            if record["has_voucher"]
            else Message("Only PIX, SPEI and Transfiya have a proof; payout.detail has the rest"),
            err="voucher is not available",
        )
    url = f"{exchange.request.base_url}/voucher/{record['id']}.pdf"
    # The page's example has no time in it.
    return Reply.json({"code": 200, "msg": "success", "data": {"url": url}})


def balance(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return the balance in each currency."""
    stamps.fresh(exchange, params_of(exchange), "bad-request", context)
    catch_up(context)
    held = ledger.balances(exchange.credential, context)
    return success([{"currency": c, "amount": amount} for c, amount in held.items()], context)


def _stale_entry(context: Context[Settings]) -> str:
    return "request-expired-legacy" if context.settings.legacy_codes else "request-expired"


def _span(params: Params) -> tuple[datetime, datetime]:
    start, end = (stamps.moment(params, name) for name in ("start_time", "end_time"))
    if start is None:
        written = members.string(params, "start_time")
        refuse(
            "start-time-invalid",
            START_TIME,
            "body.start_time",
            expected="UTC, such as 2021-08-10 07:34:05",
            received=written,
            hint=stamps.moment_hint(written),
        )
    if end is None or end < start:
        written = members.string(params, "end_time")
        members.invalid(
            "end_time",
            expected="UTC, such as 2021-08-10 07:34:05, not before start_time",
            received=written,
            hint=stamps.moment_hint(written)
            if end is None
            else Message("The end is before the start: exchange the two, both in UTC"),
        )
    if end - start > LONGEST_RANGE:
        refuse(
            "time-range-too-long",
            TIME_RANGE,
            "body.end_time",
            expected="at most 31 days after start_time",
            received=str(end - start),
            hint=Message("Ask in parts of 31 days; the first ends at {end:%Y-%m-%d %T}").with_(
                end=start + LONGEST_RANGE
            ),
        )
    return start, end


def _look(record: Record, context: Context[Settings]) -> state.Stage:
    """Tell where a payout is, after it has come to its end if it is time."""
    return state.stage(up_to_date(record, context), context)


def _row(record: Record, context: Context[Settings]) -> dict[str, Any]:
    stage = _look(record, context)
    is_done = stage.status in state.WAS_PAID
    bank_id = state.end_to_end_id(record["id"], stage.since) if is_done else ""
    return {
        "reference_id": record["custom_code"],
        "transaction_id": record["id"],
        "user_name": record["name"],
        "bank_id": bank_id if record["method"] == "PIX" else "",
        "amount": record["amount"],
        "source_amount": record["source_amount"],
        "settlement_amount": record["settlement_amount"],
        "source_currency": record["source_currency"],
        "arrival_amount": record["arrival_amount"],
        "arrival_currency": record["arrival_currency"],
        "exchange_rate": record["exchange_rate"],
        "tax": record["tax"],
        "fee": record["fee"],
        "fee_user": record["fee_bear"],
        "transaction_status": stage.status,
        "create_time": record["create_time"],
        "update_time": stage.since,
    }
