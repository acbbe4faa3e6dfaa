"""`sendTx`: the only method that moves money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emulator.core.exchange import Exchange, Reply
from emulator.core.messages import Message
from emulator.provider import Context, Refusal
from emulator.providers.gestopago import answers, failures, products, state
from emulator.providers.gestopago.answers import element, java_double, message, text
from emulator.providers.gestopago.auth import distributor_of
from emulator.providers.gestopago.failures import DONE
from emulator.providers.gestopago.sales import member_hints
from emulator.providers.gestopago.sales import order as orders
from emulator.providers.gestopago.sales.duplicates import claims_of, duplicate, traces_of
from emulator.providers.gestopago.sales.matching import match_of, present
from emulator.providers.gestopago.sales.order import Order, refusal
from emulator.providers.gestopago.sales.parameters import parameters
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.state import debts


def send_tx(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Sell.

    Raises:
        Refusal: As `order.read`; `duplicate` with `gestopago.duplicate-upc`,
            `gestopago.duplicate-top-up` or `gestopago.duplicate-bill`; `amount` with
            `gestopago.amount-owed`; `no-debt`; `balance`.
    """
    payload: dict[str, Any] = exchange.payload
    order = orders.read(payload, present(context))
    exchange.warnings += order.warnings
    distributor = distributor_of(exchange)
    if order.product.front == products.ENQUIRY:
        return _enquire(order, distributor, context)
    number = state.next_sale(context)
    asked = parameters(payload)
    claims = claims_of(order, distributor, asked, context.settings)
    if taken := state.take_claims(claims, number, context):
        raise duplicate(*taken, context)
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
    traces = traces_of(order.product.front == products.BILL, distributor, asked)
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


def _take_money(order: Order, distributor: int, sale: str, context: Context[Settings]) -> Decimal:
    """Take the money from the bag; return what is left in it."""
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
        hint=Message(
            "The bag holds {held}: sell less, or fill it with the setting "
            "gestopago.balance and a restart, or with a reset"
        ).with_(held=held),
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
            hint=Message(
                "The bill is paid: verifyReference says SALDO 0.00; take another reference"
            ),
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
