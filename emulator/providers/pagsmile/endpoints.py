"""What the endpoints do, once a request is known to be an app's.

All are POST, reads too, and take flat JSON. Those that take a `timestamp` refuse one that is
not fresh; which number says so differs from page to page.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from emulator.exchange import Reply
from emulator.provider import Endpoint
from emulator.providers.pagsmile import checks, ledger, money, state
from emulator.providers.pagsmile.auth import APP, PARAMS
from emulator.providers.pagsmile.behaviours import (
    BALANCE,
    CHECKOUT,
    CREATE,
    DETAIL,
    DRY_RUN,
    LIST,
    STATUS,
)
from emulator.providers.pagsmile.failures import (
    ACCOUNT_UNAVAILABLE,
    ARRIVAL_NOT_POSITIVE,
    BALANCE_INSUFFICIENT,
    CHECKOUT_TIMEOUT,
    COUNTRY,
    CURRENCY_PAIR,
    FEE_NOT_CONFIGURED,
    METHOD,
    NO_REFERENCE,
    ORDER_EXISTS,
    ORDER_UNKNOWN,
    START_TIME,
    TIME_RANGE,
    envelope,
    now,
    refuse,
)
from emulator.providers.pagsmile.methods import FOREIGN, is_paypal_country
from emulator.providers.pagsmile.notices import up_to_date, wake

if TYPE_CHECKING:
    from emulator.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.pagsmile.checks import Params
    from emulator.providers.pagsmile.methods import Method
    from emulator.providers.pagsmile.money import Quote
    from emulator.providers.pagsmile.state import Settings
    from emulator.store import Record

LONGEST_RANGE = timedelta(days=31)
LARGEST_PAGE = 1000
LONGEST_CHECKOUT_SECONDS = 1800
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_CHECKOUT_PAGE = "https://sandbox-payout.pagsmile.com/?t="
_CHECKOUTS = {
    ("BRA", "PIX"): (("USD", "BRL"), "BRL"),
    ("BRA", "BANKTRANSFER"): (("USD", "BRL"), "BRL"),
    ("MEX", "SPEI"): (("USD", "MXN"), "MXN"),
    ("GLOBAL", "PAYPAL"): (("USD",), "USD"),
}
"""Country and method of a checkout -> the currencies it goes from and to."""

_ALWAYS = tuple(name for name in checks.PAYOUT_MEMBERS if name != "account_type")
_REASONS = {"PIX": "Invalid PIX Key", "BANKTRANSFER": "Bank Control", "SPEI": "Bank Control"}


def create_payout(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Create a payout; the same custom_code again is an error, not a replay."""
    app_id, params = exchange.credential, _params(exchange)
    checks.require(params, _ALWAYS)
    country, way = checks.method(params)
    if way.account is None:
        checks.require(params, ("account_type",))
    custom_code = checks.string(params, "custom_code", longest=checks.LONGEST_CODE)
    notify_url = checks.callback(params, "notify_url")
    checks.beneficiary(params, country, way, context)
    payment = checks.payment(params, way, context)
    checks.remark(params, 80 if country == "BRA" else 40)

    created = now(context)
    payout_id = state.new_id(app_id, way.letters, created, context)
    if not state.claim(app_id, custom_code, payout_id, context):
        _refuse_used(custom_code, context)
    try:
        fee, tax = _charges(exchange, payment.source_currency, context)
        quote = _quote(payment, fee + tax, context)
        if not _debit(app_id, payment.source_currency, quote.source, context):
            refuse(
                "balance-insufficient",
                BALANCE_INSUFFICIENT,
                "body.amount",
                expected=f"at most {_balance(app_id, payment.source_currency, context)} "
                f"{payment.source_currency} with fee and tax",
                received=money.text(quote.source),
            )
    except BaseException:
        state.release(app_id, custom_code, context)  # a refused payout does not use it up
        raise
    outcome = _outcome(params, way, context)
    reason = _REASONS.get(way.name, "Other")
    delay = context.settings.in_processing_seconds
    lasting = context.settings.instant_seconds if way.seconds is None else way.seconds
    record: Record = {
        "id": payout_id,
        "app_id": app_id,
        "custom_code": custom_code,
        "name": checks.string(params, "name"),
        "country": country,
        "method": way.name,
        "amount": money.text(payment.amount),
        "fee": money.text(fee),
        "tax": money.text(tax),
        "fee_bear": payment.fee_bear,
        "exchange_rate": money.text(quote.rate),
        "source_amount": money.text(quote.source),
        "source_currency": payment.source_currency,
        "settlement_amount": money.text(quote.settlement),
        "arrival_amount": money.text(quote.arrival),
        "arrival_currency": payment.arrival_currency,
        "notify_url": notify_url,
        "outcome": outcome,
        "reason": reason,
        "description": "",
        "begun": context.clock.passed(),
        "create_time": created,
        "processing_after": delay,
        "final_after": delay + lasting,
        "refunds": way.refunds,
        "final": "",
        "final_at": 0,
        "is_announced": False,
        "refunded": "0",
        "given_back": "0",
    }
    state.payouts(context).put(payout_id, record)
    state.expect(record, context)
    return _success(
        {
            "id": payout_id,
            "custom_code": custom_code,
            "arrival_amount": record["arrival_amount"],
            "arrival_currency": payment.arrival_currency,
            "source_amount": record["source_amount"],
            "source_currency": payment.source_currency,
            "status": state.stage(record, context).status,
        },
        context,
    )


def dry_run(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell what a payout would cost; nothing is created and no money moves."""
    params = _params(exchange)
    checks.require(
        params,
        (
            "source_currency",
            "arrival_currency",
            "amount",
            "fee_bear",
            "method",
            "country",
            "timestamp",
        ),
    )
    checks.fresh(params, "bad-request", context)
    country, way = checks.method(params)
    if country not in ("BRA", "MEX") and not (
        way.channel == "PAYPAL" and is_paypal_country(country)
    ):
        refuse(
            "country-unsupported",
            COUNTRY,
            "body.country",
            expected="BRA, MEX, or a country of PayPal with that channel",
            received=country,
        )
    payment = checks.payment(params, way, context)
    if payment.source_currency not in FOREIGN:
        refuse(
            "source-to-arrival-currency",
            CURRENCY_PAIR,
            "body.source_currency",
            expected=", ".join(FOREIGN),
            received=payment.source_currency,
        )
    fee, tax = _charges(exchange, payment.source_currency, context)
    quote = _quote(payment, fee + tax, context)
    return _success(
        {
            "fee": money.text(fee),
            "tax": money.text(tax),
            "amount": money.text(payment.amount),
            "settlement_amount": money.text(quote.settlement),
            "arrival_currency": payment.arrival_currency,
            "arrival_amount": money.text(quote.arrival),
            "source_currency": payment.source_currency,
            "source_amount": money.text(quote.source),
            "exchange_rate": money.text(quote.rate),
        },
        context,
    )


def payout_status(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell what became of a payout, by either id."""
    params = _params(exchange)
    payout_id = checks.string(params, "payout_id")
    custom_code = checks.string(params, "custom_code")
    if not payout_id and not custom_code:
        other = next((n for n in ("id", "transaction_id", "reference_id") if params.get(n)), "")
        refuse(
            "status-invalid",
            NO_REFERENCE,
            "body.payout_id",
            expected="payout_id or custom_code",
            received=", ".join(params) or "nothing",
            hint=f"Instead of {other} send payout_id or custom_code" if other else "",
            err="custom_code or payout_id required",
        )
    app_id = exchange.credential
    record = (
        state.find(app_id, payout_id, context)
        if payout_id
        else state.find_by_code(app_id, custom_code, context)
    )
    if record is None or (custom_code and record["custom_code"] != custom_code):
        _refuse_unknown("payout_id" if payout_id else "custom_code", payout_id or custom_code)
    stage = _look(record, context)
    return _success(
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
    params = _params(exchange)
    legacy = context.settings.legacy_codes
    checks.require(params, ("start_time", "end_time", "page_num", "page_size", "timestamp"))
    checks.fresh(params, "request-expired-legacy" if legacy else "request-expired", context)
    start = _moment(params, "start_time")
    if start is None:
        refuse(
            "start-time-invalid",
            START_TIME,
            "body.start_time",
            expected="UTC, such as 2021-08-10 07:34:05",
            received=checks.string(params, "start_time"),
        )
    end = _moment(params, "end_time")
    if end is None or end < start:
        checks.invalid(
            "end_time",
            expected="UTC, such as 2021-08-10 07:34:05, not before start_time",
            received=checks.string(params, "end_time"),
        )
    if end - start > LONGEST_RANGE:
        refuse(
            "time-range-too-long",
            TIME_RANGE,
            "body.end_time",
            expected="at most 31 days after start_time",
            received=str(end - start),
        )
    page, size = checks.integer(params, "page_num"), checks.integer(params, "page_size")
    if page < 1:
        checks.invalid("page_num", expected="1 or more", received=page, hint="Pages start at 1")
    if not 1 <= size <= LARGEST_PAGE:
        checks.invalid("page_size", expected=f"1 to {LARGEST_PAGE}", received=size)
    first, last = start.timestamp(), end.timestamp()
    found = [
        record
        for record in state.of_app(exchange.credential, context)
        if first <= record["create_time"] <= last
    ]
    shown = found[(page - 1) * size : page * size]
    return _success([_row(record, context) for record in shown], context)


def payout_detail(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return one row as in a list."""
    params = _params(exchange)
    legacy = context.settings.legacy_codes
    checks.require(params, ("transaction_id", "timestamp"))
    checks.fresh(params, "request-expired-legacy" if legacy else "request-expired", context)
    payout_id = checks.string(params, "transaction_id")
    record = state.find(exchange.credential, payout_id, context)
    if record is None:
        _refuse_unknown("transaction_id", payout_id)
    return _success(_row(record, context), context)


def balance(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return the balance in each currency."""
    params = _params(exchange)
    checks.fresh(params, "bad-request", context)
    wake(context)
    held = ledger.balances(exchange.credential, context)
    return _success([{"currency": c, "amount": amount} for c, amount in held.items()], context)


def checkout(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Return a link to a page on which the beneficiary says where the money shall go."""
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    import jwt

    app_id, params = exchange.credential, _params(exchange)
    checks.require(
        params,
        (
            "user_id",
            "custom_code",
            "fee_bear",
            "source_currency",
            "payout_currency",
            "payout_amount",
            "notify_url",
            "return_url",
            "additional_remark",
        ),
    )
    custom_code = checks.string(params, "custom_code", longest=checks.LONGEST_CODE)
    fee_bear = checks.fee_bear(params)
    _check_checkout(params)
    amount = checks.amount(params, "payout_amount", whole=False)
    checks.remark(params, 40)
    claims: dict[str, Any] = {
        "user_id": checks.string(params, "user_id"),
        "payout_id": "",
        "custom_code": custom_code,
        "fee_bear": fee_bear,
        "source_currency": checks.string(params, "source_currency"),
        "payout_currency": checks.string(params, "payout_currency"),
        "payout_amount": money.text(amount),
        "notify_url": checks.callback(params, "notify_url"),
        "return_url": checks.callback(params, "return_url"),
        "additional_remark": checks.string(params, "additional_remark"),
        "country": checks.string(params, "country"),
        "session_timeout": _session_seconds(params),
    }
    created = now(context)
    claims["payout_id"] = state.new_id(app_id, "C", created, context)
    if not state.claim(app_id, custom_code, claims["payout_id"], context):
        _refuse_used(custom_code, context)
    claims |= {
        "created_at": created,
        "iss": "Pagsmile - Transfersmile",
        "exp": created + claims["session_timeout"],
        "jti": str(context.store.table("counters").increment("checkouts")),
    }
    secret = urlsafe_b64encode(sha256(f"checkout {app_id}".encode()).digest())
    token = jwt.encode(claims, secret, algorithm="HS256")
    return _success({"checkout_url": _CHECKOUT_PAGE + token}, context)


# --- parts -----------------------------------------------------------------------------------


def _params(exchange: Exchange) -> Params:
    return exchange.scratch[PARAMS]


def _success(data: object, context: Context[Settings]) -> Reply:
    return Reply.json(envelope(200, "success", data, context))


def _refuse_used(custom_code: str, context: Context[Settings]) -> NoReturn:
    refuse(
        "order-exists-legacy" if context.settings.legacy_codes else "order-exists",
        ORDER_EXISTS,
        "body.custom_code",
        expected="a custom_code not used before",
        received=custom_code,
        hint="After a lost answer ask payout.status by custom_code instead of creating again",
    )


def _refuse_unknown(member: str, received: str) -> NoReturn:
    refuse(
        "order-not-found",
        ORDER_UNKNOWN,
        f"body.{member}",
        expected=f"the {member} of a payout of this app",
        received=received,
    )


def _charges(
    exchange: Exchange, currency: str, context: Context[Settings]
) -> tuple[Decimal, Decimal]:
    """Return fee and tax, as the source currency is paid."""
    app: Record = exchange.scratch[APP]
    held = app.get("balances")
    if held is not None and currency not in held:
        refuse(
            "account-unavailable",
            ACCOUNT_UNAVAILABLE,
            "body.source_currency",
            expected=", ".join(held),
            received=currency,
        )
    fees = app.get("fees")
    if fees is None:
        flat = context.settings
        return money.rounded(Decimal(flat.fee), currency), money.rounded(
            Decimal(flat.tax), currency
        )
    if currency not in fees:
        refuse(
            "fee-not-configured",
            FEE_NOT_CONFIGURED,
            "body.source_currency",
            expected=", ".join(fees),
            received=currency,
        )
    return Decimal(fees[currency]["fee"]), Decimal(fees[currency]["tax"])


def _quote(payment: checks.Money, charges: Decimal, context: Context[Settings]) -> Quote:
    quote = money.quote(
        payment.amount,
        amount_type=payment.amount_type,
        fee_bear=payment.fee_bear,
        at=money.rate(
            context.settings.exchange_rates, payment.source_currency, payment.arrival_currency
        ),
        charges=charges,
        source=payment.source_currency,
        arrival=payment.arrival_currency,
    )
    if quote.arrival <= 0 or quote.source <= 0:
        refuse(
            "arrival-amount-negative",
            ARRIVAL_NOT_POSITIVE,
            "body.amount",
            expected=f"more than the charges of {money.text(charges)} {payment.source_currency}",
            received=f"{money.text(payment.amount)}, of which {money.text(quote.arrival)} arrives",
        )
    return quote


def _debit(app_id: str, currency: str, amount: Decimal, context: Context[Settings]) -> bool:
    """Take from a balance; what has come back meanwhile counts."""
    if ledger.debit(app_id, currency, amount, context):
        return True
    wake(context)
    return ledger.debit(app_id, currency, amount, context)


def _balance(app_id: str, currency: str, context: Context[Settings]) -> str:
    return ledger.balances(app_id, context).get(currency, "0")


def _outcome(params: Params, way: Method, context: Context[Settings]) -> str:
    account = checks.string(params, "account")
    trigger = way.trigger
    if account in trigger.rejected:
        return state.REJECTED
    if account in trigger.paid:
        return state.PAID
    if trigger.others:
        return trigger.others
    return state.PAID if context.settings.other_accounts == "paid" else state.PROCESSING


def _look(record: Record, context: Context[Settings]) -> state.Stage:
    """Tell where a payout is, after it has come to its end if it is time."""
    return state.stage(up_to_date(record, context), context)


def _row(record: Record, context: Context[Settings]) -> dict[str, Any]:
    stage = _look(record, context)
    is_done = stage.status in (state.PAID, state.PARTIAL_REFUNDED, state.REFUNDED)
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


def _moment(params: Params, name: str) -> datetime | None:
    text = checks.string(params, name)
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _check_checkout(params: Params) -> None:
    country = checks.string(params, "country")
    method = checks.string(params, "method").upper()
    if country and country not in {key[0] for key in _CHECKOUTS}:
        refuse(
            "country-unsupported",
            COUNTRY,
            "body.country",
            expected="BRA, MEX or GLOBAL",
            received=country,
        )
    found = [
        currencies
        for (where, how), currencies in _CHECKOUTS.items()
        if country in ("", where) and method in ("", how)
    ]
    if not found:
        refuse(
            "payout-method-unsupported",
            METHOD,
            "body.method",
            expected=", ".join(f"{where} {how}" for where, how in _CHECKOUTS),
            received=f"{country} {method}".strip(),
        )
    source, payout = (checks.string(params, n) for n in ("source_currency", "payout_currency"))
    if not any(source in sources and payout == to for sources, to in found):
        refuse(
            "source-to-payout-currency",
            CURRENCY_PAIR,
            "body.payout_currency",
            expected=", ".join(f"{'|'.join(sources)} to {to}" for sources, to in found),
            received=f"{source} to {payout}",
        )


def _session_seconds(params: Params) -> int:
    if params.get("timeout") in (None, ""):
        return LONGEST_CHECKOUT_SECONDS
    seconds = checks.integer(params, "timeout")
    if not 1 <= seconds <= LONGEST_CHECKOUT_SECONDS:
        refuse(
            "bad-request",
            CHECKOUT_TIMEOUT,
            "body.timeout",
            expected=f"1 to {LONGEST_CHECKOUT_SECONDS}",
            received=str(seconds),
            err="invalid timeout",
        )
    return seconds


ENDPOINTS = (
    Endpoint("payout.create", ("POST",), ("/api/payout",), create_payout, CREATE),
    Endpoint("payout.dry-run", ("POST",), ("/api/payout/dry-run",), dry_run, DRY_RUN),
    Endpoint("payout.status", ("POST",), ("/api/payout/status",), payout_status, STATUS),
    Endpoint("payout.list", ("POST",), ("/api/payout/list",), list_payouts, LIST),
    Endpoint("payout.detail", ("POST",), ("/api/payout/detail",), payout_detail, DETAIL),
    Endpoint("checkout", ("POST",), ("/api/checkout",), checkout, CHECKOUT),
    Endpoint("balance", ("POST",), ("/api/balance",), balance, BALANCE),
)
