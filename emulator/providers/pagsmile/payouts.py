"""Creating a payout, and asking what one would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.core.messages import Message
from emulator.providers.pagsmile import beneficiary, ledger, members, money, stamps, state
from emulator.providers.pagsmile.amounts import Money, payment
from emulator.providers.pagsmile.answers import params_of, refuse_used, success
from emulator.providers.pagsmile.auth import APP
from emulator.providers.pagsmile.destinations import country_hint, method
from emulator.providers.pagsmile.failures import (
    ACCOUNT_UNAVAILABLE,
    ARRIVAL_NOT_POSITIVE,
    BALANCE_INSUFFICIENT,
    COUNTRY,
    CURRENCY_PAIR,
    FEE_NOT_CONFIGURED,
    now,
    refuse,
)
from emulator.providers.pagsmile.method import FOREIGN
from emulator.providers.pagsmile.methods import is_paypal_country
from emulator.providers.pagsmile.webhooks import catch_up, warn_of_unsent

if TYPE_CHECKING:
    from decimal import Decimal

    from emulator.core.exchange import Exchange, Reply
    from emulator.core.store import Record
    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.method import Method
    from emulator.providers.pagsmile.money import Quote
    from emulator.providers.pagsmile.settings import Settings

_REASONS = {"PIX": "Invalid PIX Key", "BANKTRANSFER": "Bank Control", "SPEI": "Bank Control"}
_DRY_RUN_COUNTRIES = ("BRA", "MEX")
_DRY_RUN_MEMBERS = (
    "source_currency",
    "arrival_currency",
    "amount",
    "fee_bear",
    "method",
    "country",
    "timestamp",
)


def create_payout(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Create a payout; the same custom_code again is an error, not a replay."""
    app_id, params = exchange.credential, params_of(exchange)
    members.require(params, members.PAYOUT_MEMBERS)
    country, way = method(params, exchange)
    custom_code = members.code(params, exchange)
    notify_url = members.callback(params, "notify_url")
    beneficiary.check(params, country, way, context)
    paid = payment(params, way, context)
    beneficiary.remark(params)
    members.note_misspelt(params, exchange)

    created = now(context)
    payout_id = state.new_id(app_id, way.letters, created, context)
    if not state.claim(app_id, custom_code, payout_id, context):
        refuse_used(custom_code, context)
    try:
        fee, tax = _charges(exchange, paid.source_currency, context)
        quote = _quote(paid, fee + tax, context)
        _take(app_id, paid.source_currency, quote.source, context)
    except BaseException:
        state.release(app_id, custom_code, context)  # a refused payout does not use it up
        raise
    record: Record = {
        "id": payout_id,
        "app_id": app_id,
        "custom_code": custom_code,
        "name": members.string(params, "name"),
        "country": country,
        "method": way.name,
        "notify_url": notify_url,
        "create_time": created,
        **_amounts(paid, quote, fee, tax),
        **_course(params, way, context),
    }
    state.payouts(context).put(payout_id, record)
    state.expect(record, context)
    warn_of_unsent(exchange, notify_url, context)
    return success(
        {
            "id": payout_id,
            "custom_code": custom_code,
            "arrival_amount": record["arrival_amount"],
            "arrival_currency": paid.arrival_currency,
            "source_amount": record["source_amount"],
            "source_currency": paid.source_currency,
            "status": state.stage(record, context).status,
        },
        context,
    )


def dry_run(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell what a payout would cost; nothing is created and no money moves."""
    params = params_of(exchange)
    members.require(params, _DRY_RUN_MEMBERS)
    stamps.fresh(exchange, params, "bad-request", context)
    country, way = method(params, exchange)
    is_paypal = way.channel == "PayPal" and is_paypal_country(country)
    if country not in _DRY_RUN_COUNTRIES and not is_paypal:
        refuse(
            "country-unsupported",
            COUNTRY,
            "body.country",
            expected="BRA, MEX, or a country of PayPal with that channel",
            received=country,
            hint=Message("A dry run has no {country}; it takes {removeprefix}").with_(
                country=country,
                removeprefix=country_hint("", _DRY_RUN_COUNTRIES).removeprefix("Send one of "),
            ),
        )
    paid = payment(params, way, context)
    if paid.source_currency not in FOREIGN:
        refuse(
            "source-to-arrival-currency",
            CURRENCY_PAIR,
            "body.source_currency",
            expected=", ".join(FOREIGN),
            received=paid.source_currency,
            hint=Message(
                "A dry run goes from {foreign} only; a payout from {source_currency} has no "
                "conversion to ask for"
            ).with_(foreign=", ".join(FOREIGN), source_currency=paid.source_currency),
        )
    fee, tax = _charges(exchange, paid.source_currency, context)
    quote = _quote(paid, fee + tax, context)
    told = _amounts(paid, quote, fee, tax)
    names = (
        *("fee", "tax", "amount", "settlement_amount", "arrival_currency", "arrival_amount"),
        *("source_currency", "source_amount", "exchange_rate"),
    )
    return success({name: told[name] for name in names}, context)


def _amounts(paid: Money, quote: Quote, fee: Decimal, tax: Decimal) -> Record:
    return {
        "amount": money.text(paid.amount),
        "fee": money.text(fee),
        "tax": money.text(tax),
        "fee_bear": paid.fee_bear,
        "exchange_rate": money.rate_text(quote.rate),
        "source_amount": money.text(quote.source),
        "source_currency": paid.source_currency,
        "settlement_amount": money.text(quote.settlement),
        "arrival_amount": money.text(quote.arrival),
        "arrival_currency": paid.arrival_currency,
    }


def _course(params: Params, way: Method, context: Context[Settings]) -> Record:
    """Return how a new payout will go on, and that it has not yet."""
    delay = context.settings.in_processing_seconds
    lasting = context.settings.instant_seconds if way.seconds is None else way.seconds
    return {
        "outcome": _outcome(params, way, context),
        "reason": _REASONS.get(way.name, "Other"),
        "description": "",
        "begun": context.clock.passed(),
        "processing_after": delay,
        "final_after": delay + lasting,
        "refunds": way.refunds,
        "has_voucher": way.has_voucher,
        "final": "",
        "final_at": 0,
        "is_announced": False,
        "refunded": "0",
        "given_back": "0",
    }


def _outcome(params: Params, way: Method, context: Context[Settings]) -> str:
    account = members.string(params, "account")
    trigger = way.trigger
    if account in trigger.rejected:
        return state.REJECTED
    if account in trigger.paid:
        return state.PAID
    if trigger.others:
        return trigger.others
    return state.PAID if context.settings.other_accounts == "paid" else state.PROCESSING


# --- money -----------------------------------------------------------------------------------


def _charges(
    exchange: Exchange, currency: str, context: Context[Settings]
) -> tuple[Decimal, Decimal]:
    """Return fee and tax, as the source currency is paid."""
    app = APP.get(exchange)
    held = app.get("balances")
    if held is not None and currency not in held:
        refuse(
            "account-unavailable",
            ACCOUNT_UNAVAILABLE,
            "body.source_currency",
            expected=", ".join(held),
            received=currency,
            hint=Message("Pay from {held}, or add {currency} to the credential's balances").with_(
                held=" or ".join(held), currency=currency
            )
            if held
            else Message("Add {currency} to the credential's balances: it has none").with_(
                currency=currency
            ),
        )
    fees = app.get("fees")
    if fees is None:
        fees = {currency: {"fee": context.settings.fee, "tax": context.settings.tax}}
    if currency not in fees:
        refuse(
            "fee-not-configured",
            FEE_NOT_CONFIGURED,
            "body.source_currency",
            expected=", ".join(fees),
            received=currency,
            hint=Message("Pay from {currencies}, or add {currency} to the credential's fees").with_(
                currencies=" or ".join(fees) or "another app", currency=currency
            ),
        )
    fee, tax = (money.amount_of(fees[currency][name], currency) for name in ("fee", "tax"))
    return fee, tax


def _quote(paid: Money, charges: Decimal, context: Context[Settings]) -> Quote:
    quote = money.quote(
        paid.amount,
        amount_type=paid.amount_type,
        fee_bear=paid.fee_bear,
        at=money.rate(context.settings.exchange_rates, paid.source_currency, paid.arrival_currency),
        charges=charges,
        source=paid.source_currency,
        arrival=paid.arrival_currency,
    )
    if quote.arrival <= 0 or quote.source <= 0:
        eaten = f"{money.text(charges)} {paid.source_currency}"
        refuse(
            "arrival-amount-negative",
            ARRIVAL_NOT_POSITIVE,
            "body.amount",
            expected=f"more than the charges of {eaten}",
            received=f"{money.text(paid.amount)}, of which {money.text(quote.arrival)} arrives",
            hint=Message(
                "Send more than the fee and tax of {eaten}, or let the merchant bear them"
            ).with_(eaten=eaten)
            if quote.arrival <= 0
            else Message(
                "Send more: this is less than the smallest amount of {source_currency}"
            ).with_(source_currency=paid.source_currency),
        )
    return quote


def _take(app_id: str, currency: str, amount: Decimal, context: Context[Settings]) -> None:
    """Take from a balance, or refuse; what has come back meanwhile counts."""
    if ledger.debit(app_id, currency, amount, context):
        return
    catch_up(context)
    if ledger.debit(app_id, currency, amount, context):
        return
    held = ledger.balances(app_id, context).get(currency, "0")
    refuse(
        "balance-insufficient",
        BALANCE_INSUFFICIENT,
        "body.amount",
        expected=f"at most {held} {currency} with fee and tax",
        received=money.text(amount),
        hint=Message(
            "The account holds {held} {currency}: send less, or give the credential more "
            "in `balances` and reset"
        ).with_(held=held, currency=currency),
    )
