"""`confirmTx`: was the sale made? It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.core.errors import FailureMode
from emulator.core.exchange import Exchange, Reply
from emulator.core.messages import Message
from emulator.core.store import Record
from emulator.provider import Context, Refusal
from emulator.providers.gestopago import answers, failures, state
from emulator.providers.gestopago.answers import message, text
from emulator.providers.gestopago.auth import distributor_of
from emulator.providers.gestopago.behaviours import CONFIRM_ONCE
from emulator.providers.gestopago.failures import ERRORS
from emulator.providers.gestopago.sales import order as orders
from emulator.providers.gestopago.sales.duplicates import traces_of
from emulator.providers.gestopago.sales.matching import compared, match_of, present
from emulator.providers.gestopago.sales.members import required_text
from emulator.providers.gestopago.sales.order import refusal
from emulator.providers.gestopago.sales.parameters import parameters
from emulator.providers.gestopago.settings import Settings

CONFIRM_REPEATED = FailureMode(
    "gestopago.confirm-repeated", "The sale has been confirmed before", CONFIRM_ONCE.source
)
_DAY = 24 * 3600


def confirm_tx(exchange: Exchange, context: Context[Settings]) -> Reply:
    """Say whether a sale was made, for a client that got no answer to sendTx.

    Raises:
        Refusal: `not-applied` with `gestopago.confirm-mismatch`, `gestopago.confirm-early`, or
            what is wrong with the payload, as for a sale.
    """
    asked = parameters(exchange.payload)
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
            hint=Message(
                "Wait until {wait} s after sendTx (in a test: `emulator clock advance "
                "{wait}s`): the sale was made, but an early confirmTx may say "
                "that it was not"
            ).with_(wait=wait),
        )
    if state.count_confirmation(sale, context) > 1:
        exchange.warnings.append(
            CONFIRM_REPEATED.diagnose(
                "endpoint.confirmTx",
                expected="one confirmTx",
                received="another",
                hint=Message("Keep the answer of the first: one confirmTx is enough"),
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


def _check_payload(payload: Mapping[str, Any], context: Context[Settings]) -> None:
    """Refuse a wrong payload, where no sale is found: sendTx does not accept such a payload."""
    try:
        if context.settings.confirm_match == "all":
            orders.read(payload, present(context))
        else:
            required_text(payload, "upc")
    except Refusal as refused:
        raise Refusal(ERRORS["not-applied"], refused.diagnosis) from refused


def _look_for_mismatch(
    asked: Mapping[str, str], distributor: int, context: Context[Settings]
) -> None:
    """Find the sale that was probably meant, and refuse with the differences."""
    keys = {key for is_bill in (True, False) for key in traces_of(is_bill, distributor, asked)}
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
        hint=Message(
            "Repeat the payload of the sendTx exactly, horaLocal and upc too; if "
            "this confirmTx is for another sale, that one was not made"
        ),
    )


def _is_meant(sale: Record, asked: Mapping[str, str], context: Context[Settings]) -> bool:
    made: dict[str, str] = sale["parameters"]
    if made["upc"] == asked["upc"] or made["horaLocal"] == asked["horaLocal"]:
        return True
    return not sale["confirmations"] and context.clock.passed() - sale["at"] < _DAY


def _differences(
    sale: Record, asked: Mapping[str, str], context: Context[Settings]
) -> dict[str, str]:
    """Return the members of a sale that differ from the confirmTx, with the values of the sale."""
    made: dict[str, str] = sale["parameters"]
    return {name: made[name] for name in compared(context) if made[name] != asked[name]}
