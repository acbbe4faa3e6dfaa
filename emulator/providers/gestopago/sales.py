"""Selling, and confirming what was sold: the two methods that are about money.

`sendTx` sells. `confirmTx` only looks: it is for the client that got no answer, comes 62 s after
the sale and repeats its parameters exactly::

    sendTx -> no answer -> 62 s -> confirmTx -> 06: sold
                                             -> 70: not sold, may be sent again
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from emulator.core.errors import FailureMode
from emulator.core.exchange import Exchange, Reply
from emulator.core.store import Record
from emulator.provider import Context, Refusal
from emulator.providers.gestopago import answers, debts, failures, member_hints, products, state
from emulator.providers.gestopago import order as orders
from emulator.providers.gestopago.answers import element, java_double, message, text
from emulator.providers.gestopago.auth import distributor_of
from emulator.providers.gestopago.behaviours import CONFIRM_ONCE
from emulator.providers.gestopago.failures import DONE, ERRORS
from emulator.providers.gestopago.member_hints import MATCHED
from emulator.providers.gestopago.order import Order, refusal
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.state import Claim

CONFIRM_REPEATED = FailureMode(
    "gestopago.confirm-repeated", "The sale has been confirmed before", CONFIRM_ONCE.source
)

_DAY = 24 * 3600


def send_tx(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Sell.

    Raises:
        Refusal: As `order.read`; `duplicate` with `gestopago.duplicate-upc`,
            `gestopago.duplicate-top-up` or `gestopago.duplicate-bill`; `amount` with
            `gestopago.amount-owed`; `no-debt`; `balance`.
    """
    payload: dict[str, Any] = exchange.payload
    order = orders.read(payload, _present(context))
    exchange.warnings += order.warnings
    distributor = distributor_of(exchange)
    if order.product.front == products.ENQUIRY:
        return _enquire(order, distributor, context)
    number = state.next_sale(context)
    asked = orders.parameters(payload)
    claims = _claims(order, distributor, asked, context.settings)
    if taken := state.take_claims(claims, number, context):
        raise _duplicate(*taken, context)
    try:
        left = _take_money(order, distributor, number, context)
    except Refusal:
        state.release(claims, context)
        raise
    commission = order.product.commission(order.amount)
    sale = {
        "id_tx": number,
        "autorizacion": state.next_authorization(context),
        "saldo": java_double(left),
        "fecha": answers.sale_date(answers.issue_time(context)),
        "monto": java_double(order.amount),
        "at": context.clock.passed(),
        "issued_at": context.clock.timestamp("issue"),
        "device": exchange.credential,
        "parameters": asked,
        "confirmations": 0,
    }
    traces = _traces(order.product.front == products.BILL, distributor, asked)
    state.enter_sale(sale, match_of(distributor, asked, context), traces, context)
    return answers.response(
        context.settings,
        text("ID_TX", number),
        text("NUM_AUTORIZACION", sale["autorizacion"]),
        text("SALDO", sale["saldo"]),
        text("COMISION", java_double(commission)),
        text("SALDO_F", answers.grouped(left)),
        text("COMISION_F", answers.grouped(commission)),
        text("FECHA", sale["fecha"]),
        text("MONTO", sale["monto"]),
        message(
            failures.SUCCESS, DONE, text("REFERENCIA", order.reference), *_ticket(order, number)
        ),
    )


def confirm_tx(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Tell whether a sale was made, for the client that got no answer.

    Raises:
        Refusal: `not-applied` with `gestopago.confirm-mismatch`, `gestopago.confirm-early`, or
            what is wrong with the payload, as for a sale.
    """
    asked = orders.parameters(exchange.payload)
    distributor = distributor_of(exchange)
    sale = state.find_sale(match_of(distributor, asked, context), context)
    if sale is None:
        _check_payload(exchange.payload, context)
        _look_for_mismatch(asked, distributor, context)
        return ERRORS["not-applied"].reply(exchange, context)
    settings = context.settings
    age = context.clock.passed() - sale["at"]
    # To the millisecond: 62 s on a clock that was advanced are not always 62.0.
    wait = settings.confirm_after_seconds
    if settings.early_confirm == "70" and round(age, 3) < wait:
        raise refusal(
            "not-applied",
            failures.CONFIRM_EARLY,
            "time",
            expected=f"at least {wait} s after sendTx",
            received=f"{age:.1f} s",
            hint=f"Wait until {wait} s after sendTx (in a test: `emulator clock advance {wait}s`): "
            "the sale stands, but an early confirmTx may say that it does not",
        )
    if state.count_confirmation(sale, context) > 1:
        exchange.warnings.append(
            CONFIRM_REPEATED.diagnose(
                "endpoint.confirmTx",
                expected="one confirmTx",
                received="another",
                hint="Keep the answer of the first: one confirmTx is enough",
            )
        )
    number, authorization = sale["id_tx"], sale["autorizacion"]
    wording = (
        f"La transaccion fue aplicada exitosamente. "
        f"Autorizacion [{authorization}] idTicket[{number}]"
    )
    return answers.response(
        settings,
        text("NUM_AUTORIZACION", authorization),
        text("FECHA", answers.confirmation_date(sale["issued_at"])),
        message(failures.APPLIED, wording, text("ID_TX", number)),
    )


def _present(context: Context[Settings]) -> datetime:
    """Return the time that a right client goes by, whatever the provider's clock says."""
    return datetime.fromtimestamp(context.clock.time(), UTC)


# Money


def _take_money(order: Order, distributor: int, sale: str, context: Context[Settings]) -> Decimal:
    """Pay the bill out of the bag; return what is left in it."""
    is_debt = order.product.front == products.BILL and order.product.verifiable
    if is_debt:
        _pay_debt(order, distributor, sale, context)
    left = state.debit(distributor, order.amount, order.product.commission(order.amount), context)
    if left is not None:
        return left
    if is_debt:
        debts.take_back(order.product, order.account, distributor, context)
    held = state.balance(distributor, context)
    raise refusal(
        "balance",
        failures.BALANCE,
        "signed.montoPago",
        expected=f"at most {held}",
        received=order.amount,
        hint=f"The bag holds {held}: sell less, or fill it with the setting gestopago.balance and "
        "a restart, or with a reset",
    )


def _pay_debt(order: Order, distributor: int, sale: str, context: Context[Settings]) -> None:
    bill = order.product, order.account, distributor
    owed = debts.owed(*bill, context)
    if owed and order.amount != owed:
        raise refusal(
            "amount",
            failures.NOT_OWED,
            "signed.montoPago",
            expected=owed,
            received=order.amount,
            hint=member_hints.owed(order.amount, owed),
        )
    if not owed or not debts.pay(*bill, sale, context):
        raise refusal(
            "no-debt",
            failures.NOTHING_OWED,
            "signed.referencia",
            expected="a reference under which something is owed",
            received=order.account,
            hint="The bill is paid: verifyReference says SALDO 0.00; take another reference",
        )


def _enquire(order: Order, distributor: int, context: Context[Settings]) -> Reply:
    """Answer a sale that asks for a balance and moves no money."""
    bag = state.balance(distributor, context)
    owed = debts.owed(order.product, order.account, distributor, context)
    return answers.response(
        context.settings,
        text("ID_TX", -1),
        text("NUM_AUTORIZACION", 1),
        text("SALDO", java_double(bag)),
        text("COMISION", "0.0"),
        text("SALDO_F", answers.grouped(bag)),
        text("COMISION_F", "0.00"),
        text("FECHA", answers.sale_date(answers.issue_time(context))),
        text("MONTO", "0.0"),
        message(
            failures.SUCCESS,
            DONE,
            text("REFERENCIA", order.account),
            text("SALDOCLIENTE", f"{owed:.2f}"),
        ),
    )


def _ticket(order: Order, number: str) -> tuple[str, ...]:
    if not order.product.is_pin:
        return ()
    legend = element("legend", f"<![CDATA[{order.product.legend}]]>")
    return text("PIN", f"{int(number) * 7_919 % 10**12:012d}"), legend


# Duplicates


def _claims(
    order: Order, distributor: int, asked: Mapping[str, str], settings: Settings
) -> list[Claim]:
    upc, target = _traces(order.product.front == products.BILL, distributor, asked)
    claims = [
        Claim(upc, settings.duplicate_upc_seconds, failures.DUPLICATE_UPC, "signed.upc"),
    ]
    if order.product.front == products.BILL:
        seconds = settings.duplicate_bill_seconds
        claims.append(Claim(target, seconds, failures.DUPLICATE_BILL, "signed.referencia"))
    elif not order.product.is_pin:  # PINs all go to a phone of ones
        seconds = settings.duplicate_topup_seconds
        claims.append(Claim(target, seconds, failures.DUPLICATE_TOP_UP, "signed.telefono"))
    return claims


def _traces(is_bill: bool, distributor: int, asked: Mapping[str, str]) -> tuple[str, str]:
    """Return the keys of what is the distributor's own in a sale, and of what it is for."""
    service, number = asked["idServicio"], asked["idProducto"]
    target = (
        f"bill|{service}|{asked['referencia']}"
        if is_bill
        else f"top-up|{service}|{number}|{asked['telefono'].removeprefix('#')}"
    )
    return f"{distributor}|upc|{asked['upc']}", f"{distributor}|{target}"


def _duplicate(claim: Claim, holder: Record, context: Context[Settings]) -> Refusal:
    diagnosis = claim.mode.diagnose(
        claim.where,
        expected=f"none like it within {claim.seconds} s",
        received=f"{context.clock.passed() - holder['at']:.0f} s after ID_TX {holder['sale']}",
        hint=_AGAIN[claim.mode],
    )
    return Refusal(ERRORS["duplicate"], diagnosis, state.sale_of(holder, context))


_AGAIN = {
    failures.DUPLICATE_UPC: "Give each sale its own upc; after an answer that did not come, "
    "ask with confirmTx and do not send the sale again",
    failures.DUPLICATE_TOP_UP: "The first sale stands, and the answer has its numbers; another "
    "one to this phone waits until the time is over",
    failures.DUPLICATE_BILL: "The first payment stands, and the answer has its numbers; do not "
    "pay the bill again",
}


# Confirmation


def match_of(distributor: int, asked: Mapping[str, str], context: Context[Settings]) -> str:
    """Return the key under which a confirmTx finds its sale."""
    return json.dumps([distributor, *(asked[name] for name in _compared(context))])


def _compared(context: Context[Settings]) -> tuple[str, ...]:
    return MATCHED if context.settings.confirm_match == "all" else ("upc",)


def _check_payload(payload: Mapping[str, Any], context: Context[Settings]) -> None:
    """Say what is wrong with a payload under which no sale is found: no sale could have had it."""
    try:
        if context.settings.confirm_match == "all":
            orders.read(payload, _present(context))
        else:
            orders.required_text(payload, "upc")
    except Refusal as refused:
        raise Refusal(ERRORS["not-applied"], refused.diagnosis) from refused


def _look_for_mismatch(
    asked: Mapping[str, str], distributor: int, context: Context[Settings]
) -> None:
    """Find the sale that was probably meant, and say in what it differs."""
    keys = {key for is_bill in (True, False) for key in _traces(is_bill, distributor, asked)}
    meant = [
        _differences(sale, asked, context)
        for sale in state.near_sales(keys, context)
        if _is_meant(sale, asked, context)
    ]
    if not meant:
        return
    made = min(meant, key=len)
    raise refusal(
        "not-applied",
        failures.CONFIRM_MISMATCH,
        f"signed.{next(iter(made))}",
        expected=", ".join(f"{name} {value or 'absent'}" for name, value in made.items()),
        received=", ".join(f"{name} {asked[name] or 'absent'}" for name in made),
        hint="Repeat the payload of the sendTx exactly, horaLocal and upc too; if this confirmTx "
        "is for another sale, that one was not made",
    )


def _is_meant(sale: Record, asked: Mapping[str, str], context: Context[Settings]) -> bool:
    made: dict[str, str] = sale["parameters"]
    if made["upc"] == asked["upc"] or made["horaLocal"] == asked["horaLocal"]:
        return True
    return not sale["confirmations"] and context.clock.passed() - sale["at"] < _DAY


def _differences(
    sale: Record, asked: Mapping[str, str], context: Context[Settings]
) -> dict[str, str]:
    """Return the members in which a sale differs from what is asked for, as the sale has them."""
    made: dict[str, str] = sale["parameters"]
    return {name: made[name] for name in _compared(context) if made[name] != asked[name]}
