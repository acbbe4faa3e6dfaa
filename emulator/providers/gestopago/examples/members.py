"""Calls whose payload can be read and is wrong."""

from __future__ import annotations

from typing import Any

from emulator.core.exchange import Request
from emulator.provider import Context
from emulator.providers.gestopago import products
from emulator.providers.gestopago.examples.build import (
    DAY,
    Build,
    confirm_tx,
    pay_bill,
    send_tx,
    signed,
    verify_reference,
)
from emulator.providers.gestopago.sales import match_of, parameters
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.signing import (
    default_payload,
    default_record,
)
from emulator.providers.gestopago.state import debts, enter_sale


def _unverified(**changes: Any) -> Build:
    """Pay a bill without a known debt."""
    return pay_bill(**{"idServicio": 38, "idProducto": 5267, "referencia": "A-1", **changes})


def _bill_paid(context: Context[Settings]) -> Request:
    """Pay a bill that was paid long ago, so that it is not a duplicate."""
    product = products.find(166, 597)
    assert product is not None
    debts.pay(product, "123456789012", default_record(context)["idDistribuidor"], "1", context)
    return pay_bill()(context)


def _confirmed_before(context: Context[Settings]) -> Request:
    """Confirm an old sale for the second time."""
    payload = default_payload("sendTx", context.clock.time())
    asked, distributor = parameters(payload), default_record(context)["idDistribuidor"]
    sale = {
        "id_tx": "1",
        "autorizacion": "1",
        "at": context.clock.passed() - DAY,
        "issued_at": context.clock.timestamp() - DAY,
        "parameters": asked,
        "confirmations": 1,
    }
    enter_sale(sale, match_of(distributor, asked, context), (), context)
    return signed("confirmTx", **payload)(context)


MEMBERS = (
    verify_reference(
        "verify-member-missing",
        signed("verifyReference", referencia=...),
        "gestopago.payload-field-missing",
    ),
    verify_reference(
        "verify-top-up",
        signed("verifyReference", idServicio=115, idProducto=298),
        "gestopago.not-verifiable",
    ),
    verify_reference(
        "verify-length", signed("verifyReference", referencia="1234"), "gestopago.reference-length"
    ),
    verify_reference(
        "verify-characters", signed("verifyReference", referencia="12 34"), "gestopago.reference"
    ),
    send_tx(
        "sendTx-member-malformed",
        signed("sendTx", horaLocal="2020-12-22T10:45:55"),
        "gestopago.payload-field",
    ),
    send_tx(
        "sendTx-ids-exchanged",
        signed("sendTx", idServicio=298, idProducto=115),
        "gestopago.unknown-product",
    ),
    send_tx("sendTx-phone", signed("sendTx", telefono="+525512134073"), "gestopago.phone"),
    send_tx("sendTx-reference", pay_bill(referencia=...), "gestopago.reference"),
    send_tx("sendTx-amount", pay_bill(montoPago="165.001"), "gestopago.amount"),
    send_tx("sendTx-amount-not-owed", pay_bill(montoPago="164.99"), "gestopago.amount-owed"),
    send_tx("sendTx-balance", _unverified(montoPago=9_000_000), "gestopago.balance"),
    send_tx(
        "sendTx-upc-again",
        signed("sendTx", upc="2133135523", telefono="5512134074"),
        "gestopago.duplicate-upc",
        ("sendTx-first-upc",),
    ),
    send_tx("sendTx-first-upc", signed("sendTx", upc="2133135523")),
    send_tx(
        "sendTx-top-up-again",
        signed("sendTx", upc="another"),
        "gestopago.duplicate-top-up",
        ("sendTx",),
    ),
    send_tx(
        "sendTx-bill-again", pay_bill(upc="another"), "gestopago.duplicate-bill", ("sendTx-bill",)
    ),
    send_tx("sendTx-bill-paid", _bill_paid, "gestopago.nothing-owed"),
    confirm_tx(
        "confirmTx-at-once",
        signed("confirmTx", upc="2133135523", horaLocal="20201222104555"),
        "gestopago.confirm-early",
        ("sendTx-to-confirm",),
    ),
    confirm_tx(
        "confirmTx-other-time",
        signed("confirmTx", upc="2133135523", horaLocal="20201222104557"),
        "gestopago.confirm-mismatch",
        ("sendTx-to-confirm",),
    ),
    confirm_tx(
        "confirmTx-member-missing",
        signed("confirmTx", telefono=...),
        "gestopago.phone",
        ("sendTx-to-confirm",),
    ),
    confirm_tx(
        "confirmTx-again",
        _confirmed_before,
        warnings=("gestopago.confirm-repeated",),
    ),
    send_tx("sendTx-to-confirm", signed("sendTx", upc="2133135523", horaLocal="20201222104555")),
)
