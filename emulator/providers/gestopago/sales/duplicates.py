"""When a sale is a duplicate of another one."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import Context, Refusal
from emulator.providers.gestopago import failures, products, state
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.sales.order import Order
from emulator.providers.gestopago.settings import Settings
from emulator.providers.gestopago.state import Claim


def claims_of(
    order: Order, distributor: int, asked: Mapping[str, str], settings: Settings
) -> list[Claim]:
    """Return what a sale blocks."""
    upc, target = traces_of(order.product.front == products.BILL, distributor, asked)
    claims = [
        Claim(upc, settings.duplicate_upc_seconds, failures.DUPLICATE_UPC, "signed.upc"),
    ]
    if order.product.front == products.BILL:
        seconds = settings.duplicate_bill_seconds
        claims.append(Claim(target, seconds, failures.DUPLICATE_BILL, "signed.referencia"))
    elif not order.product.is_pin:  # all PINs have the same telefono, the placeholder
        seconds = settings.duplicate_topup_seconds
        claims.append(Claim(target, seconds, failures.DUPLICATE_TOP_UP, "signed.telefono"))
    return claims


def traces_of(is_bill: bool, distributor: int, asked: Mapping[str, str]) -> tuple[str, str]:
    """Return two keys of a sale: its upc, and the bill or phone that it is for."""
    service, number = asked["idServicio"], asked["idProducto"]
    target = (
        f"bill|{service}|{asked['referencia']}"
        if is_bill
        else f"top-up|{service}|{number}|{asked['telefono'].removeprefix('#')}"
    )
    return f"{distributor}|upc|{asked['upc']}", f"{distributor}|{target}"


def duplicate(claim: Claim, holder: Record, context: Context[Settings]) -> Refusal:
    """Refuse a sale that an older one blocks."""
    diagnosis = claim.mode.diagnose(
        claim.where,
        expected=f"none like it within {claim.seconds} s",
        received=f"{context.clock.passed() - holder['at']:.0f} s after ID_TX {holder['sale']}",
        hint=_AGAIN[claim.mode],
    )
    return Refusal(ERRORS["duplicate"], diagnosis, state.sale_of(holder, context))


_AGAIN = {
    failures.DUPLICATE_UPC: Message(
        "Give each sale its own upc; after an answer that did not come, ask "
        "with confirmTx and do not send the sale again"
    ),
    failures.DUPLICATE_TOP_UP: Message(
        "The first sale was made, and the answer has its numbers; wait until the "
        "time is over before another one to this phone"
    ),
    failures.DUPLICATE_BILL: Message(
        "The first payment was made, and the answer has its numbers; do not pay the bill again"
    ),
}
