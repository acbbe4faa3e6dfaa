"""What the endpoints share: the parameters they were asked with, success, an unknown payout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from emulator.exchange import Reply
from emulator.providers.pagsmile import state
from emulator.providers.pagsmile.auth import PARAMS
from emulator.providers.pagsmile.failures import (
    ORDER_EXISTS,
    ORDER_UNKNOWN,
    envelope,
    refuse,
)

if TYPE_CHECKING:
    from emulator.exchange import Exchange
    from emulator.provider import Context
    from emulator.providers.pagsmile.members import Params
    from emulator.providers.pagsmile.state import Settings


def params_of(exchange: Exchange) -> Params:
    """Return the verified parameters, numbers still as written."""
    return exchange.scratch[PARAMS]


def success(data: object, context: Context[Settings]) -> Reply:
    """Answer with the data."""
    return Reply.json(envelope(200, "success", data, context))


def refuse_used(custom_code: str, context: Context[Settings]) -> NoReturn:
    """Refuse a custom_code that is used up."""
    refuse(
        "order-exists-legacy" if context.settings.legacy_codes else "order-exists",
        ORDER_EXISTS,
        "body.custom_code",
        expected="a custom_code not used before",
        received=custom_code,
        hint="After a lost answer ask payout.status by custom_code instead of creating again; "
        "for a new payout make a new custom_code",
    )


def refuse_unknown(app_id: str, member: str, written: str, context: Context[Settings]) -> NoReturn:
    """Refuse a reference to a payout that the app does not have."""
    refuse(
        "order-not-found",
        ORDER_UNKNOWN,
        f"body.{member}",
        expected=f"the {member} of a payout of this app",
        received=written,
        hint=_unknown_hint(app_id, member, written, context),
    )


def _unknown_hint(app_id: str, member: str, written: str, context: Context[Settings]) -> str:
    is_code = member == "custom_code"
    own = list(state.of_app(app_id, context))
    names = ("custom_code", "id") if is_code else ("id", "custom_code")
    for record in own:
        if written == record[names[1]]:
            other = "payout_id" if is_code else "custom_code"
            place = f"send it as {other}" if member != "transaction_id" else "send the id instead"
            return f"This is the {'id' if is_code else 'custom_code'} of a payout: {place}"
        if _bare(written) in (_bare(record[names[0]]), _bare(record["id"][1:])):
            return f"Write it exactly, letter case and blanks included: {record[names[0]]}"
    if state.is_used(app_id, written, context):
        return "A checkout has this custom_code: a payout follows once the page is filled in"
    if any(written in (r["custom_code"], r["id"]) for _, r in state.payouts(context).items()):
        return "This payout is another app's: ask with the AppId that created it"
    if not own:
        return "This app has no payout yet, or a reset has taken them: create one first"
    return (
        f"Send the {'custom_code you chose' if is_code else 'id that payout.create answered'}, "
        f"such as {own[-1][names[0]]}"
    )


def _bare(text: Any) -> str:
    return "".join(c for c in str(text).casefold() if c.isalnum())
